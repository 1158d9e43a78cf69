"""Access to a source that was lost is told at once, and so is its return."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from agent.errors import CredentialError, RoleError
from agent.jobs.pull import PullReport
from agent.model.alert import Alert
from agent.model.entity import Entity
from agent.model.rule import Severity
from agent.ports import Mint

CREDENTIALS = "ops/credentials"
PULLING = frozenset({CREDENTIALS})
"""Alerts that pulling opens and closes, and judging leaves alone."""


class AlertLedger(Protocol):
    def open_alerts(self, account: str) -> Sequence[Alert]: ...
    def alert(
        self, told: Iterable[Alert], ended: Sequence[tuple[Alert, str]], at: datetime, run: str
    ) -> Sequence[Alert]: ...


def tell_of_access(report: PullReport, ledger: AlertLedger, at: datetime, mint: Mint) -> None:
    """Open an alert where credentials were refused; close it once a pull brought something and refused none.

    A role that is missing for one operation is no lost access: the others go on.
    """
    lost = [stream.fault for stream in report.streams
            if isinstance(stream.fault, CredentialError) and not isinstance(stream.fault, RoleError)]  # fmt: skip
    standing = [alert for alert in ledger.open_alerts(report.account) if alert.rule == CREDENTIALS]
    if lost and not standing:
        fault, subject = lost[0], Entity(report.account, "account", report.account)
        alert = Alert(mint("a"), CREDENTIALS, "", subject, report.account, Severity.S1, fault.message,
                      {"connector": fault.connector, "hint": fault.hint}, report.run, at, at)  # fmt: skip
        ledger.alert([alert], [], at, report.run)
    elif standing and not lost and any(stream.fault is None for stream in report.streams):
        ledger.alert([], [(alert, "it no longer holds") for alert in standing], at, report.run)
