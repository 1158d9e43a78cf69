"""The hash chain over the events: nothing in it can be edited, dropped, moved or added unseen.

``hash`` is the SHA-256 of the JSON array [prev_hash, seq, at, kind, proposal, run, payload], each as it is stored.
The head is kept in a row of its own, so a tail that was cut off is missed as well. Who may write the whole database can
still rewrite all of it, head included; against that one remembers a head elsewhere and hands it to ``verify``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from sqlalchemy import Connection, Row, insert, select, true, update

from agent.errors import AgentError
from agent.ledger.stored import canonical, instant_of, instant_text, storable
from agent.ledger.tables import chain, events

GENESIS = "0" * 64
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. ``payload`` holds no secrets and no bodies of requests."""

    seq: int
    at: datetime
    kind: str
    proposal: str | None
    run: str | None
    payload: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The newest event's number and hash: remembered elsewhere, it proves all that came before."""

    seq: int
    hash: str


def link(prev_hash: str, seq: int, at: str, kind: str, proposal: str | None, run: str | None, payload: str) -> str:
    """The hash of one event."""
    text = (
        f"[{quoted(prev_hash)},{seq},{quoted(at)},{quoted(kind)},"
        f"{_or_null(proposal)},{_or_null(run)},{quoted(payload)}]"
    )
    return sha256(text.encode()).hexdigest()


def _or_null(text: str | None) -> str:
    return "null" if text is None else quoted(text)


@dataclass(slots=True)
class Journal:
    """The events of one write transaction: numbered at once, written when it ends."""

    head: Head
    _rows: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def take(cls, connection: Connection) -> Journal:
        """Wait until no other writer holds the head, then hold it until the transaction ends."""
        row = connection.execute(select(chain.c.seq, chain.c.hash).with_for_update()).one_or_none()
        if row is None:
            raise AgentError("the audit log has lost its head", hint="restore a backup")
        return cls(Head(row.seq, row.hash))

    def note(self, kind: str, at: datetime, payload: Mapping[str, Any], *,
             proposal: str | None = None, run: str | None = None) -> int:  # fmt: skip
        """Add an event; returns its number."""
        proposal, run = proposal and storable(proposal), run and storable(run)
        seq, when, body = self.head.seq + 1, instant_text(at), canonical(payload)
        hash_ = link(self.head.hash, seq, when, kind, proposal, run, body)
        self._rows.append(
            {"seq": seq, "at": when, "kind": kind, "proposal": proposal, "run": run, "payload": body,
             "prev_hash": self.head.hash, "hash": hash_}
        )  # fmt: skip
        self.head = Head(seq, hash_)
        return seq

    def flush(self, connection: Connection) -> None:
        if self._rows:
            connection.execute(insert(events), self._rows)
            connection.execute(update(chain).values(seq=self.head.seq, hash=self.head.hash))


def stored_head(connection: Connection) -> Head | None:
    row = connection.execute(select(chain.c.seq, chain.c.hash)).one_or_none()
    return Head(row.seq, row.hash) if row is not None else None


def in_chunks(connection: Connection, after: int | None = None) -> Iterator[Sequence[Row[Any]]]:
    """All events as stored (``after``: those behind this number), oldest first."""
    last = after or None
    while True:
        behind = events.c.seq > last if last is not None else true()
        rows = connection.execute(select(events).where(behind).order_by(events.c.seq).limit(_CHUNK)).all()
        if not rows:
            return
        yield rows
        last = rows[-1].seq


def event_of(row: Row[Any]) -> Event:
    return Event(row.seq, instant_of(row.at), row.kind, row.proposal, row.run, json.loads(row.payload), row.hash)
