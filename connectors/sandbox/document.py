"""Reading a YAML document by its declared shape, so that every fault has a line and a hint.

Scalars stay text until a reader gives them a type: ``NO`` is a country, ``08:30`` a time. No tags, anchors or aliases.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Protocol, TypeVar

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from agent.errors import ConfigError

T = TypeVar("T")
_MOST_BYTES = 1_000_000
_DEEPEST = 8


class _Mark(Protocol):
    """Where something stands, counted from 0; the reader has two classes for it."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


class Section:
    """One mapping of the document. Every key must be asked for before ``done``, else it is refused as unknown."""

    def __init__(self, path: Path, node: Node, name: str) -> None:
        self.path, self._node, self.name = path, node, name
        if not isinstance(node, MappingNode):
            raise self.wrong("must be a mapping of keys to values", node=node)
        self._entries: dict[str, Node] = {}
        self._asked: list[str] = []
        for key, value in node.value:
            if key.value in self._entries:
                raise self.wrong(f"says {key.value} twice", node=key)
            self._entries[key.value] = value

    def text(self, key: str, default: str | None = None, one_of: Collection[str] = ()) -> str:
        value = self._scalar(key, default)
        if one_of and value not in one_of:
            raise self.wrong(f"{key} is {value!r}", key, hint=_nearest(value, one_of))
        return value

    def number(self, key: str, default: float | None = None, low: float = 0.0, high: float = 1e15) -> float:
        text = self._scalar(key, None if default is None else repr(default))
        try:
            value = float(text)
        except ValueError:
            raise self.wrong(f"{key} is {text!r}, which is no number", key) from None
        if not low <= value <= high:
            raise self.wrong(f"{key} is {text}", key, hint=f"it must lie between {low:g} and {high:g}")
        return value

    def whole(self, key: str, default: int | None = None, low: int = 0, high: int = 10**17) -> int:
        text = self._scalar(key, None if default is None else str(default))
        try:
            value = int(text)
        except ValueError:
            raise self.wrong(f"{key} is {text!r}, which is no whole number", key) from None
        if not low <= value <= high:
            raise self.wrong(f"{key} is {text}", key, hint=f"it must lie between {low} and {high}")
        return value

    def texts(self, key: str, one_of: Collection[str]) -> tuple[str, ...]:
        """A list of words, all of ``one_of``; left out means none."""
        node = self._take(key)
        if node is None:
            return ()
        if not isinstance(node, SequenceNode):
            raise self.wrong(f"{key} must be a list", key)
        words = tuple(str(item.value) for item in node.value)
        for word, item in zip(words, node.value, strict=True):
            if word not in one_of:
                raise self.wrong(f"{key} names {word!r}", node=item, hint=_nearest(word, one_of))
        return words

    def words(self, key: str) -> tuple[str, ...]:
        """A list of any words; left out means none."""
        node = self._take(key)
        if node is None:
            return ()
        if not isinstance(node, SequenceNode) or not all(isinstance(item, ScalarNode) for item in node.value):
            raise self.wrong(f"{key} must be a list of words", key)
        return tuple(str(item.value) for item in node.value)

    def has(self, key: str) -> bool:
        return key in self._entries

    def section(self, key: str) -> Section:
        node = self._take(key)
        if node is None:
            raise self.wrong(f"has no {key}", hint=f"add a mapping {key}:")
        return Section(self.path, node, f"{self.name}.{key}" if self.name else key)

    def optional_section(self, key: str) -> Section | None:
        self._asked.append(key)
        return self.section(key) if key in self._entries else None

    def sections(self, key: str) -> Iterator[Section]:
        """The mappings of a list; left out means none."""
        node = self._take(key)
        if node is not None and not isinstance(node, SequenceNode):
            raise self.wrong(f"{key} must be a list", key)
        for index, item in enumerate(node.value if node is not None else ()):
            yield Section(self.path, item, f"{key}[{index}]")

    def named_sections(self, key: str) -> Iterator[tuple[str, Section]]:
        section = self.section(key)
        for name in section.names():
            yield name, section.section(name)

    def names(self) -> tuple[str, ...]:
        return tuple(self._entries)

    def rest(self) -> Mapping[str, float | str]:
        """Every key not asked for yet, as number or text."""
        left = [key for key in self._entries if key not in self._asked]
        return {key: _number_or_text(self._scalar(key, None)) for key in left}

    def done(self) -> None:
        """Refuse what nobody asked for."""
        for key in self._entries:
            if key not in self._asked:
                raise self.wrong(f"knows no {key}", key, hint=_nearest(key, self._asked))

    def read(self, key: str, build: Callable[[str], T], expected: str, default: str | None = None) -> T:
        """A value with a reader of its own; its ``ValueError`` becomes a located fault."""
        text = self._scalar(key, default)
        try:
            return build(text)
        except (ValueError, KeyError, ArithmeticError):
            raise self.wrong(f"{key} is {text!r}", key, hint=f"expected {expected}") from None

    def wrong(self, what: str, key: str = "", *, node: Node | None = None, hint: str = "") -> ConfigError:
        at = node or self._entries.get(key) or self._node
        place = _place(self.path, at.start_mark)
        subject = self.name or "the scenario"
        return ConfigError(f"{place}: {subject} {what}", setting=f"{self.name}.{key}", place=place, hint=hint)

    def _scalar(self, key: str, default: str | None) -> str:
        node = self._take(key)
        if node is None:
            if default is None:
                raise self.wrong(f"has no {key}", hint=f"add {key}:")
            return default
        if not isinstance(node, ScalarNode):
            raise self.wrong(f"{key} must be a single value", key)
        return str(node.value)

    def _take(self, key: str) -> Node | None:
        self._asked.append(key)
        return self._entries.get(key)


def open_document(path: Path) -> Section:
    """The document's top mapping. A file that is missing, too large or no YAML is a ``ConfigError``."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigError(f"{path} cannot be read: {fault}", place=str(path)) from fault
    if len(text) > _MOST_BYTES:
        raise ConfigError(f"{path} is larger than {_MOST_BYTES:,} characters", place=str(path))
    try:
        _check_shape(path, text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as fault:
        place = _place(path, fault.problem_mark)
        raise ConfigError(f"{place}: {fault.problem}", place=place) from fault
    except (yaml.YAMLError, RecursionError) as fault:
        raise ConfigError(f"{path} is no YAML: {type(fault).__name__}", place=str(path)) from fault
    if node is None:
        raise ConfigError(f"{path} is empty", place=str(path), hint="start from the scenario demo")
    return Section(path, node, "")


def _check_shape(path: Path, text: str) -> None:
    """Refuse aliases and deep nesting while reading, before either can cost anything."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        place = _place(path, event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            raise ConfigError(f"{place}: aliases are not read", place=place, hint="write the value out")
        if depth > _DEEPEST:
            raise ConfigError(f"{place}: nested deeper than {_DEEPEST} levels", place=place)


def _place(path: Path, mark: _Mark | None) -> str:
    return f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)


def _nearest(word: str, known: Collection[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f"did you mean {close[0]}?" if close else f"one of: {', '.join(sorted(known))}"


def _number_or_text(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
