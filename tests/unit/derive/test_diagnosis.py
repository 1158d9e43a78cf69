"""Why sales moved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from agent.derive.diagnosis import DERIVER
from tests.unit.derive.conftest import TODAY, Shop

SETTLED = TODAY - timedelta(days=2)


def _noise(mean: float, days: int = 120, seed: int = 3) -> list[int]:
    return [int(each) for each in np.random.default_rng(seed).poisson(mean, days)]


def _week(units: int, *, sessions: int | None = None, price: int = 20_000_000, days: int = 7) -> dict[str, list[int]]:
    return {"units_ordered": [units] * days, "sessions": [sessions if sessions is not None else units * 10] * days,
            "ordered_sales": [units * price] * days}  # fmt: skip


def _sold(shop: Shop, last: dict[str, list[int]], before: int = 30) -> None:
    usual = _week(before, days=110)
    shop.tell_days("sku_sales", {"S1": {name: usual[name] + last[name] for name in usual}}, SETTLED)
    shop.tell("inventory", [{"entity": "S1", "fulfillable": 900, "asin": "B1"}])


def _row(shop: Shop) -> dict[str, Any]:
    return shop.derive(DERIVER)["S1"]


def test_parts_add_up_to_the_change_and_name_what_moved(shop: Shop) -> None:
    _sold(shop, _week(15, sessions=150))
    row = _row(shop)
    assert row["sales_change"] == -15 * 7 * 20_000_000
    assert row["from_sessions"] + row["from_conversion"] + row["from_price"] == row["sales_change"]
    assert row["from_sessions"] == pytest.approx(row["sales_change"], rel=1e-6)
    assert row["anomaly"] == "drop" and row["anomaly_chance"] < 0.005 and row["cause"] == "traffic"


def test_orders_lost_at_the_same_visits_are_conversion(shop: Shop) -> None:
    _sold(shop, _week(15, sessions=300))
    assert _row(shop)["cause"] == "conversion"


def test_a_dearer_price_explains_fewer_orders(shop: Shop) -> None:
    _sold(shop, _week(15, sessions=300, price=25_000_000))
    row = _row(shop)
    assert row["cause"] == "price" and "+25%" in row["evidence"]


def test_a_week_out_of_stock_is_the_first_cause(shop: Shop) -> None:
    _sold(shop, _week(2, sessions=20))
    shop.tell_days("stock_ledger", {"S1": {"ending_balance": [90] * 113 + [0] * 4}}, SETTLED)
    row = _row(shop)
    assert row["cause"] == "out_of_stock" and row["evidence"].startswith("4 of 7 days")


def test_a_suppressed_listing_is_named(shop: Shop) -> None:
    _sold(shop, _week(8))
    shop.tell("listings", [{"entity": "S1", "asin": "B1", "buyable": True}])
    shop.tell("listing_issues", [{"entity": "S1", "enforcement": "listing_suppressed"}])
    assert _row(shop)["cause"] == "suppressed"


def test_a_lost_featured_offer_is_named(shop: Shop) -> None:
    last = _week(8)
    usual = _week(30, days=110)
    share = {"featured_offer_share": [0.98] * 110 + [0.35] * 7}
    shop.tell_days("sku_sales", {"S1": {name: usual[name] + last[name] for name in usual} | share}, SETTLED)
    shop.tell("inventory", [{"entity": "S1", "fulfillable": 900}])
    row = _row(shop)
    assert row["cause"] == "featured_offer_lost" and "35%" in row["evidence"]


def test_a_rival_that_became_cheap_is_named(shop: Shop) -> None:
    _sold(shop, _week(20, sessions=300))
    shop.tell("competitors", [{"entity": "S1/R1", "sku": "S1", "rival_asin": "R1", "close": True}])
    shop.tell("rival_offers", [{"entity": "S1/R1", "rival_price": 20_000_000}], hours_ago=20 * 24)
    shop.tell("rival_offers", [{"entity": "S1/R1", "rival_price": 17_000_000}], hours_ago=5 * 24)
    shop.tell("rival_offers", [{"entity": "S1/R1", "rival_price": 17_000_000}])
    row = _row(shop)
    assert row["cause"] == "competitor" and "-15%" in row["evidence"]


def test_an_ordinary_week_is_no_anomaly(shop: Shop) -> None:
    shop.sells({f"S{n}": _noise(12, seed=n) for n in range(40)})
    shop.tell("inventory", [{"entity": f"S{n}", "fulfillable": 900} for n in range(40)])
    assert sum(row["anomaly"] in ("drop", "rise") for row in shop.derive(DERIVER).values()) <= 1


def test_too_little_history_or_too_few_sales_tell_nothing(shop: Shop) -> None:
    shop.sells({"S1": _noise(20, 40), "S2": _noise(0.2, 40)})
    shop.tell("inventory", [{"entity": sku, "fulfillable": 900} for sku in ("S1", "S2")])
    assert [row["anomaly"] for row in shop.derive(DERIVER).values()] == [None, None]


def test_with_sales_of_three_days_ago_nothing_is_said(shop: Shop) -> None:
    shop.sells({"S1": _noise(20)}, hours_ago=72)
    shop.tell("inventory", [{"entity": "S1", "fulfillable": 900}])
    row = _row(shop)
    assert {name for name, value in row.items() if value is not None} == {"entity"}
