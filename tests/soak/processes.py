"""Two executors on one database, one of them stopped in the middle; and the kill switch while calls go out."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.clock import SystemClock
from tests.soak.executor import REFUSED, Note, Notes, Nursery, Order, go_on, kill, stand_still, until
from tests.soak.world import World, ours, world

_SETTLE = 6.0
_INTENT = 5.0
"""What was intended before a session was lost may still be sent for so long; whoever takes over waits longer."""


@dataclass(frozen=True, slots=True)
class Shared:
    """``refused``: second starts that were refused while the first stood still; ``outside``: calls begun by one that
    did not hold the lock; ``twice``: changes that landed more than once."""

    starts: int
    refused: int
    outside: int
    twice: int
    calls: int


def two_at_once(folder: Path, starts: int, nursery: Nursery, *, database: str = "sqlite:///steward.db",
                end_sessions: Callable[[], object] | None = None, stopped_seconds: float = 0.4) -> Shared:  # fmt: skip
    """Time after time: one works, is stopped by SIGSTOP, another one starts; then the first goes on and is killed.

    ``end_sessions``: instead of SIGSTOP alone, the server ends the first one's sessions, and so frees its lock.
    """
    chance, refused = random.Random(starts), 0
    with world(folder, starts * 12, database=database, settle_seconds=_SETTLE) as here:
        notes, order = Notes(folder / "calls"), Order(str(here.config), str(folder / "calls"), batch=1, most=3)
        here.amazon.plant("late", "*.update", count=None, probability=0.3, seconds=0.2)
        for _ in range(starts):
            here.approve(10)
            with nursery.working(order) as first:
                already = _calls(notes.all())
                until(lambda seen=already: _calls(notes.all()) > seen, 10)  # type: ignore[misc]
                time.sleep(chance.uniform(0, 0.1))
                stand_still(first)
                if end_sessions is not None:
                    end_sessions()
                second = nursery.start(order)
                second.join(stopped_seconds if end_sessions else 30)
                refused += second.exitcode == REFUSED
                go_on(first)
                time.sleep(chance.uniform(0.1, 0.3))
                kill(second)
        found = notes.all()
        return Shared(starts, refused, _outside(found, _INTENT if end_sessions else 0.0), _twice(here), _calls(found))


def _outside(notes: Sequence[Note], grace: float) -> int:
    """Calls begun by a process after another one had taken the lock."""
    holder, since, wrong = 0, 0.0, 0
    for note in sorted(notes, key=lambda each: each.at):
        if note.what == "lock":
            holder, since = note.pid, note.at
        elif note.what == "begin" and note.pid != holder and note.at - since > grace:
            wrong += 1
    return wrong


def _twice(here: World) -> int:
    seen = [effect.id for effect in ours(here)]
    return len(seen) - len(set(seen))


def _calls(notes: Sequence[Note]) -> int:
    return sum(note.what == "begin" for note in notes)


@dataclass(frozen=True, slots=True)
class Stopped:
    """``rate``: requests a second when it was thrown, reading and writing. ``late``: calls begun more than a second
    after it; ``longest``: the latest of all begun calls after it, in seconds; ``unrecorded``: changes that landed and
    are not in the ledger as sent."""

    trials: int
    rate: float
    late: int
    longest: float
    unrecorded: int


def kill_switch(folder: Path, trials: int, nursery: Nursery, *, database: str = "sqlite:///steward.db") -> Stopped:
    """Requests go out as fast as the Amazon takes them, fifty a second; the switch is thrown at a random moment."""
    chance, longest, late, seconds, requests = random.Random(trials), 0.0, 0, 0.0, 0
    with world(folder, trials * 60, database=database, settle_seconds=_SETTLE, rate=50) as here:
        order = Order(str(here.config), str(folder / "calls"), batch=1, pause=0.01, hurry=20)
        notes = Notes(folder / "calls")
        with nursery.working(order), here.ledger() as ledger:
            for number in range(trials):
                here.approve(55)
                already = _calls(notes.all())
                until(lambda seen=already: _calls(notes.all()) > seen, 20)  # type: ignore[misc]
                began, before = time.monotonic(), len(here.amazon.log.records)
                time.sleep(chance.uniform(0.2, 0.8))
                requests += len(here.amazon.log.records) - before
                seconds += time.monotonic() - began
                ledger.switch(stop=True, by="ann", reason=f"trial {number}", at=SystemClock().now())
                thrown = time.monotonic()
                time.sleep(1.3)
                after = [note.at - thrown for note in notes.all() if note.what == "begin" and note.at > thrown]
                late += sum(each > 1.0 for each in after)
                longest = max([longest, *after])
                ledger.switch(stop=False, by="ann", reason="on", at=SystemClock().now())
            sent = {id for id, attempts in ledger.executions([p.id for p in here.wanted.values()]).items() if attempts}
        known = {entity for entity, proposal in here.wanted.items() if proposal.id in sent}
        unrecorded = len({effect.id for effect in ours(here)} - known)
        return Stopped(trials, requests / max(seconds, 0.001), late, longest, unrecorded)
