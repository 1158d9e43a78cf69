"""Carry out what was approved."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from agent.actions.drive import RealWorld, drive
from agent.actions.effects import ActLedger
from agent.actions.execute import ActReport, Executor
from agent.actions.patience import Patience
from agent.actions.purse import Purse
from agent.model.proposal import ProposalId, Run, State
from agent.ports import Actuator, Clock

__all__ = ["ActReport", "JobLedger", "Patience", "Purse", "act"]


class JobLedger(ActLedger, Protocol):
    """The part of the ledger that acting, settling and expiring need."""

    def counts(self, account: str | None = None) -> Mapping[State, int]: ...


def act(
    ledger: JobLedger, actuators: Sequence[Actuator], clock: Clock, *, account: str, run: str,
    may_write: Callable[[], str | None], progress: Callable[[str], None] | None = None,
    patience: Patience | None = None, plan: str | None = None, most: int | None = None,
    only: Collection[ProposalId] | None = None, purse: Callable[[], Purse | None] = lambda: None,
) -> ActReport:  # fmt: skip
    """One pass over an account's approved proposals; a run is recorded when there was anything to do.

    ``may_write`` is asked before every batch: why nothing may be sent now, or None. ``plan``: only what that run of
    judging proposed. ``only``: only these. ``most``: at most so many. ``purse``: asked once, for what raises may add to
    one day's spend. Running it again sends nothing twice.
    """
    counts, stopped = ledger.counts(account), may_write()
    if not counts.get(State.INTENT) and (stopped or not counts.get(State.APPROVED)):
        return _idle(account, run, stopped, counts)
    executor = Executor(account, run, actuators, patience or Patience(), plan, most, only, purse())
    record = Run(run, "act", account, clock.now())
    ledger.begin(record)
    done, fault = {}, "interrupted"
    try:
        report = drive(executor.act(), RealWorld(ledger, clock, may_write, progress or (lambda _: None)))
        done = {name: count for name, count in report.counts.items() if count}
        fault = "; ".join(each.message for each in report.faults)
        return report
    finally:
        ledger.end(replace(record, ended=clock.now(), counts=done, fault=fault))


def _idle(account: str, run: str, stopped: str | None, counts: Mapping[State, int]) -> ActReport:
    report = ActReport(account, run, stopped=stopped or "")
    report.counts["waiting"] = counts.get(State.APPROVED, 0)
    return report
