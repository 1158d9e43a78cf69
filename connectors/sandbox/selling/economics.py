"""The data set ``analytics_economics_2024_03_15`` of Data Kiosk: what sales of a SKU left over, by day or range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from connectors.sandbox.answers import invalid
from connectors.sandbox.selling.graphql import Field, pruned
from connectors.sandbox.selling.report_jobs import Json
from connectors.sandbox.selling.telling import units
from connectors.sandbox.shop_rows import EconomicsRow, SalesRow

if TYPE_CHECKING:
    from connectors.sandbox.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class _Day:
    """One SKU's day: what was left over, and what had been ordered before refunds."""

    row: EconomicsRow
    ordered: SalesRow | None

    @property
    def units(self) -> int:
        return max(self.ordered.units_ordered if self.ordered else 0, self.row.net_units, 0)

    @property
    def sales(self) -> int:
        return max(self.ordered.ordered_sales if self.ordered else 0, self.row.net_sales, 0)


DATA_SET = "analytics_economics_2024_03_15"
_ARGUMENTS = {"startDate", "endDate", "marketplaceIds", "aggregateBy", "includeComponentsForFeeTypes"}
_LOOK_BACK = 731


def economics(sandbox: Sandbox, asked: Field, now: datetime) -> list[Json]:
    """All rows of a query that holds; see ``check``."""
    first, last, daily = _span(sandbox, asked.arguments, sandbox.market.today(now))
    periods: dict[tuple[date, str], list[_Day]] = {}
    day = max(first, sandbox.shop.first)
    while day <= min(last, sandbox.market.today(now)):
        ordered = {row.sku: row for row in sandbox.shop.sales(day, now)}
        for row in sandbox.shop.economics(day, now):
            periods.setdefault((day if daily else first, row.sku), []).append(_Day(row, ordered.get(row.sku)))
        day += timedelta(days=1)
    return [
        _row(sandbox, rows, since, since if daily else last, _named(asked, "ads"))
        for (since, _sku), rows in periods.items()
    ]


def check(sandbox: Sandbox, asked: Field, today: date) -> None:
    """Refuse a query whose arguments or fields do not hold, before it runs."""
    _span(sandbox, asked.arguments, today)
    nothing = _Day(EconomicsRow(today, sandbox.shop.skus[0], "", 0, 0, 0, 0, 0), None)
    pruned(_row(sandbox, [nothing], today, today, _named(asked, "ads")), asked.fields)


def _named(asked: Field, name: str) -> bool:
    return any(one.name == name for one in asked.fields)


def _span(sandbox: Sandbox, arguments: Mapping[str, object], today: date) -> tuple[date, date, bool]:
    if set(arguments) - _ARGUMENTS:
        raise invalid(f"economics has no argument {min(set(arguments) - _ARGUMENTS)}")
    try:
        first, last = (date.fromisoformat(str(arguments[name])) for name in ("startDate", "endDate"))
    except (KeyError, ValueError):
        raise invalid("economics needs startDate and endDate, such as 2026-11-01") from None
    if arguments.get("marketplaceIds") != [sandbox.scenario.account.marketplace.id]:
        raise invalid("marketplaceIds must be a list of marketplaces of this account")
    if last < first or (today - first).days > _LOOK_BACK:
        raise invalid("startDate must not be after endDate, nor more than two years ago")
    by = arguments.get("aggregateBy", {})
    if not isinstance(by, Mapping) or by.get("productId", "MSKU") != "MSKU":
        raise invalid("aggregateBy productId is simulated as MSKU only")
    if by.get("date", "DAY") not in ("DAY", "RANGE"):
        raise invalid("aggregateBy date is simulated as DAY and RANGE only")
    return first, last, by.get("date", "DAY") == "DAY"


def _row(sandbox: Sandbox, days: Sequence[_Day], first: date, last: date, ads: bool) -> Json:
    """Money as the schema has it: a charge is positive, and net proceeds are sales less fees and ads."""
    place, rows = sandbox.scenario.account.marketplace, [day.row for day in days]
    one, ordered, gross = rows[0], sum(day.units for day in days), sum(day.sales for day in days)
    sold, sales, fees, spend, left = (
        sum(getattr(row, name) for row in rows)
        for name in ("net_units", "net_sales", "amazon_fees", "ad_spend", "net_proceeds")
    )

    def amount(micros: float) -> Json:
        return {"amount": units(round(micros)), "currencyCode": place.currency}

    def detail(micros: int) -> Json:
        return {"amount": amount(micros), "amountPerUnit": amount(micros / sold) if sold else None,
                "amountPerUnitDelta": None, "promotionAmount": amount(0), "quantity": sold, "taxAmount": amount(0),
                "totalAmount": amount(micros)}  # fmt: skip

    charge = {"identifier": "SELLING_FEES", "aggregatedDetail": detail(fees), "components": None, "properties": None,
              "startDate": first.isoformat(), "endDate": last.isoformat()}  # fmt: skip
    return {
        "marketplaceId": place.id, "startDate": first.isoformat(), "endDate": last.isoformat(),
        "parentAsin": one.asin, "childAsin": one.asin, "fnsku": None, "msku": one.sku, "cost": None,
        "sales": {
            "averageSellingPrice": amount(gross / ordered) if ordered else None, "netProductSales": amount(sales),
            "netUnitsSold": sold, "orderedProductSales": amount(gross), "refundedProductSales": amount(gross - sales),
            "unitsOrdered": ordered, "unitsRefunded": ordered - sold,
        },
        "fees": [{"feeTypeName": "Selling and fulfillment fees", "charge": charge, "charges": [charge]}],
        "ads": [{"adTypeName": "Sponsored Products charge", "charge": detail(spend)}] if spend or ads else [],
        "netProceeds": {"perUnit": amount(left / sold) if sold else None, "total": amount(left)},
    }  # fmt: skip
