"""From a row of the workbook to a row of a stream: pure, one function per entity type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.bulksheet.record import Record

Row = Mapping[str, Any]

_STATES = {state: state for state in ("enabled", "paused", "archived")}
_TARGETING = {"auto": "auto", "manual": "manual"}
_MATCHES = {match: match for match in ("exact", "phrase", "broad")}
_NEGATIVE_MATCHES = {
    "negative exact": "negative_exact",
    "negativeexact": "negative_exact",
    "negative phrase": "negative_phrase",
    "negativephrase": "negative_phrase",
}
# Amazon: the console's words for what the API calls LEGACY_FOR_SALES, AUTO_FOR_SALES, MANUAL and RULE_BASED.
_STRATEGIES = {
    "dynamic bids - down only": "legacy_for_sales",
    "dynamic bids - up and down": "auto_for_sales",
    "fixed bid": "manual",
    "fixed bids": "manual",
    "rule-based bidding": "rule_based",
}
# Amazon: a download writes "Placement Top", the template for uploads "placementTop".
PLACEMENTS = {
    "placementtop": "placement_top",
    "placementproductpage": "placement_product_page",
    "placementrestofsearch": "placement_rest",
}
_AUTOMATIC = frozenset({"close-match", "loose-match", "substitutes", "complements"})


def _campaign(record: Record) -> Row:
    return {
        "entity": record.id("Campaign ID"),
        "name": record.text("Campaign Name"),
        "state": record.word("State", _STATES),
        "targeting_type": record.word("Targeting Type", _TARGETING),
        "budget": record.micros("Daily Budget"),
        "bidding_strategy": record.word("Bidding Strategy", _STRATEGIES),
        "portfolio_id": record.text("Portfolio ID"),
        **dict.fromkeys(PLACEMENTS.values()),
    }


def adjustment(record: Record) -> tuple[str, str, float] | None:
    """Campaign, our column and ratio of a row of ``Bidding Adjustment``; None for a placement we have no column for."""
    column = PLACEMENTS.get((record.text("Placement") or "").replace(" ", "").casefold())
    percentage = record.count("Percentage")
    return (record.id("Campaign ID"), column, percentage / 100) if column else None


def _ad_group(record: Record) -> Row:
    return {
        "entity": record.id("Ad Group ID"),
        "name": record.text("Ad Group Name"),
        "state": record.word("State", _STATES),
        "default_bid": record.micros("Ad Group Default Bid"),
        "campaign_id": record.id("Campaign ID"),
    }


def _keyword(record: Record) -> Row:
    return {
        "entity": record.id("Keyword ID"),
        "text": record.text("Keyword Text"),
        "match_type": record.word("Match Type", _MATCHES),
        **_in_ad_group(record),
        "bid": record.micros("Bid"),
    }


def _product_target(record: Record) -> Row:
    expression = (record.text("Product Targeting Expression") or "").replace('"', "")
    return {
        "entity": record.id("Product Targeting ID"),
        "text": expression,
        "target_type": "auto" if expression in _AUTOMATIC else "manual",
        **_in_ad_group(record),
        "bid": record.micros("Bid"),
    }


def _product_ad(record: Record) -> Row:
    return {
        "entity": record.id("Ad ID"),
        "sku": record.text("SKU"),
        "asin": record.text("ASIN"),
        **_in_ad_group(record),
    }


def _negative_keyword(record: Record) -> Row:
    return {
        "entity": record.id("Keyword ID"),
        "text": record.text("Keyword Text"),
        "match_type": record.word("Match Type", _NEGATIVE_MATCHES),
        **_in_ad_group(record),
    }


def _in_ad_group(record: Record) -> Row:
    return {
        "state": record.word("State", _STATES),
        "campaign_id": record.id("Campaign ID"),
        "ad_group_id": record.id("Ad Group ID"),
    }


READERS: Mapping[str, tuple[str, Callable[[Record], Row]]] = {
    "Campaign": ("campaigns", _campaign),
    "Ad Group": ("ad_groups", _ad_group),
    "Keyword": ("keywords", _keyword),
    "Product Targeting": ("product_targets", _product_target),
    "Product Ad": ("product_ads", _product_ad),
    "Negative Keyword": ("negative_keywords", _negative_keyword),
}
"""The workbook's entity types, with the stream each one fills."""


def _figures(record: Record, entity: str) -> Row:
    return {
        "entity": entity,
        "impressions": record.count("Impressions"), "clicks": record.count("Clicks"),
        "cost": record.micros("Spend") or 0, "purchases": record.count("Orders"), "units": record.count("Units"),
        "sales": record.micros("Sales") or 0,
    }  # fmt: skip


def _keyword_figures(record: Record) -> Row:
    return _figures(record, record.id("Keyword ID"))


def _target_figures(record: Record) -> Row:
    return _figures(record, record.id("Product Targeting ID"))


def search_term_figures(record: Record) -> Row | None:
    """A row of the workbook's search term report, named CAMPAIGN/AD GROUP/TARGET/TERM; None where it lacks an id."""
    target = "Keyword ID" if record.text("Keyword ID") else "Product Targeting ID"
    columns = ("Campaign ID", "Ad Group ID", target)
    if not all(record.text(column) for column in columns):
        return None
    named = (*(record.id(column) for column in columns), record.text("Customer Search Term") or "")
    return _figures(record, "/".join(named))


FIGURES: Mapping[str, tuple[str, Callable[[Record], Row]]] = {
    "Keyword": ("keyword_totals", _keyword_figures),
    "Product Targeting": ("product_target_totals", _target_figures),
}
"""The entity types whose figures of the workbook's period are kept, with their streams."""
