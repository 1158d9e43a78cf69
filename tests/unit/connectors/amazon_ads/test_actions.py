"""Writes: one call, one receipt each, and never a second call."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import httpx
import pytest

from agent.clock import SetClock
from agent.model.actions import CREATE
from agent.model.change import Change, Value
from agent.model.creation import Creation
from agent.model.entity import Entity
from agent.model.money import Money
from agent.model.percent import Percent
from agent.model.proposal import Fate, Receipt
from connectors.amazon_ads import AmazonAds
from tests.scripted_amazon import NOW, Amazon, json_answer

PUT = "PUT /sp/keywords"
CAMPAIGNS = "POST /sp/campaigns/list"


def _bidding(strategy: str, **percentages: int) -> dict[str, object]:
    placements = [{"placement": name, "percentage": value} for name, value in percentages.items()]
    return {"strategy": strategy, "placementBidding": placements}


def campaign(id: str, strategy: str = "LEGACY_FOR_SALES", **percentages: int) -> httpx.Response:
    """A list with one campaign, as far as its bidding goes."""
    return json_answer({"campaigns": [{"campaignId": id, "dynamicBidding": _bidding(strategy, **percentages)}]})


def bid_change(id: str, after: Value, field: str = "bid", kind: str = "keyword") -> Change:
    return Change(Entity("shop", kind, id), field, Money.of("1.00", "EUR"), after)


def bids(*amounts: str) -> dict[str, Change]:
    return {f"p{n}": bid_change(f"k{n}", Money.of(amount, "EUR")) for n, amount in enumerate(amounts)}


def by_proposal(receipts: object) -> Mapping[str, Receipt]:
    assert isinstance(receipts, (list, tuple))
    return {receipt.proposal: receipt for receipt in receipts}


def error(index: int, kind: str, reason: str = "REASON", message: str = "why") -> dict[str, object]:
    value = {kind: {"reason": reason, "message": message}}
    return {"index": index, "errors": [{"errorType": kind, "errorValue": value}]}


def answered(success: list[object], failed: list[object], **headers: str) -> httpx.Response:
    return json_answer({"keywords": {"success": success, "error": failed}}, 207, **headers)


def test_each_item_of_a_207_ends_by_its_own_receipt(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(PUT, answered(
        [{"index": 0, "keywordId": "k0"}],
        [error(1, "biddingError", "BID_OUT_OF_MARKET_PLACE_RANGE"), error(2, "throttledError"),
         error(3, "internalServerError")],
    ))  # fmt: skip
    found = by_proposal(ads.apply(bids("0.5", "0.001", "0.7", "0.8")))
    assert [found[f"p{n}"].fate for n in range(4)] == [Fate.ACCEPTED, Fate.REFUSED, Fate.NOT_APPLIED, Fate.UNKNOWN]
    assert found["p1"].code == "BID_OUT_OF_MARKET_PLACE_RANGE"
    assert found["p2"].retry_after_seconds > 0
    assert {receipt.request_id for receipt in found.values()} == {"R-1"}


def test_amounts_are_written_digit_by_digit(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(PUT, answered([{"index": 0, "keywordId": "k0"}, {"index": 1, "keywordId": "k1"}], []))
    ads.apply(bids("0.1", "1234567.000001"))
    sent = amazon.asked(PUT)[0]
    assert sent.content == b'{"keywords":[{"keywordId":"k0","bid":0.1},{"keywordId":"k1","bid":1234567.000001}]}'
    assert sent.headers["content-type"] == sent.headers["accept"] == "application/vnd.spKeyword.v3+json"
    assert sent.headers["amazon-advertising-api-scope"] == "1234"


@pytest.mark.parametrize(
    ("kind", "field", "after", "path", "item"),
    [
        ("keyword", "state", "paused", "/sp/keywords", {"keywordId": "7", "state": "PAUSED"}),
        ("keyword", "bid", None, "/sp/keywords", {"keywordId": "7", "bid": None}),
        ("product_target", "bid", Money.of("0.42", "EUR"), "/sp/targets", {"targetId": "7", "bid": Decimal("0.42")}),
        ("product_target", "state", "enabled", "/sp/targets", {"targetId": "7", "state": "ENABLED"}),
        ("ad_group", "default_bid", Money.of("1.5", "EUR"), "/sp/adGroups", {"adGroupId": "7", "defaultBid": 1.5}),
        ("ad_group", "state", "paused", "/sp/adGroups", {"adGroupId": "7", "state": "PAUSED"}),
        ("campaign", "state", "paused", "/sp/campaigns", {"campaignId": "7", "state": "PAUSED"}),
        ("campaign", "budget", Money.of("20", "EUR"), "/sp/campaigns",
         {"campaignId": "7", "budget": {"budgetType": "DAILY", "budget": 20}}),
        ("campaign", "placement_top", Percent(50), "/sp/campaigns",
         {"campaignId": "7", "dynamicBidding": _bidding("LEGACY_FOR_SALES", PLACEMENT_TOP=50, SITE_AMAZON_BUSINESS=7)}),
        ("campaign", "placement_product_page", Percent(900), "/sp/campaigns",
         {"campaignId": "7", "dynamicBidding": _bidding("LEGACY_FOR_SALES", PLACEMENT_TOP=45, SITE_AMAZON_BUSINESS=7,
                                                        PLACEMENT_PRODUCT_PAGE=900)}),
        ("campaign", "placement_rest", Percent(0), "/sp/campaigns",
         {"campaignId": "7", "dynamicBidding": _bidding("LEGACY_FOR_SALES", PLACEMENT_TOP=45, SITE_AMAZON_BUSINESS=7,
                                                        PLACEMENT_REST_OF_SEARCH=0)}),
        ("campaign", "bidding_strategy", "manual", "/sp/campaigns",
         {"campaignId": "7", "dynamicBidding": _bidding("MANUAL", PLACEMENT_TOP=45, SITE_AMAZON_BUSINESS=7)}),
        ("product_ad", "state", "paused", "/sp/productAds", {"adId": "7", "state": "PAUSED"}),
        ("negative_keyword", "state", "archived", "/sp/negativeKeywords/delete", ["7"]),
    ],
)  # fmt: skip
def test_every_edit_has_its_own_path_and_field(
    ads: AmazonAds, amazon: Amazon, kind: str, field: str, after: Value, path: str, item: object
) -> None:
    """Archiving is the one that names ids only."""
    amazon.on(CAMPAIGNS, campaign("7", PLACEMENT_TOP=45, SITE_AMAZON_BUSINESS=7))
    ads.apply({"p": bid_change("7", after, field, kind)})
    (sent,) = [each for each in amazon.requests[1:] if not each.url.path.endswith("/list")]
    assert (sent.method, sent.url.path) == ("POST" if path.endswith("delete") else "PUT", path)
    (items,) = httpx.Response(200, content=sent.content).json(parse_float=Decimal).values()
    assert items == ({"include": item} if path.endswith("delete") else [item])


@pytest.mark.parametrize("after", ["paused", "enabled", None])
def test_a_negative_keyword_can_only_be_archived(ads: AmazonAds, amazon: Amazon, after: Value) -> None:
    (receipt,) = ads.apply({"p": bid_change("7", after, "state", "negative_keyword")})
    assert (receipt.fate, receipt.code) == (Fate.REFUSED, "NOT_SENT")
    assert amazon.requests == []


def test_nothing_else_can_be_archived(ads: AmazonAds, amazon: Amazon) -> None:
    (receipt,) = ads.apply({"p": bid_change("7", "archived", "state", "keyword")})
    assert (receipt.fate, receipt.code) == (Fate.REFUSED, "NOT_SENT")
    assert amazon.requests == []


def test_every_declared_edit_is_tried_above() -> None:
    declared = {(edit.kind, edit.field) for edit in AmazonAds.edits if edit.field != CREATE}
    mark = test_every_edit_has_its_own_path_and_field.pytestmark[0]  # type: ignore[attr-defined]
    assert declared == {(row[0], row[1]) for row in mark.args[1]}


@pytest.mark.parametrize(
    ("listed", "after"),
    [
        (json_answer({"campaigns": []}), Percent(50)),
        (campaign("7", "OTHER"), Percent(50)),
        (campaign("7"), Percent(901)),
        (campaign("7"), Money.of("1", "EUR")),
    ],
)
def test_a_placement_that_could_cost_the_others_is_never_sent(
    ads: AmazonAds, amazon: Amazon, listed: httpx.Response, after: Value
) -> None:
    amazon.on(CAMPAIGNS, listed)
    (receipt,) = ads.apply({"p": bid_change("7", after, "placement_top", "campaign")})
    assert (receipt.fate, receipt.code) == (Fate.REFUSED, "NOT_SENT")
    assert not amazon.asked("PUT /sp/campaigns")


def test_a_placement_whose_campaign_cannot_be_read_waits(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(CAMPAIGNS, *[json_answer({"code": "FORBIDDEN", "message": "no"}, 403)] * 6)
    (receipt,) = ads.apply({"p": bid_change("7", Percent(50), "placement_top", "campaign")})
    assert (receipt.fate, receipt.retry_after_seconds > 0) == (Fate.NOT_APPLIED, True)
    assert not amazon.asked("PUT /sp/campaigns")


@pytest.mark.parametrize("status", [400, 403, 404, 415, 422])
def test_a_refused_call_refuses_every_change(ads: AmazonAds, amazon: Amazon, status: int) -> None:
    amazon.on(PUT, json_answer({"code": "INVALID_ARGUMENT", "message": "no"}, status))
    found = ads.apply(bids("1", "2"))
    assert [(each.fate, each.code, each.message) for each in found] == [(Fate.REFUSED, "INVALID_ARGUMENT", "no")] * 2


def test_a_throttled_call_was_not_applied_and_says_when_to_come_back(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(PUT, json_answer({"code": "THROTTLED"}, 429, retry_after="7"))
    (found,) = ads.apply(bids("1"))
    assert (found.fate, found.retry_after_seconds) == (Fate.NOT_APPLIED, 7)
    assert len(amazon.asked(PUT)) == 1


def test_while_a_lane_is_closed_nothing_more_is_sent(ads: AmazonAds, amazon: Amazon, clock: SetClock) -> None:
    amazon.on(PUT, json_answer({"code": "THROTTLED"}, 429, retry_after="60"))
    ads.apply(bids("1"))
    (found,) = ads.apply(bids("1"))
    assert found.fate is Fate.NOT_APPLIED
    assert 50 < found.retry_after_seconds <= 60
    assert len(amazon.asked(PUT)) == 1
    assert clock.now() == NOW


def test_a_rejected_token_means_not_applied_and_is_not_used_again(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(PUT, json_answer({"code": "UNAUTHORIZED"}, 401), answered([{"index": 0, "keywordId": "k0"}], []))
    (first,) = ads.apply(bids("1"))
    (second,) = ads.apply(bids("1"))
    assert (first.fate, second.fate) == (Fate.NOT_APPLIED, Fate.ACCEPTED)
    used = [each.headers["authorization"] for each in amazon.asked(PUT)]
    assert used == ["Bearer Atza|token-1", "Bearer Atza|token-2"]


@pytest.mark.parametrize(
    "fault",
    [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x")],
    ids=lambda f: type(f).__name__,
)
def test_what_never_left_was_not_applied(ads: AmazonAds, amazon: Amazon, fault: Exception) -> None:
    amazon.on(PUT, fault)
    assert [each.fate for each in ads.apply(bids("1", "2"))] == [Fate.NOT_APPLIED] * 2
    assert len(amazon.asked(PUT)) == 1


LOST: list[object] = [
    httpx.ReadTimeout("x"), httpx.WriteTimeout("x"), httpx.ReadError("x"), httpx.WriteError("x"),
    httpx.RemoteProtocolError("x"), httpx.Response(500), httpx.Response(502, text="<html>"), httpx.Response(504),
    httpx.Response(207, text="<html>gateway</html>"), httpx.Response(207, text='{"keywords": {"succ'),
    httpx.Response(207, json=[]), httpx.Response(207, json={}), httpx.Response(207, json={"keywords": []}),
    httpx.Response(207, json={"targetingClauses": {"success": [{"index": 0}]}}), httpx.Response(200),
    httpx.Response(302), httpx.Response(409),
]  # fmt: skip


@pytest.mark.parametrize("answer", LOST, ids=str)
def test_everything_else_is_unknown_and_never_sent_twice(ads: AmazonAds, amazon: Amazon, answer: object) -> None:
    amazon.on(PUT, answer)  # type: ignore[arg-type]
    assert [each.fate for each in ads.apply(bids("1", "2"))] == [Fate.UNKNOWN] * 2
    assert len(amazon.asked(PUT)) == 1


def test_an_index_that_is_missing_doubled_or_out_of_range_is_unknown(ads: AmazonAds, amazon: Amazon) -> None:
    ok = [{"index": n, "keywordId": f"k{n}"} for n in (0, 1, 1)]
    strange: list[object] = [{"index": 99}, {"index": -1}, {"index": "0"}, {"index": True}, {}, 5]
    amazon.on(PUT, answered([*ok, *strange], [error(2, "rangeError"), {"index": 4}]))
    found = by_proposal(ads.apply(bids("1", "2", "3", "4", "5")))
    assert [found[f"p{n}"].fate for n in range(5)] == [
        Fate.ACCEPTED, Fate.UNKNOWN, Fate.REFUSED, Fate.UNKNOWN, Fate.REFUSED
    ]  # fmt: skip


def test_an_item_named_among_both_is_unknown(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(PUT, answered([{"index": 0}], [error(0, "rangeError")]))
    (found,) = ads.apply(bids("1"))
    assert found.fate is Fate.UNKNOWN


def test_a_success_for_another_thing_is_unknown(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(PUT, answered([{"index": 0, "keywordId": "someone-else"}], []))
    (found,) = ads.apply(bids("1"))
    assert found.fate is Fate.UNKNOWN


def test_a_definite_no_beside_a_throttle_is_a_no(ads: AmazonAds, amazon: Amazon) -> None:
    both = {"index": 0, "errors": error(0, "rangeError", "TOO_LOW")["errors"] + error(0, "throttledError")["errors"]}  # type: ignore[operator]
    amazon.on(PUT, answered([], [both]))
    (found,) = ads.apply(bids("1"))
    assert (found.fate, found.code) == (Fate.REFUSED, "TOO_LOW")


@pytest.mark.parametrize(
    "change",
    [
        bid_change("k", Money.of("1", "USD")),
        bid_change("k", 5),
        bid_change("k", "paused"),
        bid_change("k", "archived", "state"),
        bid_change("k", None, "state"),
        bid_change("k", None, "default_bid", "ad_group"),
        bid_change("k", None, "budget", "campaign"),
    ],
    ids=str,
)
def test_what_amazon_must_not_see_is_refused_here(ads: AmazonAds, amazon: Amazon, change: Change) -> None:
    (found,) = ads.apply({"p": change})
    assert (found.fate, found.code) == (Fate.REFUSED, "NOT_SENT")
    assert amazon.requests == []


def test_a_change_kept_back_does_not_move_the_others(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(PUT, answered([{"index": 0, "keywordId": "k1"}], [error(1, "rangeError")]))
    wishes = {
        "bad": ("k0", "1", "USD"),
        "good": ("k1", "1", "EUR"),
        "twice": ("k1", "2", "EUR"),
        "low": ("k2", "0", "EUR"),
    }
    changes = {name: bid_change(id, Money.of(*amount)) for name, (id, *amount) in wishes.items()}
    found = by_proposal(ads.apply(changes))
    assert {name: receipt.fate for name, receipt in found.items()} == {
        "bad": Fate.REFUSED, "good": Fate.ACCEPTED, "twice": Fate.REFUSED, "low": Fate.REFUSED,
    }  # fmt: skip
    assert found["twice"].code == "NOT_SENT"
    assert len(amazon.bodies(PUT)[0]["keywords"]) == 2  # type: ignore[arg-type]


def test_a_batch_of_two_kinds_is_a_mistake_of_the_caller(ads: AmazonAds) -> None:
    with pytest.raises(ValueError, match="not one batch"):
        ads.apply({"a": bid_change("1", None), "b": bid_change("1", "paused", "state")})
    with pytest.raises(ValueError, match="not one batch"):
        ads.apply(bids(*["1"] * 1001))


def test_without_a_token_nothing_is_sent(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on("POST /auth/o2/token", json_answer({"error": "invalid_grant"}, 400))
    (found,) = ads.apply(bids("1"))
    assert found.fate is Fate.NOT_APPLIED
    assert "invalid_grant" in found.message
    assert amazon.asked(PUT) == []


def test_live_reads_the_field_by_id_and_leaves_out_what_is_not_listed(ads: AmazonAds, amazon: Amazon) -> None:
    one = {"keywordId": "k1", "campaignId": "c", "adGroupId": "g", "keywordText": "t", "matchType": "EXACT",
           "state": "ENABLED"}  # fmt: skip
    first = {"keywords": [{**one, "bid": 0.83}], "nextToken": "n"}
    second = {"keywords": [{**one, "keywordId": "k2"}, {**one, "keywordId": "k9", "bid": 1}]}
    amazon.on("POST /sp/keywords/list", json_answer(first), json_answer(second))
    entities = [Entity("shop", "keyword", id) for id in ("k1", "k2", "k3")]
    assert ads.live(entities, "bid") == {entities[0]: Money(830_000, "EUR"), entities[1]: None}
    bodies = amazon.bodies("POST /sp/keywords/list")
    assert bodies[0]["keywordIdFilter"] == {"include": ["k1", "k2", "k3"]}
    assert bodies[1]["nextToken"] == "n"


def test_live_asks_for_at_most_a_thousand_at_a_time(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on("POST /sp/keywords/list", json_answer({"keywords": []}))
    assert ads.live([Entity("shop", "keyword", str(n)) for n in range(2500)], "state") == {}
    sizes = [len(body["keywordIdFilter"]["include"]) for body in amazon.bodies("POST /sp/keywords/list")]  # type: ignore[index]
    assert sizes == [1000, 1000, 500]


HUB = Creation.of("keyword", "g1", "exact", "hub")
POST, GROUPS = "POST /sp/keywords", "POST /sp/adGroups/list"


def new(kind: str, match: str, text: str, bid: str | None = "0.82") -> Change:
    made = Creation.of(kind, "g1", match, text, Money.of(bid, "EUR") if bid else None)
    return Change(Entity("shop", kind, made.key), CREATE, None, made)


def group(id: str = "g1") -> httpx.Response:
    return json_answer({"adGroups": [{"adGroupId": id, "campaignId": "c1"}]})


@pytest.mark.parametrize(
    ("change", "path", "item"),
    [
        (new("keyword", "exact", "USB  c hub"), "/sp/keywords",
         {"keywordText": "usb c hub", "matchType": "EXACT", "bid": Decimal("0.82")}),
        (new("negative_keyword", "negative_phrase", "free", None), "/sp/negativeKeywords",
         {"keywordText": "free", "matchType": "NEGATIVE_PHRASE"}),
        (new("product_target", "asin", "b0abcdefgh"), "/sp/targets",
         {"expressionType": "MANUAL", "expression": [{"type": "ASIN_SAME_AS", "value": "B0ABCDEFGH"}],
          "bid": Decimal("0.82")}),
    ],
    ids=["keyword", "negative keyword", "product target"],
)  # fmt: skip
def test_something_new_is_sent_whole(
    ads: AmazonAds, amazon: Amazon, change: Change, path: str, item: dict[str, object]
) -> None:
    amazon.on(GROUPS, group())
    ads.apply({"p": change})
    (sent,) = [each for each in amazon.requests if each.url.path == path]
    assert sent.method == "POST"
    (items,) = httpx.Response(200, content=sent.content).json(parse_float=Decimal).values()
    assert items == [{"campaignId": "c1", "adGroupId": "g1", "state": "ENABLED", **item}]


def test_each_new_thing_ends_by_its_own_receipt_and_a_duplicate_is_there(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(GROUPS, group())
    amazon.on(POST, answered(
        [{"index": 0, "keywordId": "k9"}, {"index": 4}, {"index": 7, "keywordId": "k7"}],
        [error(1, "duplicateValueError", "DUPLICATE_VALUE"), error(2, "entityQuotaError", "QUOTA_EXCEEDED"),
         error(3, "throttledError")],
    ))  # fmt: skip
    found = by_proposal(ads.apply({f"p{n}": new("keyword", "exact", f"hub {n}") for n in range(6)}))
    assert [found[f"p{n}"].fate for n in range(6)] == [
        Fate.ACCEPTED, Fate.ACCEPTED, Fate.REFUSED, Fate.NOT_APPLIED, Fate.UNKNOWN, Fate.UNKNOWN,
    ]  # fmt: skip
    assert (found["p0"].message, found["p1"].code) == ("made k9", "DUPLICATE_VALUE")


def test_what_says_two_things_of_one_new_thing_is_unknown(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(GROUPS, group())
    amazon.on(POST, answered([{"index": 0, "keywordId": "k9"}], [error(0, "duplicateValueError")]))
    (receipt,) = ads.apply({"p": new("keyword", "exact", "hub")})
    assert receipt.fate is Fate.UNKNOWN


@pytest.mark.parametrize(
    "change",
    [
        new("keyword", "negative_exact", "hub"),
        Change(Entity("shop", "keyword", "g1/exact/another"), CREATE, None, HUB),
        Change(Entity("shop", "keyword", "g1/exact/hub"), CREATE, None, "hub"),
        Change(Entity("shop", "keyword", "g1/exact/hub"), CREATE, None,
               Creation.of("keyword", "g1", "exact", "hub", Money.of("1", "USD"))),
        Change(Entity("shop", "keyword", "g2/exact/hub"), CREATE, None, Creation.of("keyword", "g2", "exact", "hub")),
    ],
)  # fmt: skip
def test_what_cannot_be_made_as_meant_is_never_sent(ads: AmazonAds, amazon: Amazon, change: Change) -> None:
    amazon.on(GROUPS, group())
    (receipt,) = ads.apply({"p": change})
    assert (receipt.fate, receipt.code) == (Fate.REFUSED, "NOT_SENT")
    assert not amazon.asked(POST)


def test_something_new_is_looked_for_by_its_words_whatever_its_bid(ads: AmazonAds, amazon: Amazon) -> None:
    there, absent = new("keyword", "exact", "usb c hub"), new("keyword", "phrase", "usb c hub")
    lost = Change(Entity("shop", "keyword", "g2/exact/hub"), CREATE, None, Creation.of("keyword", "g2", "exact", "hub"))
    amazon.on(GROUPS, group())
    amazon.on("POST /sp/keywords/list", json_answer({"keywords": [
        {"keywordId": "k5", "campaignId": "c1", "adGroupId": "g1", "state": "PAUSED", "keywordText": "USB C hub",
         "matchType": "EXACT", "bid": 2.5}]}))  # fmt: skip
    found = ads.live([there.entity, absent.entity, lost.entity], CREATE)
    assert found == {there.entity: there.after, absent.entity: None}
    made = found[there.entity]
    assert isinstance(made, Creation)
    assert (made.id, made.bid) == ("k5", Money.of("2.5", "EUR"))
