"""Restores of a ledger that was backed up while it was written to, and that went on sending afterwards."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from agent.clock import SetClock
from agent.jobs.act import act
from agent.jobs.backup import Holdings, back_up
from agent.jobs.reread import only_reading, release_when_read_back
from agent.jobs.restore import Restoration, Target, check, restore
from agent.jobs.settle import settle
from agent.ledger import SqlLedger
from agent.ledger.database import parse
from agent.ledger.tables import HEAD
from agent.mint import mint
from agent.model.change import Change, Value
from agent.model.entity import Entity
from agent.model.proposal import Fate, Proposal, ProposalId, Receipt, State
from tests.act_account import Account
from tests.wishes import NOW, approved, wish

SETTLE = timedelta(minutes=11)
UNFINISHED = (State.APPROVED, State.INTENT, State.ACCEPTED, State.IN_DOUBT)


@dataclass
class Counting(Account):
    """Counts what took effect; lets it be seen minutes later, loses answers and says "later", by chance."""

    chance: random.Random = field(default_factory=random.Random)
    clock: SetClock = field(default_factory=lambda: SetClock(NOW))
    under_way: list[tuple[datetime, Change]] = field(default_factory=list)
    effects: Counter[ProposalId] = field(default_factory=Counter)

    def apply(self, changes: Mapping[ProposalId, Change]) -> Sequence[Receipt]:
        self.sent.append(changes)
        return [self._one(id, change) for id, change in changes.items()]

    def _one(self, id: ProposalId, change: Change) -> Receipt:
        fate = self.chance.choices([Fate.ACCEPTED, Fate.UNKNOWN, Fate.NOT_APPLIED], [8, 1, 1])[0]
        if fate is not Fate.NOT_APPLIED:
            self.effects[id] += 1
            self.under_way.append((self.clock.now() + timedelta(seconds=self.chance.uniform(0, 300)), change))
        return Receipt(id, fate)

    def live(self, entities: Sequence[Entity], field: str) -> Mapping[Entity, Value]:
        for due, change in [each for each in self.under_way if each[0] <= self.clock.now()]:
            self.under_way.remove((due, change))
            self.values[change.entity] = change.after
        return super().live(entities, field)


@dataclass(frozen=True, slots=True)
class Told:
    """One restore: what it put in doubt, what was sent before it was read back, what took effect more than once or
    never, and whether the copy was whole."""

    whole: bool
    in_doubt: int
    sent_early: int
    doubled: int
    lost: int
    left: int


@contextmanager
def opened(url: str) -> Iterator[SqlLedger]:
    ledger = SqlLedger.open(url)
    try:
        yield ledger
    finally:
        ledger.close()


def backed_up_under_write(seed: int, url: str, target: str, folder: Path, wishes: int = 60) -> Told:
    """Approve, send and read back in one thread; back up in another; go on sending; lose everything; restore."""
    chance, clock = random.Random(seed), SetClock(NOW)
    account = Counting(batch=5, chance=chance, clock=clock)
    wanted = [wish(seed * 1_000 + number) for number in range(wishes)]
    with opened(url) as ledger:
        started = threading.Event()
        writer = threading.Thread(target=_work, args=(ledger, account, clock, wanted, started))
        writer.start()
        started.wait(60)
        back_up(Holdings(ledger, lambda to, told: 0, ["north"], HEAD), folder / "backup", clock, lambda _: None)
        writer.join(120)
    whole = not check(folder / "backup", lambda to, told: 0, lambda _: None).faults
    clock.sleep(chance.choice([0, 1, 5, 60]))
    done = _restored(folder, target, clock)
    return _aftermath(target, account, clock, wanted, done, whole=whole)


def _work(ledger: SqlLedger, account: Counting, clock: SetClock, wanted: Sequence[Proposal],
          started: threading.Event) -> None:  # fmt: skip
    for start in range(0, len(wanted), 10):
        approved(ledger, wanted[start : start + 10])
        act(ledger, [account], clock, account="north", run=mint("r"), may_write=lambda: None, most=8)
        started.set()
        settle(ledger, [account], clock, account="north", run=mint("r"))


def _restored(folder: Path, target: str, clock: SetClock) -> Restoration:
    url = parse(target)
    file = Path(str(url.database)) if url.get_backend_name() == "sqlite" else None
    place = Target(target, file, folder / "facts", ["north"])
    return restore(folder / "backup", place, lambda to, told: 0, clock, lambda _: None, run=mint("r"), by="ann")


def _aftermath(target: str, account: Counting, clock: SetClock, wanted: Sequence[Proposal], done: Restoration,
               *, whole: bool) -> Told:  # fmt: skip
    """Turns as the daemon makes them, until nothing is open."""
    with opened(target) as ledger:
        in_doubt, sent = len(ledger.in_state(State.IN_DOUBT)), len(account.sent)
        sent_early = 0
        for _ in range(30):
            settle(ledger, [account], clock, account="north", run=mint("r"))
            release_when_read_back(ledger.restoration, "north", SETTLE, clock, by_api=lambda _: True)
            held = only_reading(ledger.restoration, "north") is not None
            act(ledger, [account], clock, account="north", run=mint("r"),
                may_write=lambda: only_reading(ledger.restoration, "north"))  # fmt: skip
            sent_early += (len(account.sent) - sent) if held else 0
            sent = len(account.sent)
            if not held and not ledger.in_state(*UNFINISHED):
                break
            clock.sleep(240)
        known = {each.id for each in ledger.in_state(*State)}
        ended = {each.id for each in ledger.in_state(State.DONE)}
        doubled = sum(count > 1 for count in account.effects.values())
        lost = sum(account.effects[each.id] == 0 for each in wanted if each.id in ended)
        whole = whole and ledger.verify().ok and in_doubt == done.in_doubt and known <= {each.id for each in wanted}
        return Told(whole, in_doubt, sent_early, doubled, lost, len(ledger.in_state(*UNFINISHED)))
