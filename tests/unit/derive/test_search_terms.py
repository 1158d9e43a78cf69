"""Search terms: what is bid on, what is held off, and where a term would go."""

from __future__ import annotations

from typing import Any

from agent.derive.search_terms import DERIVER
from tests.unit.derive.conftest import TODAY, Shop

HUB = "c1/g1/t1/usb c hub"
ASIN = "c1/g1/t1/b0abcdefgh"


def _told(shop: Shop, *, without: str = "", **more: list[dict[str, Any]]) -> None:
    shop.tell_days(
        "search_term_traffic", {HUB: {"clicks": [3]}, ASIN: {"clicks": [1]}, "broken": {"clicks": [1]}}, TODAY
    )
    rows: dict[str, list[dict[str, Any]]] = {
        "campaigns": [{"entity": "c1", "targeting_type": "auto", "state": "enabled"},
                      {"entity": "c2", "targeting_type": "manual", "state": "enabled"}],
        "ad_groups": [{"entity": "g1", "campaign_id": "c1", "state": "enabled"},
                      {"entity": "g2", "campaign_id": "c2", "state": "enabled"}],
        "product_ads": [{"entity": "a1", "ad_group_id": "g1", "sku": "S1", "state": "enabled"},
                        {"entity": "a2", "ad_group_id": "g2", "sku": "S1", "state": "enabled"}],
        "keywords": [{"entity": "k1", "ad_group_id": "g2", "match_type": "exact", "text": "another hub"}],
        "negative_keywords": [], "product_targets": [], **more,
    }  # fmt: skip
    for stream, told in rows.items():
        if stream != without:
            shop.tell(stream, told)


def test_a_term_goes_where_the_same_product_has_exact_keywords(shop: Shop) -> None:
    _told(shop)
    rows = shop.derive(DERIVER)
    assert rows.keys() == {HUB, ASIN}
    told = {
        "term": "usb c hub", "campaign_id": "c1", "ad_group_id": "g1", "target_id": "t1", "is_asin": False,
        "exact_ad_group_id": "g2", "targeted": False, "negated": False,
    }  # fmt: skip
    assert {name: rows[HUB][name] for name in told} == told
    assert rows[ASIN]["is_asin"] is True


def test_what_is_bid_on_exactly_there_is_known_whatever_its_capitals(shop: Shop) -> None:
    _told(shop, keywords=[{"entity": "k1", "ad_group_id": "g2", "match_type": "exact", "text": "USB C Hub"}])
    assert shop.derive(DERIVER)[HUB]["targeted"] is True


def test_a_broad_keyword_does_not_count_as_bidding_on_it(shop: Shop) -> None:
    _told(shop, keywords=[{"entity": "k1", "ad_group_id": "g1", "match_type": "broad", "text": "usb c hub"}])
    row = shop.derive(DERIVER)[HUB]
    assert (row["targeted"], row["exact_ad_group_id"]) == (False, None)


def test_a_targeted_product_is_known(shop: Shop) -> None:
    _told(shop, product_targets=[{"entity": "t9", "ad_group_id": "g2", "text": "asin=B0ABCDEFGH"}])
    rows = shop.derive(DERIVER)
    assert (rows[ASIN]["targeted"], rows[HUB]["targeted"]) == (True, False)


def test_a_term_is_held_off_by_its_own_words_or_by_a_phrase_of_them(shop: Shop) -> None:
    for match, text, negated in (("negative_exact", "usb c hub", True), ("negative_exact", "usb c", False),
                                 ("negative_phrase", "c hub", True), ("negative_phrase", "b c", False)):  # fmt: skip
        _told(shop, negative_keywords=[{"entity": "n1", "ad_group_id": "g1", "match_type": match, "text": text}])
        assert shop.derive(DERIVER)[HUB]["negated"] is negated, (match, text)


def test_without_fresh_keywords_or_negatives_nobody_knows(shop: Shop) -> None:
    _told(shop, without="negative_keywords")
    row = shop.derive(DERIVER)[HUB]
    assert (row["negated"], row["targeted"]) == (None, False)


def test_a_paused_campaign_is_no_place_to_send_a_term(shop: Shop) -> None:
    _told(shop, campaigns=[{"entity": "c2", "targeting_type": "manual", "state": "paused"}])
    assert shop.derive(DERIVER)[HUB]["exact_ad_group_id"] is None


def test_a_term_of_an_exported_total_is_a_term_too(shop: Shop) -> None:
    _told(shop)
    shop.tell("search_term_totals", [{"entity": "c1/g1/t1/dock / stand", "total_clicks": 4}])
    assert shop.derive(DERIVER)["c1/g1/t1/dock / stand"]["term"] == "dock / stand"
