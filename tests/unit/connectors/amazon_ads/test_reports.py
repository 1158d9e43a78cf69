"""Reports: asked for once, looked at later, fetched when all are done; a cursor survives restarts."""

from __future__ import annotations

import gzip
import json
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from agent.clock import SetClock
from agent.errors import AgentError, ContractError, CredentialError, SourceError
from agent.model.fact import Delivered, Document, Grain, Pending
from agent.model.kinds import STREAMS
from agent.model.window import Span
from connectors.amazon_ads import AmazonAds
from connectors.amazon_ads.report_types import REPORT_TYPES
from connectors.amazon_ads.reports import LostReportError
from tests.scripted_amazon import NOW, Amazon, json_answer

STREAM = STREAMS["keyword_traffic"]
SPAN = Span(date(2026, 3, 1), date(2026, 3, 19))
CREATE = "POST /reporting/reports"
URL = "https://store.s3.amazonaws.com/reports/r.json.gz?X-Amz-Signature=signed"
DOCUMENT = gzip.compress(b'[{"date": "2026-03-01", "keywordId": 1}]')


def about(report_id: str, status: str, span: Span = SPAN, stream: str = "keyword_traffic", **more: object) -> object:
    """What Amazon says of a report: the order repeated, and how far it is."""
    made: dict[str, object] = {"url": URL, "urlExpiresAt": "2026-03-20T10:00:00Z"} if status == "COMPLETED" else {}
    return {**REPORT_TYPES[stream].order(span), "reportId": report_id, "status": status, **made, **more}


def report(report_id: str, status: str, span: Span = SPAN, stream: str = "keyword_traffic",
           **more: object) -> httpx.Response:  # fmt: skip
    text = json.dumps(about(report_id, status, span, stream, **more))
    return httpx.Response(200, text=text, headers={"x-amzn-RequestId": "R-9"})


def look(report_id: str) -> str:
    return f"GET /reporting/reports/{report_id}"


def pending(answer: Delivered | Pending) -> Pending:
    assert isinstance(answer, Pending), answer
    return answer


def delivered(answer: Delivered | Pending) -> Delivered:
    assert isinstance(answer, Delivered), answer
    return answer


def asked(ads: AmazonAds, amazon: Amazon, report_id: str = "rep-0001") -> Pending:
    amazon.on(CREATE, report(report_id, "PENDING"))
    return pending(ads.pull(STREAM, SPAN, None))


def test_every_declared_daily_stream_has_a_report_and_every_column_a_source() -> None:
    daily = {name: stream for name, stream in STREAMS.items() if stream.grain is Grain.DAY}
    assert set(REPORT_TYPES) <= set(daily)
    for name in REPORT_TYPES:
        stream = daily[name]
        assert set(REPORT_TYPES[name].fields) == {"entity", "day", *(column.name for column in stream.columns)}


def test_an_order_names_what_is_wanted(ads: AmazonAds, amazon: Amazon) -> None:
    asked(ads, amazon)
    (request,) = amazon.asked(CREATE)
    assert request.headers["content-type"] == "application/vnd.createasyncreportrequest.v3+json"
    body = json.loads(request.content)
    assert (body["startDate"], body["endDate"]) == ("2026-03-01", "2026-03-19")
    assert body["configuration"] == {
        "adProduct": "SPONSORED_PRODUCTS", "reportTypeId": "spTargeting", "groupBy": ["targeting"], "timeUnit": "DAILY",
        "format": "GZIP_JSON", "filters": [{"field": "keywordType", "values": ["BROAD", "PHRASE", "EXACT"]}],
        "columns": ["keywordId", "date", "impressions", "clicks", "cost", "purchases7d", "unitsSoldClicks7d", "sales7d",
                    "topOfSearchImpressionShare"],
    }  # fmt: skip


def test_a_finished_report_is_fetched_without_our_headers_and_handed_over(
    ads: AmazonAds, amazon: Amazon, tmp_path: Path
) -> None:
    first = asked(ads, amazon)
    amazon.on(look("rep-0001"), report("rep-0001", "PROCESSING"), report("rep-0001", "COMPLETED"))
    amazon.on("GET /reports/r.json.gz", httpx.Response(200, content=DOCUMENT))
    second = pending(ads.pull(STREAM, SPAN, first.cursor))
    answer = delivered(ads.pull(STREAM, SPAN, second.cursor))
    (document,) = answer.batches
    assert isinstance(document, Document)
    assert (answer.span, document.span, document.request_id) == (SPAN, SPAN, "R-9")
    assert document.path.parent == tmp_path / "shop" / "keyword_traffic"
    assert document.path.read_bytes() == DOCUMENT
    assert document.fields["entity"].source == "keywordId"
    (fetched,) = amazon.asked("GET /reports/r.json.gz")
    assert not {"authorization", "amazon-advertising-api-scope"} & set(fetched.headers)


def test_a_long_span_is_several_reports_and_comes_only_when_all_are_done(ads: AmazonAds, amazon: Amazon) -> None:
    span = Span(date(2026, 1, 10), date(2026, 3, 19))
    pieces = list(span.pieces(31))
    amazon.on(CREATE, *(report(f"rep-000{n}", "PENDING", piece) for n, piece in enumerate(pieces)))
    first = pending(ads.pull(STREAM, span, None))
    bodies = amazon.bodies(CREATE)
    assert [(body["startDate"], body["endDate"]) for body in bodies] == [(str(p.first), str(p.last)) for p in pieces]
    for n, piece in enumerate(pieces):
        amazon.on(look(f"rep-000{n}"), report(f"rep-000{n}", "COMPLETED" if n else "PENDING", piece))
    second = pending(ads.pull(STREAM, span, first.cursor))
    assert second.note == "2 of 3 reports are done"
    assert amazon.asked("GET /reports/r.json.gz") == []
    amazon.on(look("rep-0000"), report("rep-0000", "COMPLETED", pieces[0]))
    amazon.on("GET /reports/r.json.gz", httpx.Response(200, content=DOCUMENT))
    answer = delivered(ads.pull(STREAM, span, second.cursor))
    assert [document.span for document in answer.batches if isinstance(document, Document)] == pieces
    assert len({document.path for document in answer.batches if isinstance(document, Document)}) == 3
    assert answer.span == span


def test_files_of_earlier_pulls_make_room(ads: AmazonAds, amazon: Amazon, tmp_path: Path) -> None:
    amazon.on("GET /reports/r.json.gz", httpx.Response(200, content=DOCUMENT))
    for report_id in ("rep-0001", "rep-0002"):
        first = asked(ads, amazon, report_id)
        amazon.on(look(report_id), report(report_id, "COMPLETED"))
        delivered(ads.pull(STREAM, SPAN, first.cursor))
    assert [each.name for each in tmp_path.rglob("*.gz")] == ["rep-0002.json.gz"]


def test_a_duplicate_is_adopted_by_the_id_in_the_refusal(ads: AmazonAds, amazon: Amazon) -> None:
    detail = "The Request is a duplicate of : 8adca409-98e1-442c-9e74-28147f9f7bc8"
    amazon.on(CREATE, json_answer({"code": "425", "detail": detail}, 425))
    amazon.on(look("8adca409-98e1-442c-9e74-28147f9f7bc8"), report("8adca409-98e1-442c-9e74-28147f9f7bc8", "PENDING"))
    first = pending(ads.pull(STREAM, SPAN, None))
    pending(ads.pull(STREAM, SPAN, first.cursor))
    assert len(amazon.asked(CREATE)) == 1


@pytest.mark.parametrize(
    "answer",
    [json_answer({"code": "425", "detail": "Too early"}, 425), json_answer({}, 425),
     json_answer({"detail": "duplicate of : ../../secrets"}, 425), httpx.Response(425, text="<html>early</html>"),
     json_answer([], 425)],
)  # fmt: skip
def test_a_duplicate_without_an_id_is_an_error(ads: AmazonAds, amazon: Amazon, answer: httpx.Response) -> None:
    amazon.on(CREATE, answer)
    with pytest.raises(ContractError) as caught:
        ads.pull(STREAM, SPAN, None)
    assert caught.value.operation == "reports.create"


def test_a_cursor_of_other_days_is_finished_first(ads: AmazonAds, amazon: Amazon) -> None:
    first = asked(ads, amazon)
    amazon.on(look("rep-0001"), report("rep-0001", "COMPLETED"))
    amazon.on("GET /reports/r.json.gz", httpx.Response(200, content=DOCUMENT))
    tomorrow = Span(SPAN.first + timedelta(days=1), SPAN.last + timedelta(days=1))
    assert delivered(ads.pull(STREAM, tomorrow, first.cursor)).span == SPAN


def cursor_of(stream: str = "keyword_traffic", asked_at: str = "2026-03-20T09:00:00Z", *reports: object) -> str:
    return json.dumps({"v": 1, "stream": stream, "asked_at": asked_at, "reports": reports})


@pytest.mark.parametrize(
    "cursor",
    ["", "nonsense", "{}", "[]", "5", '{"v": 2}', cursor_of(), cursor_of("campaign_traffic"),
     cursor_of("keyword_traffic", "2026-03-20T09:00:00", ["2026-03-01", "2026-03-02", "x"]),
     cursor_of("keyword_traffic", "2026-03-20T09:00:00Z", ["2026-03-09", "2026-03-02", "x"]),
     cursor_of("keyword_traffic", "2026-03-20T09:00:00Z", ["2026-03-01", "2026-03-02", 5]),
     cursor_of("keyword_traffic", "2026-03-20T09:00:00Z", ["2026-03-01", "2026-03-02"])],
)  # fmt: skip
def test_a_cursor_that_is_none_of_ours_means_asking_anew(ads: AmazonAds, amazon: Amazon, cursor: str) -> None:
    amazon.on(CREATE, report("rep-0001", "PENDING"))
    pending(ads.pull(STREAM, SPAN, cursor))
    assert len(amazon.asked(CREATE)) == 1


def test_a_failed_report_is_an_error_after_which_the_next_pull_asks_anew(ads: AmazonAds, amazon: Amazon) -> None:
    first = asked(ads, amazon)
    amazon.on(look("rep-0001"), report("rep-0001", "FAILED", failureReason="x"))
    with pytest.raises(LostReportError) as caught:
        ads.pull(STREAM, SPAN, first.cursor)
    assert (caught.value.retryable, bool(caught.value.hint), caught.value.request_id) == (False, True, "R-9")


def test_a_report_amazon_forgot_is_asked_for_anew(ads: AmazonAds, amazon: Amazon) -> None:
    first = asked(ads, amazon)
    amazon.on(look("rep-0001"), json_answer({"code": "404"}, 404))
    with pytest.raises(LostReportError):
        ads.pull(STREAM, SPAN, first.cursor)


def test_a_report_that_never_ends_is_given_up_after_four_hours(ads: AmazonAds, amazon: Amazon, clock: SetClock) -> None:
    waiting = asked(ads, amazon)
    amazon.on(look("rep-0001"), report("rep-0001", "PENDING"))
    looks = 0
    with pytest.raises(LostReportError, match="4 hours"):
        while looks < 1000:
            clock.sleep(waiting.look_again_seconds)
            waiting = pending(ads.pull(STREAM, SPAN, waiting.cursor))
            looks += 1
    assert looks < 80
    assert clock.now() - NOW < timedelta(hours=4.2)


def test_looks_are_close_together_at_first_and_five_minutes_apart_at_last(
    ads: AmazonAds, amazon: Amazon, clock: SetClock
) -> None:
    waiting = asked(ads, amazon)
    amazon.on(look("rep-0001"), report("rep-0001", "PENDING"))
    seconds = [waiting.look_again_seconds]
    while clock.now() - NOW < timedelta(hours=1):
        clock.sleep(seconds[-1])
        waiting = pending(ads.pull(STREAM, SPAN, waiting.cursor))
        seconds.append(waiting.look_again_seconds)
    assert (seconds[0], seconds[-1]) == (5, 300)
    assert seconds == sorted(seconds)


def test_after_a_throttled_order_only_the_rest_is_asked_for(ads: AmazonAds, amazon: Amazon, clock: SetClock) -> None:
    span = Span(date(2026, 2, 1), date(2026, 3, 19))
    early, late = span.pieces(31)
    amazon.on(CREATE, report("rep-0001", "PENDING", early), json_answer({}, 429, retry_after="900"),
              report("rep-0002", "PENDING", late))  # fmt: skip
    amazon.on(look("rep-0001"), report("rep-0001", "COMPLETED", early))
    amazon.on(look("rep-0002"), report("rep-0002", "COMPLETED", late))
    amazon.on("GET /reports/r.json.gz", httpx.Response(200, content=DOCUMENT))
    first = pending(ads.pull(STREAM, span, None))
    assert first.look_again_seconds == 900
    clock.sleep(900)
    second = pending(ads.pull(STREAM, span, first.cursor))
    assert delivered(ads.pull(STREAM, span, second.cursor)).span == span
    assert [body["startDate"] for body in amazon.bodies(CREATE)] == ["2026-02-01", "2026-03-04", "2026-03-04"]


def test_throttled_looks_wait_at_least_a_minute(ads: AmazonAds, amazon: Amazon) -> None:
    first = asked(ads, amazon)
    amazon.on(look("rep-0001"), json_answer({}, 429, retry_after="1"))
    assert pending(ads.pull(STREAM, SPAN, first.cursor)).look_again_seconds == 60


def test_an_expired_link_is_renewed_once(ads: AmazonAds, amazon: Amazon) -> None:
    first = asked(ads, amazon)
    amazon.on(look("rep-0001"), report("rep-0001", "COMPLETED"),
              report("rep-0001", "COMPLETED", url=URL.replace("/r.json", "/fresh.json")))  # fmt: skip
    amazon.on("GET /reports/r.json.gz", httpx.Response(403, text="<Error>Request has expired</Error>"))
    amazon.on("GET /reports/fresh.json.gz", httpx.Response(200, content=DOCUMENT))
    (document,) = delivered(ads.pull(STREAM, SPAN, first.cursor)).batches
    assert isinstance(document, Document)
    assert document.path.read_bytes() == DOCUMENT


def test_a_link_that_stays_expired_is_an_error_and_the_cursor_stays_good(ads: AmazonAds, amazon: Amazon) -> None:
    first = asked(ads, amazon)
    amazon.on(look("rep-0001"), report("rep-0001", "COMPLETED"))
    amazon.on("GET /reports/r.json.gz", httpx.Response(403))
    with pytest.raises(SourceError) as caught:
        ads.pull(STREAM, SPAN, first.cursor)
    assert not isinstance(caught.value, CredentialError)
    amazon.on("GET /reports/r.json.gz", httpx.Response(200, content=DOCUMENT))
    delivered(ads.pull(STREAM, SPAN, first.cursor))


def configuration_of(stream: str) -> object:
    return REPORT_TYPES[stream].order(SPAN)["configuration"]


@pytest.mark.parametrize(
    "changed",
    [{"startDate": "2026-02-01"}, {"endDate": "2026-03-18"}, {"configuration": None}, {"configuration": {}},
     {"configuration": configuration_of("product_target_traffic")},
     {"configuration": configuration_of("campaign_traffic")},
     {"reportId": "rep-0002"}, {"reportId": None}, {"status": "DONE"}, {"status": None}, {"url": None}, {"url": ""},
     {"url": "https://evil.example/r"}, {"url": "http://169.254.169.254/x"}],
    ids=str,
)  # fmt: skip
def test_a_report_that_is_not_what_was_asked_for_is_not_booked(
    ads: AmazonAds, amazon: Amazon, changed: dict[str, object]
) -> None:
    first = asked(ads, amazon)
    said = about("rep-0001", "COMPLETED")
    assert isinstance(said, dict)
    amazon.on(look("rep-0001"), json_answer(json.loads(json.dumps(said)) | changed))
    amazon.on("GET /reports/r.json.gz", httpx.Response(200, content=DOCUMENT))
    with pytest.raises(ContractError) as caught:
        ads.pull(STREAM, SPAN, first.cursor)
    assert not caught.value.retryable
    assert "GET /reports/r.json.gz" not in [f"{each.method} {each.url.path}" for each in amazon.requests]


@pytest.mark.parametrize("answer", [httpx.Response(200, text="<html>"), json_answer([]), json_answer({}),
                                    json_answer({"reportId": ""}), json_answer({"reportId": "../x"}),
                                    json_answer({"reportId": 5})])  # fmt: skip
def test_an_order_answered_without_an_id_is_an_error(ads: AmazonAds, amazon: Amazon, answer: httpx.Response) -> None:
    amazon.on(CREATE, answer)
    with pytest.raises(ContractError):
        ads.pull(STREAM, SPAN, None)


def test_an_order_amazon_does_not_understand_is_an_error(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(CREATE, json_answer({"code": "400", "detail": "configuration columns includes invalid values"}, 400))
    with pytest.raises(SourceError) as caught:
        ads.pull(STREAM, SPAN, None)
    assert (caught.value.status, caught.value.retryable) == (400, False)


def test_days_amazon_no_longer_keeps_are_left_out(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(CREATE, *(report(f"rep-000{n}", "PENDING") for n in range(9)))
    pending(ads.pull(STREAM, Span(date(2025, 1, 1), date(2026, 3, 19)), None))
    starts = [str(body["startDate"]) for body in amazon.bodies(CREATE)]
    assert starts[0] == "2025-12-16"
    with pytest.raises(AgentError, match="none of the days"):
        ads.pull(STREAM, Span(date(2025, 1, 1), date(2025, 1, 31)), None)


def test_a_throttled_report_is_a_row_to_look_at_later(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(CREATE, json_answer({}, 429))
    assert pending(ads.pull(STREAM, SPAN, None)).look_again_seconds >= 60
