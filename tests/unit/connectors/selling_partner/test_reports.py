"""Reports from the request to the rows: nothing is asked twice, nothing waits, nothing is guessed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from agent.clock import SetClock
from agent.errors import ContractError, RoleError, SourceError
from agent.model.fact import Delivered, Pending, Rows
from agent.model.kinds import STREAMS
from agent.model.window import Span
from connectors.selling_partner import reports
from connectors.selling_partner.report_types import REPORT_TYPES
from connectors.selling_partner.streams import Source
from tests.scripted_amazon import Amazon, json_answer
from tests.unit.connectors.selling_partner.shelf import Shelf, flat

TODAY = date(2026, 3, 20)
WEEK = Span(date(2026, 3, 10), date(2026, 3, 16))
CREATE = "POST /reports/2021-06-30/reports"
HEALTH = flat("sku|units-shipped-t30|inv-age-0-to-90-days", "S1|30|12")


def pulled(source: Source, clock: SetClock, stream: str, span: Span = WEEK, looks: int = 400) -> Delivered:
    """Look whenever it is due, until it is there; every look starts from the cursor alone."""
    cursor: str | None = None
    for _ in range(looks):
        answer = reports.pull(source, STREAMS[stream], span, cursor)
        if isinstance(answer, Delivered):
            return answer
        cursor = answer.cursor
        clock.sleep(answer.look_again_seconds)
    raise AssertionError("never delivered")


def rows(delivered: Delivered) -> dict[str, dict[str, Any]]:
    """By entity, and day where there is one."""
    (batch,) = delivered.batches
    assert isinstance(batch, Rows)
    columns = batch.columns
    keys = [
        f"{entity} {columns['day'][n]}" if "day" in columns else entity for n, entity in enumerate(columns["entity"])
    ]
    return {key: {name: values[n] for name, values in columns.items()} for n, key in enumerate(keys)}


def sales(body: Mapping[str, Any], units: int = 3) -> bytes:
    """A Sales & Traffic report as asked for."""
    first, last = (date.fromisoformat(body[name][:10]) for name in ("dataStartTime", "dataEndTime"))
    money = {"amount": 29.97, "currencyCode": "EUR"}
    by_date = [{
        "date": str(day),
        "salesByDate": {"orderedProductSales": money, "unitsOrdered": units, "totalOrderItems": 2, "unitsRefunded": 1},
        "trafficByDate": {"pageViews": 40, "sessions": 20, "feedbackReceived": 2, "negativeFeedbackReceived": 1},
    } for day in Span(first, last)]  # fmt: skip
    by_asin = [{
        "parentAsin": "B0PARENT01", "childAsin": f"B0CHILD00{n}", "sku": f"S{n}",
        "salesByAsin": {"unitsOrdered": units, "totalOrderItems": 2, "orderedProductSales": money},
        "trafficByAsin": {"sessions": 20, "pageViews": 40, "buyBoxPercentage": 95.24},
    } for n in (1, 2)]  # fmt: skip
    told = {"reportType": body["reportType"], "reportOptions": body["reportOptions"], "dataStartTime": str(first),
            "dataEndTime": str(last), "marketplaceIds": body["marketplaceIds"]}  # fmt: skip
    return json.dumps({"reportSpecification": told, "salesAndTrafficByDate": by_date,
                       "salesAndTrafficByAsin": by_asin}).encode()  # fmt: skip


def test_a_snapshot_is_asked_for_looked_at_and_read(source: Source, amazon: Amazon, clock: SetClock) -> None:
    shelf = Shelf(lambda _: HEALTH).behind(amazon)
    delivered = pulled(source, clock, "inventory_health")
    assert rows(delivered) == {"S1": {"entity": "S1", "shipped_30d": 30, "age_0_90": 12}}
    assert delivered.span is None
    assert shelf.orders == [{"reportType": "GET_FBA_INVENTORY_PLANNING_DATA", "marketplaceIds": ["A1PA6795UKMFR9"]}]


def test_a_document_is_fetched_without_our_headers(source: Source, amazon: Amazon, clock: SetClock) -> None:
    shelf = Shelf(lambda _: HEALTH).behind(amazon)
    pulled(source, clock, "inventory_health")
    assert not {"x-amz-access-token", "authorization", "x-amz-date"} & set(shelf.downloads[0].headers)


def test_figures_by_sku_come_from_one_report_per_day_and_by_day_from_one_for_all(
    source: Source, amazon: Amazon, clock: SetClock
) -> None:
    shelf = Shelf(sales).behind(amazon)
    delivered = pulled(source, clock, "sku_sales")
    assert delivered.span == WEEK
    assert len(shelf.orders) == len(WEEK)
    assert all(each["dataStartTime"][:10] == each["dataEndTime"][:10] for each in shelf.orders)
    assert all(each["reportOptions"] == {"dateGranularity": "DAY", "asinGranularity": "SKU"} for each in shelf.orders)
    found = rows(delivered)
    assert len(found) == 2 * len(WEEK)
    assert found["S1 2026-03-16"] == {
        "entity": "S1", "day": date(2026, 3, 16), "sessions": 20, "page_views": 40, "units_ordered": 3,
        "order_items": 2, "ordered_sales": 29_970_000, "featured_offer_share": 0.9524,
    }  # fmt: skip
    assert "B0CHILD001 2026-03-12" in rows(pulled(source, clock, "asin_sales"))
    before = len(shelf.orders)
    account = rows(pulled(source, clock, "account_sales"))
    assert len(shelf.orders) == before + 1
    assert account["shop 2026-03-10"]["negative_feedback"] == 1
    assert len(account) == len(WEEK)


def test_sixty_days_wait_for_their_turn_as_promises_and_never_asleep(
    source: Source, amazon: Amazon, clock: SetClock
) -> None:
    """Fifteen at once, then one a minute: both for reports and for their documents. No look takes time of its own."""
    shelf = Shelf(sales).behind(amazon)
    span = Span(TODAY - timedelta(days=60), TODAY - timedelta(days=1))
    began, cursor = clock.now(), None
    while True:
        before = clock.now()
        answer = reports.pull(source, STREAMS["sku_sales"], span, cursor)
        assert clock.now() - before < timedelta(seconds=5)
        if cursor is None:
            assert len(shelf.orders) == 15
        if isinstance(answer, Delivered):
            break
        cursor = answer.cursor
        clock.sleep(answer.look_again_seconds)
    assert answer.span == span
    assert len(shelf.orders) == 60
    assert (clock.now() - began) < timedelta(minutes=75)


def test_what_was_reached_survives_a_broken_call(source: Source, amazon: Amazon, clock: SetClock) -> None:
    shelf = Shelf(sales).behind(amazon)
    down = json_answer({}, 503)
    amazon.on(CREATE, lambda request: shelf(request), lambda request: shelf(request), down)
    answer = reports.pull(source, STREAMS["sku_sales"], WEEK, None)
    assert isinstance(answer, Pending)
    assert len(shelf.orders) == 2
    # A fault that stays shows itself: nothing more was reached with this look.
    shelf.looks = 99
    with pytest.raises(SourceError, match="503"):
        reports.pull(source, STREAMS["sku_sales"], WEEK, answer.cursor)
    del amazon.answers[CREATE]
    shelf.looks = 1
    cursor: str | None = answer.cursor
    for _ in range(20):
        again = reports.pull(source, STREAMS["sku_sales"], WEEK, cursor)
        if isinstance(again, Delivered):
            break
        cursor = again.cursor
        clock.sleep(again.look_again_seconds)
    assert len(shelf.orders) == len(WEEK)


def test_an_equal_report_that_is_there_already_is_adopted(source: Source, amazon: Amazon, clock: SetClock) -> None:
    """As after a crash between the request and the note of it."""
    shelf = Shelf(lambda _: HEALTH, listed=[
        {"reportId": "X1", "reportType": "GET_FBA_INVENTORY_PLANNING_DATA", "processingStatus": "IN_PROGRESS",
         "createdTime": "2026-03-20T08:59:00Z", "marketplaceIds": ["A13V1IB3VIYZZH"]},
        {"reportId": "X2", "reportType": "GET_FBA_INVENTORY_PLANNING_DATA", "processingStatus": "IN_PROGRESS",
         "createdTime": "2026-03-20T08:58:00Z", "marketplaceIds": ["A1PA6795UKMFR9"]},
    ]).behind(amazon)  # fmt: skip
    shelf.reports["X2"] = {"reportType": "GET_FBA_INVENTORY_PLANNING_DATA"}
    assert rows(pulled(source, clock, "inventory_health"))["S1"]
    assert shelf.orders == []


def test_a_second_pull_soon_after_the_first_adopts_what_that_made(
    source: Source, amazon: Amazon, clock: SetClock
) -> None:
    """As when somebody pulls by hand: Amazon would cancel a report that is asked for again too early."""
    shelf = Shelf(lambda _: HEALTH).behind(amazon)
    pulled(source, clock, "inventory_health")
    shelf.listed.append({**shelf.orders[0], "reportId": "R0", "processingStatus": "DONE",
                         "createdTime": "2026-03-20T09:00:00Z"})  # fmt: skip
    assert rows(pulled(source, clock, "inventory_health"))["S1"]
    assert len(shelf.orders) == 1


def test_a_report_that_could_not_be_read_is_not_adopted_again(source: Source, amazon: Amazon, clock: SetClock) -> None:
    body = {"reportType": "GET_FBA_INVENTORY_PLANNING_DATA", "reportId": "X2", "processingStatus": "DONE",
            "createdTime": "2026-03-20T08:58:00Z", "marketplaceIds": ["A1PA6795UKMFR9"]}  # fmt: skip
    shelf = Shelf(lambda asked: flat("sku|other", "S1|1") if "reportId" in asked else HEALTH, listed=[body])
    shelf.behind(amazon).reports["X2"] = body
    with pytest.raises(ContractError, match="lacks the column units-shipped-t30"):
        pulled(source, clock, "inventory_health")
    assert rows(pulled(source, clock, "inventory_health"))["S1"]


def test_an_expired_link_is_asked_for_anew(source: Source, amazon: Amazon, clock: SetClock) -> None:
    shelf = Shelf(lambda _: HEALTH, expired_links=1).behind(amazon)
    assert rows(pulled(source, clock, "inventory_health"))["S1"]
    assert shelf.links == ["D.R0", "D.R0"]
    assert len(shelf.orders) == 1


def test_a_document_that_was_lost_from_disk_is_fetched_again(source: Source, amazon: Amazon, clock: SetClock) -> None:
    shelf = Shelf(lambda body: sales(body), looks=0).behind(amazon)
    first = reports.pull(source, STREAMS["sku_sales"], WEEK, None)
    assert isinstance(first, Pending)
    (amazon_down,) = [json_answer({}, 503)]
    amazon.on("GET /reports/2021-06-30/reports/R6", amazon_down)
    clock.sleep(60)
    second = reports.pull(source, STREAMS["sku_sales"], WEEK, first.cursor)
    assert isinstance(second, Pending)
    (source.downloads / "shop" / "sku_sales" / "R0.report").unlink()
    del amazon.answers["GET /reports/2021-06-30/reports/R6"]
    clock.sleep(3600)
    assert isinstance(reports.pull(source, STREAMS["sku_sales"], WEEK, second.cursor), Delivered)
    assert len(shelf.orders) == len(WEEK)


def test_a_cancelled_report_of_what_happened_says_that_nothing_did(
    source: Source, amazon: Amazon, clock: SetClock
) -> None:
    Shelf(lambda _: "CANCELLED").behind(amazon)
    assert pulled(source, clock, "returns").batches == ()
    old = Span(date(2026, 1, 1), date(2026, 1, 3))
    assert pulled(source, clock, "sku_sales", old) == Delivered((), old, "Amazon has nothing to tell")


def test_a_cancelled_snapshot_is_no_news_of_an_empty_shop(source: Source, amazon: Amazon, clock: SetClock) -> None:
    Shelf(lambda _: "CANCELLED").behind(amazon)
    with pytest.raises(SourceError, match="too early"):
        pulled(source, clock, "inventory_health")


def test_the_newest_days_without_figures_are_not_known_yet(source: Source, amazon: Amazon, clock: SetClock) -> None:
    """Yesterday is cancelled, the day before has a report that says nothing: neither is a day without sales."""

    def make(body: dict[str, Any]) -> bytes | str:
        day = body["dataStartTime"][:10]
        if day == "2026-03-19":
            return "CANCELLED"
        made = json.loads(sales(body))
        return json.dumps(made if day < "2026-03-18" else {**made, "salesAndTrafficByDate": []}).encode()

    Shelf(make).behind(amazon)
    delivered = pulled(source, clock, "sku_sales", Span(date(2026, 3, 15), date(2026, 3, 19)))
    assert delivered.span == Span(date(2026, 3, 15), date(2026, 3, 17))
    assert {key.split()[1] for key in rows(delivered)} == {"2026-03-15", "2026-03-16", "2026-03-17"}


def test_the_accounts_days_end_where_its_report_ends(source: Source, amazon: Amazon, clock: SetClock) -> None:
    def make(body: dict[str, Any]) -> bytes:
        made = json.loads(sales(body))
        return json.dumps({**made, "salesAndTrafficByDate": made["salesAndTrafficByDate"][:-1]}).encode()

    Shelf(make).behind(amazon)
    newest = Span(date(2026, 3, 15), date(2026, 3, 19))
    assert pulled(source, clock, "account_sales", newest).span == Span(newest.first, date(2026, 3, 18))
    assert pulled(source, clock, "account_sales", WEEK).span == WEEK


def test_a_failed_report_tells_why(source: Source, amazon: Amazon, clock: SetClock) -> None:
    Shelf(lambda _: "FATAL:why-1").behind(amazon)
    with pytest.raises(
        SourceError, match=r"GET_FBA_INVENTORY_PLANNING_DATA failed: The date range is not valid"
    ) as fault:
        pulled(source, clock, "inventory_health")
    assert not fault.value.retryable


def test_a_report_that_never_ends_is_given_up(source: Source, amazon: Amazon, clock: SetClock) -> None:
    Shelf(lambda _: HEALTH, looks=10_000).behind(amazon)
    with pytest.raises(SourceError, match="was not finished in 4 hours"):
        pulled(source, clock, "inventory_health")


def test_a_missing_role_is_told_of_the_report(source: Source, amazon: Amazon, clock: SetClock) -> None:
    amazon.on("GET /sellers/v1/marketplaceParticipations", json_answer({"payload": [
        {"marketplace": {"id": "A1PA6795UKMFR9"}, "participation": {}}]}))  # fmt: skip
    denied = json_answer(
        {"errors": [{"code": "Unauthorized", "message": "Access to requested resource is denied."}]}, 403
    )
    amazon.on(CREATE, denied)
    with pytest.raises(RoleError, match="createReport of GET_SALES_AND_TRAFFIC_REPORT"):
        reports.pull(source, STREAMS["sku_sales"], WEEK, None)


SPOILT: Mapping[str, Callable[[dict[str, Any]], object]] = {
    "another day": lambda told: told.update(dataStartTime="2026-03-09", dataEndTime="2026-03-09"),
    "another marketplace": lambda told: told.update(marketplaceIds=["ATVPDKIKX0DER"]),
    "another granularity": lambda told: told["reportOptions"].update(asinGranularity="CHILD"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_report_that_is_another_than_was_asked_for_is_refused(
    source: Source, amazon: Amazon, clock: SetClock, how: str
) -> None:
    def make(body: dict[str, Any]) -> bytes:
        made = json.loads(sales(body))
        SPOILT[how](made["reportSpecification"])
        return json.dumps(made).encode()

    Shelf(make).behind(amazon)
    with pytest.raises(ContractError, match=r"GET_SALES_AND_TRAFFIC_REPORT is (about|another)"):
        pulled(source, clock, "sku_sales")


def test_figures_in_another_currency_are_refused(source: Source, amazon: Amazon, clock: SetClock) -> None:
    Shelf(lambda body: sales(body).replace(b"EUR", b"USD")).behind(amazon)
    with pytest.raises(ContractError, match="in USD"):
        pulled(source, clock, "sku_sales")


def test_a_torn_document_is_refused(source: Source, amazon: Amazon, clock: SetClock) -> None:
    Shelf(lambda _: HEALTH, tear=lambda whole: whole[:-9]).behind(amazon)
    with pytest.raises(ContractError, match="torn"):
        pulled(source, clock, "inventory_health")


def test_the_first_pull_of_what_happened_reaches_far_and_later_ones_as_far_as_may_change(
    source: Source, amazon: Amazon, clock: SetClock
) -> None:
    shelf = Shelf(lambda _: "CANCELLED").behind(amazon)
    pulled(source, clock, "order_lines")
    assert [each.get("dataStartTime") for each in shelf.orders] == [
        "2026-01-18T23:00:00Z", "2026-02-16T23:00:00Z", "2026-03-17T23:00:00Z",
    ]  # fmt: skip
    assert [each.get("dataEndTime") for each in shelf.orders] == ["2026-02-16T22:59:59Z", "2026-03-17T22:59:59Z", None]
    shelf.orders.clear()
    newest = [{"entity": "o/s", "purchased_at": datetime(2026, 3, 19, 12, tzinfo=UTC)}]
    pulled(replace(source, known=lambda _: newest), clock, "order_lines")
    assert [each["dataStartTime"] for each in shelf.orders] == ["2026-03-12T23:00:00Z"]
    shelf.orders.clear()
    stale = [{"entity": "o/s", "purchased_at": datetime(2026, 3, 1, 12, tzinfo=UTC)}]
    pulled(replace(source, known=lambda _: stale), clock, "order_lines")
    assert [each["dataStartTime"] for each in shelf.orders] == ["2026-02-27T23:00:00Z"]


def test_single_reports_come_before_those_that_are_asked_for_day_by_day() -> None:
    per_pull = [len(list(WEEK.pieces(each.days))) for each in REPORT_TYPES.values()]
    assert per_pull == sorted(per_pull)


@pytest.mark.parametrize("cursor", ["", "no cursor", "{}", '{"v":1,"stream":"other"}',
                                    '{"v":1,"stream":"sku_sales","asked_at":"2026-03-20T09:00:00","reports":[]}',
                                    '{"v":1,"stream":"sku_sales","asked_at":"2026-03-20T09:00:00+00:00",'
                                    '"reports":[["2026-03-10","2026-03-09","asked","R","",""]]}'])  # fmt: skip
def test_a_cursor_that_is_none_of_ours_begins_anew(source: Source, amazon: Amazon, cursor: str) -> None:
    shelf = Shelf(sales).behind(amazon)
    assert isinstance(reports.pull(source, STREAMS["sku_sales"], WEEK, cursor), Pending)
    assert len(shelf.orders) == len(WEEK)
