"""Business Reports as Seller Central's download button writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from connectors.sandbox.exports.sheet import Sheet, percent, shown_money
from connectors.sandbox.sandbox import Sandbox
from connectors.sandbox.shop_rows import SalesRow

_SYMBOLS = {"USD": "$", "CAD": "CA$", "GBP": "£", "EUR": "€", "JPY": "¥"}
_BY_DAY = (
    "Date", "Ordered Product Sales", "Units Ordered", "Total Order Items", "Page Views - Total", "Sessions - Total",
    "Featured Offer (Buy Box) Percentage", "Unit Session Percentage", "Units Refunded",
)  # fmt: skip
_BY_PRODUCT = ("(Parent) ASIN", "(Child) ASIN", "Title", "SKU", "Sessions - Total", "Session Percentage - Total",
               "Page Views - Total", "Page Views Percentage - Total", "Featured Offer (Buy Box) Percentage",
               "Units Ordered", "Unit Session Percentage", "Ordered Product Sales", "Total Order Items")  # fmt: skip


def by_day(sandbox: Sandbox, span: Sequence[date]) -> Sheet:
    """The account's sales and traffic, a row per day."""
    sheet, now, symbol = Sheet(_BY_DAY), sandbox.clock.now(), _symbol(sandbox)
    for day in span:
        row = sandbox.shop.account_sales(day, now)
        if row is not None:
            sheet.rows.append((
                f"{day:%m/%d/%Y}", shown_money(row.ordered_sales, symbol), row.units_ordered, row.order_items,
                row.page_views, row.sessions, percent(row.featured_offer_share, 1),
                percent(row.units_ordered, row.sessions), row.units_refunded,
            ))  # fmt: skip
    return sheet


def by_product(sandbox: Sandbox, day: date) -> Sheet:
    """Sales and traffic of one day by child ASIN and SKU."""
    sheet, now, symbol = Sheet(_BY_PRODUCT), sandbox.clock.now(), _symbol(sandbox)
    titles = {row.sku: row.title for row in sandbox.shop.listings(now)}
    rows = sandbox.shop.sales(day, now)
    sessions, views = _sum(rows, "sessions"), _sum(rows, "page_views")
    for row in rows:
        sheet.rows.append((
            row.parent_asin, row.asin, titles.get(row.sku, ""), row.sku, f"{row.sessions:,}",
            percent(row.sessions, sessions), f"{row.page_views:,}", percent(row.page_views, views),
            percent(row.featured_offer_share, 1), row.units_ordered, percent(row.units_ordered, row.sessions),
            shown_money(row.ordered_sales, symbol), row.order_items,
        ))  # fmt: skip
    return sheet


def _symbol(sandbox: Sandbox) -> str:
    currency = sandbox.scenario.account.marketplace.currency
    return _SYMBOLS.get(currency, f"{currency} ")


def _sum(rows: Sequence[SalesRow], name: str) -> int:
    return int(sum(getattr(row, name) for row in rows))
