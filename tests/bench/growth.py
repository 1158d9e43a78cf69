"""How judging grows: seconds and peak memory at 10,000 to 1,000,000 keywords under 1, 10 and 100 rules.

    python tests/bench/growth.py [--keywords 10000,100000,1000000] [--rules 1,10,100] [--rounds 3] [--keep FOLDER]

Each cell is a process of its own that opens the tables and judges ``rounds`` times: decisions of every rule and why
what is unknown is unknown, as the daemon does. Memory is that of the whole process from its start; the interpreter and
its libraries are the first row. Budget: 3 GB at 1,000,000 keywords × 60 days.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.table import median, peak_megabytes, print_table

_DAYS, _SEED = 60, 1


def facts_of(folder: Path, keywords: int) -> Path:
    return folder / f"facts {keywords} {_DAYS} {_SEED}"


def write(folder: Path, keywords: int) -> dict[str, float]:
    from tests.bench.judge import write_facts

    return {"rows": write_facts(facts_of(folder, keywords), keywords, _DAYS, _SEED)}


def judge(folder: Path, keywords: int, rules: int, rounds: int) -> dict[str, float]:
    from agent.facts.book import Book
    from tests.bench.judge import ACCOUNT, Bench, read_rules

    facts, taken, decisions = facts_of(folder, keywords), [], 0
    with tempfile.TemporaryDirectory() as temporary:
        bench = Bench(Book(facts), facts / ACCOUNT, read_rules(Path(temporary), rules))
    for _ in range(rounds if rules else 0):
        started = time.perf_counter()
        decisions = sum(each.height for each in bench.decided(tallies=True).values())
        taken.append(time.perf_counter() - started)
    return {"seconds": median(taken) if taken else 0.0, "decisions": decisions, "peak": peak_megabytes()}


def measured(*arguments: object) -> dict[str, float]:
    """One step in a process of its own: memory that was touched once is never given back."""
    command = [sys.executable, __file__, "--step", *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=1800)
    return dict(json.loads(done.stdout))


def report(folder: Path, keywords: list[int], rules: list[int], rounds: int) -> None:
    bare = measured("judge", folder, keywords[0], 0, rounds)
    rows: list[tuple[object, ...]] = [("nothing but imports", "", "", "", "", round(bare["peak"]))]
    for count in keywords:
        booked = measured("write", folder, count)["rows"]
        for number in rules:
            found = measured("judge", folder, count, number, rounds)
            each = found["seconds"] / (count * number) * 1e9
            rows.append((f"{count:,} keywords, {booked:,.0f} rows", number, f"{found['decisions']:,.0f}",
                         found["seconds"], f"{each:,.1f}", round(found["peak"])))  # fmt: skip
    print_table(("", "rules", "decisions", "seconds", "ns a keyword and rule", "peak MB"), rows)
    print("budget: 3,000 MB at 1,000,000 keywords\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keywords", default="10000,100000,1000000")
    parser.add_argument("--rules", default="1,10,100")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="leave the tables in this folder, or use those that are there")
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        name, folder, *figures = arguments.step
        done = (write if name == "write" else judge)(Path(folder), *map(int, figures))
        print(json.dumps(done))
        return
    with tempfile.TemporaryDirectory() as temporary:
        report(arguments.keep or Path(temporary), [int(each) for each in arguments.keywords.split(",")],
               [int(each) for each in arguments.rules.split(",")], arguments.rounds)  # fmt: skip


if __name__ == "__main__":
    main()
