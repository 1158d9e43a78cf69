"""The door against declared routes (respx), handed in as the transport: what is asked, how often, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
import respx

from agent.clock import SetClock
from agent.errors import CredentialError, SourceError, ThrottledError
from agent.outbound import Call, Lost, Outbound, Reply

NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)
URL = "https://advertising-api.example/sp/keywords/list"


@pytest.fixture
def routes() -> respx.Router:
    return respx.Router(assert_all_called=False)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOON)


def door(routes: respx.Router, clock: SetClock) -> Outbound:
    return Outbound(clock, transport=httpx.MockTransport(routes.handler), dice=lambda: 0.5)


def call(method: str = "POST", **fields: object) -> Call:
    return Call("amazon_ads", "a", "keywords.list", method, URL, **fields)  # type: ignore[arg-type]


def test_a_read_waits_as_long_as_it_is_told_and_asks_again(routes: respx.Router, clock: SetClock) -> None:
    route = routes.post(URL).mock(
        side_effect=[httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(200, json={"keywords": []})]
    )
    with door(routes, clock) as outbound:
        assert outbound.send(call()).json() == {"keywords": []}
    assert route.call_count == 2
    assert clock.now() - NOON >= timedelta(seconds=7)


def test_a_read_gives_up_with_the_request_id_after_its_tries(routes: respx.Router, clock: SetClock) -> None:
    route = routes.post(URL).respond(503, headers={"x-amzn-RequestId": "R-17"}, html="<html>busy</html>")
    with door(routes, clock) as outbound, pytest.raises(SourceError) as raised:
        outbound.send(call(tries=3))
    assert route.call_count == 3
    assert (raised.value.status, raised.value.request_id) == (503, "R-17")


def test_a_source_that_never_has_time_is_a_throttled_error_with_its_wish(routes: respx.Router, clock: SetClock) -> None:
    routes.post(URL).respond(429, headers={"Retry-After": "900"})
    with door(routes, clock) as outbound, pytest.raises(ThrottledError) as raised:
        outbound.send(call())
    assert raised.value.retry_after_seconds >= 900


def test_a_refused_credential_is_asked_about_once(routes: respx.Router, clock: SetClock) -> None:
    route = routes.post(URL).respond(401, json={"code": "401", "details": "Not authorized"})
    with door(routes, clock) as outbound, pytest.raises(CredentialError):
        outbound.send(call())
    assert route.call_count == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_write_is_sent_once_whatever_comes_back(routes: respx.Router, clock: SetClock, status: int) -> None:
    route = routes.put(URL).respond(status, html="<html>")
    with door(routes, clock) as outbound:
        answer = outbound.write(call("PUT", body=b"{}"))
    assert isinstance(answer, Reply | Lost)
    assert route.call_count == 1


def test_every_request_says_that_it_comes_from_a_program(routes: respx.Router, clock: SetClock) -> None:
    route = routes.post(URL).respond(200, json={})
    with door(routes, clock) as outbound:
        outbound.send(call())
    assert "automated" in route.calls.last.request.headers["user-agent"]
