"""Layers that are not the TOML file: flags, the environment, secret files.

A setting is written there by its parts: ``STEWARD_PULL__DAYS``, ``STEWARD_ACCOUNTS__EU_MAIN__AMAZON_ADS__PROFILE_ID``
(capitals do not matter; ``-`` in an account's name becomes ``_``). Lists and tables are JSON. With ``_FILE`` at the end
the variable names a file that holds the value. A file of a folder is called after its setting, either as the variable
without ``STEWARD_`` or with dots: ``accounts.eu-main.amazon_ads.client_secret``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from agent.config.layers import Given, Key, Layer, dotted, layer_of
from agent.config.shape import field_of, is_named, is_structured, kind_of, names_in
from agent.errors import ConfigError
from agent.language import _

PREFIX = "STEWARD_"
_OTHERS = frozenset({"config", "full"})
"""Variables that are no settings: the file's path, and the size of the test run."""
_LARGEST_SECRET_BYTES = 65_536


def flags(root: type, given: Mapping[str, Any]) -> Layer:
    """Overrides from the command line, by dotted key."""
    rows = [Given(tuple(name.split(".")), value, _("the command line")) for name, value in given.items()]
    return layer_of([row for row in rows if row.value is not None])


def environment(root: type, variables: Mapping[str, str], accounts: Collection[str]) -> Layer:
    """The variables that begin with ``STEWARD_`` and hold a value."""
    return layer_of([
        Given(key, _decoded(root, key, text, name), name)
        for name, key, text in _ours(root, variables, accounts)
        if not _names_a_file(root, key)
    ])  # fmt: skip


def secret_files(root: type, variables: Mapping[str, str], folder: Path | None, accounts: Collection[str]) -> Layer:
    """Values in files: ``…_FILE`` variables, then systemd's credentials, then the configured folder."""
    found: dict[Key, Given] = {}
    for given in _all_files(root, variables, folder, accounts):
        found.setdefault(given.key, given)
    return layer_of(list(found.values()))


def _all_files(
    root: type, variables: Mapping[str, str], folder: Path | None, accounts: Collection[str]
) -> Iterator[Given]:
    for name, key, text in _ours(root, variables, accounts):
        if _names_a_file(root, key):
            yield _from_file(root, _without_suffix(key), Path(text), name)
    credentials = variables.get("CREDENTIALS_DIRECTORY")
    if credentials:
        yield from _folder(root, Path(credentials), accounts, strict=False)
    if folder is not None:
        yield from _folder(root, folder, accounts, strict=True)


def _ours(root: type, variables: Mapping[str, str], accounts: Collection[str]) -> Iterator[tuple[str, Key, str]]:
    for name in sorted(variables):
        if not name.upper().startswith(PREFIX):
            continue
        parts = name[len(PREFIX) :].lower().split("__")
        if len(parts) == 1 and _is_foreign(root, parts[0]):
            continue
        yield name, _key(root, parts, accounts), variables[name]


def _is_foreign(root: type, name: str) -> bool:
    """One word that neither is a setting nor looks like one: other programs use the prefix too."""
    known = names_in(root)
    plain = name.removesuffix("_file")
    return name in _OTHERS or (plain not in known and not get_close_matches(plain, known, cutoff=0.8))


def _key(root: Any, parts: list[str], accounts: Collection[str]) -> Key:
    """The parts with the spelling the configuration uses."""
    key: list[str] = []
    for part in parts:
        if is_named(root) and tuple(key) == ("accounts",):
            part = next((name for name in accounts if _folded(name) == _folded(part)), part)
        root = None if root is None else field_of(root, part)
        key.append(part)
    return tuple(key)


def _folded(name: str) -> str:
    return name.lower().replace("-", "_")


def _names_a_file(root: type, key: Key) -> bool:
    last = str(key[-1])
    return last.endswith("_file") and last not in names_in(kind_of(root, key[:-1]))


def _without_suffix(key: Key) -> Key:
    return (*key[:-1], str(key[-1]).removesuffix("_file"))


def _folder(root: type, folder: Path, accounts: Collection[str], *, strict: bool) -> Iterator[Given]:
    """Each file is one value. Of systemd's credentials those with other names belong to others."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as fault:
        raise ConfigError(
            _("the folder of secrets cannot be read: {fault}").format(fault=fault.strerror),
            setting="secrets", place=str(folder), hint=_("make it, or leave the setting 'secrets' out"),
        ) from fault  # fmt: skip
    for path in paths:
        parts = path.name.lower().removeprefix(PREFIX.lower()).replace("__", ".").split(".")
        if strict or parts[0] in names_in(root):
            yield _from_file(root, _key(root, parts, accounts), path, str(path))


def _from_file(root: type, key: Key, path: Path, place: str) -> Given:
    try:
        if path.stat().st_size > _LARGEST_SECRET_BYTES:
            raise ConfigError(_("the file is too large for a value"), setting=dotted(key), place=str(path))
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigError(
            _("the file {path} cannot be read: {fault}").format(path=path, fault=_reason(fault)),
            setting=dotted(key), place=place, hint=_("it holds the value of {setting}").format(setting=dotted(key)),
        ) from fault  # fmt: skip
    return Given(key, _decoded(root, key, text, place), place, str(path))


def _reason(fault: OSError | UnicodeDecodeError) -> str:
    return fault.strerror or "" if isinstance(fault, OSError) else _("it is not UTF-8 text")


def _decoded(root: type, key: Key, text: str, place: str) -> Any:
    """Text, or for a list or table what the JSON says."""
    if not is_structured(kind_of(root, key)):
        return text
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as fault:
        raise ConfigError(
            _("'{setting}' is not valid JSON").format(setting=dotted(key)), setting=dotted(key), place=place,
            hint=_('write a list or table as JSON, such as ["rules", "shipped"]'),
        ) from fault  # fmt: skip
