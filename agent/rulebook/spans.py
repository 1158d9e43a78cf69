"""A rule file as it is spelled: every text, list and map with where it begins and ends, and every comment.

The loader reads meaning (``source``); whoever writes rule files needs the letters. Offsets count characters from 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from agent.errors import RuleError
from agent.rulebook.faults import Faults
from agent.rulebook.source import read

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class Quoted(str):
    """A text that stands in quotes: it is a text whatever it looks like."""

    __slots__ = ()


Data = str | list[Any] | dict[str, Any]
"""What a file says, without how: texts (``Quoted`` ones among them), lists and maps of such."""


@dataclass(frozen=True, slots=True)
class Text:
    """``style`` is empty for a plain one, else ``'``, ``"``, ``|`` or ``>``. ``end`` never takes in a line's end."""

    start: int
    end: int
    text: str
    style: str


@dataclass(frozen=True, slots=True)
class Items:
    start: int
    end: int
    items: tuple[Spanned, ...]
    flow: bool


@dataclass(frozen=True, slots=True)
class Keys:
    start: int
    end: int
    entries: tuple[tuple[Text, Spanned], ...]
    flow: bool

    def find(self, name: str) -> tuple[Text, Spanned] | None:
        return next((entry for entry in self.entries if entry[0].text == name), None)


Spanned = Text | Items | Keys


@dataclass(frozen=True, slots=True)
class Comment:
    """From its ``#`` to the end of the line. ``alone``: nothing else stands on the line."""

    start: int
    text: str
    alone: bool


def spanned(text: str, path: str) -> Keys:
    """The map a rule file holds. ``RuleError`` for what the loader would refuse to read as YAML.

    The bounds of ``source`` hold first: only what is known to be shallow and small is composed.
    """
    faults = Faults(path)
    root = read(text.encode("utf-8", "surrogatepass"), faults)
    if root is not None and not faults.found:
        found = _spanned(yaml.compose(text, Loader=_LOADER), text)
        if isinstance(found, Keys):
            return found
        faults.add(root.place, "R012", "a rule file holds keys with values", "start with 'rule: folder/name'")
    raise RuleError(faults.found)


def _spanned(node: Any, text: str) -> Spanned:
    start, end = node.start_mark.index, node.end_mark.index
    if isinstance(node, yaml.ScalarNode):
        written = text[start:end].rstrip("\r\n") if node.style in ("|", ">") else text[start:end]
        return Text(start, start + len(written), node.value, node.style or "")
    if isinstance(node, yaml.SequenceNode):
        items = tuple(_spanned(item, text) for item in node.value)
        return Items(start, end if node.flow_style or not items else items[-1].end, items, bool(node.flow_style))
    entries = tuple((_key(key, text), _spanned(value, text)) for key, value in node.value)
    return Keys(start, end if node.flow_style or not entries else _end(entries[-1]), entries, bool(node.flow_style))


def _key(node: Any, text: str) -> Text:
    found = _spanned(node, text)
    return found if isinstance(found, Text) else Text(found.start, found.end, "", "")


def _end(entry: tuple[Text, Spanned]) -> int:
    """Where an entry ends; one without a value, right after its colon."""
    key, value = entry
    return value.end if value.end > value.start else key.end + 1


def data(node: Spanned) -> Data:
    """What a part of the file says."""
    match node:
        case Text():
            return node.text if not node.style else Quoted(node.text)
        case Items():
            return [data(item) for item in node.items]
        case Keys():
            return {key.text: data(value) for key, value in node.entries}


def same(one: Data, other: Data) -> bool:
    """Equal, quotes included, and keys in the same order."""
    if isinstance(one, str) and isinstance(other, str):
        return str(one) == str(other) and isinstance(one, Quoted) == isinstance(other, Quoted)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return list(one) == list(other) and all(same(one[name], other[name]) for name in one)
    return False


def comments(text: str, root: Spanned) -> tuple[Comment, ...]:
    """All comments, in order: what begins with ``#`` after white space and is no part of a text."""
    return tuple(_comments(text, sorted((each.start, each.end) for each in _texts(root))))


def _comments(text: str, texts: list[tuple[int, int]]) -> Iterator[Comment]:
    at = 0
    for start, end in [*texts, (len(text), len(text))]:
        while (found := text.find("#", at, start)) >= 0:
            line = text.rfind("\n", 0, found) + 1
            stop = text.find("\n", found)
            stop = len(text) if stop < 0 else stop
            yield Comment(found, text[found:stop].rstrip(), not text[line:found].strip())
            at = stop
        at = max(at, end)


def _texts(node: Spanned) -> Iterator[Text]:
    match node:
        case Text():
            yield node
        case Items():
            for item in node.items:
                yield from _texts(item)
        case Keys():
            for key, value in node.entries:
                yield key
                yield from _texts(value)
