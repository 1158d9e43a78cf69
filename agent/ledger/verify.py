"""Is the record whole? Every link of the chain, every seal, and whatever a table says against its events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from agent.ledger.agreement import Agreement, Fault
from agent.ledger.chain import GENESIS, Head, in_chunks, link, stored_head


@dataclass(frozen=True, slots=True)
class Verification:
    """``row`` is the number of the first event that is not as it was written, or that a table contradicts; ``head``
    the hash to remember."""

    ok: bool
    rows: int
    head: str
    row: int | None = None
    message: str = ""


def verify(connection: Connection, remembered: Sequence[Head] = ()) -> Verification:
    """Recompute everything. ``remembered``: heads noted elsewhere, which must still be part of the chain."""
    walk = _Walk(remembered)
    with _whatever_the_bytes(connection):
        fault = next(walk.faults(connection), None) or next(walk.tables.faults(connection), None)
    if fault is None:
        return Verification(True, walk.seq, walk.hash)
    return Verification(False, walk.seq, walk.hash, fault.row, fault.message)


def broken_link(connection: Connection, since: Head) -> int | None:
    """The first event after ``since`` that does not follow, or ``since`` itself where it is no longer part of the
    chain; None where all is well. Looks at nothing older."""
    walk = _Walk([since], Head(since.seq, since.hash))
    with _whatever_the_bytes(connection):
        fault = next(walk.faults(connection), None)
    return fault.row if fault is not None else None


@contextmanager
def _whatever_the_bytes(connection: Connection) -> Iterator[None]:
    """On SQLite a text may hold bytes that are none: they are read as they are, and so found where they stand."""
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    usual, driver.text_factory = driver.text_factory, lambda data: data.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = usual


class _Walk:
    """From the first event (or from ``start``) to the head; ``seq`` and ``hash`` are those of the last one found
    whole."""

    def __init__(self, remembered: Sequence[Head], start: Head | None = None) -> None:
        self._start = start
        self.seq, self.hash = (start.seq, start.hash) if start is not None else (0, GENESIS)
        self.tables = Agreement()
        self._remembered = sorted(remembered, key=lambda head: head.seq)
        self._sure = 0

    def faults(self, connection: Connection) -> Iterator[Fault]:
        head = stored_head(connection)
        if self._start is not None:
            yield from self._start_faults(connection, self._start)
        for rows in in_chunks(connection, self.seq):
            for row in rows:
                yield from self._link_faults(row)
                self.seq, self.hash = row.seq, row.hash
                yield from self._memory_faults()
                self.tables.take(row)
            yield from self.tables.seal_faults(connection, rows)
        yield from self._end_faults(head)

    def _start_faults(self, connection: Connection, start: Head) -> Iterator[Fault]:
        if start.seq == 0:
            return
        row = next(iter(in_chunks(connection, start.seq - 1)), [None])[0]
        if row is None or (row.seq, row.hash) != (start.seq, start.hash):
            yield Fault(start.seq, f"event {start.seq} is not the one that was remembered")

    def _link_faults(self, row: Row[Any]) -> Iterator[Fault]:
        expected = self.seq + 1
        if row.seq != expected:
            yield Fault(expected, f"event {expected} is missing")
        if row.prev_hash != self.hash:
            yield Fault(row.seq, f"event {row.seq} does not follow the one before it")
        if not _is_text(row) or row.hash != link(
            row.prev_hash, row.seq, row.at, row.kind, row.proposal, row.run, row.payload
        ):
            yield Fault(row.seq, f"event {row.seq} was changed after it was written")

    def _memory_faults(self) -> Iterator[Fault]:
        """Against what was remembered of this event. All hashes may fit and the log be another one all the same."""
        while self._remembered and self._remembered[0].seq <= self.seq:
            memory = self._remembered.pop(0)
            if memory.seq == self.seq and memory.hash != self.hash:
                since = f", something between it and event {self._sure} was rewritten" if self._sure else ""
                yield Fault(self.seq, f"event {self.seq} is not the one that was remembered{since}")
            self._sure = memory.seq

    def _end_faults(self, head: Head | None) -> Iterator[Fault]:
        if head is None:
            yield Fault(self.seq, "the head of the log is gone")
        elif head.seq > self.seq:
            yield Fault(self.seq + 1, f"events {self.seq + 1} to {head.seq} are missing")
        elif head != Head(self.seq, self.hash):
            yield Fault(head.seq + 1 if head.seq < self.seq else head.seq, "the log does not end at its head")
        for memory in self._remembered:
            if memory.seq > self.seq:
                yield Fault(self.seq + 1, f"events {self.seq + 1} to {memory.seq} are missing")


def _is_text(row: Row[Any]) -> bool:
    """SQLite keeps what it is given, also where a text is declared."""
    return all(isinstance(part, str) for part in (row.at, row.kind, row.payload, row.prev_hash, row.hash)) and all(
        part is None or isinstance(part, str) for part in (row.proposal, row.run)
    )
