"""What proposals ask for, without their reasons: judging looks at thousands of earlier ones, and only at this."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from agent.ledger.reading import MAY_HAVE_CHANGED
from agent.ledger.sealing import change_of
from agent.ledger.tables import executions, proposals, sealed
from agent.model.past import Asking
from agent.model.proposal import State

_COLUMNS = (
    proposals.c.id, proposals.c.state, proposals.c.rule, proposals.c.expires_at, proposals.c.undoes, sealed.c.payload,
)  # fmt: skip


def asking(connection: Connection, account: str, states: Sequence[State]) -> list[Asking]:
    """Those in one of these states, oldest first."""
    query = (
        select(*_COLUMNS)
        .join(sealed, sealed.c.proposal == proposals.c.id)
        .where(proposals.c.account == account, proposals.c.state.in_(states))
        .order_by(proposals.c.created_at, proposals.c.event)
    )
    return [_asking_of(row) for row in connection.execute(query)]


def sent_since(connection: Connection, account: str, since: datetime) -> list[tuple[Asking, datetime]]:
    """What was sent since then and has landed or may have, with when it was last sent; oldest first."""
    sent = (
        select(executions.c.proposal, func.max(executions.c.sent_at, type_=executions.c.sent_at.type).label("at"))
        .where(executions.c.sent_at >= since)
        .group_by(executions.c.proposal)
        .subquery()
    )
    query = (
        select(*_COLUMNS, sent.c.at)
        .join(sent, sent.c.proposal == proposals.c.id)
        .join(sealed, sealed.c.proposal == proposals.c.id)
        .where(proposals.c.account == account, proposals.c.state.in_((*MAY_HAVE_CHANGED, State.CONFLICT)))
        .order_by(sent.c.at, proposals.c.event)
    )
    return [(_asking_of(row), row.at) for row in connection.execute(query)]


def _asking_of(row: Row[*tuple[Any, ...]]) -> Asking:
    content = json.loads(row.payload)
    return Asking(row.id, State(row.state), row.rule, change_of(content["change"]), row.expires_at, row.undoes,
                  content["evidence"])  # fmt: skip
