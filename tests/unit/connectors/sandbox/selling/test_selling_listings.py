"""Listings Items: what a patch changes, drops and leaves alone, and when it is seen."""

from collections.abc import Callable
from typing import Any

import pytest

OFFER = "purchasable_offer"


def sku_of(seller: Any) -> str:
    return str(next(row.sku for row in seller.shop.listings(seller.clock.now()) if row.buyable))


def offer(seller: Any, price: float, **more: Any) -> dict[str, Any]:
    currency = seller.server.scenario.account.marketplace.currency
    return {"marketplace_id": seller.market, "currency": currency, "audience": "ALL",
            "our_price": [{"schedule": [{"value_with_tax": price}]}], **more}  # fmt: skip


def put(op: str, *values: dict[str, Any], name: str = OFFER) -> dict[str, Any]:
    return {"op": op, "path": f"/attributes/{name}", "value": list(values)}


def shown_price(seller: Any, sku: str) -> str:
    offers = seller.get(seller.item(sku), marketplaceIds=seller.market, includedData="offers").json["offers"]
    return str(offers[0]["price"]["amount"])


def test_a_listing_tells_its_price_limits_and_its_price_for_businesses(reader: Any) -> None:
    everybody, business = reader.attributes(sku_of(reader))[OFFER]
    assert {"our_price", "minimum_seller_allowed_price", "maximum_seller_allowed_price"} <= everybody.keys()
    assert business["audience"] == "B2B"


def test_replace_drops_every_sibling_that_is_not_sent(seller: Any) -> None:
    sku = sku_of(seller)
    reply = seller.patch(sku, put("replace", offer(seller, 24.99)))
    assert (reply.status, reply.json["status"]) == (200, "ACCEPTED")
    (left,) = seller.attributes(sku)[OFFER]
    assert left.keys() == {"marketplace_id", "currency", "audience", "our_price"}
    assert shown_price(seller, sku) == "24.99"


def test_merge_keeps_the_siblings(seller: Any) -> None:
    sku = sku_of(seller)
    before = seller.attributes(sku)[OFFER]
    seller.patch(sku, put("merge", offer(seller, 24.99)))
    after = seller.attributes(sku)[OFFER]
    assert after[0] == {**before[0], "our_price": [{"schedule": [{"value_with_tax": 24.99}]}]}
    assert after[1] == before[1]


def test_what_was_read_and_sent_back_whole_stays_whole(seller: Any) -> None:
    sku = sku_of(seller)
    offers = seller.attributes(sku)[OFFER]
    offers[0]["our_price"] = [{"schedule": [{"value_with_tax": 24.99}]}]
    seller.patch(sku, put("replace", *offers))
    assert seller.attributes(sku)[OFFER] == offers


def test_a_preview_changes_nothing(reader: Any) -> None:
    sku = sku_of(reader)
    before = shown_price(reader, sku)
    assert reader.patch(sku, put("merge", offer(reader, 24.99)), mode="VALIDATION_PREVIEW").json["status"] == "VALID"
    invalid = reader.patch(sku, put("merge", offer(reader, 0)), mode="VALIDATION_PREVIEW").json
    assert (invalid["status"], invalid["issues"][0]["attributeNames"]) == ("INVALID", [OFFER])
    assert shown_price(reader, sku) == before


@pytest.mark.parametrize("change", [
    lambda seller: put("replace", offer(seller, -1)),
    lambda seller: put("replace", {**offer(seller, 10), "currency": "EUR"}),
    lambda seller: put("delete"),
    lambda seller: put("replace", {"value": "x" * 201}, name="item_name"),
])  # fmt: skip
def test_what_amazon_would_not_accept_is_invalid_and_changes_nothing(reader: Any, change: Any) -> None:
    sku = sku_of(reader)
    before = reader.attributes(sku)
    reply = reader.patch(sku, change(reader))
    assert (reply.status, reply.json["status"]) == (200, "INVALID")
    assert reader.attributes(sku) == before


@pytest.mark.parametrize("patch", [
    {"op": "swap", "path": f"/attributes/{OFFER}", "value": [{}]},
    {"op": "replace", "path": f"/attributes/{OFFER}/0/our_price", "value": [{}]},
    {"op": "replace", "path": "/title", "value": [{}]}, {"op": "replace", "path": f"/attributes/{OFFER}"},
    {"op": "replace", "path": f"/attributes/{OFFER}", "value": ["x"]}, "x",
])  # fmt: skip
def test_what_is_no_patch_is_refused(reader: Any, patch: Any) -> None:
    assert reader.patch(sku_of(reader), patch).status == 400


def test_an_accepted_price_is_seen_after_the_read_lag(selling: Callable[..., Any]) -> None:
    seller = selling(read_lag_seconds=300)
    seller.clock.sleep(600)
    sku = sku_of(seller)
    before, attributes = shown_price(seller, sku), seller.attributes(sku)
    seller.patch(sku, put("replace", offer(seller, 24.99)))
    seller.clock.sleep(299)
    assert (shown_price(seller, sku), seller.attributes(sku)) == (before, attributes)
    seller.clock.sleep(2)
    assert shown_price(seller, sku) == "24.99"
    assert len(seller.attributes(sku)[OFFER]) == 1


def test_a_late_patch_is_accepted_now_and_lands_later(seller: Any) -> None:
    sku = sku_of(seller)
    before = shown_price(seller, sku)
    seller.server.plant("late", "patchListingsItem", seconds=60)
    assert seller.patch(sku, put("merge", offer(seller, 24.99))).json["status"] == "ACCEPTED"
    assert shown_price(seller, sku) == before
    seller.clock.sleep(61)
    assert shown_price(seller, sku) == "24.99"


def test_an_answer_can_be_lost_after_the_patch_has_landed(seller: Any) -> None:
    sku = sku_of(seller)
    seller.server.plant("error", "patchListingsItem", when="after", status=500)
    assert seller.patch(sku, put("merge", offer(seller, 24.99))).status == 500
    assert shown_price(seller, sku) == "24.99"


def test_a_sale_shows_its_price_while_it_runs(seller: Any) -> None:
    sku = sku_of(seller)
    before = shown_price(seller, sku)
    price = float(before)
    schedule = {"value_with_tax": 9.99, "start_at": "2026-11-24T00:00:00Z", "end_at": "2026-11-26T00:00:00Z"}
    seller.patch(sku, put("merge", offer(seller, price, discounted_price=[{"schedule": [schedule]}])))
    assert shown_price(seller, sku) == "9.99"
    seller.clock.sleep(2 * 86_400)
    seller.log_in()
    assert shown_price(seller, sku) == before


def test_content_reaches_the_shop_and_the_log_of_effects(seller: Any) -> None:
    sku = sku_of(seller)
    reply = seller.patch(sku, put("replace", {"value": "A better title", "marketplace_id": seller.market},
                                  name="item_name"))  # fmt: skip
    assert seller.shop.listing(sku, seller.clock.now()).title == "A better title"
    (effect,) = seller.server.log.effects_on("listing", sku)
    assert (effect.field, effect.after) == ("title", "A better title")
    assert effect.through == reply.headers["x-amzn-requestid"]


def test_another_person_edits_a_listing_through_the_control_api(seller: Any) -> None:
    sku = sku_of(seller)
    for field, value in (("title", "Somebody's title"), ("price", "31.50")):
        body = {"kind": "listing", "id": sku, "field": field, "value": value}
        assert seller.call("POST", "/sandbox/edit", body, {}).status == 200
    row = seller.shop.listing(sku, seller.clock.now())
    assert (row.title, row.price, shown_price(seller, sku)) == ("Somebody's title", 31_500_000, "31.50")
    assert [(one.field, one.through) for one in seller.server.log.effects_on("listing", sku)] == [
        ("title", "person"), ("price", "person")]  # fmt: skip
    for body in ({"kind": "listing", "id": "nothing", "field": "title", "value": "x"},
                 {"kind": "listing", "id": sku, "field": "smell", "value": "x"}):  # fmt: skip
        assert seller.call("POST", "/sandbox/edit", body, {}).status == 400


def test_a_search_finds_every_listing_once_page_by_page(reader: Any) -> None:
    path, seen, token = f"/listings/2021-08-01/items/{reader.id}", [], ""
    while True:
        more = {"pageToken": token} if token else {}
        page = reader.get(path, marketplaceIds=reader.market, pageSize=2, sortBy="createdDate", sortOrder="ASC", **more)
        seen += [item["sku"] for item in page.json["items"]]
        token = page.json.get("pagination", {}).get("nextToken", "")
        if not token:
            break
    assert len(seen) == len(set(seen)) == page.json["numberOfResults"]
    assert set(reader.shop.skus) <= set(seen)
    for sku in set(seen) - set(reader.shop.skus):
        item = reader.get(reader.item(sku), marketplaceIds=reader.market, includedData="summaries,relationships").json
        assert item["summaries"][0]["status"] == []
        assert set(item["relationships"][0]["relationships"][0]["childSkus"]) <= set(reader.shop.skus)


def test_listings_of_another_seller_are_nobodys_business(reader: Any) -> None:
    reply = reader.get("/listings/2021-08-01/items/AOTHER", marketplaceIds=reader.market)
    assert reply.status == 403


def test_a_slash_inside_a_sku_does_not_part_the_path(reader: Any) -> None:
    reply = reader.get(reader.item("A/B 3"), marketplaceIds=reader.market)
    assert (reply.status, "A/B 3" in reply.json["errors"][0]["message"]) == (404, True)
