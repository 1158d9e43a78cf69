"""Catalogue, fees and review topics: what is told of our own products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from agent.errors import ContractError, SourceError
from agent.model.fact import Delivered
from agent.model.kinds import STREAMS
from agent.model.marketplace import MARKETPLACES
from agent.model.window import Span
from connectors.selling_partner.catalog import read_catalog
from connectors.selling_partner.fees import read_fees
from connectors.selling_partner.streams import Source
from connectors.selling_partner.topics import read_topics
from tests.scripted_amazon import Amazon, json_answer
from tests.unit.connectors.selling_partner.rows import as_rows
from tests.unit.connectors.selling_partner.shop import HERE, knowing, listing

CATALOG, FEES = "GET /catalog/2022-04-01/items", "POST /products/fees/v0/feesEstimate"
TOPICS = "GET /customerFeedback/2024-06-01/items/B0a/reviews"
TODAY = Span(date(2026, 3, 20), date(2026, 3, 20))


@pytest.fixture
def shop(source: Source) -> Source:
    return knowing(source, listings=[listing("a")])


def test_the_rank_is_the_main_categorys_else_the_best(shop: Source, amazon: Amazon) -> None:
    ranks = {"marketplaceId": HERE, "classificationRanks": [{"rank": 7, "title": "Mugs"}, {"rank": 3, "title": "Cups"}]}
    amazon.on(CATALOG, json_answer({"items": [
        {"asin": "B0a", "salesRanks": [{**ranks, "displayGroupRanks": [{"rank": 900, "title": "Kitchen"}]}],
         "summaries": [{"marketplaceId": "OTHER", "itemName": "x"},
                       {"marketplaceId": HERE, "itemName": "A", "brand": "B"}],
         "productTypes": [{"marketplaceId": HERE, "productType": "MUG"}],
         "relationships": [{"marketplaceId": HERE, "relationships": [{"type": "VARIATION", "parentAsins": ["B0P"]}]}]},
        {"asin": "B0b", "salesRanks": [ranks]}, {"asin": "B0c"},
    ]}))  # fmt: skip
    first, second, third = as_rows(read_catalog(shop, STREAMS["catalog"], TODAY, None))
    assert first == {"entity": "B0a", "title": "A", "brand": "B", "parent_asin": "B0P", "product_type": "MUG",
                     "sales_rank": 900, "rank_category": "Kitchen"}  # fmt: skip
    assert (second["sales_rank"], second["rank_category"]) == (3, "Cups")
    assert (third["sales_rank"], third["title"]) == (None, None)


def test_catalogue_and_fees_are_asked_for_by_twenty(source: Source, amazon: Amazon) -> None:
    shop = knowing(source, listings=[listing(f"s{number:02}") for number in range(41)])
    amazon.on(CATALOG, json_answer({"items": []}))
    amazon.on(FEES, json_answer([]))
    read_catalog(shop, STREAMS["catalog"], TODAY, None)
    read_fees(shop, STREAMS["fees"], TODAY, None)
    assert [len(each.url.params["identifiers"].split(",")) for each in amazon.asked(CATALOG)] == [20, 20, 1]
    assert [len(body) for body in amazon.bodies(FEES)] == [20, 20, 1]


def fee(kind: str, amount: float) -> dict[str, Any]:
    return {"FeeType": kind, "FinalFee": {"Amount": amount, "CurrencyCode": "EUR"}}


def estimate(sku: str, total: float, fees: Sequence[Mapping[str, Any]], status: str = "Success") -> dict[str, Any]:
    return {"Status": status, "FeesEstimateIdentifier": {"MarketplaceId": HERE, "IdValue": sku},
            "FeesEstimate": {"TotalFeesEstimate": {"Amount": total, "CurrencyCode": "EUR"},
                             "FeeDetailList": list(fees)}}  # fmt: skip


def test_fees_are_split_and_come_to_the_total(source: Source, amazon: Amazon) -> None:
    shop = knowing(
        source, listings=[listing("a", price=12_340_000), listing("b c", channel="mfn"), listing("d", price=None)]
    )
    amazon.on(FEES, json_answer([
        estimate("a", 5.07, [fee("ReferralFee", 1.85), fee("FBAFees", 3.0), fee("VariableClosingFee", 0.22)]),
        estimate("b c", 1.8, [fee("ReferralFee", 1.8)]),
        estimate("gone", 0, [], "ClientError"),
    ]))  # fmt: skip
    assert as_rows(read_fees(shop, STREAMS["fees"], TODAY, None)) == [
        {"entity": "a", "referral_fee": 1_850_000, "fulfillment_fee": 3_000_000, "other_fees": 220_000},
        {"entity": "b c", "referral_fee": 1_800_000, "fulfillment_fee": 0, "other_fees": 0},
    ]
    ((first, second),) = amazon.bodies(FEES)
    asked: dict[str, Any] = first["FeesEstimateRequest"]  # type: ignore[index, assignment]
    assert asked["PriceToEstimateFees"]["ListingPrice"] == {"CurrencyCode": "EUR", "Amount": 12.34}
    assert (asked["IsAmazonFulfilled"], second["IdValue"]) == (True, "b c")  # type: ignore[index]
    assert second["FeesEstimateRequest"]["IsAmazonFulfilled"] is False  # type: ignore[index]


def test_an_estimate_amazon_failed_at_is_asked_for_again(shop: Source, amazon: Amazon) -> None:
    amazon.on(FEES, json_answer([estimate("a", 1, [], "ServerError")]))
    with pytest.raises(SourceError, match="has the status ServerError") as caught:
        read_fees(shop, STREAMS["fees"], TODAY, None)
    assert caught.value.retryable


def test_an_answer_about_fees_that_is_no_list_is_refused(shop: Source, amazon: Amazon) -> None:
    amazon.on(FEES, json_answer({"payload": []}))
    with pytest.raises(ContractError, match="is no list"):
        read_fees(shop, STREAMS["fees"], TODAY, None)


def topic(name: str, impact: float | None, share: float = 10.0) -> dict[str, Any]:
    return {"topic": name, "asinMetrics": {"occurrencePercentage": share, "starRatingImpact": impact}}


def trend(name: str, shares: Sequence[float]) -> dict[str, Any]:
    return {"topic": name, "trendMetrics": [
        {"dateRange": {"startDate": f"2026-0{month}-01T00:00:00.000Z", "endDate": f"2026-0{month}-30T00:00:00.000Z"},
         "asinMetrics": {"occurrencePercentage": share}} for month, share in reversed(list(enumerate(shares, start=1)))
    ]}  # fmt: skip


def test_the_topic_that_costs_most_stars_and_how_it_was_before(shop: Source, amazon: Amazon) -> None:
    amazon.on(f"{TOPICS}/topics", json_answer({"topics": {
        "positiveTopics": [topic("Nice", 4.0)], "negativeTopics": [topic("Size", -1.2), topic("Broken ", -2.5, 17.31)],
    }}))  # fmt: skip
    amazon.on(f"{TOPICS}/trends", json_answer({"reviewTrends": {
        "positiveTopics": [], "negativeTopics": [trend("Size", [1, 1, 1, 1]), trend("Broken", [50, 5, 6, 7, 20])],
    }}))  # fmt: skip
    (row,) = as_rows(read_topics(shop, STREAMS["review_topics"], TODAY, None))
    assert row["worst_share_before"] == pytest.approx(0.06)
    assert {**row, "worst_share_before": None} == {
        "entity": "B0a", "worst_topic": "Broken", "worst_share": 0.1731, "worst_impact": -2.5,
        "worst_share_before": None,
    }  # fmt: skip
    assert amazon.asked(f"{TOPICS}/topics")[0].url.params["sortBy"] == "STAR_RATING_IMPACT"


def test_too_little_history_leaves_the_share_before_unknown(shop: Source, amazon: Amazon) -> None:
    amazon.on(f"{TOPICS}/topics", json_answer({"topics": {"negativeTopics": [topic("Broken", -2.5)]}}))
    amazon.on(f"{TOPICS}/trends", json_answer({"reviewTrends": {"negativeTopics": [trend("Broken", [5, 6, 7])]}}))
    (row,) = as_rows(read_topics(shop, STREAMS["review_topics"], TODAY, None))
    assert (row["worst_share"], row["worst_share_before"]) == (0.1, None)


@pytest.mark.parametrize("status", [204, 404])
def test_a_product_with_too_few_reviews_is_left_out(shop: Source, amazon: Amazon, status: int) -> None:
    amazon.on(f"{TOPICS}/topics", json_answer({"errors": []}, status))
    assert as_rows(read_topics(shop, STREAMS["review_topics"], TODAY, None)) == []


def test_a_product_nobody_complains_about_says_so(shop: Source, amazon: Amazon) -> None:
    amazon.on(f"{TOPICS}/topics", json_answer({"topics": {"positiveTopics": [], "negativeTopics": []}}))
    (row,) = as_rows(read_topics(shop, STREAMS["review_topics"], TODAY, None))
    assert (row["worst_topic"], row["worst_share"]) == ("", None)


def test_where_amazon_has_no_feedback_nothing_is_asked(shop: Source, amazon: Amazon) -> None:
    answer = read_topics(replace(shop, marketplace=MARKETPLACES["SE"]), STREAMS["review_topics"], TODAY, None)
    assert isinstance(answer, Delivered)
    assert (answer.batches, answer.note) == ((), "Amazon offers no customer feedback in SE")
    assert amazon.requests == []
