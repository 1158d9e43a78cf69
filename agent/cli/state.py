"""How ``steward status`` shows what there is to say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.cli.screen import Screen
from agent.language import _


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
