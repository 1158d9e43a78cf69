"""How complete the figures of a day are, by how long ago the day was: what is published, and what was learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from agent.model.fact import Stream
from agent.model.window import Span

SPONSORED_PRODUCTS = "sponsored products"
MOST_AGE = 42
"""Amazon: what a conversion may still change, 28 days after it, of a click 14 days before. Older days are complete."""
MOVES = 0.10
"""A day has settled once no more than this share of its figures is still to come or to be taken back."""
ORDERS = "purchases"
"""The figure whose completeness says how far the attribution of a day has come."""


@dataclass(frozen=True, slots=True)
class Curve:
    """``shares``: of the figure a day has in the end, what is known on the morning so many days later; index is the
    age in days, beyond the end it is 1. Above 1 where more is known than remains: clicks that are taken back.

    ``low``, ``high``: 90 % intervals. ``days``: how many days of the account's own it was learned from.
    """

    shares: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    days: int = 0

    def at(self, age: int) -> float:
        return self.shares[age] if 0 <= age < len(self.shares) else float(age >= 0)

    @property
    def settles(self) -> int:
        """The age in days from which on the figure hardly moves; a day is never settled before it is over."""
        moving = [age for age, share in enumerate(self.shares) if abs(1 - share) > MOVES]
        return max(1, moving[-1] + 1) if moving else 1


# Amazon: at least 90 % of the orders within 7 days of a click come within four days after it; what is not yet known of
# a young day is put between on a smooth way. Invalid clicks are taken back for three days.
_ORDERED = Curve((0.0, 0.62, 0.78, 0.86, 0.91, 0.94, 0.96, 0.975, 0.99, 0.995))
_CLICKED = Curve((0.0, 1.015, 1.01, 1.005))
_SHOWN = Curve((0.0,))
PUBLISHED: Mapping[str, Mapping[str, Curve]] = {
    SPONSORED_PRODUCTS: {
        "impressions": _SHOWN, "clicks": _CLICKED, "cost": _CLICKED,
        "purchases": _ORDERED, "units": _ORDERED, "sales": _ORDERED,
    },
}  # fmt: skip
"""By ad product and column, until an account's own pulls say more."""


@dataclass(frozen=True, slots=True)
class Maturity:
    """One account's curves by ad product and column."""

    curves: Mapping[str, Mapping[str, Curve]] = field(default_factory=lambda: PUBLISHED)

    def curve(self, stream: Stream, column: str) -> Curve | None:
        """None for a stream or column of which nothing is known to mature."""
        return self.curves.get(stream.product, {}).get(column)

    def settle_days(self, stream: Stream) -> int:
        """How many whole days lie between today and the newest settled day; the stream's own where none are learned.

        A ratio divides columns of one stream over the same days, so all wait for the one that takes longest.
        """
        mine = self.curves.get(stream.product, {})
        ages = [mine[column.name].settles for column in stream.columns if column.name in mine]
        return max(ages) - 1 if ages else stream.settle_days

    def weights(self, stream: Stream, span: Span, today: date) -> tuple[int, ...]:
        """What each day of the span counts in a figure that its orders are held against, in percent:
        whole numbers, so that sums do not depend on the order of days."""
        curve = self.curve(stream, ORDERS)
        shares = (curve.at((today - day).days) if curve is not None else 1.0 for day in span)
        return tuple(round(share * WHOLE) for share in shares)


WHOLE = 100
DEFAULT = Maturity()
