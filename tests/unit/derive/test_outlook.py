"""Demand, cover and orders as a rule reads them."""

from __future__ import annotations

from datetime import timedelta
from time import perf_counter

import numpy as np
import pytest

from agent.derive.desk import Desk
from agent.derive.outlook import DERIVER
from tests.unit.derive.conftest import NOW, TODAY, Shop

TEN = [10] * 120


def _stocked(shop: Shop, units: int = 100, **more: int) -> None:
    shop.tell("inventory", [{"entity": "S1", "fulfillable": units, **more}])


def test_cover_is_stock_over_what_is_expected_to_sell(shop: Shop) -> None:
    shop.sells({"S1": TEN})
    _stocked(shop)
    row = shop.derive(DERIVER)["S1"]
    assert row["units_per_day"] == pytest.approx(10, rel=0.02) and row["demand_28d"] == pytest.approx(280, rel=0.02)
    assert row["days_of_cover"] == pytest.approx(10, rel=0.02) and row["days_of_cover_naive"] == pytest.approx(10)
    assert row["days_of_cover_low"] < row["days_of_cover"] and row["demand_28d_high"] > 280
    assert row["position"] == 100 and row["out_days"] == 0 and row["back_days"] is None


def test_what_travels_between_warehouses_counts_for_most_and_what_is_inbound_for_the_position(shop: Shop) -> None:
    shop.sells({"S1": TEN})
    _stocked(shop, reserved_transfer=50, inbound_shipped=200, reserved_orders=9)
    row = shop.derive(DERIVER)["S1"]
    assert row["days_of_cover"] == pytest.approx(14, rel=0.02) and row["position"] == 350


def test_without_fresh_sales_nothing_is_expected_and_nothing_guessed(shop: Shop) -> None:
    shop.sells({"S1": TEN}, hours_ago=72)
    _stocked(shop)
    row = shop.derive(DERIVER)["S1"]
    known = {name for name, value in row.items() if value is not None}
    assert known == {"entity", "position"}


def test_with_stock_of_three_days_ago_there_is_no_row(shop: Shop) -> None:
    shop.sells({"S1": TEN})
    shop.tell("inventory", [{"entity": "S1", "fulfillable": 100}], hours_ago=72)
    assert shop.derive(DERIVER) == {}


def test_days_out_of_stock_by_the_ledger_are_no_days_without_demand(shop: Shop) -> None:
    shop.sells({"S1": [10] * 90 + [0] * 20 + [10] * 10})
    balance = [50] * 89 + [0] * 21 + [50] * 10
    shop.tell_days("stock_ledger", {"S1": {"ending_balance": balance}}, TODAY - timedelta(days=2))
    _stocked(shop)
    row = shop.derive(DERIVER)["S1"]
    assert row["units_per_day"] == pytest.approx(10, rel=0.05) and row["units_per_day_recent"] == pytest.approx(10)
    assert row["out_days"] == 20 and row["back_days"] == 11


def test_days_out_of_stock_are_seen_by_the_stock_itself_where_there_is_no_ledger(shop: Shop) -> None:
    for day in (40, 15, 14, 5, 4, 0):
        stock = 0 if 5 <= day < 15 else 80
        shop.tell("inventory", [{"entity": "S1", "fulfillable": stock}], hours_ago=day * 24 + 1)
    shop.sells({"S1": [10] * 107 + [0] * 10 + [10] * 3}, hours_ago=0.5)
    row = shop.derive(DERIVER)["S1"]
    assert row["out_days"] == 10 and row["units_per_day_recent"] == pytest.approx(10, rel=0.06)
    assert 3 <= row["back_days"] <= 6


def test_a_deal_does_not_become_ordinary_demand(shop: Shop) -> None:
    shop.sells({"S1": [10] * 112 + [40] * 6 + [10] * 2})
    _stocked(shop)
    plain = shop.derive(DERIVER)["S1"]["units_per_day"]
    deal = {"category": "deal", "starts_at": NOW - timedelta(days=10), "ends_at": NOW - timedelta(days=4)}
    shop.tell("events", [{"entity": "E1", "name": "prime day", **deal}])
    assert shop.derive(DERIVER)["S1"]["units_per_day"] == pytest.approx(10, rel=0.03) and plain > 11


def test_an_order_is_due_below_the_reorder_point_and_covers_what_was_wanted(shop: Shop) -> None:
    shop.sells({"S1": TEN})
    _stocked(shop)
    lead = {"lead_time": 40.0, "lead_time_sd": 8.0, "review_days": 7.0, "order_minimum": 500, "carton": 24,
            "cover_wanted": 30.0, "service_level": 0.95}  # fmt: skip
    shop.tell("lead_times", [{"entity": "S1", **lead}])
    row = shop.derive(DERIVER)["S1"]
    assert 500 < row["reorder_point"] < 750
    assert row["order_units"] % 24 == 0 and row["order_units"] >= row["reorder_point"] + 300 - 100
    assert row["stockout_risk"] > 0.99
    ordered = {"units_ordered": 2000, "units_received": 0, "due_at": NOW + timedelta(days=5)}
    shop.tell("purchase_orders", [{"entity": "P1/S1", "sku": "S1", **ordered}])
    row = shop.derive(DERIVER)["S1"]
    assert row["position"] == 2100 and row["order_units"] == 0 and row["stockout_risk"] < 0.2


def test_an_order_waits_for_a_supplier_that_is_closed(shop: Shop) -> None:
    shop.sells({"S1": TEN})
    _stocked(shop)
    shop.tell("lead_times", [{"entity": "S1", "supplier_id": "W", "lead_time": 40.0, "lead_time_sd": 8.0}])
    open_ = shop.derive(DERIVER)["S1"]["reorder_point"]
    closed = {"closed_from": NOW + timedelta(days=10), "closed_until": NOW + timedelta(days=34)}
    shop.tell("suppliers", [{"entity": "W", **closed}])
    assert shop.derive(DERIVER)["S1"]["reorder_point"] == pytest.approx(open_ + 250, rel=0.1)


def test_the_gap_before_a_late_shipment_is_counted_in_days_and_units(shop: Shop) -> None:
    shop.sells({"S1": TEN})
    _stocked(shop)
    late = {"status": "in_transit", "units_shipped": 300, "units_received": 0, "expected_at": NOW + timedelta(days=20)}
    shop.tell("shipments", [{"entity": "F1/S1", "sku": "S1", **late}])
    row = shop.derive(DERIVER)["S1"]
    assert 20 < row["next_arrival_days"] < 26 and 9 < row["gap_days"] < 17
    assert row["gap_units"] == pytest.approx(10 * row["gap_days"], rel=0.02)


def test_a_shipment_nobody_looked_at_lately_arrives_at_an_unknown_time(shop: Shop) -> None:
    shop.sells({"S1": TEN})
    _stocked(shop)
    sent = {"status": "in_transit", "units_shipped": 300, "expected_at": NOW + timedelta(days=20)}
    shop.tell("shipments", [{"entity": "F1/S1", "sku": "S1", **sent}], hours_ago=72)
    row = shop.derive(DERIVER)["S1"]
    assert row["next_arrival_days"] is None and row["gap_days"] is None


def test_stock_that_will_turn_181_days_old_is_found_from_receipts(shop: Shop) -> None:
    """Received 400 once, 170 days ago, and sold one a day since: on 15 July what is left is older than 181 days."""
    receipts = [0] * 30 + [400] + [0] * 168
    shop.tell_days(
        "stock_ledger", {"S1": {"receipts": receipts, "ending_balance": [230] * 199}}, TODAY - timedelta(days=2)
    )
    shop.sells({"S1": [1] * 120})
    _stocked(shop, 230)
    shop.tell("inventory_health", [{"entity": "S1", "age_91_180": 230, "age_181_270": 0}])
    assert shop.derive(DERIVER)["S1"]["aged_next"] == pytest.approx(215, abs=2)


def test_what_came_since_the_ledger_began_is_too_young_to_turn_181_days_old(shop: Shop) -> None:
    """The ledger reaches back 120 days: 300 units came 100 days ago, and are not among the oldest of their band."""
    receipts = [0] * 20 + [300] + [0] * 99
    shop.tell_days(
        "stock_ledger", {"S1": {"receipts": receipts, "ending_balance": [320] * 120}}, TODAY - timedelta(days=2)
    )
    _stocked(shop, 320)
    shop.tell("inventory_health", [{"entity": "S1", "age_91_180": 300, "age_181_270": 0}])
    assert shop.derive(DERIVER)["S1"]["aged_next"] == 0


def test_without_a_ledger_the_band_is_taken_as_evenly_spread_and_the_oldest_sell_first(shop: Shop) -> None:
    ahead = ((TODAY.replace(day=15) if TODAY.day < 15 else TODAY.replace(month=TODAY.month + 1, day=15)) - TODAY).days
    _stocked(shop, 900)
    shop.tell("inventory_health", [{"entity": "S1", "age_91_180": 900, "age_181_270": 0}])
    assert shop.derive(DERIVER)["S1"]["aged_next"] == pytest.approx(10 * ahead, abs=1)
    shop.sells({"S1": [1] * 120})
    assert shop.derive(DERIVER)["S1"]["aged_next"] == pytest.approx(9 * ahead, abs=2)


def test_order_lines_stand_in_where_no_report_is(shop: Shop) -> None:
    lines = [
        {"entity": f"O{day}-{n}/S1", "sku": "S1", "units": 2, "status": "Cancelled" if n == 2 else "Shipped",
         "purchased_at": NOW - timedelta(days=day)} for day in range(1, 61) for n in range(3)
    ]  # fmt: skip
    shop.tell("order_lines", lines)
    _stocked(shop)
    row = shop.derive(DERIVER)["S1"]
    assert row["units_per_day"] == pytest.approx(4, rel=0.05) and row["days_of_cover"] == pytest.approx(25, rel=0.05)


def test_a_report_by_asin_serves_a_sku_that_is_alone_on_it(shop: Shop) -> None:
    shop.tell_days(
        "asin_sales", {"B1": {"units_ordered": TEN}, "B2": {"units_ordered": TEN}}, TODAY - timedelta(days=2)
    )
    stock = [("S1", "B1"), ("S2", "B2"), ("S3", "B2")]
    shop.tell("inventory", [{"entity": sku, "asin": asin, "fulfillable": 100} for sku, asin in stock])
    rows = shop.derive(DERIVER)
    assert rows["S1"]["days_of_cover"] == pytest.approx(10, rel=0.02) and rows["S2"]["days_of_cover"] is None


def test_a_thousand_skus_and_a_year_are_worked_out_in_seconds(shop: Shop) -> None:
    rng = np.random.default_rng(1)
    means = rng.lognormal(0.5, 1.2, 1000)
    shop.sells({f"S{n}": rng.poisson(mean, 365).tolist() for n, mean in enumerate(means)})
    shop.tell("inventory", [{"entity": f"S{n}", "fulfillable": 50} for n in range(1000)])
    shop.tell("lead_times", [{"entity": f"S{n}", "lead_time": 45.0, "lead_time_sd": 9.0} for n in range(1000)])
    started = perf_counter()
    rows = DERIVER.derive(Desk(shop.book.known_at("shop", NOW), shop.asked))
    assert len(rows) == 1000 and perf_counter() - started < 8
