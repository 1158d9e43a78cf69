"""The table of promises: what was promised, how it was tried, what was measured on each database."""

from __future__ import annotations

import logging
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path


def progress(text: str) -> None:
    """Say on stderr how far a row is."""
    print(f"      {time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def quiet() -> None:
    """People who hang up are what this is about: the simulated Amazon need not tell of each."""
    logging.getLogger("uvicorn.error").addHandler(logging.NullHandler())
    logging.getLogger("uvicorn.error").propagate = False


_HEAD = ("#", "promise", "tried", "target", "SQLite", "PostgreSQL")


@dataclass(frozen=True, slots=True)
class Measured:
    """``ok``: the target was met. ``text``: the figures."""

    ok: bool
    text: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """``sqlite`` and ``postgres`` measure; None: the promise has nothing to do with that database."""

    number: str
    promise: str
    tried: str
    target: str
    sqlite: Callable[[], Measured] | None
    postgres: Callable[[], Measured] | None = None


@dataclass
class Report:
    """Rows as they are done, each printed and written to the page at once, so that a run that is cut short leaves what
    it has."""

    size: str
    path: Path | None = None
    lines: list[tuple[str, ...]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def run(self, row: Row) -> None:
        progress(f"row {row.number}: {row.promise}")
        cells = [self._measure(row, name, what) for name, what in (("SQLite", row.sqlite), ("PG", row.postgres))]
        self.lines.append((row.number, row.promise, row.tried, row.target, *cells))
        print(f"{row.number:>4}  {row.promise}\n      target {row.target}\n      SQLite      {cells[0]}\n"
              f"      PostgreSQL  {cells[1]}", flush=True)  # fmt: skip
        if self.path is not None:
            self.path.write_text(self.page(), encoding="utf-8")

    def _measure(self, row: Row, database: str, what: Callable[[], Measured] | None) -> str:
        if what is None:
            return "–"
        began = time.monotonic()
        try:
            found = what()
        except Exception as fault:  # noqa: BLE001  (a row that breaks is a row that failed)
            found = Measured(False, f"broke: {type(fault).__name__}: {str(fault)[:160]}")
        if not found.ok:
            self.failed.append(f"{row.number} {database}")
        return f"{'✓' if found.ok else '✗'} {found.text} ({time.monotonic() - began:.0f} s)"

    def page(self) -> str:
        minutes = (time.monotonic() - self.began) / 60
        load = "/".join(f"{each:.1f}" for each in os.getloadavg())
        table = [_HEAD, ("---",) * len(_HEAD), *self.lines]
        rows = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in table)
        return f"""# What was measured

Written by `make soak` ({self.size} size) on {datetime.now(UTC):%Y-%m-%d}: {minutes:.0f} minutes on {os.cpu_count()} \
processors, {platform.system()}, Python {sys.version_info.major}.{sys.version_info.minor}; load at the end {load}.

{rows}

- The Amazon is the simulated one, over real HTTP, with its own log as the judge. *Twice* counts changes that landed \
more than once, *lost* those whose end nobody was told truly, *overwritten* those that fell on a person's edit older \
than the settle time.
- Power cuts are replayed from what the executor asked of the operating system: what was synced is on the disk, of the \
rest a random part.
- The bad network: 5 % of the writes are throttled in the item, 5 % answered with 500 (half of them landed), 5 % \
time out and land up to 8 s later, 2 % are reset and 2 % cut short after they landed. Several installations share \
one Amazon that takes fifty requests a second; only what it refuses for that rate counts as a 429 of our own.
- The simulator of row 4 runs for a given time; how many of 5,000,000 schedules that were is said. `SEEDS=5000000 \
make soak ARGS=4` runs them all.
- Mutants (row 8): `make mutants` names those that no test noticed; those that change nothing anybody could see are \
listed with the reason in `tests/soak/equivalent.txt`.
- `STEWARD_SOAK=full make soak` runs the full numbers, `ARGS='1 7'` only some rows. A dash: the promise does not touch \
that database.
- Not measured here: 72 hours at ten times the speed (promise 23), secrets and the page (19 and 20).
"""
