"""Catalog Items 2022-04-01: titles, families and sales ranks; no ratings, as at Amazon."""

from __future__ import annotations

from datetime import timedelta

from connectors.sandbox.answers import Answer, invalid, ok
from connectors.sandbox.operation import Visit
from connectors.sandbox.selling.pages import page, seal, unseal
from connectors.sandbox.selling.query import Query
from connectors.sandbox.selling.report_jobs import Json
from connectors.sandbox.shop_rows import CatalogRow

_INCLUDED = ("salesRanks", "summaries", "relationships", "productTypes", "images", "identifiers", "classifications",
             "dimensions", "attributes")  # fmt: skip
_SHOWN = ("salesRanks", "summaries", "relationships", "productTypes")


def search(visit: Visit) -> Answer:
    """By identifiers only; an unknown one is left out, as at Amazon. What is not simulated is refused by name."""
    query, shop, now = Query(visit), visit.sandbox.shop, visit.now
    query.marketplace()
    identifiers = query.listed("identifiers", most=20)
    type = query.word("identifiersType", ("ASIN", "SKU"), "ASIN")
    included = query.listed("includedData", _INCLUDED) or ("summaries",)
    seller, size, token = query.text("sellerId"), query.whole("pageSize", 10, 1, 20), query.text("pageToken")
    query.done()
    if not identifiers:
        raise invalid("identifiers are required; keywords are not simulated")
    if type == "SKU" and seller != visit.sandbox.scenario.account.seller:
        raise invalid("sellerId is required with identifiersType SKU")
    if set(included) - set(_SHOWN):
        raise invalid(f"includedData {min(set(included) - set(_SHOWN))} is not simulated")
    question, start = [list(identifiers), type], 0
    if token:
        asked, start = unseal(token, now, timedelta(hours=1), "pageToken")
        if asked != question:
            raise invalid("pageToken does not belong to these parameters")
    asins = identifiers if type == "ASIN" else tuple(shop.asin(sku) for sku in identifiers if sku in shop.skus)
    rows = [row for asin in dict.fromkeys(asins) if (row := shop.catalog(asin, now)) is not None]
    shown, more = page(rows, start, size)
    place = visit.sandbox.scenario.account.marketplace.id
    body: Json = {"numberOfResults": len(rows), "items": [_shown(row, included, place) for row in shown]}
    if more is not None:
        body["pagination"] = {"nextToken": seal(question, more, now)}
    return ok(body)


def _shown(row: CatalogRow, included: tuple[str, ...], place: str) -> Json:
    parents = [row.parent_asin] if row.parent_asin and row.parent_asin != row.asin else []
    group = row.rank_category.lower().replace(" ", "_")
    all: dict[str, object] = {
        "summaries": [{"marketplaceId": place, "brand": row.brand, "itemClassification": "BASE_PRODUCT",
                       "itemName": row.title, "websiteDisplayGroupName": row.rank_category}],
        "salesRanks": [{"marketplaceId": place, "displayGroupRanks": [
            {"websiteDisplayGroup": f"{group}_display_on_website", "title": row.rank_category,
             "rank": row.sales_rank}]}],
        "relationships": [{"marketplaceId": place, "relationships": [
            {"parentAsins": parents, "type": "VARIATION"}] if parents else []}],
        "productTypes": [{"marketplaceId": place, "productType": row.product_type}],
    }  # fmt: skip
    return {"asin": row.asin, **{name: all[name] for name in included}}
