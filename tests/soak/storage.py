"""A full disk, a database that cannot be written, one that somebody else holds: no call without an intent on disk."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from agent.clock import SetClock
from agent.errors import AgentError
from agent.jobs.act import act
from agent.jobs.settle import settle
from agent.ledger import SqlLedger
from agent.mint import mint
from agent.model.proposal import State
from tests.act_account import Account
from tests.wishes import NOW, approved, wish

_BALLAST = "ballast"
_UNFINISHED = (State.APPROVED, State.INTENT, State.ACCEPTED, State.IN_DOUBT)


@dataclass(frozen=True, slots=True)
class Storage:
    """``sent``: changes that reached the account while the storage failed; ``unknown``: of those and all later ones,
    how many the ledger has no intent of; ``named``: what the failure was called; ``healed``: all done afterwards."""

    trouble: str
    sent: int
    unknown: int
    named: str
    healed: bool


Trouble = Callable[[], Storage]


def is_possible() -> bool:
    """Whether a small disk can be mounted here."""
    return os.geteuid() == 0 and not _mount(Path(tempfile.mkdtemp()), "size=1m", keep=False)


def full_disk() -> Storage:
    with small_disk("size=4m") as folder:
        return _troubled("full disk", folder, lambda: fill(folder), (folder / _BALLAST).unlink)


def read_only() -> Storage:
    with small_disk("size=8m") as folder:
        return _troubled("read-only", folder, lambda: remount(folder, "ro"), lambda: remount(folder, "rw"), reopen=True)


def fill(folder: Path) -> None:
    """Until nothing more goes onto the disk."""
    with suppress(OSError), (folder / _BALLAST).open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def remount(folder: Path, how: str) -> None:
    _must("mount", "-o", f"remount,{how}", str(folder))


@contextmanager
def taking_nothing(folder: Path, trouble: str) -> Iterator[None]:
    """A small disk that is full, or read-only, as long as the block lasts."""
    if trouble == "full":
        fill(folder)
        yield
        (folder / _BALLAST).unlink()
    else:
        remount(folder, "ro")
        yield
        remount(folder, "rw")


def locked(seconds: float) -> Storage:
    """Another process holds the database for longer than a writer waits."""
    with tempfile.TemporaryDirectory() as place:
        folder, held, free = Path(place), threading.Event(), threading.Event()

        def hold() -> None:
            with closing(sqlite3.connect(folder / "steward.db", isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                held.set()
                free.wait(600)

        thread = threading.Thread(target=hold)

        def begin() -> None:
            thread.start()
            held.wait(30)

        def long_enough(named: str) -> bool:
            return bool(named) and time.monotonic() - began > seconds

        began = time.monotonic()
        return _troubled(f"locked {seconds:g} s", folder, begin, free.set, until=long_enough)


def _troubled(trouble: str, folder: Path, begin: Callable[[], object], end: Callable[[], object], *,
              until: Callable[[str], bool] = lambda _: True, reopen: bool = False) -> Storage:  # fmt: skip
    account, clock = Account(batch=5), SetClock(NOW)
    path = folder / "steward.db"
    ledger = SqlLedger.open(f"sqlite:///{path}")
    approved(ledger, [wish(number) for number in range(1, 41)])
    if reopen:
        # A mount becomes read-only for nobody who has files open for writing.
        ledger.close()
    begin()
    named, sent = _work_in_trouble(ledger, path, account, clock, until, reopen=reopen)
    end()
    if reopen:
        ledger = SqlLedger.open(f"sqlite:///{path}")
    for _ in range(4):
        _pass(ledger, account, clock)
        clock.sleep(660)
    intended = {id for id, attempts in ledger.executions([f"p_{n}" for n in range(1, 41)]).items() if attempts}
    reached = {id for changes in account.sent for id in changes}
    healed = not ledger.in_state(*_UNFINISHED) and ledger.verify().ok
    ledger.close()
    return Storage(trouble, sent, len(reached - intended), named, healed)


def _work_in_trouble(ledger: SqlLedger, path: Path, account: Account, clock: SetClock, until: Callable[[str], bool], *,
                     reopen: bool) -> tuple[str, int]:  # fmt: skip
    named = ""
    while True:
        try:
            if reopen:
                opened = SqlLedger.open(f"sqlite:///{path}")
                try:
                    _pass(opened, account, clock)
                finally:
                    opened.close()
            else:
                _pass(ledger, account, clock)
        except AgentError as fault:
            named = named or fault.message
        if until(named):
            return named, sum(map(len, account.sent))
        time.sleep(0.1)


def _pass(ledger: SqlLedger, account: Account, clock: SetClock) -> None:
    act(ledger, [account], clock, account="north", run=mint("r"), may_write=lambda: None)
    settle(ledger, [account], clock, account="north", run=mint("r"))


@contextmanager
def small_disk(options: str) -> Iterator[Path]:
    """A disk of its own, gone when the block is left."""
    folder = Path(tempfile.mkdtemp(prefix="steward-disk-"))
    if _mount(folder, options, keep=True):
        raise RuntimeError("no small disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)
        folder.rmdir()


def _mount(folder: Path, options: str, *, keep: bool) -> bool:
    """Returns whether it failed."""
    failed = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=False, capture_output=True
    ).returncode
    if not failed and not keep:
        subprocess.run(["umount", str(folder)], check=False, capture_output=True)
    return bool(failed)


def _must(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
