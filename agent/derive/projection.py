"""How the stock of one SKU goes on from today: as expected, and where demand is high or low."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from agent.derive.desk import Desk
from agent.derive.outlook import sellable_of
from agent.model.window import Span

DAYS = 120
HIGH, LOW = 0.9, 0.1
"""Demand is exceeded with 10 % probability, and reached with 90 %."""
_DONE = frozenset({"closed", "cancelled", "deleted", "error"})


@dataclass(frozen=True, slots=True)
class Arrival:
    """Units that should be in stock on a day; what is overdue is expected within a week."""

    day: date
    units: int
    what: str


@dataclass(frozen=True, slots=True)
class Projection:
    """Units in stock at the end of each day, from today on. ``low`` is where demand is high, ``high`` where it is low.

    Nothing that is not ordered yet is counted; what cannot be sold on a day without stock is lost, not kept.
    """

    first: date
    expected: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    arrivals: Sequence[Arrival]

    @property
    def span(self) -> Span:
        return Span(self.first, self.first + timedelta(days=len(self.expected) - 1))


class Projector:
    """The demand of one account, worked out once; what it is asked for one SKU then costs nothing."""

    def __init__(self, desk: Desk) -> None:
        self._first = desk.asked.today
        self._row, self._coming = desk.row, _arrivals(desk)
        self._stock = sellable_of(desk)
        self._daily: list[NDArray[np.float64]] = []
        if desk.demand is not None:
            paths = (desk.demand.cumulated, desk.demand.paths(HIGH), desk.demand.paths(LOW))
            self._daily = [np.diff(path[:, :DAYS], axis=1, prepend=0.0) for path in paths]

    def of(self, sku: str) -> Projection | None:
        """None where stock or demand is not known."""
        n = self._row.get(sku)
        if n is None or not self._daily or np.isnan(self._stock[n]) or np.isnan(self._daily[0][n, -1]):
            return None
        coming = self._coming.get(sku, [])
        expected, low, high = (self._run_down(float(self._stock[n]), each[n], coming) for each in self._daily)
        return Projection(self._first, expected, low, high, coming)

    def _run_down(self, stock: float, wanted: NDArray[np.float64], coming: Sequence[Arrival]) -> list[float]:
        arriving = np.zeros(len(wanted))
        for each in coming:
            at = (each.day - self._first).days
            if 0 <= at < len(arriving):
                arriving[at] += each.units
        left, found = stock, []
        for leaves, comes in zip(wanted, arriving, strict=True):
            left = max(0.0, left + float(comes) - float(leaves))
            found.append(round(left, 1))
        return found


def _arrivals(desk: Desk) -> dict[str, list[Arrival]]:
    """What is on its way and has a date, by SKU, the earliest first."""
    found: dict[str, list[Arrival]] = {}
    wanted = [
        (id, row["sku"], (row["units_shipped"] or 0) - (row["units_received"] or 0), row["expected_at"])
        for id, row in desk.state("shipments").items() if (row["status"] or "") not in _DONE
    ] + [
        (id, row["sku"], (row["units_ordered"] or 0) - (row["units_received"] or 0), row["due_at"])
        for id, row in desk.state("purchase_orders").items()
    ]  # fmt: skip
    for id, sku, units, at in wanted:
        if units > 0 and at is not None:
            day = at.date() if at.date() > desk.asked.today else desk.asked.today + timedelta(days=7)
            found.setdefault(sku, []).append(Arrival(day, units, id))
    return {sku: sorted(some, key=lambda each: (each.day, each.what)) for sku, some in found.items()}
