"""The operator's own lists, and a tool's export of reviews: what no API tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time

from connectors.sandbox.exports.sheet import Sheet, money
from connectors.sandbox.sandbox import Sandbox

_REVIEWS = ("Review ID", "ASIN", "Date", "Rating", "Title", "Body")


def own_lists(sandbox: Sandbox, span: Sequence[date]) -> Mapping[str, Sheet]:
    """By file name; the columns are those of the product's own lists."""
    shop, now = sandbox.shop, sandbox.clock.now()
    return {
        "costs.csv": Sheet(("sku", "landed_cost", "min_price", "max_price", "cost_since"), [
            (row.sku, money(row.landed_cost), money(row.min_price), money(row.max_price), row.cost_since)
            for row in shop.costs(now)
        ]),
        "lead_times.csv": Sheet(("sku", "supplier_id", "lead_time", "lead_time_sd", "review_days", "order_minimum",
                                 "carton", "cover_wanted", "service_level"), [
            (row.sku, row.supplier_id, row.lead_time, row.lead_time_sd, row.review_days, row.order_minimum, row.carton,
             row.cover_wanted, row.service_level)
            for row in shop.lead_times(now)
        ]),
        "targets.csv": Sheet(("sku", "target_month", "target_units", "target_sales"), [
            (row.sku, row.month, row.units, money(row.sales)) for row in shop.targets(now)
        ]),
        "suppliers.csv": Sheet(("supplier_id", "name", "country", "closed_from", "closed_until"), [
            (row.supplier_id, row.name, row.country, row.closed_from, row.closed_until) for row in shop.suppliers(now)
        ]),
        "purchase_orders.csv": Sheet(("order_id", "sku", "supplier_id", "units_ordered", "units_received",
                                      "ordered_at", "due_at"), [
            (row.order_id, row.sku, row.supplier_id, row.units_ordered, row.units_received, row.ordered_at, row.due_at)
            for row in shop.purchase_orders(now)
        ]),
        "events.csv": Sheet(("event_id", "name", "category", "starts_at", "ends_at", "sku"), [
            (row.event_id, row.name, row.category, row.starts, row.ends, row.sku) for row in shop.events(now)
        ]),
        "competitors.csv": Sheet(("sku", "rival_asin", "name", "close"), [
            (row.sku, row.asin, row.name, "yes" if row.close else "no")
            for sku in shop.skus for row in shop.rivals(sku, now)
        ]),
        "reviews.csv": Sheet(_REVIEWS, [
            (row.id, row.asin, f"{row.reviewed_at:%Y-%m-%d}", row.stars, row.title, row.text)
            for row in shop.reviews(datetime.combine(span[0], time(), UTC), now)
        ]),
    }  # fmt: skip
