"""Amazon's own example answers are read by the code that reads the real ones: all of the calls that we make."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.errors import ContractError
from agent.model.marketplace import MARKETPLACES
from agent.outbound import Reply
from connectors.selling_partner import catalog, economics, fees, finances, inbound, orders, pricing_facts, topics
from connectors.selling_partner.faults import said
from connectors.selling_partner.kiosk import lines_of
from connectors.selling_partner.listing_facts import Shelf, listed
from connectors.selling_partner.operations import OPERATIONS
from connectors.selling_partner.reading import each, need, promised, root, text
from connectors.selling_partner.review_requests import actions

pytestmark = pytest.mark.shared
US = MARKETPLACES["US"]
NOW = datetime(2025, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Example:
    operation: str
    number: int
    status: int
    body: object

    @property
    def reply(self) -> Reply:
        written = b"" if self.status == 204 else json.dumps(self.body).encode()
        return Reply("selling_partner", self.operation, self.status, {"x-amzn-requestid": "R-1"}, written)


def _listing(reply: Reply) -> object:
    with promised(reply):
        return listed(root(reply), Shelf(US.id, "USD", NOW))


def _listings(reply: Reply) -> object:
    with promised(reply):
        return [listed(item, Shelf(US.id, "USD", NOW)) for item in each(root(reply), "items")]


def _query(reply: Reply) -> object:
    with promised(reply):
        return need(root(reply), "queryId", text)


def _queries(reply: Reply) -> object:
    with promised(reply):
        return [need(query, "queryId", text) for query in each(root(reply), "queries")]


def _document(reply: Reply) -> object:
    with promised(reply):
        return need(root(reply), "documentUrl", text)


def _submission(reply: Reply) -> object:
    with promised(reply):
        return need(root(reply), "status", text)


def _inbound(path: str, name: str) -> Callable[[Reply], object]:
    def read(reply: Reply) -> object:
        with promised(reply):
            return [need(one, name, text) for one in each(root(reply), path)]

    return read


READ: Mapping[str, Callable[[Reply], object]] = {
    "getListingsItem": _listing,
    "searchListingsItems": _listings,
    "patchListingsItem": _submission,
    "searchCatalogItems": lambda reply: catalog.products(reply, US.id),
    "getCompetitiveSummary": lambda reply: pricing_facts.summaries(reply, "USD"),
    "getFeaturedOfferExpectedPriceBatch": lambda reply: pricing_facts.expected_prices(reply, "USD"),
    "getMyFeesEstimates": lambda reply: fees.estimates(reply, US),
    "listTransactions": lambda reply: finances.transactions([reply], "ATIV93840DER", "USD")[0],
    "searchOrders": orders.orders,
    "getSolicitationActionsForOrder": actions,
    "createProductReviewAndSellerFeedbackSolicitation": root,
    "getItemReviewTopics": lambda reply: topics.worst_topic(reply, "B0X") or "too little",
    "getItemReviewTrends": lambda reply: topics.share_before(reply, "Quality-Overall") or "too little",
    "createQuery": _query,
    "getQuery": _query,
    "getQueries": _queries,
    "getDocument": _document,
    "listInboundPlans": _inbound("inboundPlans", "inboundPlanId"),
    "getInboundPlan": _inbound("shipments", "shipmentId"),
    "getShipment": lambda reply: inbound.shipment_rows(reply, {"mug": 3}),
    "listShipmentItems": lambda reply: inbound.contents([reply]),
}  # fmt: skip


@pytest.fixture(scope="module")
def examples(shared: Path) -> Sequence[Example]:
    folder = shared / "amazon" / "models" / "sp-api" / "models"
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    return [example for document in documents for example in _examples(document)]


def _examples(document: Mapping[str, Any]) -> Iterator[Example]:
    for item in document["paths"].values():
        for method, operation in item.items():
            if method not in ("get", "post", "patch", "put", "delete"):
                continue
            for status, answer in operation["responses"].items():
                pairs = (answer.get("x-amzn-api-sandbox") or {}).get("static", [])
                for number, pair in enumerate(pairs):
                    yield Example(operation["operationId"], number, int(status), pair.get("response"))


def of(examples: Sequence[Example], operation: str, status: int = 200) -> list[Example]:
    return [each for each in examples if (each.operation, each.status) == (operation, status)]


def test_every_example_of_the_calls_we_make_parses(examples: Sequence[Example], record_property: Any) -> None:
    counts: Counter[str] = Counter()
    for example in examples:
        if example.operation not in READ:
            continue
        if example.status < 300:
            assert READ[example.operation](example.reply) is not None, example
        else:
            assert said(example.reply).message, example
        counts[example.operation] += 1
    record_property("examples", dict(counts))
    print(f"\n{sum(counts.values())} of {len(examples)} static examples, {len(counts)} operations: {dict(counts)}")
    assert set(counts) == set(READ)
    assert sum(counts.values()) >= 50


def test_every_call_we_make_that_has_examples_is_among_them(examples: Sequence[Example]) -> None:
    with_examples = {example.operation for example in examples} & set(OPERATIONS)
    left = {"getOrder", "getCatalogItem", "listInboundPlanItems", "getMarketplaceParticipations"}
    reports = {"createReport", "getReport", "getReports", "getReportDocument"}
    assert with_examples - set(READ) <= left | reports


def test_a_listings_example_says_what_it_says(examples: Sequence[Example]) -> None:
    (example,) = of(examples, "getListingsItem")
    found = _listing(example.reply)
    assert (found.row["asin"], found.row["price"], found.row["quantity"], found.row["state"]) == (  # type: ignore[attr-defined]
        "B071VG5N9D", 100_000_000, 100, "enabled",
    )  # fmt: skip
    assert found.issues == {  # type: ignore[attr-defined]
        "entity": "GM-ZDPI-9B4E", "errors": 5, "warnings": 0, "enforcement": "catalog_item_removed",
        "issue_code": "18742", "issue": "Restricted Products Policy Violation",
    }  # fmt: skip


def test_the_summary_example_names_who_is_featured_for_most(examples: Sequence[Example]) -> None:
    (example,) = of(examples, "getCompetitiveSummary")
    (summary,) = pricing_facts.summaries(example.reply, "USD")
    assert pricing_facts.standing(summary, "A2ZWOLFOFDPJL1") == {
        "entity": "B00ZIAODGE", "featured_price": 20_610_000, "featured_own": False, "competitive_price": 18_110_000,
        "lowest_price": 19_650_000, "offer_count": 2,
    }  # fmt: skip
    own = {row["entity"]: (row["own"], row["featured"]) for row in pricing_facts.offer_rows(summary, "A2ZWOLFOFDPJL1")}
    assert own == {"B00ZIAODGE/A3DJR8M9Y3OUPG": (False, True), "B00ZIAODGE/A2ZWOLFOFDPJL1": (True, True)}


def test_the_expected_price_example_leaves_out_what_is_not_ours(examples: Sequence[Example]) -> None:
    (example,) = of(examples, "getFeaturedOfferExpectedPriceBatch")
    assert pricing_facts.expected_prices(example.reply, "USD") == {"MY_SKU": 10_000_000, "MY_UNIQUE_SKU": None}


def test_the_catalogue_example_gives_the_rank_in_the_main_category(examples: Sequence[Example]) -> None:
    (row,) = catalog.products(of(examples, "searchCatalogItems")[0].reply, US.id)
    assert (row["sales_rank"], row["rank_category"], row["parent_asin"], row["brand"]) == (
        72855, "Electronics", "B08J7TQ9FL", "SAMSUNG",
    )  # fmt: skip


def test_the_orders_examples_hold_nothing_of_their_buyers(examples: Sequence[Example]) -> None:
    rows = [row for example in of(examples, "searchOrders") for row in orders.orders(example.reply)]
    assert [(row["entity"], row["channel"], row["units"], row["delivery_latest"]) for row in rows] == [
        ("250-1234567-8901234", "fba", 3, None),
        ("202-7654321-1098765", "mfn", 1, datetime(2024, 12, 28, 23, 59, 59, tzinfo=UTC)),
        ("171-2345678-9012345", "mfn", 1, datetime(2024, 12, 30, 23, 59, 59, tzinfo=UTC)),
    ]
    told = " ".join(str(value) for row in rows for value in row.values())
    assert not any(word in told for word in ("John", "Smith", "buyer", "@", "Business Park"))


def test_an_order_that_may_be_asked_about_is_recognised(examples: Sequence[Example]) -> None:
    (example,) = of(examples, "getSolicitationActionsForOrder")
    assert actions(example.reply) == {"productReviewAndSellerFeedback"}


def test_the_shipment_example_has_its_number_and_window(examples: Sequence[Example]) -> None:
    row = inbound.shipment_rows(of(examples, "getShipment")[0].reply, {"mug": 3})[0]
    assert row == {
        "entity": "FBA1234ABCD/mug", "sku": "mug", "name": "FBA (10/02/2023 20:07)-ABC1", "status": "working",
        "units_shipped": 3, "expected_at": datetime(2024, 1, 1, 6, tzinfo=UTC),
    }  # fmt: skip


def test_the_recorded_answers_read_like_the_examples(shared: Path) -> None:
    folder = shared / "samples" / "sp-api-recordings" / "interactions" / "APIs"
    last = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))[-1]
        for name in ("CustomerFeedback20240601Test", "DataKiosk20231115Test") for path in (folder / name).glob("*.json")
    }  # fmt: skip
    read = {"test_get_item_review_topics": READ["getItemReviewTopics"],
            "test_get_item_review_trends": READ["getItemReviewTrends"], "test_create_query": _query,
            "test_get_query": _query, "test_get_queries": _queries, "test_get_document": _document}  # fmt: skip
    for name, parse in read.items():
        told = last[name]
        assert parse(Reply("selling_partner", name, told["status"], {}, told["body"].encode())), name


def test_a_recorded_document_by_week_is_no_daily_one(shared: Path) -> None:
    path = shared / "samples" / "sp-api-recordings" / "documents" / "Economics20240315.jsonl"
    with pytest.raises(ContractError, match="Line 1 of the economics is about more than a day"):
        economics.by_sku_and_day(lines_of(path), "USD")


def test_the_recorded_economics_come_to_amazons_own_net_proceeds(shared: Path) -> None:
    path = shared / "samples" / "sp-api-recordings" / "documents" / "Economics20240315.jsonl"
    lines = [{**line, "endDate": line["startDate"]} for line in lines_of(path)]
    rows, nameless = economics.by_sku_and_day(lines, "USD")
    theirs = sum(
        round(float(need(line, "netProceeds.total.amount", lambda value: value)) * 1_000_000) for line in lines
    )  # type: ignore[arg-type]
    assert (len(lines), nameless) == (100, 0)
    assert abs(sum(int(str(row["net_proceeds"])) for row in rows) - theirs) <= 10_000 * len(lines) // 100
    assert sum(int(str(row["units_sold"])) for row in rows) == sum(int(line["sales"]["unitsOrdered"]) for line in lines)  # type: ignore[index]
