"""Reports as others met them: recorded answers, header rows of real files, and the examples of Amazon's schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from agent.clock import SetClock
from agent.errors import AgentError, SourceError, ThrottledError
from agent.model.marketplace import MARKETPLACES
from agent.model.window import Span
from agent.outbound import Outbound
from connectors.lwa import Credentials, LoginWithAmazon
from connectors.selling_partner.client import Ask, Client, Shop
from connectors.selling_partner.document import Paper, charset_of
from connectors.selling_partner.operations import OPERATIONS
from connectors.selling_partner.report_calls import Calls, State
from connectors.selling_partner.report_days import Bounds
from connectors.selling_partner.report_types import REPORT_TYPES
from connectors.selling_partner.sheet import Desk, Read
from tests.scripted_amazon import NOW, Amazon, json_answer

pytestmark = pytest.mark.shared
US = Desk("shop", MARKETPLACES["US"])
DAYS = Span(date(2021, 6, 11), date(2021, 6, 14))


@pytest.fixture
def amazon() -> Amazon:
    return Amazon()


@pytest.fixture
def client(amazon: Amazon) -> Iterator[Client]:
    clock = SetClock(NOW)
    with Outbound(clock, transport=httpx.MockTransport(amazon), dice=lambda: 1.0) as outbound:
        secrets = Credentials(SecretStr("client-id-1"), SecretStr("client-secret-1"), SecretStr("Atzr|refresh-1"))
        shop = Shop("shop", "A1SELLER", MARKETPLACES["US"].id, "NA")
        yield Client(
            shop, secrets, LoginWithAmazon(outbound, clock), outbound, clock, "https://sellingpartnerapi-na.amazon.com"
        )


@pytest.fixture
def recorded(shared: Path) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    folder = shared / "samples" / "sp-api-recordings" / "interactions"
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.rglob("*.json")
            if "Reports" in str(path) or "Errors" in str(path)}  # fmt: skip


def read(stream: str, content: bytes, folder: Path, span: Span = DAYS, content_type: str = "") -> Read:
    path = folder / "document"
    path.write_bytes(content)
    return REPORT_TYPES[stream].read(US, [(span, Paper(path, stream, "req-1", charset_of(content_type), "cp1252"))])


def test_every_static_example_of_the_reports_calls_is_read(shared: Path, client: Client, amazon: Amazon) -> None:
    path = shared / "amazon" / "models" / "sp-api" / "models" / "reports_2021-06-30.json"
    document, seen = json.loads(path.read_text(encoding="utf-8")), 0
    for address, item in document["paths"].items():
        for operation in item.values():
            name = operation.get("operationId") if isinstance(operation, dict) else None
            if name not in OPERATIONS:
                continue
            for status, answer in operation["responses"].items():
                for pair in (answer.get("x-amzn-api-sandbox") or {}).get("static", []):
                    read_example(client, amazon, name, address, int(status), pair["response"])
                    seen += 1
    assert seen >= 8


def read_example(client: Client, amazon: Amazon, name: str, address: str, status: int, body: Mapping[str, Any]) -> None:
    calls = Calls(client, REPORT_TYPES["listings"], NOW)
    route = f"{OPERATIONS[name].method} {address.format(reportId='ID323', reportDocumentId='D1')}"
    amazon.on(route, json_answer(body, status))
    if status >= 400:
        with pytest.raises(AgentError):
            client.read(
                Ask(name, {"reportId": "ID323", "reportDocumentId": "D1"}, body={} if "create" in name else None)
            )
    elif name == "createReport":
        assert calls.asked(Bounds()) == body["reportId"]
    elif name == "getReportDocument":
        assert calls.link("D1") == body["url"]
    elif name == "getReport":  # the examples are about a report of another type
        with pytest.raises(SourceError, match="another report"):
            calls.found("ID323")
    else:
        assert client.read(Ask(name)).json() == body


def test_a_recorded_request_and_its_polls_are_ours(
    recorded: Mapping[str, Sequence[Mapping[str, Any]]], client: Client, amazon: Amazon
) -> None:
    asked = recorded["test_create_report"][-1]
    amazon.on("POST /reports/2021-06-30/reports", json_answer(json.loads(asked["body"]), asked["status"]))
    assert Calls(client, REPORT_TYPES["listings"], NOW).asked(Bounds()) == "ID323"
    mine = json.loads(amazon.requests[-1].content)
    assert set(mine) <= set(json.loads(asked["request_body"]))
    told = json.loads(recorded["test_get_report"][-1]["body"])
    amazon.on("GET /reports/2021-06-30/reports/ReportId1",
              json_answer({**told, "reportType": REPORT_TYPES["listings"].type_id}))  # fmt: skip
    assert Calls(client, REPORT_TYPES["listings"], NOW).found("ReportId1").state is State.UNDER_WAY


@pytest.mark.parametrize(
    ("recording", "fault"), [("test_not_found", SourceError), ("test_quota_exceeded", ThrottledError)]
)
def test_recorded_refusals_are_told_apart(
    recorded: Mapping[str, Sequence[Mapping[str, Any]]], client: Client, amazon: Amazon, recording: str,
    fault: type[SourceError],
) -> None:  # fmt: skip
    answer = recorded[recording][-1]
    amazon.on("GET /reports/2021-06-30/reports/1", json_answer(json.loads(answer["body"]), answer["status"]))
    with pytest.raises(fault) as caught:
        client.read(Ask("getReport", {"reportId": "1"}))
    assert caught.value.status == answer["status"]
    assert type(caught.value) is fault


def test_a_recorded_listings_report_is_read(
    recorded: Mapping[str, Sequence[Mapping[str, Any]]], tmp_path: Path
) -> None:
    answer = recorded["test_download_report_document_with_document_id"][-1]
    content = answer["body"].encode("cp1252")
    columns = read("listings", content, tmp_path, content_type=answer["headers"]["content-type"]).rows.columns
    assert len(columns["entity"]) == content.rstrip().count(b"\n")
    assert (columns["entity"][0], columns["price"][0], columns["quantity"][0]) == ("SKU-001-TEST", 25_990_000, 5)
    assert columns["opened_at"][0] == datetime(2024, 1, 15, 10, tzinfo=UTC)
    assert set(columns["channel"]) == {"mfn"}


HEADERS = {
    "GET_FBA_INVENTORY_PLANNING_DATA": "inventory_health",
    "GET_LEDGER_SUMMARY_VIEW_DATA": "stock_ledger",
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL": "order_lines",
    "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA": "returns",
    "GET_SELLER_FEEDBACK_DATA": "feedback",
}


@pytest.mark.parametrize("report", HEADERS)
def test_the_header_of_a_real_file_has_every_needed_column(shared: Path, tmp_path: Path, report: str) -> None:
    known = json.loads((shared / "samples" / "flat-file-headers" / "headers.json").read_text(encoding="utf-8"))
    (header,) = (each["columns"] for each in known if each["report"] == report)
    found = read(HEADERS[report], ("\t".join(header) + "\r\n").encode(), tmp_path)
    assert len(found.rows) == 0


def test_the_sales_and_traffic_example_is_read_to_the_cent(shared: Path, tmp_path: Path) -> None:
    example = schema(shared, "sellerSalesAndTrafficReport.json")["examples"][0]
    example["reportSpecification"]["reportOptions"]["asinGranularity"] = "PARENT"
    columns = read("account_sales", json.dumps(example).encode(), tmp_path).rows.columns
    assert columns["day"] == list(DAYS)
    assert columns["ordered_sales"] == [238_440_000, 217_700_000, 277_060_000, 349_940_000]
    assert (columns["sessions"], columns["units_refunded"]) == ([1000, 1100, 1100, 1253], [1, 0, 0, 0])


def test_the_sales_and_traffic_example_by_sku_is_read(shared: Path, tmp_path: Path) -> None:
    example = schema(shared, "sellerSalesAndTrafficReport.json")["examples"][0]
    columns = read("sku_sales", json.dumps(example).encode(), tmp_path).rows.columns
    assert columns["entity"] == ["AB-1C2D-EFGH", "CD-2E3F-GHIJ", "EF-3G4H-IJKL"]
    assert columns["featured_offer_share"] == [0.9524, 0.0, 1.0]
    assert columns["ordered_sales"] == [16_790_000, 26_250_000, 45_000_000]


def test_the_account_health_example_is_read(shared: Path, tmp_path: Path) -> None:
    example = schema(shared, "accountHealthReport-2020-11-18.json")["examples"][0]
    columns = read("account_health", json.dumps(example).encode(), tmp_path).rows.columns
    assert {name: values[0] for name, values in columns.items()} == {
        "entity": "shop", "status": "at_risk", "order_defect_rate": pytest.approx(0.009),
        "late_shipment_rate": 0.03203973037, "cancellation_rate": 0.005, "valid_tracking_rate": 0.9529,
        "on_time_delivery_rate": 0.9529, "violations": 86 + 75 + 212 + 337 + 165 + 37 + 86, "health_rating": None,
    }  # fmt: skip


def schema(shared: Path, name: str) -> dict[str, Any]:
    path = shared / "amazon" / "models" / "sp-api" / "schemas" / "reports" / name
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
