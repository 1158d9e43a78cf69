"""A rule file under edit: one value is changed, and every other letter of the file stays as it is, comments included.

What ``steward rules fmt``, ``rules new`` and the page write goes through here. An edit is read back before it counts:
unless the file then says exactly what it said before, with this one difference, and holds the comments it held, it is
refused and the text stays as it was. Whether the rule is in order is not asked: that only the loader knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from agent.errors import ConfigError, RuleError
from agent.language import _
from agent.rulebook.keys import RULE_KEYS
from agent.rulebook.spans import Data, Items, Keys, Spanned, Text, comments, data, same, spanned
from agent.rulebook.spelling import block, flowing, scalar

Path = tuple[str | int, ...]
"""Keys, and numbers of items from 0: ``("params", "min_clicks")``, ``("when", 2)``, ``("tests", 0, "expect")``."""

SECTIONS = ("params", "windows", "let", "when", "propose", "tests")
"""Keys whose values stand below them, an entry a line, and which a blank line sets apart."""

AFTER = ("limits", "drift", "mode", "severity", "priority", "say")
"""Keys that follow what is proposed, together."""

_ORDER = tuple(key.name for key in RULE_KEYS)


class Draft:
    """The text of a rule file, changed by ``set`` and ``remove``; read ``text`` when done.

    Values are texts as they are written (``25%``, ``3d``, ``recent.clicks >= min_clicks``), lists and maps of them.
    What stands in quotes keeps them; ``Quoted("12")`` asks for them. ``RuleError`` for a text that is not well-formed
    YAML, ``ConfigError`` for an edit that cannot be made without touching something else.
    """

    def __init__(self, text: str, path: str = "rule.yaml") -> None:
        self.path = path
        self.text = text
        self.root = spanned(text, path)

    def get(self, *path: str | int) -> Data | None:
        """What the file says there; None where it says nothing."""
        found = self._find(path)
        return None if found is None else data(found)

    def span(self, path: Path) -> tuple[int, int] | None:
        """Where in the text it says so; None where it says nothing."""
        found = self._find(path)
        return None if found is None else (found.start, found.end)

    def set(self, path: Path, value: Data) -> None:
        """Make the file say this there. A map or list is brought to it entry by entry, so that comments on what stays
        the same stay too; keys that are new go where the order of keys has them."""
        found = self._find(path)
        match found, value:
            case None, _:
                self._insert(path, value)
            case Text(), str():
                if not same(data(found), value) and (found.text != value or not found.style):
                    self._replace(path, found, value)
            case Keys(), dict():
                for name in [key.text for key, _value in found.entries if key.text not in value]:
                    self.remove((*path, name))
                for name, each in value.items():
                    self.set((*path, name), each)
            case Items(), list():
                self._merge(path, [data(item) for item in found.items], value)
            case _:
                self._replace(path, found, value)

    def remove(self, path: Path) -> None:
        """Take an entry or item out, with the comments on its lines and right above it. A section whose last entry goes
        is taken out too. Nothing happens where there is nothing."""
        parent = self._find(path[:-1])
        if self._find(path) is None or parent is None or isinstance(parent, Text):
            return
        size = len(parent.items if isinstance(parent, Items) else parent.entries)
        if size == 1 and len(path) == 2:
            self.remove(path[:-1])
        elif size == 1 and len(path) > 2:
            self._replace(path[:-1], parent, {} if isinstance(parent, Keys) else [])
        else:
            start, end = self._flow_span(parent, path) if parent.flow else self._line_span(parent, path)
            self._splice(start, end, "", lambda after: same(without(data(self.root), path), after))

    # Finding

    def _find(self, path: Path) -> Spanned | None:
        found: Spanned | None = self.root
        for step in path:
            match found, step:
                case Keys(), str():
                    entry = found.find(step)
                    found = entry[1] if entry is not None else None
                case Items(), int():
                    found = found.items[step] if 0 <= step < len(found.items) else None
                case _:
                    return None
        return found

    def _value_from(self, path: Path) -> int:
        """Where what stands at a path begins: right after its colon, or at the item."""
        parent, last = self._find(path[:-1]), path[-1]
        if isinstance(parent, Keys) and (entry := parent.find(str(last))) is not None:
            return self.text.index(":", entry[0].end) + 1
        found = self._find(path)
        return found.start if found is not None else 0

    def _line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def _line_end(self, at: int) -> int:
        """After the end of the line, or the end of the text."""
        found = self.text.find("\n", at)
        return found + 1 if found >= 0 else len(self.text)

    def _flow_span(self, parent: Items | Keys, path: Path) -> tuple[int, int]:
        spans = _parts(parent)
        number = _number(parent, path[-1])
        if number + 1 < len(spans):
            return spans[number][0], spans[number + 1][0]
        return spans[number - 1][1], spans[number][1]

    def _line_span(self, parent: Items | Keys, path: Path) -> tuple[int, int]:
        spans = _parts(parent)
        number = _number(parent, path[-1])
        start, end = spans[number]
        line = self._line_start(start)
        if isinstance(parent, Keys) and self.text[line:start].strip():
            return start, spans[1][0]  # the first key stands behind the dash of an item
        while (above := self._line_start(line - 1)) < line and self._leads(above, line, start):
            line = above
        return line, self._line_end(end)

    def _leads(self, above: int, line: int, start: int) -> bool:
        """Whether the line above is a comment that belongs to the entry at ``start``: as far to the right as it is."""
        words = self.text[above:line]
        margin = len(words) - len(words.lstrip())
        return words.lstrip().startswith("#") and margin == len(self._margin(start))

    def _margin(self, start: int) -> str:
        """What stands before an entry on its line, or before the dash of an item."""
        before = self.text[self._line_start(start) : start]
        return before[: len(before) - len(before.lstrip())]

    # Changing

    def _replace(self, path: Path, found: Spanned, value: Data) -> None:
        """Write a value over another; comments within what is written over go with it."""
        if isinstance(value, str) and isinstance(found, Text) and found.end > found.start:
            style = found.style if found.style in ("'", '"') else ""
            self._splice(found.start, found.end, scalar(value, flow=self._flows(path), style=style),
                         self._says(path, value))  # fmt: skip
            return
        gap = " " if isinstance(self._find(path[:-1]), Keys) else ""
        start = self._value_from(path)
        end = start if isinstance(found, Text) and found.end == found.start else found.end
        self._splice(start, end, gap + self._flowing(path, value), self._says(path, value))

    def _flowing(self, path: Path, value: Data) -> str:
        return flowing([value])[1:-1] if self._flows(path) else flowing(value)

    def _flows(self, path: Path) -> bool:
        """Whether a path lies within ``{}`` or ``[]``."""
        above = (self._find(path[:length]) for length in range(len(path)))
        return any(isinstance(each, Keys | Items) and each.flow for each in above)

    def _insert(self, path: Path, value: Data) -> None:
        parent, last = self._find(path[:-1]), path[-1]
        if parent is None and len(path) > 1 and isinstance(last, str):
            self._insert(path[:-1], {last: value})
        elif isinstance(parent, Text) and not parent.text and isinstance(last, str):
            self._replace(path[:-1], parent, {last: value})
        elif isinstance(parent, Keys) and isinstance(last, str):
            self._enter(path, parent, last, value)
        elif isinstance(parent, Items) and isinstance(last, int) and last <= len(parent.items):
            self._put(path, parent, last, value)
        else:
            raise self._refusal()

    def _enter(self, path: Path, parent: Keys, name: str, value: Data) -> None:
        """A new key with its value, at its place in the order of keys, or last."""
        top = parent is self.root
        number = _place(parent, name) if top else len(parent.entries)
        if parent.flow or not parent.entries:
            self._into_flow(path, parent, flowing({name: value})[1:-1], number, value)
            return
        margin = " " * (parent.entries[0][0].start - self._line_start(parent.start))
        lines = [f"{margin}{scalar(name)}: {flowing(value)}"]
        if top and name in SECTIONS and not isinstance(value, str):
            lines = [f"{name}:", *block(value, 2)]
        above = str(parent.entries[number - 1][0].text) if number else ""
        apart = top and number > 0 and (name in SECTIONS or (name in AFTER and above in SECTIONS))
        self._into_lines(path, parent, ["", *lines] if apart else lines, number, value)

    def _put(self, path: Path, parent: Items, number: int, value: Data) -> None:
        if parent.flow or not parent.items:
            self._into_flow(path, parent, flowing([value])[1:-1], number, value)
            return
        margin = self._margin(parent.items[0].start)
        self._into_lines(path, parent, block([value], len(margin)), number, value)

    def _into_flow(self, path: Path, parent: Items | Keys, spelled: str, number: int, value: Data) -> None:
        spans = _parts(parent)
        if not spans:
            self._splice(parent.start + 1, parent.end - 1, spelled, self._says(path, value, new=True))
        elif number < len(spans):
            self._splice(spans[number][0], spans[number][0], f"{spelled}, ", self._says(path, value, new=True))
        else:
            self._splice(spans[-1][1], spans[-1][1], f", {spelled}", self._says(path, value, new=True))

    def _into_lines(self, path: Path, parent: Items | Keys, lines: Sequence[str], number: int, value: Data) -> None:
        newline = "\r\n" if "\r\n" in self.text else "\n"
        spans = _parts(parent)
        at = self._line_end(spans[number - 1][1]) if number else self._line_start(spans[0][0])
        whole = newline.join(lines) + newline
        if at == len(self.text) and not self.text.endswith("\n"):
            whole = newline + whole.removesuffix(newline)
        self._splice(at, at, whole, self._says(path, value, new=True))

    def _merge(self, path: Path, now: list[Data], value: list[Data]) -> None:
        """Bring a list to what it shall be, from its end on, so that the numbers of what is before stay as they are."""
        spelled = [[repr(each) for each in side] for side in (now, value)]
        differences = SequenceMatcher(None, spelled[0], spelled[1], autojunk=False).get_opcodes()
        for what, start, end, first, last in reversed(differences):
            if what == "equal":
                continue
            shared = min(end - start, last - first)
            for number in reversed(range(start + shared, end)):
                self.remove((*path, number))
            for number in reversed(range(first + shared, last)):
                self._insert((*path, start + shared), value[number])
            for number in range(shared):
                self.set((*path, start + number), value[first + number])

    # Reading back

    def _says(self, path: Path, value: Data, *, new: bool = False) -> Callable[[Data], bool]:
        """Whether the file says this at the path, and elsewhere what it says now."""
        before = data(self.root) if new else without(data(self.root), path)
        return lambda after: _at(after, path) == value and same(before, without(after, path))

    def _splice(self, start: int, end: int, spelled: str, holds: Callable[[Data], bool]) -> None:
        """Put a text in the place of another, if the file then says what it should and no other comment is touched."""
        text = self.text[:start] + spelled + self.text[end:]
        try:
            root = spanned(text, self.path)
        except RuleError:
            raise self._refusal() from None
        kept = [each.text for each in comments(self.text, self.root) if not start <= each.start < end]
        if not holds(data(root)) or [each.text for each in comments(text, root)] != kept:
            raise self._refusal()
        self.text, self.root = text, root

    def _refusal(self) -> ConfigError:
        return ConfigError(
            _("{path} cannot be changed there without touching something else.").format(path=self.path),
            setting="rules", hint=_("Edit the file itself."),
        )  # fmt: skip


def _parts(node: Items | Keys) -> list[tuple[int, int]]:
    """Where the entries or items of a list or map begin and end."""
    if isinstance(node, Items):
        return [(each.start, each.end) for each in node.items]
    return [(key.start, max(value.end, key.end + 1)) for key, value in node.entries]


def _number(node: Items | Keys, step: str | int) -> int:
    """The how many-th part a step of a path leads to."""
    if isinstance(node, Items):
        return int(step)
    return [key.text for key, _value in node.entries].index(str(step))


def _place(root: Keys, name: str) -> int:
    """Where a key of a rule goes: behind all that the order of keys has before it."""
    before = _ORDER[: _ORDER.index(name)] if name in _ORDER else _ORDER
    return max((number for number, (key, _value) in enumerate(root.entries, 1) if key.text in before), default=0)


def _at(whole: Data, path: Path) -> Data | None:
    for step in path:
        match whole, step:
            case dict(), str() if step in whole:
                whole = whole[step]
            case list(), int() if step < len(whole):
                whole = whole[step]
            case _:
                return None
    return whole


def without(whole: Data, path: Path) -> Data:
    """What a file says, but for what stands at a path."""
    first, rest = path[0], path[1:]
    if isinstance(whole, list):
        return [without(each, rest) if number == first else each for number, each in enumerate(whole)
                if rest or number != first]  # fmt: skip
    if isinstance(whole, dict):
        return {name: without(each, rest) if name == first else each for name, each in whole.items()
                if rest or name != first}  # fmt: skip
    return whole
