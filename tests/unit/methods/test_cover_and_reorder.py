"""How long stock lasts, when to order, how much."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.methods import cover, reorder
from agent.methods.demand import Forecast
from agent.methods.reorder import Supply


def _steady(per_day: float, noise: float = 1.0, doubt: float = 0.0025, days: int = 120) -> Forecast:
    return Forecast(np.array([per_day]), np.ones((1, days)), np.array([noise]), np.full((1, 3), doubt))


def _one(value: float) -> np.ndarray:
    return np.array([float(value)])


def _supply(lead: float, sd: float, review: float = 0, service: float = 0.95) -> Supply:
    return Supply(_one(lead), _one(sd), _one(review), _one(service))


def test_stock_lasts_as_many_days_as_demand_needs_to_use_it_up() -> None:
    assert cover.by_forecast(_one(50), _steady(4))[0] == pytest.approx(12.5)


def test_cover_goes_on_beyond_the_forecast() -> None:
    assert cover.by_forecast(_one(800), _steady(4))[0] == pytest.approx(200)


def test_no_stock_lasts_no_day_and_what_nobody_buys_two_years() -> None:
    assert cover.by_forecast(_one(0), _steady(4))[0] == 0
    assert cover.by_forecast(_one(5), _steady(0))[0] == cover.FOREVER
    assert cover.naive(_one(5), _one(0))[0] == cover.FOREVER and cover.naive(_one(0), _one(0))[0] == 0


def test_unknown_stock_lasts_an_unknown_time() -> None:
    assert np.isnan(cover.by_forecast(_one(np.nan), _steady(4))[0])
    assert np.isnan(cover.naive(_one(4), _one(np.nan))[0])


@given(st.floats(0, 3000), st.floats(0, 3000), st.floats(0.01, 60))
def test_less_stock_never_lasts_longer(one: float, other: float, per_day: float) -> None:
    found, less, more = _steady(per_day), min(one, other), max(one, other)
    assert cover.by_forecast(_one(less), found)[0] <= cover.by_forecast(_one(more), found)[0] + 1e-9


@given(st.floats(1, 2000), st.floats(0.2, 60))
def test_cover_in_a_busy_time_is_never_longer_than_the_expected(stock: float, per_day: float) -> None:
    found = _steady(per_day, noise=2, doubt=0.05)
    assert cover.by_forecast(_one(stock), found, 0.8)[0] <= cover.by_forecast(_one(stock), found)[0] + 2.0


def test_the_lead_time_outweighs_demand_in_safety_stock() -> None:
    """20 ± 8 units a day over 50 ± 10 days: 57 units for demand, 200 for the lead time, at z = 1."""
    both = reorder.safety_stock(1, 50, 10, 20, 8)
    assert reorder.safety_stock(1, 50, 0, 20, 8) == pytest.approx(57, abs=0.5)
    assert reorder.safety_stock(1, 0, 10, 20, 8) == pytest.approx(200)
    assert both == pytest.approx(208, abs=0.5)


def test_the_reorder_point_agrees_with_normal_theory_where_that_holds() -> None:
    found = reorder.reorder_point(_steady(20, noise=3.2, doubt=0.0025), _supply(50, 10, service=0.9))[0]
    assert found == pytest.approx(1000 + reorder.safety_stock(1.2816, 50, 10, 20, 8), rel=0.05)


def test_a_reorder_point_needs_a_known_lead_time() -> None:
    assert np.isnan(reorder.reorder_point(_steady(20), _supply(np.nan, 5))[0])


@given(st.floats(5, 90), st.floats(0, 20), st.floats(0.5, 0.99), st.floats(0.5, 0.99))
def test_more_service_never_needs_less_stock(lead: float, sd: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    points = [reorder.reorder_point(_steady(5, 2), _supply(lead, sd, service=each))[0] for each in (low, high)]
    assert points[0] <= points[1] + 1


def test_an_order_is_rounded_up_to_cartons_and_the_minimum() -> None:
    def order(position: float, minimum: float, carton: float) -> float:
        values = (position, 500.0, 10.0, 30.0, minimum, carton)
        return float(reorder.order_quantity(*(_one(each) for each in values))[0])

    assert order(490, np.nan, np.nan) == 310
    assert order(490, np.nan, 48) == 336
    assert order(490, 1000, 48) == 1008
    assert order(501, 1000, 48) == 0


def test_the_gap_lies_between_an_early_stock_out_and_a_late_arrival() -> None:
    days, lost = reorder.gap(np.array([10.0, 30.0]), np.array([18.0, 18.0]), np.array([5.0, 5.0]))
    assert days.tolist() == [8, 0] and lost.tolist() == [40, 0]


def test_running_out_is_sure_without_stock_and_improbable_with_plenty() -> None:
    assert reorder.stockout_risk(_steady(10), _one(0), _one(20), _one(4))[0] > 0.99
    assert reorder.stockout_risk(_steady(10), _one(2000), _one(20), _one(4))[0] < 0.01
    assert reorder.stockout_risk(_steady(10), _one(200), _one(20), _one(0))[0] == pytest.approx(0.5, abs=0.06)


def test_a_lead_time_has_the_mean_and_the_spread_it_was_given() -> None:
    parts = reorder.lead_quantile((np.arange(400) + 0.5) / 400, 50, 10)
    assert parts.mean() == pytest.approx(50, rel=0.01) and parts.std() == pytest.approx(10, rel=0.03)
