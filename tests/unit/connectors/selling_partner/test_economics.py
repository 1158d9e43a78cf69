"""Economics by Data Kiosk: asked for, waited for, fetched, added up by SKU and day."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import httpx
import pytest

from agent.errors import ContractError, SourceError
from agent.model.fact import Delivered, Pending
from agent.model.kinds import STREAMS
from agent.model.window import Span
from connectors.selling_partner.economics import read_economics
from connectors.selling_partner.streams import Source
from tests.scripted_amazon import Amazon, json_answer
from tests.unit.connectors.selling_partner.rows import as_rows
from tests.unit.connectors.selling_partner.shop import HERE

KIOSK = "/dataKiosk/2023-11-15"
CREATE, DOCUMENT, STORED = f"POST {KIOSK}/queries", f"GET {KIOSK}/documents/d1", "GET /stored/d1"
URL = "https://tortuga-prod-eu.s3.amazonaws.com/stored/d1?X-Amz-Signature=abc"
WEEK = Span(date(2026, 3, 1), date(2026, 3, 7))


def line(sku: str | None = "mug", day: str = "2026-03-02", sales: float = 10, units: int = 1, refunded: int = 0,
         **more: object) -> dict[str, Any]:  # fmt: skip
    euro = lambda amount: {"amount": amount, "currencyCode": "EUR"}  # noqa: E731
    return {
        "startDate": day, "endDate": day, "marketplaceId": HERE, "msku": sku,
        "sales": {"netProductSales": euro(sales), "unitsOrdered": units, "unitsRefunded": refunded},
        "fees": [{"charges": [{"aggregatedDetail": {"totalAmount": euro(1.5)}}]}, {"charges": None}],
        "ads": [{"charge": {"totalAmount": euro(0.25)}}, {"charge": None}], **more,
    }  # fmt: skip


def status(of: str = "DONE", **more: object) -> httpx.Response:
    return json_answer({"queryId": "q1", "query": "query{x}", "createdTime": "2026-03-20T09:00:00Z",
                        "processingStatus": of, **more})  # fmt: skip


def stored(*lines: Mapping[str, Any], packed: bool = False) -> httpx.Response:
    body = "\n".join(json.dumps(each) for each in lines).encode() + b"\n\n"
    return httpx.Response(200, content=gzip.compress(body) if packed else body)


@pytest.fixture
def kiosk(amazon: Amazon) -> Amazon:
    amazon.on(CREATE, json_answer({"queryId": "q1"}, 202))
    amazon.on(f"GET {KIOSK}/queries/q1", status(dataDocumentId="d1"))
    amazon.on(DOCUMENT, json_answer({"documentId": "d1", "documentUrl": URL}))
    amazon.on(STORED, stored(line()))
    return amazon


def pulled(source: Source, span: Span = WEEK, cursor: str | None = None) -> Delivered | Pending:
    return read_economics(source, STREAMS["economics"], span, cursor)


def promise(source: Source, cursor: str | None = None) -> Pending:
    answer = pulled(source, cursor=cursor)
    assert isinstance(answer, Pending), answer
    return answer


def test_lines_of_a_sku_and_day_add_up_and_leave_what_is_left(source: Source, kiosk: Amazon) -> None:
    kiosk.on(STORED, stored(line(), line(sales=20, units=2), line("cup", refunded=3, sales=-30, units=0), line(None)))
    answer = pulled(source)
    assert as_rows(answer) == [
        {"entity": "mug", "day": date(2026, 3, 2), "units_sold": 3, "units_refunded": 0, "net_sales": 30_000_000,
         "amazon_fees": 3_000_000, "ad_spend": 500_000, "net_proceeds": 26_500_000},
        {"entity": "cup", "day": date(2026, 3, 2), "units_sold": 0, "units_refunded": 3, "net_sales": -30_000_000,
         "amazon_fees": 1_500_000, "ad_spend": 250_000, "net_proceeds": -31_750_000},
    ]  # fmt: skip
    assert isinstance(answer, Delivered)
    assert (answer.span, answer.note) == (WEEK, "lines without a SKU, left out: 1")


def test_the_query_asks_by_day_and_sku_for_the_marketplace(source: Source, kiosk: Amazon) -> None:
    pulled(source)
    (body,) = kiosk.bodies(CREATE)
    query = str(body["query"])
    assert 'startDate:"2026-03-01",endDate:"2026-03-07"' in query
    assert f'marketplaceIds:["{HERE}"],aggregateBy:{{date:DAY,productId:MSKU}}' in query
    assert query.count("{") == query.count("}")


def test_a_long_span_is_asked_for_by_the_month(source: Source, kiosk: Amazon) -> None:
    pulled(source, Span(date(2026, 1, 1), date(2026, 3, 7)))
    assert len(kiosk.asked(CREATE)) == 3


def test_a_query_under_way_is_looked_at_again_and_not_asked_for_again(source: Source, kiosk: Amazon) -> None:
    kiosk.on(f"GET {KIOSK}/queries/q1", status("IN_QUEUE"), status("IN_PROGRESS"), status(dataDocumentId="d1"))
    first = promise(source)
    second = promise(source, first.cursor)
    assert (first.look_again_seconds, second.note) == (60, "1 of 1 queries are being prepared")
    assert len(as_rows(pulled(source, cursor=second.cursor))) == 1
    assert len(kiosk.asked(CREATE)) == 1


def test_a_done_query_without_a_document_says_that_nothing_happened(source: Source, kiosk: Amazon) -> None:
    kiosk.on(f"GET {KIOSK}/queries/q1", status())
    answer = pulled(source)
    assert as_rows(answer) == []
    assert isinstance(answer, Delivered)
    assert answer.span == WEEK
    assert kiosk.asked(DOCUMENT) == []


def test_a_result_in_several_documents_is_read_to_its_end(source: Source, kiosk: Amazon) -> None:
    kiosk.on(CREATE, json_answer({"queryId": "q1"}, 202), json_answer({"queryId": "q2"}, 202))
    kiosk.on(f"GET {KIOSK}/queries/q1", status(dataDocumentId="d1", pagination={"nextToken": "t1"}))
    kiosk.on(f"GET {KIOSK}/queries/q2", status(dataDocumentId="d2"))
    kiosk.on(f"GET {KIOSK}/documents/d2", json_answer({"documentUrl": URL.replace("d1", "d2")}))
    kiosk.on("GET /stored/d2", stored(line("cup"), packed=True))
    assert [row["entity"] for row in as_rows(pulled(source))] == ["mug", "cup"]
    assert kiosk.bodies(CREATE)[1] == {"query": "query{x}", "paginationToken": "t1"}


def test_the_same_query_under_way_already_is_taken_up(source: Source, kiosk: Amazon) -> None:
    def listed(request: httpx.Request) -> httpx.Response:
        ours = json.loads(kiosk.asked(CREATE)[0].content)["query"].replace(",", " , ").replace("{", " {\n")
        others = {"queryId": "q0", "query": "query{other}"}
        return json_answer({"queries": [others, {"queryId": "q1", "query": ours}]})

    kiosk.on(CREATE, json_answer({"errors": [{"code": "Conflict", "message": "duplicate"}]}, 409))
    kiosk.on(f"GET {KIOSK}/queries", listed)
    assert len(as_rows(pulled(source))) == 1


@pytest.mark.parametrize("of", ["CANCELLED", "FATAL"])
def test_a_query_amazon_gave_up_is_asked_for_anew_by_the_next_pull(source: Source, kiosk: Amazon, of: str) -> None:
    kiosk.on(f"GET {KIOSK}/queries/q1", status(of))
    with pytest.raises(SourceError, match=rf"gave up the query of economics \({of}\)") as caught:
        pulled(source)
    assert not caught.value.retryable


def test_a_query_that_never_ends_is_given_up(source: Source, kiosk: Amazon) -> None:
    kiosk.on(f"GET {KIOSK}/queries/q1", status("IN_PROGRESS"))
    cursor = promise(source).cursor
    source.clock.sleep(13 * 3600)
    with pytest.raises(SourceError, match="not done after 13 hours"):
        pulled(source, cursor=cursor)


def test_a_used_up_plan_is_a_promise_that_keeps_what_was_reached(source: Source, kiosk: Amazon) -> None:
    too_many = json_answer({"errors": [{"code": "QuotaExceeded", "message": "no"}]}, 429, retry_after="40")
    kiosk.on(DOCUMENT, too_many, json_answer({"documentUrl": URL}))
    waiting = promise(source)
    assert waiting.look_again_seconds >= 40
    source.clock.sleep(600)
    assert len(as_rows(pulled(source, cursor=waiting.cursor))) == 1
    assert len(kiosk.asked(CREATE)) == 1


@pytest.mark.parametrize("cursor", ["", "[]", '{"v": 9}', '{"v": 1, "stream": "sku_sales", "parts": [["x"]]}'])
def test_a_cursor_that_is_none_of_ours_asks_anew(source: Source, kiosk: Amazon, cursor: str) -> None:
    assert len(as_rows(pulled(source, cursor=cursor))) == 1


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"startDate": "2026-03-02"', "has no JSON object in line 1"),
        (b"[]", "has no JSON object in line 1"),
        (json.dumps(line(endDate="2026-03-03")).encode(), "Line 1 of the economics is about more than a day"),
        (json.dumps(line(startDate=None)).encode(), "Line 1 of the economics lacks startDate"),
        (json.dumps(line()).replace("EUR", "USD").encode(), "in USD, and the marketplace uses EUR"),
        (gzip.compress(json.dumps(line()).encode() * 99)[:-20], "cannot be unpacked"),
    ],
)
def test_a_document_that_is_not_what_was_promised_is_refused(
    source: Source, kiosk: Amazon, body: bytes, says: str
) -> None:
    kiosk.on(STORED, httpx.Response(200, content=body))
    with pytest.raises(ContractError, match=says):
        pulled(source)


def test_a_document_from_elsewhere_is_not_followed(source: Source, kiosk: Amazon) -> None:
    kiosk.on(DOCUMENT, json_answer({"documentUrl": "https://example.com/stored/d1"}))
    with pytest.raises(ContractError, match="does not lead to the source's own store"):
        pulled(source)
