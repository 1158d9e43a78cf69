"""What ran, how rules judged, and which sources still owe an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, delete, func, insert, select, update

from agent.ledger.tables import pulls, runs, tallies
from agent.model.proposal import Run
from agent.model.verdict import Tally
from agent.model.window import Span


@dataclass(frozen=True, slots=True)
class PendingPull:
    """A pull the source has not answered yet: a row to look at later, not a sleeping thread."""

    account: str
    stream: str
    span: Span
    cursor: str
    look_again_at: datetime
    asked_at: datetime


def begin(connection: Connection, run: Run) -> None:
    connection.execute(insert(runs), _run_row(run))


def end(connection: Connection, run: Run) -> None:
    """Store the run as it ended, also one whose beginning was lost."""
    if not connection.execute(update(runs).where(runs.c.id == run.id).values(_run_row(run))).rowcount:
        connection.execute(insert(runs), _run_row(run))


def newest(connection: Connection, limit: int | None, job: str | None, account: str | None) -> list[Run]:
    """Newest first."""
    query = select(runs).order_by(runs.c.started.desc(), runs.c.id.desc()).limit(limit)
    if job is not None:
        query = query.where(runs.c.job == job)
    if account is not None:
        query = query.where(runs.c.account == account)
    return [run_of(row) for row in connection.execute(query)]


def one(connection: Connection, id: str) -> Run | None:
    row = connection.execute(select(runs).where(runs.c.id == id)).one_or_none()
    return run_of(row) if row is not None else None


def _run_row(run: Run) -> dict[str, Any]:
    return {
        "id": run.id, "job": run.job, "account": run.account, "started": run.started, "ended": run.ended,
        "counts": dict(run.counts), "fault": run.fault,
    }  # fmt: skip


def run_of(row: Row[Any]) -> Run:
    return Run(row.id, row.job, row.account, row.started, row.ended, row.counts, row.fault)


def tally(connection: Connection, run: str, wanted: Sequence[Tally]) -> None:
    rows = [
        {"run": run, "rule": each.rule, "digest": each.digest, "judged": each.judged, "matched": each.matched,
         "unknown": each.unknown, "unknown_because": dict(each.unknown_because)} for each in wanted
    ]  # fmt: skip
    if rows:
        connection.execute(insert(tallies), rows)


def tallies_of(connection: Connection, run: str) -> list[Tally]:
    query = select(tallies).where(tallies.c.run == run).order_by(tallies.c.rule)
    return [_tally_of(row) for row in connection.execute(query)]


def newest_tallies(connection: Connection, account: str | None) -> list[Tally]:
    """The newest tally of each rule; with several accounts and none named, of whichever was judged last."""
    # A run's id breaks the tie between two that began in the same microsecond.
    rank = func.row_number().over(partition_by=tallies.c.rule, order_by=(runs.c.started.desc(), runs.c.id.desc()))
    query = select(tallies, rank.label("rank")).join(runs, runs.c.id == tallies.c.run)
    if account is not None:
        query = query.where(runs.c.account == account)
    ranked = query.subquery()
    found = connection.execute(select(ranked).where(ranked.c.rank == 1).order_by(ranked.c.rule))
    return [_tally_of(row) for row in found]


def silent_rules(connection: Connection, account: str, since: datetime) -> list[str]:
    """Rules that were judged before and after this moment, and have matched nothing after it."""
    begun, matched = func.min(runs.c.started), func.max(case((tallies.c.matched > 0, runs.c.started)))
    query = (
        select(tallies.c.rule)
        .join(runs, runs.c.id == tallies.c.run)
        .where(runs.c.account == account)
        .group_by(tallies.c.rule)
        .having(begun < since, func.max(runs.c.started) >= since, func.coalesce(matched, begun) < since)
    )
    return sorted(connection.execute(query).scalars())


def text_since(connection: Connection, rule: str, digest: str, account: str | None) -> datetime | None:
    """When the rule was first judged by this text, counted from its last other one; None if it never was."""
    query = (
        select(tallies.c.digest, runs.c.started)
        .join(runs, runs.c.id == tallies.c.run)
        .where(tallies.c.rule == rule)
        .order_by(runs.c.started.desc(), runs.c.id.desc())
    )
    if account is not None:
        query = query.where(runs.c.account == account)
    since: datetime | None = None
    for row in connection.execute(query):
        if row.digest != digest:
            break
        since = row.started
    return since


def _tally_of(row: Row[Any]) -> Tally:
    return Tally(row.rule, row.digest, row.judged, row.matched, row.unknown, row.unknown_because)


def promise(connection: Connection, account: str, stream: str) -> PendingPull | None:
    here = (pulls.c.account == account) & (pulls.c.stream == stream)
    row = connection.execute(select(pulls).where(here)).one_or_none()
    return _pull_of(row) if row is not None else None


def promises(connection: Connection, account: str | None) -> list[PendingPull]:
    """All that is owed, what should be ready first at the head."""
    query = select(pulls).order_by(pulls.c.look_again_at, pulls.c.account, pulls.c.stream)
    if account is not None:
        query = query.where(pulls.c.account == account)
    return [_pull_of(row) for row in connection.execute(query)]


def owe(connection: Connection, pending: PendingPull) -> None:
    """Remember a promise in place of an older one of the same stream."""
    forget(connection, pending.account, pending.stream)
    connection.execute(
        insert(pulls),
        {"account": pending.account, "stream": pending.stream, "first_day": pending.span.first,
         "last_day": pending.span.last, "cursor": pending.cursor, "look_again_at": pending.look_again_at,
         "asked_at": pending.asked_at},
    )  # fmt: skip


def forget(connection: Connection, account: str, stream: str) -> None:
    connection.execute(delete(pulls).where(pulls.c.account == account, pulls.c.stream == stream))


def _pull_of(row: Row[Any]) -> PendingPull:
    span = Span(row.first_day, row.last_day)
    return PendingPull(row.account, row.stream, span, row.cursor, row.look_again_at, row.asked_at)
