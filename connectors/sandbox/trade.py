"""The shop's days, one after the other: who came, what was sold, what moved in the warehouse.

A day's terms are known when it begins, from all days before it; it is closed once it is over. Days are closed in
order, because stock and rank carry over, and each only when somebody asks for it or for a later one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from connectors.sandbox.chance import Counts, Floats, binomial_at, happened, poisson_at, stream
from connectors.sandbox.happenings import Happenings
from connectors.sandbox.levers import Levers
from connectors.sandbox.market import Market, Sold
from connectors.sandbox.market_terms import Terms
from connectors.sandbox.operator import SELLABLE_RETURNS, Operator
from connectors.sandbox.scenario import Goods, Scenario

_DAY_LUCK, _RETURN = 21, 22
_UNITS_PER_ORDER = 0.12
_PRICE_ELASTICITY = 1.6
CANCELLED = 0.012
_OUT_RANK, _RANK_FLOOR, _RANK_BACK = 0.93, 0.35, 0.05
"""A day out of stock costs 7 % of the organic reach; a day in stock brings 5 % of what is missing back."""
_BROWSED = 0.3
"""Visits to a product that is out of stock, over the usual."""
_FIRST_RETURN, _RETURN_SPREAD = 7, 28


@dataclass(frozen=True, slots=True)
class Parcel:
    """One unit that comes back: from which product, day of sale and order; ``sellable`` or not."""

    product: int
    sold: date
    order: int
    number: int
    sellable: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """What a day begins with. ``organic`` is the mean of units wanted without ads; ``traffic`` of their visits."""

    terms: Terms
    organic: Floats
    traffic: Floats
    in_stock: Floats
    prices: Floats
    """Micros."""
    bulk: Counts


@dataclass(frozen=True, slots=True)
class TradingDay:
    """A day that is over, by product. Orders and units contain those through ads and those cancelled later."""

    day: date
    opening: Opening
    ads: Sold
    organic_orders: Counts
    organic_units: Counts
    bulk_units: Counts
    cancelled: Counts
    sessions: Counts
    page_views: Counts
    starting: Counts
    receipts: Counts
    returned: Counts
    found: Counts
    lost: Counts
    damaged: Counts
    ending: Counts
    travelling: Counts
    unsellable: Counts
    missing: Counts
    rank: Floats
    lots: tuple[tuple[tuple[date, int], ...], ...]
    """Sellable stock by the day it came, oldest first."""
    parcels: tuple[Parcel, ...]
    luck: Floats

    @property
    def orders(self) -> Counts:
        return self.organic_orders + self.ads.orders + (self.bulk_units > 0)

    @property
    def units(self) -> Counts:
        return self.organic_units + self.ads.units + self.bulk_units

    @property
    def shipped(self) -> Counts:
        return self.units - self.cancelled


class Trade:
    """All days of one shop. ``prices`` are the prices set, in micros, by product."""

    def __init__(self, scenario: Scenario, seed: int, market: Market, begins: date, goods: Sequence[Goods],
                 happenings: Happenings, prices: Levers) -> None:  # fmt: skip
        self.first, self.prices = market.first, prices
        self._seed, self._market, self._goods, self._happenings = seed, market, goods, happenings
        products, size = scenario.products, len(scenario.products)
        self._usual = np.array([product.units_per_day * scenario.market.scale for product in products])
        self._ad_share = scenario.market.ad_share
        self._base = np.array([product.price.micros for product in products], dtype=np.float64)
        self._cvr = np.array([one.session_cvr for one in goods])
        self._return_rate = np.array([one.return_rate for one in goods])
        self.operator = Operator(seed, self.first, products, goods, self._usual, happenings)
        self.days: dict[date, TradingDay] = {}
        self._next = self.first
        self._lots = [deque(self._opening_lots(product)) for product in range(size)]
        self._on_hand = np.array([sum(units for _, units in lots) for lots in self._lots], dtype=np.int64)
        self._missing = self._unsellable = np.zeros(size, dtype=np.int64)
        self._rank = np.ones(size)
        self._coming: dict[date, list[Parcel]] = {}
        self._openings: dict[date, Opening] = {}

    def closed(self, day: date, now: datetime) -> TradingDay | None:
        """A day of the history; None for one before it or not over at ``now``."""
        if day < self.first or self._market.bounds(day)[1] > now:
            return None
        self._close_until(day)
        return self.days[day]

    def terms(self, day: date) -> Terms:
        return self.opening(day).terms

    def opening(self, day: date) -> Opening:
        """What the day begins with; before the history nothing limits anything."""
        if day in self.days:
            return self.days[day].opening
        self._close_until(day - timedelta(days=1))
        if day not in self._openings:
            stock = self.on_hand() if day >= self.first else np.full(len(self._goods), 10**9)
            self._openings[day] = self._open(day, stock)
        return self._openings[day]

    def on_hand(self) -> Counts:
        """Sellable units at the end of the last closed day."""
        return self._on_hand.copy()

    def wanted(self, opening: Opening, luck: Floats) -> tuple[Counts, Counts]:
        """Organic orders and units of a day if stock lasted; in the order in which they are placed."""
        orders = poisson_at(luck[:, 0], opening.organic / (1 + _UNITS_PER_ORDER))
        return orders, orders + happened(orders, _UNITS_PER_ORDER, luck[:, 1])

    def cancelled(self, orders: Counts, units: Counts, luck: Floats) -> Counts:
        """Units of organic orders that are cancelled: the day's first orders, of one unit each."""
        gone: Counts = np.minimum(happened(orders, CANCELLED, luck[:, 2]), 2 * orders - units)
        return np.maximum(gone, 0)

    def luck(self, day: date) -> Floats:
        """Uniform numbers by product and purpose."""
        return stream(self._seed, _DAY_LUCK, day.toordinal()).random((len(self._goods), 12))

    def _open(self, day: date, stock: Counts) -> Opening:
        start = self._market.bounds(day)[0]
        happenings, prices = self._happenings, self.prices.at(start) * self._happenings.market(day, "price")
        # What is counted in this morning can be sold, but for what travels on.
        available = np.maximum(stock + self.operator.receipts(day) - self.operator.travelling(day), 0)
        turn = happenings.seasonal(day)
        pull = happenings.conversion(day) * (prices / self._base) ** -_PRICE_ELASTICITY
        seen = happenings.visible(day)
        reach = self._usual * self._market.demand(day) * happenings.market(day, "demand") * turn * seen
        wished = reach * pull * happenings.market(day, "conversion")
        expected = wished * ((1 - self._ad_share) * self._rank + self._ad_share)
        in_stock = np.minimum(1.0, np.divide(available, expected, out=np.ones_like(expected), where=expected > 0))
        # Amazon: what cannot be bought is not advertised.
        terms = Terms(turn * seen * in_stock, pull, prices / self._base / happenings.market(day, "price"), available)
        visits = reach * (1 - self._ad_share) * self._rank * (_BROWSED + (1 - _BROWSED) * in_stock) / self._cvr
        organic = wished * (1 - self._ad_share) * self._rank * in_stock
        return Opening(terms, organic, visits, in_stock, prices, happenings.bulk(day))

    def _close_until(self, day: date) -> None:
        while self._next <= day:
            opening = self.opening(self._next)
            end = self._market.bounds(self._next)[1]
            self._close(self._next, opening, self._market.sold(self._next, end))
            self._openings.pop(self._next, None)
            self._next += timedelta(days=1)

    def _close(self, day: date, opening: Opening, ads: Sold) -> None:
        luck = self.luck(day)
        orders, units, bulk, cancelled = self._sell(opening, ads, luck)
        starting, receipts = self.on_hand(), self.operator.receipts(day)
        shipped = units + ads.units + bulk - cancelled
        parcels = tuple(self._coming.pop(day, ()))
        good = self._count(parcel.product for parcel in parcels if parcel.sellable)
        left = starting + receipts - shipped
        lost, damaged = (np.minimum(poisson_at(luck[:, n], left * 0.00008), left // 2) for n in (3, 4))
        found = binomial_at(luck[:, 5], self._missing, np.full(len(left), 0.06))
        self._move(day, shipped + lost + damaged, receipts + good + found)
        ending = starting + receipts - shipped - lost - damaged + good + found
        self._on_hand = ending
        self._missing = self._missing + lost - found
        self._unsellable = self._unsellable + damaged + self._count(p.product for p in parcels if not p.sellable)
        if day.day == 1:
            self._unsellable = np.zeros_like(self._unsellable)
        sessions, views = self._visit(opening, ads, orders, bulk, luck)
        self.days[day] = TradingDay(
            day, opening, ads, orders, units, bulk, cancelled, sessions, views, starting, receipts, good, found, lost,
            damaged, ending, self.operator.travelling(day), self._unsellable, self._missing, self._rank,
            tuple(tuple(lots) for lots in self._lots), parcels, luck,
        )  # fmt: skip
        self._carry_over(day, opening, units + ads.units, ending)

    def _sell(self, opening: Opening, ads: Sold, luck: Floats) -> tuple[Counts, Counts, Counts, Counts]:
        """Organic orders and units, units of bulk orders, and units cancelled, as stock allows."""
        orders, units = self.wanted(opening, luck)
        room = np.maximum(opening.terms.available - ads.units, 0)
        bulk = np.minimum(opening.bulk, room)
        units = np.minimum(units, room - bulk)
        orders = np.minimum(orders, units)
        return orders, units, bulk, self.cancelled(orders, units, luck)

    def _visit(self, opening: Opening, ads: Sold, orders: Counts, bulk: Counts, luck: Floats) -> tuple[Counts, Counts]:
        sessions = poisson_at(luck[:, 6], opening.traffic) + ads.clicks
        sessions = np.maximum(sessions, orders + ads.orders + (bulk > 0))
        return sessions, sessions + happened(sessions, 0.31, luck[:, 7])

    def _carry_over(self, day: date, opening: Opening, units: Counts, ending: Counts) -> None:
        out = opening.in_stock < 0.5
        self._rank = np.where(
            out, np.maximum(self._rank * _OUT_RANK, _RANK_FLOOR), self._rank + (1 - self._rank) * _RANK_BACK
        )
        self.operator.learn(day, units, ~out)
        self.operator.review(day, ending)
        self._send_back(day)

    def _send_back(self, day: date) -> None:
        """Decide now what of this day's sales will come back, and when."""
        done = self.days[day]
        back = binomial_at(done.luck[:, 8], done.shipped, self._return_rate)
        products = np.repeat(np.arange(len(back)), back)
        luck = stream(self._seed, _RETURN, day.toordinal())
        lags = _FIRST_RETURN + (_RETURN_SPREAD * luck.beta(1.3, 2.5, len(products))).astype(np.int64)
        shares, sellable = luck.random(len(products)), luck.random(len(products)) < SELLABLE_RETURNS
        first, orders = done.cancelled[products], done.orders[products]
        which = first + (shares * np.maximum(orders - first, 1)).astype(np.int64)
        for number, product in enumerate(products):
            parcel = Parcel(int(product), day, int(which[number]), number, bool(sellable[number]))
            self._coming.setdefault(day + timedelta(days=int(lags[number])), []).append(parcel)

    def _move(self, day: date, out: Counts, into: Counts) -> None:
        """First in, first out."""
        for product, lots in enumerate(self._lots):
            if into[product]:
                lots.append((day, int(into[product])))
            left = int(out[product])
            while left:
                since, units = lots.popleft()
                if units > left:
                    lots.appendleft((since, units - left))
                left -= min(units, left)

    def _opening_lots(self, product: int) -> list[tuple[date, int]]:
        units = self.operator.opening(product)
        older = units // 3
        ages = ((50, older), (20, units - older))
        return [(self.first - timedelta(days=age), part) for age, part in ages if part]

    def _count(self, products: Iterable[int]) -> Counts:
        counts = np.zeros(len(self._goods), dtype=np.int64)
        for product in products:
            counts[product] += 1
        return counts
