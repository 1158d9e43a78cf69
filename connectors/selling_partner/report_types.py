"""The report types Steward asks for, as a table: which stream, which days, which options, how it is read.

They stand in the order of their importance, since all of them share one allowance of a report a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from agent.model.window import Span
from agent.outbound import Encodable
from connectors.selling_partner.document import Paper
from connectors.selling_partner.feedback_report import feedback
from connectors.selling_partner.health_report import account_health
from connectors.selling_partner.listing_report import listings
from connectors.selling_partner.order_reports import order_lines, returns
from connectors.selling_partner.sales_reports import account_sales, asin_sales, sku_sales
from connectors.selling_partner.sheet import Desk, Read
from connectors.selling_partner.stock_reports import inventory_health, stock_ledger


class Reach(StrEnum):
    """Which days a report is asked for."""

    NOW = "now"
    """None: it is what is true now."""
    DAYS = "days"
    """Those of the pull."""
    SINCE = "since"
    """Up to now, from as far back as what happened may still change, or as the first pull reaches."""


class Empty(StrEnum):
    """What it means that Amazon cancels a report. Amazon: it does so where there is nothing to tell."""

    NOTHING = "nothing"
    """There was nothing."""
    LATER = "later"
    """It was asked for too early or too often."""


@dataclass(frozen=True, slots=True)
class ReportType:
    """``days``: the most one report may cover. ``first_days``: how far back a first pull of a ``SINCE`` reaches.

    ``rest_hours``: how long after a pull it is not asked for again. ``too_new_days``: for the newest days, nothing
    means not yet. ``moment``: the column that tells when something happened. ``by_date``: Amazon reads dates only.
    """

    stream: str
    type_id: str
    reach: Reach
    read: Callable[[Desk, Sequence[tuple[Span, Paper]]], Read]
    rest_hours: int
    options: Mapping[str, str] = field(default_factory=dict)
    days: int = 31
    first_days: int = 0
    empty: Empty = Empty.NOTHING
    too_new_days: int = 0
    moment: str = ""
    by_date: bool = False

    def order(self, marketplace_id: str, since: str | None, until: str | None) -> Mapping[str, Encodable]:
        """The body of a request."""
        body: dict[str, Encodable] = {"reportType": self.type_id, "marketplaceIds": [marketplace_id]}
        if since is not None:
            body["dataStartTime"] = since
        if until is not None:
            body["dataEndTime"] = until
        if self.options:
            body["reportOptions"] = dict(self.options)
        return body


def _sales(granularity: str) -> Mapping[str, str]:
    return {"dateGranularity": "DAY", "asinGranularity": granularity}


_SALES = "GET_SALES_AND_TRAFFIC_REPORT"
REPORT_TYPES: Mapping[str, ReportType] = {
    each.stream: each
    for each in (
        ReportType("inventory_health", "GET_FBA_INVENTORY_PLANNING_DATA", Reach.NOW, inventory_health, 20,
                   empty=Empty.LATER),
        ReportType("account_health", "GET_V2_SELLER_PERFORMANCE_REPORT", Reach.NOW, account_health, 20,
                   empty=Empty.LATER),
        ReportType("listings", "GET_MERCHANT_LISTINGS_ALL_DATA", Reach.NOW, listings, 8, empty=Empty.LATER),
        # Amazon: two years at most; the account's days come in one report.
        ReportType("account_sales", _SALES, Reach.DAYS, account_sales, 10, _sales("PARENT"), days=365,
                   too_new_days=2, by_date=True),
        # Amazon: at most 30 days per report; when clocks are set back, 30 days are longer than that.
        ReportType("order_lines", "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL", Reach.SINCE, order_lines, 6,
                   days=29, first_days=60, moment="purchased_at"),
        ReportType("returns", "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA", Reach.SINCE, returns, 20, days=60,
                   first_days=365, moment="returned_at"),
        ReportType("feedback", "GET_SELLER_FEEDBACK_DATA", Reach.SINCE, feedback, 20, days=365, first_days=365,
                   moment="left_at"),
        # Amazon: the two options are spelt differently, aggregate and aggregated.
        ReportType("stock_ledger", "GET_LEDGER_SUMMARY_VIEW_DATA", Reach.DAYS, stock_ledger, 20,
                   {"aggregateByLocation": "COUNTRY", "aggregatedByTimePeriod": "DAILY"}, too_new_days=2),
        # Amazon: figures by SKU or ASIN are sums over a report's whole range, so a report has one day.
        ReportType("sku_sales", _SALES, Reach.DAYS, sku_sales, 10, _sales("SKU"), days=1, too_new_days=2,
                   by_date=True),
        ReportType("asin_sales", _SALES, Reach.DAYS, asin_sales, 10, _sales("CHILD"), days=1, too_new_days=2,
                   by_date=True),
    )
}  # fmt: skip
