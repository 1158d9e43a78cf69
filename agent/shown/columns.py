"""Columns of the dictionary by the words people use for them, and their values with the unit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from agent.language import _, money, ngettext, noted, number, percent
from agent.model.metric import Column, Unit
from agent.model.money import MICROS, Money

_WORDS: Mapping[str, str] = {
    # Ads
    "name": noted("name"), "state": noted("state"), "targeting_type": noted("targeting"),
    "budget": noted("daily budget"), "bidding_strategy": noted("bidding strategy"),
    "placement_top": noted("top of search"), "placement_product_page": noted("product pages"),
    "placement_rest": noted("rest of search"), "portfolio_id": noted("portfolio"), "default_bid": noted("default bid"),
    "campaign_id": noted("campaign"), "ad_group_id": noted("ad group"), "text": noted("text"),
    "match_type": noted("match type"), "bid": noted("bid"), "target_type": noted("targeting"), "sku": noted("SKU"),
    "asin": noted("ASIN"), "term": noted("search term"), "target_id": noted("found by target"),
    "impressions": noted("impressions"), "clicks": noted("clicks"), "cost": noted("ad cost"),
    "purchases": noted("ad orders"), "units": noted("ad units"), "sales": noted("ad sales"),
    # Stock
    "fulfillable": noted("can be sold now"), "reserved": noted("reserved"), "fnsku": noted("FNSKU"),
    "reserved_transfer": noted("between warehouses"), "reserved_processing": noted("being examined"),
    "reserved_orders": noted("ordered by customers"), "inbound_working": noted("shipments in preparation"),
    "inbound_shipped": noted("on the way"), "inbound_receiving": noted("being received"),
    "unfulfillable": noted("cannot be sold"), "researching": noted("Amazon looks for it"),
    "landed_cost": noted("cost of a unit"), "min_price": noted("lowest price"), "max_price": noted("highest price"),
    "supplier_id": noted("supplier"), "lead_time": noted("lead time"), "lead_time_sd": noted("lead time varies by"),
    "review_days": noted("days between orders"), "order_minimum": noted("smallest order"), "carton": noted("carton"),
    "cover_wanted": noted("cover wanted"), "service_level": noted("wanted chance of not running out"),
    "referral_fee": noted("referral fee"), "fulfillment_fee": noted("FBA fee"), "other_fees": noted("other fees"),
    "units_per_day": noted("expected units a day"), "units_per_day_recent": noted("units a day, last 30 days"),
    "demand_28d": noted("expected units, 28 days"), "demand_28d_high": noted("the same where demand is high"),
    "days_of_cover": noted("days of cover"), "days_of_cover_low": noted("days of cover where demand is high"),
    "days_of_cover_naive": noted("days of cover by the last 30 days"), "position": noted("stock with all on its way"),
    "cover_with_inbound": noted("days of cover with all on its way"),
    "next_arrival_days": noted("next arrival, late case"), "gap_days": noted("days without stock"),
    "gap_units": noted("units lost in them"), "reorder_point": noted("order once stock is at"),
    "order_units": noted("order now"), "stockout_risk": noted("risk of running out"),
    "out_days": noted("days out of stock in 30"), "back_days": noted("back in stock since"),
    "aged_next": noted("units that turn 181 days old"), "target_units": noted("target of the month"),
    "units_ordered": noted("units ordered"), "sessions": noted("sessions"), "ordered_sales": noted("sales"),
    # Listings
    "title": noted("title"), "bullets": noted("bullet points"), "description": noted("description"),
    "main_image": noted("main image"), "other_images": noted("other images"), "images": noted("images"),
    "image": noted("image"), "delivery": noted("delivery"),
    "aplus": noted("A+ content"), "product_type": noted("product type"), "price": noted("price"),
    "sale_price": noted("reduced price"), "quantity": noted("own warehouse"), "channel": noted("shipped by"),
    "buyable": noted("can be bought"), "discoverable": noted("can be found"), "opened_at": noted("created"),
    "parent_asin": noted("variation family"), "errors": noted("errors"), "warnings": noted("warnings"),
    "enforcement": noted("what Amazon did"), "issue_code": noted("issue code"), "issue": noted("issue"),
    "featured_price": noted("featured offer"), "featured_own": noted("featured offer is ours"),
    "expected_price": noted("price to be featured"), "competitive_price": noted("price outside Amazon"),
    "lowest_price": noted("lowest offer"), "offer_count": noted("offers"), "trend": noted("trend"),
    "frozen": noted("left alone"), "observing": noted("being watched"), "observed_until": noted("watched until"),
    "edited_at": noted("last change"), "edited_field": noted("what was changed"), "edited_sku": noted("on SKU"),
    "edited_by": noted("changed by"), "verdict": noted("what the last change did"), "effect": noted("its effect"),
    "suggested_lever": noted("what to try"), "family": noted("family"), "slope": noted("slope, a day"),
    "price_edits_24h": noted("price changes, 24 hours"), "price_edits_7d": noted("price changes, 7 days"),
    "price_median_30d": noted("usual price, 30 days"),
}  # fmt: skip

VALUES = (
    noted("rising"), noted("on target stable"), noted("declining"), noted("dormant"), noted("keep"), noted("revert"),
    noted("inconclusive"), noted("us"), noted("somebody else"), noted("manual"), noted("fba"), noted("mfn"),
    noted("exact"), noted("phrase"), noted("broad"), noted("catalog item removed"), noted("listing suppressed"),
    noted("search suppressed"), noted("attribute suppressed"),
)  # fmt: skip
"""Values that are words, and pass through ``_`` as variables."""


def column_word(name: str) -> str:
    """What people call a column; one that nobody has named yet is written as it is."""
    return _(_WORDS.get(name, name.replace("_", " ")))


def column_text(value: Any, column: Column, currency: str) -> str:
    """A value of a column with its unit; what is not known is said to be unknown."""
    if value is None:
        return _("unknown")
    if column.unit is Unit.MONEY:
        return money(Money(value, currency)) if currency else number(value / MICROS, 2)
    if column.unit is Unit.RATIO:
        return percent(value, 1)
    if column.unit is Unit.DAYS:
        return days_text(value)
    if column.unit is Unit.FLAG:
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC" if value.time().replace(tzinfo=None).isoformat() != "00:00:00" else (
            f"{value:%Y-%m-%d}")  # fmt: skip
    if isinstance(value, int | float):
        return number(value, 0 if column.unit is Unit.COUNT else 2)
    return _(value.replace("_", " ")) if column.choices else str(value) or "–"


def days_text(days: float) -> str:
    """``12 days``; below ten with a tenth, as one day is then a large part."""
    figure = number(days, 0 if days >= 10 or days == int(days) else 1)
    return ngettext("{days} day", "{days} days", 1 if figure == "1" else 2).format(days=figure)
