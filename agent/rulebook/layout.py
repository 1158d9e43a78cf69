"""The one layout of a rule file: keys in their order, an entry a line, comments where they belong.

Nothing of the meaning changes: the result is read back, and unless it says the same, as data and as a rule, there is
none. Laying out what is laid out changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from agent.errors import ConfigError, RuleError
from agent.language import _
from agent.model.rule import Rule
from agent.rulebook.bind import File, bind
from agent.rulebook.draft import AFTER, SECTIONS
from agent.rulebook.faults import Faults
from agent.rulebook.keys import LIMIT_KEYS, PROPOSE_KEYS, RULE_KEYS, TEST_KEYS, WINDOW_KEYS, Key
from agent.rulebook.meaning import meaning
from agent.rulebook.remarks import Remark, Remarks, apart, remarks
from agent.rulebook.shape import shape
from agent.rulebook.source import read
from agent.rulebook.spans import Data, Items, Keys, Quoted, Spanned, Text, comments, data, spanned
from agent.rulebook.spelling import scalar

WIDEST = 120
"""What is broken over lines is not joined beyond this many characters."""

_STANDS_ALONE = 80
"""A line longer than this does not push the comments of its neighbours to the right."""


def laid_out(written: bytes, path: str) -> str:
    """The file in its layout. ``RuleError`` where the rule is at fault, which the loader tells in the same words;
    ``ConfigError`` where no layout can be found that says the same."""
    before = rule_of(written, path)
    root = spanned(before.text, path)
    after = _Writer(before.text, root).whole()
    again = spanned(after, path)
    if not _same(data(root), data(again)) or _remarked(before.text, root) != _remarked(after, again):
        raise _refusal(path)
    if meaning(rule_of(after.encode(), path)) != meaning(before):
        raise _refusal(path)
    return after


def rule_of(written: bytes, path: str) -> Rule:
    """The rule that a file holds, wherever that lies and whatever lint says of it."""
    faults = Faults(path)
    root = read(written, faults)
    whole = shape(root, faults) if root is not None else None
    rule = bind(whole, File.of(path, written), faults) if whole is not None else None
    if rule is None or faults.found:
        raise RuleError(faults.found)
    return rule


def _remarked(text: str, root: Keys) -> list[str]:
    """The words of all comments; what two that met on one line say is said by one."""
    return sorted(word for each in comments(text, root) for word in each.text.split())


def _same(one: Data, other: Data) -> bool:
    """Equal, quotes included; keys may come in another order."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other and isinstance(one, Quoted) == isinstance(other, Quoted)


def _refusal(path: str) -> ConfigError:
    return ConfigError(_("{path} cannot be laid out without changing what it says.").format(path=path),
                       setting="rules", hint=_("Leave it as it is, and report this."))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Line:
    indent: int
    words: str
    remark: str = ""


_EMPTY = _Line(0, "")
_BELOW: dict[str, Sequence[Key]] = {
    "windows": WINDOW_KEYS, "propose": PROPOSE_KEYS, "limits": LIMIT_KEYS, "tests": TEST_KEYS,
}  # fmt: skip


class _Writer:
    def __init__(self, text: str, root: Keys) -> None:
        self.text = text
        self.root = root
        self.remarks: Remarks = remarks(text, root)
        self.lines: list[_Line] = []

    def whole(self) -> str:
        self._say(self.remarks.head, 0, first=True)
        if self.remarks.head and apart(self.text, self.root.entries[0][0]):
            self.lines.append(_EMPTY)
        last = ""
        for key, value in _ordered(self.root.entries, RULE_KEYS):
            if last and (
                key.text in SECTIONS or (last in SECTIONS) != (key.text in SECTIONS) or _group(last, key.text)
            ):
                self.lines.append(_EMPTY)
            self._say(self.remarks.above[key.start], 0, first=True, gaps=False)
            self._section(key, value)
            self._say(self.remarks.ends[key.start], 2)
            last = key.text
        if self.remarks.tail:
            self.lines.append(_EMPTY)
            self._say(self.remarks.tail, 0, first=True)
        return "".join(f"{line}\n" for line in _aligned(self.lines))

    def _say(self, said: Iterable[Remark], indent: int, *, first: bool = False, gaps: bool = True) -> None:
        """Comments on lines of their own."""
        for number, remark in enumerate(said):
            if gaps and remark.apart and not (first and not number):
                self.lines.append(_EMPTY)
            self.lines.append(_Line(indent, remark.text))

    def _section(self, key: Text, value: Spanned) -> None:
        below = _BELOW.get(key.text, ())
        if isinstance(value, Text) or key.text not in SECTIONS or not _parts(value):
            self._entry(key, value, 0, below)
            return
        self.lines.append(_Line(0, f"{key.text}:", self.remarks.behind.get(key.start, "")))
        if isinstance(value, Items):
            self._items(value, 2, below)
        else:
            self._keys(value, 2, below)

    def _keys(self, value: Keys, indent: int, below: Sequence[Key]) -> None:
        """Entries below one another; ``below`` orders them, or, below windows, what is in each."""
        names = {each.name for each in below}
        known = names and all(key.text in names for key, _ in value.entries)
        for number, (key, each) in enumerate(_ordered(value.entries, below) if known else value.entries):
            self._above(key, indent, first=not number)
            self._entry(key, each, indent, below)

    def _items(self, value: Items, indent: int, below: Sequence[Key]) -> None:
        for number, item in enumerate(value.items):
            self._above(item, indent, first=not number)
            if isinstance(item, Keys):
                self._item(item, indent, below)
            else:
                self._line(item.start, indent, "- ", item)

    def _item(self, item: Keys, indent: int, below: Sequence[Key]) -> None:
        """A map behind a dash: its comments stand above the dash, the first key beside it."""
        for number, (key, value) in enumerate(_ordered(item.entries, below)):
            if number:
                self._above(key, indent + 2, first=True)
            elif key.start != item.start:
                self._say(self.remarks.above[key.start], indent, gaps=False)
            start = len(self.lines)
            self._entry(key, value, indent + 2, ())
            if not number:
                self.lines[start] = replace(self.lines[start], indent=indent, words=f"- {self.lines[start].words}")

    def _above(self, node: Spanned, indent: int, *, first: bool) -> None:
        said = self.remarks.above[node.start]
        self._say(said, indent, first=first)
        if not first and not said and apart(self.text, node):
            self.lines.append(_EMPTY)

    def _entry(self, key: Text, value: Spanned, indent: int, below: Sequence[Key]) -> None:
        name = self.text[key.start : key.end]
        if isinstance(value, Text) or self._flows(value, len(name) + indent, below):
            self._line(key.start, indent, f"{name}: ", value, below)
            return
        self.lines.append(_Line(indent, f"{name}:", self.remarks.behind.get(key.start, "")))
        if isinstance(value, Items):
            self._items(value, indent + 2, ())
        else:
            self._keys(value, indent + 2, below)

    def _flows(self, value: Keys | Items, before: int, below: Sequence[Key]) -> bool:
        """Whether a map stands on one line: none that holds a comment; else what has a fixed set of keys, what stood on
        one line, and what fits into one."""
        if self.remarks.inside(value):
            return False
        if not _parts(value) or below:
            return True
        broken = "\n" in self.text[value.start : value.end]
        return value.flow and (not broken or before + 2 + len(self._flowing(value, below)) <= WIDEST)

    def _line(self, start: int, indent: int, before: str, value: Spanned, below: Sequence[Key] = ()) -> None:
        remark = self.remarks.behind.get(start, "")
        first, *more = self._block_text(value, indent) if isinstance(value, Text) else [self._flowing(value, below)]
        self.lines.append(_Line(indent, before + first, "" if more else remark))
        self.lines += [_Line(0, line, remark if number == len(more) else "") for number, line in enumerate(more, 1)]

    def _block_text(self, value: Text, indent: int) -> list[str]:
        """A text as it is spelled; one that is broken over lines keeps its breaks, further in."""
        first, *more = self.text[value.start : value.end].replace("\r\n", "\n").split("\n")
        if value.style not in ("|", ">"):
            return [first.rstrip(), *(" " * (indent + 4) + line.strip() if line.strip() else "" for line in more)]
        if any(sign.isdigit() for sign in first.partition("#")[0]):
            return [scalar(value.text, style='"')]
        margin = min((len(line) - len(line.lstrip()) for line in more if line.strip()), default=0)
        return [first.rstrip(), *(" " * (indent + 2) + line[margin:] if line.strip() else "" for line in more)]

    def _flowing(self, value: Spanned, below: Sequence[Key] = ()) -> str:
        match value:
            case Text():
                raw = self.text[value.start : value.end]
                plain = raw if not value.style and "\n" not in raw else ""
                return plain if plain and scalar(plain, flow=True) == plain else self._one_line(value, raw)
            case Items():
                return f"[{', '.join(self._flowing(each) for each in value.items)}]"
            case Keys():
                entries = ((self._flowing(key), self._flowing(each)) for key, each in _ordered(value.entries, below))
                return f"{{{', '.join(f'{key}: {each}' for key, each in entries)}}}"

    def _one_line(self, value: Text, raw: str) -> str:
        if value.style in ("'", '"') and "\n" not in raw:
            return raw
        return scalar(value.text, flow=True, style=value.style if value.style == "'" else '"' if value.style else "")


def _group(one: str, other: str) -> bool:
    """Whether two neighbours stand apart: the head of a rule, what is proposed, and what follows it."""
    return (one in AFTER) != (other in AFTER)


def _parts(node: Spanned) -> Sequence[object]:
    return node.items if isinstance(node, Items) else node.entries if isinstance(node, Keys) else ()


def _ordered(entries: Sequence[tuple[Text, Spanned]], keys: Sequence[Key]) -> Sequence[tuple[Text, Spanned]]:
    order = {key.name: number for number, key in enumerate(keys)}
    return sorted(entries, key=lambda entry: order.get(entry[0].text, len(order)))


def _aligned(lines: Sequence[_Line]) -> Iterable[str]:
    """Comments of neighbouring lines begin at one column."""
    run: list[_Line] = []
    for line in lines:
        if run and not (line.remark and line.indent == run[0].indent):
            yield from _spelled(run)
            run = []
        if line.remark:
            run.append(line)
        else:
            yield (" " * line.indent + line.words).rstrip()
    yield from _spelled(run)


def _spelled(run: Sequence[_Line]) -> Iterable[str]:
    whole = [" " * line.indent + line.words for line in run]
    column = max((len(each) for each in whole if len(each) <= _STANDS_ALONE), default=0)
    for each, line in zip(whole, run, strict=True):
        yield f"{each:<{column}}  {line.remark}"
