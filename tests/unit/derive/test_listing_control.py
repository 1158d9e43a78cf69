"""Whether a listing should be left alone, and who changed it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from agent.derive.asked import OwnEdit
from agent.derive.listing_control import DERIVER
from agent.model.setting import Scope
from tests.unit.derive.conftest import NOW, Shop

USUAL = {"asin": "B1", "parent_asin": "P1", "title": "Garlic press", "bullets": "steel", "price": 20_000_000}


def _listed(shop: Shop, *, hours_ago: float, others: tuple[dict[str, Any], ...] = (), **other: Any) -> None:
    shop.tell("listings", [{"entity": "S1", **USUAL, **other}, *others], hours_ago=hours_ago)


def _row(shop: Shop, sku: str = "S1") -> dict[str, Any]:
    return shop.derive(DERIVER)[sku]


def _selling(shop: Shop, units: list[int], sku: str = "S1") -> None:
    shop.sells({sku: units}, hours_ago=0.5)
    shop.tell("inventory", [{"entity": sku, "fulfillable": 500, "asin": "B1"}], hours_ago=0.5)


def test_a_title_somebody_else_changed_starts_an_observation(shop: Shop) -> None:
    _listed(shop, hours_ago=100)
    _listed(shop, hours_ago=49, title="Garlic press, steel")
    _listed(shop, hours_ago=1, title="Garlic press, steel")
    row = _row(shop)
    assert row["observing"] is True and row["edited_field"] == "title" and row["edited_by"] == "somebody_else"
    assert row["edited_at"] == NOW - timedelta(hours=49) and row["edited_sku"] == "S1"
    assert row["observed_until"] == NOW - timedelta(hours=49) + timedelta(days=7)


def test_our_own_change_is_told_from_another_value_of_somebody_else(shop: Shop) -> None:
    _listed(shop, hours_ago=100)
    _listed(shop, hours_ago=24, price=21_000_000)
    shop.asks(own_edits=[OwnEdit("S1", "price", NOW - timedelta(hours=26), 21_000_000)])
    assert _row(shop)["edited_by"] == "us"
    shop.asks(own_edits=[OwnEdit("S1", "price", NOW - timedelta(hours=26), 22_000_000)])
    assert _row(shop)["edited_by"] == "somebody_else"


def test_the_whole_family_is_watched_and_no_other(shop: Shop) -> None:
    rest = ({"entity": "S2", **USUAL, "asin": "B2"}, {"entity": "S3", **USUAL, "asin": "B3", "parent_asin": None})
    _listed(shop, hours_ago=100, others=rest)
    _listed(shop, hours_ago=10, others=rest, main_image="new")
    _listed(shop, hours_ago=9, others=rest, title="other")
    rows = shop.derive(DERIVER)
    assert rows["S2"]["observing"] is True and rows["S2"]["edited_sku"] == "S1"
    assert rows["S3"]["observing"] is False and rows["S3"]["edited_at"] is None
    assert rows["S2"]["family"] == "P1" and rows["S3"]["family"] == "B3"


def test_what_is_first_seen_or_first_learned_is_no_edit(shop: Shop) -> None:
    _listed(shop, hours_ago=100)
    _listed(shop, hours_ago=10, aplus="v1")
    row = _row(shop)
    assert row["observing"] is False and row["edited_at"] is None


@pytest.mark.parametrize(
    ("days", "hours", "observing"), [(3, 71, True), (3, 73, False), (1, 71, True), (30, 169, False)]
)
def test_the_window_is_as_long_as_set_but_three_to_seven_days(
    shop: Shop, days: int, hours: int, observing: bool
) -> None:
    shop.asks(scopes=[Scope("account", "*", {"freeze_days": 7}), Scope("listing", "S*", {"freeze_days": days})])
    _listed(shop, hours_ago=400)
    _listed(shop, hours_ago=hours, title="new")
    _listed(shop, hours_ago=1, title="new")
    assert _row(shop)["observing"] is observing


def test_price_changes_are_counted_and_the_median_price_is_known(shop: Shop) -> None:
    _listed(shop, hours_ago=30 * 24)
    for hours, price in ((100, 21_000_000), (20, 22_000_000), (2, 23_000_000)):
        _listed(shop, hours_ago=hours, price=price)
    row = _row(shop)
    assert row["price_edits_24h"] == 2 and row["price_edits_7d"] == 3 and row["price_median_30d"] == 20_000_000


@pytest.mark.parametrize(
    ("units", "trend", "frozen"),
    [
        ([20 + n % 3 for n in range(120)], "on_target_stable", True),
        ([10] * 92 + [10 + n for n in range(28)], "rising", True),
        ([30] * 92 + [30 - n for n in range(28)], "declining", False),
        ([0] * 120, "dormant", False),
    ],
)
def test_a_listing_is_frozen_while_it_sells_as_it_should(
    shop: Shop, units: list[int], trend: str, frozen: bool
) -> None:
    _listed(shop, hours_ago=0.6)
    _selling(shop, units)
    row = _row(shop)
    assert row["trend"] == trend and row["frozen"] is frozen


def test_without_fresh_sales_the_trend_is_not_known_but_edits_are(shop: Shop) -> None:
    _listed(shop, hours_ago=100)
    _listed(shop, hours_ago=2, title="new")
    row = _row(shop)
    assert row["trend"] is None and row["frozen"] is None and row["observing"] is True


def test_a_month_behind_its_target_is_not_stable(shop: Shop) -> None:
    _listed(shop, hours_ago=0.6)
    _selling(shop, [20] * 120)
    shop.tell("sales_targets", [{"entity": "S1", "target_month": "2026-06", "target_units": 1200}])
    assert _row(shop)["trend"] == "unknown"


def test_a_change_that_halved_conversion_should_be_reverted(shop: Shop) -> None:
    rest = ({"entity": "S2", **USUAL, "asin": "B2", "parent_asin": "P2"},)
    _listed(shop, hours_ago=500, others=rest, main_image="old")
    _listed(shop, hours_ago=12 * 24, others=rest, main_image="new")
    _listed(shop, hours_ago=1, others=rest, main_image="new")
    figures = {"S1": {"units_ordered": [30] * 108 + [14] * 12, "sessions": [300] * 120},
               "S2": {"units_ordered": [30] * 120, "sessions": [300] * 120}}  # fmt: skip
    shop.tell_days("sku_sales", figures, (NOW - timedelta(days=2)).date())
    row = _row(shop)
    assert row["verdict"] == "revert" and row["effect"] < -0.4
    assert _row(shop, "S2")["verdict"] is None


def test_a_change_that_did_little_is_inconclusive(shop: Shop) -> None:
    _listed(shop, hours_ago=500, main_image="old")
    _listed(shop, hours_ago=12 * 24, main_image="new")
    _listed(shop, hours_ago=1, main_image="new")
    figures = {"S1": {"units_ordered": [10] * 108 + [11] * 12, "sessions": [100] * 120}}
    shop.tell_days("sku_sales", figures, (NOW - timedelta(days=2)).date())
    assert _row(shop)["verdict"] == "inconclusive"
