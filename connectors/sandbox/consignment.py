"""One order to a supplier on its way into the warehouse, with the dates it was promised and those it keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

RECEIVING_DAYS = 4
"""From arrival until everything has been counted in."""
_TRANSFER_SHARE, TRANSFER_DAYS = 0.3, 3
"""This part of what was counted in travels on to another warehouse before it can be sold."""


@dataclass(frozen=True, slots=True)
class Consignment:
    """``product`` is the product's place. ``promised`` was the arrival at first, ``arrives`` is what happens.

    From ``known`` on everybody can see that it arrives on ``arrives``.
    """

    number: int
    product: int
    units: int
    ordered: date
    created: date
    shipped: date
    promised: date
    arrives: date
    known: date

    @property
    def order_id(self) -> str:
        return f"PO-{self.ordered:%y%m%d}-{self.number:04d}"

    @property
    def shipment_id(self) -> str:
        return f"FBA1{self.number:06d}{'BCDFGHJK'[self.number % 8]}"

    @property
    def closed(self) -> date:
        return self.arrives + timedelta(days=RECEIVING_DAYS - 1)

    def expected(self, day: date) -> date:
        """The arrival as it is known on a day."""
        return self.arrives if day >= self.known else self.promised

    def received(self, day: date) -> int:
        """Units counted in by the end of a day."""
        days = (day - self.arrives).days + 1
        return 0 if days <= 0 else self.units * min(days, RECEIVING_DAYS) // RECEIVING_DAYS

    def received_on(self, day: date) -> int:
        return self.received(day) - self.received(day - timedelta(days=1))

    def travelling(self, day: date) -> int:
        """Units counted in that are on their way between warehouses at the end of a day."""
        recent = self.received(day) - self.received(day - timedelta(days=TRANSFER_DAYS))
        return int(recent * _TRANSFER_SHARE)

    def status(self, day: date) -> str:
        """Amazon's word for the shipment on a day; empty before it was made."""
        steps = ((self.closed + timedelta(days=1), "closed"), (self.arrives, "receiving"),
                 (self.shipped + timedelta(days=2), "in_transit"), (self.shipped, "shipped"),
                 (self.created, "working"))  # fmt: skip
        return next((word for since, word in steps if day >= since), "")
