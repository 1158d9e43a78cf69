"""Listings: all of them or an error, the price the shop shows, and the gravest thing Amazon has against each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from agent.errors import ConfigError, ContractError, SourceError
from agent.model.kinds import STREAMS
from agent.model.window import Span
from connectors.selling_partner.listing_facts import Shelf, listed
from connectors.selling_partner.listings import read_issues, read_listings
from connectors.selling_partner.streams import Source
from tests.scripted_amazon import NOW, Amazon, json_answer
from tests.unit.connectors.selling_partner.rows import as_rows

ROUTE = "GET /listings/2021-08-01/items/A1SELLER"
HERE, FRANCE = "A1PA6795UKMFR9", "A13V1IB3VIYZZH"
TODAY = Span(date(2026, 3, 20), date(2026, 3, 20))
SHELF = Shelf(HERE, "EUR", NOW)


def item(sku: str = "mug", status: Sequence[str] = ("BUYABLE", "DISCOVERABLE"), **more: object) -> dict[str, Any]:
    return {
        "sku": sku,
        "summaries": [
            {"marketplaceId": FRANCE, "asin": "B0FR", "productType": "X", "status": [], "createdDate": "2020-01-01"},
            {"marketplaceId": HERE, "asin": f"B0{sku}", "productType": "MUG", "status": list(status),
             "itemName": "A mug", "createdDate": "2021-02-01T00:00:00Z", "mainImage": {"link": "https://i/1.jpg"}},
        ],
        **more,
    }  # fmt: skip


def offer(amount: str, kind: str = "B2C", place: str = HERE, currency: str = "EUR") -> dict[str, Any]:
    return {"marketplaceId": place, "offerType": kind, "price": {"currencyCode": currency, "amount": amount}}


def price_of(*, shown: str | None, ours: object = None, sale: Mapping[str, Any] | None = None) -> tuple[Any, Any]:
    entry: dict[str, Any] = {"marketplace_id": HERE, "currency": "EUR", "audience": "ALL"}
    if ours is not None:
        entry["our_price"] = [{"schedule": [{"value_with_tax": ours}]}]
    if sale is not None:
        entry["discounted_price"] = [{"schedule": [sale]}]
    offers = [] if shown is None else [offer("9", "B2B"), offer("8.50", place=FRANCE), offer(shown)]
    found = listed(item(offers=offers, attributes={"purchasable_offer": [entry]}), SHELF)
    assert found is not None
    return found.row["price"], found.row["sale_price"]


def page(*items: Mapping[str, Any], total: int | None = None, token: str | None = None) -> httpx.Response:
    return json_answer({"numberOfResults": len(items) if total is None else total, "items": list(items),
                        "pagination": {"nextToken": token} if token else {}})  # fmt: skip


def test_the_price_is_the_one_shoppers_see() -> None:
    assert price_of(shown="12.34", ours=11) == (12_340_000, None)


def test_while_a_sale_runs_the_price_is_the_one_we_set() -> None:
    running = {"start_at": "2026-03-01T00:00Z", "end_at": "2026-04-01T00:00Z", "value_with_tax": Decimal("9.99")}
    over = {**running, "end_at": "2026-03-20T09:00Z"}
    assert price_of(shown="9.99", ours=Decimal("12.5"), sale=running) == (12_500_000, 9_990_000)
    assert price_of(shown="12.50", ours=Decimal("12.5"), sale=over) == (12_500_000, None)


def test_a_listing_without_an_offer_has_the_price_that_was_set_or_none() -> None:
    assert price_of(shown=None, ours=Decimal("12.5")) == (12_500_000, None)
    assert price_of(shown=None) == (None, None)


def test_a_price_in_another_currency_is_refused() -> None:
    with pytest.raises(ValueError, match="in SEK, and the marketplace uses EUR"):
        listed(item(offers=[offer("1", currency="SEK")]), SHELF)


def test_content_is_the_marketplaces_own() -> None:
    found = listed(item(
        attributes={
            "bullet_point": [
                {"value": "solid", "language_tag": "de_DE", "marketplace_id": HERE},
                {"value": "solide", "language_tag": "fr_FR", "marketplace_id": FRANCE},
                {"value": "blau", "language_tag": "de_DE", "marketplace_id": HERE},
                {"value": "blue", "language_tag": "en_GB", "marketplace_id": HERE},
            ],
            "product_description": [{"value": "Ein Becher", "marketplace_id": HERE}],
            "other_product_image_locator_2": [{"media_location": "https://i/3.jpg", "marketplace_id": HERE}],
            "other_product_image_locator_1": [{"media_location": "https://i/2.jpg", "marketplace_id": HERE}],
        },
        fulfillmentAvailability=[{"fulfillmentChannelCode": "DEFAULT", "quantity": 4}],
    ), SHELF)  # fmt: skip
    assert found is not None
    assert found.row == {
        "entity": "mug", "asin": "B0mug", "product_type": "MUG", "opened_at": datetime(2021, 2, 1, tzinfo=UTC),
        "buyable": True, "discoverable": True, "state": "enabled", "title": "A mug", "bullets": "solid\nblau",
        "description": "Ein Becher", "main_image": "https://i/1.jpg", "other_images": "https://i/2.jpg\nhttps://i/3.jpg",
        "images": 3, "price": None, "sale_price": None, "channel": "mfn", "quantity": 4,
    }  # fmt: skip


def test_content_that_was_not_told_is_unknown_not_empty() -> None:
    found = listed(item(), SHELF)
    assert found is not None
    assert [found.row[name] for name in ("bullets", "description", "images")] == [None, None, None]


def test_amazon_keeping_the_stock_makes_it_fba() -> None:
    found = listed(item(fulfillmentAvailability=[{"fulfillmentChannelCode": "AMAZON_EU"}]), SHELF)
    assert found is not None
    assert (found.row["channel"], found.row["quantity"]) == ("fba", None)


def issue(code: str, severity: str = "ERROR", action: str | None = None, exemption: str = "NOT_EXEMPT",
          until: str | None = None, places: Sequence[str] = (HERE,)) -> dict[str, Any]:  # fmt: skip
    told: dict[str, Any] = {"code": code, "message": f"about {code}", "severity": severity, "categories": [],
                            "marketplaceIds": list(places)}  # fmt: skip
    if action:
        told["enforcements"] = {
            "actions": [{"action": action}],
            "exemption": {"status": exemption, "expiryDate": until},
        }
    return told


def against(*issues: Mapping[str, Any]) -> tuple[Any, ...]:
    found = listed(item(issues=list(issues)), SHELF)
    assert found is not None
    return tuple(found.issues[name] for name in ("errors", "warnings", "enforcement", "issue_code"))


def test_the_gravest_issue_is_what_is_enforced_most_then_the_severest() -> None:
    assert against() == (0, 0, "", "")
    assert against(issue("1", "WARNING"), issue("2")) == (1, 1, "", "2")
    assert against(issue("1"), issue("2", "WARNING", "SEARCH_SUPPRESSED")) == (1, 1, "search_suppressed", "2")
    assert against(issue("1", action="ATTRIBUTE_SUPPRESSED"), issue("2", action="LISTING_SUPPRESSED")) == (
        2, 0, "listing_suppressed", "2",
    )  # fmt: skip
    assert against(issue("1", action="LISTING_SUPPRESSED"), issue("2", action="CATALOG_ITEM_REMOVED")) == (
        2, 0, "catalog_item_removed", "2",
    )  # fmt: skip


def test_an_exemption_holds_an_enforcement_off_until_it_ends() -> None:
    gone = "SEARCH_SUPPRESSED"
    assert against(issue("1", action=gone, exemption="EXEMPT"))[2] == ""
    until = "EXEMPT_UNTIL_EXPIRY_DATE"
    assert against(issue("1", action=gone, exemption=until, until="2026-03-21T00:00Z"))[2] == ""
    assert against(issue("1", action=gone, exemption=until, until="2026-03-19T00:00Z"))[2] == "search_suppressed"


def test_issues_of_another_marketplace_are_not_counted() -> None:
    assert against(issue("1", places=[FRANCE]), issue("2", places=[])) == (1, 0, "", "2")


def test_all_pages_are_read_and_parents_are_named_by_their_asin(source: Source, amazon: Amazon) -> None:
    child = {"marketplaceId": HERE, "relationships": [{"type": "VARIATION", "parentSkus": ["family"]}]}
    amazon.on(
        ROUTE, page(item("a", relationships=[child]), total=2, token="t1"), page(item("family", status=()), total=2)
    )
    rows = as_rows(read_listings(source, STREAMS["listings"], TODAY, None))
    assert {row["entity"]: (row["parent_asin"], row["state"]) for row in rows} == {
        "a": ("B0family", "enabled"), "family": (None, "paused"),
    }  # fmt: skip
    first, second = (dict(each.url.params) for each in amazon.asked(ROUTE))
    assert first["pageSize"] == "20"
    assert set(first["includedData"].split(",")) >= {"summaries", "attributes", "issues", "offers"}
    assert second == {**first, "pageToken": "t1"}


def test_both_streams_are_served_by_one_walk(source: Source, amazon: Amazon) -> None:
    amazon.on(ROUTE, page(item("a")))
    read_listings(source, STREAMS["listings"], TODAY, None)
    assert len(as_rows(read_issues(source, STREAMS["listing_issues"], TODAY, None))) == 1
    assert len(amazon.asked(ROUTE)) == 1


def test_a_sku_that_is_not_offered_here_is_left_out(source: Source, amazon: Amazon) -> None:
    elsewhere = item("b")
    del elsewhere["summaries"][1]
    amazon.on(ROUTE, page(item("a"), elsewhere))
    assert [row["entity"] for row in as_rows(read_listings(source, STREAMS["listings"], TODAY, None))] == ["a"]


def test_more_than_a_search_can_show_is_searched_in_halves(source: Source, amazon: Amazon) -> None:
    created = {f"s{number}": datetime(2019, 1, 1 + number % 28, number % 24, tzinfo=UTC) for number in range(1500)}

    def search(request: httpx.Request) -> httpx.Response:
        told = request.url.params
        after, before = (datetime.fromisoformat(told.get(name, day)) for name, day in
                         (("createdAfter", "1990-01-01T00:00Z"), ("createdBefore", "2030-01-01T00:00Z")))  # fmt: skip
        fitting = sorted(sku for sku, at in created.items() if after <= at <= before)
        start = int(told.get("pageToken", 0))
        token = str(start + 20) if start + 20 < min(len(fitting), 1000) else None
        return page(*map(item, fitting[start : start + 20]), total=len(fitting), token=token)

    amazon.on(ROUTE, search)
    rows = as_rows(read_listings(source, STREAMS["listings"], TODAY, None))
    assert {row["entity"] for row in rows} == set(created)
    assert len(amazon.asked(ROUTE)) < 1500 / 20 + 40


def test_too_many_at_one_moment_is_an_error_and_not_a_part(source: Source, amazon: Amazon) -> None:
    amazon.on(ROUTE, page(item("a"), total=1001, token="t"))
    with pytest.raises(SourceError, match="finds 1001 listings created within seconds, and shows only 1000"):
        read_listings(source, STREAMS["listings"], TODAY, None)


def test_a_list_that_ends_early_is_an_error(source: Source, amazon: Amazon) -> None:
    amazon.on(ROUTE, page(item("a"), total=3))
    with pytest.raises(SourceError, match="showed 1 of 3 listings") as caught:
        read_listings(source, STREAMS["listings"], TODAY, None)
    assert caught.value.retryable


def test_an_answer_without_items_is_refused(source: Source, amazon: Amazon) -> None:
    amazon.on(ROUTE, json_answer({"numberOfResults": 0}))
    with pytest.raises(ContractError, match="has no list items"):
        read_listings(source, STREAMS["listings"], TODAY, None)


def test_without_a_sellers_id_no_listing_is_searched(source: Source, amazon: Amazon) -> None:
    with pytest.raises(ConfigError, match="names no seller") as caught:
        read_issues(replace(source, seller_id=""), STREAMS["listing_issues"], TODAY, None)
    assert caught.value.setting == "accounts.shop.selling_partner.seller_id"
    assert amazon.requests == []


def test_every_pull_of_listings_looks_anew(source: Source, amazon: Amazon) -> None:
    amazon.on(ROUTE, page(item("a")))
    for _ in range(2):
        read_listings(source, STREAMS["listings"], TODAY, None)
    assert len(amazon.asked(ROUTE)) == 2
