"""Days in flat files, written day-month or month-day: decided by the days that were asked for, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from agent.model.window import Span

_PARTS = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})\.?")
_ORDERS = ("ymd", "mdy", "dmy")
_HABITS: Mapping[str, str] = {"US": "mdy", "JP": "ymd"}
"""How a marketplace's own files write dates where both readings fit; elsewhere the day comes first."""


def days_of(cells: Iterable[str], asked: Span, marketplace: str) -> Mapping[str, date]:
    """Each text's day. All texts of a file are read alike, and every day must be one that was asked for.

    Where several readings fit and differ, the marketplace's habit decides. ``ValueError`` where none fits.
    """
    texts = set(cells)
    # Amazon: a day that was asked for by the marketplace's calendar may be told by another one.
    wide = Span(asked.first - timedelta(days=1), asked.last + timedelta(days=1))
    fitting = {
        order: found for order in _ORDERS
        if (found := _read(texts, order)) is not None and all(day in wide for day in found.values())
    }  # fmt: skip
    if not fitting:
        raise ValueError(f"one of its dates is no day between {asked.first} and {asked.last}, however it is read")
    readings = list(fitting.values())
    if all(found == readings[0] for found in readings):
        return readings[0]
    habit = _HABITS.get(marketplace, "dmy")
    if habit not in fitting:
        raise ValueError("its dates can be read as day-month and as month-day, and nothing tells which")
    return fitting[habit]


def _read(texts: Iterable[str], order: str) -> dict[str, date] | None:
    """All texts read in one order; None where one of them cannot be."""
    found: dict[str, date] = {}
    for text in texts:
        parts = _PARTS.fullmatch(text.strip().split("T")[0].split(" ")[0])
        if parts is None:
            return None
        by_letter = dict(zip(order, parts.groups(), strict=True))
        if (len(parts[1]) == 4) != (order == "ymd"):
            return None
        year = int(by_letter["y"])
        try:
            found[text] = date(year + 2000 if year < 100 else year, int(by_letter["m"]), int(by_letter["d"]))
        except ValueError:
            return None
    return found
