"""FBA stock as flat files: what is there, how old it is and what Amazon says of it, and what moved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from connectors.sandbox.selling.tables import Table
from connectors.sandbox.selling.telling import Telling, decimals
from connectors.sandbox.shop_rows import AgeRow, LedgerRow, ListingRow, StockRow

_UNSUPPRESSED = (
    "sku", "fnsku", "asin", "product-name", "condition", "your-price", "mfn-listing-exists",
    "mfn-fulfillable-quantity", "afn-listing-exists", "afn-warehouse-quantity", "afn-fulfillable-quantity",
    "afn-unsellable-quantity", "afn-reserved-quantity", "afn-total-quantity", "per-unit-volume",
    "afn-inbound-working-quantity", "afn-inbound-shipped-quantity", "afn-inbound-receiving-quantity",
    "afn-researching-quantity", "afn-reserved-future-supply", "afn-future-supply-buyable",
)  # fmt: skip
_PLANNING = (
    "snapshot-date", "sku", "fnsku", "asin", "product-name", "condition", "available", "pending-removal-quantity",
    "inv-age-0-to-90-days", "inv-age-91-to-180-days", "inv-age-181-to-270-days", "inv-age-271-to-365-days",
    "inv-age-365-plus-days", "currency", "quantity-to-be-charged-ais-181-210-days", "estimated-ais-181-210-days",
    "quantity-to-be-charged-ais-365-plus-days", "estimated-ais-365-plus-days", "units-shipped-t7",
    "units-shipped-t30", "units-shipped-t60", "units-shipped-t90", "alert", "your-price", "sales-price",
    "featuredoffer-price", "recommended-action", "sell-through", "storage-type", "marketplace", "product-group",
    "sales-rank", "days-of-supply", "estimated-excess-quantity", "estimated-storage-cost-next-month",
    "inbound-quantity", "inbound-working", "inbound-shipped", "inbound-received", "Total Reserved Quantity",
    "unfulfillable-quantity", "historical-days-of-supply", "fba-minimum-inventory-level",
    "fba-inventory-level-health-status", "Exempted from Low-Inventory-Level fee?",
    "Low-Inventory-Level fee applied in current week?", "Short term historical days of supply",
    "Long term historical days of supply", "Inventory age snapshot date", "Reserved FC Transfer",
    "Reserved FC Processing", "Reserved Customer Order", "supplier",
)  # fmt: skip
_LEDGER = (
    "Date", "FNSKU", "ASIN", "MSKU", "Title", "Disposition", "Starting Warehouse Balance",
    "In Transit Between Warehouses", "Receipts", "Customer Shipments", "Customer Returns", "Vendor Returns",
    "Warehouse Transfer In/Out", "Found", "Lost", "Damaged", "Disposed", "Other Events", "Ending Warehouse Balance",
    "Unknown Events", "Location",
)  # fmt: skip
_HEALTH_WORDS = {"healthy": "Healthy", "low_stock": "Low stock", "excess": "Excess", "out_of_stock": "Out of stock"}


def unsuppressed_inventory(telling: Telling) -> Table | None:
    table = Table(_UNSUPPRESSED)
    prices = {row.sku: row.price for row in telling.shop.listings(telling.now)}
    for row in telling.shop.stock(telling.now):
        inbound = row.inbound_working + row.inbound_shipped + row.inbound_receiving
        on_hand = row.fulfillable + row.unfulfillable + reserved(row) + row.researching
        table.add({
            "sku": row.sku, "fnsku": row.fnsku, "asin": row.asin, "product-name": row.name, "condition": "New",
            "your-price": decimals(prices.get(row.sku)), "mfn-listing-exists": False, "afn-listing-exists": True,
            "afn-warehouse-quantity": on_hand, "afn-fulfillable-quantity": row.fulfillable,
            "afn-unsellable-quantity": row.unfulfillable, "afn-reserved-quantity": reserved(row),
            "afn-total-quantity": on_hand + inbound, "per-unit-volume": "0.09",
            "afn-inbound-working-quantity": row.inbound_working, "afn-inbound-shipped-quantity": row.inbound_shipped,
            "afn-inbound-receiving-quantity": row.inbound_receiving, "afn-researching-quantity": row.researching,
            "afn-reserved-future-supply": 0, "afn-future-supply-buyable": 0,
        })  # fmt: skip
    return table if table.rows else None


def inventory_planning(telling: Telling) -> Table | None:
    table = Table(_PLANNING)
    shop, now = telling.shop, telling.now
    stock = {row.sku: row for row in shop.stock(now)}
    listings = {row.sku: row for row in shop.listings(now)}
    for row in shop.stock_health(now):
        if row.sku in stock:
            table.add({
                **_stock_cells(stock[row.sku], telling.last), **_listing_cells(listings.get(row.sku)),
                **_health_cells(row, telling.marketplace.currency), "marketplace": telling.marketplace.code,
            })  # fmt: skip
    return table if table.rows else None


def _stock_cells(row: StockRow, today: date) -> Mapping[str, object]:
    return {
        "snapshot-date": today.isoformat(), "Inventory age snapshot date": today.isoformat(), "sku": row.sku,
        "fnsku": row.fnsku, "asin": row.asin, "product-name": row.name, "condition": "New",
        "available": row.fulfillable, "pending-removal-quantity": 0,
        "inbound-quantity": row.inbound_working + row.inbound_shipped + row.inbound_receiving,
        "inbound-working": row.inbound_working, "inbound-shipped": row.inbound_shipped,
        "inbound-received": row.inbound_receiving, "Total Reserved Quantity": reserved(row),
        "unfulfillable-quantity": row.unfulfillable, "Reserved FC Transfer": row.reserved_transfer,
        "Reserved FC Processing": row.reserved_processing, "Reserved Customer Order": row.reserved_orders,
    }  # fmt: skip


def _listing_cells(row: ListingRow | None) -> Mapping[str, object]:
    return {} if row is None else {"your-price": decimals(row.price), "sales-price": decimals(row.price)}


def _health_cells(row: AgeRow, currency: str) -> Mapping[str, object]:
    """Amazon: days of supply have a decimal; what was never counted is empty, not 0."""
    return {
        "inv-age-0-to-90-days": row.age_0_90, "inv-age-91-to-180-days": row.age_91_180,
        "inv-age-181-to-270-days": row.age_181_270, "inv-age-271-to-365-days": row.age_271_365,
        "inv-age-365-plus-days": row.age_over_365, "currency": currency,
        "quantity-to-be-charged-ais-181-210-days": row.aged_fee_units,
        "estimated-ais-181-210-days": decimals(row.aged_fee), "quantity-to-be-charged-ais-365-plus-days": 0,
        "estimated-ais-365-plus-days": "0.00", "units-shipped-t7": row.shipped_7d, "units-shipped-t30": row.shipped_30d,
        "units-shipped-t60": row.shipped_60d, "units-shipped-t90": row.shipped_90d,
        "sell-through": _number(row.sell_through), "storage-type": "Standard-Size",
        "days-of-supply": _number(row.days_of_supply), "estimated-excess-quantity": row.excess_units,
        "estimated-storage-cost-next-month": decimals(row.storage_cost),
        "historical-days-of-supply": _number(row.historical_days_short),
        "Short term historical days of supply": _number(row.historical_days_short),
        "Long term historical days of supply": _number(row.historical_days_long),
        "fba-minimum-inventory-level": row.minimum_level,
        "fba-inventory-level-health-status": _HEALTH_WORDS.get(row.health, row.health),
        "Exempted from Low-Inventory-Level fee?": row.low_inventory_exempt,
        "Low-Inventory-Level fee applied in current week?": row.low_inventory_fee,
    }  # fmt: skip


def ledger_summary(telling: Telling) -> Table | None:
    """By day or by month; the seller's stock all lies in one country."""
    table = Table(_LEDGER)
    daily = telling.ask.options["aggregatedByTimePeriod"] == "DAILY"
    periods: dict[tuple[date, str], list[LedgerRow]] = {}
    for day in telling.days():
        for row in telling.shop.ledger(day, telling.now):
            periods.setdefault((day if daily else day.replace(day=1), row.sku), []).append(row)
    for (day, _sku), rows in periods.items():
        table.add(_ledger_cells(f"{day:%m/%d/%Y}" if daily else f"{day:%m/%Y}", rows, telling.marketplace.code))
    return table if table.rows else None


def _ledger_cells(day: str, rows: list[LedgerRow], place: str) -> Mapping[str, object]:
    """Of the sellable stock. Amazon: what leaves is written with a minus."""
    first, last = rows[0], rows[-1]
    return {
        "Date": day, "FNSKU": first.fnsku, "ASIN": first.asin, "MSKU": first.sku, "Title": first.name,
        "Disposition": "SELLABLE", "Starting Warehouse Balance": first.starting_balance,
        "In Transit Between Warehouses": 0, "Receipts": sum(row.receipts for row in rows),
        "Customer Shipments": -sum(row.customer_shipments for row in rows),
        "Customer Returns": sum(row.customer_returns for row in rows), "Vendor Returns": 0,
        "Warehouse Transfer In/Out": 0, "Found": sum(row.found for row in rows),
        "Lost": -sum(row.lost for row in rows), "Damaged": -sum(row.damaged for row in rows),
        "Disposed": -sum(row.disposed for row in rows), "Other Events": 0,
        "Ending Warehouse Balance": last.ending_balance, "Unknown Events": 0, "Location": place,
    }  # fmt: skip


def reserved(row: StockRow) -> int:
    """All units that are there and cannot be sold now."""
    return row.reserved_orders + row.reserved_transfer + row.reserved_processing


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
