"""Every request Steward can make to the Selling Partner API conforms to Amazon's published models."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from agent.clock import SetClock
from agent.errors import SourceError
from agent.model.change import Change
from agent.model.entity import Entity
from agent.model.fact import Pending
from agent.model.marketplace import MARKETPLACES
from agent.model.money import Money
from agent.model.proposal import Fate
from agent.model.window import Span
from agent.outbound import Outbound
from connectors.selling_partner import Credentials, SellingPartner
from connectors.selling_partner.operations import OPERATIONS
from connectors.selling_partner.report_types import REPORT_TYPES
from tests.contract.published import Published

SPAN = Span(date(2026, 2, 10), date(2026, 3, 19))
TODAY = Span(date(2026, 3, 20), date(2026, 3, 20))
TOKEN = "Atza|a-token"
HERE = MARKETPLACES["DE"].id
PLAN, SHIPMENT = "wf1234abcd-1234-abcd-5678-1234abcd5678", "sh1234abcd-1234-abcd-5678-1234abcd5678"
NOT_CALLED = {"getCatalogItem", "getOrder", "listInboundPlanItems"}
"""Declared for those who will need them; nothing calls them yet."""
OFFER = {"marketplace_id": HERE, "currency": "EUR", "audience": "ALL",
         "our_price": [{"schedule": [{"value_with_tax": 12.5}]}]}  # fmt: skip
LISTING = {
    "sku": "a/b", "summaries": [{"marketplaceId": HERE, "asin": "B0MUG", "productType": "MUG", "status": ["BUYABLE"]}],
    "attributes": {"purchasable_offer": [OFFER]},
    "offers": [{"marketplaceId": HERE, "offerType": "B2C", "price": {"currencyCode": "EUR", "amount": "12.50"}}],
}  # fmt: skip
TOPIC = {"topic": "Size", "asinMetrics": {"occurrencePercentage": 3.0, "starRatingImpact": -1.0}}
KNOWN: Mapping[str, Any] = {
    "listings": [{"entity": f"a/b {number}", "asin": f"B0{number:08}", "state": "enabled", "price": 12_340_000,
                  "channel": "fba"} for number in range(45)],
    "competitors": [{"entity": "a/b/B0RIVAL001", "sku": "a/b", "rival_asin": "B0RIVAL001"}],
}  # fmt: skip

Body = object | Callable[[httpx.Request], object]
ANSWERS: Mapping[str, Body] = {
    "GET /sellers/v1/marketplaceParticipations": {"payload": [{"marketplace": {"id": HERE}}]},
    "GET /fba/inventory/v1/summaries": lambda request: {
        "payload": {"inventorySummaries": []}, "pagination": more(request, "nextToken")},
    "GET /listings/2021-08-01/items/SELLER": lambda request: {
        "numberOfResults": 1, "items": [LISTING], "pagination": more(request, "pageToken")},
    r"GET /listings/2021-08-01/items/SELLER/.+": LISTING,
    r"PATCH /listings/2021-08-01/items/SELLER/.+": lambda request: {
        "sku": "a/b", "status": "VALID" if "mode" in request.url.params else "ACCEPTED", "issues": []},
    "GET /catalog/2022-04-01/items": {"items": []},
    "POST /products/fees/v0/feesEstimate": [],
    "POST /batches/products/pricing/2022-05-01/.+": {"responses": []},
    "GET /finances/2024-06-19/transactions": lambda request: {
        "payload": {"transactions": [], **more(request, "nextToken")}},
    "GET /orders/2026-01-01/orders": lambda request: {"orders": [], "pagination": more(request, "paginationToken")},
    "GET /solicitations/v1/orders/[^/]+": {},
    "POST /solicitations/v1/orders/[^/]+/.+": {},
    "GET /customerFeedback/2024-06-01/items/[^/]+/reviews/topics": {"topics": {"negativeTopics": [TOPIC]}},
    "GET /customerFeedback/2024-06-01/items/[^/]+/reviews/trends": {"reviewTrends": {"negativeTopics": []}},
    "GET /inbound/fba/2024-03-20/inboundPlans": lambda request: {
        "inboundPlans": [{"inboundPlanId": PLAN, "lastUpdatedAt": "2026-03-19T00:00:00Z", "marketplaceIds": [HERE]}],
        "pagination": more(request, "paginationToken")},
    "GET /inbound/fba/2024-03-20/inboundPlans/[^/]+": {"shipments": [{"shipmentId": SHIPMENT}]},
    "GET /inbound/fba/2024-03-20/inboundPlans/[^/]+/shipments/[^/]+": {"shipmentId": SHIPMENT, "status": "SHIPPED"},
    "GET /inbound/fba/2024-03-20/inboundPlans/[^/]+/shipments/[^/]+/items": lambda request: {
        "items": [], "pagination": more(request, "paginationToken")},
    "POST /dataKiosk/2023-11-15/queries": lambda request: (
        {"queryId": "q2"} if b"paginationToken" in request.content else {"errors": [{"code": "Conflict"}]}),
    "GET /dataKiosk/2023-11-15/queries": lambda request: {"queries": [
        {"queryId": "q1", "query": asked} for asked in QUERIES]},
    "GET /dataKiosk/2023-11-15/queries/q1": {"query": "query{x}", "processingStatus": "DONE", "dataDocumentId": "d",
                                             "pagination": {"nextToken": "t"}},
    "GET /dataKiosk/2023-11-15/queries/q2": {"query": "query{x}", "processingStatus": "DONE"},
    "GET /dataKiosk/2023-11-15/documents/d": {"documentUrl": "https://s3.amazonaws.com/d"},
    "POST /reports/2021-06-30/reports": {"reportId": "r1"},
    "GET /reports/2021-06-30/reports": lambda request: {"reports": [], **more(request, "nextToken")},
    "GET /reports/2021-06-30/reports/r1": lambda request: {
        "reportId": "r1", "processingStatus": "DONE", "reportDocumentId": "d", "reportType": TYPES[-1],
        "marketplaceIds": [HERE], "createdTime": "2026-03-20T09:00:00Z"},
    "GET /reports/2021-06-30/documents/d": {"reportDocumentId": "d", "url": "https://s3.amazonaws.com/r"},
}  # fmt: skip
QUERIES: list[str] = []
TYPES: list[str] = []


def more(request: httpx.Request, name: str) -> dict[str, str]:
    """A token on the first page, none on the second."""
    return {} if name in request.url.params else {"nextToken": "t1"}


def answer(request: httpx.Request) -> httpx.Response:
    """Just enough for the client to go on."""
    if request.url.path == "/auth/o2/token":
        return httpx.Response(200, json={"access_token": TOKEN, "expires_in": 3600})
    if request.url.host == "s3.amazonaws.com":
        return httpx.Response(200, content=b"")
    route = f"{request.method} {request.url.path}"
    body = next(found for pattern, found in ANSWERS.items() if re.fullmatch(pattern.replace("SELLER", "A1S"), route))
    if route == "POST /dataKiosk/2023-11-15/queries":
        QUERIES.append(json.loads(request.content)["query"])
    if route == "POST /reports/2021-06-30/reports":
        TYPES.append(json.loads(request.content)["reportType"])
    told = body(request) if callable(body) else body
    conflict = isinstance(told, dict) and "errors" in told
    return httpx.Response(409 if conflict else 200, json=told)


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> list[httpx.Request]:
    """One request of every sort, from a client that was made to do everything it can."""
    made: list[httpx.Request] = []

    def remember(request: httpx.Request) -> httpx.Response:
        made.append(request)
        return answer(request)

    clock = SetClock(datetime(2026, 3, 20, 9, tzinfo=UTC))
    outbound = Outbound(clock, transport=httpx.MockTransport(remember))
    secrets = Credentials(SecretStr("amzn1.app"), SecretStr("secret"), SecretStr("Atzr|x"))
    partner = SellingPartner(
        "shop", secrets, "A1S", MARKETPLACES["DE"], outbound, clock, region="EU", known=KNOWN.get,
        downloads=tmp_path_factory.mktemp("downloads"),
    )  # fmt: skip
    do_everything(partner, clock)
    return made


def do_everything(partner: SellingPartner, clock: SetClock) -> None:
    partner.check_credentials()
    for stream in partner.streams:
        cursor: str | None = None
        for _ in range(30):
            try:
                found = partner.pull(stream, SPAN if stream.grain == "day" else TODAY, cursor)
            except SourceError:  # an empty file is no report; what was asked for is what counts here
                break
            if not isinstance(found, Pending):
                break
            cursor = found.cursor
            clock.sleep(found.look_again_seconds)
    mug, order = Entity("shop", "listing", "a/b"), Entity("shop", "order", "302-1234567-1234567")
    partner.live([mug], "price")
    partner.live([order], "review_request")
    price = Change(mug, "price", Money.of("12.5", "EUR"), Money.of("11.99", "EUR"))
    (written,) = partner.apply({"p1": price})
    (asked,) = partner.apply({"p2": Change(order, "review_request", "open", "requested")})
    assert (written.fate, asked.fate) == (Fate.ACCEPTED, Fate.ACCEPTED)


def api(requests: list[httpx.Request]) -> Iterator[httpx.Request]:
    return (each for each in requests if each.url.host == "sellingpartnerapi-eu.amazon.com")


@pytest.fixture(scope="module")
def models(shared: Path) -> list[Published]:
    folder = shared / "amazon" / "models" / "sp-api" / "models"
    deprecated = {"ordersV0.json", "financesV0.json", "productPricingV0.json"}
    return [Published.load(path) for path in sorted(folder.glob("*.json")) if path.name not in deprecated]


def faults(models: list[Published], request: httpx.Request) -> list[str]:
    fitting = [each for each in models if each.operation_of(request)]
    found = [fault for each in fitting for fault in each.faults(request)]
    return found if fitting else [f"no model knows {request.method} {request.url.path}"]


@pytest.mark.shared
def test_every_request_conforms_to_amazons_models(models: list[Published], requests: list[httpx.Request]) -> None:
    found = {f"{each.method} {each.url}": wrong for each in api(requests) if (wrong := faults(models, each))}
    assert found == {}


def test_every_operation_of_the_table_was_called(requests: list[httpx.Request]) -> None:
    patterns = {
        name: re.compile(f"{each.method} " + re.sub(r"\{\w+\}", "[^/]+", each.path))
        for name, each in OPERATIONS.items()
    }
    routes = {f"{each.method} {each.url.raw_path.decode().partition('?')[0]}" for each in api(requests)}
    called = {name for name, pattern in patterns.items() if any(pattern.fullmatch(route) for route in routes)}
    assert set(OPERATIONS) - called == NOT_CALLED


def test_every_report_type_was_asked_for(requests: list[httpx.Request]) -> None:
    bodies = [json.loads(each.content) for each in api(requests) if each.url.path == "/reports/2021-06-30/reports"
              and each.method == "POST"]  # fmt: skip
    listings = {"listings"}  # with a seller's id they are read one by one
    wanted = {each.type_id for name, each in REPORT_TYPES.items() if name not in listings}
    assert {body["reportType"] for body in bodies} == wanted


def test_every_call_carries_the_token_and_says_it_is_automated(requests: list[httpx.Request]) -> None:
    for each in api(requests):
        assert each.headers["x-amz-access-token"] == TOKEN
        assert each.url.scheme == "https"
        assert "automated" in each.headers["user-agent"]
        assert len(each.headers["user-agent"]) <= 500
        assert "authorization" not in each.headers


def test_nothing_of_a_buyer_is_ever_asked_for(requests: list[httpx.Request]) -> None:
    included = [word for each in api(requests) for word in each.url.params.get("includedData", "").split(",")]
    assert "FULFILLMENT" in included
    assert not {"BUYER", "RECIPIENT", "PAYMENT", "TAX"} & set(included)


def test_no_batch_is_larger_than_amazon_takes(requests: list[httpx.Request]) -> None:
    sizes: dict[str, set[int]] = {}
    for each in api(requests):
        if each.content and each.url.path.startswith(("/batches", "/products")):
            body = json.loads(each.content)
            sizes.setdefault(each.url.path.rsplit("/", 1)[-1], set()).add(
                len(body if isinstance(body, list) else body["requests"])
            )
        if "identifiers" in each.url.params:
            sizes.setdefault("catalog", set()).add(len(each.url.params["identifiers"].split(",")))
    assert {name: max(counts) for name, counts in sizes.items()} == {
        "competitiveSummary": 20, "featuredOfferExpectedPrice": 40, "feesEstimate": 20, "catalog": 20,
    }  # fmt: skip


SPOILT: Mapping[str, Callable[[httpx.Request], httpx.Request]] = {
    "unknown query": lambda good: changed(good, url=f"{good.url}&colour=blue"),
    "no marketplace": lambda good: changed(good, url=str(good.url).replace("marketplaceIds", "marketplaces")),
    "unknown mode": lambda good: changed(good, url=str(good.url).replace("VALIDATION_PREVIEW", "PREVIEW")),
    "another method": lambda good: changed(good, method="POST"),
    "no product type": lambda good: changed(good, body={"patches": json.loads(good.content)["patches"]}),
    "no patches": lambda good: changed(good, body={"productType": "MUG", "patches": []}),
    "unknown op": lambda good: changed(good, body={"productType": "MUG", "patches": [{"op": "put", "path": "/a"}]}),
    "unknown field": lambda good: changed(good, body={**json.loads(good.content), "price": 1}),
    "a wish for html": lambda good: changed(good, accept="text/html"),
}  # fmt: skip


def changed(good: httpx.Request, **how: Any) -> httpx.Request:
    headers = {name: value for name, value in good.headers.items() if name != "content-length"}
    headers["accept"] = how.get("accept", headers["accept"])
    content = json.dumps(how["body"]).encode() if "body" in how else good.content
    return httpx.Request(how.get("method", good.method), how.get("url", good.url), headers=headers, content=content)


@pytest.mark.shared
@pytest.mark.parametrize("how", SPOILT)
def test_amazons_models_find_a_spoilt_request(models: list[Published], requests: list[httpx.Request], how: str) -> None:
    good = next(each for each in api(requests) if each.method == "PATCH" and "mode" in each.url.params)
    assert faults(models, changed(good)) == []
    assert faults(models, SPOILT[how](good))
