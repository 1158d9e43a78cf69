"""Switches that a person throws; the kill switch is one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from agent.ledger.database import Write
from agent.ledger.tables import flags

STOP = "stop"


@dataclass(frozen=True, slots=True)
class Stop:
    """Who stopped everything, why and when."""

    by: str
    reason: str
    at: datetime


def switch(write: Write, *, stop: bool, by: str, reason: str, at: datetime) -> None:
    """Throw the kill switch or release it; both are events."""
    write.connection.execute(delete(flags).where(flags.c.name == STOP))
    write.connection.execute(insert(flags), {"name": STOP, "raised": stop, "by": by, "reason": reason, "at": at})
    write.journal.note("stopped" if stop else "released", at, {"by": by, "reason": reason})


def stopped(connection: Connection) -> Stop | None:
    row = connection.execute(select(flags).where(flags.c.name == STOP, flags.c.raised)).one_or_none()
    return Stop(row.by, row.reason, row.at) if row is not None else None
