"""The protocol of carrying out on a ledger in memory, in a time that only sleeping moves: every pause and every word of
it can be looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agent.actions.drive import RealWorld, drive
from agent.actions.execute import ActReport, Executor
from agent.actions.patience import Patience
from agent.actions.reconcile import Reconciler, SettleReport
from agent.model.proposal import Decision, Proposal, ProposalId, State
from tests.act_account import Account
from tests.laws.memory_ledger import MemoryLedger
from tests.wishes import NOW

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
PATIENCE = Patience()
RIPE = PATIENCE.settle + PATIENCE.intent
"""So long after it was sent a look at a change is believed."""


@dataclass
class Clock:
    at: datetime = NOW
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


class Desk:
    """One installation. ``told``: what it said to whoever waits; ``why_not``: why nothing may be sent now."""

    def __init__(self, *accounts: Any) -> None:
        self.ledger, self.clock = MemoryLedger(), Clock()
        self.accounts: Sequence[Any] = accounts or [Account()]
        self.told: list[str] = []
        self.why_not: Callable[[], str | None] = lambda: None

    @property
    def account(self) -> Account:
        first: Account = self.accounts[0]
        return first

    def approve(self, *proposals: Proposal) -> None:
        self.ledger.add(proposals)
        self.ledger.decide([Decision(each.id, each.version, True, "ann", "cli") for each in proposals], NOW)

    def act(self, **more: Any) -> ActReport:
        return drive(Executor("north", "r_2", self.accounts, PATIENCE, **more).act(), self._world())

    def settle(self, wait: timedelta = timedelta()) -> SettleReport:
        return drive(Reconciler("north", self.accounts, PATIENCE).settle(wait), self._world())

    def later(self, span: timedelta) -> None:
        self.clock.at += span

    def states(self) -> dict[ProposalId, State]:
        return {each.id: each.state for each in self.ledger.in_state(*State)}

    def _world(self) -> RealWorld:
        return RealWorld(self.ledger, self.clock, self.why_not, self.told.append)
