"""Access tokens: one renewal at a time, in good time, and a refused grant is not hammered."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from agent.clock import SetClock
from agent.errors import ContractError, CredentialError, SourceError
from agent.outbound import Outbound
from connectors.lwa import Credentials, LoginWithAmazon
from tests.scripted_amazon import NOW, Amazon, json_answer

ROUTE = "POST /auth/o2/token"
GRANT = Credentials(SecretStr("app"), SecretStr("sesame"), SecretStr("Atzr|x"))


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def amazon() -> Amazon:
    return Amazon()


@pytest.fixture
def login(amazon: Amazon, clock: SetClock) -> LoginWithAmazon:
    return LoginWithAmazon(Outbound(clock, transport=httpx.MockTransport(amazon), dice=lambda: 1.0), clock)


def test_a_grant_is_exchanged_by_form(login: LoginWithAmazon, amazon: Amazon) -> None:
    assert login.token(GRANT) == "Atza|token-1"
    (request,) = amazon.requests
    assert str(request.url) == "https://api.amazon.com/auth/o2/token"
    assert request.headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["refresh_token"], "refresh_token": ["Atzr|x"], "client_id": ["app"], "client_secret": ["sesame"],
    }  # fmt: skip


def test_a_token_is_kept_until_nine_tenths_of_its_life(login: LoginWithAmazon, amazon: Amazon, clock: SetClock) -> None:
    login.token(GRANT)
    clock.sleep(3239)
    assert login.token(GRANT) == "Atza|token-1"
    clock.sleep(2)
    assert login.token(GRANT) == "Atza|token-2"


def test_many_threads_renew_once(amazon: Amazon, clock: SetClock) -> None:
    def slowly(request: httpx.Request) -> httpx.Response:
        time.sleep(0.02)
        return amazon(request)

    login = LoginWithAmazon(Outbound(clock, transport=httpx.MockTransport(slowly)), clock)
    start = threading.Barrier(8)

    def take(_: int) -> str:
        start.wait(timeout=30)
        return login.token(GRANT)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(take, range(8))) == {"Atza|token-1"}
    assert len(amazon.requests) == 1


def test_a_rejected_token_is_renewed_once_for_all_who_held_it(login: LoginWithAmazon, amazon: Amazon) -> None:
    held = login.token(GRANT)
    assert [login.renewed(GRANT, held) for _ in range(5)] == ["Atza|token-2"] * 5
    assert len(amazon.requests) == 2


def test_grants_are_kept_apart(login: LoginWithAmazon, amazon: Amazon) -> None:
    other = Credentials(SecretStr("app"), SecretStr("sesame"), SecretStr("Atzr|other"))
    assert login.token(GRANT) != login.token(other)
    assert login.token(GRANT) == "Atza|token-1"


@pytest.mark.parametrize("error", ["invalid_grant", "invalid_client", "unauthorized_client", "access_denied"])
@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_grant_stops_clearly(login: LoginWithAmazon, amazon: Amazon, error: str, status: int) -> None:
    amazon.on(ROUTE, json_answer({"error": error, "error_description": "echo Atzr|x"}, status))
    with pytest.raises(CredentialError, match=error) as caught:
        login.token(GRANT)
    assert caught.value.hint
    assert "Atzr" not in str(caught.value) + caught.value.hint
    assert len(amazon.requests) == 1


def test_a_refusal_is_remembered_for_a_quarter_of_an_hour(
    login: LoginWithAmazon, amazon: Amazon, clock: SetClock
) -> None:
    amazon.on(ROUTE, json_answer({"error": "invalid_grant"}, 400))
    for _ in range(50):
        with pytest.raises(CredentialError):
            login.token(GRANT)
        clock.sleep(10)
    assert len(amazon.requests) == 1
    clock.sleep(600)
    amazon.on(ROUTE, json_answer({"access_token": "new", "expires_in": 3600}))
    assert login.token(GRANT) == "new"


def test_a_changed_secret_is_tried_at_once(login: LoginWithAmazon, amazon: Amazon) -> None:
    secrets = ["old"]
    rotating = Credentials(SecretStr("app"), lambda: secrets[-1], SecretStr("Atzr|x"))
    amazon.on(ROUTE, json_answer({"error": "invalid_client"}, 401), json_answer({"access_token": "t", "expires_in": 9}))
    with pytest.raises(CredentialError):
        login.token(rotating)
    secrets.append("new")
    assert login.token(rotating) == "t"


@pytest.mark.parametrize("name", ["client_id", "client_secret", "refresh_token"])
def test_a_missing_credential_is_named_and_nothing_is_asked(login: LoginWithAmazon, amazon: Amazon, name: str) -> None:
    values = {"client_id": SecretStr("a"), "client_secret": SecretStr("b"), "refresh_token": SecretStr("c")}
    with pytest.raises(CredentialError, match=name):
        login.token(Credentials(**{**values, name: SecretStr("")}))  # type: ignore[arg-type]
    assert amazon.requests == []


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(200, text="<html>hello</html>"), httpx.Response(400, text="<html>bad</html>"), json_answer([]),
     json_answer({}), json_answer({"access_token": "", "expires_in": 3600}), json_answer({"access_token": "t"}),
     json_answer({"access_token": "t", "expires_in": 0}), json_answer({"access_token": "t", "expires_in": "3600"}),
     json_answer({"access_token": "a b", "expires_in": 3600}), json_answer({"access_token": "a\r\nb", "expires_in": 9}),
     json_answer({"access_token": 5, "expires_in": 3600}), json_answer({"access_token": "t", "expires_in": True})],
)  # fmt: skip
def test_an_answer_of_another_shape_is_no_token(login: LoginWithAmazon, amazon: Amazon, answer: httpx.Response) -> None:
    amazon.on(ROUTE, answer)
    with pytest.raises(ContractError):
        login.token(GRANT)


def test_trouble_on_the_way_is_tried_again(login: LoginWithAmazon, amazon: Amazon) -> None:
    good = json_answer({"access_token": "t", "expires_in": 3600})
    amazon.on(ROUTE, httpx.ConnectError("x"), httpx.Response(503), good)
    assert login.token(GRANT) == "t"


def test_trouble_that_stays_is_not_a_refusal(login: LoginWithAmazon, amazon: Amazon) -> None:
    amazon.on(ROUTE, httpx.Response(500))
    with pytest.raises(SourceError) as caught:
        login.token(GRANT)
    assert not isinstance(caught.value, CredentialError)
    amazon.on(ROUTE, json_answer({"access_token": "t", "expires_in": 3600}))
    assert login.token(GRANT) == "t"


def test_how_far_off_amazons_clock_is_does_not_matter(login: LoginWithAmazon, amazon: Amazon, clock: SetClock) -> None:
    skewed = json_answer({"access_token": "t", "expires_in": 3600}, date="Mon, 01 Jan 2001 00:00:00 GMT")
    amazon.on(ROUTE, skewed)
    login.token(GRANT)
    clock.sleep(3000)
    assert login.token(GRANT) == "t"
    assert len(amazon.requests) == 1


def test_a_clock_set_back_makes_the_token_doubtful(login: LoginWithAmazon, amazon: Amazon, clock: SetClock) -> None:
    login.token(GRANT)
    clock.moment -= timedelta(days=1)
    assert login.token(GRANT) == "Atza|token-2"
    assert login.token(GRANT) == "Atza|token-2"


def test_nothing_shows_a_secret_when_printed(login: LoginWithAmazon) -> None:
    login.token(GRANT)
    shown = repr(GRANT) + str(GRANT) + repr(vars(login))
    assert not any(secret in shown for secret in ("sesame", "Atzr|x", "Atza|"))
