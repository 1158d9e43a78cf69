"""Reports: what is refused, how they are waited for, and that their figures are the market's."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from connectors.sandbox.report_columns import REPORT_TYPES
from connectors.sandbox.scenario import Scenario


def test_a_report_waits_is_processed_and_completes_with_a_signed_link(amazon: Any) -> None:
    id = amazon.ask().json["reportId"]
    seen = []
    for _ in range(4):
        seen.append(amazon.call("GET", f"/reporting/reports/{id}").json["status"])
        amazon.clock.sleep(0.6)
    assert seen == ["PENDING", "PROCESSING", "PROCESSING", "COMPLETED"]
    report = amazon.call("GET", f"/reporting/reports/{id}").json
    assert "X-Amz-Signature=" in report["url"]
    assert report["url"].startswith(amazon.server.url)
    assert report["fileSize"] == len(amazon.fetch(id).body)


def test_the_file_is_a_gzipped_array_with_numbers_for_ids(amazon: Any) -> None:
    file = amazon.fetch(amazon.ask().json["reportId"])
    assert file.headers["content-type"] == "application/octet-stream"
    rows = json.loads(gzip.decompress(file.body))
    assert rows
    for row in rows:
        assert list(row) == ["date", "campaignId", "adGroupId", "keywordId", "impressions", "clicks", "cost",
                             "purchases7d", "sales7d"]  # fmt: skip
        assert isinstance(row["keywordId"], int)
        assert row["impressions"] >= row["clicks"]
        assert row["impressions"] > 0


def test_a_reports_sums_are_the_markets(amazon: Any) -> None:
    today, now = amazon.server.market.today(amazon.clock.now()), amazon.clock.now()
    rows = amazon.rows()
    figures = [amazon.server.market.figures(today - timedelta(days=n), now) for n in range(1, 6)]
    assert sum(row["clicks"] for row in rows) == sum(int(f.clicks.sum()) for f in figures)
    assert sum(row["purchases7d"] for row in rows) == sum(int(f.purchases[7].sum()) for f in figures)
    assert round(sum(row["cost"] for row in rows) * 100) == sum(int(f.cost.sum()) for f in figures) // 10_000
    assert round(sum(row["sales7d"] for row in rows) * 100) == sum(int(f.sales[7].sum()) for f in figures) // 10_000


@pytest.mark.parametrize(("groups", "id"), [(["campaign"], "campaignId"), (["campaign", "adGroup"], "adGroupId")])
def test_campaigns_and_ad_groups_have_the_sums_of_their_targets(amazon: Any, groups: list[str], id: str) -> None:
    columns = ["date", id, "impressions", "clicks", "cost"]
    rows = amazon.rows(reportTypeId="spCampaigns", groupBy=groups, columns=columns)
    by_target = amazon.rows()
    assert sum(row["clicks"] for row in rows) == sum(row["clicks"] for row in by_target)
    assert len({(row[id], row["date"]) for row in rows}) == len(rows)
    assert {row[id] for row in rows} == {row[id] for row in by_target}


def test_advertised_products_have_the_sums_of_their_targets(amazon: Any) -> None:
    columns = ["date", "adId", "advertisedSku", "clicks"]
    rows = amazon.rows(reportTypeId="spAdvertisedProduct", groupBy=["advertiser"], columns=columns)
    assert {row["advertisedSku"] for row in rows} == {"DM-01", "DM-02", "DM-03"}
    assert sum(row["clicks"] for row in rows) == sum(row["clicks"] for row in amazon.rows())


def test_a_summary_is_one_row_for_the_whole_span(amazon: Any) -> None:
    columns = ["startDate", "endDate", "keywordId", "clicks"]
    rows = amazon.rows(columns=columns, timeUnit="SUMMARY")
    assert len({row["keywordId"] for row in rows}) == len(rows)
    assert sum(row["clicks"] for row in rows) == sum(row["clicks"] for row in amazon.rows())
    assert rows[0]["startDate"] < rows[0]["endDate"]


def test_filters_split_keywords_from_targets(amazon: Any) -> None:
    words = [{"field": "keywordType", "values": ["BROAD", "PHRASE", "EXACT"]}]
    others = [{"field": "keywordType", "values": ["TARGETING_EXPRESSION", "TARGETING_EXPRESSION_PREDEFINED"]}]
    keywords, targets = amazon.rows(filters=words), amazon.rows(filters=others)
    assert len(keywords) + len(targets) == len(amazon.rows())
    assert {row["keywordId"] for row in keywords}.isdisjoint(row["keywordId"] for row in targets)


def test_every_column_that_is_offered_can_be_asked_for(amazon: Any) -> None:
    for name, type in REPORT_TYPES.items():
        for group in type.groups:
            columns = sorted(type.allowed((group,)) - {"startDate", "endDate"})
            row = amazon.rows(reportTypeId=name, groupBy=[group], columns=columns)[0]
            assert set(row) == set(columns)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"columns": ["date", "clicks", "weather"]}, "weather"),
        ({"columns": ["date", "clicks", "searchTerm"]}, "searchTerm"),
        ({"columns": ["clicks"]}, "timeUnit DAILY"),
        ({"timeUnit": "SUMMARY"}, "timeUnit SUMMARY"),
        ({"timeUnit": "HOURLY"}, "timeUnit"),
        ({"reportTypeId": "spWeather"}, "spWeather"),
        ({"groupBy": ["campaign"]}, "groupBy"),
        ({"filters": [{"field": "colour", "values": ["RED"]}]}, "colour"),
        ({"filters": [{"field": "keywordType", "values": ["RED"]}]}, "keywordType"),
        ({"format": "CSV"}, "format"),
        ({"extra": 1}, "extra"),
        ({"startDate": "2026-10-01"}, "31 days"),
        ({"startDate": "2026-08-01", "endDate": "2026-08-02"}, "95 days"),
        ({"endDate": "2026-11-25"}, "future"),
        ({"startDate": "yesterday"}, "startDate"),
        ({"endDate": "2026-11-01"}, "endDate"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(amazon: Any, changes: dict[str, Any], named: str) -> None:
    reply = amazon.ask(**changes)
    assert reply.status == 400
    assert named in reply.json["detail"]


def test_an_equal_request_in_the_queue_names_the_report_to_adopt(amazon: Any) -> None:
    first = amazon.ask(name="one").json["reportId"]
    reply = amazon.ask(name="two")
    assert reply.status == 425
    assert reply.json == {"code": "425", "detail": f"The Request is a duplicate of : {first}"}
    amazon.clock.sleep(5)
    assert amazon.ask().status == 200


def test_a_waiting_report_can_be_cancelled_and_is_gone(amazon: Any) -> None:
    id = amazon.ask().json["reportId"]
    assert amazon.call("DELETE", f"/reporting/reports/{id}").status == 200
    assert amazon.call("GET", f"/reporting/reports/{id}").status == 404
    assert amazon.ask().status == 200


def test_a_link_is_fetched_without_credentials_and_only_unchanged_and_in_time(amazon: Any) -> None:
    id = amazon.ask().json["reportId"]
    amazon.clock.sleep(5)
    url = urlsplit(amazon.call("GET", f"/reporting/reports/{id}").json["url"])
    link = f"{url.path}?{url.query}"
    assert amazon.call("GET", link, headers={}).status == 200
    assert amazon.call("GET", link).status == 400
    assert amazon.call("GET", link[:-1] + "x", headers={}).status == 403
    assert amazon.call("GET", url.path, headers={}).status == 403
    amazon.clock.sleep(3601)
    assert amazon.call("GET", link, headers={}).status == 403
    amazon.log_in()
    assert amazon.fetch(id).status == 200


def test_a_file_keeps_the_figures_of_the_moment_it_was_made(amazon: Any) -> None:
    today = str(amazon.server.market.today(amazon.clock.now()))
    id = amazon.ask(startDate=today, endDate=today).json["reportId"]
    early = amazon.fetch(id).body
    amazon.clock.sleep(7200)
    amazon.log_in()
    assert amazon.fetch(id).body == early
    assert amazon.fetch(amazon.ask(startDate=today, endDate=today).json["reportId"]).body != early


def test_recent_days_are_restated_by_a_later_report(amazon: Any) -> None:
    span = {"startDate": "2026-11-20", "endDate": "2026-11-23"}
    early = amazon.rows(**span)
    amazon.clock.sleep(86_400 * 9)
    amazon.log_in()
    late = amazon.rows(**span)
    assert sum(row["purchases7d"] for row in late) > sum(row["purchases7d"] for row in early)
    assert sum(row["clicks"] for row in late) < sum(row["clicks"] for row in early)


def test_the_pace_of_reports_is_limited_apart_from_other_calls(
    start: Callable[[Scenario], Any], small: Scenario
) -> None:
    amazon = start(replace(small, wire=replace(small.wire, report_rate=0.1, report_burst=2)))
    assert amazon.ask().status == 200
    assert amazon.call("GET", "/reporting/reports/none").status == 404
    reply = amazon.ask(name="third")
    assert (reply.status, reply.headers["retry-after"]) == (429, "10")
    assert amazon.sp("POST", "campaigns/list", {}).status == 200
