"""The law of carrying out: whatever happens when, an approved change takes effect once or is reported, never twice,
never over a person's edit, and nothing stays in doubt.

A schedule is a seed; a violation is reproduced by its number. ``STEWARD_FULL=1`` runs many more.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from time import process_time

import pytest

from agent.actions.effects import ActLedger, InState, Move, Now, Program
from agent.actions.execute import ActReport, Executor, Lately
from agent.actions.patience import Patience
from agent.ledger import SqlLedger
from agent.model.change import Value
from agent.model.entity import Entity
from agent.model.proposal import Proposal, State
from tests.laws.memory_ledger import LooseLedger, MemoryLedger
from tests.laws.schedules import SETTLE, Staff, Story

_FULL = os.environ.get("STEWARD_FULL") == "1"
SEEDS, LEAST = 20_000, 20_000 if _FULL else 1_500
SECONDS = 25.0
"""Of processor time: on a busy or slow machine fewer schedules are played, and never fewer than ``LEAST``."""
SQL_SEEDS = 400 if _FULL else 25
CAUGHT_WITHIN = 200
BY_THE_BOOK = Staff()


def told(seed: int, ledger_of: Callable[[], ActLedger] = MemoryLedger, staff: Staff = BY_THE_BOOK) -> list[str]:
    """The violations of one schedule."""
    story, ledger = Story.of(seed), ledger_of()
    story.run(ledger, staff)
    return story.violations(ledger)


def test_any_schedule_is_safe() -> None:
    began = process_time()
    for seed in range(SEEDS):
        if seed >= LEAST and process_time() - began > SECONDS:
            break
        assert told(seed) == [], seed
    print(f"{seed:,} of {SEEDS:,} schedules in {process_time() - began:.0f} s")


class NeverReadsFirst(Executor):
    """Sends whatever the live value is."""

    def movement(self, proposal: Proposal, live: Mapping[Entity, Value]) -> str:
        return ""


class TrustsEveryRead(Executor):
    """Takes an old read of its own write for somebody else's edit."""

    def wrote_lately(self, proposal: Proposal, lately: Lately) -> bool:
        return False


class SendsAllAtOnce(Executor):
    """Sends a second change of an entity while the first is in flight."""

    def ready(self, approved: Sequence[Proposal], busy: Collection[Entity]) -> list[Proposal]:
        return list(approved)


class ForgetsIntents(Executor):
    """Takes an intent found at the start for one that was never sent."""

    def recover(self, report: ActReport) -> Program[None]:
        found = yield from InState((State.INTENT,), self.account)
        if found:
            yield from Move(tuple(each.id for each in found), State.INTENT, State.APPROVED, (yield from Now()))


class Hasty(Patience):
    """Believes every look at once."""

    def settle_of(self, kind: str) -> timedelta:
        return timedelta()


MUTANTS: Mapping[str, tuple[Staff, Callable[[], ActLedger]]] = {
    "no settle time": (Staff(patience=Hasty()), MemoryLedger),
    "too short a settle time": (Staff(patience=Patience(settle=SETTLE / 6)), MemoryLedger),
    "no order per entity": (Staff(SendsAllAtOnce), LooseLedger),
    "no waiting for one's own write": (Staff(TrustsEveryRead), MemoryLedger),
    "no reading before a set": (Staff(NeverReadsFirst), MemoryLedger),
    "intents taken for unsent": (Staff(ForgetsIntents), MemoryLedger),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_protocol_without_one_of_its_rules_is_caught(name: str) -> None:
    staff, ledger_of = MUTANTS[name]
    assert any(told(seed, ledger_of, staff) for seed in range(CAUGHT_WITHIN))


def test_the_real_ledger_tells_the_same_stories(tmp_path: Path) -> None:
    ledger = SqlLedger.open(f"sqlite:///{tmp_path / 'steward.db'}")
    for seed in range(SQL_SEEDS):
        assert ends_alike(seed, ledger), seed
    assert ledger.verify().ok
    ledger.close()


def ends_alike(seed: int, ledger: SqlLedger) -> bool:
    """Whether a schedule ends on a database as it ends in memory, without a violation."""
    in_memory, on_disk = Story.of(seed), Story.of(seed)
    quick = MemoryLedger()
    in_memory.run(quick, BY_THE_BOOK)
    on_disk.run(ledger, BY_THE_BOOK)
    return on_disk.violations(ledger) == [] and ends(ledger, on_disk) == ends(quick, in_memory)


def ends(ledger: ActLedger, story: Story) -> dict[str, State]:
    return {each.id: each.state for each in ledger.in_state(*State, account=story.amazon.account)}
