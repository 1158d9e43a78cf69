"""One executor per database. No lease: Amazon could not check it, and a paused process would outlive it.

SQLite: a lock of the operating system on ``<database>.lock``, gone with the process that holds it.
PostgreSQL: an advisory lock of one session. Intents are committed on that very session, so an executor that lost its
session, and with it the lock, cannot send. (A pooler that shares sessions breaks this: connect directly.)

Whoever writes files for accounts that nobody sends anything for takes a second lock, beside a running executor.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NoReturn, Protocol

from sqlalchemy import Connection, text

from agent.errors import ConfigError, LockedError
from agent.ledger.database import Database
from agent.ledger.door import door
from agent.ledger.stored import instant_text

_HINT = "let it finish, or stop it; a process that died holds nothing"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the lock."""

    pid: int
    host: str
    since: str

    @classmethod
    def here(cls, since: datetime) -> Holder:
        return cls(os.getpid(), socket.gethostname(), instant_text(since)[:19] + "Z")

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.since}"


class Lock(Protocol):
    """A lock that is held."""

    holder: Holder

    @contextmanager
    def session(self) -> Iterator[Connection | None]:
        """Where intents are to be committed; None: anywhere. Raises ``LockedError`` if the lock is lost."""
        ...

    def release(self) -> None: ...


def take(database: Database, since: datetime, *, uploads: bool = False) -> Lock:
    """Take the lock at once, or raise ``LockedError`` naming the holder. ``uploads``: the second one."""
    holder = Holder.here(since)
    if database.path is not None:
        ending = ".uploads.lock" if uploads else ".lock"
        return FileLock.take(database.path.with_name(database.path.name + ending), holder)
    return SessionLock.take(database, holder, _CLASS + uploads)


def _refuse(holder: str) -> NoReturn:
    raise LockedError(f"another instance works on this database: {holder}", hint=_HINT)


def _lost() -> NoReturn:
    raise LockedError("the lock on this database was lost; nothing more is sent", hint="start again")


class FileLock:
    """An exclusive ``flock`` on a file beside the database; the file stays, its lock does not."""

    def __init__(self, path: Path, descriptor: int, holder: Holder) -> None:
        self.holder = holder
        self._path = path
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path, holder: Holder) -> FileLock:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as fault:
            raise ConfigError(
                f"{path} cannot be locked: {fault.strerror}", setting="database", hint="make its folder writable"
            ) from fault
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            said = os.read(descriptor, 1000)
            os.close(descriptor)
            _refuse(_holder_of(said))
        lock = cls(path, descriptor, holder)
        lock._must_be_the_file()
        os.truncate(descriptor, 0)
        os.write(descriptor, json.dumps({"pid": holder.pid, "host": holder.host, "since": holder.since}).encode())
        return lock

    @contextmanager
    def session(self) -> Iterator[Connection | None]:
        self._must_be_the_file()
        yield None

    def _must_be_the_file(self) -> None:
        """Whoever removes the file lets a second instance lock a new one: then this lock is worth nothing."""
        try:
            same = os.path.samestat(os.fstat(self._descriptor), self._path.stat())
        except OSError:
            same = False
        if not same:
            _lost()

    def release(self) -> None:
        os.close(self._descriptor)


def _holder_of(said: bytes) -> str:
    try:
        return str(Holder(**json.loads(said)))
    except (ValueError, TypeError):
        return "it has not yet said who it is"


_CLASS = 7_401_990
"""Tells our advisory locks from those of other programs in the same database."""

_TRY = text("SELECT pg_try_advisory_lock(:class, hashtext(current_schema()))")
_MINE = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted "
    "AND classid = :class AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND objid = ((hashtext(current_schema())::bigint + 4294967296) % 4294967296)::oid"
)
_WHO = text(
    "SELECT activity.application_name FROM pg_locks AS locks JOIN pg_stat_activity AS activity USING (pid) "
    "WHERE locks.locktype = 'advisory' AND locks.granted AND locks.classid = :class "
    "AND locks.objid = ((hashtext(current_schema())::bigint + 4294967296) % 4294967296)::oid"
)
_NAME = text("SELECT set_config('application_name', :name, false)")


class SessionLock:
    """An advisory lock; its session serves one thread at a time."""

    def __init__(self, connection: Connection, holder: Holder, number: int) -> None:
        self.holder = holder
        self._connection = connection
        self._key = {"class": number}
        self._turn = threading.Lock()

    @classmethod
    def take(cls, database: Database, holder: Holder, number: int) -> SessionLock:
        key = {"class": number}
        with door():
            connection = database.writer.connect()
            connection.detach()
            with connection.begin():
                got = connection.scalar(_TRY, key)
                connection.execute(_NAME, {"name": f"steward {holder.pid} {holder.since} {holder.host}"[:63]})
                said = None if got else connection.scalar(_WHO, key)
            if not got:
                connection.close()
                _refuse(_holder_named(said))
        return cls(connection, holder, number)

    @contextmanager
    def session(self) -> Iterator[Connection | None]:
        with self._turn:
            # A session that broke is silently opened anew by the library, and the new one holds no lock.
            with door(), self._connection.begin():
                if not self._connection.scalar(_MINE, self._key):
                    _lost()
            yield self._connection

    def release(self) -> None:
        with self._turn:
            self._connection.close()


def _holder_named(name: str | None) -> str:
    words = (name or "").split(" ", 3)
    if len(words) == 4 and words[0] == "steward" and words[1].isdigit():
        return str(Holder(int(words[1]), words[3], words[2]))
    return f"session '{name}'" if name else "a session of another database user"
