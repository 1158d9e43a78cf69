"""Questions about proposals and what became of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from agent.ledger.chain import Event, event_of, in_chunks
from agent.ledger.moves import pieces
from agent.ledger.sealing import proposal_of
from agent.ledger.tables import decisions, events, executions, proposals, sealed
from agent.model.entity import Entity
from agent.model.proposal import Decision, Execution, Fate, Proposal, ProposalId, State


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that took effect, and when."""

    decision: Decision
    at: datetime


@dataclass(frozen=True, slots=True)
class Filter:
    """Which proposals; all parts must hold, None holds always."""

    states: Sequence[State] | None = None
    rule: str | None = None
    account: str | None = None
    run: str | None = None
    entity: Entity | None = None
    undoes: ProposalId | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        columns, entity = proposals.c, self.entity
        parts: list[tuple[Any, ColumnElement[bool]]] = [
            (self.rule, columns.rule == self.rule),
            (self.account, columns.account == self.account),
            (self.run, columns.run == self.run),
            (self.undoes, columns.undoes == self.undoes),
            (self.states, columns.state.in_(self.states or ())),
        ]
        found = [condition for wanted, condition in parts if wanted is not None]
        if entity is not None:
            found += [columns.account == entity.account, columns.kind == entity.kind, columns.entity == entity.id]
        return found


def chosen(connection: Connection, filter: Filter, ids: Iterable[ProposalId] | None, limit: int | None,
           newest_first: bool) -> list[Proposal]:  # fmt: skip
    """Newest run first (or oldest), and within a run as the engine ordered them."""
    # One run seals all its proposals at one moment; the event's number keeps their order.
    order = (proposals.c.created_at.desc() if newest_first else proposals.c.created_at, proposals.c.event)
    query = (
        select(proposals, sealed.c.payload)
        .join(sealed, sealed.c.proposal == proposals.c.id)
        .where(*filter.conditions())
        .order_by(*order)
        .limit(limit)
    )
    rows = connection.execute(query).all() if ids is None else _among(connection, query, list(dict.fromkeys(ids)))
    if ids is not None:
        rows = sorted(rows, key=lambda row: row.event)
        rows = sorted(rows, key=lambda row: row.created_at, reverse=newest_first)[:limit]
    return [proposal_of(row) for row in rows]


def _among(connection: Connection, query: Select[Any], ids: Sequence[ProposalId]) -> Sequence[Row[Any]]:
    return [row for some in pieces(ids) for row in connection.execute(query.where(proposals.c.id.in_(some)))]


def counts(connection: Connection, account: str | None) -> dict[State, int]:
    """How many proposals are in each state; states without any are left out."""
    query = select(proposals.c.state, func.count()).group_by(proposals.c.state)
    if account is not None:
        query = query.where(proposals.c.account == account)
    found = {State(state): count for state, count in connection.execute(query)}
    return {state: found[state] for state in State if state in found}


def as_stored(connection: Connection, since: int) -> Iterator[dict[str, Any]]:
    """Events after a number, with what their hashes are made of; ``sealed`` is the text a birth's seal is made of."""
    for rows in in_chunks(connection, since):
        between = proposals.c.event.between(rows[0].seq, rows[-1].seq)
        query = select(proposals.c.event, sealed.c.payload).join(sealed, sealed.c.proposal == proposals.c.id)
        texts = {row.event: row.payload for row in connection.execute(query.where(between))}
        yield from ({**row._mapping, "sealed": texts.get(row.seq)} for row in rows)


def sealed_texts(connection: Connection, run: str) -> dict[ProposalId, str]:
    """The sealed text of every proposal of a run."""
    query = select(sealed.c.proposal, sealed.c.payload).join(proposals, proposals.c.id == sealed.c.proposal)
    return {row.proposal: row.payload for row in connection.execute(query.where(proposals.c.run == run))}


def executions_of(connection: Connection, ids: Iterable[ProposalId]) -> dict[ProposalId, list[Execution]]:
    """Each proposal's attempts, oldest first; proposals without any are left out."""
    found: dict[ProposalId, list[Execution]] = defaultdict(list)
    for some in pieces(list(dict.fromkeys(ids))):
        query = select(executions).where(executions.c.proposal.in_(some)).order_by(executions.c.attempt)
        for row in connection.execute(query):
            found[row.proposal].append(_execution_of(row))
    return dict(found)


def _execution_of(row: Row[Any]) -> Execution:
    fate = Fate(row.fate) if row.fate is not None else None
    return Execution(
        row.proposal, row.attempt, row.run, row.sent_at, row.payload_hash, fate, row.code, row.message, row.request_id
    )


def decisions_of(connection: Connection, ids: Iterable[ProposalId]) -> dict[ProposalId, list[Decided]]:
    """Each proposal's decisions, oldest first; proposals without any are left out."""
    found: dict[ProposalId, list[Decided]] = defaultdict(list)
    for some in pieces(list(dict.fromkeys(ids))):
        query = select(decisions).where(decisions.c.proposal.in_(some)).order_by(decisions.c.id)
        for row in connection.execute(query):
            decision = Decision(row.proposal, row.version, row.approve, row.by, row.through, row.note)
            found[row.proposal].append(Decided(decision, row.at))
    return dict(found)


def events_of(connection: Connection, since: int, limit: int | None, proposal: ProposalId | None,
              run: str | None) -> list[Event]:  # fmt: skip
    """The newest ``limit`` events after number ``since``, oldest of them first."""
    query = select(events).where(events.c.seq > since).order_by(events.c.seq.desc()).limit(limit)
    if proposal is not None:
        query = query.where(events.c.proposal == proposal)
    if run is not None:
        query = query.where(events.c.run == run)
    return [event_of(row) for row in reversed(connection.execute(query).all())]


def next_events(connection: Connection, after: int, limit: int) -> list[Event]:
    """The oldest ``limit`` events behind this number, oldest first."""
    query = select(events).where(events.c.seq > after).order_by(events.c.seq).limit(limit)
    return [event_of(row) for row in connection.execute(query)]


MAY_HAVE_CHANGED = (State.INTENT, State.ACCEPTED, State.IN_DOUBT, State.DONE)


def last_changes(connection: Connection, account: str, kind: str, fields: Sequence[str],
                 since: datetime | None) -> dict[tuple[Entity, str], datetime]:  # fmt: skip
    """When we last sent a change of the field: also one whose answer is open, for it may have landed."""
    query = (
        select(proposals.c.entity, proposals.c.field, func.max(executions.c.sent_at, type_=executions.c.sent_at.type))
        .join(executions, executions.c.proposal == proposals.c.id)
        .where(proposals.c.account == account, proposals.c.kind == kind, proposals.c.field.in_(fields))
        .where(proposals.c.state.in_(MAY_HAVE_CHANGED))
        .group_by(proposals.c.entity, proposals.c.field)
    )
    if since is not None:
        query = query.where(executions.c.sent_at >= since)
    return {(Entity(account, kind, entity), field): at for entity, field, at in connection.execute(query)}


def answers_since(connection: Connection, account: str, since: datetime) -> dict[Fate, int]:
    """How the writes since then were answered; those without an answer yet are left out."""
    query = (
        select(executions.c.fate, func.count())
        .join(proposals, proposals.c.id == executions.c.proposal)
        .where(proposals.c.account == account, executions.c.sent_at >= since, executions.c.fate.is_not(None))
        .group_by(executions.c.fate)
    )
    return {Fate(fate): count for fate, count in connection.execute(query)}


def undone_since(connection: Connection, account: str, since: datetime) -> int:
    """How many changes of ours were undone, or are to be, by what was asked for since then."""
    query = (
        select(func.count(proposals.c.undoes.distinct()))
        .where(proposals.c.account == account, proposals.c.created_at >= since, proposals.c.undoes.is_not(None))
        .where(proposals.c.state.in_((State.APPROVED, *MAY_HAVE_CHANGED)))
    )
    return int(connection.execute(query).scalar_one())
