"""A listing as Amazon tells it (Listings Items 2021-08-01): content, price, status, and what Amazon has against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.selling_partner.reading import (
    Item,
    Row,
    Unpromised,
    any_of,
    at,
    count,
    each,
    instant,
    item,
    may,
    micros,
    money,
    need,
    text,
)

COLUMNS = (
    "asin", "parent_asin", "title", "bullets", "description", "main_image", "other_images", "images", "product_type",
    "price", "sale_price", "quantity", "channel", "state", "buyable", "discoverable", "opened_at",
)  # fmt: skip
ISSUE_COLUMNS = ("errors", "warnings", "enforcement", "issue_code", "issue")
INCLUDED = ("summaries", "attributes", "issues", "offers", "fulfillmentAvailability", "relationships", "productTypes")
"""Amazon: what an answer tells has to be asked for."""
OFFER = "purchasable_offer"
_MORE_IMAGES = tuple(f"other_product_image_locator_{number}" for number in range(1, 9))
_ENFORCEMENTS = ("CATALOG_ITEM_REMOVED", "LISTING_SUPPRESSED", "SEARCH_SUPPRESSED", "ATTRIBUTE_SUPPRESSED")
"""From the gravest down. An action Amazon adds later counts after these."""
_SEVERITIES = ("ERROR", "WARNING", "INFO")


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where listings are looked at: one marketplace, its currency, at one moment (sales begin and end)."""

    marketplace_id: str
    currency: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """One SKU in the marketplace. ``parent_sku``: of its variation family, where it has one."""

    sku: str
    row: Row
    issues: Row
    parent_sku: str | None


def listed(data: Item, shelf: Shelf) -> Listed | None:
    """One item of an answer; None where the SKU is not offered in the marketplace."""
    sku = need(data, "sku", text)
    summary = next(_here(any_of(data, "summaries"), shelf), None)
    if summary is None:
        return None
    status = _words(summary, "status")
    row: Row = {
        "entity": sku, "asin": may(summary, "asin", text), "product_type": may(summary, "productType", text),
        "opened_at": may(summary, "createdDate", instant),
        "buyable": "BUYABLE" in status, "discoverable": "DISCOVERABLE" in status,
        # Amazon: Seller Central calls a listing active when it can be bought.
        "state": "enabled" if "BUYABLE" in status else "paused",
        **_content(data, summary, shelf), **prices(data, shelf), **_stock(data),
    }  # fmt: skip
    return Listed(sku, row, {"entity": sku, **_issues(data, shelf)}, _parent(data, shelf))


def prices(data: Item, shelf: Shelf) -> Row:
    """``price`` and ``sale_price``. The price is the one the shop shows; while a sale runs, the one we set."""
    offers = [offer for offer in _here(any_of(data, "offers"), shelf) if _is_for_everybody(offer)]
    shown = money(offers[0], "price", shelf.currency) if offers else None
    entry = offer_entry(_values(data, OFFER), shelf)
    ours = set_price(entry) if entry is not None else None
    sale = _sale_price(entry, shelf.now) if entry is not None else None
    return {"price": ours if sale is not None or shown is None else shown, "sale_price": sale}


def _is_for_everybody(offer: Item) -> bool:
    return may(offer, "offerType", text) == "B2C" and may(offer, "audience.value", text) in (None, "ALL")


def offer_entry(entries: Sequence[Item], shelf: Shelf) -> Item | None:
    """The part of ``purchasable_offer`` that is for every customer of this marketplace. None where there is none.

    Amazon: others of the same list are for businesses or other marketplaces.
    """
    fitting = [
        entry for entry in entries
        if may(entry, "marketplace_id", text) in (None, shelf.marketplace_id)
        and may(entry, "currency", text) in (None, shelf.currency) and may(entry, "audience", text) in (None, "ALL")
    ]  # fmt: skip
    if len(fitting) > 1:
        raise Unpromised(f"has {len(fitting)} entries of {OFFER} for everybody in one marketplace")
    return fitting[0] if fitting else None


def set_price(entry: Item) -> int | None:
    """The price that was set, in micros; None where it has no single one."""
    schedules = [schedule for price in any_of(entry, "our_price") for schedule in any_of(price, "schedule")]
    return may(schedules[0], "value_with_tax", micros) if len(schedules) == 1 else None


def _sale_price(entry: Item, now: datetime) -> int | None:
    for sale in any_of(entry, "discounted_price"):
        for schedule in any_of(sale, "schedule"):
            starts, ends = may(schedule, "start_at", instant), may(schedule, "end_at", instant)
            if (starts is None or starts <= now) and (ends is None or now < ends):
                return may(schedule, "value_with_tax", micros)
    return None


def _content(data: Item, summary: Item, shelf: Shelf) -> Row:
    main = may(summary, "mainImage.link", text) or _first(data, "main_product_image_locator", "media_location", shelf)
    others = [link for name in _MORE_IMAGES if (link := _first(data, name, "media_location", shelf))]
    row: Row = {
        "title": may(summary, "itemName", text) or _first(data, "item_name", "value", shelf),
        "main_image": main, "bullets": None, "description": None, "other_images": None, "images": None,
    }  # fmt: skip
    if at(data, "attributes") is None:  # nothing is known of them, which is not the same as none
        return row
    bullets = [may(bullet, "value", text) or "" for bullet in _attribute(data, "bullet_point", shelf)]
    return row | {
        "bullets": "\n".join(bullets), "description": _first(data, "product_description", "value", shelf) or "",
        "other_images": "\n".join(others), "images": len(others) + bool(main),
    }  # fmt: skip


def _stock(data: Item) -> Row:
    """Amazon: a channel of its own is called AMAZON_NA, AMAZON_EU, …; the seller's warehouse is DEFAULT."""
    quantity, channel = None, None
    for availability in any_of(data, "fulfillmentAvailability"):
        code = need(availability, "fulfillmentChannelCode", text)
        if code.startswith("AMAZON"):
            channel = "fba"
        elif code == "DEFAULT":
            channel, quantity = channel or "mfn", may(availability, "quantity", count)
    return {"channel": channel, "quantity": quantity}


def _parent(data: Item, shelf: Shelf) -> str | None:
    for relations in _here(any_of(data, "relationships"), shelf):
        for relation in any_of(relations, "relationships"):
            parents = at(relation, "parentSkus")
            if may(relation, "type", text) == "VARIATION" and isinstance(parents, list) and parents:
                return str(parents[0])
    return None


def _issues(data: Item, shelf: Shelf) -> Row:
    found = [
        issue for issue in any_of(data, "issues") if shelf.marketplace_id in (_places(issue) or [shelf.marketplace_id])
    ]
    severities = [need(issue, "severity", text) for issue in found]
    worst = min(found, key=lambda issue: _gravity(issue, shelf.now), default=None)
    enforcements = sorted({action for issue in found for action in _enforced(issue, shelf.now)}, key=_rank)
    return {
        "errors": severities.count("ERROR"), "warnings": severities.count("WARNING"),
        "enforcement": enforcements[0].lower() if enforcements else "",
        "issue_code": need(worst, "code", text) if worst is not None else "",
        "issue": need(worst, "message", text) if worst is not None else "",
    }  # fmt: skip


def _gravity(issue: Item, now: datetime) -> tuple[int, int]:
    actions = [_rank(action) for action in _enforced(issue, now)]
    severity = need(issue, "severity", text)
    return min(actions, default=len(_ENFORCEMENTS) + 1), _SEVERITIES.index(severity) if severity in _SEVERITIES else 9


def _enforced(issue: Item, now: datetime) -> Sequence[str]:
    """What Amazon does about an issue. Amazon: an exemption means it is not done, or not yet."""
    if at(issue, "enforcements") is None:
        return ()
    status, until = (may(issue, f"enforcements.exemption.{name}", text) for name in ("status", "expiryDate"))
    if status == "EXEMPT" or (status == "EXEMPT_UNTIL_EXPIRY_DATE" and (until is None or instant(until) > now)):
        return ()
    return [need(action, "action", text) for action in any_of(issue, "enforcements.actions")]


def _rank(action: str) -> int:
    return _ENFORCEMENTS.index(action) if action in _ENFORCEMENTS else len(_ENFORCEMENTS)


def _places(issue: Item) -> list[object]:
    places = at(issue, "marketplaceIds")
    return places if isinstance(places, list) else []


def _here(items: Sequence[Item], shelf: Shelf) -> Iterator[Item]:
    return (one for one in items if may(one, "marketplaceId", text) == shelf.marketplace_id)


def _values(data: Item, name: str) -> Sequence[Item]:
    found = at(data, "attributes")
    return each(item(found, "attributes"), name) if isinstance(found, Mapping) and name in found else []


def _attribute(data: Item, name: str, shelf: Shelf) -> Sequence[Item]:
    """An attribute's entries for the marketplace, in its first language."""
    here = [one for one in _values(data, name) if may(one, "marketplace_id", text) in (None, shelf.marketplace_id)]
    return [one for one in here if at(one, "language_tag") == at(here[0], "language_tag")]


def _first(data: Item, name: str, field: str, shelf: Shelf) -> str | None:
    return next((may(one, field, text) for one in _attribute(data, name, shelf)), None)


def _words(data: Item, path: str) -> Sequence[str]:
    found = at(data, path)
    return [str(one) for one in found] if isinstance(found, list) else []
