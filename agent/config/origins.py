"""Where each value came from, for ``steward config show --origin``; and what is unwise about it, for the doctor."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from agent.config.faults import place_of
from agent.config.layers import Key, dotted, leaves
from agent.config.settings import Config
from agent.config.shape import is_secret, kind_of
from agent.config.values import plain
from agent.language import _

_MASK = "***"


@dataclass(frozen=True, slots=True)
class Origin:
    """One setting. ``value`` is as TOML would write it, secrets masked; ``origin`` is a place, or ``default``."""

    setting: str
    value: str
    origin: str


def origins(config: Config) -> Sequence[Origin]:
    """Every setting that has a value, in the order of the models."""
    return [
        Origin(dotted(key), shown(value), place_of_exactly(config, key) or "default") for key, value in _values(config)
    ]


def warnings(config: Config) -> Sequence[str]:
    """Secrets that others can read, and secrets that stand in the configuration file itself."""
    return [*_readable_by_others(config), *_in_the_file(config)]


def place_of_exactly(config: Config, key: Key) -> str:
    return next((layer.place(key) for layer in config.layers if layer.has(key)), "")


def shown(value: Any) -> str:
    """A value for people; of a secret, nothing but that there is one; of an address, all but its password."""
    if isinstance(value, SecretStr):
        text = value.get_secret_value()
        is_address = "://" in text
        return re.sub(r"://([^:/@]*):[^@]*@", rf"://\1:{_MASK}@", text) if is_address else _MASK if text else ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(shown(each) for each in value) + "]"
    if isinstance(value, (float, Decimal)):
        return plain(Decimal(str(value)))
    return "" if value is None else str(value)


def _values(config: Config) -> Iterator[tuple[Key, Any]]:
    """Leaves of the models. Of what an account only may override, what was written."""
    for key, value in leaves(_tables(config)):
        is_default = not any(layer.has(key) for layer in config.layers)
        overrides = len(key) > 2 and key[0] == "accounts" and key[2] in ("belts", "settings", "scopes")
        if value != {} and value is not None and not (is_default and overrides):
            yield key, value


def _tables(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return {name: _tables(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, dict):
        return {name: _tables(inner) for name, inner in value.items()}
    if isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        return [_tables(inner) for inner in value]
    return value


def _secrets_written(config: Config) -> Iterator[Key]:
    """Keys of the file that hold a secret: credentials, and a database address with a password."""
    file = config.layers[-1]
    for key, value in leaves(file.values):
        has_secret = is_secret(kind_of(Config, key)) and value != ""
        if has_secret and (key != ("database",) or re.search(r"://[^/@]*:[^@]*@", str(value))):
            yield key


def _in_the_file(config: Config) -> Iterator[str]:
    for key in _secrets_written(config):
        yield _("{place}: the secret {setting} stands in the configuration file").format(
            place=place_of((*key,), config.layers[-1:]), setting=dotted(key)
        )


def _readable_by_others(config: Config) -> Iterator[str]:
    files = {
        Path(file) for layer in config.layers for key, file in layer.files.items() if is_secret(kind_of(Config, key))
    }
    if config.path is not None and any(_secrets_written(config)):
        files.add(config.path)
    for file in sorted(files):
        if file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            yield _("{path} holds a secret and can be read by others: chmod 600 {path}").format(path=file)
