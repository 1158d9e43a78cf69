"""Read back what was sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from agent.actions.drive import RealWorld, drive
from agent.actions.patience import Patience
from agent.actions.reconcile import Finding, Reconciler, SettleReport
from agent.jobs.act import JobLedger
from agent.model.proposal import Run, State
from agent.ports import Actuator, Clock

__all__ = ["Finding", "Patience", "SettleReport", "settle"]


def settle(
    ledger: JobLedger, actuators: Sequence[Actuator], clock: Clock, *, account: str, run: str,
    wait_seconds: float = 0.0, progress: Callable[[str], None] | None = None, patience: Patience | None = None,
) -> SettleReport:  # fmt: skip
    """Look at everything accepted or in doubt; a run is recorded when there was anything.

    ``wait_seconds``: how long to look again for what may still become visible; 0 looks once.
    """
    counts = ledger.counts(account)
    if not counts.get(State.ACCEPTED) and not counts.get(State.IN_DOUBT):
        return SettleReport(account)
    record = Run(run, "settle", account, clock.now())
    ledger.begin(record)
    done, fault = {}, "interrupted"
    try:
        program = Reconciler(account, actuators, patience or Patience()).settle(timedelta(seconds=wait_seconds))
        report = drive(program, RealWorld(ledger, clock, lambda: "reading only", progress or (lambda _: None)))
        done = {name: count for name, count in report.counts.items() if count}
        fault = "; ".join(dict.fromkeys(each.message for each in report.faults))
        return report
    finally:
        ledger.end(replace(record, ended=clock.now(), counts=done, fault=fault))
