"""Where settings come from: flags, environment, secret files, the TOML file. Each is one layer of nested values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Key = tuple[str | int, ...]
"""A setting by its parts: ``("accounts", "main", "scopes", 0, "campaign")``."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Nested values of one source. ``place`` says where a key was written, for people; empty when it was not."""

    values: Mapping[str, Any]
    place: Callable[[Key], str]
    files: Mapping[Key, str] = field(default_factory=dict)
    """Files that single values were read from."""

    def has(self, key: Key) -> bool:
        here: Any = self.values
        for part in key:
            if not _holds(here, part):
                return False
            here = here[part]
        return True


def _holds(values: Any, part: str | int) -> bool:
    if isinstance(values, Mapping):
        return part in values
    return isinstance(values, (list, tuple)) and isinstance(part, int) and part < len(values)


@dataclass(frozen=True, slots=True)
class Given:
    """One value and where it was written."""

    key: Key
    value: Any
    place: str
    file: str = ""


def layer_of(given: Sequence[Given]) -> Layer:
    """Single values as one layer."""
    values: dict[str, Any] = {}
    for one in given:
        _put(values, one.key, one.value)
    places = {one.key: one.place for one in given}
    return Layer(values, lambda key: _nearest(places, key), {one.key: one.file for one in given if one.file})


def dotted(key: Key) -> str:
    """A key as people write it: ``accounts.main.scopes[0].campaign``; a part with other signs is quoted."""
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (part if _is_bare(part) else f'"{part}"')
    return text


def leaves(values: Any, key: Key = ()) -> Iterator[tuple[Key, Any]]:
    """Every value that is no table, with its key, in the order written."""
    if isinstance(values, Mapping) and values:
        for name, value in values.items():
            yield from leaves(value, (*key, name))
    elif isinstance(values, (list, tuple)) and values and all(isinstance(each, Mapping) for each in values):
        for index, value in enumerate(values):
            yield from leaves(value, (*key, index))
    elif key:
        yield key, values


def _is_bare(part: str) -> bool:
    return part.replace("-", "").replace("_", "").isalnum() and part.isascii()


def _put(values: dict[str, Any], key: Key, value: Any) -> None:
    *tables, last = (str(part) for part in key)
    for name in tables:
        inner = values.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        values = inner
    values[last] = value


def _nearest(places: Mapping[Key, str], key: Key) -> str:
    """The place of the key, or of the value it is a part of."""
    return next((places[key[:end]] for end in range(len(key), 0, -1) if key[:end] in places), "")
