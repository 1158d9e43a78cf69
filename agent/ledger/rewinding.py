"""The ledger as it was after a given event: a copy in which everything later is undone, by the events alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, delete, func, select, text, update

from agent.ledger.agreement import CHECKED, Agreement
from agent.ledger.chain import in_chunks
from agent.ledger.database import Database
from agent.ledger.stored import Instant, instant_of
from agent.ledger.tables import chain, decisions, events, executions, proposals, sealed

BEFORE_ALL = "0" * 64
"""The hash that the first event follows."""
_TOLD = {"decisions": (), "files": (), "users": (), "alerts": ("closed_at", "closed_because"),
         "flags": ("raised", "by", "reason", "at"),
         "tickets": ("owner", "state", "since", "by", "note", "escalated_at"),
         "silences": ("ends_at",),
         "executions": ("fate", "code", "message", "request_id")}  # fmt: skip


def rewind(path: Path, seq: int) -> None:
    """Take a copy in a SQLite file back to the moment after the event ``seq``.

    Of a file that was taken in again since, and of a user, only the newer row is known, and stays. Runs and promises
    stay as well.
    """
    database = Database.connect(f"sqlite:///{path}", create=False)
    try:
        with database.writer.begin() as connection:
            _unguard(connection)
            before = Agreement()
            for rows in in_chunks(connection):
                for row in rows:
                    if row.seq <= seq:
                        before.take(row)
            _rows(connection, before)
            _wishes(connection, before, seq)
            head = select(events.c.hash).where(events.c.seq == seq).scalar_subquery()
            connection.execute(update(chain).values(seq=seq, hash=func.coalesce(head, BEFORE_ALL)))
            connection.execute(delete(events).where(events.c.seq > seq))
    finally:
        database.close()


def _unguard(connection: Connection) -> None:
    names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
    for name in names:
        connection.execute(text(f'DROP TRIGGER "{name}"'))


def _rows(connection: Connection, before: Agreement) -> None:
    """Rows that no earlier event speaks of go; what later events have said of the others is taken back."""
    for checked in CHECKED:
        table = checked.table
        if table is proposals:
            continue
        counted: Counter[str] = Counter()
        for row in connection.execute(select(table).order_by(*(table.c[name] for name in checked.order))).all():
            left = before.left.get((table.name, *checked.key(row, counted)))
            here = [column == row._mapping[column.name] for column in table.primary_key.columns]
            if left is None:
                connection.execute(delete(table).where(*here))
            elif told := {name: _kept(table.c[name], left.says[name]) for name in _TOLD[table.name]}:
                connection.execute(update(table).where(*here).values(told))


def _kept(column: Column[Any], value: Any) -> Any:
    """What an event says, as the column takes it: its instants are texts."""
    return instant_of(value) if isinstance(column.type, Instant) and isinstance(value, str) else value


def _wishes(connection: Connection, before: Agreement, seq: int) -> None:
    later = select(proposals.c.id).where(proposals.c.event > seq)
    for table in (sealed, decisions, executions):
        connection.execute(delete(table).where(table.c.proposal.in_(later)))
    connection.execute(delete(proposals).where(proposals.c.event > seq))
    for row in connection.execute(select(proposals.c.id, proposals.c.state, proposals.c.version)).all():
        state, version = before.state[row.id][1], before.left["proposals", row.id].says["version"]
        if (state, version) != (row.state, row.version):
            connection.execute(update(proposals).where(proposals.c.id == row.id).values(state=state, version=version))
