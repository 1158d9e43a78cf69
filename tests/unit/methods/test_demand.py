"""What is expected of demand, and how sure that is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.methods.counts import at_most, inwards, outwards, quantile
from agent.methods.demand import Forecast, History, forecast, without_spikes
from agent.methods.season import yearly_season

SUNDAY = 6


def _noisy(mean: np.ndarray, seed: int = 1, dispersion: float = 8.0) -> np.ndarray:
    """Negative binomial units with these means."""
    rng = np.random.default_rng(seed)
    return rng.poisson(rng.gamma(dispersion, mean / dispersion)).astype(float)


def _of(units: np.ndarray, last_day: int = 200) -> Forecast:
    return forecast(History(units, SUNDAY, last_day))


def test_a_steady_seller_goes_on_as_it_did() -> None:
    found = _of(_noisy(np.full((3, 180), 20.0)))
    assert found.total(28) == pytest.approx(560, rel=0.12)


def test_days_out_of_stock_do_not_lower_what_is_expected() -> None:
    units = _noisy(np.full((1, 120), 10.0))
    units[0, 80:110] = np.nan
    zeros = np.nan_to_num(units)
    assert _of(units).total(28)[0] == pytest.approx(280, rel=0.15)
    assert _of(zeros).total(28)[0] < 0.95 * _of(units).total(28)[0]


def test_one_bulk_order_moves_the_forecast_by_less_than_an_eighth() -> None:
    units = _noisy(np.full((1, 120), 18.5))
    bulk = units.copy()
    bulk[0, -3] += 180
    assert _of(bulk).total(28)[0] == pytest.approx(_of(units).total(28)[0], rel=0.125)


def test_a_jump_that_lasts_is_not_cut() -> None:
    units = np.concatenate([np.full((1, 60), 5.0), np.full((1, 30), 50.0)], axis=1)
    assert (without_spikes(units) == units).all()


def test_the_weekday_is_learned() -> None:
    weekend = np.tile([10.0, 10, 10, 10, 10, 20, 20], 20)
    found = _of(_noisy(weekend[None, :]))
    assert found.daily[0, 5] > 1.5 * found.daily[0, 0]


def test_the_season_of_last_year_comes_again_where_two_years_are_known() -> None:
    day = np.arange(730)
    mean = 20 * (1 + 0.6 * np.sin(2 * np.pi * day / 365))
    found = forecast(History(_noisy(np.tile(mean, (4, 1))), SUNDAY, 729 % 365), 90)
    assert found.daily[:, 60].mean() > 1.3 * found.daily[:, 0].mean()
    assert found.total(28) == pytest.approx(mean[:28].sum(), rel=0.15)


def test_a_newcomer_takes_the_season_of_its_group() -> None:
    mean = 20 * (1 + 0.6 * np.sin(2 * np.pi * np.arange(730) / 365))
    units = _noisy(np.tile(mean, (4, 1)))
    units[3, :650] = np.nan
    season = yearly_season(units, 729 % 365, np.zeros(4, int))
    assert season.index[3] == pytest.approx(season.index[:3].mean(axis=0), rel=0.15)


def test_fewer_than_seven_known_days_tell_nothing() -> None:
    units = np.full((1, 60), np.nan)
    units[0, -6:] = 4
    found = _of(units)
    assert np.isnan(found.total(28)).all() and np.isnan(found.quantile(0.9, 28)).all()


def test_a_sku_that_never_sells_is_expected_to_sell_nothing() -> None:
    found = _of(np.zeros((2, 90)))
    assert (found.total(28) == 0).all() and (found.quantile(0.9, 28) == 0).all()


def test_intervals_of_four_weeks_cover_as_often_as_they_say() -> None:
    """300 SKUs of many sizes whose level wanders; the last 28 days were not shown."""
    rng = np.random.default_rng(5)
    sizes = rng.lognormal(1.2, 1.1, (300, 1))
    level = sizes * np.exp(np.cumsum(rng.normal(0, 0.006, (300, 260)), axis=1))
    units = _noisy(level, seed=6, dispersion=6.0)
    found, came = _of(units[:, :-28]), units[:, -28:].sum(axis=1)
    ninety = (came >= found.quantile(0.05, 28)) & (came <= found.quantile(0.95, 28))
    fifty = (came >= found.quantile(0.25, 28)) & (came <= found.quantile(0.75, 28))
    assert 0.86 <= ninety.mean() <= 0.98 and 0.42 <= fifty.mean() <= 0.66


@given(st.integers(0, 10_000), st.floats(0.02, 0.98), st.floats(0.02, 0.98), st.integers(1, 60))
def test_quantiles_never_cross(seed: int, one: float, other: float, days: int) -> None:
    rng = np.random.default_rng(seed)
    units = rng.poisson(rng.lognormal(0, 1.5, (4, 1)), (4, 50)).astype(float)
    units[rng.random(units.shape) < 0.2] = np.nan
    found = _of(units)
    low, high = sorted((one, other))
    least, most = found.quantile(low, days), found.quantile(high, days)
    assert ((least <= most) | np.isnan(least)).all()
    path = found.paths(high)
    assert ((np.diff(path, axis=1) >= 0) | np.isnan(path[:, 1:])).all()


@given(st.floats(0.1, 500), st.floats(1, 9), st.floats(0.01, 0.99))
def test_a_count_quantile_is_the_least_that_is_not_exceeded(mean: float, noise: float, q: float) -> None:
    x = quantile(q, mean, noise * mean)
    assert at_most(x, mean, noise * mean) >= q - 1e-9
    assert x == 0 or at_most(x - 1, mean, noise * mean) < q + 1e-9


@given(st.floats(0.001, 0.999))
def test_widened_probabilities_can_be_turned_back(q: float) -> None:
    assert inwards(outwards(q)) == pytest.approx(q, abs=1e-6)
