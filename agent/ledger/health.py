"""What durability rests on, for ``doctor``."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

from agent.ledger.tables import HEAD
from agent.ledger.upgrade import revision

_ON = frozenset({"on"})
_SQLITE: Mapping[str, tuple[str, frozenset[str]]] = {
    # name: where to look, and what may stand there
    "journal": ("PRAGMA journal_mode", frozenset({"wal"})),
    "synchronous": ("PRAGMA synchronous", frozenset({"2", "3"})),  # FULL, EXTRA
    "foreign keys": ("PRAGMA foreign_keys", frozenset({"1"})),
    "integrity": ("PRAGMA quick_check(1)", frozenset({"ok"})),
}
_POSTGRES: Mapping[str, tuple[str, frozenset[str]]] = {
    # The remote ones wait for a standby besides the own disk.
    "synchronous_commit": ("SHOW synchronous_commit", frozenset({"on", "remote_write", "remote_apply"})),
    "fsync": ("SHOW fsync", _ON),
    "full_page_writes": ("SHOW full_page_writes", _ON),
}


def health(connection: Connection) -> list[tuple[str, str, bool]]:
    """Name, value found, whether it is as it must be."""
    wanted = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRES
    found = {name: str(connection.scalar(text(query))) for name, (query, _) in wanted.items()}
    tables = str(revision(connection))
    return [("tables", tables, tables == HEAD)] + [
        (name, found[name], found[name] in wanted[name][1]) for name in found
    ]
