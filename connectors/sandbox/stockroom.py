"""What is told of the stock: as it is, by age, by movement, and on its way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import numpy as np

from agent.model.money import MICROS
from connectors.sandbox.catalogue import Article
from connectors.sandbox.chance import Counts
from connectors.sandbox.market import Market
from connectors.sandbox.orders import Orders
from connectors.sandbox.shop_rows import AgeRow, LedgerRow, ShipmentRow, StockRow
from connectors.sandbox.trade import Trade, TradingDay

_AGED_FROM = 181
_STORAGE, _STORAGE_LATE_YEAR = 0.78, 2.40
"""A month's storage of a cubic foot, January to September and October to December."""
_AGED_FEE = 0.50
"""The surcharge on a cubic foot of the youngest aged stock."""
_LOW_DAYS, _EXCESS_DAYS = 28, 180
_AGES = ((0, 90), (91, 180), (181, 270), (271, 365), (366, 99_999))
_CLOSED_KEPT = timedelta(days=60)


class _Pace:
    """The last days of all products, the newest first: summed once, for rows that each ask for several stretches."""

    def __init__(self, days: list[TradingDay]) -> None:
        self._days = len(days)
        self._units = np.cumsum([day.shipped for day in days], axis=0, dtype=np.int64)
        self._ends = np.cumsum([day.ending for day in days], axis=0, dtype=np.int64)

    def shipped(self, place: int, days: int) -> int:
        return int(self._units[min(days, self._days) - 1, place])

    def mean_stock(self, place: int, days: int) -> float:
        many = min(days, self._days)
        return int(self._ends[many - 1, place]) / many

    def historical(self, place: int, days: int) -> float | None:
        """Mean stock over mean units shipped per day."""
        units = self.shipped(place, days)
        return round(self.mean_stock(place, days) * days / units, 1) if units else None


class Stockroom:
    def __init__(self, articles: tuple[Article, ...], market: Market, trade: Trade, orders: Orders) -> None:
        self._articles, self._market, self._trade, self._orders = articles, market, trade, orders

    def stock(self, now: datetime) -> Iterator[StockRow]:
        """Yesterday's end, less what was ordered today, and what came in this morning."""
        today = self._market.today(now)
        yesterday = self._trade.closed(today - timedelta(days=1), now)
        sold = self._sold_today(today, now)
        opening = self._trade.opening(today)
        for article in self._articles:
            place = article.place
            ending = int(yesterday.ending[place]) if yesterday else int(self._trade.on_hand()[place])
            have = ending + int(self._trade.operator.receipts(today)[place])
            available = min(int(opening.terms.available[place]), have)
            ordered = min(int(sold[place]), available)
            working, shipped, receiving = self._inbound(place, today)
            yield StockRow(
                article.sku, article.asin, article.fnsku, article.name, available - ordered, ordered, have - available,
                0, working, shipped, receiving, int(yesterday.unsellable[place]) if yesterday else 0,
                int(yesterday.missing[place]) if yesterday else 0, now.replace(minute=0, second=0, microsecond=0),
            )  # fmt: skip

    def ledger(self, day: date, now: datetime) -> Iterator[LedgerRow]:
        done = self._trade.closed(day, now)
        if done is None:
            return
        for article in self._articles:
            at = article.place
            yield LedgerRow(
                day, article.sku, article.asin, article.fnsku, article.name, int(done.starting[at]),
                int(done.receipts[at]), int(done.shipped[at]), int(done.returned[at]), int(done.found[at]),
                int(done.lost[at]), int(done.damaged[at]), 0, int(done.ending[at]),
            )  # fmt: skip

    def ages(self, now: datetime) -> Iterator[AgeRow]:
        day = self._market.today(now) - timedelta(days=1)
        done = self._trade.closed(day, now)
        if done is not None:
            pace = _Pace(self._last(day, 90))
            yield from (self._aged(article, done, pace) for article in self._articles)

    def shipments(self, now: datetime) -> Iterator[ShipmentRow]:
        today = self._market.today(now)
        for one in self._trade.operator.consignments:
            status = one.status(today)
            if not status or one.closed < today - _CLOSED_KEPT:
                continue
            article = self._articles[one.product]
            start = self._market.bounds(one.shipped)[0] if today >= one.shipped else None
            yield ShipmentRow(
                one.shipment_id, f"{article.sku} {one.created:%Y-%m-%d}", article.sku, article.fnsku, status, one.units,
                one.received(today), self._market.bounds(one.created)[0], start,
                self._market.bounds(one.expected(today))[0],
            )  # fmt: skip

    def _sold_today(self, today: date, now: datetime) -> Counts:
        sold = self._market.sold(today, now).units
        sold = sold + np.where(now > self._market.bounds(today)[0], self._trade.opening(today).bulk, 0)
        for one in self._orders.of_day(today, now):
            sold[one.place] += one.units
        return sold

    def _inbound(self, place: int, today: date) -> tuple[int, int, int]:
        """Units being prepared, on their way, and at the warehouse but not counted in."""
        units = {"working": 0, "shipped": 0, "in_transit": 0, "receiving": 0}
        for one in self._trade.operator.consignments:
            status = one.status(today) if one.product == place else ""
            if status in units:
                units[status] += one.units - one.received(today)
        return units["working"], units["shipped"] + units["in_transit"], units["receiving"]

    def _aged(self, article: Article, done: TradingDay, past: _Pace) -> AgeRow:
        place, day = article.place, done.day
        lots = done.lots[place]
        ages = [sum(units for since, units in lots if low <= (day - since).days <= high) for low, high in _AGES]
        available, shipped = sum(ages), [past.shipped(place, days) for days in (7, 30, 60, 90)]
        short, long = (past.historical(place, days) for days in (30, 90))
        pace = shipped[1] / 30
        supply = round(available / pace) if pace else None
        excess = max(0, available - round(pace * _EXCESS_DAYS)) if shipped[3] else 0
        aged = self._aged_next(lots, day, pace)
        storage = _STORAGE_LATE_YEAR if day.month >= 10 else _STORAGE
        low = max(short or 0, long or 0) < _LOW_DAYS and shipped[3] > 60
        state = "out_of_stock" if not available else "low_stock" if low else "excess" if excess else "healthy"
        mean = past.mean_stock(place, 90)
        return AgeRow(
            day=day, sku=article.sku, asin=article.asin, fnsku=article.fnsku, name=article.name, available=available,
            age_0_90=ages[0], age_91_180=ages[1], age_181_270=ages[2], age_271_365=ages[3], age_over_365=ages[4],
            aged_fee_units=aged, aged_fee=_micros(aged * article.goods.cubic_feet * _AGED_FEE), days_of_supply=supply,
            historical_days_short=short, historical_days_long=long, minimum_level=round(pace * _LOW_DAYS),
            health=state, excess_units=excess, sell_through=round(shipped[3] / mean, 2) if mean else 0.0,
            shipped_7d=shipped[0], shipped_30d=shipped[1], shipped_60d=shipped[2], shipped_90d=shipped[3],
            storage_cost=_micros(available * article.goods.cubic_feet * storage), low_inventory_fee=low,
            low_inventory_exempt=False,
        )  # fmt: skip

    def _aged_next(self, lots: tuple[tuple[date, int], ...], day: date, pace: float) -> int:
        """Units older than 180 days on the next 15th, if the oldest are sold first at this pace."""
        fifteenth = day.replace(day=15) if day.day < 15 else (day.replace(day=1) + timedelta(days=45)).replace(day=15)
        old = sum(units for since, units in lots if (fifteenth - since).days >= _AGED_FROM)
        return max(0, old - round(pace * (fifteenth - day).days))

    def _last(self, day: date, days: int) -> list[TradingDay]:
        window = (day - timedelta(days=n) for n in range(days))
        return [self._trade.days[one] for one in window if one in self._trade.days]


def _micros(amount: float) -> int:
    return round(amount * 100) * (MICROS // 100)
