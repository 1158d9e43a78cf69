"""Let go of what nobody decided on, or nobody carried out, in time."""

from __future__ import annotations

from dataclasses import replace

from agent.actions.drive import RealWorld, drive
from agent.actions.execute import expired
from agent.jobs.act import JobLedger
from agent.model.proposal import Run, State
from agent.ports import Clock

_MORTAL = (State.PROPOSED, State.HELD, State.APPROVED)


def expire(ledger: JobLedger, clock: Clock, *, account: str, run: str) -> int:
    """Proposals past their time become ``expired``, and are never sent; returns how many."""
    record = Run(run, "expire", account, clock.now())
    ledger.begin(record)
    moved, fault = 0, "interrupted"
    try:
        moved = drive(expired(account, _MORTAL), RealWorld(ledger, clock, lambda: "sends nothing"))
        fault = ""
        return moved
    finally:
        ledger.end(replace(record, ended=clock.now(), counts={State.EXPIRED: moved}, fault=fault))
