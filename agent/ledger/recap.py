"""What happened to an account within a span of time, counted by rule: for reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from agent.ledger.stored import instant_text
from agent.ledger.tables import alerts, events, proposals, tickets
from agent.model.proposal import ProposalId, State
from agent.model.ticket import TicketState

_MOST = 50
_RENEWED = (State.PROPOSED, State.HELD)
"""What is asked for anew with every judging."""


@dataclass(frozen=True, slots=True)
class Recap:
    """``moves``: by rule and state, how many changes came into it; those proposed and held count once a lever, however
    often they were renewed. ``refused``: the newest changes that were, a few. ``alerts``: by rule, how many were
    opened. ``finished``: tickets that were ended."""

    moves: Mapping[tuple[str, str], int]
    refused: Sequence[ProposalId]
    alerts: Mapping[str, int]
    finished: int

    def count(self, state: State, rule: str | None = None) -> int:
        """How many changes came into a state, of one rule or of all."""
        return sum(count for (name, kind), count in self.moves.items()
                   if kind == state and (rule is None or name == rule))  # fmt: skip


def recap(connection: Connection, account: str, since: datetime, until: datetime) -> Recap:
    """From ``since`` on, and before ``until``."""
    within = (events.c.at >= instant_text(since), events.c.at < instant_text(until), proposals.c.account == account)
    query = (
        select(events.c.kind, proposals.c.id, proposals.c.rule, proposals.c.kind, proposals.c.entity, proposals.c.field)
        .join(proposals, proposals.c.id == events.c.proposal)
        .where(*within, events.c.kind.in_([str(state) for state in State]))
        .order_by(events.c.seq.desc())
    )
    seen: set[tuple[str, ...]] = set()
    moves: Counter[tuple[str, str]] = Counter()
    refused: list[ProposalId] = []
    for state, id, rule, *lever in connection.execute(query):
        once = (rule, state, *lever) if state in _RENEWED else (rule, state, id)
        if once in seen:
            continue
        seen.add(once)
        moves[rule, state] += 1
        if state == State.FAILED and len(refused) < _MOST:
            refused.append(id)
    return Recap(moves, refused, _opened(connection, account, since, until),
                 _finished(connection, account, since, until))  # fmt: skip


def last_event(connection: Connection, at: datetime) -> int:
    """The number of the newest event up to a moment; 0 where there is none."""
    found = connection.execute(select(func.max(events.c.seq)).where(events.c.at <= instant_text(at))).scalar()
    return int(found or 0)


def _opened(connection: Connection, account: str, since: datetime, until: datetime) -> Mapping[str, int]:
    here = (alerts.c.account == account, alerts.c.opened_at >= since, alerts.c.opened_at < until)
    query = select(alerts.c.rule, func.count()).where(*here).group_by(alerts.c.rule)
    return {rule: int(count) for rule, count in connection.execute(query)}


def _finished(connection: Connection, account: str, since: datetime, until: datetime) -> int:
    query = (
        select(func.count())
        .select_from(tickets)
        .join(alerts, alerts.c.id == tickets.c.alert)
        .where(alerts.c.account == account, tickets.c.state == TicketState.DONE)
        .where(tickets.c.since >= since, tickets.c.since < until)
    )
    return int(connection.execute(query).scalar_one())
