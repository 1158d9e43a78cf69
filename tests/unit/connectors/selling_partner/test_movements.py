"""Orders, money and shipments: what moved, once each, and nothing of any buyer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from agent.errors import ContractError
from agent.model.fact import Delivered, Pending
from agent.model.kinds import STREAMS
from agent.model.window import Span
from connectors.selling_partner.finances import read_transactions
from connectors.selling_partner.inbound import read_shipments
from connectors.selling_partner.orders import read_orders
from connectors.selling_partner.streams import Source
from tests.scripted_amazon import Amazon, json_answer
from tests.unit.connectors.selling_partner.rows import as_rows
from tests.unit.connectors.selling_partner.shop import HERE, knowing

ORDERS, MONEY = "GET /orders/2026-01-01/orders", "GET /finances/2024-06-19/transactions"
PLANS = "/inbound/fba/2024-03-20/inboundPlans"
TODAY = Span(date(2026, 3, 20), date(2026, 3, 20))


def order(id: str, **more: object) -> dict[str, Any]:
    return {
        "orderId": id, "createdTime": "2026-03-01T10:00:00Z", "lastUpdatedTime": "2026-03-02T10:00:00Z",
        "buyer": {"buyerName": "Erika Muster"}, "recipient": {"deliveryAddress": {"city": "Kiel"}},
        "fulfillment": {"fulfillmentStatus": "SHIPPED", "fulfilledBy": "AMAZON", "deliverByWindow": {
            "earliestDateTime": "2026-03-03T00:00:00Z", "latestDateTime": "2026-03-05T23:59:59Z"}},
        "orderItems": [{"quantityOrdered": 1}, {"quantityOrdered": 2}], **more,
    }  # fmt: skip


def page(*orders: dict[str, Any], token: str = "") -> Any:
    return json_answer({"orders": list(orders), "pagination": {"nextToken": token} if token else {}})


def test_an_order_is_its_promise_and_nothing_of_its_buyer(source: Source, amazon: Amazon) -> None:
    amazon.on(ORDERS, page(order("1")))
    assert as_rows(read_orders(source, STREAMS["orders"], TODAY, None)) == [{
        "entity": "1", "purchased_at": datetime(2026, 3, 1, 10, tzinfo=UTC), "status": "shipped", "channel": "fba",
        "units": 3, "delivery_earliest": datetime(2026, 3, 3, tzinfo=UTC),
        "delivery_latest": datetime(2026, 3, 5, 23, 59, 59, tzinfo=UTC),
    }]  # fmt: skip
    told = dict(amazon.asked(ORDERS)[0].url.params)
    assert (told["includedData"], told["fulfillmentStatuses"]) == ("FULFILLMENT", "SHIPPED")


def test_the_first_pull_goes_further_back_than_the_next(source: Source, amazon: Amazon) -> None:
    amazon.on(ORDERS, page())
    read_orders(source, STREAMS["orders"], TODAY, None)
    read_orders(knowing(source, orders=[]), STREAMS["orders"], TODAY, None)
    since = [each.url.params["lastUpdatedAfter"] for each in amazon.asked(ORDERS)]
    assert since == ["2026-02-08T00:00:00Z", "2026-03-13T00:00:00Z"]


def test_what_became_of_our_requests_comes_from_our_own_log_only(source: Source, amazon: Amazon) -> None:
    amazon.on(ORDERS, page(order("1"), order("2"), order("3")))
    ours = replace(source, asked=lambda: {"2": "requested", "3": "refused"})
    rows = as_rows(read_orders(ours, STREAMS["orders"], TODAY, None))
    assert [row["review_request"] for row in rows] == ["open", "requested", "refused"]


def test_an_order_amazon_no_longer_mentions_learns_that_it_was_asked_about(source: Source, amazon: Amazon) -> None:
    amazon.on(ORDERS, page(order("new")))
    placed, due = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 5, tzinfo=UTC)
    old = {"purchased_at": placed, "status": "shipped", "channel": "fba", "units": 2,
           "delivery_earliest": placed, "delivery_latest": due}  # fmt: skip
    before = {"asked": "open", "long ago": "requested", "never": "open", "said no": "open"}
    shop = replace(
        knowing(source, orders=[{"entity": id, **old, "review_request": was} for id, was in before.items()]),
        asked=lambda: {"asked": "requested", "long ago": "requested", "said no": "refused"},
    )
    rows = {row.pop("entity"): row for row in as_rows(read_orders(shop, STREAMS["orders"], TODAY, None))}
    assert {id: row["review_request"] for id, row in rows.items()} == {
        "new": "open", "asked": "requested", "said no": "refused",
    }  # fmt: skip
    assert rows["asked"] == {**old, "review_request": "requested"}


def test_more_orders_than_the_plan_allows_are_read_over_several_looks(source: Source, amazon: Amazon) -> None:
    pages = [page(order(str(number)), token=f"t{number}") for number in range(24)]
    amazon.on(ORDERS, *pages, page(order("last")))
    answer, looks = read_orders(source, STREAMS["orders"], TODAY, None), 0
    while isinstance(answer, Pending):
        assert answer.look_again_seconds > 100
        source.clock.sleep(answer.look_again_seconds)
        answer, looks = read_orders(source, STREAMS["orders"], TODAY, answer.cursor), looks + 1
    assert looks == 5
    assert [row["entity"] for row in as_rows(answer)] == [*map(str, range(24)), "last"]
    assert [each.url.params.get("paginationToken") for each in amazon.asked(ORDERS)][:3] == [None, "t0", "t1"]


def transaction(id: str | None = "T1", amount: float = 10, **more: object) -> dict[str, Any]:
    return {"transactionId": id, "transactionType": "Shipment", "transactionStatus": "RELEASED",
            "description": "Order Payment", "postedDate": "2026-03-10T08:00:00Z",
            "totalAmount": {"currencyCode": "EUR", "currencyAmount": amount},
            "marketplaceDetails": {"marketplaceId": HERE}, **more}  # fmt: skip


def line(sku: str, amount: float) -> dict[str, Any]:
    return {"totalAmount": {"currencyCode": "EUR", "currencyAmount": amount},
            "contexts": [{"contextType": "ProductContext", "sku": sku}]}  # fmt: skip


def money(source: Source, amazon: Amazon, *transactions: dict[str, Any]) -> Delivered:
    amazon.on(
        MONEY, json_answer({"payload": {"nextToken": "t"}}), json_answer({"payload": {"transactions": transactions}})
    )
    answer = read_transactions(source, STREAMS["transactions"], TODAY, None)
    assert isinstance(answer, Delivered)
    return answer


def test_a_transaction_of_several_items_is_a_row_each_where_they_come_to_the_whole(
    source: Source, amazon: Amazon
) -> None:
    rows = as_rows(money(
        source, amazon, transaction("one", items=[line("a", 10)]),
        transaction("two", items=[line("a", 4), line("b", 6)]), transaction("off", items=[line("a", 4), line("b", 5)]),
        transaction("fee", -3.5, transactionType="ServiceFee", description="Storage"),
    ))  # fmt: skip
    assert [(row["entity"], row["type"], row["sku"], row["amount"]) for row in rows] == [
        ("one", "order", "a", 10_000_000), ("two/1", "order", "a", 4_000_000), ("two/2", "order", "b", 6_000_000),
        ("off", "order", None, 10_000_000), ("fee", "service_fee", None, -3_500_000),
    ]  # fmt: skip
    first, second = amazon.asked(MONEY)
    assert dict(first.url.params) == {"postedAfter": "2026-01-19T00:00:00Z"}
    assert dict(second.url.params) == {**dict(first.url.params), "nextToken": "t"}


def test_money_that_is_held_back_has_not_moved(source: Source, amazon: Amazon) -> None:
    held = [transaction(status, transactionStatus=status) for status in ("DEFERRED", "DEFERRED_RELEASED", "Released")]
    assert [row["entity"] for row in as_rows(money(source, amazon, *held))] == ["Released"]


def test_another_marketplaces_money_is_left_out_and_counted(source: Source, amazon: Amazon) -> None:
    answer = money(
        source, amazon, transaction("here"), transaction("there", marketplaceDetails={"marketplaceId": "OTHER"}),
        transaction("kr", totalAmount={"currencyCode": "SEK", "currencyAmount": 1}),
    )  # fmt: skip
    assert [row["entity"] for row in as_rows(answer)] == ["here"]
    assert answer.note == "transactions of other marketplaces, left out: 2"


def test_a_transaction_without_an_id_is_the_same_at_every_pull(source: Source, amazon: Amazon) -> None:
    first = as_rows(money(source, amazon, transaction(None), transaction(None, 11)))
    again = as_rows(money(source, amazon, transaction(None)))
    assert len({row["entity"] for row in first}) == 2
    assert again[0]["entity"] == first[0]["entity"]


def plan(id: str, updated: str = "2026-03-19T00:00:00Z", place: str = HERE) -> dict[str, Any]:
    return {"inboundPlanId": id, "lastUpdatedAt": updated, "marketplaceIds": [place], "sourceAddress": {"name": "Me"}}


def test_shipments_are_found_below_plans_and_their_lots_added_up(source: Source, amazon: Amazon) -> None:
    amazon.on(
        f"GET {PLANS}", json_answer({"inboundPlans": [plan("wf1")], "pagination": {"nextToken": "t"}}),
        json_answer({"inboundPlans": [plan("wf2", place="OTHER"), plan("old", "2025-01-01T00:00:00Z")],
                     "pagination": {"nextToken": "not followed"}}),
        json_answer({"inboundPlans": []}),
    )  # fmt: skip
    amazon.on(f"GET {PLANS}/wf1", json_answer({"shipments": [{"shipmentId": "sh1"}, {"shipmentId": "sh2"}]}))
    amazon.on(f"GET {PLANS}/wf1/shipments/sh1", json_answer({
        "shipmentId": "sh1", "shipmentConfirmationId": "FBA1", "name": "March", "status": "CHECKED_IN",
        "selectedDeliveryWindow": {"endDate": "2026-03-25T06:00:00.000Z"}}))  # fmt: skip
    amazon.on(f"GET {PLANS}/wf1/shipments/sh2", json_answer({"shipmentId": "sh2", "status": "UNCONFIRMED"}))
    lots = [{"msku": "mug", "quantity": 5}, {"msku": "cup", "quantity": 1}]
    amazon.on(f"GET {PLANS}/wf1/shipments/sh1/items", json_answer({"items": lots, "pagination": {"nextToken": "i"}}),
              json_answer({"items": [{"msku": "mug", "quantity": 2}]}))  # fmt: skip
    amazon.on(f"GET {PLANS}/wf1/shipments/sh2/items", json_answer({"items": [{"msku": "mug", "quantity": 9}]}))
    rows = as_rows(read_shipments(source, STREAMS["shipments"], TODAY, None))
    due = datetime(2026, 3, 25, 6, tzinfo=UTC)
    assert [tuple(row.values()) for row in rows] == [
        ("FBA1/mug", "mug", "March", "receiving", 7, due), ("FBA1/cup", "cup", "March", "receiving", 1, due),
        ("sh2/mug", "mug", None, "working", 9, None),
    ]  # fmt: skip
    asked = [each.url.params.get("status") for each in amazon.asked(f"GET {PLANS}")]
    assert asked == ["ACTIVE", "ACTIVE", "SHIPPED"]


def test_a_shipment_whose_contents_cannot_be_read_is_refused(source: Source, amazon: Amazon) -> None:
    amazon.on(f"GET {PLANS}", json_answer({"inboundPlans": [plan("wf1")]}))
    amazon.on(f"GET {PLANS}/wf1", json_answer({"shipments": [{"shipmentId": "sh1"}]}))
    amazon.on(f"GET {PLANS}/wf1/shipments/sh1", json_answer({"shipmentId": "sh1", "status": "SHIPPED"}))
    amazon.on(f"GET {PLANS}/wf1/shipments/sh1/items", json_answer({"items": [{"msku": "mug"}]}))
    with pytest.raises(ContractError, match="lacks quantity"):
        read_shipments(source, STREAMS["shipments"], TODAY, None)
