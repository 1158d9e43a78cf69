"""How long a gzipped report takes into the book, beside the fastest bare parser on the same file in the same run.

    python tests/bench/ingest.py [--rows 1000000] [--repeat 3] [--seed 1] [--keep FOLDER]

Prints medians, ratios and peak memory; asserts nothing about time. Every measurement is a process of its own, because
memory that was touched once is never given back. Budgets: the first booking at most 3 times the bare parse and at most
1 GB for a million rows of 20 fields.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tests.bench.table import peak_megabytes

FIRST_DAY, DAYS = date(2026, 3, 1), 31
RESTATED_SHARE = 0.02
TYPES = {
    "date": "DATE", "campaignId": "BIGINT", "campaignName": "VARCHAR", "campaignStatus": "VARCHAR",
    "adGroupId": "BIGINT", "adGroupName": "VARCHAR", "keywordId": "BIGINT", "keyword": "VARCHAR",
    "keywordType": "VARCHAR", "matchType": "VARCHAR", "targeting": "VARCHAR", "adKeywordStatus": "VARCHAR",
    "keywordBid": "DOUBLE", "impressions": "INTEGER", "clicks": "INTEGER", "cost": "DOUBLE", "purchases7d": "INTEGER",
    "unitsSoldClicks7d": "INTEGER", "sales7d": "DOUBLE", "topOfSearchImpressionShare": "DOUBLE",
}  # fmt: skip
SOURCES = {
    "entity": "keywordId", "day": "date", "impressions": "impressions", "clicks": "clicks", "cost": "cost",
    "purchases": "purchases7d", "units": "unitsSoldClicks7d", "sales": "sales7d",
    "top_of_search_share": "topOfSearchImpressionShare",
}  # fmt: skip


def write_report(path: Path, rows: int, seed: int, *, restated: bool) -> None:
    """A report of 31 days: each row was seen, most got no click, few sold. Restated: 2 % of the rows moved."""
    with gzip.open(path, "wb", compresslevel=6) as file:
        file.write(b"[")
        for number, text in enumerate(_rows(rows, seed, restated)):
            file.write((b",\n" if number else b"") + text)
        file.write(b"]")


def _rows(rows: int, seed: int, restated: bool) -> Iterator[bytes]:
    import numpy as np

    chance = np.random.default_rng(seed)
    keyword = 200_000_000_000_000 + np.arange(rows) // DAYS * 7919 + chance.integers(0, 7000, rows // DAYS + 1)[
        np.arange(rows) // DAYS
    ]  # fmt: skip
    impressions = np.minimum(chance.zipf(1.4, rows), 40_000)
    clicks = chance.binomial(impressions, 0.012)
    cents = (clicks * chance.uniform(20, 190, rows)).astype(int)
    orders = chance.binomial(clicks, 0.1)
    price, share = chance.integers(799, 5999, rows), chance.random(rows)
    moved = (chance.random(rows) < RESTATED_SHARE) if restated else np.zeros(rows, bool)
    orders = orders + moved
    for at in range(rows):
        shown = f"{share[at]:.4f}" if share[at] < 0.3 else "null"
        words, group = f"usb c hub {at % 977} port", at // 900
        yield (
            f'{{"date":"{FIRST_DAY + timedelta(days=at % DAYS)}","campaignId":{310_000_000_000_000 + group // 9},'
            f'"campaignName":"SP - exact - {group // 9}","campaignStatus":"ENABLED",'
            f'"adGroupId":{410_000_000_000_000 + group},"adGroupName":"group {group}","keywordId":{keyword[at]},'
            f'"keyword":"{words}","keywordType":"EXACT","matchType":"EXACT","targeting":"{words}",'
            f'"adKeywordStatus":"ENABLED","keywordBid":{0.2 + at % 190 / 100:.2f},"impressions":{impressions[at]},'
            f'"clicks":{clicks[at]},"cost":{cents[at] / 100},"purchases7d":{orders[at]},'
            f'"unitsSoldClicks7d":{orders[at]},"sales7d":{orders[at] * price[at] / 100},'
            f'"topOfSearchImpressionShare":{shown}}}'
        ).encode()


def parse(path: Path, names: list[str]) -> dict[str, float]:
    import duckdb
    import polars
    import pyarrow  # noqa: F401  (so that no import is timed)

    columns = {name: TYPES[name] for name in names}
    started = time.perf_counter()
    rows: polars.DataFrame = duckdb.connect().read_json(
        str(path), columns=columns, format="array", compression="gzip"
    ).pl()  # fmt: skip
    return {"seconds": time.perf_counter() - started, "rows": rows.height, "increments": 0}


def book(path: Path, folder: Path, hour: int) -> dict[str, float]:
    import pyarrow  # noqa: F401  (so that no import is timed)

    from agent.facts.book import Book
    from agent.model.fact import Delivered, Document, Field
    from agent.model.kinds import STREAMS
    from agent.model.window import Span

    span = Span(FIRST_DAY, FIRST_DAY + timedelta(days=DAYS - 1))
    fields = {ours: Field(theirs, required=theirs != "topOfSearchImpressionShare") for ours, theirs in SOURCES.items()}
    delivered = Delivered([Document(path, fields, span)], span)
    at = datetime(2026, 4, 2, hour, tzinfo=UTC)
    started = time.perf_counter()
    booked = Book(folder).book("bench", STREAMS["keyword_traffic"], delivered, at, f"r{hour}")
    return {"seconds": time.perf_counter() - started, "rows": booked.rows, "increments": booked.increments}


def step(name: str, folder: Path, number: int, rows: int, seed: int) -> dict[str, float]:
    first, second, table = folder / "first.json.gz", folder / "second.json.gz", folder / f"book{number}"
    steps: dict[str, Callable[[], dict[str, float] | None]] = {
        "write": lambda: write_report(first, rows, seed, restated=False),
        "write again": lambda: write_report(second, rows, seed, restated=True),
        "duckdb, all 20 fields": lambda: parse(first, list(TYPES)),
        "duckdb, the 9 booked fields": lambda: parse(first, list(SOURCES.values())),
        "book, first time": lambda: book(first, table, 1),
        "book, 2 % restated": lambda: book(second, table, 2),
        "book, nothing new": lambda: book(second, table, 3),
    }
    return (steps[name]() or {}) | {"peak": peak_megabytes()}


def measured(name: str, folder: Path, number: int, arguments: argparse.Namespace) -> dict[str, float]:
    """One step in a process of its own."""
    command = [sys.executable, __file__, "--step", name, "--keep", str(folder), "--number", str(number)]
    command += ["--rows", str(arguments.rows), "--seed", str(arguments.seed)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=900)
    return dict(json.loads(done.stdout))


def report(folder: Path, arguments: argparse.Namespace) -> None:
    for name in ("write", "write again"):
        measured(name, folder, 0, arguments)
    size = (folder / "first.json.gz").stat().st_size / 1e6
    print(
        f"{arguments.rows:,} rows of {len(TYPES)} fields, {size:.0f} MB gzipped; medians of {arguments.repeat} runs\n"
    )
    parsers = ["duckdb, all 20 fields", "duckdb, the 9 booked fields"]
    names = [*parsers, "book, first time", "book, 2 % restated", "book, nothing new"]
    runs = [{name: measured(name, folder, number, arguments) for name in names} for number in range(arguments.repeat)]
    seconds = {name: statistics.median(run[name]["seconds"] for run in runs) for name in names}
    print(f"{'':30}{'seconds':>9}{'× 20 fields':>13}{'× 9 fields':>12}{'peak MB':>9}{'booked':>11}")
    for name in names:
        peak = max(run[name]["peak"] for run in runs)
        ratios = [seconds[name] / seconds[parser] for parser in parsers]
        booked = runs[0][name]["increments"]
        print(f"{name:30}{seconds[name]:9.2f}{ratios[0]:13.2f}{ratios[1]:12.2f}{peak:9.0f}{booked:11,.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="leave the files in this folder")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--number", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        print(json.dumps(step(arguments.step, arguments.keep, arguments.number, arguments.rows, arguments.seed)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        report(folder, arguments)


if __name__ == "__main__":
    main()
