"""Dying before every single effect, on each database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.laws.test_any_crash_point_is_safe import SORTS, crash_and_recover, prepare
from tests.soak.table import progress

_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Points:
    """``violations``: what went wrong, by name of the point."""

    points: int
    violations: list[str]


def crash_points(prepared: Callable[[], str], copied: Callable[[str], str], every: int = 1) -> Points:
    """Twelve changes of each sort, a new copy of the database for each point. ``prepared`` makes an empty database,
    ``copied`` another one like the given; both answer with its address. ``every``: only each so many-th point."""
    tried, violations = 0, []
    for name, sort in SORTS.items():
        before = prepared()
        prepare(before, sort)
        for dies_at in range(1, _MOST, every):
            tried += 1
            try:
                survived = crash_and_recover(copied(before), dies_at, sort)
            except AssertionError as fault:
                violations.append(f"{name} {dies_at}: {fault}")
                continue
            if survived:
                break
        progress(f"{name}: {tried} points so far")
    return Points(tried, violations)
