"""What people are to do: opened with an alert, acknowledged, handed over, done; each an event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, insert, select, update

from agent.errors import ConfigError, ForbiddenError
from agent.ledger.alerts import alert_of
from agent.ledger.database import Database, Write
from agent.ledger.tables import alerts, tickets
from agent.model.ticket import UNFINISHED, Task, Ticket, TicketState

_EVENTS = {TicketState.ACKNOWLEDGED: "ticket_acknowledged", TicketState.DONE: "ticket_done"}
_CHUNK = 500
PROGRAM = "steward"
"""Who ends a ticket whose alert has ended."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tickets; None leaves a part open. ``overdue_at``: those whose time is up by then, and not done."""

    account: str | None = None
    states: Sequence[TicketState] | None = UNFINISHED
    owner: str | None = None
    overdue_at: datetime | None = None
    escalated: bool | None = None


@dataclass(frozen=True, slots=True)
class TicketCount:
    """So many tickets of one account and one owner are in one state; ``overdue`` of them should be done by now."""

    account: str
    owner: str
    state: TicketState
    count: int
    overdue: int


class Tickets:
    """Every method is one transaction, on disk when it returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def chosen(
        self, account: str | None = None, *, states: Sequence[TicketState] | None = UNFINISHED,
        owner: str | None = None, overdue_at: datetime | None = None, escalated: bool | None = None,
        limit: int | None = None, offset: int = 0,
    ) -> list[Ticket]:  # fmt: skip
        """What is due first at the head; those not done, unless ``states`` says otherwise (None: all). Of those done
        alone, what was done last.

        ``overdue_at``: only those not done whose time is up by then; ``escalated``: only those (not) marked so.
        """
        wanted = Wanted(account, states, owner, overdue_at, escalated)
        with self._database.read() as connection:
            return chosen(connection, wanted, limit, offset)

    def counts(self, at: datetime) -> list[TicketCount]:
        """How many there are by account, owner and state, and how many of them are overdue at the moment."""
        with self._database.read() as connection:
            return counted(connection, at)

    def find(self, id: str) -> Ticket | None:
        with self._database.read() as connection:
            return find(connection, id)

    def move(self, id: str, to: TicketState, by: str, note: str, at: datetime) -> Ticket:
        """Acknowledge or finish one. Raises ``ForbiddenError`` where it is so already, ``ConfigError`` where there is
        none."""
        with self._database.write() as write:
            return move(write, id, to, by, note, at)

    def assign(self, id: str, owner: str, by: str, at: datetime) -> Ticket:
        """Hand one over to somebody else; refused like a move."""
        with self._database.write() as write:
            return assign(write, id, owner, by, at)

    def escalate(self, ids: Iterable[str], at: datetime) -> list[str]:
        """Mark that somebody was told of overdue ones. Returns those that were neither done nor marked before."""
        with self._database.write() as write:
            return escalate(write, ids, at)


def open_with(write: Write, wanted: Mapping[str, Task], at: datetime, run: str) -> None:
    """Open a ticket for each of these open alerts that has none yet, done or not."""
    known = set(_known(write.connection, list(wanted)))
    fresh = {id: task for id, task in wanted.items() if id not in known}
    for id, task in fresh.items():
        write.journal.note("ticket_opened", at, {"ticket": id, **_said(task)}, run=run)
    if fresh:
        rows = [{"alert": id, **_said(task), "state": TicketState.OPEN, "since": at, "by": "", "note": ""}
                for id, task in fresh.items()]  # fmt: skip
        write.connection.execute(insert(tickets), rows)


def end_with(write: Write, ended: Mapping[str, str], at: datetime, run: str) -> None:
    """These alerts have ended, each for a reason: nothing is left to do. What is done already stays as it is."""
    for id in _known(write.connection, list(ended), tickets.c.state.in_(UNFINISHED)):
        _move(write, id, TicketState.DONE, PROGRAM, ended[id], at, run)


def move(write: Write, id: str, to: TicketState, by: str, note: str, at: datetime) -> Ticket:
    """Acknowledge or finish. Raises ``ForbiddenError`` where it is so already, ``ConfigError`` where there is none."""
    found = _open_one(write.connection, id)
    if to in (TicketState.OPEN, found.state):
        raise ForbiddenError(f"the ticket {id} is {found.state} already", hint="nothing is to be done")
    _move(write, id, to, by, note, at, None)
    return _one(write.connection, id)


def assign(write: Write, id: str, owner: str, by: str, at: datetime) -> Ticket:
    """Hand over. Raises ``ForbiddenError`` where it is done already, ``ConfigError`` where there is none."""
    found = _open_one(write.connection, id)
    write.connection.execute(update(tickets).where(tickets.c.alert == id).values(owner=owner))
    write.journal.note("ticket_assigned", at, {"ticket": id, "owner": owner, "before": found.task.owner, "by": by})
    return _one(write.connection, id)


def escalate(write: Write, ids: Iterable[str], at: datetime) -> list[str]:
    """Mark tickets that are not done and not yet marked; returns those."""
    marked = []
    for id in ids:
        here = (tickets.c.alert == id, tickets.c.state.in_(UNFINISHED), tickets.c.escalated_at.is_(None))
        if write.connection.execute(update(tickets).where(*here).values(escalated_at=at)).rowcount:
            write.journal.note("ticket_escalated", at, {"ticket": id})
            marked.append(id)
    return marked


def chosen(connection: Connection, wanted: Wanted, limit: int | None, offset: int = 0) -> list[Ticket]:
    """What is due first stands first; of what is done only, what was done last."""
    done_only = wanted.states is not None and not set(wanted.states) - {TicketState.DONE}
    order = (tickets.c.since.desc(), tickets.c.alert) if done_only else (tickets.c.due_at, tickets.c.alert)
    query = _query().order_by(*order).offset(offset or None)
    for column, value in ((alerts.c.account, wanted.account), (tickets.c.owner, wanted.owner)):
        query = query if value is None else query.where(column == value)
    if wanted.states is not None:
        query = query.where(tickets.c.state.in_(wanted.states))
    if wanted.overdue_at is not None:
        query = query.where(tickets.c.due_at < wanted.overdue_at, tickets.c.state.in_(UNFINISHED))
    if wanted.escalated is not None:
        mark = tickets.c.escalated_at
        query = query.where(mark.is_not(None) if wanted.escalated else mark.is_(None))
    return [_ticket_of(row) for row in connection.execute(query if limit is None else query.limit(limit))]


def counted(connection: Connection, at: datetime) -> list[TicketCount]:
    """How many there are by account, owner and state, and how many of them are overdue at the moment."""
    late = func.sum(case(((tickets.c.due_at < at) & tickets.c.state.in_(UNFINISHED), 1), else_=0))
    by = (alerts.c.account, tickets.c.owner, tickets.c.state)
    query = select(*by, func.count(), late).join_from(tickets, alerts, alerts.c.id == tickets.c.alert).group_by(*by)
    return [TicketCount(account, owner, TicketState(state), count, overdue)
            for account, owner, state, count, overdue in connection.execute(query.order_by(*by))]  # fmt: skip


def find(connection: Connection, id: str) -> Ticket | None:
    row = connection.execute(_query().where(tickets.c.alert == id)).first()
    return None if row is None else _ticket_of(row)


def _move(write: Write, id: str, to: TicketState, by: str, note: str, at: datetime, run: str | None) -> None:
    write.connection.execute(
        update(tickets).where(tickets.c.alert == id).values(state=to, since=at, by=by, note=note)
    )  # fmt: skip
    write.journal.note(_EVENTS[to], at, {"ticket": id, "by": by, "note": note}, run=run)


def _one(connection: Connection, id: str) -> Ticket:
    found = find(connection, id)
    if found is None:
        raise ConfigError(f"there is no ticket {id}", hint="see 'steward tickets list'")
    return found


def _open_one(connection: Connection, id: str) -> Ticket:
    found = _one(connection, id)
    if found.finished:
        raise ForbiddenError(f"the ticket {id} is done already", hint=f"by {found.by}, {found.since:%Y-%m-%d %H:%M}")
    return found


def _known(connection: Connection, ids: Sequence[str], *also: ColumnElement[bool]) -> list[str]:
    """Those of the ids that are tickets, in their order."""
    found: set[str] = set()
    for first in range(0, len(ids), _CHUNK):
        query = select(tickets.c.alert).where(tickets.c.alert.in_(ids[first : first + _CHUNK]), *also)
        found |= set(connection.execute(query).scalars())
    return [id for id in ids if id in found]


def _query() -> Select[Any]:
    mine = [column.label(f"ticket_{column.name}") for column in tickets.c]
    return select(alerts, *mine).join_from(tickets, alerts, alerts.c.id == tickets.c.alert)


def _said(task: Task) -> dict[str, Any]:
    return {"text": task.text, "owner": task.owner, "due_at": task.due_at}


def _ticket_of(row: Row[Any]) -> Ticket:
    task = Task(row.ticket_text, row.ticket_owner, row.ticket_due_at)
    return Ticket(
        alert_of(row), task, row.ticket_since, TicketState(row.ticket_state), row.ticket_by, row.ticket_note,
        row.ticket_escalated_at,
    )  # fmt: skip
