"""A simulated world for the protocol of carrying out: virtual time, an Amazon that is late and forgetful, a process
that dies, people who edit. One seed is one schedule.

Bounds of this world, in seconds: a sent request lands within its sort's ``landing`` of the moment it was sent, also
when the client died; a read shows what was true at most its ``read_lag`` ago; a call answers within ``ANSWER``.

What is changed is of four sorts: amounts, texts, prices that become visible only after many minutes, and new things
that Amazon makes once, however often it is asked. Batches are answered item by item.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count, pairwise
from typing import Any

from agent.actions.drive import RealWorld, drive
from agent.actions.effects import ActLedger, Effect, Intend, Now, Program, ReadLive, Send, Sleep
from agent.actions.execute import Executor
from agent.actions.patience import Patience
from agent.actions.reconcile import Reconciler
from agent.errors import SourceError
from agent.model.actions import CREATE
from agent.model.change import Change, Edit, Value
from agent.model.creation import Creation
from agent.model.entity import Entity
from agent.model.proposal import Decision, Fate, Proposal, ProposalId, Receipt, State
from agent.model.rule import Mode, Severity

START = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
ANSWER = 8.0
_TURN = 20.0
_MOST_TURNS = 400
_OPEN = frozenset({State.APPROVED, State.INTENT, State.ACCEPTED, State.IN_DOUBT})


class Crash(BaseException):
    """The process dies here."""


@dataclass(frozen=True, slots=True)
class Sort:
    """``values``: what it is, and what the first and the second wish make of it; ``by_hand``: what people set."""

    kind: str
    field: str
    values: tuple[Value, ...]
    by_hand: tuple[Value, Value]
    landing: float = 30.0
    read_lag: float = 60.0

    @property
    def settle(self) -> timedelta:
        return timedelta(seconds=self.landing + self.read_lag + ANSWER + 10)


_NEW = Creation("keyword", "g1", "exact", "usb c hub")
AMOUNT = Sort("campaign", "budget", (100, 101, 102), (9_000, 9_001))
TEXT = Sort("ad_group", "state", ("enabled", "paused", "archived"), ("by hand", "by another hand"))
PRICE = Sort("listing", "price", (2_000, 1_990, 1_980), (9_000, 9_001), landing=120.0, read_lag=600.0)
MADE = Sort("keyword", CREATE, (None, _NEW), (_NEW, _NEW))
_BY_KIND = {sort.kind: sort for sort in (AMOUNT, TEXT, PRICE, MADE)}
CASTS = ((AMOUNT,) * 3, (AMOUNT,) * 3, (TEXT,) * 3, (MADE,) * 5, (AMOUNT, TEXT, MADE), (PRICE, PRICE, AMOUNT))
"""What a schedule is about: as many entities, most of them of one sort, so that they go together in batches."""
SETTLE = AMOUNT.settle
PATIENCE = Patience(settle=SETTLE, settle_by_kind={"listing": PRICE.settle})


@dataclass(frozen=True, slots=True)
class Landed:
    """A value that took effect: by one of our proposals, or by a person (``proposal`` is empty)."""

    at: float
    value: Value
    proposal: ProposalId = ""
    sent_at: float = 0.0


@dataclass
class Amazon:
    """One account: what each entity's value was over time. Time is in seconds since ``START``."""

    chance: random.Random
    account: str
    now: float = 0.0
    history: dict[Entity, list[Landed]] = field(default_factory=dict)
    edits = frozenset(Edit(sort.kind, sort.field) for sort in _BY_KIND.values())
    batch = 4

    def value_at(self, entity: Entity, moment: float) -> Value:
        landed = [each for each in self.history[entity] if each.at <= moment]
        return max(landed, key=lambda each: each.at).value

    def live(self, entities: Sequence[Entity], field: str) -> Mapping[Entity, Value]:
        self.now += self.chance.uniform(0.01, ANSWER / 4)
        if self.chance.random() < 0.05:
            raise SourceError("no answer", connector="simulated")
        return {entity: self.value_at(entity, self.now - self._lag(entity)) for entity in entities}

    def apply(self, changes: Mapping[ProposalId, Change]) -> Sequence[Receipt]:
        sent_at = self.now
        self.now += self.chance.uniform(0.01, ANSWER)
        dropped = self.chance.random() < 0.10
        receipts = [self._one(id, change, sent_at) for id, change in changes.items()]
        if dropped:
            raise ConnectionError("the connection was reset")
        return [receipt for receipt in receipts if receipt is not None]

    def _one(self, id: ProposalId, change: Change, sent_at: float) -> Receipt | None:
        """One item: what becomes of it, and what is said of it, are two different things."""
        fate, effect = self.chance.choices(
            [(Fate.ACCEPTED, True), (Fate.ACCEPTED, False), (Fate.NOT_APPLIED, False), (Fate.REFUSED, False),
             (Fate.UNKNOWN, True), (Fate.UNKNOWN, False), (None, True)],
            [70, 1, 8, 3, 8, 8, 2],
        )[0]  # fmt: skip
        if effect and not self._is_there(change):
            late = self.chance.random() < 0.3
            delay = self.chance.uniform(0, _BY_KIND[change.entity.kind].landing if late else 1.0)
            self.history[change.entity].append(Landed(sent_at + delay, change.after, id, sent_at))
        retry_after = self.chance.choice([0.0, 2.0, 10.0])
        return Receipt(id, fate, retry_after_seconds=retry_after) if fate is not None else None

    def _is_there(self, change: Change) -> bool:
        """Amazon: what exists, or is about to, is not made a second time."""
        return change.field == CREATE and any(each.value is not None for each in self.history[change.entity])

    def _lag(self, entity: Entity) -> float:
        return self.chance.choice([0.0, 0.0, self.chance.uniform(0, _BY_KIND[entity.kind].read_lag)])


@dataclass
class SimulatedClock:
    amazon: Amazon

    def now(self) -> datetime:
        return START + timedelta(seconds=self.amazon.now)

    def sleep(self, seconds: float) -> None:
        self.amazon.now += seconds


class DyingWorld:
    """Performs effects; the process may die before or after any of them, or stand still for a while."""

    def __init__(self, amazon: Amazon, ledger: ActLedger, crashes: float) -> None:
        self._amazon = amazon
        self._real = RealWorld(ledger, SimulatedClock(amazon), lambda: None)
        self._crashes = crashes

    def perform(self, effect: Effect[Any]) -> Any:
        if isinstance(effect, Now | Sleep):
            return self._real.perform(effect)
        chance = self._amazon.chance
        self._amazon.now += chance.uniform(0, 0.05)
        dies = chance.random() < self._crashes
        if dies and chance.random() < 0.5:
            raise Crash
        answer = self._real.perform(effect)
        if dies:
            raise Crash
        if isinstance(effect, Intend | Send | ReadLive) and chance.random() < 0.02:
            self._amazon.now += chance.uniform(1, 20)
        return answer


@dataclass(frozen=True, slots=True)
class Staff:
    """Who carries out and reads back; a mutant replaces a part."""

    executor: type[Executor] = Executor
    reconciler: type[Reconciler] = Reconciler
    patience: Patience = PATIENCE


@dataclass
class Story:
    """One schedule: what was wished, and what happened."""

    seed: int
    amazon: Amazon
    wishes: Sequence[Proposal]
    taken: set[ProposalId] = field(default_factory=set)

    @classmethod
    def of(cls, seed: int) -> Story:
        chance = random.Random(seed)
        account = f"a{seed}"
        amazon = Amazon(chance, account)
        cast = chance.choice(CASTS)
        entities = [Entity(account, sort.kind, f"{sort.kind}{number}") for number, sort in enumerate(cast)]
        for entity in entities:
            amazon.history[entity] = [Landed(-1e9, _BY_KIND[entity.kind].values[0])]
        wishes = list(_wishes(seed, entities))
        for edit in range(chance.choice([0, 0, 1, 2])):
            at, entity = chance.uniform(-400, 400), chance.choice(entities)
            amazon.history[entity].append(Landed(at, _BY_KIND[entity.kind].by_hand[edit]))
        return cls(seed, amazon, wishes)

    def run(self, ledger: ActLedger, staff: Staff) -> None:
        """Turn after turn, with a new process after every death, until nothing is open any more."""
        crashes = self.amazon.chance.choice([0.0, 0.02, 0.08])
        for _ in range(_MOST_TURNS):
            if not self._admitted(ledger) and not ledger.in_state(*_OPEN, account=self.amazon.account):
                return
            self._until_death(ledger, staff, crashes)
            self.amazon.now += _TURN

    def _admitted(self, ledger: ActLedger) -> Sequence[Proposal]:
        """Seal and approve what the ledger takes: an entity's second wish once its first has come to an end."""
        added = ledger.add([wish for wish in self.wishes if wish.id not in self.taken])
        ledger.decide([Decision(each.id, each.version, True, "ann", "cli") for each in added], START)
        self.taken |= {each.id for each in added}
        return added

    def _until_death(self, ledger: ActLedger, staff: Staff, crashes: float) -> None:
        world, own = DyingWorld(self.amazon, ledger, crashes), [self.amazon]
        steps: list[Callable[[], Program[Any]]] = [
            staff.executor(self.amazon.account, "r_1", own, staff.patience).act,
            staff.reconciler(self.amazon.account, own, staff.patience).settle,
        ]
        try:
            for step in steps:
                drive(step(), world)
        except Crash:
            self.amazon.now += self.amazon.chance.uniform(0, 60)

    def violations(self, ledger: ActLedger) -> list[str]:
        """What must never happen, and did."""
        ended = {each.id: each for each in ledger.in_state(*State, account=self.amazon.account)}
        found = [*self._overwritten()]
        for wish in self.wishes:
            found += [f"{wish.id} {fault}" for fault in self._wrong(ended[wish.id], ended)]
        return found

    def _wrong(self, wish: Proposal, ended: Mapping[ProposalId, Proposal]) -> list[str]:
        landings = [each for each in self.amazon.history[wish.change.entity] if each.proposal == wish.id]
        found = []
        if wish.state in _OPEN:
            found.append(f"was left {wish.state}")
        if len(landings) > 1:
            found.append(f"landed {len(landings)} times")
        made = wish.change.field == CREATE and self._edited(wish.change.entity)
        if wish.state is State.DONE and not landings and not made:
            found.append("is done and never landed")
        if wish.state in (State.FAILED, State.SUPERSEDED, State.EXPIRED) and landings:
            found.append(f"is {wish.state} and landed")
        if wish.state in (State.SUPERSEDED, State.CONFLICT) and not self._had_cause(wish, ended):
            found.append(f"is {wish.state} without a cause")
        return found

    def _had_cause(self, wish: Proposal, ended: Mapping[ProposalId, Proposal]) -> bool:
        """A person edited the entity, or an earlier wish it builds on was not carried out, or it was sent in vain."""
        entity = wish.change.entity
        edited = self._edited(entity)
        earlier = self.wishes[: self.wishes.index(next(each for each in self.wishes if each.id == wish.id))]
        shaky = any(ended[each.id].state is not State.DONE for each in earlier if each.change.entity == entity)
        in_vain = wish.state is State.CONFLICT and not any(
            each.proposal == wish.id for each in self.amazon.history[entity]
        )
        return edited or shaky or in_vain

    def _edited(self, entity: Entity) -> bool:
        return any(not each.proposal and each.at > -1e9 for each in self.amazon.history[entity])

    def _overwritten(self) -> list[str]:
        """A person's edit older than the settle time when we sent ours on top of it."""
        found = []
        for entity, history in self.amazon.history.items():
            ordered = sorted(history, key=lambda each: each.at)
            for before, after in pairwise(ordered):
                edited = not before.proposal and before.at > -1e9
                old = after.sent_at - before.at > _BY_KIND[entity.kind].settle.total_seconds()
                if edited and after.proposal and old:
                    found.append(f"{after.proposal} overwrote a person's edit of {entity}")
        return found


def _wishes(seed: int, entities: Sequence[Entity]) -> Iterator[Proposal]:
    """Each entity's second wish builds on its first; what is made is made once."""
    numbers = count()
    for round_ in (0, 1):
        for entity in entities:
            sort = _BY_KIND[entity.kind]
            if len(sort.values) > round_ + 1:
                change = Change(entity, sort.field, sort.values[round_], sort.values[round_ + 1])
                yield _wish(f"p_{seed}_{next(numbers)}", change)


def _wish(id: ProposalId, change: Change) -> Proposal:
    return Proposal(
        id=id, change=change, rule="ads/any", digest="d", as_of=date(2026, 3, 17), known_at=START, reason="",
        trace=(), belts=(), mode=Mode.ASK, severity=Severity.S4, created_at=START,
        expires_at=START + timedelta(days=3), run="r_0",
    )  # fmt: skip
