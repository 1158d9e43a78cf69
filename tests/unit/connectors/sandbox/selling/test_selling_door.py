"""Who may come in at the Selling Partner API, and how often."""

from collections.abc import Callable
from typing import Any

import pytest

PATH = "/sellers/v1/marketplaceParticipations"


def error(reply: Any) -> Any:
    (one,) = reply.json["errors"]
    return one


def test_a_call_with_a_token_and_a_user_agent_comes_in(seller: Any) -> None:
    reply = seller.get(PATH)
    assert reply.status == 200
    assert reply.json["payload"][0]["marketplace"]["id"] == seller.market
    assert reply.headers["x-amzn-requestid"].startswith("SANDBOX")


@pytest.mark.parametrize(("token", "words"), [("", "missing"), ("Atza|made-up", "revoked, malformed or invalid")])
def test_a_call_without_a_good_token_is_unauthorized(seller: Any, token: str, words: str) -> None:
    seller.headers["x-amz-access-token"] = token
    reply = seller.get(PATH)
    assert (reply.status, error(reply)["code"]) == (403, "Unauthorized")
    assert words in error(reply)["details"]
    assert reply.headers["x-amzn-errortype"] == "UnauthorizedException"


def test_a_token_of_an_hour_ago_is_unauthorized_until_it_is_renewed(seller: Any) -> None:
    seller.clock.sleep(3601)
    assert seller.get(PATH).status == 403
    seller.log_in()
    assert seller.get(PATH).status == 200


def test_a_fault_can_end_all_tokens(seller: Any) -> None:
    seller.server.plant("expired", "getMarketplaceParticipations")
    assert seller.get(PATH).status == 403


@pytest.mark.parametrize("agent", ["", "x" * 501])
def test_a_user_agent_is_needed_and_has_at_most_500_characters(seller: Any, agent: str) -> None:
    seller.headers["User-Agent"] = agent
    assert seller.get(PATH).status == 400


def test_amazons_own_usage_plan_throttles_and_names_its_limit(selling: Callable[..., Any]) -> None:
    seller = selling(selling_pace=1)
    replies = [seller.get(PATH) for _ in range(16)]
    assert [reply.status for reply in replies] == [200] * 15 + [429]
    assert replies[0].headers["x-amzn-ratelimit-limit"] == "0.016"
    assert error(replies[15])["code"] == "QuotaExceeded"
    assert "x-amzn-ratelimit-limit" not in replies[15].headers
    seller.clock.sleep(1 / 0.016)
    assert [seller.get(PATH).status for _ in range(2)] == [200, 429]


def test_the_wire_can_run_many_times_faster_than_amazon(selling: Callable[..., Any]) -> None:
    seller = selling(selling_pace=1000)
    for _ in range(15):
        seller.get(PATH)
    assert seller.get(PATH).status == 429
    seller.clock.sleep(0.0625)
    assert seller.get(PATH).headers["x-amzn-ratelimit-limit"] == "16"


@pytest.mark.parametrize(("kind", "values", "status"), [
    ("throttle", {"retry_after": 3}, 429), ("error", {"status": 500}, 500), ("error", {"status": 503}, 503),
    ("html", {"status": 502}, 502),
])  # fmt: skip
def test_planted_faults_strike_in_amazons_words(seller: Any, kind: str, values: Any, status: int) -> None:
    seller.server.plant(kind, "getMarketplaceParticipations", **values)
    reply = seller.get(PATH)
    assert reply.status == status
    if kind == "html":
        assert reply.body.startswith(b"<html>")
    else:
        assert error(reply)["code"] == {429: "QuotaExceeded", 500: "InternalFailure", 503: "ServiceUnavailable"}[status]
    assert seller.get(PATH).status == 200


def test_a_path_nobody_knows_is_not_found_in_amazons_words(seller: Any) -> None:
    assert error(seller.get("/orders/v0/orders"))["code"] == "NotFound"


def test_a_role_that_was_not_granted_is_unauthorized_whatever_the_token(selling: Callable[..., Any]) -> None:
    seller = selling({"roles": ("pricing",)})
    reply = seller.get("/fba/inventory/v1/summaries", granularityType="Marketplace", granularityId=seller.market,
                       marketplaceIds=seller.market)  # fmt: skip
    assert (reply.status, error(reply)["code"], error(reply)["details"]) == (403, "Unauthorized", "")
    assert seller.get(PATH).status == 200


def test_every_operation_has_a_bucket_of_its_own(selling: Callable[..., Any]) -> None:
    seller = selling(selling_pace=1)
    for _ in range(16):
        seller.get(PATH)
    assert seller.get("/reports/2021-06-30/reports/1").status == 404
