"""Power cuts, replayed from what a real executor asked of the operating system.

``strace`` records every write to the database, every sync, and every request on its way to Amazon. At a moment chosen
by chance the power fails: what was synced before is on the disk, of what was written since a random part is. The ledger
that is found then must know of every change that any request has carried.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agent.ledger import SqlLedger
from agent.ledger.database import Database
from agent.ledger.tables import executions, proposals
from tests.soak.world import world

_TRACED = "pwrite64,write,fdatasync,fsync,ftruncate,sendto,sendmsg,unlink"
_LINE = re.compile(
    r"^(?P<pid>\d+) +(?P<call>\w+)\((?P<fd>\d+)?(?:<(?P<path>[^>]*)>)?(?P<rest>.*?)(?: = (?P<result>-?\d+).*)?$"
)
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_KEYWORD = re.compile(rb'"keywordId": ?"(\d+)"')


@dataclass(frozen=True, slots=True)
class Step:
    """One thing the executor asked for. ``ids``: the keywords that a request on its way carries."""

    call: str
    file: str = ""
    offset: int = 0
    data: bytes = b""
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cuts:
    """``unsynced``: requests without a sync since the last request; ``lost``: cuts after which an intent was gone."""

    requests: int
    unsynced: int
    cuts: int
    lost: int
    broken: int


def is_possible() -> bool:
    return shutil.which("strace") is not None


def power_cuts(folder: Path, changes: int, cuts: int, seed: int = 1) -> Cuts:
    with world(folder, changes) as here:
        here.approve(changes)
        database = folder / "steward.db"
        before = folder / "before.db"
        shutil.copy(database, before)
        assert (
            not database.with_name("steward.db-wal").exists() or not database.with_name("steward.db-wal").stat().st_size
        )
        words = ["strace", "-f", "-y", "-xx", "-s", "10000000", "-o", str(folder / "trace"), "-e", f"trace={_TRACED}",
                 sys.executable, "-m", "tests.soak.powercut", str(here.config), str(folder / "calls")]  # fmt: skip
        subprocess.run(words, check=True, timeout=600, stdout=subprocess.DEVNULL)
    steps = list(_steps(folder / "trace", database))
    requests = [number for number, step in enumerate(steps) if step.ids]
    unsynced = sum(not _synced(steps, start, end) for start, end in zip([0, *requests], requests, strict=False))
    chance, lost, broken = random.Random(seed), 0, 0
    for _ in range(cuts):
        at = chance.randrange(requests[0], len(steps))
        gone, whole = _cut(steps[: at + 1], before, chance)
        lost += gone > 0
        broken += not whole
    return Cuts(len(requests), unsynced, cuts, lost, broken)


def _synced(steps: list[Step], start: int, end: int) -> bool:
    return any(step.call in ("fdatasync", "fsync") for step in steps[start:end])


def _steps(trace: Path, database: Path) -> Iterator[Step]:
    """What concerns the database and its log, and requests that carry changes."""
    with trace.open(encoding="latin-1") as lines:
        for line in lines:
            found = _LINE.match(line)
            if found is None:
                continue
            call, path = found["call"], _bytes(found["path"] or "").decode()
            data = b"".join(_bytes(each) for each in _TEXT.findall(line[line.find(">") + 1 :]))
            if call in ("sendto", "sendmsg", "write") and ("socket:" in path or "TCP" in path):
                ids = tuple(id.decode() for id in _KEYWORD.findall(data))
                if ids:
                    yield Step("request", ids=ids)
            elif path.startswith(str(database)) and not path.endswith("-shm"):
                name = Path(path).name
                if call == "pwrite64":
                    offset = int(line[: line.rfind(")")].rsplit(",", 1)[1])
                    yield Step("write", name, offset, data)
                elif call == "ftruncate":
                    yield Step("truncate", name, int(found["rest"].strip(", )")))
                elif call in ("fdatasync", "fsync"):
                    yield Step("fdatasync", name)


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


@dataclass
class _Disk:
    """A file as it is on the disk, and what was written and not yet synced."""

    content: bytearray
    waiting: list[Step] = field(default_factory=list)

    def sync(self) -> None:
        for step in self.waiting:
            self._apply(step)
        self.waiting.clear()

    def fail(self, chance: random.Random) -> None:
        for step in self.waiting:
            if chance.random() < 0.5:
                self._apply(step)

    def _apply(self, step: Step) -> None:
        if step.call == "truncate":
            del self.content[step.offset :]
            return
        self.content.extend(bytes(max(0, step.offset - len(self.content))))
        self.content[step.offset : step.offset + len(step.data)] = step.data


def _cut(steps: list[Step], before: Path, chance: random.Random) -> tuple[int, bool]:
    """How many changes that were sent the ledger does not know of, and whether it is whole."""
    disks: dict[str, _Disk] = {"steward.db": _Disk(bytearray(before.read_bytes()))}
    sent: set[str] = set()
    for step in steps:
        if step.ids:
            sent.update(step.ids)
            continue
        disk = disks.setdefault(step.file, _Disk(bytearray()))
        if step.call == "fdatasync":
            disk.sync()
        else:
            disk.waiting.append(step)
    with tempfile.TemporaryDirectory() as place:
        for name, disk in disks.items():
            disk.fail(chance)
            (Path(place) / name).write_bytes(disk.content)
        return _unknown(Path(place) / "steward.db", sent)


def _unknown(path: Path, sent: set[str]) -> tuple[int, bool]:
    ledger = SqlLedger.open(f"sqlite:///{path}", create=False)
    try:
        whole = ledger.verify().ok
    finally:
        ledger.close()
    database = Database.connect(f"sqlite:///{path}", create=False)
    try:
        with database.read() as connection:
            query = proposals.select().with_only_columns(proposals.c.entity)
            intended = set(connection.scalars(query.where(proposals.c.id.in_(executions.select().with_only_columns(
                executions.c.proposal)))))  # fmt: skip
    finally:
        database.close()
    return len(sent - intended), whole


def _act_once(config: str, notes: str) -> None:
    """The traced process: sends everything that is approved, in small batches, and ends."""
    from datetime import timedelta

    from agent.actions.patience import Patience
    from agent.clock import SystemClock
    from agent.config import load
    from agent.jobs.act import act
    from agent.outbound import Outbound
    from agent.wiring import ledger_of, sources_of
    from connectors.amazon_ads import AmazonAds
    from tests.soak.executor import Notes, Noting
    from tests.soak.world import ACCOUNT

    loaded, clock = load(Path(config)), SystemClock()
    with ledger_of(loaded) as ledger, ledger.lock(), Outbound(clock) as outbound:
        real = next(each for each in sources_of(loaded, ACCOUNT, outbound, clock).actuators)
        assert isinstance(real, AmazonAds)
        act(ledger, [Noting(real, 3, Notes(Path(notes)))], clock, account=ACCOUNT, run="r_1",  # type: ignore[list-item]
            may_write=lambda: None, patience=Patience(settle=timedelta(seconds=600)))  # fmt: skip


if __name__ == "__main__":
    _act_once(sys.argv[1], sys.argv[2])
