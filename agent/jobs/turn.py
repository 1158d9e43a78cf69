"""One account's turn: whatever is due, in order, once.

A turn may be run again from the start at any moment: every step finds in the ledger and the book what is already done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from agent.model.proposal import Run
from agent.ports import Clock


class RunRecords(Protocol):
    """The part of the ledger that says when a job last ran."""

    def newest_run(self, job: str, account: str) -> Run | None: ...


@dataclass(frozen=True, slots=True)
class Step:
    """A job of a turn. ``every`` None: on every turn. ``after``: also due once one of these jobs has booked something.

    ``also``: due at the given moment for a reason of its own, such as a promised report that should be ready.
    ``unless``: not now, whatever else is so; once it was done before, it can wait.
    """

    job: str
    do: Callable[[], object]
    every: timedelta | None = None
    after: tuple[str, ...] = ()
    also: Callable[[datetime], bool] = lambda _: False
    unless: Callable[[datetime], bool] = lambda _: False


def due(step: Step, records: RunRecords, account: str, now: datetime) -> bool:
    """Whether a step is to be done now, by the run records alone."""
    if step.every is None:
        return True
    last = records.newest_run(step.job, account)
    if last is None or last.ended is None:
        return True
    if step.unless(now):
        return False
    if now - last.started >= step.every or step.also(now):
        return True
    causes = (records.newest_run(job, account) for job in step.after)
    return any(each is not None and each.ended is not None and each.ended > last.started and _brought_all(each)
               for each in causes)  # fmt: skip


def _brought_all(run: Run) -> bool:
    """Something was booked, and nothing is still promised: judging in between would see one half new, one half old."""
    return run.counts.get("booked", 0) > 0 and not run.counts.get("waiting", 0)


def turn(steps: tuple[Step, ...], records: RunRecords, clock: Clock, account: str,
         stopping: Callable[[], bool] = lambda: False) -> list[str]:  # fmt: skip
    """Do what is due, in the order given; returns the jobs done. Stops between two steps when asked to."""
    done: list[str] = []
    for step in steps:
        if stopping():
            break
        if due(step, records, account, clock.now()):
            step.do()
            done.append(step.job)
    return done
