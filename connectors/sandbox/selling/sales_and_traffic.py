"""GET_SALES_AND_TRAFFIC_REPORT: by day for the account, and by ASIN or SKU over the whole range.

Amazon: the rows by ASIN carry no date. Who wants a product's days asks for one day at a time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from connectors.sandbox.selling.telling import Telling, units
from connectors.sandbox.shop_rows import AccountSalesRow, SalesRow

_MOBILE = 0.45
"""Share of visits that come through the app."""
Json = dict[str, object]


@dataclass(slots=True)
class _Sum:
    """Figures of one product, or of all."""

    sessions: int = 0
    page_views: int = 0
    units: int = 0
    order_items: int = 0
    sales: int = 0
    featured: float = 0.0

    def add(self, row: SalesRow) -> None:
        self.sessions += row.sessions
        self.page_views += row.page_views
        self.units += row.units_ordered
        self.order_items += row.order_items
        self.sales += row.ordered_sales
        self.featured += row.featured_offer_share * row.page_views

    @property
    def featured_share(self) -> float:
        return _percent(self.featured, self.page_views)


def sales_and_traffic(telling: Telling) -> str | None:
    by_day = {day: telling.shop.sales(day, telling.now) for day in telling.days()}
    if not any(by_day.values()):
        return None
    currency = telling.marketplace.currency
    account = {day: telling.shop.account_sales(day, telling.now) for day in by_day}
    report = {
        "reportSpecification": {
            "reportType": telling.ask.type, "reportOptions": dict(telling.ask.options),
            "dataStartTime": telling.first.isoformat(), "dataEndTime": telling.last.isoformat(),
            "marketplaceIds": list(telling.ask.marketplaces),
        },
        "salesAndTrafficByDate": [
            _day(row, by_day[day], currency) for day, row in account.items() if row is not None
        ],
        "salesAndTrafficByAsin": _by_asin(telling.ask.options["asinGranularity"], by_day.values(), currency),
    }  # fmt: skip
    return json.dumps(report, separators=(",", ":"))


def _day(row: AccountSalesRow, products: Sequence[SalesRow], currency: str) -> Json:
    total = _Sum()
    for product in products:
        total.add(product)
    return {
        "date": row.day.isoformat(),
        "salesByDate": {
            **_sales(total, currency),
            "averageSalesPerOrderItem": _money(_over(total.sales, total.order_items), currency),
            "averageUnitsPerOrderItem": round(_over(total.units, total.order_items), 2),
            "averageSellingPrice": _money(_over(total.sales, total.units), currency),
            "unitsRefunded": row.units_refunded, "refundRate": _percent(row.units_refunded, total.units),
            "claimsGranted": row.claims_granted,
            "claimsAmount": _money(row.claims_granted * _over(total.sales, total.units), currency),
            "shippedProductSales": _money(total.sales, currency), "unitsShipped": total.units,
            "ordersShipped": total.order_items,
        },
        "trafficByDate": {
            **_traffic(total),
            "orderItemSessionPercentage": _percent(total.order_items, total.sessions),
            "averageOfferCount": len(products), "averageParentItems": len({one.parent_asin for one in products}),
            "feedbackReceived": row.feedback_received, "negativeFeedbackReceived": row.negative_feedback,
            "receivedNegativeFeedbackRate": _percent(row.negative_feedback, row.feedback_received),
        },
    }  # fmt: skip


def _by_asin(granularity: str, days: Iterable[Sequence[SalesRow]], currency: str) -> list[Json]:
    of_row = _GRANULARITIES[granularity]
    sums: dict[tuple[tuple[str, str], ...], _Sum] = {}
    for rows in days:
        for row in rows:
            sums.setdefault(tuple(of_row(row).items()), _Sum()).add(row)
    sessions, views = sum(one.sessions for one in sums.values()), sum(one.page_views for one in sums.values())
    return [
        {**dict(names), "salesByAsin": _sales(one, currency),
         "trafficByAsin": {**_traffic(one), **_shares(one, sessions, views)}}
        for names, one in sums.items() if one.sessions or one.units
    ]  # fmt: skip


_GRANULARITIES: dict[str, Callable[[SalesRow], dict[str, str]]] = {
    "PARENT": lambda row: {"parentAsin": row.parent_asin},
    "CHILD": lambda row: {"parentAsin": row.parent_asin, "childAsin": row.asin},
    "SKU": lambda row: {"parentAsin": row.parent_asin, "childAsin": row.asin, "sku": row.sku},
}


def _sales(total: _Sum, currency: str) -> Json:
    return {"orderedProductSales": _money(total.sales, currency), "unitsOrdered": total.units,
            "totalOrderItems": total.order_items}  # fmt: skip


def _traffic(total: _Sum) -> Json:
    app_sessions, app_views = round(total.sessions * _MOBILE), round(total.page_views * _MOBILE)
    return {
        "browserPageViews": total.page_views - app_views, "mobileAppPageViews": app_views,
        "pageViews": total.page_views, "browserSessions": total.sessions - app_sessions,
        "mobileAppSessions": app_sessions, "sessions": total.sessions, "buyBoxPercentage": total.featured_share,
        "unitSessionPercentage": _percent(total.units, total.sessions),
    }  # fmt: skip


def _shares(total: _Sum, sessions: int, views: int) -> Json:
    share, seen = _percent(total.sessions, sessions), _percent(total.page_views, views)
    return {
        "browserSessionPercentage": share, "mobileAppSessionPercentage": share, "sessionPercentage": share,
        "browserPageViewsPercentage": seen, "mobileAppPageViewsPercentage": seen, "pageViewsPercentage": seen,
    }  # fmt: skip


def _money(micros: float, currency: str) -> Json:
    return {"amount": units(round(micros)), "currencyCode": currency}


def _over(above: float, below: float) -> float:
    return above / below if below else 0.0


def _percent(above: float, below: float) -> float:
    """Amazon: these percentages run from 0 to 100."""
    return round(_over(above, below) * 100, 2)
