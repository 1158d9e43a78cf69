"""Every fault, as a client meets it over real HTTP, and what it does to the account."""

import gzip
import http.client
import json
import zlib
from typing import Any

import pytest

from connectors.sandbox.faults import KINDS, Fault, Faults


@pytest.fixture
def keyword(amazon: Any) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in amazon.list("keywords") if "bid" in one)
    return found


def bid(amazon: Any, keyword: dict[str, Any]) -> float:
    value: float = amazon.keyword(keyword["keywordId"])["bid"]
    return value


def write(amazon: Any, keyword: dict[str, Any], value: float = 0.07) -> Any:
    return amazon.sp("PUT", "keywords", {"keywords": [{"keywordId": keyword["keywordId"], "bid": value}]})


def test_a_throttled_write_did_nothing_and_says_when_to_come_back(amazon: Any, keyword: dict[str, Any]) -> None:
    amazon.server.plant("throttle", "keywords.update", retry_after=7)
    reply = write(amazon, keyword)
    assert (reply.status, reply.headers["retry-after"]) == (429, "7")
    assert bid(amazon, keyword) == keyword["bid"]
    assert write(amazon, keyword).status == 207


@pytest.mark.parametrize("kind", ["error", "html"])
@pytest.mark.parametrize(("when", "lands"), [("before", False), ("after", True)])
def test_a_server_error_leaves_open_whether_the_write_landed(
    amazon: Any, keyword: dict[str, Any], kind: str, when: str, lands: bool
) -> None:
    amazon.server.plant(kind, "keywords.update", when=when, status=503)
    reply = write(amazon, keyword)
    assert reply.status == 503
    assert reply.headers["content-type"].startswith("text/html" if kind == "html" else "application/json")
    assert (bid(amazon, keyword) == 0.07) is lands


@pytest.mark.parametrize(("when", "lands"), [("before", False), ("after", True)])
def test_a_dropped_answer_leaves_open_whether_the_write_landed(
    amazon: Any, keyword: dict[str, Any], when: str, lands: bool
) -> None:
    amazon.server.plant("drop", "keywords.update", when=when)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        write(amazon, keyword)
    assert (bid(amazon, keyword) == 0.07) is lands


def test_a_truncated_answer_promises_more_than_it_sends(amazon: Any, keyword: dict[str, Any]) -> None:
    amazon.server.plant("truncate", "keywords.update", keep=0.4)
    with pytest.raises(http.client.IncompleteRead):
        write(amazon, keyword)
    assert bid(amazon, keyword) == 0.07


def test_a_late_write_lands_after_its_answer(amazon: Any, keyword: dict[str, Any]) -> None:
    amazon.server.plant("late", "keywords.update", seconds=20)
    assert write(amazon, keyword).status == 207
    assert bid(amazon, keyword) == keyword["bid"]
    assert amazon.server.sandbox.waiting() == 1
    amazon.clock.sleep(21)
    assert bid(amazon, keyword) == 0.07


def test_a_lost_write_can_land_after_a_later_one(amazon: Any, keyword: dict[str, Any]) -> None:
    amazon.server.plant("late", "keywords.update", seconds=20, answer="drop")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        write(amazon, keyword, 0.07)
    assert write(amazon, keyword, 0.09).status == 207
    assert bid(amazon, keyword) == 0.09
    amazon.clock.sleep(21)
    assert bid(amazon, keyword) == 0.07


def test_single_items_can_be_throttled_within_an_accepted_batch(amazon: Any) -> None:
    ids = [one["keywordId"] for one in amazon.list("keywords")[:4]]
    amazon.server.plant("item", "keywords.update", every=2, code="throttledError")
    answer = amazon.update("keywords", *({"keywordId": id, "bid": 0.07} for id in ids))
    assert [one["index"] for one in answer["success"]] == [1, 3]
    assert {one["errors"][0]["errorType"] for one in answer["error"]} == {"throttledError"}


def test_a_revoked_grant_gives_no_more_tokens_until_it_is_lifted(amazon: Any) -> None:
    amazon.server.plant("revoked", "token", count=None)
    assert [amazon.token().json["error"] for _ in range(3)] == ["invalid_grant"] * 3
    amazon.server.sandbox.faults.lift("revoked")
    assert amazon.token().status == 200


def test_a_token_can_end_before_its_time(amazon: Any) -> None:
    amazon.server.plant("expired", "campaigns.list")
    assert amazon.sp("POST", "campaigns/list", {}).status == 401
    assert amazon.sp("POST", "campaigns/list", {}).status == 401
    amazon.log_in()
    assert amazon.sp("POST", "campaigns/list", {}).status == 200


def test_the_servers_clock_can_be_wrong(amazon: Any) -> None:
    amazon.server.plant("skew", "profiles", seconds=-86_400)
    assert amazon.call("GET", "/v2/profiles").headers["date"] == "Mon, 23 Nov 2026 20:00:00 GMT"
    assert amazon.call("GET", "/v2/profiles").headers["date"] == "Tue, 24 Nov 2026 20:00:00 GMT"


def test_a_report_can_be_slow_or_fail(amazon: Any) -> None:
    amazon.server.plant("slow_report", "reports.create", seconds=500)
    slow = amazon.ask().json["reportId"]
    amazon.clock.sleep(400)
    assert amazon.call("GET", f"/reporting/reports/{slow}").json["status"] == "PROCESSING"
    amazon.server.plant("failed_report", "reports.create")
    failed = amazon.ask(columns=["date", "keywordId", "clicks"]).json["reportId"]
    amazon.clock.sleep(5)
    assert amazon.call("GET", f"/reporting/reports/{failed}").json["status"] == "FAILED"


def test_a_torn_file_does_not_unpack(amazon: Any) -> None:
    amazon.server.plant("torn_report", "reports.download", keep=0.6)
    id = amazon.ask().json["reportId"]
    with pytest.raises((EOFError, zlib.error)):
        gzip.decompress(amazon.fetch(id).body)
    assert gzip.decompress(amazon.fetch(id).body)


@pytest.mark.parametrize(
    ("kind", "values", "strange"),
    [
        ("duplicate_rows", {"every": 5}, lambda rows: len({(r["date"], r["keywordId"]) for r in rows}) < len(rows)),
        ("other_day", {"days": 40}, lambda rows: {r["date"][:7] for r in rows} == {"2026-10"}),
        ("missing_column", {"column": "cost"}, lambda rows: all("cost" not in r for r in rows)),
        ("extra_column", {"column": "mood"}, lambda rows: all(r["mood"] == 1 for r in rows)),
        ("numbers_as_text", {}, lambda rows: all(isinstance(r["clicks"], str) for r in rows)),
    ],
)
def test_a_file_can_hold_what_was_not_asked_for(amazon: Any, kind: str, values: Any, strange: Any) -> None:
    assert not strange_in(strange, amazon.rows())
    amazon.server.plant(kind, "reports.download", **values)
    assert strange(amazon.rows())


def strange_in(strange: Any, rows: Any) -> bool:
    try:
        return bool(strange(rows))
    except KeyError:
        return False


def test_a_file_can_belong_to_another_profile(amazon: Any) -> None:
    own = {row["campaignId"] for row in amazon.rows()}
    amazon.server.plant("other_profile", "reports.download")
    assert own.isdisjoint(row["campaignId"] for row in amazon.rows())


def test_faults_strike_as_often_as_they_were_planted_and_after_what_they_skip(amazon: Any) -> None:
    fault = amazon.server.plant("error", "profiles", count=2, skip=1)
    assert [amazon.call("GET", "/v2/profiles").status for _ in range(4)] == [200, 500, 500, 200]
    assert fault.struck == 2
    struck = [record.faults for record in amazon.server.log.of("profiles")]
    assert struck == [(), ("error",), ("error",), ()]


def test_seeded_chance_strikes_the_same_calls_again() -> None:
    def strikes(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.plant(Fault("throttle", probability=0.3, count=None))
        return [bool(faults.strike("profiles")) for _ in range(200)]

    assert strikes(1) == strikes(1)
    assert strikes(1) != strikes(2)
    assert 30 < sum(strikes(1)) < 90


@pytest.mark.parametrize(
    ("kind", "values", "named"),
    [("flood", {}, "flood"), ("drop", {"seconds": 1.0}, "seconds"), ("drop", {"when": "never"}, "before, after"),
     ("item", {"code": "biddingError"}, "throttledError")],
)  # fmt: skip
def test_a_fault_that_does_not_exist_is_refused_by_name(kind: str, values: Any, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Fault(kind, values=values)


def test_every_kind_of_fault_can_be_planted_with_its_defaults() -> None:
    for kind in KINDS:
        assert json.dumps(dict(Fault(kind).values)) is not None
        assert dict(Fault(kind).values) == KINDS[kind]


def test_the_sandbox_goes_on_after_every_fault(amazon: Any, keyword: dict[str, Any]) -> None:
    for kind in ("drop", "truncate", "html", "error", "throttle"):
        amazon.server.plant(kind, "keywords.update")
        try:
            write(amazon, keyword)
        except (http.client.HTTPException, ConnectionError):
            continue
    assert write(amazon, keyword, 0.5).status == 207
    assert bid(amazon, keyword) == 0.5
