"""Health: whether all is well, what fell silent, when each job last ran; and, when asked, every check of the doctor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import Response

from agent.checkup import checks_of
from agent.jobs.storage import storage_of
from agent.jobs.watch import ELSEWHERE, free_bytes
from agent.language import _
from agent.model.alert import Alert
from agent.shown.status import status_of
from agent.shown.words import stream_word
from agent.web.asking import Ask
from agent.web.desk import Desk
from agent.web.screens.runs import job_word

_LOW_DISK_BYTES = 1_000_000_000
_MOST = 100


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that needs a look. ``grave``: until it is dealt with, work stands still or is in danger."""

    grave: bool
    what: str
    found: str
    hint: str = ""
    since: datetime | None = None


def show(ask: Ask) -> Response:
    """As ``steward status``, with what watching has noticed."""
    desk = ask.desk
    storage = storage_of(lambda: nullcontext(desk.ledger), desk.config.facts_folder())
    status = status_of(desk.config, desk.ledger, desk.book, list(desk.config.accounts), storage)
    troubles = [*_standing(desk, status), *_noticed(desk)]
    return ask.page(
        "health.html", standing=status, troubles=sorted(troubles, key=lambda each: not each.grave), job_word=job_word,
        disk=free_bytes(desk.config.facts_folder()) / 1e9, low=_LOW_DISK_BYTES / 1e9, now=desk.clock.now(),
    )  # fmt: skip


def check(ask: Ask) -> Response:
    """As ``steward doctor``: everything is tried once, also the sources; nothing is changed."""
    found = checks_of(ask.desk.config)
    return ask.page(
        "checks.html", checks=found, failed=sum(each.state == "failed" for each in found),
        warned=sum(each.state == "warning" for each in found),
    )  # fmt: skip


def _standing(desk: Desk, status: Mapping[str, Any]) -> list[Trouble]:
    """What is so just now."""
    found = []
    stop = desk.ledger.stopped()
    if stop is not None:
        text = _("by {by}: {reason}").format(by=stop.by, reason=stop.reason)
        found.append(Trouble(True, _("Everything is stopped"), text, "steward stop-all --release", stop.at))
    found += [Trouble(True, f"{_('storage')} {_(part['part'])}", part["found"], part["hint"])
              for part in status["storage"] if not part["ok"]]  # fmt: skip
    for account in desk.config.accounts:
        restored = desk.ledger.restoration.of(account)
        if restored is not None:
            text = _("restored from a backup: it is only read back, nothing is sent")
            found.append(Trouble(True, account, text, since=restored.at))
        found += _rules_at_fault(desk, account)
    return found


def _rules_at_fault(desk: Desk, account: str) -> Sequence[Trouble]:
    loader = desk.loader(account)
    if loader is not None and loader.fault is None:
        return ()
    text = _("the files are at fault; the last ones in order go on") if loader is not None else (
        _("the files are at fault and none was in order before"))  # fmt: skip
    return [Trouble(loader is None, _("Rules of {account}").format(account=account), text, "steward rules check")]


def _noticed(desk: Desk) -> list[Trouble]:
    """What the program's own watch has told: silence, lost access, a disk that fills."""
    return [_told(desk, each) for each in desk.ledger.open_alerts() if each.rule in ELSEWHERE][:_MOST]


def _told(desk: Desk, alert: Alert) -> Trouble:
    what = stream_word(alert.entity.id) if alert.entity.kind == "stream" else alert.title
    grave = str(alert.severity) in ("S1", "S2")
    return Trouble(grave, f"{what} · {alert.entity.account}", desk.reason(alert), since=alert.opened_at)
