"""Snapshots: every page, our words, exact money; what was not promised is an error that names its field."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date

import httpx
import pytest

from agent.errors import ConfigError, ContractError, CredentialError, SourceError
from agent.model.fact import Delivered, Grain, Rows
from agent.model.kinds import STREAMS
from agent.model.window import Span
from connectors.amazon_ads import AmazonAds
from connectors.amazon_ads.facts import COLUMNS
from connectors.amazon_ads.resources import BY_STREAM, RESOURCES
from tests.scripted_amazon import Amazon, json_answer

TODAY = Span(date(2026, 3, 20), date(2026, 3, 20))
INSIDE = {"campaignId": "c1", "adGroupId": "g1", "state": "ENABLED"}
ITEMS: dict[str, dict[str, object]] = {
    "campaigns": {"campaignId": "c1", "name": "Ünïcode 掌柜", "state": "PAUSED", "targetingType": "MANUAL",
                  "startDate": "2026-01-01", "budget": {"budget": 12.34, "budgetType": "DAILY"}, "portfolioId": "p9",
                  "dynamicBidding": {"strategy": "LEGACY_FOR_SALES",
                                     "placementBidding": [{"placement": "PLACEMENT_TOP", "percentage": 45},
                                                          {"placement": "SITE_AMAZON_BUSINESS", "percentage": 7}]}},
    "ad_groups": {"adGroupId": "g1", "campaignId": "c1", "name": "group", "state": "ENABLED", "defaultBid": 0.07},
    "keywords": {**INSIDE, "keywordId": "k1", "keywordText": "usb c hub", "matchType": "EXACT", "bid": 0.29},
    "product_targets": {**INSIDE, "targetId": "t1", "expressionType": "MANUAL", "bid": 1,
                        "expression": [{"type": "ASIN_SAME_AS", "value": "B0ABCDEFGH"}],
                        "resolvedExpression": [{"type": "ASIN_SAME_AS", "value": "B0ABCDEFGH"}]},
    "product_ads": {**INSIDE, "adId": "a1", "sku": "SKU-1", "asin": "B0ABCDEFGH"},
    "negative_keywords": {**INSIDE, "keywordId": "n1", "keywordText": "free", "matchType": "NEGATIVE_PHRASE"},
}  # fmt: skip
EXPECTED: dict[str, dict[str, object]] = {
    "campaigns": {"entity": "c1", "name": "Ünïcode 掌柜", "state": "paused", "targeting_type": "manual",
                  "budget": 12_340_000, "bidding_strategy": "legacy_for_sales", "portfolio_id": "p9",
                  "placement_top": 0.45, "placement_product_page": 0.0, "placement_rest": 0.0},
    "ad_groups": {"entity": "g1", "name": "group", "state": "enabled", "default_bid": 70_000, "campaign_id": "c1"},
    "keywords": {"entity": "k1", "text": "usb c hub", "match_type": "exact", "state": "enabled", "bid": 290_000,
                 "campaign_id": "c1", "ad_group_id": "g1"},
    "product_targets": {"entity": "t1", "text": "asin=B0ABCDEFGH", "target_type": "manual", "state": "enabled",
                        "bid": 1_000_000, "campaign_id": "c1", "ad_group_id": "g1"},
    "product_ads": {"entity": "a1", "sku": "SKU-1", "asin": "B0ABCDEFGH", "state": "enabled", "campaign_id": "c1",
                    "ad_group_id": "g1"},
    "negative_keywords": {"entity": "n1", "text": "free", "match_type": "negative_phrase", "state": "enabled",
                          "campaign_id": "c1", "ad_group_id": "g1"},
}  # fmt: skip
REQUIRED = [(stream, part.source) for stream, parts in COLUMNS.items() for part in parts.values() if part.required] + [
    (resource.stream, resource.id) for resource in RESOURCES
]


def route(stream: str) -> str:
    return f"POST {BY_STREAM[stream].path}/list"


def page(stream: str, *items: object, token: object = None) -> httpx.Response:
    body: dict[str, object] = {BY_STREAM[stream].key: list(items), "totalResults": len(items)}
    return json_answer(body if token is None else body | {"nextToken": token})


def pulled(ads: AmazonAds, stream: str) -> list[dict[str, object]]:
    delivered = ads.pull(STREAMS[stream], TODAY, None)
    assert isinstance(delivered, Delivered)
    assert delivered.span is None
    (rows,) = delivered.batches
    assert isinstance(rows, Rows)
    return [{name: column[n] for name, column in rows.columns.items()} for n in range(len(rows))]


def test_every_declared_snapshot_has_a_list_and_every_column_a_source() -> None:
    snapshots = {name: stream for name, stream in STREAMS.items() if stream.grain is Grain.SNAPSHOT}
    assert set(COLUMNS) == set(BY_STREAM) <= set(snapshots)
    for name in BY_STREAM:
        stream = snapshots[name]
        assert set(COLUMNS[name]) == {column.name for column in stream.columns}
        assert BY_STREAM[name].kind == stream.kind


@pytest.mark.parametrize("stream", ITEMS)
def test_a_listed_thing_becomes_a_row_in_our_words(ads: AmazonAds, amazon: Amazon, stream: str) -> None:
    amazon.on(route(stream), page(stream, ITEMS[stream]))
    assert pulled(ads, stream) == [EXPECTED[stream]]


@pytest.mark.parametrize("stream", ITEMS)
def test_a_list_asks_for_what_lives_in_pages_of_a_named_size(ads: AmazonAds, amazon: Amazon, stream: str) -> None:
    amazon.on(route(stream), page(stream))
    assert pulled(ads, stream) == []
    (request,) = amazon.asked(route(stream))
    assert json.loads(request.content) == {
        "stateFilter": {"include": ["ENABLED", "PAUSED"]}, "maxResults": 1000, "includeExtendedDataFields": False,
    }  # fmt: skip
    assert request.headers["content-type"] == request.headers["accept"] == BY_STREAM[stream].media_type


def test_all_pages_are_read_and_a_thing_seen_twice_counts_as_last_seen(ads: AmazonAds, amazon: Amazon) -> None:
    one, two = ITEMS["keywords"], {**ITEMS["keywords"], "keywordId": "k2"}
    amazon.on(route("keywords"), page("keywords", one, token="A"), page("keywords", token="B"),
              page("keywords", two, {**one, "bid": 0.31}))  # fmt: skip
    found = {row["entity"]: row["bid"] for row in pulled(ads, "keywords")}
    assert found == {"k1": 310_000, "k2": 290_000}
    assert [body.get("nextToken") for body in amazon.bodies(route("keywords"))] == [None, "A", "B"]


def test_a_token_that_comes_back_for_ever_is_an_error(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(route("keywords"), page("keywords", ITEMS["keywords"], token="again"))
    with pytest.raises(ContractError, match="same nextToken"):
        pulled(ads, "keywords")
    assert len(amazon.asked(route("keywords"))) == 2


def test_tokens_that_go_in_a_circle_are_an_error(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(route("keywords"), *(page("keywords", token=token) for token in "ABCDA"))
    with pytest.raises(ContractError, match="same nextToken"):
        pulled(ads, "keywords")


@pytest.mark.parametrize(("stream", "source"), REQUIRED)
def test_a_thing_without_a_promised_field_names_operation_and_field(
    ads: AmazonAds, amazon: Amazon, stream: str, source: str
) -> None:
    item = copy.deepcopy(ITEMS[stream])
    inner: dict[str, object] = item
    *path, last = source.split(".")
    for name in path:
        inner = inner[name]  # type: ignore[assignment]
    del inner[last]
    amazon.on(route(stream), page(stream, item))
    with pytest.raises(ContractError) as caught:
        pulled(ads, stream)
    assert f"{stream}.list lacks {source}" in caught.value.message
    assert (caught.value.operation, caught.value.request_id) == (f"{stream}.list", "R-1")


@pytest.mark.parametrize("value", ["much", True, [], {}, "NaN", -1, 1e-9, 10**30])
def test_a_bid_that_is_no_amount_is_an_error(ads: AmazonAds, amazon: Amazon, value: object) -> None:
    amazon.on(route("keywords"), page("keywords", {**ITEMS["keywords"], "bid": value}))
    with pytest.raises(ContractError, match="unreadable bid"):
        pulled(ads, "keywords")


def test_money_is_read_digit_by_digit(ads: AmazonAds, amazon: Amazon) -> None:
    text = json.dumps({"keywords": [ITEMS["keywords"]]}).replace("0.29", "123456789.123457")
    amazon.on(route("keywords"), httpx.Response(200, text=text))
    assert pulled(ads, "keywords")[0]["bid"] == 123_456_789_123_457


@pytest.mark.parametrize("bid", [{}, {"bid": None}], ids=str)
def test_a_keyword_without_a_bid_has_none_of_its_own(ads: AmazonAds, amazon: Amazon, bid: dict[str, None]) -> None:
    item = {name: value for name, value in ITEMS["keywords"].items() if name != "bid"}
    amazon.on(route("keywords"), page("keywords", item | bid))
    assert pulled(ads, "keywords")[0]["bid"] is None


def test_a_state_nobody_has_told_us_of_is_kept_as_a_word(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(route("keywords"), page("keywords", {**ITEMS["keywords"], "state": "USER_DELETED"}))
    assert pulled(ads, "keywords")[0]["state"] == "user_deleted"


def test_fields_nobody_has_told_us_of_do_not_disturb(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(route("keywords"), page("keywords", {**ITEMS["keywords"], "brandNew": {"x": [1]}}))
    assert pulled(ads, "keywords") == [EXPECTED["keywords"]]


def test_an_id_that_comes_as_a_number_is_text_all_the_same(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(route("keywords"), page("keywords", {**ITEMS["keywords"], "keywordId": 60256654, "campaignId": 5}))
    (row,) = pulled(ads, "keywords")
    assert (row["entity"], row["campaign_id"]) == ("60256654", "5")


@pytest.mark.parametrize(
    ("predicates", "text"),
    [
        ([("QUERY_HIGH_REL_MATCHES", None)], "close-match"),
        ([("QUERY_BROAD_REL_MATCHES", None)], "loose-match"),
        ([("ASIN_SUBSTITUTE_RELATED", "")], "substitutes"),
        ([("ASIN_ACCESSORY_RELATED", None)], "complements"),
        ([("ASIN_EXPANDED_FROM", "B0ABCDEFGH")], "asin-expanded=B0ABCDEFGH"),
        ([("ASIN_CATEGORY_SAME_AS", "123"), ("ASIN_PRICE_LESS_THAN", "20")], "category=123 price<20"),
        ([("ASIN_BRAND_SAME_AS", "9"), ("ASIN_REVIEW_RATING_BETWEEN", "3-5")], "brand=9 rating=3-5"),
        ([("SOMETHING_NEW", "7")], "something_new=7"),
    ],
)
def test_a_target_is_written_as_in_bulk_sheets(
    ads: AmazonAds, amazon: Amazon, predicates: list[tuple[str, str | None]], text: str
) -> None:
    said = [{"type": type} | ({} if value is None else {"value": value}) for type, value in predicates]
    amazon.on(route("product_targets"), page("product_targets", {**ITEMS["product_targets"], "expression": said}))
    assert pulled(ads, "product_targets")[0]["text"] == text


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(200, text="<html>hi</html>"), json_answer([]), json_answer({}), json_answer({"keywords": None}),
     json_answer({"keywords": {}}), json_answer({"keywords": [5]}), json_answer({"campaigns": []}),
     json_answer({"keywords": [], "nextToken": 5}), httpx.Response(200, text='{"keywords": [')],
)  # fmt: skip
def test_an_answer_that_is_no_list_books_nothing(ads: AmazonAds, amazon: Amazon, answer: httpx.Response) -> None:
    amazon.on(route("keywords"), answer)
    with pytest.raises(ContractError) as caught:
        pulled(ads, "keywords")
    assert caught.value.operation == "keywords.list"


def test_an_expired_token_is_renewed_once_and_the_list_goes_on(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(route("keywords"), page("keywords", ITEMS["keywords"], token="A"),
              json_answer({"code": "UNAUTHORIZED"}, 401), page("keywords"))  # fmt: skip
    assert pulled(ads, "keywords") == [EXPECTED["keywords"]]
    used = [each.headers["authorization"] for each in amazon.asked(route("keywords"))]
    assert used == ["Bearer Atza|token-1", "Bearer Atza|token-1", "Bearer Atza|token-2"]


def test_a_second_rejection_stops(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(route("keywords"), json_answer({"code": "UNAUTHORIZED"}, 401))
    with pytest.raises(CredentialError) as caught:
        pulled(ads, "keywords")
    assert (len(amazon.asked(route("keywords"))), amazon.tokens, caught.value.status) == (2, 2, 401)


def test_a_profile_of_somebody_else_is_not_a_reason_to_renew(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(route("keywords"), json_answer({"code": "403"}, 403))
    with pytest.raises(CredentialError):
        pulled(ads, "keywords")
    assert (len(amazon.asked(route("keywords"))), amazon.tokens) == (1, 1)


def test_a_list_that_breaks_on_its_second_page_hands_nothing_over(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on(route("keywords"), page("keywords", ITEMS["keywords"], token="A"), httpx.Response(500))
    with pytest.raises(SourceError):
        pulled(ads, "keywords")


INFO = {"marketplaceStringId": "A1PA6795UKMFR9", "id": "S1", "type": "seller", "name": "Shop"}
PROFILE = {
    "profileId": 1234,
    "countryCode": "DE",
    "currencyCode": "EUR",
    "timezone": "Europe/Berlin",
    "accountInfo": INFO,
}


def test_the_doctor_finds_the_profile_and_names_no_profile_itself(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on("GET /v2/profiles", json_answer([{"profileId": 7}, PROFILE]))
    assert ads.check_credentials() == "profile 1234 (DE Shop)"
    assert "amazon-advertising-api-scope" not in amazon.asked("GET /v2/profiles")[0].headers


def test_a_profile_the_grant_cannot_see_is_named_with_those_it_can(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on("GET /v2/profiles", json_answer([{**PROFILE, "profileId": 99}]))
    with pytest.raises(CredentialError, match="1234") as caught:
        ads.check_credentials()
    assert "99 (DE Shop)" in caught.value.hint


def test_a_profile_of_another_currency_is_refused(ads: AmazonAds, amazon: Amazon) -> None:
    amazon.on("GET /v2/profiles", json_answer([{**PROFILE, "currencyCode": "GBP"}]))
    with pytest.raises(CredentialError, match="GBP"):
        ads.check_credentials()


@pytest.mark.parametrize("answer", [{}, [5], [{}], [{"profileId": None}], [{"profileId": True}], [{"profileId": ""}]])
def test_an_answer_that_is_no_list_of_profiles_is_an_error(ads: AmazonAds, amazon: Amazon, answer: object) -> None:
    amazon.on("GET /v2/profiles", json_answer(answer))
    with pytest.raises(ContractError):
        ads.profiles()


def test_without_a_profile_the_setting_is_named(opened: Callable[[str], AmazonAds], amazon: Amazon) -> None:
    with pytest.raises(ConfigError, match="no advertising profile"):
        pulled(opened(""), "keywords")
