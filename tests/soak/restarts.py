"""The database's server restarted, or ended as if the power had failed, while changes are carried out."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.postgres import PostgresServer
from tests.soak.executor import Notes, Nursery, Order, kill, until
from tests.soak.kills import faulty, finish
from tests.soak.table import progress
from tests.soak.world import Truth, truth, world

_SETTLE = 6.0


@dataclass(frozen=True, slots=True)
class Restarted:
    restarts: int
    truth: Truth
    whole: bool


def restarted(folder: Path, restarts: int, changes: int, nursery: Nursery, server: PostgresServer,
              database: Callable[[], str]) -> Restarted:  # fmt: skip
    """An executor that lost its server ends or goes on; where it ends, another is started, as a supervisor would."""
    chance = random.Random(restarts)
    with world(folder, changes, database=database(), settle_seconds=_SETTLE, lag_seconds=0.3) as here:
        here.approve(changes)
        faulty(here)
        order, notes = Order(str(here.config), str(folder / "calls"), batch=5, settle=_SETTLE), Notes(folder / "calls")
        process = nursery.start(order)
        for number in range(restarts):
            seen = len(notes.all())
            until(lambda seen=seen: len(notes.all()) > seen, 8)  # type: ignore[misc]
            time.sleep(chance.uniform(0, 0.2))
            server.stop(chance.choice([signal.SIGINT, signal.SIGQUIT]))
            time.sleep(chance.uniform(0, 0.3))
            server.start()
            if not process.is_alive():
                process = nursery.start(order)
            if number % 5 == 4:
                progress(f"{number + 1} of {restarts} restarts")
        kill(process)
        with nursery.working(order):
            finish(here)
        with here.ledger() as ledger:
            whole = ledger.verify().ok
        return Restarted(restarts, truth(here, timedelta(seconds=_SETTLE)), whole)
