"""What ``steward status``, the page and programs are told: what waits, what ran, how fresh and complete the data is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agent.shown.proposals import state_counts

if TYPE_CHECKING:
    from agent.config import Config
    from agent.facts.book import Book
    from agent.jobs.storage import Storage
    from agent.ledger import SqlLedger

_JOBS = ("take_in", "pull", "look", "derive", "judge", "act", "settle", "expire")


def status_of(config: Config, ledger: SqlLedger, book: Book, accounts: Sequence[str],
              storage: Sequence[Storage] = ()) -> dict[str, Any]:  # fmt: skip
    stop = ledger.stopped()
    return {
        **_health(storage),
        "dry_run": config.dry_run,
        "stopped": stop and {"by": stop.by, "reason": stop.reason, "at": stop.at},
        "accounts": {name: _account(ledger, book, name) for name in accounts},
    }


def unread(config: Config, storage: Sequence[Storage]) -> dict[str, Any]:
    """What can be said where the ledger cannot even be read."""
    return {**_health(storage), "dry_run": config.dry_run, "stopped": None, "accounts": {}}


def _health(storage: Sequence[Storage]) -> dict[str, Any]:
    parts = [{"part": each.part, "ok": each.ok, "found": each.found, "hint": each.hint} for each in storage]
    return {"healthy": all(each.ok for each in storage), "storage": parts}


def _account(ledger: SqlLedger, book: Book, account: str) -> dict[str, Any]:
    restoration = ledger.restoration
    found = restoration.of(account)
    runs = {job: run for job in _JOBS if (run := ledger.newest_run(job, account)) is not None}
    return {
        "restored": found and {"backup": found.backup, "at": found.at,
                               "in_question": len(restoration.in_question(found))},
        "proposals": state_counts(ledger.counts(account)),
        "runs": {job: {"started": run.started, "ended": run.ended, "fault": run.fault, "counts": dict(run.counts)}
                 for job, run in runs.items()},
        "streams": {each.stream: {"observed_at": each.observed_at, "newest_day": each.newest_day}
                    for each in book.listing(account)},
    }  # fmt: skip
