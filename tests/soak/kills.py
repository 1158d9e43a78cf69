"""kill −9 at random points while a thousand changes are carried out against a faulty Amazon and people edit."""

from __future__ import annotations

import json
import multiprocessing
import random
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from agent.model.proposal import State
from tests.flow_shop import command, steward
from tests.soak.executor import Notes, Nursery, Order, until
from tests.soak.table import progress, quiet
from tests.soak.world import UNFINISHED, Truth, World, truth, world

_SETTLE = 6.0
_END_SECONDS = 180.0
_AT_A_TIME = 5


@dataclass(frozen=True, slots=True)
class Killed:
    kills: int
    edits: int
    truth: Truth
    whole: bool


def faulty(here: World) -> None:
    """Late landings, lost answers, errors before and after the effect, throttling, single items refused for now."""
    writes, reads = "*.update", "*.list"
    for kind, share, values in (
        ("late", 0.15, {"seconds": 0.5}), ("late", 0.03, {"seconds": 0.5, "answer": "drop"}),
        ("drop", 0.04, {"when": "after"}), ("drop", 0.02, {"when": "before"}),
        ("error", 0.05, {"when": "after"}), ("error", 0.05, {"when": "before"}),
        ("throttle", 0.05, {"retry_after": 0.2}), ("item", 0.03, {}), ("truncate", 0.02, {}),
    ):  # fmt: skip
        here.amazon.plant(kind, writes, count=None, probability=share, **values)  # type: ignore[arg-type]
    for kind in ("drop", "error", "truncate"):
        here.amazon.plant(kind, reads, count=None, probability=0.02)


def killed(folder: Path, seed: int, *, changes: int, kills: int, edits: int, nursery: Nursery,
           database: str = "sqlite:///steward.db") -> Killed:  # fmt: skip
    """Executors one after the other, each killed after a random part of a second."""
    chance = random.Random(seed)
    with world(folder, changes, database=database, settle_seconds=_SETTLE, lag_seconds=0.3) as here:
        here.approve(changes)
        faulty(here)
        order = Order(str(here.config), str(folder / "calls"), batch=10, settle=_SETTLE)
        notes, done = Notes(folder / "calls"), 0
        for number in range(kills):
            with nursery.working(order):
                # In the middle of its work, as far as anything is ripe; what an earlier life left in doubt waits.
                seen = len(notes.all())
                until(lambda seen=seen: len(notes.all()) > seen, 1.5)  # type: ignore[misc]
                time.sleep(chance.uniform(0, 0.1))
                done += 1
            if number % max(1, kills // 10) == 0:
                here.edit(chance, edits // 10)
                progress(f"seed {seed}: {number} of {kills} kills")
        with nursery.working(order):
            finish(here)
        with here.ledger() as ledger:
            whole = ledger.verify().ok
        return Killed(done, len(here.edited), truth(here, timedelta(seconds=_SETTLE)), whole)


def finish(here: World) -> None:
    """Nothing goes wrong any more: what is open must come to an end by itself."""
    here.amazon.sandbox.faults.lift()
    with here.ledger() as ledger:
        until(lambda: not any(ledger.counts().get(state) for state in UNFINISHED), _END_SECONDS)


def daemon_killed(folder: Path, seed: int, *, changes: int, kills: int, edits: int) -> Killed:
    """The same with ``steward run`` itself, as it is installed: real configuration, real scheduler; and its own report
    at the end, as ``steward actions list`` prints it."""
    chance = random.Random(seed)
    with world(folder, changes, settle_seconds=_SETTLE, more="attempts = 1000\n") as here:
        here.approve(changes)
        here.rests()
        here.amazon.plant("late", "*.update", count=None, probability=0.5, seconds=1.0)
        here.amazon.plant("drop", "*.update", count=None, probability=0.1, when="after")
        here.amazon.plant("throttle", "*.update", count=None, probability=0.2, retry_after=0.5)
        # Amazon refuses most items of a batch for now, so that a thousand changes take many calls.
        here.amazon.plant("item", "*.update", count=None, probability=0.9, every=2.0)
        for number in range(kills):
            progress(f"steward run: {number} of {kills} kills")
            with _daemon(here) as process:
                began = len(list(here.amazon.log.of("keywords.list")))
                until(lambda seen=began: len(list(here.amazon.log.of("keywords.list"))) > seen, 60)  # type: ignore[misc]
                time.sleep(chance.uniform(0, 1.5))
                process.kill()
            if number % 2 == 0:
                here.edit(chance, edits * 2 // kills)
        with _daemon(here):
            finish(here)
        report = json.loads(steward("--config", str(here.config), "actions", "list", "--json").out)
        verified = steward("--config", str(here.config), "audit", "verify")
        states = {each["entity"]: State(each["state"]) for each in report["actions"]}
        return Killed(kills, len(here.edited), truth(here, timedelta(seconds=_SETTLE), states), verified.code == 0)


def killed_side_by_side(places: Sequence[tuple[Path, str]], *, changes: int, kills: int, edits: int) -> list[Killed]:
    """One seed for each place, a folder and the address of its database, a few of them at a time: most of a killed
    executor's life is waiting."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(_AT_A_TIME, mp_context=context) as pool:
        given = [(folder, database, seed, changes, kills, edits) for seed, (folder, database) in enumerate(places, 1)]
        return list(pool.map(_killed, given))


def _killed(given: tuple[Path, str, int, int, int, int]) -> Killed:
    folder, database, seed, changes, kills, edits = given
    quiet()
    return killed(folder, seed, changes=changes, kills=kills, edits=edits, nursery=Nursery(), database=database)


class _daemon:  # noqa: N801
    def __init__(self, here: World) -> None:
        self._here = here

    def __enter__(self) -> subprocess.Popen[bytes]:
        words = command("--config", str(self._here.config), "run")
        self._process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self._process

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait(30)
