"""Texts of customers, returns, rivals' prices."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.derive.return_rates import DERIVER as RETURNS
from agent.derive.rivalry import DERIVER as RIVALRY
from agent.derive.texts import DERIVERS
from tests.unit.derive.conftest import NOW, Shop

REVIEWS, FEEDBACK, COMMENTS, MESSAGES = DERIVERS


def test_a_danger_in_a_friendly_review_is_heard(shop: Shop) -> None:
    shop.tell("reviews", [
        {"entity": "r1", "stars": 4, "title": "Nice serum", "text": "Smells good but it burned my skin."},
        {"entity": "r2", "stars": 1, "title": None, "text": "Viel zu klein"},
        {"entity": "r3", "stars": 5, "title": None, "text": None},
    ])  # fmt: skip
    rows = shop.derive(REVIEWS)
    assert rows["r1"]["safety"] is True and rows["r1"]["language"] == "en" and rows["r1"]["words"] == "burned"
    assert rows["r2"]["safety"] is False and rows["r2"]["topic"] == "size" and rows["r2"]["words"] is None
    assert rows["r3"]["topic"] == "other"


def test_feedback_and_messages_are_read_as_reviews_are(shop: Shop) -> None:
    shop.tell("feedback", [{"entity": "f1", "text": "I will call my lawyer"}])
    shop.tell("messages", [{"entity": "m1", "text": "Das Netzteil hat Feuer gefangen"}])
    assert shop.derive(FEEDBACK)["f1"]["legal"] is True and shop.derive(MESSAGES)["m1"]["safety"] is True


def test_a_return_without_words_is_about_its_reason(shop: Shop) -> None:
    shop.tell("returns", [{"entity": "x1", "reason": "APPAREL_TOO_SMALL"}, {"entity": "x2", "reason": "unwanted_item"}])
    rows = shop.derive(COMMENTS)
    assert rows["x1"]["topic"] == "size" and rows["x2"]["topic"] == "other"


def _returned(shop: Shop, recent: int, before: int) -> None:
    rows = [{"entity": f"a{n}", "sku": "S1", "units": 1, "reason": "defective",
             "returned_at": NOW - timedelta(days=1 + n % 88)} for n in range(recent)]  # fmt: skip
    rows += [{"entity": f"b{n}", "sku": "S1", "units": 1, "reason": "unwanted_item",
              "returned_at": NOW - timedelta(days=183 + n % 88)} for n in range(before)]  # fmt: skip
    shop.tell("returns", rows)
    shop.sells({"S1": [20] * 400})
    shop.tell("inventory", [{"entity": "S1", "fulfillable": 9}])


def test_a_return_rate_that_rose_is_told_with_its_reason(shop: Shop) -> None:
    _returned(shop, 230, 90)
    row = shop.derive(RETURNS)["S1"]
    assert row["return_rate"] == pytest.approx(230 / 1800, rel=0.05) and row["return_reason"] == "defective"
    assert row["return_rate_before"] == pytest.approx(90 / 1800, rel=0.15) and row["return_rise_chance"] > 0.95
    assert row["returned_units"] == 230 and row["cohort_units"] == 1800


def test_without_sales_of_the_time_before_no_rise_is_told(shop: Shop) -> None:
    shop.tell("returns", [{"entity": "a1", "sku": "S1", "units": 1, "returned_at": NOW - timedelta(days=3)}])
    shop.sells({"S1": [20] * 150})
    shop.tell("inventory", [{"entity": "S1", "fulfillable": 9}])
    row = shop.derive(RETURNS)["S1"]
    assert row["return_rate"] is not None and row["return_rise_chance"] is None


def _watched(shop: Shop, *, hours_ago: float = 1) -> None:
    shop.tell("competitors", [
        {"entity": "S1/R1", "sku": "S1", "close": True}, {"entity": "S1/R2", "sku": "S1", "close": False},
        {"entity": "S1/R3", "sku": "S1", "close": False},
    ])  # fmt: skip
    others = [{"entity": "S1/R2", "rival_price": 30_000_000}, {"entity": "S1/R3", "rival_price": None}]
    shop.tell("rival_offers", [{"entity": "S1/R1", "rival_price": 20_000_000}, *others], hours_ago=15 * 24)
    shop.tell("rival_offers", [{"entity": "S1/R1", "rival_price": 17_000_000}, *others], hours_ago=50)
    shop.tell("rival_offers", [{"entity": "S1/R1", "rival_price": 17_000_000}, *others], hours_ago=hours_ago)
    shop.tell("listings", [{"entity": "S1", "price": 22_000_000, "sale_price": None}])


def test_a_close_rival_that_cut_its_price_is_told_since_when(shop: Shop) -> None:
    _watched(shop)
    row = shop.derive(RIVALRY)["S1"]
    assert row["rivals"] == 2 and row["rival_median"] == 23_500_000 and row["closest_price"] == 17_000_000
    assert row["closest_change"] == pytest.approx(-0.15) and row["closest_hours"] == pytest.approx(50)
    assert row["price_position"] == 0.5


def test_rivals_nobody_looked_at_for_days_are_unknown(shop: Shop) -> None:
    _watched(shop, hours_ago=49)
    row = shop.derive(RIVALRY)["S1"]
    assert {name for name, value in row.items() if value is not None} == {"entity"}
