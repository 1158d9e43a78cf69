"""How long ``steward plan`` takes on a large account once the program has started, and ``steward status`` in all.

    python tests/bench/plan.py [--keywords 20000] [--days 60] [--rounds 3] [--seed 1]

The shipped rules, a ledger of its own, an account of so many keywords that nobody has looked after: the first plan asks
for thousands of changes. The plan is what the command does: derive, judge, weigh against belts, seal, read back, print.
Then once more with nothing new, and once more after a pull that restated two weeks. Budgets: the plan 1.5 s for 20,000
keywords, status 0.6 s as a whole process, loading 500 rules again 0.5 s, 100 tests of rules 2 s.
"""

from __future__ import annotations

import argparse
import gc
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import polars as pl

from agent.cli.main import THRESHOLDS
from agent.cli.screen import Screen
from agent.cli.work import show_plan
from agent.clock import SetClock
from agent.config import load
from agent.daemon import AccountJobs, account_jobs
from agent.facts.book import Book
from agent.jobs.check import run_tests
from agent.ledger import SqlLedger
from agent.model.belt import BeltLimits
from agent.model.kinds import STREAMS
from agent.model.marketplace import MARKETPLACES
from agent.model.proposal import State
from agent.model.window import Span
from agent.rulebook.load import Loader
from agent.shipped import shipped
from agent.wiring import ledger_of
from tests.bench.judge import ACCOUNT, NOW, TODAY, deliver, write_facts
from tests.bench.table import median, print_table

_CONFIG = f"""\
database = "sqlite:///steward.db"
facts = "facts"
rules = ["shipped"]

[accounts.{ACCOUNT}]
marketplace = "DE"

[accounts.{ACCOUNT}.file_drop]
folder = "drop"

[accounts.{ACCOUNT}.settings]
target_acos = 0.30
break_even_acos = 0.40
stage = "mature"
price = 24.99
"""


def write_account(folder: Path, keywords: int, days: int, seed: int) -> Path:
    """The folder of an installation: configuration, facts; the ledger is made by the first run."""
    if not (folder / "facts").exists():
        write_facts(folder / "facts", keywords, days, seed)
    (folder / "drop").mkdir(exist_ok=True)
    path = folder / "steward.toml"
    path.write_text(_CONFIG, encoding="utf-8")
    path.chmod(0o600)
    return path


Found = TypeVar("Found")


@dataclass(frozen=True)
class Taken:
    """Processor seconds of each part of one plan, how long it took by the clock, and what it came to."""

    seconds: dict[str, float] = field(default_factory=dict)
    clock: float = 0.0
    matches: int = 0
    fresh: int = 0
    open: int = 0

    @property
    def whole(self) -> float:
        return sum(self.seconds.values())


def planned(jobs: AccountJobs, ledger: SqlLedger) -> Taken:
    """What ``steward plan`` does once everything is open."""
    seconds: dict[str, float] = {}
    started = time.perf_counter()
    timed(seconds, "derive", jobs.derive)
    report = timed(seconds, "judge, weigh, seal", jobs.judge)
    open_ = timed(seconds, "read", lambda: ledger.proposals(states=[State.PROPOSED, State.HELD], account=ACCOUNT))
    screen = Screen(False, False, True, io.StringIO(), io.StringIO())
    timed(seconds, "print", lambda: show_plan(screen, report, open_))
    matched = sum(tally.matched for tally in report.tallies)
    return Taken(seconds, time.perf_counter() - started, matched, len(report.fresh), len(open_))


def timed(seconds: dict[str, float], name: str, do: Callable[[], Found]) -> Found:
    """Of all cores together: a machine that is busy with other things moves them less than the clock."""
    started = time.process_time()
    found = do()
    seconds[name] = time.process_time() - started
    return found


def one_round(folder: Path, keywords: int, days: int, seed: int) -> dict[str, Taken]:
    """The first plan, the same again, and one after a pull that restated two weeks, in a new installation."""
    path = write_account(folder, keywords, days, seed)
    config, clock = load(path, variables={}), SetClock(NOW)
    with ledger_of(config) as ledger, account_jobs(config, [ACCOUNT], ledger, clock) as by_account:
        taken = {"first": planned(by_account[ACCOUNT], ledger)}
        taken["nothing new"] = planned(by_account[ACCOUNT], ledger)
        clock.sleep(3600)
        restate(Book(folder / "facts"), clock)
        taken["after a pull"] = planned(by_account[ACCOUNT], ledger)
    return taken


def restate(book: Book, clock: SetClock) -> None:
    """Two weeks again, in which one row in fifty has sold one more."""
    last = TODAY - timedelta(days=1)
    fortnight, stream = Span(last - timedelta(days=13), last), STREAMS["keyword_traffic"]
    rows = book.known_at(ACCOUNT, clock.now()).increments(stream, fortnight)
    amounts = [column.name for column in stream.columns if column.additive]
    daily = rows.group_by("entity", "day").agg(pl.col(amounts).sum(), pl.col("top_of_search_share").last())
    later = pl.when(pl.int_range(pl.len()) % 50 == 0).then(pl.col("purchases") + 1).otherwise("purchases")
    deliver(book, "keyword_traffic", daily.sort("entity", "day").with_columns(later.alias("purchases")).collect(),
            fortnight, clock.now())  # fmt: skip


def status_seconds(config: Path) -> float:
    started = time.perf_counter()
    command = [sys.executable, "-m", "agent.cli.main", "--config", str(config), "status"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return time.perf_counter() - started


def rules_seconds(folder: Path) -> dict[str, float]:
    """Five hundred rules: the shipped ones over and over, each copy under a name of its own."""
    files = sorted(shipped("rules").rglob("*.yaml"))
    for number in range(500):
        name = files[number % len(files)].relative_to(shipped("rules")).with_suffix("").as_posix()
        group, _slash, leaf = name.partition("/")
        other = f"{group}{number // len(files)}/{leaf}"
        path = folder / f"{other}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[number % len(files)].read_text("utf-8").replace(f"rule: {name}", f"rule: {other}"))
    seconds: dict[str, float] = {}
    loader = timed(seconds, "500 rules, read for the first time", lambda: Loader([folder]))
    timed(seconds, "500 rules, read again", loader.reload)
    path.write_text(path.read_text("utf-8") + "\n# edited\n", encoding="utf-8")
    timed(seconds, "500 rules, read again after an edit", loader.reload)
    tested, count = [], 0
    for rule in loader.rulebook.rules:
        tested += [rule] if count < 100 else []
        count += len(rule.tests)
    results = timed(seconds, "100 tests", lambda: run_tests(tested, MARKETPLACES["DE"], BeltLimits()))
    seconds["100 tests"] *= 100 / len(results)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keywords", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    gc.set_threshold(*THRESHOLDS)
    rounds: list[dict[str, Taken]] = []
    for _ in range(arguments.rounds):
        with tempfile.TemporaryDirectory() as temporary:
            rounds.append(one_round(Path(temporary), arguments.keywords, arguments.days, arguments.seed))
            status = [status_seconds(Path(temporary, "steward.toml")) for _ in range(3)]
    rows = []
    for name, found in rounds[0].items():
        parts = [median([each[name].seconds[part] for each in rounds]) for part in found.seconds]
        whole, clock = (median([getattr(each[name], what) for each in rounds]) for what in ("whole", "clock"))
        rows.append((name, found.matches, found.fresh, found.open, *parts, whole, clock))
    parts_named = list(rounds[0]["first"].seconds)
    print(f"steward plan, {arguments.keywords:,} keywords × {arguments.days} days, shipped rules; processor seconds")
    print_table(("", "matches", "new", "open", *parts_named, "whole", "by the clock"), rows)
    print("budget of a plan of 20,000 keywords: 1.5 s by the clock\n")
    with tempfile.TemporaryDirectory() as temporary:
        rules = rules_seconds(Path(temporary))
    print_table(("", "seconds", "budget"), [
        ("steward status, the whole process", median(status), 0.6),
        *((name, taken, 2.0 if "tests" in name else 0.5 if "again" in name else "") for name, taken in rules.items()),
    ])  # fmt: skip
    print()


if __name__ == "__main__":
    main()
