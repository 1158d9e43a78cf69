"""The law of crashes: die before the N-th effect, for N = 1, 2, … until a pass survives; a fresh
process on the same SQLite file then ends everything, with nothing lost and nothing sent twice without need."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.actions.drive import RealWorld, drive
from agent.actions.effects import Effect
from agent.actions.execute import Executor
from agent.actions.patience import Patience
from agent.actions.reconcile import Reconciler
from agent.clock import SetClock
from agent.ledger import SqlLedger
from agent.model.change import Change, Edit
from agent.model.proposal import Fate, Proposal, ProposalId, Receipt, State
from tests.act_account import Account
from tests.wishes import NOW, approved, wish

PATIENCE = Patience()
WISHES = 12
_TURN, _MOST_TURNS = timedelta(minutes=11), 8
_UNFINISHED = (State.APPROVED, State.INTENT, State.ACCEPTED, State.IN_DOUBT)


class Crash(BaseException):
    """The process dies here."""


@dataclass
class Counting(Account):
    """Says "later" to every fourth item, a definite no to one, loses the answer of one; counts what took effect."""

    effects: Counter[ProposalId] = field(default_factory=Counter)
    asked: Counter[ProposalId] = field(default_factory=Counter)

    def apply(self, changes: Mapping[ProposalId, Change]) -> Sequence[Receipt]:
        self.sent.append(changes)
        return [self._one(id, change) for id, change in changes.items()]

    def _one(self, id: ProposalId, change: Change) -> Receipt:
        number, self.asked[id] = int(id.removeprefix("p_")), self.asked[id] + 1
        if number % 4 == 0 and self.asked[id] == 1:
            return Receipt(id, Fate.NOT_APPLIED)
        if number == 5:
            return Receipt(id, Fate.REFUSED)
        self.effects[id] += 1
        self.values[change.entity] = change.after
        return Receipt(id, Fate.UNKNOWN if number == 7 else Fate.ACCEPTED)


@dataclass
class Mortal:
    """Dies before the effect with this number; so the one before it was done, and nobody heard of it."""

    real: RealWorld
    dies_at: int
    performed: int = 0

    def perform(self, effect: Effect[Any]) -> Any:
        self.performed += 1
        if self.performed == self.dies_at:
            raise Crash
        return self.real.perform(effect)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve approved changes of two fields."""
    path = tmp_path_factory.mktemp("ledger") / "steward.db"
    ledger = SqlLedger.open(f"sqlite:///{path}")
    approved(ledger, [wish(number, field="bid" if number <= 8 else "budget") for number in range(1, WISHES + 1)])
    ledger.close()
    return path


def test_any_crash_point_is_safe(prepared: Path, tmp_path: Path) -> None:
    for dies_at in range(1, 1_000):
        path = Path(shutil.copy(prepared, tmp_path / f"{dies_at}.db"))
        survived = crash_and_recover(path, dies_at)
        path.unlink()
        if survived:
            assert dies_at > 20, "the failpoints did not reach far"
            return
    pytest.fail("no pass ever survived")


def crash_and_recover(path: Path, dies_at: int) -> bool:
    """Returns whether the first process lived to the end."""
    account = Counting(edits=frozenset({Edit("keyword", "bid"), Edit("keyword", "budget")}), batch=5)
    clock = SetClock(NOW)
    with reopened(path) as ledger:
        survived = one_pass(ledger, account, clock, dies_at)
    with reopened(path) as ledger:
        for _ in range(_MOST_TURNS):
            if not ledger.in_state(*_UNFINISHED):
                break
            clock.sleep(_TURN.total_seconds())
            assert one_pass(ledger, account, clock, 0)
        assert ledger.verify().ok
        for proposal in ledger.in_state(*State):
            is_told_truly(proposal, account.effects[proposal.id])
    return survived


@contextmanager
def reopened(path: Path) -> Iterator[SqlLedger]:
    """A new process has nothing but the file."""
    ledger = SqlLedger.open(f"sqlite:///{path}")
    try:
        yield ledger
    finally:
        ledger.close()


def one_pass(ledger: SqlLedger, account: Account, clock: SetClock, dies_at: int) -> bool:
    """Carry out and read back once, or die on the way."""
    world = Mortal(RealWorld(ledger, clock, lambda: None), dies_at)
    try:
        drive(Executor("north", "r_2", [account], PATIENCE).act(), world)
        drive(Reconciler("north", [account], PATIENCE).settle(), world)
    except Crash:
        return False
    return True


def is_told_truly(proposal: Proposal, effects: int) -> None:
    """It took effect exactly once, or definitely not, and the ledger says which."""
    expected = {"p_5": State.FAILED}.get(proposal.id, State.DONE)
    assert proposal.state is expected, (proposal.id, proposal.state)
    assert effects == (1 if expected is State.DONE else 0), proposal.id
