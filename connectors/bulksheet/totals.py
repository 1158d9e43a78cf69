"""Figures of the workbook's period, by entity type.

Amazon: every level carries the same clicks again: a campaign's figures are those of its ad groups, which are those of
its keywords and targets. Only one level may be added up. Rows of ``Bidding Adjustment`` fit no level.
"""

from __future__ import annotations

from dataclasses import dataclass

from connectors.bulksheet.record import Record


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over all rows of one entity type; money in micros. ``unsold``: rows that cost something and sold nothing."""

    rows: int = 0
    impressions: int = 0
    clicks: int = 0
    cost: int = 0
    purchases: int = 0
    units: int = 0
    sales: int = 0
    unsold: int = 0

    @property
    def acos(self) -> float | None:
        """Cost / sales; None without sales. Amazon: the workbook writes 0 there, which reads like the best of all."""
        return self.cost / self.sales if self.sales else None

    def with_row(self, record: Record) -> Totals:
        cost, sales = record.micros("Spend") or 0, record.micros("Sales") or 0
        return Totals(
            self.rows + 1,
            self.impressions + record.count("Impressions"),
            self.clicks + record.count("Clicks"),
            self.cost + cost,
            self.purchases + record.count("Orders"),
            self.units + record.count("Units"),
            self.sales + sales,
            self.unsold + (cost > 0 and sales == 0),
        )
