"""Generated plans held to every limit, on all processors; and how many small faults in the belts tests notice."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tests.laws import test_belts_only_shrink as amounts
from tests.laws import test_every_lever_is_held as levers

_CHUNK = 250


@dataclass(frozen=True, slots=True)
class Plans:
    """``over``: plans in which something came through that is over a limit, by their seed; ``score``: what the
    mutants say, or why they could not be tried."""

    plans: int
    came_through: int
    over: list[int]
    score: str
    share: float


def plans_and_mutants(plans: int, share: int) -> Plans:
    """``plans`` of bids and budgets, and as many of all other levers; one of ``share`` mutants."""
    starts = range(0, plans, _CHUNK)
    with ProcessPoolExecutor() as pool:
        parts = list(pool.map(_held, starts, (min(start + _CHUNK, plans) for start in starts)))
    score, killed = _mutants(share)
    return Plans(2 * plans, sum(came for came, _ in parts), [seed for _, over in parts for seed in over], score, killed)


def _held(start: int, end: int) -> tuple[int, list[int]]:
    came, over = 0, []
    for seed in range(start, end):
        try:
            dice, other = amounts.Dice(seed), levers.Dice(seed)
            came += amounts.holds(dice.plan(), dice.scene())
            came += len(levers.holds(other.plan(), other.scene()))
        except AssertionError:
            over.append(seed)
    return came, over


def _mutants(share: int) -> tuple[str, float]:
    words = [sys.executable, "-m", "tests.soak.mutation", "--share", str(share), "--jobs", str(os.cpu_count() or 1)]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)
    found = re.search(r"([\d,]+) of ([\d,]+) mutants killed \((\d+\.\d)%.*", done.stdout)
    if found is None:
        return f"mutants could not be tried: {done.stdout[-120:]}", 0.0
    of = f", one in {share}" if share > 1 else ""
    return f"{found[0].partition(' in ')[0]}{of}", float(found[3]) / 100
