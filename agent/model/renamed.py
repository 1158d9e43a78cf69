"""What figures and fields were called before, or are called in Amazon's own reports and pages.

Whoever writes such a name is told ours. A column or metric that is renamed leaves its old name here.
"""

from __future__ import annotations

from collections.abc import Mapping

RENAMED: Mapping[str, tuple[str, ...]] = {
    "spend": ("cost", "ad_spend"),
    "ad_cost": ("cost",),
    "orders": ("purchases", "order_items"),
    "conversions": ("purchases",),
    "purchases7d": ("purchases",),
    "sales7d": ("sales",),
    "attributed_sales": ("sales",),
    "revenue": ("sales", "ordered_sales"),
    "ordered_product_sales": ("ordered_sales",),
    "units_sold_clicks7d": ("units",),
    "click_through_rate": ("ctr",),
    "cost_per_click": ("cpc",),
    "conversion_rate": ("cvr", "unit_session_rate"),
    "unit_session_percentage": ("unit_session_rate",),
    "top_of_search_impression_share": ("top_of_search_share",),
    "buy_box_percentage": ("featured_offer_share",),
    "buy_box_share": ("featured_offer_share",),
    "status": ("state",),
    "keyword_text": ("text",),
    "search_term": ("term",),
    "daily_budget": ("budget",),
    "max_bid": ("bid",),
    "afn_fulfillable_quantity": ("fulfillable",),
    "available": ("fulfillable",),
    "days_of_supply": ("days_of_cover", "amazon_days_of_supply"),
    "lead_time_days": ("lead_time",),
    "standard_price": ("price",),
    "buy_box_price": ("featured_price",),
    "odr": ("order_defect_rate",),
}
"""Each old or foreign name with ours, the likelier first; of a kind, the first that it has is meant."""


def now_called(name: str, known: frozenset[str]) -> str:
    """Our name among those that are ``known`` in the place; empty where there is none."""
    return next((ours for ours in RENAMED.get(name.lower(), ()) if ours in known), "")
