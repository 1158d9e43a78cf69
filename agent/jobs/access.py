"""Access to a source that was lost is told at once, and so is its return."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from agent.errors import AgentError, CredentialError, RoleError
from agent.jobs.pull import Outcome, PullReport
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
    """Open an alert for each source that refused credentials; close it once the source answered and refused none.

    A role that is missing for one operation is no lost access: the others go on.
    """
    lost: dict[str, AgentError] = {}
    for stream in report.streams:
        if isinstance(stream.fault, CredentialError) and not isinstance(stream.fault, RoleError):
            lost.setdefault(stream.connector, stream.fault)
    answered = {stream.connector for stream in report.streams if stream.outcome in (Outcome.BOOKED, Outcome.WAITING)}
    standing = {alert.entity.id: alert for alert in ledger.open_alerts(report.account) if alert.rule == CREDENTIALS}
    told = [
        Alert(mint("a"), CREDENTIALS, "", Entity(report.account, "source", source), source, Severity.S1, fault.message,
              {"hint": fault.hint}, report.run, at, at)
        for source, fault in lost.items() if source not in standing
    ]  # fmt: skip
    over = [(alert, "it no longer holds") for source, alert in standing.items()
            if source in answered and source not in lost]  # fmt: skip
    if told or over:
        ledger.alert(told, over, at, report.run)
