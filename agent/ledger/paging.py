"""Long lists, piece by piece: the newest first, and each piece begins behind the last row of the one before it.

So nothing is shown twice and nothing left out, whatever comes in while somebody reads on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from agent.ledger.alerts import alert_of
from agent.ledger.chain import Event, event_of
from agent.ledger.database import Database
from agent.ledger.inbox import Wanted
from agent.ledger.runs import run_of
from agent.ledger.sealing import proposal_of
from agent.ledger.stored import canonical, instant_text, storable
from agent.ledger.tables import alerts, decisions, events, proposals, runs, sealed
from agent.model.alert import Alert
from agent.model.proposal import API, Proposal, Run

At = tuple[datetime, str]
"""Where a piece ended: when its last row began, and that row's id."""


@dataclass(frozen=True, slots=True)
class Approved:
    """So many were approved; ``cost``: what they may cost more together, in micros of the account's currency."""

    account: str
    count: int
    cost: int


@dataclass(frozen=True, slots=True)
class Sought:
    """Which events; an empty part holds always. ``since`` and ``until`` are instants, the second not included.

    ``about``: the id of a proposal, or of the thing that proposals and alerts are about. ``actor``: who did it.
    """

    since: datetime | None = None
    until: datetime | None = None
    actor: str = ""
    kind: str = ""
    about: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        columns = events.c
        found: list[ColumnElement[bool]] = []
        if self.since is not None:
            found.append(columns.at >= instant_text(self.since))
        if self.until is not None:
            found.append(columns.at < instant_text(self.until))
        if self.kind:
            found.append(columns.kind == storable(self.kind))
        if self.actor:
            # The one spelling of JSON that events are stored in.
            found.append(columns.payload.contains(f'"by":{canonical(self.actor)}', autoescape=True))
        if self.about:
            of_it = select(proposals.c.id).where(or_(proposals.c.id == self.about, proposals.c.entity == self.about))
            named = columns.payload.contains(f'"entity":{canonical(self.about)}', autoescape=True)
            found.append(or_(columns.proposal.in_(of_it), named))
        return found


class Pages:
    """Every method is one read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def proposals(self, wanted: Wanted, before: int | None, limit: int) -> list[tuple[int, Proposal]]:
        """Each with its number; the newest first, behind the one with the number ``before``."""
        query = (
            select(proposals, sealed.c.payload)
            .join(sealed, sealed.c.proposal == proposals.c.id)
            .where(*wanted.conditions())
            .order_by(proposals.c.event.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(proposals.c.event < before)
        with self._database.read() as connection:
            return [(row.event, proposal_of(row)) for row in connection.execute(query)]

    def runs(self, job: str | None, account: str | None, before: At | None, limit: int) -> list[Run]:
        query = select(runs).order_by(runs.c.started.desc(), runs.c.id.desc()).limit(limit)
        where = _behind(runs.c.started, runs.c.id, before)
        where += [column == value for column, value in ((runs.c.job, job), (runs.c.account, account)) if value]
        with self._database.read() as connection:
            return [run_of(row) for row in connection.execute(query.where(*where))]

    def alerts(self, *, holds: bool | None, wanted: Sequence[tuple[str, str]], before: At | None,
               limit: int) -> list[Alert]:  # fmt: skip
        """``holds``: None for all. ``wanted``: pairs of column and value."""
        query = select(alerts).order_by(alerts.c.opened_at.desc(), alerts.c.id.desc()).limit(limit)
        where = _behind(alerts.c.opened_at, alerts.c.id, before) + [alerts.c[name] == value for name, value in wanted]
        if holds is not None:
            where.append(alerts.c.closed_at.is_(None) if holds else alerts.c.closed_at.is_not(None))
        with self._database.read() as connection:
            return [alert_of(row) for row in connection.execute(query.where(*where))]

    def events(self, sought: Sought, before: int | None, limit: int) -> list[Event]:
        """Behind the event with the number ``before``."""
        query = select(events).where(*sought.conditions()).order_by(events.c.seq.desc()).limit(limit)
        if before is not None:
            query = query.where(events.c.seq < before)
        with self._database.read() as connection:
            return [event_of(row) for row in connection.execute(query)]

    def approved_by_programs(self, by: str, since: datetime) -> list[Approved]:
        """What somebody's programs have approved since then, by account."""
        cost = func.coalesce(func.sum(proposals.c.cost), 0)
        query = (
            select(proposals.c.account, func.count(), cost)
            .join(decisions, decisions.c.proposal == proposals.c.id)
            .where(decisions.c.at >= since, decisions.c.by == by, decisions.c.approve)
            .where(decisions.c.through.startswith(f"{API} "))
            .group_by(proposals.c.account)
        )
        with self._database.read() as connection:
            return [Approved(account, count, int(cost)) for account, count, cost in connection.execute(query)]


def _behind(when: ColumnElement[datetime], id: ColumnElement[str], before: At | None) -> list[ColumnElement[bool]]:
    return [] if before is None else [or_(when < before[0], (when == before[0]) & (id < before[1]))]
