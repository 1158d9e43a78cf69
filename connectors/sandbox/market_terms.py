"""What the shop lets the ads of a day meet: stock, prices, offers. Arrays by product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from connectors.sandbox.chance import Counts, Floats


@dataclass(frozen=True, slots=True)
class Terms:
    """Factors on the demand that ads meet, on their conversion and on the price; and the units that can be sold."""

    demand: Floats
    conversion: Floats
    price: Floats
    available: Counts


class Supply(Protocol):
    """Who knows the terms of a day: all that happened before it."""

    def terms(self, day: date) -> Terms: ...
