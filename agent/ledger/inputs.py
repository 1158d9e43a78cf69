"""What judgings were given, by content: the same rules and settings are kept once, however often they are used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, insert, select

from agent.errors import AgentError
from agent.ledger.chain import Event, event_of
from agent.ledger.database import Write
from agent.ledger.tables import events, inputs
from agent.model.proposal import Run

JUDGED = "judged"
"""The event that names what a run was given."""


def keep(write: Write, run: Run, kind: str, payload: str) -> int:
    """Remember what a run was given; returns the number of the event that says so. What goes before it, the run saw."""
    hash_ = sha256(payload.encode()).hexdigest()
    known = select(inputs.c.hash).where(inputs.c.hash == hash_)
    if write.connection.execute(known).first() is None:
        write.connection.execute(insert(inputs), {"hash": hash_, "kind": kind, "payload": payload})
    return write.journal.note(JUDGED, run.started, {"account": run.account, "inputs": hash_}, run=run.id)


def given(connection: Connection, run: str) -> tuple[Event, Mapping[str, Any]] | None:
    """The event and the inputs of a run; None where none were kept. Raises ``AgentError`` where they were changed."""
    row = connection.execute(select(events).where(events.c.kind == JUDGED, events.c.run == run)).first()
    if row is None:
        return None
    event = event_of(row)
    payload = connection.scalar(select(inputs.c.payload).where(inputs.c.hash == event.payload["inputs"]))
    if payload is None or sha256(payload.encode()).hexdigest() != event.payload["inputs"]:
        raise AgentError(f"what the run {run} was given is not what it was", hint="'steward audit verify' says more")
    found: Mapping[str, Any] = json.loads(payload)
    return event, found
