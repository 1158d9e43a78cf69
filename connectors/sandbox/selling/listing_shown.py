"""A listing as Listings Items 2021-08-01 answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from connectors.sandbox.operation import Visit
from connectors.sandbox.selling.attributes import sale_of
from connectors.sandbox.selling.offers import Shelf
from connectors.sandbox.selling.report_jobs import Json, text
from connectors.sandbox.selling.telling import decimals
from connectors.sandbox.shop_rows import IssueRow, ListingRow

INCLUDED = ("summaries", "attributes", "issues", "offers", "fulfillmentAvailability", "procurement", "relationships",
            "productTypes")  # fmt: skip
_THEME = {"attributes": ["color"], "theme": "COLOR"}


def shown(visit: Visit, row: ListingRow, included: tuple[str, ...]) -> Json:
    return {"sku": row.sku, **{name: _PARTS[name](visit, row) for name in included}}


def shown_parent(visit: Visit, row: ListingRow, included: tuple[str, ...]) -> Json:
    """The parent of a row's family: it can be neither bought nor found."""
    children = [one.sku for one in visit.sandbox.shop.listings(visit.now) if one.parent_asin == row.parent_asin]
    parts: Mapping[str, object] = {
        "summaries": [{**_summary(visit, row), "asin": row.parent_asin, "status": [],
                       "itemName": row.title.split(",")[0]}],
        "attributes": {}, "issues": [], "offers": [], "fulfillmentAvailability": [], "procurement": [],
        "relationships": [_family(visit, {"childSkus": children})], "productTypes": _types(visit, row),
    }  # fmt: skip
    summary = parts["summaries"]
    if isinstance(summary, list):
        summary[0].pop("fnSku", None)
    return {"sku": parent_sku(row), **{name: parts[name] for name in included}}


def parent_sku(row: ListingRow) -> str:
    """The SKU of a row's family; empty for a product that stands alone."""
    return f"{row.parent_asin}-PARENT" if row.parent_asin and row.parent_asin != row.asin else ""


def _summary(visit: Visit, row: ListingRow) -> Json:
    status = [name for name, holds in (("BUYABLE", row.buyable), ("DISCOVERABLE", row.discoverable)) if holds]
    summary: Json = {
        "marketplaceId": visit.sandbox.scenario.account.marketplace.id, "asin": row.asin,
        "productType": row.product_type, "conditionType": "new_new", "status": status, "fnSku": row.fnsku,
        "itemName": row.title, "createdDate": text(row.opened_at), "lastUpdatedDate": text(row.changed_at),
    }  # fmt: skip
    if row.main_image:
        summary["mainImage"] = {"link": row.main_image, "height": 1000, "width": 1000}
    return summary


def _summaries(visit: Visit, row: ListingRow) -> object:
    return [_summary(visit, row)]


def _attributes(visit: Visit, row: ListingRow) -> object:
    return Shelf(visit.sandbox).attributes(row, visit.now)


def _issues(visit: Visit, row: ListingRow) -> object:
    return [_issue(issue, visit.sandbox.scenario.account.marketplace.id) for issue in row.issues]


def _issue(issue: IssueRow, place: str) -> Json:
    body: Json = {"code": issue.code, "message": issue.message, "severity": issue.severity,
                  "attributeNames": list(issue.attributes), "categories": ["MISSING_ATTRIBUTE"],
                  "marketplaceIds": [place]}  # fmt: skip
    if issue.enforcement:
        body["enforcements"] = {"actions": [{"action": issue.enforcement.upper()}],
                                "exemption": {"status": "NOT_EXEMPT"}}  # fmt: skip
    return body


def _offers(visit: Visit, row: ListingRow) -> object:
    """Amazon: what the shop asks now, a running sale included, as text."""
    if not row.buyable:
        return []
    place = visit.sandbox.scenario.account.marketplace
    sale = sale_of(Shelf(visit.sandbox).offers(row, visit.now), visit.now)
    price = {"currencyCode": place.currency, "amount": decimals(row.price if sale is None else sale)}
    return [{"marketplaceId": place.id, "offerType": "B2C", "price": price,
             "audience": {"value": "ALL", "displayName": "Sell on Amazon"}}]  # fmt: skip


def _availability(visit: Visit, row: ListingRow) -> object:
    if row.channel == "fba":
        return [{"fulfillmentChannelCode": "AMAZON_NA"}]
    return [{"fulfillmentChannelCode": "DEFAULT", "quantity": row.quantity}]


def _procurement(visit: Visit, row: ListingRow) -> object:
    return []


def _relationships(visit: Visit, row: ListingRow) -> object:
    return [_family(visit, {"parentSkus": [parent_sku(row)]} if parent_sku(row) else None)]


def _family(visit: Visit, members: Json | None) -> Json:
    found = [{**members, "type": "VARIATION", "variationTheme": _THEME}] if members else []
    return {"marketplaceId": visit.sandbox.scenario.account.marketplace.id, "relationships": found}


def _types(visit: Visit, row: ListingRow) -> object:
    return [{"marketplaceId": visit.sandbox.scenario.account.marketplace.id, "productType": row.product_type}]


_PARTS: Mapping[str, Callable[[Visit, ListingRow], object]] = {
    "summaries": _summaries, "attributes": _attributes, "issues": _issues, "offers": _offers,
    "fulfillmentAvailability": _availability, "procurement": _procurement, "relationships": _relationships,
    "productTypes": _types,
}  # fmt: skip
