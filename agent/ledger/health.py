"""What durability rests on, for ``doctor``."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

from agent.ledger.tables import HEAD
from agent.ledger.upgrade import revision

_SQLITE: Mapping[str, tuple[str, str]] = {
    # name: where to look, and what must stand there (2 is FULL)
    "journal": ("PRAGMA journal_mode", "wal"),
    "synchronous": ("PRAGMA synchronous", "2"),
    "foreign keys": ("PRAGMA foreign_keys", "1"),
    "integrity": ("PRAGMA quick_check(1)", "ok"),
}
_POSTGRES: Mapping[str, tuple[str, str]] = {
    "synchronous_commit": ("SHOW synchronous_commit", "on"),
    "fsync": ("SHOW fsync", "on"),
    "full_page_writes": ("SHOW full_page_writes", "on"),
}


def health(connection: Connection) -> list[tuple[str, str, bool]]:
    """Name, value found, whether it is as it must be."""
    wanted = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRES
    found = {name: str(connection.scalar(text(query))) for name, (query, _) in wanted.items()}
    tables = str(revision(connection))
    return [("tables", tables, tables == HEAD)] + [
        (name, found[name], found[name] == wanted[name][1]) for name in found
    ]
