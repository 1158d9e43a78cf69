"""The rows of the table: sizes, bounded and full, and what each measures. The numbers are those of the promises."""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from tests.postgres import PostgresServer, UnavailableError
from tests.soak import measures
from tests.soak.crash_points import crash_points
from tests.soak.executor import Nursery
from tests.soak.kills import daemon_killed, killed_side_by_side
from tests.soak.table import Measured, Row

_TESTS_SECONDS = 1_800


@dataclass(frozen=True, slots=True)
class Size:
    """How much of each is tried. ``seconds``: how long the simulator of schedules runs at most; ``mutants``: one of so
    many is tried; ``installations`` share the bad network."""

    changes: int
    kills: int
    seeds: int
    postgres_changes: int
    postgres_kills: int
    postgres_seeds: int
    daemon_changes: int
    daemon_kills: int
    simulated: int
    seconds: float
    on_ledgers: int
    every_point: int
    cuts: int
    traced: int
    network: int
    installations: int
    starts: int
    plans: int
    mutants: int
    trials: int
    locked: float
    restores: int
    outbox_kills: int
    news_a_life: int
    restarts: int


SIZES: Mapping[str, Size] = {
    "small": Size(300, 40, 1, 100, 15, 1, 300, 5, 4_000, 60, 20, 5, 100, 90, 200, 4, 8, 500, 60, 8, 8.0, 5, 10, 60, 3),
    "bounded": Size(1_000, 200, 1, 400, 60, 1, 1_000, 20, 100_000, 60, 100, 2, 300, 200, 1_500, 12, 25, 2_000, 8, 20,
                    30.0, 10, 50, 120, 10),
    "full": Size(1_000, 200, 5, 1_000, 100, 1, 1_000, 20, 5_000_000, 120, 150, 1, 300, 600, 4_800, 20, 50, 10_000, 4,
                 50, 60.0, 20, 50, 400, 20),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tests:
    """Promises that tests hold. ``full``: in their full size."""

    full: bool

    def run(self, *paths: str, words: str = "", of: str = "") -> Measured:
        """``of``: what the tests try in their full size."""
        chosen = ["-k", words] if words else []
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:xdist", *paths, *chosen], capture_output=True, text=True,
            timeout=_TESTS_SECONDS, env={**os.environ, **({"STEWARD_FULL": "1"} if self.full else {})}, check=False,
        )  # fmt: skip
        said = re.findall(r"^(?:=+ )?((?:\d+ \w+,? ?)+) in ", done.stdout, re.MULTILINE)
        tried = f"{of}; " if of and self.full else ""
        return Measured(done.returncode == 0, f"{tried}tests: {said[-1].strip() if said else done.stdout[-160:]}")


class Places:
    """New folders and new PostgreSQL databases."""

    def __init__(self, root: Path, server: PostgresServer | None) -> None:
        self._root, self._server, self._numbers = root, server, count(1)

    def folder(self) -> Path:
        folder = self._root / str(next(self._numbers))
        folder.mkdir()
        return folder

    def file(self) -> str:
        return f"sqlite:///{self.folder() / 'steward.db'}"

    def copied_file(self, url: str) -> str:
        copy = shutil.copy(url.removeprefix("sqlite:///"), self.folder())
        return f"sqlite:///{copy}"

    def database(self, template: str = "template0") -> str:
        name = f"soak_{next(self._numbers)}"
        self.server.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.server.url(name)

    def copied_database(self, url: str) -> str:
        return self.database(urlsplit(url).path.lstrip("/"))

    @property
    def server(self) -> PostgresServer:
        assert self._server is not None
        return self._server

    def on_server(self, measure: Callable[[], Measured]) -> Callable[[], Measured] | None:
        return measure if self._server is not None else None

    def end_sessions(self) -> None:
        """As an administrator, or a fail-over, ends them."""
        self.server.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'steward %'"
        )


@contextmanager
def rows_of(name: str) -> Iterator[list[Row]]:
    size = SIZES[name]
    if given := os.environ.get("SEEDS"):
        size = replace(size, simulated=int(given), seconds=math.inf)
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
    """One after the other, none beside another."""
    return [*_of_carrying_out(size, places, nursery), *_of_judging(size, places, tests),
            *_of_keeping(size, places, nursery, tests)]  # fmt: skip


def _of_carrying_out(size: Size, places: Places, nursery: Nursery) -> list[Row]:
    folder, database = places.folder, places.database
    return [
        Row("1", "An approved action takes effect once, or is reported",
            f"kill −9, {size.kills} times in {size.changes:,} changes × {size.seeds} seeds (PostgreSQL "
            f"{size.postgres_kills} in {size.postgres_changes:,} × {size.postgres_seeds}), faults, people edit",
            "0 lost, 0 twice, 0 left unknown",
            lambda: measures.kills(killed_side_by_side(
                [(folder(), "sqlite:///steward.db") for _ in range(size.seeds)], changes=size.changes,
                kills=size.kills, edits=100)),
            places.on_server(lambda: measures.kills(killed_side_by_side(
                [(folder(), database()) for _ in range(size.postgres_seeds)], changes=size.postgres_changes,
                kills=size.postgres_kills, edits=40)))),
        Row("2", "Any crash point is safe",
            f"12 changes of each of 4 sorts, dead before the N-th effect, N = 1 until it survives (PostgreSQL: one N "
            f"in {3 * size.every_point})", "0 violations",
            lambda: measures.points(crash_points(places.file, places.copied_file, size.every_point)),
            places.on_server(lambda: measures.points(
                crash_points(database, places.copied_database, 3 * size.every_point)))),
        Row("3", "Power loss forgets no sent call", f"{size.cuts} power cuts; strace of a real executor",
            "0 lost intents; 0 requests without a sync", lambda: measures.cuts(folder(), size.traced, size.cuts)),
        Row("4", "Any schedule is safe", f"{size.simulated:,} simulated schedules, or as many as {size.seconds:g} s "
            f"allow; {size.on_ledgers} on each database; planted mutants",
            "0 violations; each mutant within 200 seeds",
            lambda: measures.simulated(size.simulated, size.seconds, size.on_ledgers, places.file()),
            places.on_server(lambda: measures.stories(size.on_ledgers, database()))),
        Row("5", "A person's edit is never overwritten by a retry",
            f"`steward run` killed {size.daemon_kills} times in {size.daemon_changes:,} changes, 100 edits by hand",
            "0 overwritten; `steward actions list` says what the Amazon's log says",
            lambda: measures.kills([daemon_killed(folder(), 1, changes=size.daemon_changes, kills=size.daemon_kills,
                                                  edits=100)])),
        Row("6", "A bad network only delays",
            f"{size.network:,} changes, one a call, {size.installations} installations on an Amazon that takes "
            "50 requests/s: 5 % throttled, 5 % 500, 5 % time-outs, 2 % resets, 2 % truncated",
            "all land, 0 twice, own 429s < 1 % after 2 min",
            lambda: measures.bad(folder(), size.network, size.installations, nursery)),
        Row("7", "Two executors never act together", f"{size.starts} second starts while the first is stopped "
            "(PostgreSQL: and its session ended)", "0 calls without the lock, 0 twice",
            lambda: measures.shared(folder(), size.starts, nursery),
            places.on_server(lambda: measures.shared(folder(), size.starts, nursery, database(),
                                                     places.end_sessions))),
    ]  # fmt: skip


def _of_judging(size: Size, places: Places, tests: Tests) -> list[Row]:
    return [
        Row("8", "No plan passes a belt", f"{size.plans:,} plans of bids and budgets and {size.plans:,} of prices, "
            "placements, strategies, states and new targets, each under limits of its own; mutants of belts, "
            "protocol, life of a proposal and money", "0 over any limit; ≥ 90 % of the mutants noticed",
            lambda: measures.plans(size.plans, size.mutants)),
        Row("9", "A bad rule file stops nothing and says where", "mutated rule files", "0 crashes, each with its place",
            lambda: tests.run("tests/laws/test_rule_files_fuzzed.py", of="20,000 files and endless nesting")),
        Row("10", "Rule expressions cannot harm", "generated expressions and texts, attacks by hand", "0 escapes",
            lambda: tests.run("tests/laws/test_expressions_read_like_python.py",
                              "tests/unit/rulebook/test_attacks_on_expressions.py", of="10,000 generated")),
        Row("11", "Old data drives nothing", "each shipped rule × stream × age, clock ± 1 day, around changes of the "
            "clocks in 6 zones; an account judged a day back and a month on", "0 actions",
            lambda: measures.old(places.folder())),
        Row("12", "Dry-run sends nothing", "every command and the daemon in dry-run on an account",
            "0 requests but reads and orders of reports", lambda: measures.dry(places.folder())),
        Row("13", "An approval binds to what was seen", "races of change after view, both databases",
            "0 of another value",
            lambda: tests.run("tests/unit/ledger/test_moves.py", "tests/laws/test_approval_binds_to_what_was_seen.py",
                              words="race or seen or stale", of="1,000 races of each kind")),
    ]  # fmt: skip


def _of_keeping(size: Size, places: Places, nursery: Nursery, tests: Tests) -> list[Row]:
    folder, database = places.folder, places.database
    return [
        Row("14", "Stop means stop", f"the switch thrown under load (an Amazon that takes 50 requests/s), "
            f"{size.trials} times", "no call after 1 s, all recorded",
            lambda: measures.stopped(folder(), size.trials, nursery),
            places.on_server(lambda: measures.stopped(folder(), max(5, size.trials // 5), nursery, database()))),
        Row("15", "Full, read-only or locked: no call without an intent", f"a disk of 4 MB full, remounted read-only, "
            f"locked {size.locked:g} s", "0 without an intent, named, heals", lambda: measures.stored(size.locked)),
        Row("16", "The history cannot be changed unseen", "tamperings of every kind", "all found, with the row",
            lambda: tests.run("tests/unit/ledger/test_chain.py", "tests/unit/ledger/test_tampering.py",
                              of="2,000 tamperings of each of two kinds of record")),
        Row("17", "Backups restore", f"{size.restores} restores of a ledger that is written to and goes on sending",
            "whole, 0 sent early, 0 doubled, 0 left",
            lambda: measures.restored(folder, places.file, size.restores),
            places.on_server(lambda: measures.restored(folder, database, size.restores))),
        Row("18", "Messages arrive at least once, and not in floods",
            f"kill −9 in the outbox, {size.outbox_kills} times in {size.outbox_kills * size.news_a_life:,} news that "
            "come in without a pause; thousands of news in a minute; refusals of the vendors",
            "0 lost, < 1 % twice; ≤ 20 a channel and minute, nothing urgent late by > 30 s",
            lambda: measures.outbox(size.outbox_kills, size.news_a_life, places.file(), tests.run),
            places.on_server(lambda: measures.outbox(size.outbox_kills, size.news_a_life, database(), None))),
        Row("21", "Webhook addresses cannot reach inside", "forms of inner addresses, rebinding, redirects",
            "0 connections", lambda: tests.run("tests/unit/outbound/test_guard.py")),
        Row("22", "Upgrades are safe", "every migration up, down, killed in the middle; a newer schema",
            "all or nothing; refused", lambda: tests.run("tests/migrations")),
        Row("24", "PostgreSQL gives the same, restarted or not", f"the server restarted {size.restarts} times, half as "
            "if the power had failed, while changes are carried out (1, 2, 4, 7, 14 and 17: in their rows)",
            "0 lost, 0 twice, 0 left", None,
            places.on_server(lambda: measures.restarts(folder(), size.restarts, nursery, places.server, database))),
    ]  # fmt: skip
