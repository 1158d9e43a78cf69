"""The report types that are simulated: who may ask, what may be asked, and who writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from connectors.sandbox.selling.account_reports import merchant_listings, seller_performance
from connectors.sandbox.selling.order_reports import all_orders, customer_returns, seller_feedback
from connectors.sandbox.selling.sales_and_traffic import sales_and_traffic
from connectors.sandbox.selling.stock_reports import inventory_planning, ledger_summary, unsuppressed_inventory
from connectors.sandbox.selling.tables import Table
from connectors.sandbox.selling.telling import Telling

_TWO_YEARS = 731


@dataclass(frozen=True, slots=True)
class ReportKind:
    """``write`` gives a table, JSON text, or None where there is no data.

    ``options``: the values an option may have, the default first. A report asked for again within ``gap`` ends
    CANCELLED. One that is not ``ranged`` is a snapshot.
    """

    write: Callable[[Telling], Table | str | None]
    role: str
    ranged: bool = True
    options: Mapping[str, Sequence[str]] = field(default_factory=dict)
    gap: timedelta = timedelta()
    most_days: int = 366
    look_back_days: int = _TWO_YEARS
    feed: str = ""
    """The feed it is made from; while that stalls, the report is not done."""


_NEAR_REAL_TIME = timedelta(minutes=30)
_DAILY = timedelta(hours=4)
KINDS: Mapping[str, ReportKind] = {
    "GET_SALES_AND_TRAFFIC_REPORT": ReportKind(
        sales_and_traffic, "brand_analytics", feed="sales",
        options={"dateGranularity": ("DAY",), "asinGranularity": ("PARENT", "CHILD", "SKU")},
    ),
    "GET_FBA_INVENTORY_PLANNING_DATA": ReportKind(
        inventory_planning, "amazon_fulfillment", feed="stock", ranged=False, gap=_DAILY,
    ),
    "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA": ReportKind(
        unsuppressed_inventory, "amazon_fulfillment", feed="stock", ranged=False, gap=_NEAR_REAL_TIME,
    ),
    "GET_LEDGER_SUMMARY_VIEW_DATA": ReportKind(
        ledger_summary, "amazon_fulfillment", feed="stock", look_back_days=548,
        options={"aggregateByLocation": ("COUNTRY", "FC"), "aggregatedByTimePeriod": ("MONTHLY", "DAILY")},
    ),
    # Amazon: these two look alike and are spelled differently on purpose: aggregateBy…, aggregatedBy….
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL": ReportKind(
        all_orders, "inventory_and_order_tracking", most_days=30,
    ),
    "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA": ReportKind(
        customer_returns, "amazon_fulfillment", look_back_days=548,
    ),
    "GET_SELLER_FEEDBACK_DATA": ReportKind(seller_feedback, "inventory_and_order_tracking"),
    "GET_V2_SELLER_PERFORMANCE_REPORT": ReportKind(seller_performance, "", ranged=False),
    "GET_MERCHANT_LISTINGS_ALL_DATA": ReportKind(
        merchant_listings, "product_listing", ranged=False, gap=_NEAR_REAL_TIME,
    ),
}  # fmt: skip
