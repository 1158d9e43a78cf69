"""Prices and review requests: sent once, after a look, with everything else left as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx
import pytest

from agent.clock import SetClock
from agent.model.change import Change, Value
from agent.model.entity import Entity
from agent.model.money import Money
from agent.model.proposal import Fate, Receipt
from connectors.selling_partner.streams import Source
from connectors.selling_partner.writes import BATCH, EDITS, Writes
from tests.scripted_amazon import Amazon, json_answer
from tests.unit.connectors.selling_partner.shop import HERE

SKU = "a/b c"
LISTING = f"/listings/2021-08-01/items/A1SELLER/{SKU}"
ORDER = "302-1234567-1234567"
ASK = f"/solicitations/v1/orders/{ORDER}"
WRITE = f"POST {ASK}/solicitations/productReviewAndSellerFeedback"
MUG, BOUGHT = Entity("shop", "listing", SKU), Entity("shop", "order", ORDER)


def euro(amount: str) -> Money:
    return Money.of(amount, "EUR")


def entry(price: float | None = 12.5, **more: object) -> dict[str, Any]:
    told: dict[str, Any] = {"marketplace_id": HERE, "currency": "EUR", "audience": "ALL",
                            "minimum_seller_allowed_price": [{"schedule": [{"value_with_tax": 9.99}]}]}  # fmt: skip
    if price is not None:
        told["our_price"] = [{"schedule": [{"value_with_tax": price}]}]
    return {**told, **more}


BUSINESS = {"marketplace_id": HERE, "currency": "EUR", "audience": "B2B",
            "our_price": [{"schedule": [{"value_with_tax": 11}]}],
            "quantity_discount_plan": [{"schedule": [{"discount_type": "fixed"}]}]}  # fmt: skip


def listing(*offers: Mapping[str, Any], shown: str | None = "12.50") -> httpx.Response:
    price = {"currencyCode": "EUR", "amount": shown}
    return json_answer({
        "sku": SKU, "summaries": [{"marketplaceId": HERE, "productType": "MUG", "status": ["BUYABLE"]}],
        "attributes": {"purchasable_offer": list(offers)},
        "offers": [] if shown is None else [{"marketplaceId": HERE, "offerType": "B2C", "price": price}],
    })  # fmt: skip


def submitted(status: str, *issues: Mapping[str, Any], sku: str = SKU) -> httpx.Response:
    return json_answer({"sku": sku, "status": status, "submissionId": "s1", "issues": list(issues)})


def issue(code: str, message: str, severity: str = "ERROR") -> dict[str, Any]:
    return {"code": code, "message": message, "severity": severity, "categories": []}


def set_price(source: Source, after: Value = None, before: Value = None) -> Receipt:
    change = Change(MUG, "price", before or euro("12.5"), euro("11.99") if after is None else after)
    (receipt,) = Writes(source).apply({"p1": change})
    return receipt


def ask_for_review(source: Source, before: Value = "open", after: Value = "requested") -> Receipt:
    (receipt,) = Writes(source).apply({"p1": Change(BOUGHT, "review_request", before, after)})
    return receipt


@pytest.fixture
def shop(amazon: Amazon) -> Amazon:
    amazon.on(f"GET {LISTING}", listing(entry(), BUSINESS))
    amazon.on(f"PATCH {LISTING}", submitted("VALID"), submitted("ACCEPTED"))
    amazon.on(WRITE, json_answer({}, 201))
    return amazon


def patches(amazon: Amazon) -> list[httpx.Request]:
    return amazon.asked(f"PATCH {LISTING}")


def test_a_price_is_tried_and_then_written_with_all_its_siblings(source: Source, shop: Amazon) -> None:
    receipt = set_price(source)
    assert (receipt.fate, receipt.request_id) == (Fate.ACCEPTED, "R-1")
    tried, written = patches(shop)
    assert dict(tried.url.params) == {"marketplaceIds": HERE, "includedData": "issues", "mode": "VALIDATION_PREVIEW"}
    assert dict(written.url.params) == {"marketplaceIds": HERE, "includedData": "issues"}
    assert tried.content == written.content
    assert json.loads(written.content, parse_float=Decimal) == {"productType": "MUG", "patches": [{
        "op": "replace", "path": "/attributes/purchasable_offer", "value": [
            {"marketplace_id": HERE, "currency": "EUR", "audience": "ALL",
             "minimum_seller_allowed_price": [{"schedule": [{"value_with_tax": Decimal("9.99")}]}],
             "our_price": [{"schedule": [{"value_with_tax": Decimal("11.99")}]}]},
            BUSINESS,
        ]}]}  # fmt: skip
    assert b"a%2Fb%20c" in written.url.raw_path


def test_what_amazon_would_not_take_is_refused_in_its_words_and_never_written(source: Source, shop: Amazon) -> None:
    shop.on(f"PATCH {LISTING}", submitted("INVALID", issue("1", "mind this", "WARNING"), issue("18155", "Too low.")))
    assert set_price(source) == Receipt("p1", Fate.REFUSED, "18155", "Too low.", "R-1")
    assert len(patches(shop)) == 1


def test_what_is_refused_only_when_written_is_refused(source: Source, shop: Amazon) -> None:
    shop.on(f"PATCH {LISTING}", submitted("VALID"), submitted("INVALID", issue("90", "No.")))
    assert set_price(source) == Receipt("p1", Fate.REFUSED, "90", "No.", "R-1")


@pytest.mark.parametrize(
    ("after", "says"),
    [
        ("11.99", "is no amount of money"),
        (Money.of("11.99", "USD"), "not in the marketplace's currency, EUR"),
        (Money(11_991_000, "EUR"), "whole steps of 0.01 EUR"),
        (Money(0, "EUR"), "is no price"),
    ],
)
def test_what_is_no_price_never_reaches_amazon(source: Source, shop: Amazon, after: Value, says: str) -> None:
    receipt = set_price(source, after)
    assert (receipt.fate, receipt.code) == (Fate.REFUSED, "NOT_SENT")
    assert says in receipt.message
    assert shop.requests == []


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (listing(entry(10.0)), "10.00 EUR, is not the one that was approved to change"),
        (listing(entry(None)), "has a timetable, or none was ever set"),
        (listing(BUSINESS), "has no offer for everybody"),
        (listing(entry(), entry()), "which one to change is not clear"),
        (listing(entry(our_price=[{"schedule": [{"value_with_tax": 12.5, "start_at": "2026-01-01"}]}])), "timetable"),
        (json_answer({"errors": []}, 404), "knows no such listing"),
    ],
)
def test_a_listing_that_is_not_as_approved_is_left_alone(
    source: Source, shop: Amazon, answer: httpx.Response, says: str
) -> None:
    shop.on(f"GET {LISTING}", answer)
    receipt = set_price(source)
    assert (receipt.fate, receipt.code) == (Fate.REFUSED, "NOT_SENT")
    assert says in receipt.message
    assert patches(shop) == []


def test_a_price_that_is_set_already_is_written_again_harmlessly(source: Source, shop: Amazon) -> None:
    shop.on(f"GET {LISTING}", listing(entry(11.99)))
    assert set_price(source).fate is Fate.ACCEPTED


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        (httpx.Response(500), Fate.UNKNOWN),
        (httpx.Response(200, text="<html>"), Fate.UNKNOWN),
        (submitted("ACCEPTED", sku="another"), Fate.UNKNOWN),
        (submitted("LATER"), Fate.UNKNOWN),
        (httpx.ReadTimeout("slow"), Fate.UNKNOWN),
        (httpx.ConnectError("down"), Fate.NOT_APPLIED),
        (json_answer({"errors": [{"code": "QuotaExceeded", "message": "no"}]}, 429), Fate.NOT_APPLIED),
        (json_answer({"errors": [{"code": "Unauthorized", "message": "expired"}]}, 401), Fate.NOT_APPLIED),
        (json_answer({"errors": [{"code": "InvalidInput", "message": "bad"}]}, 400), Fate.REFUSED),
        (json_answer({"errors": [{"code": "Unauthorized", "message": "no role"}]}, 403), Fate.REFUSED),
    ],
)
def test_an_answer_to_the_write_is_read_strictly_and_it_is_sent_once(
    source: Source, shop: Amazon, answer: Any, fate: Fate
) -> None:
    shop.on(f"PATCH {LISTING}", submitted("VALID"), answer)
    assert set_price(source).fate is fate
    assert len(patches(shop)) == 2


@pytest.mark.parametrize("status", [500, 503])
def test_what_cannot_be_looked_at_first_is_not_written(source: Source, shop: Amazon, status: int) -> None:
    shop.on(f"GET {LISTING}", httpx.Response(status))
    receipt = set_price(source)
    assert (receipt.fate, receipt.retry_after_seconds) == (Fate.NOT_APPLIED, 30.0)
    assert patches(shop) == []


def test_a_preview_that_was_taken_for_the_write_is_unknown(source: Source, shop: Amazon) -> None:
    shop.on(f"PATCH {LISTING}", submitted("ACCEPTED"))
    assert set_price(source).fate is Fate.UNKNOWN
    assert len(patches(shop)) == 1


def test_a_price_that_took_long_to_prepare_is_not_written_on_an_old_look(
    source: Source, shop: Amazon, clock: SetClock
) -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        clock.sleep(5)
        return submitted("VALID")

    shop.on(f"PATCH {LISTING}", slow)
    assert set_price(source).fate is Fate.NOT_APPLIED
    assert len(patches(shop)) == 1


@pytest.mark.parametrize(("shown", "live"), [("12.34", euro("12.34")), (None, euro("12.5"))])
def test_the_live_price_is_the_one_shoppers_see(source: Source, shop: Amazon, shown: str | None, live: Money) -> None:
    shop.on(f"GET {LISTING}", listing(entry(), shown=shown))
    assert Writes(source).live([MUG], "price") == {MUG: live}


def test_what_amazon_does_not_know_has_no_live_value(source: Source, shop: Amazon) -> None:
    shop.on(f"GET {LISTING}", json_answer({"errors": []}, 404))
    shop.on(f"GET {ASK}", json_answer({"errors": []}, 404))
    assert Writes(source).live([MUG], "price") == Writes(source).live([BOUGHT], "review_request") == {}


LINKED = {"_links": {"actions": [{"name": "productReviewAndSellerFeedback", "href": "/x"}]}}
EMBEDDED = {"_embedded": {"actions": [{"payload": {"name": "productReviewAndSellerFeedback"}}]}}
OTHER = {"_links": {"actions": [{"name": "somethingElse", "href": "/x"}]}, "_embedded": {"actions": []}}


@pytest.mark.parametrize(
    ("answer", "live"), [(LINKED, "open"), (EMBEDDED, "open"), (OTHER, "requested"), ({}, "requested")]
)
def test_an_order_is_open_where_amazon_offers_to_ask(
    source: Source, amazon: Amazon, answer: Mapping[str, Any], live: str
) -> None:
    amazon.on(f"GET {ASK}", json_answer(answer))
    assert Writes(source).live([BOUGHT], "review_request") == {BOUGHT: live}


def test_a_review_is_asked_for_once_without_a_body(source: Source, shop: Amazon) -> None:
    assert ask_for_review(source) == Receipt("p1", Fate.ACCEPTED, request_id="R-1")
    (request,) = shop.asked(WRITE)
    assert (request.content, dict(request.url.params)) == (b"", {"marketplaceIds": HERE})


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        (json_answer({"errors": [{"code": "Unauthorized", "message": "outside the window"}]}, 403), Fate.REFUSED),
        (httpx.Response(500), Fate.UNKNOWN),
        (httpx.ReadTimeout("slow"), Fate.UNKNOWN),
        (httpx.Response(429), Fate.NOT_APPLIED),
    ],
)
def test_what_amazon_says_to_asking_is_final_or_open(source: Source, amazon: Amazon, answer: Any, fate: Fate) -> None:
    amazon.on(WRITE, answer)
    assert ask_for_review(source).fate is fate
    assert len(amazon.asked(WRITE)) == 1


@pytest.mark.parametrize(("before", "after"), [("requested", "open"), ("requested", "requested"), (None, "requested")])
def test_only_an_open_order_is_asked_about(source: Source, amazon: Amazon, before: Value, after: Value) -> None:
    assert ask_for_review(source, before, after).code == "NOT_SENT"
    assert amazon.requests == []


def test_the_writes_are_these_two_one_at_a_time() -> None:
    assert sorted((edit.kind, edit.field) for edit in EDITS) == [("listing", "price"), ("order", "review_request")]
    assert BATCH == 1


def test_what_is_no_such_write_is_a_mistake_of_ours(source: Source) -> None:
    with pytest.raises(ValueError, match="nothing that can be written"):
        Writes(source).apply({"p1": Change(MUG, "title", "a", "b")})
    two = {name: Change(MUG, "price", None, euro("1")) for name in ("p1", "p2")}
    with pytest.raises(ValueError, match="at most 1"):
        Writes(source).apply(two)
