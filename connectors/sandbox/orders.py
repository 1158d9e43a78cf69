"""Single orders, told from a day's figures: the k-th order of a product and day is always the same one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from connectors.sandbox.catalogue import Article
from connectors.sandbox.chance import Floats, stream
from connectors.sandbox.market import Market
from connectors.sandbox.shop_rows import LineRow, OrderRow
from connectors.sandbox.trade import Trade

_ORGANIC, _THROUGH_ADS = 23, 24
_SHIPPED_AFTER, _CANCELLED_AFTER = timedelta(hours=20), timedelta(hours=3)
_TOLD_AFTER_THE_DAY = timedelta(hours=1)
_LONGEST = timedelta(days=3)
"""No order is updated later than this after its day began."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One order. ``settled`` is when it is shipped or cancelled; nothing happens to it afterwards."""

    place: int
    day: date
    number: int
    units: int
    price: int
    at: datetime
    settled: datetime
    cancelled: bool

    @property
    def id(self) -> str:
        return order_id(self.day, self.place, self.number)

    @property
    def latest_delivery(self) -> datetime:
        return self.at + timedelta(days=5)


def order_id(day: date, place: int, number: int) -> str:
    return f"{111 + number % 4}-{day.toordinal():07d}-{place:03d}{number:04d}"


class Orders:
    def __init__(self, articles: tuple[Article, ...], seed: int, market: Market, trade: Trade) -> None:
        self._articles, self._seed, self._market, self._trade = articles, seed, market, trade
        self._kept: dict[date, tuple[Placed, ...]] = {}

    def updated(self, since: datetime, until: datetime) -> Iterator[OrderRow]:
        """Orders whose newest update by ``until`` lies at ``since`` or later."""
        rows = [self.row(one, until) for one in self._between(since - _LONGEST, until) if one.at < until]
        return iter(sorted((row for row in rows if row.updated_at >= since), key=lambda row: row.updated_at))

    def placed(self, since: datetime, until: datetime, now: datetime) -> Iterator[OrderRow]:
        """Orders placed at ``since`` <= t < ``until``, as they stand at ``now``."""
        found = (one for one in self._between(since, min(until, now)) if since <= one.at < min(until, now))
        return (self.row(one, now) for one in sorted(found, key=lambda one: one.at))

    def find(self, id: str, now: datetime) -> Placed | None:
        """An order that has been placed by ``now``."""
        try:
            _, ordinal, rest = id.split("-")
            day, place, number = date.fromordinal(int(ordinal)), int(rest[:3]), int(rest[3:])
        except (ValueError, OverflowError):
            return None
        if not self._trade.first <= day <= self._market.today(now):
            return None
        found = (one for one in self.of_day(day, now) if one.place == place and one.number == number)
        return next((one for one in found if one.id == id and one.at <= now), None)

    def of_day(self, day: date, now: datetime) -> tuple[Placed, ...]:
        """Orders of a day that are known at ``now``; those through ads are told once the day is over."""
        if day in self._kept and self._trade.closed(day, now):
            return self._kept[day]
        if day < self._trade.first:
            return ()
        closed = self._trade.closed(day, now)
        if closed:
            self._kept[day] = tuple(self._tell(day, now))
            return self._kept[day]
        return tuple(one for one in self._tell(day, now) if one.at <= now)

    def row(self, one: Placed, now: datetime) -> OrderRow:
        """An order as it stands at a moment."""
        settled = now >= one.settled
        status = "Pending" if not settled else "Cancelled" if one.cancelled else "Shipped"
        updated = one.settled if settled else one.at
        article = self._articles[one.place]
        amount = one.price * one.units if settled and not one.cancelled else None
        line = LineRow(one.id, article.sku, article.asin, article.name, one.at, updated, status, one.units, amount)
        earliest = one.at + timedelta(days=2)
        return OrderRow(one.id, one.at, updated, status, earliest, one.latest_delivery, line)

    def times(self, day: date, place: int, many: int) -> Floats:
        """When a product's organic orders of a day are placed, as shares of the day; rising."""
        return np.sort(stream(self._seed, _ORGANIC, day.toordinal(), place).random(many))

    def _between(self, since: datetime, until: datetime) -> Iterator[Placed]:
        day, last = max(self._market.today(since), self._trade.first), self._market.today(until)
        while day <= last:
            yield from self.of_day(day, until)
            day += timedelta(days=1)

    def _tell(self, day: date, now: datetime) -> Iterator[Placed]:
        closed, opening, luck = self._trade.closed(day, now), self._trade.opening(day), self._trade.luck(day)
        wanted, units = self._trade.wanted(opening, luck)
        start, end = self._market.bounds(day)
        for place in range(len(self._articles)):
            many = int(closed.organic_orders[place] if closed else wanted[place])
            whole = int(closed.organic_units[place] if closed else units[place])
            cancelled = int(
                self._trade.cancelled(wanted, units, luck)[place] if not closed else closed.cancelled[place]
            )
            price = round(opening.prices[place] / 10_000) * 10_000
            times = self.times(day, place, int(wanted[place]))[:many] if many else ()
            for number, share in enumerate(times):
                at = start + (end - start) * float(share)
                gone = number < cancelled
                twice = cancelled <= number < cancelled + whole - many
                settled = at + (_CANCELLED_AFTER if gone else _SHIPPED_AFTER)
                yield Placed(place, day, number, 2 if twice else 1, price, at, settled, gone)
            if closed:
                yield from self._through_ads(day, place, many, price, int(closed.ads.orders[place]),
                                             int(closed.ads.units[place]), int(closed.bulk_units[place]))  # fmt: skip

    def _through_ads(self, day: date, place: int, first: int, price: int, orders: int, units: int,
                     bulk: int) -> Iterator[Placed]:  # fmt: skip
        start, end = self._market.bounds(day)
        sizes = [1 + (k < units - orders) for k in range(orders)] + ([bulk] if bulk else [])
        luck = stream(self._seed, _THROUGH_ADS, day.toordinal(), place).random(len(sizes)) if sizes else ()
        for number, (size, share) in enumerate(zip(sizes, luck, strict=True), start=first):
            at = start + (end - start) * float(share)
            settled = max(at + _SHIPPED_AFTER, end + _TOLD_AFTER_THE_DAY)
            yield Placed(place, day, number, size, price, at, settled, False)
