"""Incidents as a scenario file writes them: each kind with its own keys."""

from __future__ import annotations

from collections.abc import Collection

from connectors.sandbox.document import Section
from connectors.sandbox.scenario import MARKET_INCIDENTS, SHOP_INCIDENTS, Incident

FEEDS = ("sales", "stock", "ads")
FIELDS = ("title", "bullets", "description", "main_image")
ENFORCEMENTS = ("LISTING_SUPPRESSED", "SEARCH_SUPPRESSED", "ATTRIBUTE_SUPPRESSED")
_FACTORS = (*MARKET_INCIDENTS, "season", "rival_price", "hijack", "bids_by_hand")
_AMOUNTS = {
    "cpc": "keywords",
    "shipment_delay": "days",
    "aged_stock": "units",
    "bulk_order": "units",
    "reviews": "count",
}
_MOMENTARY = ("bulk_order", "title_edit", "reviews", "bids_by_hand", "aged_stock")


def read_incident(part: Section) -> Incident:
    """One entry of ``incidents``. A key that its kind does not know is refused with its place."""
    day = part.whole("day", low=-2000)
    kind = part.text("kind", one_of=(*MARKET_INCIDENTS, *SHOP_INCIDENTS))
    incident = Incident(
        day=day,
        until=part.whole("until", day if kind in _MOMENTARY else None, low=day),
        kind=kind,
        sku=part.text("sku"),
        factor=part.number("factor", high=1000) if kind in _FACTORS else 1.0,
        share=part.number("share", 1.0, high=1) if kind in MARKET_INCIDENTS else 1.0,
        amount=_amount(part, kind),
        text=_text(part, kind),
        expect=part.words("expect"),
        forbid=part.words("forbid"),
        deadline=part.whole("deadline", low=day) if part.has("deadline") else None,
    )
    if (incident.expect or incident.forbid) and incident.deadline is None:
        raise part.wrong("names rules without a deadline", hint="add deadline: the last day that counts")
    part.done()
    return incident


def _amount(part: Section, kind: str) -> int:
    if kind == "season":
        return part.whole("units", 0, high=1_000_000)
    return part.whole(_AMOUNTS[kind], low=1, high=1_000_000) if kind in _AMOUNTS else 0


def _text(part: Section, kind: str) -> str:
    words: dict[str, tuple[str, str, Collection[str]]] = {
        "title_edit": ("field", "title", FIELDS),
        "suppressed": ("enforcement", "LISTING_SUPPRESSED", ENFORCEMENTS),
        "feed_stale": ("feed", "sales", FEEDS),
    }
    if kind not in words:
        return ""
    key, default, one_of = words[kind]
    return part.text(key, default, one_of=one_of)
