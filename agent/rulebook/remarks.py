"""Which entry of a rule file each comment belongs to.

What stands alone on a line belongs to the entry below it; what ends a line, to the entry that ends there, or, behind
``params:`` and the like, to what begins there. A comment further to the right than the entry below it was written at
the end of a section and stays there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from agent.rulebook.spans import Comment, Items, Keys, Spanned, Text, comments


@dataclass(frozen=True, slots=True)
class Remark:
    """``apart``: an empty line stands before it."""

    text: str
    apart: bool


@dataclass(slots=True)
class Remarks:
    """By where the entry begins. ``head`` and ``tail`` stand before and after everything else; ``ends``: below the last
    entry of the section that begins there; ``within``: the places of all, to see what holds one."""

    above: dict[int, list[Remark]] = field(default_factory=lambda: defaultdict(list))
    behind: dict[int, str] = field(default_factory=dict)
    ends: dict[int, list[Remark]] = field(default_factory=lambda: defaultdict(list))
    head: list[Remark] = field(default_factory=list)
    tail: list[Remark] = field(default_factory=list)
    within: list[int] = field(default_factory=list)

    def inside(self, node: Spanned) -> bool:
        return any(node.start < at < node.end for at in self.within)


@dataclass(frozen=True, slots=True)
class _Entry:
    """``below``: its parts stand below it, each on its own line."""

    start: int
    end: int
    below: bool


def remarks(text: str, root: Keys) -> Remarks:
    """All comments of a file, each at its entry."""
    found = Remarks()
    entries = sorted(_entries(root), key=lambda each: (each.start, -each.end))
    for comment in comments(text, root):
        found.within.append(comment.start)
        if comment.alone:
            _alone(found, comment, text, root, entries)
        else:
            behind = found.behind
            start = _behind(comment, text, entries)
            behind[start] = f"{behind[start]} {comment.text}" if start in behind else comment.text
    return found


def _entries(node: Spanned) -> Iterator[_Entry]:
    match node:
        case Items():
            for item in node.items:
                yield _Entry(item.start, item.end, _stands_below(item))
                yield from _entries(item)
        case Keys():
            for key, value in node.entries:
                yield _Entry(key.start, max(value.end, key.end + 1), _stands_below(value))
                yield from _entries(value)


def _stands_below(value: Spanned) -> bool:
    return not isinstance(value, Text) and not value.flow


def _alone(found: Remarks, comment: Comment, text: str, root: Keys, entries: list[_Entry]) -> None:
    line = text.rfind("\n", 0, comment.start) + 1
    remark = Remark(comment.text, _empty_above(text, line))
    column = comment.start - line
    below = next((each.start for each in entries if each.start > comment.start), None)
    above = [key.start for key, _ in root.entries if key.start < comment.start]
    if not above:
        found.head.append(remark)
    elif below is not None and column <= below - (text.rfind("\n", 0, below) + 1):
        found.above[below].append(remark)
    elif column or below is not None:
        found.ends[above[-1]].append(remark)
    else:
        found.tail.append(remark)


def _behind(comment: Comment, text: str, entries: list[_Entry]) -> int:
    line = text.rfind("\n", 0, comment.start) + 1
    ended = [each for each in entries if line <= each.end <= comment.start and not each.below]
    if ended:
        return max(ended, key=lambda each: (each.end, -each.start)).start
    return max(each.start for each in entries if each.start < comment.start)


def _empty_above(text: str, line: int) -> bool:
    above = text.rfind("\n", 0, max(0, line - 1)) + 1
    return line > 0 and not text[above:line].strip()


def apart(text: str, node: Text | Keys | Items) -> bool:
    """Whether an empty line stands before an entry."""
    return _empty_above(text, text.rfind("\n", 0, node.start) + 1)
