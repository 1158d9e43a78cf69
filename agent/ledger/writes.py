"""What we wrote to each lever, for taking it back; however long ago."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, func, or_, select

from agent.ledger.moves import pieces
from agent.ledger.sealing import proposal_of
from agent.ledger.tables import executions, proposals, sealed
from agent.model.proposal import OPEN_STATES, Fate, ProposalId, State
from agent.model.unwind import Landed, Which

# What was superseded, refused or never sent has changed nothing.
_MAY_HAVE_LANDED = (State.DONE, State.CONFLICT, *sorted(OPEN_STATES))


def writes(connection: Connection, account: str, which: Which) -> list[list[Landed]]:
    """By lever, every write of ours that may have landed, oldest first; only levers with one that is named."""
    query = (
        select(proposals.c.id, proposals.c.kind, proposals.c.entity, proposals.c.field)
        .join(executions, executions.c.proposal == proposals.c.id)
        .where(proposals.c.account == account, proposals.c.state.in_(_MAY_HAVE_LANDED), *_conditions(which))
    )
    rows = connection.execute(query).all()
    chosen, levers = {row.id for row in rows}, {(row.kind, row.entity, row.field) for row in rows}
    by_kind: dict[str, set[str]] = defaultdict(set)
    for kind, entity, _ in levers:
        by_kind[kind].add(entity)
    found: dict[tuple[str, str, str], list[Landed]] = {}
    for kind, entities in sorted(by_kind.items()):
        for each in _of(connection, account, kind, sorted(entities), chosen):
            change = each.proposal.change
            lever = (kind, change.entity.id, change.field)
            if lever in levers:
                found.setdefault(lever, []).append(each)
    return list(found.values())


def _of(connection: Connection, account: str, kind: str, entities: Sequence[str],
        chosen: set[ProposalId]) -> list[Landed]:  # fmt: skip
    """All writes to things of one kind, oldest first. What was never applied for sure does not count as sent."""
    sent = (
        select(executions.c.proposal, func.max(executions.c.sent_at, type_=executions.c.sent_at.type).label("sent_at"))
        .where(or_(executions.c.fate.is_(None), executions.c.fate != Fate.NOT_APPLIED))
        .group_by(executions.c.proposal)
        .subquery()
    )
    found = []
    for some in pieces(entities):
        query = (
            select(proposals, sealed.c.payload, sent.c.sent_at)
            .join(sealed, sealed.c.proposal == proposals.c.id)
            .join(sent, sent.c.proposal == proposals.c.id)
            .where(proposals.c.account == account, proposals.c.kind == kind, proposals.c.entity.in_(some))
            .where(proposals.c.state.in_(_MAY_HAVE_LANDED))
        )
        found += [(row.sent_at, row.event, Landed(proposal_of(row), row.sent_at, row.id in chosen))
                  for row in connection.execute(query)]  # fmt: skip
    return [each for _, _, each in sorted(found, key=lambda row: row[:2])]


def _conditions(which: Which) -> list[ColumnElement[bool]]:
    parts: list[ColumnElement[bool]] = []
    if which.run is not None:
        parts.append(or_(proposals.c.run == which.run, executions.c.run == which.run))
    if which.rule is not None:
        parts.append(proposals.c.rule == which.rule)
    if which.since is not None:
        parts.append(executions.c.sent_at >= which.since)
    if which.entity is not None:
        parts += [proposals.c.kind == which.entity[0], proposals.c.entity == which.entity[1]]
    return parts
