"""Copies of a whole ledger: taken while others write, and put into an empty place.

A copy is always one SQLite file, whatever the ledger itself lies in: it can be verified anywhere, and put back into
either database. All of it is from one moment: SQLite's own online copy inside one read transaction, or all tables of a
PostgreSQL database inside one repeatable-read transaction.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select, text

from agent.errors import AgentError
from agent.ledger.chain import Head, stored_head
from agent.ledger.database import Database
from agent.ledger.door import door
from agent.ledger.tables import HEAD, chain, metadata
from agent.ledger.upgrade import migrate, must_be_current

_PAGES = 1_000
_ROWS = 5_000
Told = Callable[[str], None]


def copy_out(database: Database, path: Path, told: Told) -> Head:
    """Write a copy into a new file, on disk when this returns; the head of its log. Nobody waits for it."""
    if path.exists():
        raise AgentError(f"{path} is there already", hint="name a new place")
    path.touch(mode=0o600)
    if database.path is not None:
        _online(database.path, path, told)
    else:
        _by_rows(database, path, told)
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return head_of(path)


def head_of(path: Path) -> Head:
    """The head of a copy's log. The file is not changed."""
    with _raw(path), closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
        row = copy.execute("SELECT seq, hash FROM chain").fetchone()
    if row is None:
        raise AgentError(f"the copy of the ledger in {path} has no head", hint="use another backup")
    return Head(*row)


def copy_in(path: Path, database: Database, told: Told) -> None:
    """Fill an empty PostgreSQL database from a copy, in one transaction. ``path``: is brought to today's tables."""
    migrate(database, HEAD)
    source = Database.connect(f"sqlite:///{path}", create=False)
    try:
        must_be_current(source)
        with door(), source.read() as reader, database.writer.begin() as writer:
            _must_be_empty(writer)
            _copy_tables(reader, writer, told)
            writer.execute(text("SELECT setval(pg_get_serial_sequence('decisions', 'id'), "
                                "(SELECT coalesce(max(id), 0) + 1 FROM decisions), false)"))  # fmt: skip
    finally:
        source.close()


def is_empty(database: Database) -> bool:
    """Whether nothing was ever written into a database; one whose tables are not even made counts."""
    with database.read() as connection:
        if database.is_sqlite:
            known = connection.scalar(text("SELECT count(*) FROM sqlite_master WHERE name = 'chain'"))
        else:
            known = connection.scalar(text("SELECT count(*) FROM pg_tables WHERE tablename = 'chain' "
                                           "AND schemaname = current_schema()"))  # fmt: skip
        return not known or stored_head(connection) in (None, Head(0, "0" * 64))


def _online(source: Path, path: Path, told: Told) -> None:
    def progress(_: int, left: int, all_: int) -> None:
        told(f"{all_ - left}/{all_}")

    with _raw(source), closing(sqlite3.connect(source, isolation_level=None)) as original:
        # The read transaction pins one moment: without it every commit of others would begin the copy anew.
        original.execute("BEGIN")
        original.execute("SELECT count(*) FROM chain").fetchone()
        with closing(sqlite3.connect(path, isolation_level=None)) as copy:
            original.backup(copy, pages=_PAGES, progress=progress, sleep=0.0)
            # One file, without a log beside it: so its hash is the hash of everything.
            copy.execute("PRAGMA journal_mode=DELETE")


def _by_rows(database: Database, path: Path, told: Told) -> None:
    copy = Database.connect(f"sqlite:///{path}", create=True)
    try:
        migrate(copy, HEAD)
        with door(), database.read() as reader, copy.writer.begin() as writer:
            _copy_tables(reader, writer, told)
    finally:
        copy.close()
    with _raw(path), closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode=DELETE")


def _copy_tables(reader: Connection, writer: Connection, told: Told) -> None:
    writer.execute(delete(chain))
    for table in metadata.sorted_tables:
        done = 0
        for rows in _in_pieces(reader, table.name):
            writer.execute(insert(table), rows)
            done += len(rows)
            told(f"{table.name} {done}")


def _in_pieces(reader: Connection, name: str) -> Iterator[Sequence[Mapping[str, Any]]]:
    """The rows of a table, by key: the tables of the log take a row only after those before it, and PostgreSQL gives
    rows that several sessions wrote in any order."""
    table = metadata.tables[name]
    found = reader.execution_options(yield_per=_ROWS).execute(select(table).order_by(*table.primary_key))
    for rows in found.mappings().partitions(_ROWS):
        yield [dict(row) for row in rows]


def _must_be_empty(connection: Connection) -> None:
    head = stored_head(connection)
    if head is not None and head.seq:
        raise AgentError("the database is not empty", hint="restore into a new one")


@contextmanager
def _raw(path: Path) -> Iterator[None]:
    """Turn what SQLite's own driver raises into an ``AgentError`` that names the file."""
    try:
        yield
    except sqlite3.Error as fault:
        raise AgentError(
            f"{path} cannot be copied: {fault}", hint="check the disk; a damaged database needs an older backup"
        ) from fault


def fill_database(path: Path, url: str, told: Told = lambda _: None) -> None:
    """Fill an empty PostgreSQL database from a copy; all of it or nothing."""
    database = Database.connect(url, create=False)
    try:
        copy_in(path, database, told)
    finally:
        database.close()


def is_empty_database(url: str) -> bool:
    """Whether nothing was ever written into a PostgreSQL database; it is not upgraded."""
    database = Database.connect(url, create=False)
    try:
        return is_empty(database)
    finally:
        database.close()
