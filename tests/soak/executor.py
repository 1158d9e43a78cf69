"""The executor in a process of its own, to be killed, stopped and watched from outside.

It is the program's own: ledger, lock, jobs, connector, HTTP. Only its batches are small, so that a thousand changes are
many calls, and each call is noted with its process and moment before and after.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

from agent.actions.patience import Patience
from agent.clock import SystemClock
from agent.config import load
from agent.errors import AgentError, LockedError
from agent.jobs.act import act
from agent.jobs.settle import settle
from agent.mint import mint
from agent.model.change import Change
from agent.model.proposal import ProposalId, Receipt
from agent.outbound import Outbound
from agent.wiring import ledger_of, may_write, sources_of
from connectors.amazon_ads import AmazonAds
from connectors.sandbox.clock import DrivenClock
from tests.soak.world import ACCOUNT

REFUSED = 7
_START_SECONDS = 60.0


@dataclass
class Noting:
    """An actuator that writes its calls down. ``batch``: at most so many changes in one call."""

    real: AmazonAds
    batch: int
    notes: Notes

    @property
    def edits(self) -> frozenset[object]:
        return self.real.edits

    def live(self, *arguments: object) -> object:
        return self.real.live(*arguments)  # type: ignore[arg-type]

    def apply(self, changes: Mapping[ProposalId, Change]) -> Sequence[Receipt]:
        self.notes.put("begin", len(changes))
        try:
            return self.real.apply(changes)
        finally:
            self.notes.put("end", len(changes))


@dataclass(frozen=True, slots=True)
class Note:
    pid: int
    what: str
    at: float
    changes: int


@dataclass(frozen=True, slots=True)
class Notes:
    """One line a call, appended by several processes; moments are the machine's monotonic clock."""

    path: Path

    def put(self, what: str, changes: int = 0) -> None:
        line = json.dumps([os.getpid(), what, time.monotonic(), changes]) + "\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(descriptor, line.encode())
        os.close(descriptor)

    def all(self) -> list[Note]:
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        return [Note(*json.loads(line)) for line in lines]


@dataclass(frozen=True, slots=True)
class Order:
    """What an executor is to do. ``pause``: seconds between two passes; ``most``: changes in one pass; ``hurry``: how
    many times faster than time the clock runs by which calls are paced."""

    config: str
    notes: str
    batch: int = 10
    settle: float = 5.0
    most: int | None = None
    pause: float = 0.05
    hurry: float = 1.0


def serve(order: Order) -> None:
    """Act and read back until killed. Exits with 7 where another one is at work."""
    config, notes = load(Path(order.config)), Notes(Path(order.notes))
    clock = SystemClock()
    patience = Patience(settle=timedelta(seconds=order.settle), attempts=1_000, throttled=timedelta(seconds=5))
    with ledger_of(config) as ledger, Outbound(DrivenClock(speed=order.hurry)) as outbound:
        try:
            with ledger.lock():
                notes.put("lock")
                real = next(each for each in sources_of(config, ACCOUNT, outbound, clock).actuators)
                assert isinstance(real, AmazonAds)
                actuators = [Noting(real, order.batch, notes)]
                given = {"account": ACCOUNT, "patience": patience}
                while True:
                    _turn(lambda: settle(ledger, actuators, clock, run=mint("r"), **given), notes)
                    _turn(lambda: act(ledger, actuators, clock, run=mint("r"), may_write=may_write(config, ledger),
                                      most=order.most, **given), notes)  # fmt: skip
                    time.sleep(order.pause)
        except LockedError:
            notes.put("refused")
            os._exit(REFUSED)


def _turn(job: Callable[[], object], notes: Notes) -> None:
    """As the daemon: a turn that fails ends nothing but itself; who lost the lock ends."""
    try:
        job()
    except LockedError:
        raise
    except AgentError:
        notes.put("fault")


class Nursery:
    """Starts executors from a process in which everything is imported already."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.soak.executor", "agent.ledger", "connectors.amazon_ads"])

    def start(self, order: Order) -> BaseProcess:
        process = self._context.Process(target=serve, args=(order,), daemon=True)
        process.start()
        return process

    @contextmanager
    def working(self, order: Order) -> Iterator[BaseProcess]:
        """One that holds the lock; killed at the end."""
        before = _locks(order)
        process = self.start(order)
        try:
            until(lambda: _locks(order) > before or not process.is_alive())
            yield process
        finally:
            kill(process)


def _locks(order: Order) -> int:
    return sum(note.what == "lock" for note in Notes(Path(order.notes)).all())


def kill(process: BaseProcess) -> None:
    """kill −9, also of one that stands still."""
    process.kill()
    process.join(30)


def stand_still(process: BaseProcess) -> None:
    os.kill(process.pid or 0, signal.SIGSTOP)


def go_on(process: BaseProcess) -> None:
    os.kill(process.pid or 0, signal.SIGCONT)


def until(condition: Callable[[], bool], seconds: float = _START_SECONDS) -> bool:
    """Wait, with an end; whether it came true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
