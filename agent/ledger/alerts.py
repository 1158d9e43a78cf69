"""What rules told: opened once, seen again, closed when it no longer holds. Both ends are events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from agent.ledger.database import Write
from agent.ledger.tables import alerts
from agent.model.alert import Alert
from agent.model.entity import Entity
from agent.model.rule import Severity
from agent.model.ticket import Task

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Told:
    """``fresh``: the alerts that are new; ``asked``: what is to be done about alerts, new or open already, by id."""

    fresh: list[Alert]
    asked: Mapping[str, Task]


def tell(write: Write, told: Iterable[Alert]) -> Told:
    """Open what is new; of what is open already only ``seen_at`` moves."""
    wanted = {alert.subject: alert for alert in told}
    accounts = {alert.entity.account for alert in wanted.values()}
    standing = {alert.subject: alert for account in accounts for alert in open_ones(write.connection, account)}
    again = [(standing[subject], alert) for subject, alert in wanted.items() if subject in standing]
    _seen(write.connection, again)
    fresh = [alert for subject, alert in wanted.items() if subject not in standing]
    for alert in fresh:
        write.journal.note("alert_opened", alert.opened_at, _said(alert), run=alert.run)
    if fresh:
        write.connection.execute(insert(alerts), [_row(alert) for alert in fresh])
    ids = {subject: standing.get(subject, alert).id for subject, alert in wanted.items()}
    return Told(fresh, {ids[subject]: alert.task for subject, alert in wanted.items() if alert.task is not None})


def close(write: Write, ended: Sequence[tuple[Alert, str]], at: datetime, run: str) -> dict[str, str]:
    """Close open alerts, each with the reason why it no longer holds. Returns those that were open."""
    closed = {}
    for alert, because in ended:
        changed = write.connection.execute(
            update(alerts).where(alerts.c.id == alert.id, alerts.c.closed_at.is_(None))
            .values(closed_at=at, closed_because=because)
        )  # fmt: skip
        if changed.rowcount:
            write.journal.note("alert_closed", at, {"alert": alert.id, "rule": alert.rule, "because": because}, run=run)
            closed[alert.id] = because
    return closed


def open_ones(connection: Connection, account: str | None) -> list[Alert]:
    """All open alerts, the gravest first, then the oldest."""
    query = select(alerts).where(alerts.c.closed_at.is_(None))
    if account is not None:
        query = query.where(alerts.c.account == account)
    return [alert_of(row) for row in connection.execute(query.order_by(alerts.c.severity, alerts.c.opened_at))]


def newest(connection: Connection, account: str | None, limit: int, entity: Entity | None = None) -> list[Alert]:
    """Open and closed, newest first."""
    query = select(alerts).order_by(alerts.c.opened_at.desc(), alerts.c.id).limit(limit)
    if entity is not None:
        here = (alerts.c.account == entity.account, alerts.c.kind == entity.kind, alerts.c.entity == entity.id)
        query = query.where(*here)
    if account is not None:
        query = query.where(alerts.c.account == account)
    return [alert_of(row) for row in connection.execute(query)]


def _seen(connection: Connection, again: Sequence[tuple[Alert, Alert]]) -> None:
    for first in range(0, len(again), _CHUNK):
        some = again[first : first + _CHUNK]
        ids = [standing.id for standing, _ in some]
        at = max(alert.seen_at for _, alert in some)
        connection.execute(update(alerts).where(alerts.c.id.in_(ids)).values(seen_at=at))


def _said(alert: Alert) -> dict[str, Any]:
    entity = alert.entity
    return {
        "alert": alert.id, "rule": alert.rule, "digest": alert.digest, "account": entity.account, "kind": entity.kind,
        "entity": entity.id, "title": alert.title, "severity": alert.severity, "reason": alert.reason,
        "evidence": alert.evidence,
    }  # fmt: skip


def _row(alert: Alert) -> dict[str, Any]:
    said = {key: value for key, value in _said(alert).items() if key != "alert"}
    return {
        "id": alert.id, **said, "run": alert.run, "opened_at": alert.opened_at,
        "seen_at": alert.seen_at, "closed_at": alert.closed_at, "closed_because": alert.closed_because,
    }  # fmt: skip


def alert_of(row: Row[Any]) -> Alert:
    """From a row with the columns of ``alerts``, and maybe others."""
    return Alert(
        row.id, row.rule, row.digest, Entity(row.account, row.kind, row.entity), row.title, Severity(row.severity),
        row.reason, row.evidence, row.run, row.opened_at, row.seen_at, row.closed_at, row.closed_because,
    )  # fmt: skip
