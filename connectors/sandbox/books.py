"""What the shop's days are worth: sales and traffic as far as known, economics, money, account health."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import numpy as np

from connectors.sandbox.catalogue import Article
from connectors.sandbox.chance import Floats, binomial_at, happened, stream
from connectors.sandbox.customers import Customers
from connectors.sandbox.happenings import Happenings
from connectors.sandbox.market import Market
from connectors.sandbox.orders import Orders
from connectors.sandbox.scenario import ShopPlan
from connectors.sandbox.shop_rows import (
    AccountSalesRow,
    EconomicsRow,
    FeeRow,
    SalesRow,
    StandingRow,
    TransactionRow,
)
from connectors.sandbox.trade import Trade, TradingDay

_KNOWN = 29
_KNOWN_DAYS, _KNOWN_SHARES = (0.0, 0.5, 1.0, 2.0), (0.80, 0.93, 0.985, 1.0)
"""How much of a day is told how long after its end."""
COMPLETE_DAYS = 2
_CLAIMS, _CHARGEBACKS = 0.0012, 0.0002
_HEALTH_DAYS = 60
_CENT = 10_000


class Books:
    def __init__(self, articles: tuple[Article, ...], seed: int, market: Market, trade: Trade, plan: ShopPlan,
                 happenings: Happenings, orders: Orders, customers: Customers) -> None:  # fmt: skip
        self._articles, self._seed, self._market, self._trade, self._plan = articles, seed, market, trade, plan
        self._happenings, self._orders, self._customers = happenings, orders, customers

    def sales(self, day: date, now: datetime) -> Iterator[SalesRow]:
        """Only grows with ``now``, until it is complete."""
        done = self._trade.closed(day, now)
        if done is None:
            return
        age = (now - self._market.bounds(day)[1]) / timedelta(days=1)
        share = float(np.interp(age, _KNOWN_DAYS, _KNOWN_SHARES))
        luck = stream(self._seed, _KNOWN, day.toordinal()).random((len(self._articles), 4))
        # Orders arrive with their units: both grow together, and never is one known without the other.
        items = happened(done.orders, share, luck[:, 0])
        units = np.where(items == done.orders, done.units, np.minimum(done.units, items + happened(
            done.units - done.orders, share, luck[:, 0])))  # fmt: skip
        sessions = np.maximum(happened(done.sessions, share, luck[:, 2]), items)
        views = np.maximum(happened(done.page_views, share, luck[:, 2]), sessions)
        featured = self._featured(done)
        for article in self._articles:
            place = article.place
            if views[place]:
                yield SalesRow(
                    day, article.sku, article.asin, article.parent_asin, int(sessions[place]), int(views[place]),
                    int(units[place]), int(items[place]), int(units[place]) * self._price(done, place),
                    float(featured[place]), self._refunded(done, place), age >= COMPLETE_DAYS,
                )  # fmt: skip

    def account_sales(self, day: date, now: datetime) -> AccountSalesRow | None:
        rows = list(self.sales(day, now))
        if not rows:
            return None
        start, end = self._market.bounds(day)
        stars = [row.stars for row in self._customers.feedback(start, min(end, now))]
        views = sum(row.page_views for row in rows)
        return AccountSalesRow(
            day, sum(row.sessions for row in rows), views, sum(row.units_ordered for row in rows),
            sum(row.order_items for row in rows), sum(row.ordered_sales for row in rows),
            round(sum(row.featured_offer_share * row.page_views for row in rows) / views, 4),
            sum(row.units_refunded for row in rows), len(stars), sum(one <= 2 for one in stars),
            int(self._claims(day, now)[0]), rows[0].complete,
        )  # fmt: skip

    def economics(self, day: date, now: datetime) -> Iterator[EconomicsRow]:
        done = self._trade.closed(day, now)
        if done is None or now < self._market.bounds(day)[1] + timedelta(days=COMPLETE_DAYS):
            return
        for article in self._articles:
            place, price = article.place, self._price(done, article.place)
            units, refunds = int(done.shipped[place]), self._refunded(done, place)
            spend, fee = int(done.ads.spend[place]), self.fees(article, price)
            fees = (
                units * (fee.referral_fee + fee.fulfillment_fee + fee.other_fees) - refunds * fee.referral_fee * 4 // 5
            )
            sales = (units - refunds) * price
            if units or refunds or spend:
                yield EconomicsRow(day, article.sku, article.asin, units - refunds, sales, fees, spend,
                                   sales - fees - spend)  # fmt: skip

    def fees(self, article: Article, price: int) -> FeeRow:
        referral = max(round(price * article.goods.referral_rate / _CENT) * _CENT, 30 * _CENT)
        return FeeRow(article.sku, price, referral, article.goods.fba_fee.micros, 0)

    def transactions(self, since: datetime, until: datetime) -> Iterator[TransactionRow]:
        """Orders when they are shipped, refunds when the unit is back, ad spend the day after."""
        rows = [*self._shipments(since, until), *self._refunds(since, until), *self._services(since, until)]
        return iter(sorted(rows, key=lambda row: (row.posted_at, row.id)))

    def standing(self, now: datetime) -> StandingRow:
        today, since = self._market.today(now), now - timedelta(days=_HEALTH_DAYS)
        days = [today - timedelta(days=n) for n in range(1, _HEALTH_DAYS + 1)]
        orders = sum(int(done.orders.sum()) for day in days if (done := self._trade.closed(day, now)))
        negative = sum(row.stars <= 2 for row in self._customers.feedback(since, now))
        claims, chargebacks = (sum(self._claims(day, now)[kind] for day in days) for kind in (0, 1))
        defects = negative + claims + chargebacks
        violations = sum(1 for _ in self._happenings.running(now, "suppressed"))
        return StandingRow(
            round(defects / orders, 5) if orders else 0.0, orders, negative, claims, chargebacks, None, None, None,
            None, 1000 - 8 * violations, "normal", violations,
        )  # fmt: skip

    def _claims(self, day: date, now: datetime) -> tuple[int, int]:
        """Claims granted and chargebacks of a day's orders."""
        done = self._trade.closed(day, now)
        if done is None:
            return 0, 0
        counts = (binomial_at(done.luck[:, 9], done.orders, np.full(len(self._articles), rate)).sum()
                  for rate in (_CLAIMS, _CHARGEBACKS))  # fmt: skip
        claims, chargebacks = counts
        return int(claims), int(chargebacks)

    def _featured(self, done: TradingDay) -> Floats:
        noise = 1 - 0.02 * done.luck[:, 11]
        shares = self._plan.featured_share * 1.01 * noise * self._happenings.featured(done.day) * done.opening.in_stock
        return np.array(np.round(np.clip(shares, 0.0, 1.0), 4), dtype=np.float64)

    def _price(self, done: TradingDay, place: int) -> int:
        return round(float(done.opening.prices[place]) / _CENT) * _CENT

    def _refunded(self, done: TradingDay, place: int) -> int:
        return sum(parcel.product == place for parcel in done.parcels)

    def _shipments(self, since: datetime, until: datetime) -> Iterator[TransactionRow]:
        for row in self._orders.updated(since, until):
            if row.status == "Shipped" and row.line.amount is not None:
                article = next(one for one in self._articles if one.sku == row.line.sku)
                fee = self.fees(article, row.line.amount // row.line.units)
                left = row.line.amount - row.line.units * (fee.referral_fee + fee.fulfillment_fee)
                yield TransactionRow(f"S-{row.order_id}", row.updated_at, "Shipment", "Order Payment", article.sku,
                                     row.order_id, left)  # fmt: skip

    def _refunds(self, since: datetime, until: datetime) -> Iterator[TransactionRow]:
        for row in self._customers.returns(since, until):
            article = next(one for one in self._articles if one.sku == row.sku)
            order = self._orders.find(row.order_id, until)
            price = order.price if order else article.product.price.micros
            back = self.fees(article, price).referral_fee * 4 // 5
            yield TransactionRow(
                f"R-{row.id}", row.returned_at, "Refund", "Refund", row.sku, row.order_id, back - price
            )

    def _services(self, since: datetime, until: datetime) -> Iterator[TransactionRow]:
        day = self._market.today(since) - timedelta(days=1)
        while day < self._market.today(until):
            done, posted = self._trade.closed(day, until), self._market.bounds(day)[1] + timedelta(hours=6)
            if done is not None and since <= posted < until:
                spend = int(done.ads.spend.sum())
                yield TransactionRow(f"A-{day:%Y%m%d}", posted, "ServiceFee", "Cost of Advertising", "", "", -spend)
            day += timedelta(days=1)
