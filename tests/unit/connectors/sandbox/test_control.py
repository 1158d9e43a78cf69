"""The control API and the façade: the clock, other people's edits, planted faults, and the log of what happened."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from agent.model.money import Money
from connectors.sandbox.calls import Call
from connectors.sandbox.control import answer_control
from connectors.sandbox.scenario import Scenario
from connectors.sandbox.server import SandboxServer


def control(amazon: Any, method: str, path: str, body: Any = None) -> Any:
    return amazon.call(method, f"/sandbox/{path}", json.dumps(body) if body is not None else None, {})


def test_the_state_tells_what_there_is(amazon: Any) -> None:
    state = control(amazon, "GET", "state").json
    assert state["entities"]["campaign"] == 12
    assert state["now"] == "2026-11-24T20:00:00+00:00"


def test_a_person_can_edit_by_campaign_name_or_by_id(amazon: Any) -> None:
    edit = {"campaign": "DM-02 exact", "field": "state", "value": "PAUSED"}
    id = control(amazon, "POST", "edit", edit).json["edited"]
    assert amazon.list("campaigns", campaignIdFilter={"include": [id]})[0]["state"] == "PAUSED"
    keyword = amazon.list("keywords")[0]["keywordId"]
    control(amazon, "POST", "edit", {"kind": "keyword", "id": keyword, "field": "bid", "value": 1.23})
    assert amazon.keyword(keyword)["bid"] == 1.23
    effects = control(amazon, "GET", "effects").json
    assert [(one["field"], one["through"]) for one in effects] == [("state", "person"), ("bid", "person")]


@pytest.mark.parametrize(
    "body",
    [{"campaign": "no such", "field": "state", "value": "PAUSED"}, {"kind": "keyword", "id": "1", "field": "bid"},
     {"kind": "keyword", "id": "1", "field": "bid", "value": 1}, {"campaign": "DM-01 auto", "field": "x", "value": 1},
     {"campaign": "DM-01 auto", "field": "state", "value": "ASLEEP"}, {"colour": "red"},
     {"campaign": "DM-01 auto", "field": "budget", "value": "lots"}],
)  # fmt: skip
def test_an_edit_that_cannot_be_made_is_refused(amazon: Any, body: Any) -> None:
    assert control(amazon, "POST", "edit", body).status == 400
    assert amazon.server.log.effects == []


def test_money_can_be_edited_from_python(amazon: Any) -> None:
    keyword = amazon.list("keywords")[0]["keywordId"]
    amazon.server.edit("keyword", keyword, "bid", Money(410_000, "USD"))
    assert amazon.keyword(keyword)["bid"] == 0.41


def test_faults_are_planted_seen_and_lifted(amazon: Any) -> None:
    fault = {"kind": "throttle", "operation": "profiles", "count": None, "values": {"retry_after": 3}}
    assert control(amazon, "POST", "faults", fault).json["values"] == {"retry_after": 3.0}
    assert amazon.call("GET", "/v2/profiles").headers["retry-after"] == "3"
    assert len(control(amazon, "GET", "state").json["faults"]) == 1
    assert control(amazon, "DELETE", "faults", {"kind": "throttle"}).json == {"lifted": 1}
    assert amazon.call("GET", "/v2/profiles").status == 200
    assert control(amazon, "POST", "faults", {"kind": "flood"}).status == 400


def test_the_log_names_every_call_with_its_request_id(amazon: Any) -> None:
    id = amazon.call("GET", "/v2/profiles").headers["x-amzn-requestid"]
    newest = control(amazon, "GET", "calls").json[-1]
    assert (newest["request_id"], newest["operation"], newest["status"]) == (id, "profiles", 200)


def test_an_unknown_control_call_names_those_there_are(amazon: Any) -> None:
    reply = control(amazon, "GET", "weather")
    assert reply.status == 404
    assert "GET /sandbox/state" in reply.json["message"]


def test_callers_from_elsewhere_are_turned_away(amazon: Any) -> None:
    call = Call("GET", "/sandbox/state", {}, b"")
    assert answer_control(amazon.server.sandbox, call, "192.0.2.7").status == 403
    assert answer_control(amazon.server.sandbox, call, "127.0.0.1").status == 200


def test_a_clock_of_the_sandboxs_own_can_be_driven_over_http(small: Scenario) -> None:
    start = datetime(2026, 11, 1, 12, tzinfo=UTC)
    with SandboxServer(replace(small, start=start), seed=1, speed=0) as server:
        caller = _Caller(server)
        assert caller.control("GET", "clock")["now"] == "2026-11-01T12:00:00+00:00"
        assert caller.control("POST", "clock", {"advance_days": 2, "advance_seconds": 60})["today"] == "2026-11-03"
        assert caller.control("POST", "clock", {"speed": 3600})["speed"] == 3600.0
        assert "message" in caller.control("POST", "clock", {"advance_days": -1})
    assert server.clock.now() >= datetime(2026, 11, 3, 12, 1, tzinfo=UTC)


def test_the_clock_of_another_program_is_not_driven_from_here(amazon: Any) -> None:
    assert control(amazon, "POST", "clock", {"advance_days": 1}).status == 400


class _Caller:
    def __init__(self, server: SandboxServer) -> None:
        self._server = server

    def control(self, method: str, path: str, body: Any = None) -> Any:

        data = json.dumps(body).encode() if body is not None else None
        request = Request(f"{self._server.url}/sandbox/{path}", data, method=method)
        try:
            with urlopen(request, timeout=30) as reply:
                return json.load(reply)
        except HTTPError as refused:
            with refused:
                return json.load(refused)
