"""What was known then: a year of the demo account, pulled every morning, asked about on a hundred of its days.

    python tests/bench/past.py [--days 365] [--moments 100] [--edits 20] [--minutes M] [--seed 1]

The daemon pulls from the simulated Amazon over HTTP; beside it Amazon's own answers are kept and read by hand. At each
random moment every figure of every day that had been served by then, and every bid, budget and state, must be what the
facts say was known; asked of the tables, and as a backtest asks. Then the facts are compacted as the daemon does, which
keeps the last 120 days answerable, and these are asked again. Somebody edits bids, budgets and states every night.

``--minutes`` ends the year early, and says on which day. Exits with 1 where anything was known otherwise.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from agent.model.fact import ANSWERABLE
from tests.bench.table import print_table
from tests.served import Compared, compared, random_moments, served

START = datetime(2025, 11, 24, 16, tzinfo=UTC)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--moments", type=int, default=100)
    parser.add_argument("--edits", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), "demo", given.seed, START) as record:
        ends: list[datetime] = []
        for end in record.mornings(given.days, given.edits, given.seed):
            ends.append(end)
            if len(ends) % 10 == 0:
                print(f"day {len(ends)} after {time.monotonic() - began:,.0f} s", file=sys.stderr, flush=True)
            if time.monotonic() - began > 60 * given.minutes:
                break
        lived = time.monotonic() - began
        moments = random_moments(ends, min(given.moments, len(ends)), given.seed)
        before = compared(record, moments)
        record.jobs.compact()
        kept = record.clock.now() - ANSWERABLE
        after = compared(record, [each for each in moments if each >= kept])
    show({"as pulled": before, f"compacted, the last {ANSWERABLE.days} days": after})
    print(f"{len(ends)} days in {lived:,.0f} s, asked in {time.monotonic() - began - lived:,.0f} s, "
          f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB at most")  # fmt: skip
    return 1 if any(each.otherwise for each in (*before, *after)) else 0


def show(found: dict[str, Sequence[Compared]]) -> None:
    head = ["facts", "moments", "known as served", "rows of days", "served that day", "bids, budgets, states"]
    print_table(head, [
        [name, len(some), sum(not each.otherwise for each in some), sum(each.rows for each in some),
         sum(each.of_that_day for each in some), sum(each.things for each in some)]
        for name, some in found.items()
    ])  # fmt: skip
    for fault in [fault for some in found.values() for each in some for fault in each.otherwise][:20]:
        print(f"known otherwise: {fault}")


if __name__ == "__main__":
    sys.exit(main())
