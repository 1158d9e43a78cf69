"""The Selling Partner client: what it sends, and which "no" of Amazon's it takes for what."""

from __future__ import annotations

import httpx
import pytest

from agent.clock import SetClock
from agent.errors import CredentialError, RoleError, SourceError, ThrottledError
from agent.outbound import NotSent, Reply
from connectors.selling_partner.client import Ask, Client
from connectors.selling_partner.operations import OPERATIONS
from tests.scripted_amazon import Amazon, json_answer

STOCK = "GET /fba/inventory/v1/summaries"
SELLERS = "GET /sellers/v1/marketplaceParticipations"
GERMANY, FRANCE = "A1PA6795UKMFR9", "A13V1IB3VIYZZH"


def no(status: int, code: str, message: str) -> httpx.Response:
    return json_answer({"errors": [{"code": code, "message": message, "details": ""}]}, status)


DENIED = no(403, "Unauthorized", "Access to requested resource is denied.")


def sells_in(*ids: str) -> httpx.Response:
    return json_answer({"payload": [
        {"marketplace": {"id": id}, "participation": {"isParticipating": True, "hasSuspendedListings": False}}
        for id in ids
    ]})  # fmt: skip


def stock(**query: str | list[str] | bool | None) -> Ask:
    return Ask("getInventorySummaries", query=query)


def test_a_call_carries_token_date_and_an_encoded_address(client: Client, amazon: Amazon) -> None:
    amazon.on("GET /listings/2021-08-01/items/A1SELLER/a/b c+1", json_answer({}))
    client.read(Ask("getListingsItem", {"sellerId": "A1SELLER", "sku": "a/b c+1"},
                    {"marketplaceIds": [GERMANY, FRANCE], "details": True, "nextToken": None}))  # fmt: skip
    request = amazon.requests[-1]
    assert request.headers["x-amz-access-token"] == "Atza|token-1"
    assert request.headers["x-amz-date"] == "20260320T090000Z"
    assert "automated" in request.headers["user-agent"]
    assert request.url.raw_path == (
        b"/listings/2021-08-01/items/A1SELLER/a%2Fb%20c%2B1?marketplaceIds=A1PA6795UKMFR9,A13V1IB3VIYZZH&details=true"
    )


@pytest.mark.parametrize("status", [401, 403])
def test_a_rejected_token_is_renewed_once(client: Client, amazon: Amazon, status: int) -> None:
    amazon.on(STOCK, no(status, "Unauthorized", "The access token you provided has expired."), json_answer({}))
    assert client.read(stock()).succeeded
    assert [each.headers["x-amz-access-token"] for each in amazon.asked(STOCK)] == ["Atza|token-1", "Atza|token-2"]


def test_a_refusal_of_one_operation_while_others_work_is_a_missing_role(client: Client, amazon: Amazon) -> None:
    amazon.on("GET /catalog/2022-04-01/items", json_answer({}))
    amazon.on(STOCK, DENIED)
    client.read(Ask("searchCatalogItems"))
    with pytest.raises(RoleError, match="getInventorySummaries") as caught:
        client.read(stock())
    assert "Amazon Fulfillment" in caught.value.hint
    assert not amazon.asked(SELLERS)


def test_a_refusal_of_the_first_operation_is_a_missing_role_where_the_seller_sells_here(
    client: Client, amazon: Amazon
) -> None:
    amazon.on(STOCK, DENIED)
    amazon.on(SELLERS, sells_in(GERMANY))
    with pytest.raises(RoleError):
        client.read(stock())


@pytest.mark.parametrize("answer", [sells_in(FRANCE), DENIED])
def test_a_grant_for_another_place_is_no_missing_role(client: Client, amazon: Amazon, answer: httpx.Response) -> None:
    amazon.on(STOCK, DENIED)
    amazon.on(SELLERS, answer)
    for _ in range(2):
        with pytest.raises(CredentialError, match="region EU") as caught:
            client.read(stock())
        assert not isinstance(caught.value, RoleError)
    assert (FRANCE in caught.value.hint) == (answer is not DENIED)


def test_a_refused_fresh_token_is_a_revoked_grant(client: Client, amazon: Amazon) -> None:
    amazon.on(STOCK, no(403, "Unauthorized", "The access token you provided is revoked, malformed or invalid."))
    with pytest.raises(CredentialError, match="revoked") as caught:
        client.read(stock())
    assert not isinstance(caught.value, RoleError)


def test_a_grant_taken_back_is_told_by_login_with_amazon(client: Client, amazon: Amazon) -> None:
    amazon.on("POST /auth/o2/token", json_answer({"error": "invalid_grant"}, 400))
    with pytest.raises(CredentialError, match="invalid_grant"):
        client.read(stock())


def test_a_request_amazon_does_not_take_is_told_in_its_own_words(client: Client, amazon: Amazon) -> None:
    amazon.on(STOCK, no(400, "InvalidInput", "granularityId is missing. Atza|secret-1"))
    with pytest.raises(SourceError, match="InvalidInput: granularityId is missing") as caught:
        client.read(stock())
    assert "secret-1" not in str(caught.value)
    assert not caught.value.retryable
    assert len(amazon.asked(STOCK)) == 1


def test_a_web_page_instead_of_an_error_is_a_refusal_all_the_same(client: Client, amazon: Amazon) -> None:
    amazon.on(STOCK, httpx.Response(400, text="<html>Bad Request</html>"))
    with pytest.raises(SourceError, match="status 400"):
        client.read(stock())


def test_what_is_rarely_allowed_is_not_waited_for(client: Client, amazon: Amazon, clock: SetClock) -> None:
    """Sixteen reports at once: fifteen go out, and for the last there is a later."""
    amazon.on("POST /reports/2021-06-30/reports", json_answer({"reportId": "1"}, 202))
    began = clock.now()
    for _ in range(15):
        client.read(Ask("createReport", body={"reportType": "X"}))
    with pytest.raises(ThrottledError) as caught:
        client.read(Ask("createReport", body={"reportType": "X"}))
    assert 50 < caught.value.retry_after_seconds <= 60
    assert clock.now() == began
    assert len(amazon.asked("POST /reports/2021-06-30/reports")) == 15


def test_the_rate_amazon_states_takes_the_place_of_the_declared_one(
    client: Client, amazon: Amazon, clock: SetClock
) -> None:
    amazon.on("POST /reports/2021-06-30/reports",
              json_answer({"reportId": "1"}, 202, x_amzn_RateLimit_Limit="2.0"))  # fmt: skip
    began = clock.now()
    for _ in range(25):
        client.read(Ask("createReport", body={"reportType": "X"}))
    assert 4.5 <= (clock.now() - began).total_seconds() <= 5.5


def test_quota_is_a_later_and_creating_is_not_repeated(client: Client, amazon: Amazon) -> None:
    amazon.on("POST /reports/2021-06-30/reports", no(429, "QuotaExceeded", "You exceeded your quota."))
    with pytest.raises(ThrottledError):
        client.read(Ask("createReport", body={"reportType": "X"}))
    assert len(amazon.asked("POST /reports/2021-06-30/reports")) == 1


def test_pages_go_on_with_the_token_and_end_where_it_repeats(client: Client, amazon: Amazon) -> None:
    amazon.on(STOCK, json_answer({"t": "a"}), json_answer({"t": "b"}), json_answer({}))
    assert len(list(client.pages(stock(details=True), token))) == 3
    assert [each.url.query for each in amazon.asked(STOCK)] == [
        b"details=true", b"details=true&nextToken=a", b"details=true&nextToken=b",
    ]  # fmt: skip
    amazon.on(STOCK, json_answer({"t": "a"}))
    with pytest.raises(SourceError, match="same token"):
        list(client.pages(stock(), token, alone=True))


def token(reply: Reply) -> str | None:
    body = reply.json()
    assert isinstance(body, dict)
    return body.get("t")


def test_a_write_is_sent_once_and_tells_when_it_was_not(client: Client, amazon: Amazon) -> None:
    route = "PATCH /listings/2021-08-01/items/A1SELLER/S1"
    ask = Ask("patchListingsItem", {"sellerId": "A1SELLER", "sku": "S1"}, body={"patches": []})
    amazon.on(route, no(503, "ServiceUnavailable", ""))
    answer = client.write(ask)
    assert isinstance(answer, Reply)
    assert answer.status == 503
    assert len(amazon.asked(route)) == 1
    amazon.on("POST /auth/o2/token", json_answer({"error": "invalid_grant"}, 400))
    amazon.on(route, no(401, "Unauthorized", ""))
    client.write(ask)
    assert isinstance(client.write(ask), NotSent)


def test_every_operation_has_a_published_allowance() -> None:
    assert all(each.rate.published and each.rate.burst >= 1 for each in OPERATIONS.values())
