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
from agent.model.actions import CREATE
from agent.model.change import Change, Edit, Value
from agent.model.creation import Creation
from agent.model.entity import Entity
from agent.model.money import Money
from agent.model.percent import Percent
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
    start: Value = None
    """What everything was before."""

    def live(self, entities: Sequence[Entity], field: str) -> Mapping[Entity, Value]:
        self.looked += 1
        return {entity: self.values.get(entity, self.start) for entity in entities}

    def apply(self, changes: Mapping[ProposalId, Change]) -> Sequence[Receipt]:
        self.sent.append(changes)
        return [self._one(id, change) for id, change in changes.items()]

    def _one(self, id: ProposalId, change: Change) -> Receipt:
        number, self.asked[id] = int(id.removeprefix("p_")), self.asked[id] + 1
        if number % 4 == 0 and self.asked[id] == 1:
            return Receipt(id, Fate.NOT_APPLIED)
        if number == 5:
            return Receipt(id, Fate.REFUSED)
        if isinstance(change.after, Creation) and change.entity in self.values:
            return Receipt(id, Fate.ACCEPTED, "DUPLICATE_VALUE")
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


@dataclass(frozen=True)
class Sort:
    """Twelve changes, the first eight of one field, the others of another."""

    kind: str
    fields: tuple[str, str]
    before: Value
    afters: tuple[Value, ...]

    @property
    def edits(self) -> frozenset[Edit]:
        return frozenset(Edit(self.kind, name) for name in self.fields)

    def changes(self) -> Iterator[Change]:
        for number, after in enumerate(self.afters, start=1):
            id = after.key if isinstance(after, Creation) else f"{self.kind}{number}"
            name = self.fields[0] if number <= 8 else self.fields[1]
            yield Change(Entity("north", self.kind, id), name, self.before, after)


_ONE = Money.of("1.00", "EUR")
_NEW = tuple(Creation.of("keyword", "g1", "exact", f"hub {number}", _ONE) for number in range(WISHES))
SORTS = {
    "amounts": Sort("keyword", ("bid", "budget"), _ONE, (Money.of("0.75", "EUR"),) * WISHES),
    "placements": Sort("campaign", ("placement_top", "placement_rest"), Percent(10), (Percent(35),) * WISHES),
    "strategies": Sort("campaign", ("bidding_strategy", "state"), "manual", ("legacy_for_sales",) * WISHES),
    "new things": Sort("keyword", (CREATE, CREATE), None, _NEW),
}


@pytest.mark.parametrize("sort", SORTS.values(), ids=SORTS)
def test_any_crash_point_is_safe(sort: Sort, tmp_path: Path) -> None:
    prepared = tmp_path / "prepared.db"
    prepare(f"sqlite:///{prepared}", sort)
    # What is not an amount differs in its values only, so every fourth failpoint is enough.
    for dies_at in range(1, 1_000, 1 if sort is SORTS["amounts"] else 4):
        path = Path(shutil.copy(prepared, tmp_path / f"{dies_at}.db"))
        survived = crash_and_recover(f"sqlite:///{path}", dies_at, sort)
        path.unlink()
        if survived:
            assert dies_at > 15, "the failpoints did not reach far"
            return
    pytest.fail("no pass ever survived")


def prepare(url: str, sort: Sort) -> None:
    """Twelve changes are approved."""
    with reopened(url) as ledger:
        approved(ledger, [wish(number, change=change) for number, change in enumerate(sort.changes(), start=1)])


def crash_and_recover(url: str, dies_at: int, sort: Sort) -> bool:
    """Returns whether the first process lived to the end."""
    account = Counting(edits=sort.edits, batch=5, start=sort.before)
    clock = SetClock(NOW)
    with reopened(url) as ledger:
        survived = one_pass(ledger, account, clock, dies_at)
    with reopened(url) as ledger:
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
def reopened(url: str) -> Iterator[SqlLedger]:
    """A new process has nothing but the database."""
    ledger = SqlLedger.open(url)
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
