"""What ``steward status`` says: what waits, what ran, how fresh and complete the data is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agent.cli.plans import state_counts
from agent.cli.screen import Screen
from agent.language import _

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
    found = ledger.restored(account)
    runs = {job: run for job in _JOBS if (run := ledger.newest_run(job, account)) is not None}
    return {
        "restored": found and {"backup": found.backup, "at": found.at, "in_question": len(ledger.in_question(found))},
        "proposals": state_counts(ledger.counts(account)),
        "runs": {job: {"started": run.started, "ended": run.ended, "fault": run.fault, "counts": dict(run.counts)}
                 for job, run in runs.items()},
        "streams": {each.stream: {"observed_at": each.observed_at, "newest_day": each.newest_day}
                    for each in book.listing(account)},
    }  # fmt: skip


def show_status(screen: Screen, report: dict[str, Any]) -> None:
    for part in report["storage"]:
        if not part["ok"]:
            text = f"✗ {_('storage')} {_(part['part'])}: {part['found']} → {part['hint']}"
            screen.line(screen.paint(text, "red"))
    screen.line(_("Mode: dry-run, nothing is sent") if report["dry_run"] else _("Mode: live"))
    if report["stopped"]:
        screen.line(screen.paint(_("STOPPED by {by}: {reason}").format(**report["stopped"]), "red"))
    for name, account in report["accounts"].items():
        counts = "  ".join(f"{_(state)} {count}" for state, count in account["proposals"].items())
        screen.line(f"{name}: {counts or _('no proposals yet')}")
        if account["restored"]:
            text = _("restored from a backup of {backup}: only read back, {in_question} in question")
            screen.line(screen.paint(text.format(**account["restored"]), "yellow"))
        _table(
            screen, [_("job"), _("last run"), _("result")],
            [[job, run["started"].isoformat(timespec="seconds"),
              run["fault"] or " ".join(f"{key}={value}" for key, value in run["counts"].items())]
             for job, run in account["runs"].items()],
        )  # fmt: skip
        _table(
            screen, [_("stream"), _("observed"), _("newest day")],
            [[stream, each["observed_at"] and each["observed_at"].isoformat(timespec="seconds"), each["newest_day"]]
             for stream, each in account["streams"].items()],
        )  # fmt: skip


def _table(screen: Screen, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A head without rows says nothing."""
    if rows:
        screen.table(head, rows)
