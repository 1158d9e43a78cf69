"""What a backtest costs: many days, each judged as it was known then, with every buffer beside it.

    python tests/bench/backtest.py [--keywords 10000] [--days 90] [--rules 10] [--settle 7] [--seed 1] [--keep FOLDER]

The book is filled as a daemon fills it: a first pull of 60 days, then a pull a day that reads the last 14 days again,
with orders that arrive late. Run twice, the results must be equal; times are only printed. Budget: 90 days × 10,000
keywords × 10 rules in at most 60 s on two cores.
"""

from __future__ import annotations

import argparse
import gc
import resource
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from agent.cli.main import THRESHOLDS
from agent.clock import SetClock
from agent.facts.book import Book
from agent.facts.held import Held
from agent.jobs.backtest import Backtest, backtest
from agent.jobs.judge import Court
from agent.model.belt import BeltLimits
from agent.model.marketplace import MARKETPLACES
from agent.model.window import Span
from tests.bench.judge import ACCOUNT, SCOPES, deliver, read_rules, traffic, write_states
from tests.bench.table import print_table

FIRST = date(2026, 1, 1)
BACKFILL, AGAIN = 60, 14
ARRIVED = np.interp(np.arange(AGAIN + 1), [0, 1, 2, 3, 4, 5, 6, 7], [0.0, 0.62, 0.76, 0.84, 0.89, 0.93, 0.97, 1.0])
"""The share of a day's orders that is known so many days later."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keywords", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--rules", type=int, default=10)
    parser.add_argument("--settle", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--once", action="store_true", help="do not run it again to compare")
    parser.add_argument("--keep", type=Path, help="leave the tables in this folder, or use those that are there")
    given = parser.parse_args()
    gc.set_threshold(*THRESHOLDS)
    with tempfile.TemporaryDirectory() as temporary:
        facts = (given.keep or Path(temporary)) / f"past {given.keywords} {given.days} {given.seed}"
        write_past(facts, given.keywords, given.days, given.seed)
        rules = read_rules(Path(temporary))[: given.rules]
        now = moment(given.days - 1)
        court = Court(ACCOUNT, MARKETPLACES["DE"], rules, SCOPES, BeltLimits(), Book(facts), SetClock(now), str)
        outcomes = []
        for _ in range(1 if given.once else 2):
            started, cpu = time.perf_counter(), time.process_time()
            held = Held(Book(facts), ACCOUNT, now)
            outcomes.append(backtest(court, held, [], given.days, given.settle, frozenset()))
            taken, used = time.perf_counter() - started, time.process_time() - cpu
            print(f"{given.days} days × {given.keywords:,} keywords × {len(rules)} rules, buffers 0–{given.settle}: "
                  f"{taken:.1f} s, {used:.1f} s of CPU, {peak():,.0f} MB at most")  # fmt: skip
        if any(repr(each) != repr(outcomes[0]) for each in outcomes):
            raise SystemExit("the same backtest came out differently")
        show(outcomes[0])


def moment(number: int) -> datetime:
    return datetime.combine(FIRST, datetime.min.time(), UTC) + timedelta(days=number, hours=9)


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def write_past(folder: Path, keywords: int, days: int, seed: int) -> None:
    """A pull a day; the first brings what went before."""
    if folder.exists():
        return
    book, chance = Book(folder), np.random.default_rng(seed)
    write_states(book, keywords, chance, moment(0))
    last = FIRST + timedelta(days=days - 2)
    whole = pl.concat(traffic(keywords, BACKFILL + days - 1, last, chance))
    whole = whole.with_columns(luck=pl.Series(chance.random(whole.height)))
    for number in range(days):
        today = FIRST + timedelta(days=number)
        back = BACKFILL if number == 0 else AGAIN
        span = Span(today - timedelta(days=back), today - timedelta(days=1))
        if number:
            write_states(book, keywords, np.random.default_rng(seed), moment(number))
        within = whole.filter(pl.col("day").is_between(span.first, span.last))
        deliver(book, "keyword_traffic", known(within, today), span, moment(number))


def known(rows: pl.DataFrame, today: date) -> pl.DataFrame:
    """As the report says it so many days later: orders still to come are missing."""
    age = (today - rows["day"]).dt.total_days().clip(0, AGAIN).to_numpy()
    orders = rows["purchases"].to_numpy()
    came = np.minimum(orders, np.floor(orders * ARRIVED[age] + rows["luck"].to_numpy() * (ARRIVED[age] < 1)))
    each = np.divide(rows["sales"].to_numpy(), orders, out=np.zeros(len(orders)), where=orders > 0)
    came = came.astype(np.int64)
    return rows.drop("luck").with_columns(
        purchases=pl.Series(came), units=pl.Series(came), sales=pl.Series((came * each).astype(np.int64))
    )


def show(found: Backtest) -> None:
    print(f"{sum(day.decisions for day in found.days):,} decisions on {len(found.days)} days, "
          f"regret measured on {found.compared}")  # fmt: skip
    by_days: dict[int, list[int]] = {}
    for each in found.buffers:
        sums = by_days.setdefault(each.settle_days, [0, 0, 0, 0])
        for at, figure in enumerate((each.made, each.regretted, each.otherwise, each.missed)):
            sums[at] += figure
    print_table(["settle days", "decisions", "regretted", "otherwise", "missed"],
                [[str(days), *sums] for days, sums in sorted(by_days.items())])  # fmt: skip


if __name__ == "__main__":
    main()
