"""Answers of the Selling Partner API conform to Amazon's published models, which stay outside the project."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.unit.connectors.sandbox.selling.swagger import Model

pytestmark = pytest.mark.shared
ECONOMICS = """query { analytics_economics_2024_03_15 { economics(startDate: "%s", endDate: "%s",
  marketplaceIds: ["%s"], aggregateBy: {date: DAY, productId: MSKU}) {
  startDate endDate msku childAsin sales { netUnitsSold netProductSales { amount currencyCode } }
  fees { feeTypeName charges { aggregatedDetail { totalAmount { amount } } } }
  ads { adTypeName charge { totalAmount { amount } } } netProceeds { total { amount currencyCode } } } } }"""


@pytest.fixture(scope="session")
def models(shared: Path) -> Callable[[str], Model]:
    kept: dict[str, Model] = {}

    def of(name: str) -> Model:
        if name not in kept:
            kept[name] = Model(shared / "amazon/models/sp-api/models" / f"{name}.json")
        return kept[name]

    return of


def conforms(models: Any, name: str, operation: str, reply: Any, status: int = 200) -> Any:
    assert reply.status == status, reply.body
    assert models(name).faults(reply, operation) == []
    return reply.json if reply.body else None


def test_reports_conform_on_their_whole_way(seller: Any, models: Any) -> None:
    name = "reports_2021-06-30"
    id = conforms(models, name, "createReport", seller.ask("GET_MERCHANT_LISTINGS_ALL_DATA"), 202)["reportId"]
    other = seller.ask("GET_SELLER_FEEDBACK_DATA", "2026-11-01T00:00:00Z").json["reportId"]
    conforms(models, name, "cancelReport", seller.call("DELETE", f"/reports/2021-06-30/reports/{other}"))
    for _ in range(3):
        status = conforms(models, name, "getReport", seller.status(id))
        seller.clock.sleep(1)
    document = seller.get(f"/reports/2021-06-30/documents/{status['reportDocumentId']}")
    conforms(models, name, "getReportDocument", document)
    listed = seller.get("/reports/2021-06-30/reports", reportTypes=(
        "GET_MERCHANT_LISTINGS_ALL_DATA,GET_SELLER_FEEDBACK_DATA"), pageSize=1)  # fmt: skip
    token = conforms(models, name, "getReports", listed)["nextToken"]
    conforms(models, name, "getReports", seller.get("/reports/2021-06-30/reports", nextToken=token))
    conforms(models, name, "createReport", seller.ask("GET_NOTHING"), 400)
    conforms(models, name, "getReport", seller.status("1"), 404)
    seller.headers["x-amz-access-token"] = "Atza|old"
    conforms(models, name, "getReport", seller.status(id), 403)


@pytest.mark.parametrize("granularity", ["PARENT", "CHILD", "SKU"])
def test_sales_and_traffic_conforms(reader: Any, shared: Path, granularity: str) -> None:
    schema = json.loads((shared / "amazon/models/sp-api/schemas/reports/sellerSalesAndTrafficReport.json").read_text())
    report = reader.report("GET_SALES_AND_TRAFFIC_REPORT", "2026-11-10T12:00:00Z", "2026-11-12T12:00:00Z",
                           dateGranularity="DAY", asinGranularity=granularity)  # fmt: skip
    assert len(report["salesAndTrafficByDate"]) == 3
    assert [error.message for error in Draft7Validator(schema).iter_errors(report)] == []


def test_the_account_health_report_conforms(reader: Any, shared: Path) -> None:
    path = shared / "amazon/models/sp-api/schemas/reports/accountHealthReport-2020-11-18.json"
    report = reader.report("GET_V2_SELLER_PERFORMANCE_REPORT")
    assert [error.message for error in Draft7Validator(json.loads(path.read_text())).iter_errors(report)] == []


def test_inventory_conforms(reader: Any, models: Any) -> None:
    query = {"granularityType": "Marketplace", "granularityId": reader.market, "marketplaceIds": reader.market}
    path = "/fba/inventory/v1/summaries"
    full = conforms(models, "fbaInventory", "getInventorySummaries", reader.get(path, details="true", **query))
    assert full["payload"]["inventorySummaries"]
    conforms(models, "fbaInventory", "getInventorySummaries", reader.get(path, **query))
    conforms(models, "fbaInventory", "getInventorySummaries", reader.get(path), 400)


def test_listings_conform(seller: Any, models: Any) -> None:
    name, all = "listingsItems_2021-08-01", ("summaries,attributes,issues,offers,fulfillmentAvailability,procurement,"
                                             "relationships,productTypes")  # fmt: skip
    query = {"marketplaceIds": seller.market, "includedData": all}
    path = f"/listings/2021-08-01/items/{seller.id}"
    items = conforms(models, name, "searchListingsItems", seller.get(path, pageSize=20, **query))["items"]
    for item in items:
        conforms(models, name, "getListingsItem", seller.get(seller.item(item["sku"]), **query))
    body = {"productType": "PRODUCT", "patches": [
        {"op": "replace", "path": "/attributes/item_name", "value": [{"value": "x" * 300}]}]}  # fmt: skip
    sku = seller.shop.skus[0]
    target = f"{seller.item(sku)}?marketplaceIds={seller.market}&includedData=issues,identifiers"
    assert conforms(models, name, "patchListingsItem", seller.call("PATCH", target, body))["status"] == "INVALID"
    body["patches"][0]["value"][0]["value"] = "better"
    assert conforms(models, name, "patchListingsItem", seller.call("PATCH", target, body))["status"] == "ACCEPTED"
    conforms(models, name, "getListingsItem", seller.get(seller.item("nothing"), **query), 404)


def test_pricing_conforms_item_by_item(reader: Any, models: Any) -> None:
    name, shop = "productPricing_2022-05-01", reader.shop
    rival = shop.rivals(shop.skus[0], reader.clock.now())[0].asin
    summary = reader.summary(*map(shop.asin, shop.skus), rival, "B0NOWHERE0")
    found = conforms(models, name, "getCompetitiveSummary", summary)["responses"]
    assert [one["status"]["statusCode"] for one in found] == [200] * (len(shop.skus) + 1) + [404]
    expected = reader.expected(*shop.skus, "nothing")
    found = conforms(models, name, "getFeaturedOfferExpectedPriceBatch", expected)["responses"]
    assert [one["status"]["statusCode"] for one in found] == [200] * len(shop.skus) + [404]
    conforms(models, name, "getCompetitiveSummary", reader.summary(*["B000000000"] * 21), 400)


def test_the_catalogue_conforms(reader: Any, models: Any) -> None:
    asins = [reader.shop.asin(sku) for sku in reader.shop.skus]
    reply = reader.get("/catalog/2022-04-01/items", marketplaceIds=reader.market, identifiersType="ASIN",
                       identifiers=",".join(asins), includedData="summaries,salesRanks,relationships,productTypes",
                       pageSize=2)  # fmt: skip
    body = conforms(models, "catalogItems_2022-04-01", "searchCatalogItems", reply)
    assert (body["numberOfResults"], len(body["items"])) == (3, 2)


def test_fees_conform_item_by_item(reader: Any, models: Any) -> None:
    reply = reader.fees(*reader.shop.skus, "nothing")
    body = conforms(models, "productFeesV0", "getMyFeesEstimates", reply)
    assert [one["Status"] for one in body] == ["Success"] * 3 + ["ClientError"]
    conforms(
        models, "productFeesV0", "getMyFeesEstimates", reader.call("POST", "/products/fees/v0/feesEstimate", []), 400
    )


def test_transactions_conform(reader: Any, models: Any) -> None:
    reply = reader.get("/finances/2024-06-19/transactions", postedAfter="2026-11-01T00:00:00Z",
                       marketplaceId=reader.market)  # fmt: skip
    assert conforms(models, "finances_2024-06-19", "listTransactions", reply)["payload"]["transactions"]
    conforms(models, "finances_2024-06-19", "listTransactions", reader.get("/finances/2024-06-19/transactions"), 400)


def test_data_kiosk_conforms_on_its_whole_way(reader: Any, models: Any) -> None:
    name, path = "dataKiosk_2023-11-15", "/dataKiosk/2023-11-15"
    query = ECONOMICS % ("2026-11-01", "2026-11-03", reader.market)
    id = conforms(models, name, "createQuery", reader.call("POST", f"{path}/queries", {"query": query}), 202)["queryId"]
    for _ in range(3):
        status = conforms(models, name, "getQuery", reader.get(f"{path}/queries/{id}"))
        reader.clock.sleep(1)
    conforms(models, name, "getDocument", reader.get(f"{path}/documents/{status['dataDocumentId']}"))
    conforms(models, name, "getQueries", reader.get(f"{path}/queries", pageSize=1))
    conforms(models, name, "createQuery", reader.call("POST", f"{path}/queries", {"query": "{ x }"}), 400)


def test_customer_feedback_conforms(reader: Any, models: Any) -> None:
    now = reader.clock.now()
    asin = next(a for sku in reader.shop.skus if reader.shop.topics(a := reader.shop.asin(sku), now))
    path = f"/customerFeedback/2024-06-01/items/{asin}/reviews"
    topics = reader.get(f"{path}/topics", marketplaceId=reader.market, sortBy="STAR_RATING_IMPACT")
    conforms(models, "customerFeedback_2024-06-01", "getItemReviewTopics", topics)
    trends = reader.get(f"{path}/trends", marketplaceId=reader.market)
    conforms(models, "customerFeedback_2024-06-01", "getItemReviewTrends", trends)


def test_solicitations_conform(seller: Any, models: Any) -> None:
    order = seller.ripe_order()
    path, place = f"/solicitations/v1/orders/{order}", f"marketplaceIds={seller.market}"
    conforms(models, "solicitations", "getSolicitationActionsForOrder", seller.get(f"{path}?{place}"))
    name = "createProductReviewAndSellerFeedbackSolicitation"
    post = f"{path}/solicitations/productReviewAndSellerFeedback?{place}"
    conforms(models, "solicitations", name, seller.call("POST", post), 201)
    conforms(models, "solicitations", name, seller.call("POST", post), 403)
    conforms(models, "solicitations", "getSolicitationActionsForOrder", seller.get(f"{path}?{place}"))


def test_inbound_conforms_from_plan_to_item(reader: Any, models: Any) -> None:
    name, path = "fulfillmentInbound_2024-03-20", "/inbound/fba/2024-03-20/inboundPlans"
    plans = conforms(models, name, "listInboundPlans", reader.get(path, pageSize=30))["inboundPlans"]
    here = f"{path}/{plans[0]['inboundPlanId']}"
    plan = conforms(models, name, "getInboundPlan", reader.get(here))
    conforms(models, name, "listInboundPlanItems", reader.get(f"{here}/items"))
    there = f"{here}/shipments/{plan['shipments'][0]['shipmentId']}"
    conforms(models, name, "getShipment", reader.get(there))
    assert conforms(models, name, "listShipmentItems", reader.get(f"{there}/items", pageSize=1000))["items"]
    conforms(models, name, "getInboundPlan", reader.get(f"{path}/wf"), 404)


def test_orders_conform(reader: Any, models: Any) -> None:
    name, path = "orders_2026-01-01", "/orders/2026-01-01/orders"
    query = {"marketplaceIds": reader.market, "includedData": "FULFILLMENT,PROCEEDS", "maxResultsPerPage": 5}
    body = conforms(models, name, "searchOrders", reader.get(path, createdAfter="2026-11-20T00:00:00Z", **query))
    assert len(body["orders"]) == 5
    one = reader.get(f"{path}/{body['orders'][0]['orderId']}", includedData="FULFILLMENT")
    assert set(conforms(models, name, "getOrder", one)["order"]) & {"buyer", "recipient"} == set()
    conforms(models, name, "searchOrders", reader.get(path, **query), 400)


def test_participations_conform(reader: Any, models: Any) -> None:
    conforms(models, "sellers", "getMarketplaceParticipations", reader.get("/sellers/v1/marketplaceParticipations"))
