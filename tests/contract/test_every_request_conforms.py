"""Every request Steward can make to Amazon Ads conforms: to our notes always, to the documents where at hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from agent.clock import SetClock
from agent.model.actions import CREATE, PLACEMENTS, STRATEGIES
from agent.model.change import Change, Value
from agent.model.creation import MATCH_TYPES, Creation
from agent.model.entity import Entity
from agent.model.fact import Grain
from agent.model.money import Money
from agent.model.percent import Percent
from agent.model.window import Span
from agent.outbound import Outbound
from connectors.amazon_ads import AmazonAds, Credentials
from connectors.amazon_ads.actions import MONEY_FIELDS
from connectors.amazon_ads.report_types import REPORT_TYPES
from connectors.amazon_ads.resources import RESOURCES
from tests.contract.published import Published

NOTES = Path(__file__).with_name("extract.yaml")
SPAN = Span(date(2026, 1, 10), date(2026, 3, 19))
TOKEN = "Atza|a-token"
OPERATIONS = {
    "POST /sp/campaigns/list", "POST /sp/adGroups/list", "POST /sp/keywords/list", "POST /sp/targets/list",
    "POST /sp/productAds/list", "POST /sp/negativeKeywords/list", "PUT /sp/campaigns", "PUT /sp/adGroups",
    "PUT /sp/keywords", "PUT /sp/targets", "PUT /sp/productAds", "POST /sp/negativeKeywords/delete",
    "POST /sp/keywords", "POST /sp/targets", "POST /sp/negativeKeywords",
    "POST /reporting/reports", "GET /reporting/reports/{reportId}",
    "GET /v2/profiles",
}  # fmt: skip


_HELD = {
    "state": "ENABLED", "defaultBid": 0.5, "budget": {"budget": 10, "budgetType": "DAILY"},
    "dynamicBidding": {"strategy": "LEGACY_FOR_SALES",
                       "placementBidding": [{"placement": "SITE_AMAZON_BUSINESS", "percentage": 5}]},
}  # fmt: skip
_PARENTS = ("/sp/campaigns/list", "/sp/adGroups/list")
"""Lists whose items are read for their ids and what they hold before something is written."""


def answer(request: httpx.Request) -> httpx.Response:
    """Just enough for the client to go on: one page more, one report after the other."""
    path = request.url.path
    if path == "/auth/o2/token":
        return httpx.Response(200, json={"access_token": TOKEN, "expires_in": 3600})
    if path.endswith("/list"):
        key = next(each.key for each in RESOURCES if path == f"{each.path}/list")
        more = {} if b"nextToken" in request.content else {"nextToken": "t1"}
        ids = json.loads(request.content).get(f"{key[:-1]}IdFilter", {"include": []})["include"]
        parents = [{"campaignId": "7", **_HELD, f"{key[:-1]}Id": id} for id in ids] if path in _PARENTS else []
        return httpx.Response(200, json={key: parents, **more})
    if path == "/reporting/reports":
        number = json.loads(request.content)["startDate"]
        return httpx.Response(200, json={"reportId": f"rep-{number}", "status": "PENDING"})
    if path.startswith("/reporting/reports/"):
        return httpx.Response(200, json={"reportId": path.rsplit("/", 1)[-1], "status": "PENDING"})
    return httpx.Response(200, json=[]) if path == "/v2/profiles" else httpx.Response(207, json={})


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> list[httpx.Request]:
    """One request of every sort, from a client that was made to do everything it can."""
    made: list[httpx.Request] = []

    def remember(request: httpx.Request) -> httpx.Response:
        made.append(request)
        return answer(request)

    clock = SetClock(datetime(2026, 3, 20, 9, tzinfo=UTC))
    outbound = Outbound(clock, transport=httpx.MockTransport(remember))
    secrets = Credentials(SecretStr("amzn1.app"), SecretStr("secret"), SecretStr("Atzr|x"))
    ads = AmazonAds("shop", secrets, "1234567890", outbound, clock, currency="EUR",
                    downloads=tmp_path_factory.mktemp("downloads"))  # fmt: skip
    do_everything(ads)
    return made


def do_everything(ads: AmazonAds) -> None:
    ads.profiles()
    for stream in ads.streams:
        first = ads.pull(stream, SPAN, None)
        if stream.grain is Grain.DAY:
            ads.pull(stream, SPAN, getattr(first, "cursor", None))
    for edit in sorted(ads.edits, key=str):
        if edit.field == CREATE:
            make(ads, edit.kind)
            continue
        entities = [Entity("shop", edit.kind, str(number)) for number in range(1, 1001)]
        ads.live(entities, edit.field)
        for after in ["archived"] if edit.kind == "negative_keyword" else values(edit.field):
            ads.apply({each.id: Change(each, edit.field, None, after) for each in entities})


def make(ads: AmazonAds, kind: str) -> None:
    bid = None if kind == "negative_keyword" else Money.of("0.82", "EUR")
    for match_type in MATCH_TYPES[kind]:
        made = [Creation.of(kind, str(number % 150 + 1), match_type, f"b0{number:08d}", bid) for number in range(1000)]
        changes = {each.key: Change(Entity("shop", kind, each.key), CREATE, None, each) for each in made}
        ads.live([change.entity for change in changes.values()], CREATE)
        ads.apply(changes)


def values(field: str) -> list[Value]:
    if field in PLACEMENTS:
        return [Percent(0), Percent(900)]
    if field == "bidding_strategy":
        return [*STRATEGIES]
    amounts: list[Value] = [Money.of("1.23", "EUR"), Money.of("20", "EUR"), *([None] if field == "bid" else [])]
    return amounts if field in MONEY_FIELDS else ["enabled", "paused"]


def api(requests: list[httpx.Request]) -> Iterator[httpx.Request]:
    return (each for each in requests if each.url.path != "/auth/o2/token")


def faults(documents: list[Published], request: httpx.Request) -> list[str]:
    fitting = [each for each in documents if each.operation_of(request)]
    found = [fault for each in fitting for fault in each.faults(request)]
    return found if fitting else [f"no document knows {request.method} {request.url.path}"]


def covered(documents: list[Published], requests: list[httpx.Request]) -> set[str]:
    return {str(operation) for each in api(requests) for document in documents
            if (operation := document.operation_of(each))}  # fmt: skip


@pytest.fixture(scope="module")
def notes() -> Published:
    return Published.load(NOTES)


@pytest.fixture(scope="module")
def documents(shared: Path) -> list[Published]:
    """Amazon's own, as far as they concern Steward's calls."""
    names = ("sponsored-products-v3.json", "reporting-v3.json", "profiles-v2.yaml")
    return [Published.load(shared / "amazon" / "models" / "ads" / name) for name in names]


def test_every_request_conforms_to_our_notes(notes: Published, requests: list[httpx.Request]) -> None:
    assert {fault for each in api(requests) for fault in faults([notes], each)} == set()
    assert covered([notes], requests) == OPERATIONS == {str(each) for each in notes.operations}


@pytest.mark.shared
def test_every_request_conforms_to_amazons_documents(documents: list[Published], requests: list[httpx.Request]) -> None:
    assert {fault for each in api(requests) for fault in faults(documents, each)} == set()
    assert covered(documents, requests) == OPERATIONS


def test_every_call_carries_the_token_and_says_it_is_automated(requests: list[httpx.Request]) -> None:
    for each in api(requests):
        assert each.headers["authorization"] == f"Bearer {TOKEN}"
        assert each.url.scheme == "https"
        assert "automated" in each.headers["user-agent"]
        assert each.extensions["timeout"]["read"] >= 35


def test_every_list_names_its_page_size_and_asks_for_at_most_a_thousand_ids(requests: list[httpx.Request]) -> None:
    lists = [json.loads(each.content) for each in api(requests) if each.url.path.endswith("/list")]
    assert all(body["maxResults"] == 1000 for body in lists)
    named = {(name, len(part["include"])) for body in lists for name, part in body.items() if name.endswith("IdFilter")}
    assert {count for name, count in named if name != "adGroupIdFilter"} == {1000}
    assert {count for name, count in named if name == "adGroupIdFilter"} == {1000, 150, 100, 50}


def test_no_report_is_asked_for_more_than_31_days(requests: list[httpx.Request]) -> None:
    bodies = [json.loads(each.content) for each in requests if each.url.path == "/reporting/reports"]
    spans = [Span(date.fromisoformat(body["startDate"]), date.fromisoformat(body["endDate"])) for body in bodies]
    assert len(spans) == len(REPORT_TYPES) * 3
    assert max(map(len, spans)) == 31
    assert {day for span in spans for day in span} == set(SPAN)


def test_a_token_is_asked_for_by_form_and_once(requests: list[httpx.Request]) -> None:
    (request,) = (each for each in requests if each.url.path == "/auth/o2/token")
    assert set(parse_qs(request.content.decode())) == {"grant_type", "refresh_token", "client_id", "client_secret"}
    assert "authorization" not in request.headers


@pytest.mark.shared
def test_every_report_column_filter_and_grouping_is_one_amazon_documents(shared: Path) -> None:
    path = shared / "amazon" / "models" / "ads" / "reporting-v3-report-types.derived.json"
    types = json.loads(path.read_text(encoding="utf-8"))
    for each in REPORT_TYPES.values():
        documented = types[each.type_id]
        group = documented["groupBys"][each.group_by]
        allowed = {*documented["baseColumns"], *group["additionalColumns"]}
        assert {name for field in each.fields.values() for name in (field.source, *field.then)} <= allowed
        assert set(each.keyword_types) <= set(group["filters"].get("keywordType", []))


SPOILT: Mapping[str, Mapping[str, object]] = {
    "another path": {"path": "/sp/keyword/list"},
    "another method": {"method": "GET"},
    "no client": {"without": "amazon-advertising-api-clientid"},
    "no profile": {"without": "amazon-advertising-api-scope"},
    "plain json": {"content-type": "application/json"},
    "another answer wanted": {"accept": "application/json"},
    "unknown query": {"path": "/sp/keywords/list?page=1"},
    "unknown field": {"maxresults": 10},
    "unknown inner field": {"stateFilter": {"include": ["ENABLED"], "exclude": []}},
    "wrong type": {"maxResults": "10"},
    "wrong word": {"stateFilter": {"include": ["enabled"]}},
    "missing inner field": {"stateFilter": {}},
    "too many": {"keywordIdFilter": {"include": ["1"] * 1001}},
    "numbers for ids": {"keywordIdFilter": {"include": [1]}},
}


def spoilt(request: httpx.Request, how: Mapping[str, object]) -> httpx.Request:
    headers = {name: value for name, value in request.headers.items() if name != "content-length"}
    body = json.loads(request.content)
    for name, value in how.items():
        if name == "without":
            del headers[str(value)]
        elif name in ("content-type", "accept"):
            headers[name] = str(value)
        elif name not in ("path", "method"):
            body[name] = value
    url = f"https://{request.url.host}{how.get('path', request.url.path)}"
    return httpx.Request(str(how.get("method", request.method)), url, headers=headers, content=json.dumps(body))


@pytest.mark.parametrize("how", SPOILT)
def test_our_notes_find_a_spoilt_request(notes: Published, requests: list[httpx.Request], how: str) -> None:
    good = next(each for each in requests if each.url.path == "/sp/keywords/list" and b"IdFilter" in each.content)
    assert faults([notes], spoilt(good, {})) == []
    assert faults([notes], spoilt(good, SPOILT[how]))


@pytest.mark.shared
@pytest.mark.parametrize("how", SPOILT)
def test_amazons_documents_find_a_spoilt_request(
    documents: list[Published], requests: list[httpx.Request], how: str
) -> None:
    good = next(each for each in requests if each.url.path == "/sp/keywords/list" and b"IdFilter" in each.content)
    assert faults(documents, spoilt(good, {})) == []
    assert faults(documents, spoilt(good, SPOILT[how]))
