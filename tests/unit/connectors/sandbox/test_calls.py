"""The calls over real HTTP: who may call, how lists page, how writes are judged item by item."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.sandbox.scenario import Scenario

SP = "application/vnd.spKeyword.v3+json"


def test_a_refresh_token_becomes_an_access_token_for_an_hour(amazon: Any) -> None:
    reply = amazon.token()
    assert reply.status == 200
    assert reply.json["expires_in"] == 3600
    assert reply.json["access_token"].startswith("Atza|")


def test_wrong_credentials_are_refused_in_the_words_of_oauth(amazon: Any) -> None:
    assert amazon.token(client_secret="guess").json["error"] == "invalid_client"
    reply = amazon.token(refresh_token="Atzr|other")
    assert (reply.status, reply.json["error"]) == (400, "invalid_grant")


def test_the_profile_is_named_with_its_marketplace(amazon: Any) -> None:
    profile = amazon.call("GET", "/v2/profiles").json[0]
    assert profile["countryCode"] == "US"
    assert profile["profileId"] == amazon.server.scenario.account.profile
    assert amazon.call("GET", "/v2/profiles?profileTypeFilter=vendor").json == []


@pytest.mark.parametrize(
    "missing", ["Authorization", "Amazon-Advertising-API-ClientId", "Amazon-Advertising-API-Scope"]
)
def test_a_call_without_its_headers_is_not_authorised(amazon: Any, missing: str) -> None:
    del amazon.headers[missing]
    reply = amazon.sp("POST", "keywords/list", {})
    assert (reply.status, reply.json["code"]) == (401, "UNAUTHORIZED")


def test_another_profile_is_not_authorised(amazon: Any) -> None:
    amazon.headers["Amazon-Advertising-API-Scope"] = "1"
    assert amazon.sp("POST", "keywords/list", {}).status == 401


def test_an_access_token_ends_after_its_hour(amazon: Any) -> None:
    amazon.clock.sleep(3601)
    assert amazon.sp("POST", "keywords/list", {}).status == 401
    amazon.log_in()
    assert amazon.sp("POST", "keywords/list", {}).status == 200


def test_a_wrong_media_type_is_refused_on_the_way_in_and_on_the_way_out(amazon: Any) -> None:
    assert amazon.sp("POST", "keywords/list", {}, Content_Type="application/json").status == 415
    assert amazon.sp("POST", "keywords/list", {}, Accept="application/json").status == 406
    assert amazon.sp("POST", "keywords/list", {}, Accept=SP).status == 200


@pytest.mark.parametrize("body", ["", "nonsense", "[1]", '{"maxResults": -1}', '{"stateFilter": 7}',
                                  '{"nextToken": "x"}', '{"stateFilter": {"include": [1]}}', "[" * 50_000])  # fmt: skip
def test_a_body_that_makes_no_sense_is_an_invalid_argument(amazon: Any, body: str) -> None:
    reply = amazon.call("POST", "/sp/keywords/list", body, {**amazon.headers, "Content-Type": SP, "Accept": SP})
    assert reply.status == (200 if body == "" else 400)


def test_an_unknown_path_is_not_found_and_every_answer_has_a_request_id(amazon: Any) -> None:
    reply = amazon.call("GET", "/v9/nothing")
    assert reply.status == 404
    assert reply.headers["x-amzn-requestid"]


def test_pages_join_to_the_whole_list_without_gaps_or_repeats(amazon: Any) -> None:
    whole = [one["keywordId"] for one in amazon.list("keywords")]
    pages, token = [], None
    while True:
        body = {"maxResults": 37, "stateFilter": {"include": ["ENABLED", "PAUSED"]}}
        page = amazon.sp("POST", "keywords/list", body | ({"nextToken": token} if token else {})).json
        pages += [one["keywordId"] for one in page["keywords"]]
        token = page.get("nextToken")
        if token is None:
            break
    assert pages == whole
    assert page["totalResults"] == len(whole)


def test_a_token_of_another_request_is_refused(amazon: Any) -> None:
    token = amazon.sp("POST", "keywords/list", {"maxResults": 5}).json["nextToken"]
    other = {"maxResults": 5, "nextToken": token, "stateFilter": {"include": ["PAUSED"]}}
    assert amazon.sp("POST", "keywords/list", other).status == 400


def test_filters_keep_what_they_name(amazon: Any) -> None:
    campaign = amazon.list("campaigns", nameFilter={"include": ["DM-01 exact"], "queryTermMatchType": "EXACT_MATCH"})[0]
    keywords = amazon.list("keywords", campaignIdFilter={"include": [campaign["campaignId"]]})
    assert {one["matchType"] for one in keywords} == {"EXACT"}
    assert len(keywords) == 20
    autos = amazon.list("targets", expressionTypeFilter={"include": ["AUTO"]})
    assert len(autos) == 4 * len(amazon.server.scenario.products)
    assert amazon.list("keywords", keywordIdFilter={"include": []}) == []


def test_ids_are_text_and_campaigns_are_named_by_sku_and_plan(amazon: Any) -> None:
    names = {one["name"] for one in amazon.list("campaigns")}
    assert {"DM-01 auto", "DM-01 exact", "DM-01 phrase", "DM-01 product"} <= names
    assert all(isinstance(one["campaignId"], str) for one in amazon.list("productAds"))


def test_a_new_bid_is_accepted_read_back_and_logged(amazon: Any) -> None:
    id = amazon.list("keywords")[0]["keywordId"]
    answer = amazon.update("keywords", {"keywordId": id, "bid": 0.83})
    assert answer == {"success": [{"index": 0, "keywordId": id}], "error": []}
    assert amazon.keyword(id)["bid"] == 0.83
    effect = next(amazon.server.log.effects_on("keyword", id))
    assert (effect.field, effect.after, effect.through[:7]) == ("bid", 830_000, "SANDBOX")


def test_a_bid_of_null_hands_the_keyword_back_to_its_ad_group(amazon: Any) -> None:
    id = next(one["keywordId"] for one in amazon.list("keywords") if "bid" in one)
    amazon.update("keywords", {"keywordId": id, "bid": None})
    assert "bid" not in amazon.keyword(id)


def test_setting_what_is_already_so_is_a_success_without_an_effect(amazon: Any) -> None:
    keyword = next(one for one in amazon.list("keywords") if "bid" in one)
    amazon.update("keywords", {"keywordId": keyword["keywordId"], "bid": keyword["bid"]})
    assert list(amazon.server.log.effects_on("keyword", keyword["keywordId"])) == []


def test_each_item_of_a_batch_is_judged_for_itself(amazon: Any) -> None:
    first, second, third = (one["keywordId"] for one in amazon.list("keywords")[:3])
    amazon.server.edit("keyword", third, "state", "ARCHIVED")
    answer = amazon.update(
        "keywords",
        {"keywordId": first, "bid": 0.5}, {"keywordId": second, "bid": 0.001}, {"keywordId": "404", "bid": 1},
        {"keywordId": third, "bid": 1}, {"bid": 1}, {"keywordId": first, "state": "SLEEPING"},
        {"keywordId": second, "bid": "1.00"}, {"keywordId": second, "text": "x"},
    )  # fmt: skip
    assert [one["index"] for one in answer["success"]] == [0]
    kinds = {one["index"]: one["errors"][0]["errorType"] for one in answer["error"]}
    assert kinds == {1: "biddingError", 2: "entityNotFoundError", 3: "entityStateError", 4: "missingValueError",
                     5: "rangeError", 6: "malformedValueError", 7: "otherError"}  # fmt: skip
    limits = answer["error"][0]["errors"][0]["errorValue"]["biddingError"]
    assert (limits["lowerLimit"], limits["upperLimit"], limits["marketplace"]) == ("0.02", "1000", "US")
    assert limits["cause"] == {"location": "$.keywords[1].bid", "trigger": "0.001"}


def test_what_is_in_an_archived_campaign_can_no_longer_be_changed(amazon: Any) -> None:
    keyword = amazon.list("keywords")[0]
    amazon.server.edit("campaign", keyword["campaignId"], "state", "ARCHIVED")
    answer = amazon.update("keywords", {"keywordId": keyword["keywordId"], "bid": 1})
    error = answer["error"][0]["errors"][0]["errorValue"]["entityStateError"]
    assert error["reason"] == "PARENT_ARCHIVED_FORBIDS_UPDATES"


def test_campaigns_ad_groups_targets_ads_and_negatives_can_be_updated(amazon: Any) -> None:
    campaign, group = amazon.list("campaigns")[0], amazon.list("adGroups")[0]
    budget = {"budget": 12.5, "budgetType": "DAILY"}
    amazon.update("campaigns", {"campaignId": campaign["campaignId"], "budget": budget, "state": "PAUSED"})
    amazon.update("adGroups", {"adGroupId": group["adGroupId"], "defaultBid": 0.61, "name": "renamed"})
    for what, id in (("targets", "targetId"), ("productAds", "adId"), ("negativeKeywords", "keywordId")):
        thing = amazon.list(what)[0]
        assert amazon.update(what, {id: thing[id], "state": "PAUSED"})["error"] == []
        assert amazon.list(what)[0]["state"] == "PAUSED"
    assert amazon.list("campaigns")[0]["budget"]["budget"] == 12.5
    assert amazon.list("campaigns")[0]["state"] == "PAUSED"
    assert (amazon.list("adGroups")[0]["defaultBid"], amazon.list("adGroups")[0]["name"]) == (0.61, "renamed")


def test_a_budget_out_of_range_and_a_name_taken_are_refused(amazon: Any) -> None:
    first, second = amazon.list("campaigns")[:2]
    low = {"campaignId": first["campaignId"], "budget": {"budget": 0.5, "budgetType": "DAILY"}}
    taken = {"campaignId": first["campaignId"], "name": second["name"]}
    answer = amazon.update("campaigns", low, taken)
    errors = [one["errors"][0]["errorValue"] for one in answer["error"]]
    assert errors[0]["rangeError"]["reason"] == "TOO_LOW"
    assert errors[1]["duplicateValueError"]["reason"] == "NAME_NOT_UNIQUE"


def test_a_write_shows_the_whole_thing_when_asked_to(amazon: Any) -> None:
    id = amazon.list("keywords")[0]["keywordId"]
    body = {"keywords": [{"keywordId": id, "bid": 0.9}]}
    reply = amazon.sp("PUT", "keywords", body, Prefer="return=representation")
    assert reply.json["keywords"]["success"][0]["keyword"]["bid"] == 0.9


def test_more_than_a_thousand_items_are_refused_as_a_whole(amazon: Any) -> None:
    id = amazon.list("keywords")[0]["keywordId"]
    items = [{"keywordId": id, "bid": 1}] * 1001
    assert amazon.sp("PUT", "keywords", {"keywords": items}).status == 400
    assert list(amazon.server.log.effects_on("keyword", id)) == []


def test_a_new_keyword_is_created_once_and_finds_shoppers(amazon: Any) -> None:
    group = next(one for one in amazon.list("adGroups") if one["name"] == "DM-01 exact")
    new = {"campaignId": group["campaignId"], "adGroupId": group["adGroupId"], "keywordText": "garlic crusher",
           "matchType": "EXACT", "state": "ENABLED", "bid": 3.0}  # fmt: skip
    reply = amazon.sp("POST", "keywords", {"keywords": [new, new, new | {"adGroupId": "1"}]}).json["keywords"]
    assert [one["index"] for one in reply["success"]] == [0]
    kinds = [one["errors"][0]["errorType"] for one in reply["error"]]
    assert kinds == ["duplicateValueError", "parentEntityError"]
    id = reply["success"][0]["keywordId"]
    amazon.clock.sleep(86_400 * 10)
    amazon.log_in()
    rows = [row for row in amazon.rows() if row["keywordId"] == int(id)]
    assert sum(row["impressions"] for row in rows) > 0


def test_a_negative_keyword_is_created(amazon: Any) -> None:
    group = amazon.list("adGroups")[0]
    new = {"campaignId": group["campaignId"], "adGroupId": group["adGroupId"], "keywordText": "plastic",
           "matchType": "NEGATIVE_EXACT", "state": "ENABLED"}  # fmt: skip
    reply = amazon.sp("POST", "negativeKeywords", {"negativeKeywords": [new]}).json["negativeKeywords"]
    listed = amazon.list(
        "negativeKeywords", negativeKeywordIdFilter={"include": [reply["success"][0]["negativeKeywordId"]]}
    )
    assert listed[0]["keywordText"] == "plastic"


def test_reads_lag_behind_writes_when_the_scenario_says_so(start: Callable[[Scenario], Any], small: Scenario) -> None:
    amazon = start(replace(small, wire=replace(small.wire, read_lag_seconds=30)))
    id, before = next((one["keywordId"], one["bid"]) for one in amazon.list("keywords") if "bid" in one)
    amazon.update("keywords", {"keywordId": id, "bid": 0.11})
    amazon.clock.sleep(10)
    amazon.update("keywords", {"keywordId": id, "bid": 0.22})
    assert amazon.keyword(id)["bid"] == before
    amazon.clock.sleep(20)
    assert amazon.keyword(id)["bid"] == 0.11
    amazon.clock.sleep(10)
    assert amazon.keyword(id)["bid"] == 0.22


def test_too_many_calls_are_asked_to_come_back_later(start: Callable[[Scenario], Any], small: Scenario) -> None:
    amazon = start(replace(small, wire=replace(small.wire, rate=0.5, burst=3)))
    statuses = [amazon.sp("POST", "campaigns/list", {}).status for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    reply = amazon.sp("POST", "campaigns/list", {})
    assert reply.headers["retry-after"] == "2"
    assert reply.json["code"] == "THROTTLED"
    amazon.clock.sleep(2)
    assert amazon.sp("POST", "campaigns/list", {}).status == 200


def test_ten_thousand_updates_take_effect_in_ten_calls(amazon: Any) -> None:
    ids = [one["keywordId"] for one in amazon.list("keywords")]
    for batch in range(10):
        items = [{"keywordId": ids[n % len(ids)], "bid": (30 + batch) / 100} for n in range(1000)]
        answer = amazon.update("keywords", *items)
        assert len(answer["success"]) == 1000
    assert {one["bid"] for one in amazon.list("keywords")} == {0.39}
    assert len(list(amazon.server.log.of("keywords.update"))) == 10
