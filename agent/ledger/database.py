"""Connections and transactions: what makes a commit durable and writers wait for one another, on both databases.

A write transaction first takes the row of ``chain``, and so is alone: on SQLite by BEGIN IMMEDIATE, on PostgreSQL by a
row lock. What it reads after that nobody else changes before it commits, so compare-and-set needs no second look and
the hash chain cannot fork.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, OperationalError

from agent.errors import ConfigError
from agent.ledger.chain import Journal
from agent.ledger.door import door

WAIT_SECONDS = 5
"""How long a writer waits for another one before it gives up with a retryable error."""

PROBE_SECONDS = 2
_PROBES = {
    # Setting the version, even to what it is, writes the first page of the file. A locked row gets a transaction.
    True: ("PRAGMA user_version=0",),
    False: (f"SET LOCAL lock_timeout='{PROBE_SECONDS}s'", "SELECT seq FROM chain FOR UPDATE", "SELECT txid_current()"),
}
_BEGIN = "steward_begin"


@dataclass(frozen=True, slots=True)
class Write:
    """An open write transaction and the events it will have written."""

    connection: Connection
    journal: Journal


class Database:
    """One SQLite file or one PostgreSQL database."""

    def __init__(self, url: URL, engine: Engine) -> None:
        self.url = url
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        lasting = {_BEGIN: "BEGIN IMMEDIATE"} if self.is_sqlite else {}
        steady = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self.writer = engine.execution_options(**lasting)
        self._reader = engine.execution_options(**steady)

    @classmethod
    def connect(cls, url: str, *, create: bool) -> Database:
        """Prepare connections. Nothing is sent to a PostgreSQL server yet; a SQLite file is made if need be."""
        parsed = parse(url)
        if parsed.get_backend_name() == "sqlite":
            return cls(parsed, _sqlite(parsed, create=create))
        return cls(parsed, _postgres(parsed))

    @property
    def path(self) -> Path | None:
        """The database's file; None for a server."""
        return Path(str(self.url.database)) if self.is_sqlite else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view: all reads inside see the same moment."""
        with door(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self, on: Connection | None = None) -> Iterator[Write]:
        """One transaction, alone among all writers, on disk when the block is left; undone if the block raises.

        ``on``: commit on this very session instead of any.
        """
        with door():
            if on is not None:
                with on.begin(), _journal(on) as write:
                    yield write
            else:
                with self.writer.begin() as connection, _journal(connection) as write:
                    yield write

    @contextmanager
    def store(self) -> Iterator[Connection]:
        """One transaction that writes no event, and so waits for nobody's on PostgreSQL."""
        with door(), self.writer.begin() as connection:
            yield connection

    def probe(self) -> None:
        """Write something that means nothing, on disk when this returns; waits for other writers for a short time."""
        with door(), self.writer.connect() as connection:
            if self.is_sqlite:
                cursor = connection.connection.cursor()
                cursor.execute(f"PRAGMA busy_timeout={PROBE_SECONDS * 1000}")
            try:
                with connection.begin():
                    for statement in _PROBES[self.is_sqlite]:
                        connection.exec_driver_sql(statement)
            finally:
                if self.is_sqlite:
                    cursor.execute(f"PRAGMA busy_timeout={WAIT_SECONDS * 1000}")

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def _journal(connection: Connection) -> Iterator[Write]:
    journal = Journal.take(connection)
    yield Write(connection, journal)
    journal.flush(connection)


def parse(url: str) -> URL:
    """The address of a database; only SQLite files and PostgreSQL are known."""
    hint = "such as sqlite:///data/steward.db or postgresql://user@host/steward"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as fault:
        raise ConfigError("the database's address cannot be read", setting="database", hint=hint) from fault
    backend = parsed.get_backend_name()
    if backend == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite+pysqlite")
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    raise ConfigError(f"{parsed.render_as_string()} is no database for the ledger", setting="database", hint=hint)


def _sqlite(url: URL, *, create: bool) -> Engine:
    path = Path(str(url.database))
    if not path.exists():
        if not create:
            raise ConfigError(f"there is no database at {path}", setting="database", hint="run 'steward init'")
        _make(path)
    # The driver must not begin transactions of its own; see the event below.
    engine = create_engine(
        url, connect_args={"timeout": WAIT_SECONDS, "isolation_level": None}, hide_parameters=True, pool_size=8
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    _use_wal(engine)
    return engine


def _make(path: Path) -> None:
    """An empty file that only its owner reads: what was decided is nobody else's business."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as fault:
        raise ConfigError(
            f"{path} cannot be made: {fault.strerror}", setting="database", hint="name a folder that can be written"
        ) from fault


def _prepare_sqlite(connection: DBAPIConnection, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # REPLACE deletes rows; without this, triggers that refuse a delete are not asked.
    cursor.execute("PRAGMA recursive_triggers=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns into a writer fails at once when another one wrote meanwhile; an immediate
    # one waits for its turn.
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


def _use_wal(engine: Engine) -> None:
    """Write-ahead logging, so that readers never wait. The switch is not retried by SQLite's own busy timeout."""
    until = time.monotonic() + WAIT_SECONDS
    with door(), engine.connect() as connection:
        cursor = connection.connection.cursor()
        while True:
            try:
                cursor.execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.Error as fault:
                if "locked" not in str(fault) or time.monotonic() > until:
                    raise OperationalError("PRAGMA journal_mode=WAL", None, fault) from fault
                time.sleep(0.05)


def _postgres(url: URL) -> Engine:
    engine = create_engine(url, hide_parameters=True, pool_size=8, pool_pre_ping=True)
    event.listen(engine, "connect", _prepare_postgres)
    return engine


def _prepare_postgres(connection: DBAPIConnection, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(
        "SELECT set_config('synchronous_commit', 'on', false) "
        "WHERE current_setting('synchronous_commit') IN ('off', 'local')"
    )
    cursor.execute("SELECT set_config('lock_timeout', %s, false)", (f"{WAIT_SECONDS}s",))
    cursor.close()
    connection.commit()
