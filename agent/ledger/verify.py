"""Is the record whole? Every link of the chain, every seal, every state against its history."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from agent.ledger.chain import GENESIS, Head, in_chunks, link, stored_head
from agent.ledger.sealing import hashed
from agent.ledger.tables import events, proposals, sealed
from agent.model.proposal import State


@dataclass(frozen=True, slots=True)
class Verification:
    """``row`` is the number of the first event that is not as it was written; ``head`` the hash to remember."""

    ok: bool
    rows: int
    head: str
    row: int | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class _Fault:
    row: int
    message: str


def verify(connection: Connection, remembered: Head | None = None) -> Verification:
    """Recompute everything. ``remembered``: a head noted elsewhere, which must still be part of the chain."""
    walk = _Walk(remembered)
    fault = next(walk.faults(connection), None) or _wrong_state(connection)
    if fault is None:
        return Verification(True, walk.seq, walk.hash)
    return Verification(False, walk.seq, walk.hash, fault.row, fault.message)


class _Walk:
    """From the first event to the head; ``seq`` and ``hash`` are those of the last event found whole."""

    def __init__(self, remembered: Head | None) -> None:
        self.seq = 0
        self.hash = GENESIS
        self._remembered = remembered

    def faults(self, connection: Connection) -> Iterator[_Fault]:
        head = stored_head(connection)
        for rows in in_chunks(connection):
            for row in rows:
                yield from self._link_faults(row)
                self.seq, self.hash = row.seq, row.hash
            yield from _seal_faults(connection, rows)
        yield from self._end_faults(head)

    def _link_faults(self, row: Row[Any]) -> Iterator[_Fault]:
        expected = self.seq + 1
        if row.seq != expected:
            yield _Fault(expected, f"event {expected} is missing")
        if row.prev_hash != self.hash:
            yield _Fault(row.seq, f"event {row.seq} does not follow the one before it")
        if row.hash != link(row.prev_hash, row.seq, row.at, row.kind, row.proposal, row.run, row.payload):
            yield _Fault(row.seq, f"event {row.seq} was changed after it was written")
        if self._remembered is not None and row.seq == self._remembered.seq and row.hash != self._remembered.hash:
            yield _Fault(row.seq, f"event {row.seq} is not the one that was remembered")

    def _end_faults(self, head: Head | None) -> Iterator[_Fault]:
        if head is None:
            yield _Fault(self.seq, "the head of the log is gone")
        elif head.seq > self.seq:
            yield _Fault(self.seq + 1, f"events {self.seq + 1} to {head.seq} are missing")
        elif head != Head(self.seq, self.hash):
            yield _Fault(head.seq + 1 if head.seq < self.seq else head.seq, "the log does not end at its head")
        if self._remembered is not None and self._remembered.seq > self.seq:
            yield _Fault(self.seq + 1, f"events {self.seq + 1} to {self._remembered.seq} are missing")


def _seal_faults(connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[_Fault]:
    """Each proposal born in these events must still read as it was sealed."""
    births = (row for row in rows if '"seal":' in row.payload)
    born = {row.seq: json.loads(row.payload).get("seal") for row in births}
    between = proposals.c.event.between(rows[0].seq, rows[-1].seq)
    columns = (proposals.c.event, proposals.c.id, sealed.c.seal, sealed.c.payload)
    query = select(*columns).join(sealed, sealed.c.proposal == proposals.c.id).where(between)
    for row in connection.execute(query.order_by(proposals.c.event)):
        if not born.pop(row.event, None) == row.seal == hashed(row.payload):
            yield _Fault(row.event, f"proposal {row.id} is not as it was sealed")
    for seq in born:
        yield _Fault(seq, f"the proposal of event {seq} is missing")


def _wrong_state(connection: Connection) -> _Fault | None:
    """A proposal whose state nobody decided on: its newest event says something else."""
    newest = (
        select(events.c.proposal, func.max(events.c.seq).label("seq"))
        .where(events.c.kind.in_(list(State)))
        .group_by(events.c.proposal)
        .subquery()
    )
    row = connection.execute(
        select(events.c.seq, events.c.kind, proposals.c.id, proposals.c.state)
        .join(newest, newest.c.seq == events.c.seq)
        .join(proposals, proposals.c.id == newest.c.proposal)
        .where(proposals.c.state != events.c.kind)
        .order_by(events.c.seq)
        .limit(1)
    ).first()
    if row is None:
        return None
    return _Fault(row.seq, f"proposal {row.id} says {row.state}, but event {row.seq} left it {row.kind}")
