"""Reports of the Selling Partner API: their life, their documents, and what is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.sandbox.scenario import Incident

LISTINGS, FEEDBACK = "GET_MERCHANT_LISTINGS_ALL_DATA", "GET_SELLER_FEEDBACK_DATA"
SALES, ORDERS = "GET_SALES_AND_TRAFFIC_REPORT", "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
PATH = "/reports/2021-06-30"


def state(seller: Any, id: str) -> str:
    return str(seller.status(id).json["processingStatus"])


def test_a_report_is_queued_then_prepared_then_done(selling: Callable[..., Any]) -> None:
    seller = selling(report_seconds=90)
    id, seen = seller.ask(LISTINGS).json["reportId"], []
    for _ in range(4):
        seen.append(state(seller, id))
        seller.clock.sleep(30)
    assert seen == ["IN_QUEUE", "IN_PROGRESS", "IN_PROGRESS", "DONE"]


def test_a_report_without_data_ends_cancelled_without_a_document(reader: Any) -> None:
    assert reader.report(FEEDBACK, "2026-11-24T19:59:58Z", "2026-11-24T19:59:59Z") is None


def test_a_snapshot_asked_for_again_too_early_ends_cancelled(selling: Callable[..., Any]) -> None:
    seller = selling(selling_pace=1, report_seconds=1)
    first, again = (seller.ask(LISTINGS).json["reportId"] for _ in range(2))
    seller.clock.sleep(1800)
    later = seller.ask(LISTINGS).json["reportId"]
    seller.clock.sleep(2)
    assert [state(seller, id) for id in (first, again, later)] == ["DONE", "CANCELLED", "DONE"]


def test_a_report_that_fails_has_a_document_that_says_so(seller: Any) -> None:
    seller.server.plant("failed_report", "createReport")
    id = seller.ask(LISTINGS).json["reportId"]
    seller.clock.sleep(10)
    status = seller.status(id).json
    assert status["processingStatus"] == "FATAL"
    assert b"could not be processed" in seller.fetch(status["reportDocumentId"]).body


def test_a_slow_report_takes_as_long_as_was_planted(seller: Any) -> None:
    seller.server.plant("slow_report", "createReport", seconds=7200)
    id = seller.ask(LISTINGS).json["reportId"]
    seller.clock.sleep(7100)
    seller.log_in()
    assert state(seller, id) == "IN_PROGRESS"


def test_only_a_report_in_the_queue_can_be_cancelled(selling: Callable[..., Any]) -> None:
    seller = selling(report_seconds=90)
    early, late = (seller.ask(LISTINGS, None, None).json["reportId"] for _ in range(2))
    assert seller.call("DELETE", f"{PATH}/reports/{early}").status == 200
    assert state(seller, early) == "CANCELLED"
    seller.clock.sleep(60)
    assert seller.call("DELETE", f"{PATH}/reports/{late}").status == 400


def test_reports_are_listed_page_by_page_newest_first(seller: Any) -> None:
    made = []
    for _ in range(5):
        made.append(seller.ask(LISTINGS).json["reportId"])
        seller.clock.sleep(2)
    page = seller.get(f"{PATH}/reports", reportTypes=LISTINGS, pageSize=2).json
    seen = [one["reportId"] for one in page["reports"]]
    while "nextToken" in page:
        page = seller.get(f"{PATH}/reports", nextToken=page["nextToken"]).json
        seen += [one["reportId"] for one in page["reports"]]
    assert seen == made[::-1]
    assert seller.get(f"{PATH}/reports", reportTypes=LISTINGS, processingStatuses="FATAL").json["reports"] == []
    page = seller.get(f"{PATH}/reports", reportTypes=LISTINGS, pageSize=2).json
    both = seller.get(f"{PATH}/reports", reportTypes=LISTINGS, nextToken=page["nextToken"])
    assert both.status == 400


@pytest.mark.parametrize("changes", [
    {"reportType": "GET_NOTHING"}, {"marketplaceIds": []}, {"marketplaceIds": ["A1PA6795UKMFR9"]},
    {"marketplaceIds": "ATVPDKIKX0DER"}, {"reportOptions": {"asinGranularity": "PLANET"}},
    {"reportOptions": {"aggregatedByTimePeriod": "DAILY"}}, {"reportOptions": {"asinGranularity": 3}},
    {"dataStartTime": "yesterday"}, {"dataStartTime": "2026-11-20T00:00:00"}, {"dataStartTime": None},
    {"dataEndTime": "2026-11-01T00:00:00Z"}, {"dataStartTime": "2020-01-01T00:00:00Z"}, {"MarketplaceIds": ["x"]},
])  # fmt: skip
def test_a_request_that_cannot_hold_is_refused(reader: Any, changes: dict[str, Any]) -> None:
    body = {"reportType": SALES, "marketplaceIds": [reader.market], "dataStartTime": "2026-11-20T00:00:00Z",
            "dataEndTime": "2026-11-21T00:00:00Z"}  # fmt: skip
    assert reader.call("POST", f"{PATH}/reports", body).status == 202
    body = {name: value for name, value in {**body, **changes}.items() if value is not None}
    reply = reader.call("POST", f"{PATH}/reports", body)
    assert (reply.status, reply.json["errors"][0]["code"]) == (400, "InvalidInput")


def test_orders_are_asked_for_thirty_days_at_a_time(reader: Any) -> None:
    assert reader.ask(ORDERS, "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z").status == 400
    assert reader.ask(ORDERS, "2026-10-02T00:00:00Z", "2026-11-01T00:00:00Z").status == 202


def test_a_report_type_needs_its_role(selling: Callable[..., Any]) -> None:
    seller = selling({"roles": ("product_listing",)})
    assert seller.ask(LISTINGS).status == 202
    assert seller.ask(SALES, "2026-11-20T00:00:00Z").status == 403


def document_url(seller: Any) -> tuple[str, str | None]:
    id = seller.ask(LISTINGS).json["reportId"]
    seller.clock.sleep(10)
    told = seller.get(f"{PATH}/documents/{seller.status(id).json['reportDocumentId']}").json
    return told["url"], told.get("compressionAlgorithm")


def test_a_link_lives_five_minutes_and_can_be_asked_for_again(seller: Any) -> None:
    url, _ = document_url(seller)
    assert seller.download(url).status == 200
    seller.clock.sleep(301)
    late = seller.download(url)
    assert (late.status, late.headers["content-type"]) == (403, "application/xml")
    assert seller.download(document_url(seller)[0]).status == 200


def test_a_link_is_good_for_itself_alone(reader: Any) -> None:
    url, _ = document_url(reader)
    assert reader.download(url + "0").status == 403
    assert reader.download(url, **{"x-amz-access-token": "Atza|x"}).status == 403
    assert reader.download(url, Authorization="Bearer x").status == 403


def test_long_documents_are_zipped_and_short_ones_plain(seller: Any) -> None:
    url, compression = document_url(seller)
    assert compression == "GZIP"
    assert seller.download(url).body[:2] == b"\x1f\x8b"
    seller.server.plant("failed_report", "createReport")
    assert document_url(seller)[1] is None


@pytest.mark.parametrize(("code", "charset"), [("US", "UTF-8"), ("DE", "Cp1252"), ("JP", "Shift_JIS")])
def test_the_charset_depends_on_the_marketplace_and_is_told_by_the_download(
    selling: Callable[..., Any], code: str, charset: str
) -> None:
    from agent.model.marketplace import MARKETPLACES

    seller = selling({"marketplace": MARKETPLACES[code]})
    url, compression = document_url(seller)
    reply = seller.download(url, compression)
    assert reply.headers["content-type"] == f"text/plain; charset={charset}"
    assert "seller-sku" in reply.body.decode({"Shift_JIS": "cp932"}.get(charset, charset))


@pytest.mark.parametrize(("kind", "values"), [
    ("duplicate_rows", {"every": 1}), ("missing_column", {"column": "price"}), ("extra_column", {"column": "new"}),
])  # fmt: skip
def test_a_flat_file_can_be_spoiled(seller: Any, kind: str, values: Any) -> None:
    before = seller.report(LISTINGS)
    seller.server.plant(kind, "createReport", **values)
    after = seller.report(LISTINGS)
    assert len(after) == len(before) * (2 if kind == "duplicate_rows" else 1)
    assert ("price" in after[0], "new" in after[0]) == (kind != "missing_column", kind == "extra_column")


def test_a_download_can_break_off(seller: Any) -> None:
    url, _ = document_url(seller)
    whole = seller.download(url).body
    seller.server.plant("torn_report", "downloadDocument", keep=0.25)
    assert seller.download(url).body == whole[: int(len(whole) * 0.25)]


def test_rows_by_asin_cover_the_whole_range_and_add_up_to_the_days(reader: Any) -> None:
    span = ("2026-11-10T20:00:00Z", "2026-11-12T20:00:00Z")
    for granularity in ("PARENT", "CHILD", "SKU"):
        report = reader.report(SALES, *span, asinGranularity=granularity)
        by_asin, by_date = report["salesAndTrafficByAsin"], report["salesAndTrafficByDate"]
        assert len(by_date) == 3
        names = {"PARENT": {"parentAsin"}, "CHILD": {"parentAsin", "childAsin"},
                 "SKU": {"parentAsin", "childAsin", "sku"}}[granularity]  # fmt: skip
        assert all(row.keys() - {"salesByAsin", "trafficByAsin"} == names for row in by_asin)
        for field in ("unitsOrdered", "totalOrderItems"):
            assert sum(row["salesByAsin"][field] for row in by_asin) == sum(
                day["salesByDate"][field] for day in by_date
            )
        assert sum(row["trafficByAsin"]["sessions"] for row in by_asin) == sum(
            day["trafficByDate"]["sessions"] for day in by_date
        )
        assert json.dumps(by_asin).count('"date"') == 0


def test_orders_carry_a_place_that_a_reader_has_to_leave_out(reader: Any) -> None:
    now = reader.clock.now()
    rows = reader.report(ORDERS, (now - timedelta(days=5)).isoformat())
    assert all(row["ship-city"] and row["ship-postal-code"] for row in rows)
    known = {one.order_id: one for one in reader.shop.order_lines(now - timedelta(days=5), now)}
    assert len({row["amazon-order-id"] for row in rows}) == len(known)
    for row in rows:
        line = known[row["amazon-order-id"]]
        assert (row["order-status"], int(row["quantity"])) == (line.status, line.units)
        assert row["item-price"] == ("" if line.amount is None else f"{line.amount / 1_000_000:.2f}")
    assert {row["order-status"] for row in rows} >= {"Pending", "Shipped"}


def test_the_ledger_of_a_day_balances(reader: Any) -> None:
    rows = reader.report("GET_LEDGER_SUMMARY_VIEW_DATA", "2026-11-20T20:00:00Z", "2026-11-21T20:00:00Z",
                         aggregateByLocation="COUNTRY", aggregatedByTimePeriod="DAILY")  # fmt: skip
    assert {row["Date"] for row in rows} == {"11/20/2026", "11/21/2026"}
    moves = ("Receipts", "Customer Shipments", "Customer Returns", "Found", "Lost", "Disposed")
    for row in rows:
        moved = sum(int(row[name]) for name in moves)
        assert int(row["Starting Warehouse Balance"]) + moved == int(row["Ending Warehouse Balance"])
        assert int(row["Customer Shipments"]) <= 0


@pytest.mark.parametrize("type", ["GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA", "GET_FBA_INVENTORY_PLANNING_DATA"])
def test_stock_reports_tell_what_the_shop_has(reader: Any, type: str) -> None:
    rows = {row["sku"]: row for row in reader.report(type)}
    name = "available" if "PLANNING" in type else "afn-fulfillable-quantity"
    stock = {row.sku: row.fulfillable for row in reader.shop.stock(reader.clock.now())}
    assert {sku: int(row[name]) for sku, row in rows.items()} == stock


def test_returns_come_with_their_comments_on_one_line(reader: Any) -> None:
    now = reader.clock.now()
    rows = reader.report("GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA", (now - timedelta(days=60)).isoformat())
    assert len(rows) == len(reader.shop.returns(now - timedelta(days=60), now))
    assert all(row["reason"].isupper() for row in rows)


def test_a_report_of_a_stalled_feed_is_not_done_until_it_runs_again(start: Callable[[Any], Any], store: Any) -> None:
    from tests.unit.connectors.sandbox.selling.conftest import Seller

    stale = Incident(0, 2, "feed_stale", "DM-01", text="sales")
    seller = Seller(start(replace(store, incidents=(stale,))))
    seller.clock.sleep(86_400)
    seller.log_in()
    sales = seller.ask(SALES, "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z").json["reportId"]
    listings = seller.ask(LISTINGS).json["reportId"]
    seller.clock.sleep(600)
    assert (state(seller, sales), state(seller, listings)) == ("IN_PROGRESS", "DONE")
    seller.clock.sleep(4 * 86_400)
    seller.log_in()
    state(seller, sales)
    seller.clock.sleep(5)
    assert state(seller, sales) == "DONE"
