"""Offers and prices: batches that fit, answers part by part, our own offers and those of whom we watch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest

from agent.errors import ContractError, SourceError
from agent.model.fact import Pending
from agent.model.kinds import STREAMS
from agent.model.window import Span
from connectors.selling_partner.pricing import read_offer_prices, read_offers, read_rival_offers
from connectors.selling_partner.streams import Source
from tests.scripted_amazon import Amazon, json_answer
from tests.unit.connectors.selling_partner.rows import as_rows
from tests.unit.connectors.selling_partner.shop import HERE, knowing, listing

BATCHES = "/batches/products/pricing/2022-05-01"
SUMMARY, EXPECTED = f"POST {BATCHES}/items/competitiveSummary", f"POST {BATCHES}/offer/featuredOfferExpectedPrice"
CATALOG = "GET /catalog/2022-04-01/items"
TODAY = Span(date(2026, 3, 20), date(2026, 3, 20))


def euro(amount: float) -> dict[str, Any]:
    return {"amount": amount, "currencyCode": "EUR"}


def offer(seller: str, price: float, *, shipping: float = 0, channel: str = "AFN", condition: str = "New",
          weights: Sequence[float] = ()) -> dict[str, Any]:  # fmt: skip
    told: dict[str, Any] = {
        "sellerId": seller, "condition": condition, "fulfillmentType": channel, "listingPrice": euro(price),
        "shippingOptions": [{"shippingOptionType": "DEFAULT", "price": euro(shipping)}],
    }  # fmt: skip
    if weights:
        told["featuredOfferSegments"] = [
            {"customerMembership": "PRIME", "segmentDetails": {"glanceViewWeightPercentage": weight}}
            for weight in weights
        ]
    return told


def summary(asin: str, featured: Sequence[Mapping[str, Any]] = (), lowest: Sequence[Mapping[str, Any]] = (),
            threshold: float | None = None) -> dict[str, Any]:  # fmt: skip
    return {"status": {"statusCode": 200}, "body": {
        "asin": asin, "marketplaceId": HERE,
        "featuredBuyingOptions": [{"buyingOptionType": "New", "segmentedFeaturedOffers": list(featured)}],
        "lowestPricedOffers": [{"lowestPricedOffersInput": {}, "offers": list(lowest)}],
        "referencePrices": [] if threshold is None else [
            {"name": "WasPrice", "price": euro(99)}, {"name": "CompetitivePriceThreshold", "price": euro(threshold)}],
    }}  # fmt: skip


def expected(sku: str, price: float | None) -> dict[str, Any]:
    result: dict[str, Any] = {"resultStatus": "NO_COMPETING_OFFER"}
    if price is not None:
        result = {"resultStatus": "VALID_FOEP", "featuredOfferExpectedPrice": {"listingPrice": euro(price)}}
    return {"request": {"sku": sku, "marketplaceId": HERE}, "status": {"statusCode": 200}, "headers": {},
            "body": {"featuredOfferExpectedPriceResults": [result]}}  # fmt: skip


def no(status: int, **more: object) -> dict[str, Any]:
    return {"status": {"statusCode": status}, "body": {"errors": []}, **more}


def parts(*all_of_them: Mapping[str, Any]) -> httpx.Response:
    return json_answer({"responses": list(all_of_them)})


def test_a_listing_stands_with_its_products_offers_and_its_own_expected_price(source: Source, amazon: Amazon) -> None:
    shop = knowing(source, listings=[listing("a", "B01"), listing("b", "B01"), listing("c", "B02")])
    amazon.on(SUMMARY, parts(
        summary("B01", [offer("RIVAL", 10, weights=[20]), offer("A1SELLER", 11, shipping=1, weights=[30, 40])],
                [offer("RIVAL", 9.5), offer("OTHER", 8, shipping=1.25), offer("USED", 1, condition="Used")], 12),
        summary("B02", lowest=[offer("OTHER", 5)]),
    ))  # fmt: skip
    amazon.on(EXPECTED, parts(expected("a", 10.99), expected("b", None), no(400, request={"sku": "c"})))
    rows = {row.pop("entity"): row for row in as_rows(read_offer_prices(shop, STREAMS["offer_prices"], TODAY, None))}
    first = {"featured_price": 12_000_000, "featured_own": True, "expected_price": 10_990_000,
             "competitive_price": 12_000_000, "lowest_price": 9_250_000, "offer_count": 3}  # fmt: skip
    assert rows == {
        "a": first,
        "b": {**first, "expected_price": None},
        "c": {"featured_price": None, "featured_own": False, "expected_price": None, "competitive_price": None,
              "lowest_price": 5_000_000, "offer_count": 1},
    }  # fmt: skip
    (asked,) = amazon.bodies(SUMMARY)
    assert [each["asin"] for each in asked["requests"]] == ["B01", "B02"]  # type: ignore[index, union-attr]


def test_offers_are_one_row_per_seller_with_the_lower_price(source: Source, amazon: Amazon) -> None:
    shop = knowing(source, listings=[listing("a", "B01")])
    amazon.on(SUMMARY, parts(summary(
        "B01", [offer("A1SELLER", 11, weights=[70])], [offer("RIVAL", 9, channel="MFN"), offer("RIVAL", 9.5)],
    )))  # fmt: skip
    assert as_rows(read_offers(shop, STREAMS["offers"], TODAY, None)) == [
        {"entity": "B01/A1SELLER", "asin": "B01", "seller_id": "A1SELLER", "own": True, "featured": True,
         "price": 11_000_000, "channel": "fba"},
        {"entity": "B01/RIVAL", "asin": "B01", "seller_id": "RIVAL", "own": False, "featured": False,
         "price": 9_000_000, "channel": "mfn"},
    ]  # fmt: skip


def test_both_streams_of_our_products_cost_one_call_a_batch(source: Source, amazon: Amazon) -> None:
    shop = knowing(source, listings=[listing("a", "B01")])
    amazon.on(SUMMARY, parts(summary("B01")))
    amazon.on(EXPECTED, parts(expected("a", 1)))
    read_offer_prices(shop, STREAMS["offer_prices"], TODAY, None)
    read_offers(shop, STREAMS["offers"], TODAY, None)
    assert len(amazon.asked(SUMMARY)) == 1


def test_many_products_go_in_batches_over_several_looks(source: Source, amazon: Amazon) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return parts(*(summary(each["asin"]) for each in json.loads(request.content)["requests"]))

    shop = knowing(source, listings=[listing(f"s{number:03}") for number in range(45)])
    amazon.on(SUMMARY, answer)
    answer_1 = read_offers(shop, STREAMS["offers"], TODAY, None)
    cursor: str | None = None
    looks = 0
    while isinstance(answer_1, Pending):
        assert 1 <= answer_1.look_again_seconds <= 31
        source.clock.sleep(answer_1.look_again_seconds)
        cursor, looks = answer_1.cursor, looks + 1
        answer_1 = read_offers(shop, STREAMS["offers"], TODAY, cursor)
    assert looks == 2
    assert [len(body["requests"]) for body in amazon.bodies(SUMMARY)] == [20, 20, 5]  # type: ignore[arg-type]


def test_listings_that_are_not_on_sale_are_not_asked_about(source: Source, amazon: Amazon) -> None:
    shop = knowing(source, listings=[listing("a", state="paused"), {"entity": "b", "asin": None}])
    assert as_rows(read_offers(shop, STREAMS["offers"], TODAY, None)) == []
    assert amazon.requests == []


def test_before_any_listing_is_known_it_is_an_error_that_passes(source: Source) -> None:
    with pytest.raises(SourceError, match="no listing is known yet") as caught:
        read_offers(source, STREAMS["offers"], TODAY, None)
    assert caught.value.retryable


def test_rivals_are_priced_and_ranked_and_one_that_sells_nothing_has_no_price(source: Source, amazon: Amazon) -> None:
    shop = knowing(source, competitors=[
        {"entity": f"{sku}/{asin}", "sku": sku, "rival_asin": asin}
        for sku, asin in (("mug", "B0R"), ("cup", "B0R"), ("mug", "B0S"), ("mug", "B0T"))
    ])  # fmt: skip
    amazon.on(SUMMARY, parts(
        summary("B0R", [offer("R", 10, weights=[9])], [offer("Q", 8)]), summary("B0S", lowest=[offer("Q", 7)]), no(400)
    ))  # fmt: skip
    rank = {"marketplaceId": HERE, "displayGroupRanks": [{"rank": 50, "title": "Kitchen"}]}
    amazon.on(CATALOG, json_answer({"items": [{"asin": "B0R", "salesRanks": [rank]}]}))
    rows = {row["entity"]: row for row in as_rows(read_rival_offers(shop, STREAMS["rival_offers"], TODAY, None))}
    told = {id: (row["rival_price"], row["rival_rank"], row["rival_offers"]) for id, row in rows.items()}
    assert told == {
        "mug/B0R": (10_000_000, 50, 2), "cup/B0R": (10_000_000, 50, 2), "mug/B0S": (7_000_000, None, 1),
    }  # fmt: skip


def test_who_watches_nobody_asks_nothing(source: Source, amazon: Amazon) -> None:
    assert as_rows(read_rival_offers(source, STREAMS["rival_offers"], TODAY, None)) == []
    assert amazon.requests == []


def test_a_part_that_failed_at_amazon_is_asked_for_again_and_not_left_out(source: Source, amazon: Amazon) -> None:
    shop = knowing(source, listings=[listing("a", "B01"), listing("b", "B02")])
    amazon.on(SUMMARY, parts(summary("B01"), no(500)))
    with pytest.raises(SourceError, match="has the status 500") as caught:
        read_offers(shop, STREAMS["offers"], TODAY, None)
    assert caught.value.retryable
    amazon.on(SUMMARY, parts(summary("B01"), no(429)))
    source.clock.sleep(60)
    assert isinstance(read_offers(shop, STREAMS["offers"], TODAY, None), Pending)


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [
        ({"body": {"asin": "B01"}}, "lacks status.statusCode"),
        ({"status": {"statusCode": 200}}, "lacks body"),
        (summary("B01", [{**offer("R", 1, weights=[1]), "listingPrice": None}]), "lacks listingPrice"),
        (summary("B01", [{**offer("R", 1), "listingPrice": {"amount": 1, "currencyCode": "USD"}}]), "in USD"),
        (summary("B01", lowest=[{**offer("R", 1), "sellerId": None}]), "lacks sellerId"),
    ],
)
def test_what_was_not_promised_is_refused(source: Source, amazon: Amazon, spoilt: Mapping[str, Any], says: str) -> None:
    amazon.on(SUMMARY, parts(spoilt))
    with pytest.raises(ContractError, match=says):
        read_offers(knowing(source, listings=[listing("a", "B01")]), STREAMS["offers"], TODAY, None)


def test_two_streams_that_wait_side_by_side_share_every_call(source: Source, amazon: Amazon) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return parts(*(summary(each["asin"]) for each in json.loads(request.content)["requests"]))

    shop = knowing(source, listings=[listing(f"s{number:03}") for number in range(45)])
    amazon.on(SUMMARY, answer)
    amazon.on(EXPECTED, parts())
    readers = {"offer_prices": read_offer_prices, "offers": read_offers}
    cursors: dict[str, str | None] = dict.fromkeys(readers)
    while readers:
        for name, read in list(readers.items()):
            found = read(shop, STREAMS[name], TODAY, cursors[name])
            if isinstance(found, Pending):
                cursors[name] = found.cursor
            else:
                del readers[name]
        source.clock.sleep(31)
    assert [len(body["requests"]) for body in amazon.bodies(SUMMARY)] == [20, 20, 5]  # type: ignore[arg-type]


def test_without_our_own_id_nobody_knows_which_offer_is_ours(source: Source, amazon: Amazon) -> None:
    shop = replace(knowing(source, listings=[listing("a", "B01")]), seller_id="")
    amazon.on(SUMMARY, parts(summary("B01", [offer("A1SELLER", 11, weights=[70])])))
    amazon.on(EXPECTED, parts(expected("a", 1)))
    (row,) = as_rows(read_offers(shop, STREAMS["offers"], TODAY, None))
    assert (row["own"], row["featured"]) == (None, True)
    (row,) = as_rows(read_offer_prices(shop, STREAMS["offer_prices"], TODAY, None))
    assert row["featured_own"] is None
