"""The rows of the table: sizes, bounded and full, and what each measures. The numbers are those of the promises."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.laws import test_any_schedule_is_safe as schedules
from tests.postgres import PostgresServer, UnavailableError
from tests.soak import storage
from tests.soak.backups import backed_up_under_write
from tests.soak.executor import Nursery
from tests.soak.kills import Killed, daemon_killed, killed
from tests.soak.network import bad_network
from tests.soak.outbox import killed_in_the_outbox
from tests.soak.powercut import is_possible, power_cuts
from tests.soak.processes import kill_switch, two_at_once
from tests.soak.table import Measured, Row

_CHUNK = 500
_TESTS_SECONDS = 1_800


@dataclass(frozen=True, slots=True)
class Size:
    """How much of each is tried."""

    changes: int
    kills: int
    seeds: Sequence[int]
    postgres_kills: int
    postgres_changes: int
    daemon_kills: int
    daemon_changes: int
    simulated: int
    cuts: int
    traced: int
    network: int
    starts: int
    trials: int
    locked: float
    restores: int
    outbox_kills: int
    news_a_life: int


SIZES: Mapping[str, Size] = {
    "small": Size(300, 40, (1,), 15, 100, 5, 300, 20_000, 100, 90, 400, 8, 8, 8.0, 5, 10, 60),
    "bounded": Size(1_000, 200, (1,), 60, 400, 20, 1_000, 40_000, 300, 200, 3_000, 50, 50, 60.0, 20, 50, 120),
    "full": Size(
        1_000, 200, (1, 2, 3, 4, 5), 200, 1_000, 20, 1_000, 5_000_000, 300, 600, 45_000, 50, 50, 60.0, 20, 50, 400
    ),
}


@dataclass(frozen=True, slots=True)
class Tests:
    """Promises that tests hold. ``full``: in their full size."""

    full: bool

    def run(self, *paths: str, words: str = "") -> Measured:
        chosen = ["-k", words] if words else []
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:xdist", *paths, *chosen], capture_output=True, text=True,
            timeout=_TESTS_SECONDS, env={**os.environ, **({"STEWARD_FULL": "1"} if self.full else {})}, check=False,
        )  # fmt: skip
        said = re.findall(r"^(?:=+ )?((?:\d+ \w+,? ?)+) in ", done.stdout, re.MULTILINE)
        return Measured(done.returncode == 0, f"tests: {said[-1].strip() if said else done.stdout[-160:]}")


class Places:
    """New folders and new PostgreSQL databases."""

    def __init__(self, root: Path, server: PostgresServer | None) -> None:
        self._root, self._server, self._numbers = root, server, count(1)

    def folder(self) -> Path:
        folder = self._root / str(next(self._numbers))
        folder.mkdir()
        return folder

    def database(self) -> str:
        assert self._server is not None
        name = f"soak_{next(self._numbers)}"
        self._server.sql(f"CREATE DATABASE {name} TEMPLATE template0")
        return self._server.url(name)

    def on_server(self, measure: Callable[[], Measured]) -> Callable[[], Measured] | None:
        return measure if self._server is not None else None

    def end_sessions(self) -> None:
        """As an administrator, or a fail-over, ends them."""
        assert self._server is not None
        self._server.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'steward %'"
        )


@contextmanager
def rows_of(name: str) -> Iterator[list[Row]]:
    size = SIZES[name]
    if given := os.environ.get("SEEDS"):
        size = Size(**{**{each: getattr(size, each) for each in Size.__slots__}, "simulated": int(given)})
    server = None
    with suppress(UnavailableError):
        server = PostgresServer.make()
        server.start()
    with tempfile.TemporaryDirectory(prefix="steward-soak-") as root:
        try:
            yield _rows(size, Places(Path(root), server), Nursery(), Tests(full=name != "small"))
        finally:
            if server is not None:
                server.remove()


def _rows(size: Size, places: Places, nursery: Nursery, tests: Tests) -> list[Row]:
    folder, database = places.folder, places.database
    return [
        Row("1", "An approved action takes effect once, or is reported",
            f"kill −9, {size.kills} times in {size.changes:,} changes × {len(size.seeds)} seeds "
            f"(PostgreSQL {size.postgres_kills} in {size.postgres_changes}), faults, people edit",
            "0 lost, 0 twice, 0 left unknown",
            lambda: _killed([killed(folder(), seed, changes=size.changes, kills=size.kills, edits=100,
                                    nursery=nursery) for seed in size.seeds]),
            places.on_server(lambda: _killed([
                killed(folder(), seed, changes=size.postgres_changes, kills=size.postgres_kills, edits=40,
                       nursery=nursery, database=database()) for seed in size.seeds]))),
        Row("5", "A person's edit is never overwritten by a retry",
            f"`steward run` killed {size.daemon_kills} times in {size.daemon_changes:,} changes, 100 edits by hand",
            "0 overwritten; the report is the Amazon's log",
            lambda: _killed([daemon_killed(folder(), 1, changes=size.daemon_changes, kills=size.daemon_kills,
                                           edits=100)])),
        Row("2", "Any crash point is safe", "die before the N-th effect, N = 1 until it survives", "0 violations",
            lambda: tests.run("tests/laws/test_any_crash_point_is_safe.py")),
        Row("3", "Power loss forgets no sent call", f"{size.cuts} power cuts; strace of a real executor",
            "0 lost intents; 0 requests without a sync", lambda: _cuts(folder(), size) if is_possible() else
            Measured(False, "not measured: no strace here")),
        Row("4", "Any schedule is safe", f"{size.simulated:,} simulated schedules; six planted mutants",
            "0 violations; each mutant within 200 seeds", lambda: _simulated(size.simulated)),
        Row("6", "A bad network only delays",
            f"{size.network:,} changes, one a call, 50 requests/s: 5 % 429, 5 % 500, 5 % time-outs, 2 % resets, "
            "2 % truncated", "all land, 0 twice, own 429s < 1 % after 2 min", lambda: _bad(folder(), size.network)),
        Row("7", "Two executors never act together", f"{size.starts} second starts while the first is stopped "
            "(PostgreSQL: and its session killed)", "0 calls without the lock, 0 twice",
            lambda: _shared(folder(), size.starts, nursery),
            places.on_server(lambda: _shared(folder(), size.starts, nursery, database(), places.end_sessions))),
        Row("8", "No plan passes a belt", "generated plans × limits", "0 over any limit",
            lambda: tests.run("tests/laws/test_belts_only_shrink.py", "tests/unit/engine/test_belts.py")),
        Row("11", "Old data drives nothing", "stale streams, a clock set back, expired wishes", "all tests pass",
            lambda: tests.run("tests/unit/engine", "tests/unit/jobs/test_act.py",
                              words="stale or old or fresh or expire or clock or back")),
        Row("12", "Dry-run sends nothing", "apply and write in dry-run and while stopped", "0 sent",
            lambda: tests.run("tests/unit/jobs/test_act.py", "tests/flow/test_files_alone.py",
                           words="dry or stop or switch or write")),
        Row("13", "An approval binds to what was seen", "races of change after view, both databases",
            "0 of another value",
            lambda: tests.run("tests/unit/ledger/test_moves.py", words="race or seen or stale")),
        Row("14", "Stop means stop", f"the switch thrown at full speed (at most 50 changes/s), {size.trials} times",
            "no call after 1 s, all recorded", lambda: _stopped(folder(), size.trials, nursery),
            places.on_server(lambda: _stopped(folder(), max(5, size.trials // 5), nursery, database()))),
        Row("15", "Full, read-only or locked: no call without an intent", f"a disk of 4 MB full, remounted read-only, "
            f"locked {size.locked:g} s", "0 without an intent, named, heals", lambda: _storage(size.locked)),
        Row("16", "The history cannot be changed unseen", "tamperings of every kind",
            "all found, with the row",
            lambda: tests.run("tests/unit/ledger/test_chain.py")),
        Row("17", "Backups restore", f"{size.restores} restores of a ledger that is written to and goes on sending",
            "whole, 0 sent early, 0 doubled, 0 left", lambda: _restores(folder, lambda: _file(folder()), size.restores),
            places.on_server(lambda: _restores(folder, database, size.restores))),
        Row("18", "Messages arrive at least once, and not in floods",
            f"kill −9 in the outbox, {size.outbox_kills} times in {size.outbox_kills * size.news_a_life:,} news that "
            "come in without a pause; thousands of news in a minute; refusals of the vendors",
            "0 lost, < 1 % twice; ≤ 20 a channel and minute, nothing urgent late by > 30 s",
            lambda: _outbox(size, f"sqlite:///{folder() / 'steward.db'}", tests),
            places.on_server(lambda: _outbox(size, database(), None))),
        Row("21", "Webhook addresses cannot reach inside", "forms of inner addresses, rebinding, redirects",
            "0 connections", lambda: tests.run("tests/unit/outbound/test_guard.py")),
        Row("22", "Upgrades are safe", "every migration up, down, killed in the middle; a newer schema",
            "all or nothing; refused", lambda: tests.run("tests/migrations")),
    ]  # fmt: skip


def _file(folder: Path) -> str:
    return f"sqlite:///{folder / 'steward.db'}"


def _killed(all_: Sequence[Killed]) -> Measured:
    done, gave_way = sum(each.truth.done for each in all_), sum(each.truth.given_way for each in all_)
    lost, twice = sum(each.truth.lost + each.truth.untold for each in all_), sum(each.truth.twice for each in all_)
    over, left = sum(each.truth.overwritten for each in all_), sum(each.truth.left for each in all_)
    ok = not any(each.truth.faults for each in all_) and all(each.whole for each in all_)
    kills, edits = sum(each.kills for each in all_), sum(each.edits for each in all_)
    return Measured(ok, f"{kills} kills, {edits} edits: {done} done, {gave_way} gave way to an edit; {lost} lost, "
                    f"{twice} twice, {over} overwritten, {left} left")  # fmt: skip


def _cuts(folder: Path, size: Size) -> Measured:
    found = power_cuts(folder, size.traced, size.cuts)
    ok = found.requests > 0 and not found.lost and not found.unsynced and not found.broken
    return Measured(ok, f"{found.cuts} cuts: {found.lost} with a lost intent, {found.broken} not whole; "
                    f"{found.unsynced} of {found.requests} requests without a sync")  # fmt: skip


def _violated(start: int, end: int) -> int:
    return sum(bool(schedules.told(seed)) for seed in range(start, end))


def _first_hit(name: str) -> int | None:
    staff, ledger_of = schedules.MUTANTS[name]
    return next((seed for seed in range(200) if schedules.told(seed, ledger_of, staff)), None)


def _simulated(seeds: int) -> Measured:
    began = time.monotonic()
    with ProcessPoolExecutor() as pool:
        starts = range(0, seeds, _CHUNK)
        violations = sum(pool.map(_violated, starts, (min(start + _CHUNK, seeds) for start in starts)))
        rate = seeds / (time.monotonic() - began)
        hits = list(pool.map(_first_hit, schedules.MUTANTS))
    caught, first = [hit for hit in hits if hit is not None], ", ".join(map(str, hits))
    return Measured(not violations and len(caught) == len(hits), f"{violations} violations in {seeds:,} "
                    f"({rate:,.0f}/s); {len(caught)} of {len(hits)} mutants, first at seed {first}")  # fmt: skip


def _bad(folder: Path, changes: int) -> Measured:
    found = bad_network(folder, changes)
    ok = not found.truth.faults and found.truth.done == changes and found.refused < 0.01
    return Measured(ok, f"{found.calls:,} requests in {found.minutes:.0f} simulated minutes: "
                    f"{found.truth.done:,} landed, {found.truth.twice} twice, "
                    f"{found.truth.left} left, own 429s {found.refused:.2%}")  # fmt: skip


def _shared(folder: Path, starts: int, nursery: Nursery, database: str = "sqlite:///steward.db",
            end_sessions: Callable[[], object] | None = None) -> Measured:  # fmt: skip
    found = two_at_once(folder, starts, nursery, database=database, end_sessions=end_sessions)
    ok = not found.outside and not found.twice and found.calls > 0
    ok = ok and (end_sessions is not None or found.refused == starts)
    return Measured(ok, f"{found.starts} starts, {found.refused} refused, {found.calls} calls: "
                    f"{found.outside} without the lock, {found.twice} twice")  # fmt: skip


def _stopped(folder: Path, trials: int, nursery: Nursery, database: str = "sqlite:///steward.db") -> Measured:
    found = kill_switch(folder, trials, nursery, database=database)
    return Measured(not found.late and not found.unrecorded, f"{found.trials} trials at {found.rate:.0f} calls/s: "
                    f"{found.late} calls after 1 s, the last {found.longest * 1000:.0f} ms after the switch, "
                    f"{found.unrecorded} unrecorded")  # fmt: skip


def _outbox(size: Size, url: str, tests: Tests | None) -> Measured:
    found = killed_in_the_outbox(size.outbox_kills, size.news_a_life, url)
    # Each kill may catch one message between its being accepted and its being marked as sent.
    share = found.doubled / max(found.messages, 1)
    few = share < 0.01 or (size.outbox_kills < 50 and found.doubled <= found.kills)
    told = f"{found.kills} kills, {found.news:,} news: {found.lost} lost, {found.doubled} twice ({share:.2%})"
    held = tests.run("tests/unit/notify") if tests is not None else Measured(True, "")
    return Measured(found.lost == 0 and few and found.whole and held.ok, "; ".join(filter(None, (told, held.text))))


def _storage(locked: float) -> Measured:
    tried = [*((storage.full_disk(), storage.read_only()) if storage.is_possible() else ()), storage.locked(locked)]
    ok = all(not each.unknown and each.named and each.healed for each in tried) and len(tried) == 3
    told = "; ".join(f"{each.trouble}: {each.unknown} without an intent, {'healed' if each.healed else 'NOT healed'}"
                     for each in tried)  # fmt: skip
    return Measured(ok, told + ("" if len(tried) == 3 else "; full and read-only disks need root, not measured"))


def _restores(folder: Callable[[], Path], place: Callable[[], str], restores: int) -> Measured:
    found = [backed_up_under_write(seed, place(), place(), folder()) for seed in range(1, restores + 1)]
    broken = sum(not each.whole for each in found)
    early, doubled = sum(each.sent_early for each in found), sum(each.doubled for each in found)
    lost, left = sum(each.lost for each in found), sum(each.left for each in found)
    return Measured(not (broken or early or doubled or lost or left), f"{restores} restores, "
                    f"{sum(each.in_doubt for each in found)} changes in doubt: {broken} not whole, {early} sent early, "
                    f"{doubled} doubled, {lost} lost, {left} left")  # fmt: skip
