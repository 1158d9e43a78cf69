"""Smaller calls of the Selling Partner API: stock, prices, fees, review requests, Data Kiosk, orders."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

INVENTORY = "/fba/inventory/v1/summaries"
KIOSK = "/dataKiosk/2023-11-15"
ORDERS = "/orders/2026-01-01/orders"


def solicit(seller: Any, order: str) -> tuple[list[Any], int]:
    """What is offered for an order, and how a request is answered."""
    path, place = f"/solicitations/v1/orders/{order}", f"marketplaceIds={seller.market}"
    offered = seller.get(f"{path}?{place}").json["_embedded"]["actions"]
    asked = seller.call("POST", f"{path}/solicitations/productReviewAndSellerFeedback?{place}")
    return [one["payload"]["name"] for one in offered], asked.status


def test_an_order_is_asked_for_a_review_once(seller: Any) -> None:
    order = seller.ripe_order()
    assert solicit(seller, order) == (["productReviewAndSellerFeedback"], 201)
    assert solicit(seller, order) == ([], 403)


def test_an_order_is_asked_only_five_to_thirty_days_after_delivery(reader: Any) -> None:
    now, shop = reader.clock.now(), reader.shop
    orders = [one for one in shop.orders(now - timedelta(days=60), now) if one.status == "Shipped"]
    young = [one for one in orders if now < one.delivery_latest + timedelta(days=4)]
    old = [one for one in orders if now > one.delivery_latest + timedelta(days=31)]
    assert young
    for one in [*young[-2:], *old[:2]]:
        assert solicit(reader, one.order_id) == ([], 403)
    reply = reader.get("/solicitations/v1/orders/111-0000000-0000000", marketplaceIds=reader.market)
    assert reply.status == 404


def test_a_page_token_of_the_inventory_lives_half_a_minute(selling: Callable[..., Any], demo: Any) -> None:
    from connectors.sandbox.selling.pages import seal

    seller = selling()
    query = {"granularityType": "Marketplace", "granularityId": seller.market, "marketplaceIds": seller.market}
    token = seal([False, [], None], 1, seller.clock.now())
    whole = seller.get(INVENTORY, **query).json["payload"]["inventorySummaries"]
    rest = seller.get(INVENTORY, nextToken=token, **query).json["payload"]["inventorySummaries"]
    assert rest == whole[1:]
    assert seller.get(INVENTORY, nextToken=token, details="true", **query).status == 400
    seller.clock.sleep(31)
    assert seller.get(INVENTORY, nextToken=token, **query).status == 400


def test_the_inventory_can_be_asked_for_some_skus_and_unknown_parameters_are_refused(reader: Any) -> None:
    query = {"granularityType": "Marketplace", "granularityId": reader.market, "marketplaceIds": reader.market}
    sku = reader.shop.skus[1]
    found = reader.get(INVENTORY, sellerSkus=sku, details="true", **query).json["payload"]["inventorySummaries"]
    assert [one["sellerSku"] for one in found] == [sku]
    assert reader.get(INVENTORY, sellerSKUs=sku, **query).status == 400


def test_batches_are_limited_and_each_item_stands_for_itself(reader: Any) -> None:
    shop = reader.shop
    assert reader.summary(*[shop.asin(shop.skus[0])] * 21).status == 400
    assert reader.expected(*["x"] * 41).status == 400
    assert reader.fees(*["x"] * 21).status == 400
    mixed = reader.expected(shop.skus[0], "nothing").json["responses"]
    assert [one["status"]["statusCode"] for one in mixed] == [200, 404]
    assert [one["request"]["sku"] for one in mixed] == [shop.skus[0], "nothing"]


def test_the_featured_offer_and_the_fees_are_the_shops(reader: Any) -> None:
    shop, now = reader.shop, reader.clock.now()
    sku = shop.skus[0]
    expected = reader.expected(sku).json["responses"][0]["body"]["featuredOfferExpectedPriceResults"][0]
    price = expected["featuredOfferExpectedPrice"]["listingPrice"]["amount"]
    assert round(price * 1_000_000) == shop.offer_price(sku, now).expected_price
    told = reader.fees(sku, price=20).json[0]["FeesEstimate"]
    fees = shop.fees(sku, 20_000_000)
    total = fees.referral_fee + fees.fulfillment_fee + fees.other_fees
    assert told["TotalFeesEstimate"]["Amount"] == pytest.approx(total / 1_000_000, abs=0.02)
    assert sum(one["FinalFee"]["Amount"] for one in told["FeeDetailList"]) == pytest.approx(total / 1e6, abs=0.02)


def ask(seller: Any, query: str) -> Any:
    return seller.call("POST", f"{KIOSK}/queries", {"query": query})


def economics(seller: Any, arguments: str = "", fields: str = "msku sales { netUnitsSold }") -> str:
    span = arguments or 'startDate: "2026-11-10", endDate: "2026-11-12"'
    return (f'{{ analytics_economics_2024_03_15 {{ economics({span}, marketplaceIds: ["{seller.market}"]) '
            f"{{ {fields} }} }} }}")  # fmt: skip


def lines(seller: Any, query: str) -> list[Any] | None:
    id = ask(seller, query).json["queryId"]
    seller.clock.sleep(10)
    status = seller.get(f"{KIOSK}/queries/{id}").json
    assert status["processingStatus"] == "DONE"
    if "dataDocumentId" not in status:
        return None
    body = seller.download(seller.get(f"{KIOSK}/documents/{status['dataDocumentId']}").json["documentUrl"]).body
    return [json.loads(line) for line in body.decode().splitlines()]


def test_a_query_gives_json_lines_with_the_selected_fields_only(reader: Any) -> None:
    rows = lines(reader, economics(reader, fields="startDate msku netProceeds { total { amount } }"))
    assert rows
    assert {row["startDate"] for row in rows} == {"2026-11-10", "2026-11-11", "2026-11-12"}
    assert all(row.keys() == {"startDate", "msku", "netProceeds"} for row in rows)
    assert all(row["netProceeds"].keys() == {"total"} for row in rows)


def test_a_range_adds_its_days_up(reader: Any) -> None:
    days = lines(reader, economics(reader)) or []
    span = 'startDate: "2026-11-10", endDate: "2026-11-12", aggregateBy: {date: RANGE, productId: MSKU}'
    for row in lines(reader, economics(reader, span)) or []:
        parts = [one["sales"]["netUnitsSold"] for one in days if one["msku"] == row["msku"]]
        assert row["sales"]["netUnitsSold"] == sum(parts)


def test_a_query_without_data_is_done_without_a_document(reader: Any) -> None:
    assert lines(reader, economics(reader, 'startDate: "2025-01-01", endDate: "2025-01-02"')) is None


@pytest.mark.parametrize("query", [
    "", "{", "{ economics }", "{ analytics_economics_2024_03_15 { economics { msku } } }", "x" * 8001,
    "{ a { b(c: \"d\") { } } }", "{" * 5000,
])  # fmt: skip
def test_a_query_that_cannot_hold_is_refused(reader: Any, query: str) -> None:
    assert ask(reader, query).status == 400


def test_fields_that_are_not_in_the_schema_are_refused(reader: Any) -> None:
    assert ask(reader, economics(reader, fields="msku smell")).status == 400
    assert ask(reader, economics(reader, fields="sales")).status == 400
    assert ask(reader, economics(reader, 'startDate: "2020-01-01", endDate: "2020-01-02"')).status == 400


def test_an_equal_query_that_is_not_finished_is_a_conflict(seller: Any) -> None:
    query = economics(seller)
    assert [ask(seller, query).status for _ in range(2)] == [202, 409]
    seller.clock.sleep(10)
    assert ask(seller, query).status == 202


def test_orders_are_searched_by_one_moment_and_never_up_to_now(reader: Any) -> None:
    now = reader.clock.now()
    assert (
        reader.get(ORDERS, createdAfter="2026-11-20T00:00:00Z", lastUpdatedAfter="2026-11-20T00:00:00Z").status == 400
    )
    late = (now - timedelta(seconds=60)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert reader.get(ORDERS, createdAfter="2026-11-20T00:00:00Z", createdBefore=late).status == 400
    seen, token = [], ""
    while True:
        more = {"paginationToken": token} if token else {}
        page = reader.get(ORDERS, createdAfter="2026-11-22T20:00:00Z", maxResultsPerPage=50, **more).json
        seen += [one["orderId"] for one in page["orders"]]
        token = page.get("pagination", {}).get("nextToken", "")
        if not token:
            break
    since = now - timedelta(days=2)
    known = [one.order_id for one in reader.shop.orders(since, now)
             if since <= one.purchased_at <= now - timedelta(minutes=2)]  # fmt: skip
    assert sorted(seen) == sorted(known)


def test_a_product_with_too_few_reviews_has_no_topics(reader: Any) -> None:
    now, shop = reader.clock.now(), reader.shop
    for asin in map(shop.asin, shop.skus):
        reply = reader.get(f"/customerFeedback/2024-06-01/items/{asin}/reviews/topics", marketplaceId=reader.market,
                           sortBy="MENTIONS")  # fmt: skip
        assert reply.status == (200 if shop.topics(asin, now) else 204)
    assert reader.get("/customerFeedback/2024-06-01/items/B0NOWHERE0/reviews/topics", marketplaceId=reader.market,
                      sortBy="MENTIONS").status == 404  # fmt: skip


def test_shipments_are_the_same_whatever_was_asked_before(seller: Any) -> None:
    path, now = "/inbound/fba/2024-03-20/inboundPlans", seller.clock.now()
    plans = seller.get(path, pageSize=30).json["inboundPlans"]
    seller.shop.stock(now)
    assert len(plans) == len({row.shipment_id for row in seller.shop.shipments(now)}) > 0


def test_refunds_are_no_negative_orders(reader: Any) -> None:
    query = economics(reader, 'startDate: "2026-10-10", endDate: "2026-11-20"',
                      "sales { unitsOrdered unitsRefunded netUnitsSold }")  # fmt: skip
    for row in lines(reader, query) or []:
        sales = row["sales"]
        assert sales["unitsOrdered"] - sales["unitsRefunded"] == sales["netUnitsSold"]
        assert min(sales["unitsOrdered"], sales["unitsRefunded"]) >= 0
