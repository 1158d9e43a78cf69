"""The TOML file as a layer, with the line of every key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from agent.config.layers import Key, Layer
from agent.errors import ConfigError
from agent.language import _

_LARGEST_BYTES = 4_000_000


def toml_layer(path: Path) -> Layer:
    """Read the file; numbers with a point are exact decimals."""
    text = _text(path)
    try:
        values = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        raise _syntax_error(path, str(fault)) from fault

    @cache
    def lines() -> Mapping[Key, int]:
        return lines_of(text)

    def place(key: Key) -> str:
        found = next((lines()[key[:end]] for end in range(len(key), 0, -1) if key[:end] in lines()), None)
        return f"{path}:{found}" if found is not None else ""

    return Layer(values, place)


def lines_of(text: str) -> Mapping[Key, int]:
    """The line, from 1, on which each key and each table is written first. The text must be valid TOML."""
    found: dict[Key, int] = {}
    table: Key = ()
    counts: dict[Key, int] = {}
    for line, statement in _statements(text):
        if not statement.lstrip().startswith("["):
            for key in _keys(tomllib.loads(statement), ()):
                found.setdefault((*table, *key), line)
            continue
        table = _header(statement, counts)
        for end in range(1, len(table) + 1):
            found.setdefault(table[:end], line)
    return found


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Headers and assignments with their first line; the real parser says where one ends."""
    pending: list[str] = []
    first = 1
    for number, line in enumerate(text.splitlines(), start=1):
        if not pending:
            first = number
        pending.append(line)
        statement = "\n".join(pending)
        try:
            parsed = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        pending.clear()
        if parsed:
            yield first, statement


def _header(statement: str, counts: dict[Key, int]) -> Key:
    """The table a header opens. Tables inside an array belong to its newest element."""
    is_array = statement.lstrip().startswith("[[")
    names = _path(tomllib.loads(statement))
    key: Key = ()
    for position, name in enumerate(names, start=1):
        key = (*key, name)
        if is_array and position == len(names):
            counts[key] = counts.get(key, -1) + 1
        if key in counts:
            key = (*key, counts[key])
    return key


def _path(tables: Any) -> list[str]:
    names: list[str] = []
    while tables:
        if isinstance(tables, list):
            tables = tables[0]
            continue
        name, tables = next(iter(tables.items()))
        names.append(name)
    return names


def _keys(value: Any, key: Key) -> Iterator[Key]:
    if key:
        yield key
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _keys(inner, (*key, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _keys(inner, (*key, index))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise ConfigError(_("the file is too large for a configuration"), place=str(path))
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as fault:
        raise ConfigError(
            _("there is no configuration file"), place=str(path), hint=_("write one with 'steward init'")
        ) from fault
    except OSError as fault:
        raise ConfigError(
            _("the configuration file cannot be read: {fault}").format(fault=fault.strerror), place=str(path)
        ) from fault
    except UnicodeDecodeError as fault:
        raise ConfigError(_("the configuration file is not UTF-8 text"), place=str(path)) from fault


def _syntax_error(path: Path, message: str) -> ConfigError:
    """tomllib names the line in its message's tail."""
    where = re.search(r"\(at (?:line (\d+), column (\d+)|end of document)\)", message)
    place = f"{path}:{where[1]}:{where[2]}" if where and where[1] else str(path)
    said = message.partition(" (at ")[0]
    hint = _('text stands in quotes: key = "value"') if "Invalid value" in said else ""
    return ConfigError(_("the file is not valid TOML: {said}").format(said=said), place=place, hint=hint)
