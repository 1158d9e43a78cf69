"""The operator's own lists, as he would keep them in files: costs, lead times, suppliers, orders, targets, dates."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from agent.model.money import MICROS
from connectors.sandbox.catalogue import Article
from connectors.sandbox.market import Market
from connectors.sandbox.office_rows import (
    CostRow,
    EventRow,
    LeadTimeRow,
    PurchaseOrderRow,
    SupplierRow,
    TargetRow,
)
from connectors.sandbox.operator import COVER_DAYS, REVIEW_DAYS
from connectors.sandbox.trade import Trade

_SUPPLIERS = {
    "Kitchen": ("SUP-01", "Ningbo Hearth Co.", "CN"),
    "Home": ("SUP-02", "Foshan Living Ltd.", "CN"),
    "Beauty": ("SUP-03", "Busan Care Inc.", "KR"),
    "Supplement": ("SUP-04", "Prairie Nutrition LLC", "US"),
    "Electronics": ("SUP-05", "Shenzhen Brightway Ltd.", "CN"),
    "Toys": ("SUP-06", "Shantou Playhouse Ltd.", "CN"),
    "Outdoor": ("SUP-07", "Da Nang Trail Co.", "VN"),
    "Apparel": ("SUP-08", "Tirupur Knit Pvt.", "IN"),
}
_OTHER = ("SUP-99", "General Trading Ltd.", "CN")
_SERVICE = {"mature": 0.97, "growth": 0.97, "launch": 0.90, "clearance": 0.85}
# First day of the Chinese New Year; suppliers are closed from ten days before to two weeks after it.
_NEW_YEAR = {2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26), 2029: (2, 13), 2030: (2, 3)}
_KEPT = timedelta(days=60)
_FIXED = (("Valentine's Day", "holiday", (2, 14), 1), ("Prime Day", "deal", (7, 14), 2), ("Back to School", "season",
          (8, 1), 30), ("Christmas", "holiday", (12, 24), 2))  # fmt: skip


class Office:
    def __init__(self, articles: tuple[Article, ...], market: Market, trade: Trade) -> None:
        self._articles, self._market, self._trade = articles, market, trade

    def costs(self) -> Iterator[CostRow]:
        for article in self._articles:
            price, cost = article.product.price.micros, article.goods.landed_cost.micros
            fees = price * article.goods.referral_rate + article.goods.fba_fee.micros
            least = min((cost + fees) * 1.02, price * 0.95)
            yield CostRow(article.sku, cost, _cents(least), _cents(price * 1.3), self._trade.first)

    def lead_times(self) -> Iterator[LeadTimeRow]:
        operator = self._trade.operator
        for article in self._articles:
            goods = article.goods
            yield LeadTimeRow(
                article.sku, self._supplier(article)[0], goods.lead_time, goods.lead_time_sd, REVIEW_DAYS,
                operator.order_minimum(article.place), operator.carton(article.place), COVER_DAYS,
                _SERVICE[article.product.stage],
            )  # fmt: skip

    def suppliers(self, now: datetime) -> Iterator[SupplierRow]:
        today = self._market.today(now)
        used = sorted({self._supplier(article) for article in self._articles})
        closure = next(((first, last) for first, last in _closures(today) if last >= today), (None, None))
        for id, name, country in used:
            first, last = closure if country == "CN" else (None, None)
            yield SupplierRow(id, name, country, first, last)

    def purchase_orders(self, now: datetime) -> Iterator[PurchaseOrderRow]:
        today = self._market.today(now)
        for one in self._trade.operator.consignments:
            if one.ordered < today and one.closed >= today - _KEPT:
                # What the supplier has handed over travels in a shipment, and is no open order any more.
                received = one.units if one.created <= today else 0
                article = self._articles[one.product]
                yield PurchaseOrderRow(one.order_id, article.sku, self._supplier(article)[0], one.units,
                                       received, one.ordered, one.promised)  # fmt: skip

    def targets(self, now: datetime) -> Iterator[TargetRow]:
        """What the seasons let him hope for in the running month."""
        first = self._market.today(now).replace(day=1)
        days = calendar.monthrange(first.year, first.month)[1]
        for article in self._articles:
            units = round(self._trade.operator.planned(article.place, first, days))
            yield TargetRow(article.sku, f"{first:%Y-%m}", units, units * article.product.price.micros)

    def events(self, now: datetime) -> Iterator[EventRow]:
        today = self._market.today(now)
        rows = [*self._closings(today)]
        for year in (today.year - 1, today.year, today.year + 1):
            friday = _thanksgiving(year) + timedelta(days=1)
            rows.append(EventRow(f"black-friday-{year}", "Black Friday and Cyber Monday", "deal", friday,
                                 friday + timedelta(days=3), ""))  # fmt: skip
            for name, category, (month, day), length in _FIXED:
                starts, id = date(year, month, day), name.lower().replace(" ", "-").replace("'", "")
                rows.append(EventRow(f"{id}-{year}", name, category, starts, starts + timedelta(days=length - 1), ""))
        near = (row for row in rows if today - timedelta(days=30) <= row.ends and row.starts <= today.replace(
            day=1) + timedelta(days=365))  # fmt: skip
        return iter(sorted(near, key=lambda row: row.starts))

    def _closings(self, today: date) -> Iterator[EventRow]:
        for first, last in _closures(today):
            yield EventRow(f"new-year-{last.year}", "Chinese New Year", "closure", first, last, "")

    def _supplier(self, article: Article) -> tuple[str, str, str]:
        return _SUPPLIERS.get(article.product.category, _OTHER)


def _closures(today: date) -> Iterator[tuple[date, date]]:
    for year in (today.year, today.year + 1):
        if year in _NEW_YEAR:
            day = date(year, *_NEW_YEAR[year])
            yield day - timedelta(days=10), day + timedelta(days=14)


def _thanksgiving(year: int) -> date:
    """The fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 21)


def _cents(micros: float) -> int:
    return round(micros / MICROS * 100) * (MICROS // 100)
