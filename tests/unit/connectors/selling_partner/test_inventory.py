"""FBA stock: every page, one row per SKU, what is not told is not known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import httpx
import pytest

from agent.errors import ContractError
from agent.model.fact import Delivered
from agent.model.kinds import STREAMS
from agent.model.window import Span
from connectors.selling_partner.inventory import read_inventory
from connectors.selling_partner.streams import Source
from tests.scripted_amazon import Amazon, json_answer
from tests.unit.connectors.selling_partner.rows import as_rows

ROUTE = "GET /fba/inventory/v1/summaries"
TODAY = Span(date(2026, 3, 20), date(2026, 3, 20))


def summary(sku: str | None, fnsku: str = "X1", **units: object) -> dict[str, Any]:
    return {"asin": "B01", "fnSku": fnsku, "sellerSku": sku, "condition": "NewItem", "productName": "Mug",
            "inventoryDetails": units}  # fmt: skip


def page(*summaries: Mapping[str, Any], token: str | None = None) -> httpx.Response:
    return json_answer({"payload": {"granularity": {}, "inventorySummaries": list(summaries)},
                        "pagination": {"nextToken": token} if token else {}})  # fmt: skip


def pulled(source: Source) -> Delivered:
    answer = read_inventory(source, STREAMS["inventory"], TODAY, None)
    assert isinstance(answer, Delivered)
    return answer


def test_pages_repeat_the_parameters_with_the_token(source: Source, amazon: Amazon) -> None:
    amazon.on(ROUTE, page(summary("a"), token="t1"), page(summary("b")))
    assert [row["entity"] for row in as_rows(pulled(source))] == ["a", "b"]
    first, second = (dict(each.url.params) for each in amazon.asked(ROUTE))
    assert first == {"details": "true", "granularityType": "Marketplace", "granularityId": "A1PA6795UKMFR9",
                     "marketplaceIds": "A1PA6795UKMFR9"}  # fmt: skip
    assert second == {**first, "nextToken": "t1"}


def test_every_quantity_goes_into_its_column(source: Source, amazon: Amazon) -> None:
    amazon.on(ROUTE, page(summary(
        "a", fulfillableQuantity=5, inboundWorkingQuantity=1, inboundShippedQuantity=2, inboundReceivingQuantity=3,
        reservedQuantity={"totalReservedQuantity": 9, "pendingCustomerOrderQuantity": 4,
                          "pendingTransshipmentQuantity": 3, "fcProcessingQuantity": 2},
        researchingQuantity={"totalResearchingQuantity": 6}, unfulfillableQuantity={"totalUnfulfillableQuantity": 7},
    )))  # fmt: skip
    assert as_rows(pulled(source)) == [{
        "entity": "a", "asin": "B01", "fnsku": "X1", "name": "Mug", "fulfillable": 5, "reserved": 9,
        "reserved_transfer": 3, "reserved_processing": 2, "reserved_orders": 4, "inbound_working": 1,
        "inbound_shipped": 2, "inbound_receiving": 3, "unfulfillable": 7, "researching": 6,
    }]  # fmt: skip


def test_a_quantity_that_is_not_told_is_not_zero(source: Source, amazon: Amazon) -> None:
    amazon.on(ROUTE, page(summary("a", fulfillableQuantity=0)))
    (row,) = as_rows(pulled(source))
    assert (row["fulfillable"], row["reserved"], row["unfulfillable"]) == (0, None, None)


def test_a_relabelled_sku_adds_up_and_a_repeated_summary_does_not(source: Source, amazon: Amazon) -> None:
    amazon.on(
        ROUTE, page(summary("a", "X1", fulfillableQuantity=5), token="t1"),
        page(summary("a", "X1", fulfillableQuantity=4), summary("a", "X2", fulfillableQuantity=2)),
    )  # fmt: skip
    assert [row["fulfillable"] for row in as_rows(pulled(source))] == [6]


def test_summaries_without_a_sku_are_left_out_and_counted(source: Source, amazon: Amazon) -> None:
    amazon.on(ROUTE, page(summary(None), summary("a")))
    answer = pulled(source)
    assert len(as_rows(answer)) == 1
    assert answer.note == "summaries without a SKU, left out: 1"


def test_an_answer_without_its_list_is_refused_whole(source: Source, amazon: Amazon) -> None:
    amazon.on(ROUTE, page(summary("a"), token="t1"), json_answer({"payload": {}}))
    with pytest.raises(ContractError, match=r"has no list payload\.inventorySummaries"):
        pulled(source)
