"""Trends, odd weeks, causes, rates: what changed, and whether that is chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.methods.anomaly import benjamini_hochberg, week_chance
from agent.methods.lmdi import lmdi, log_mean, sales_parts
from agent.methods.posterior import chance_below, posterior, strength
from agent.methods.returns import Cohort, return_rates
from agent.methods.trend import Rates, Standing, days_needed, judge_change, listing_state, theil_sen

POSITIVE = st.floats(0.01, 1e5)


def test_a_slope_is_found_in_spite_of_wild_days() -> None:
    line = 10 + 0.2 * np.arange(28)
    line[[3, 20]] = [90, 0]
    slope, chance = theil_sen(line[None, :])
    assert slope[0] == pytest.approx(0.2 / line.mean(), rel=0.1) and chance[0] > 0.99


def test_a_flat_line_rises_with_an_even_chance_and_thirteen_days_say_nothing() -> None:
    assert theil_sen(np.full((1, 28), 5.0))[1][0] == pytest.approx(0.5)
    short = np.full((1, 28), np.nan)
    short[0, :13] = 4
    assert np.isnan(theil_sen(short)[0][0])


def test_few_steady_listings_are_called_rising_by_chance() -> None:
    units = np.random.default_rng(2).poisson(3, (1000, 28)).astype(float)
    rising = (theil_sen(units)[1] > 0.9).mean()
    assert 0.07 < rising < 0.13


STEADY = Standing(0.0, 0.5, 10.0, 10.0, 300, 30)


@pytest.mark.parametrize(
    ("standing", "state"),
    [
        (STEADY, "on_target_stable"),
        (Standing(0.02, 0.97, 12, 10, 300, 30), "rising"),
        (Standing(-0.02, 0.02, 7, 10, 200, 30), "declining"),
        (Standing(-0.02, 0.02, 9, 10, 200, 30), "unknown"),
        (Standing(0.0, 0.5, 10, 10, 300, 30, drops_in_a_row=2), "declining"),
        (Standing(None, None, None, None, 0, 30), "dormant"),
        (Standing(None, None, None, None, 0, 5), "unknown"),
        (Standing(0.0, 0.5, 10, 10, 300, 30, attainment=0.6), "unknown"),
    ],
)
def test_a_listing_is_in_the_state_its_figures_say(standing: Standing, state: str) -> None:
    assert listing_state(standing) == state


def test_seven_days_detect_only_large_effects() -> None:
    """Conversion of 10 %, 100 sessions a day: 35 days on each side to see a fifth."""
    assert days_needed(0.1, 100) == pytest.approx(35, abs=0.5)
    small = judge_change(Rates(70, 700, 77, 700), None, 7)
    assert small.verdict == "inconclusive" and small.extend


def test_a_large_effect_is_judged_and_one_that_everybody_had_is_not() -> None:
    own = Rates(350, 3500, 200, 3500)
    assert judge_change(own, None, 7).verdict == "revert"
    assert judge_change(Rates(200, 3500, 350, 3500), None, 7).verdict == "keep"
    assert judge_change(own, Rates(3500, 35000, 2000, 35000), 7).verdict == "inconclusive"


def test_an_ordinary_week_is_no_anomaly_and_half_a_week_is() -> None:
    chance, sign = week_chance(np.array([68.0, 25, 130]), np.full(3, 70.0), np.full(3, 90.0))
    assert chance[0] > 0.5 and chance[1] < 0.005 and chance[2] < 0.005 and sign.tolist() == [-1, -1, 1]


def test_discoveries_are_those_of_benjamini_and_hochberg() -> None:
    """The worked example of their paper (1995): of 15 tests, four are rejected at 5 %."""
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1,
    ]
    assert benjamini_hochberg([*p, np.nan], 0.05).sum() == 4


@given(st.lists(st.tuples(POSITIVE, POSITIVE), min_size=1, max_size=5))
def test_parts_of_a_change_add_up_to_it(pairs: list[tuple[float, float]]) -> None:
    before, after = np.array(pairs).T
    change = after.prod() - before.prod()
    assert lmdi(before, after).sum() == pytest.approx(change, rel=1e-6, abs=1e-9 * max(after.prod(), before.prod()))


@given(POSITIVE, POSITIVE)
def test_the_log_mean_lies_between_the_geometric_and_the_arithmetic(a: float, b: float) -> None:
    assert (a * b) ** 0.5 * (1 - 1e-9) <= log_mean(a, b) <= (a + b) / 2 * (1 + 1e-9)


def test_turned_round_the_parts_change_their_sign() -> None:
    before, after = [1000.0, 100, 2500], [800.0, 90, 2000]
    assert sales_parts(before, after) == pytest.approx(-sales_parts(after, before))


def test_what_did_not_sell_is_not_decomposed() -> None:
    assert np.isnan(sales_parts([100.0, 0, 0], [100.0, 5, 50])).all()


def test_a_posterior_lies_between_the_group_and_what_was_seen() -> None:
    alpha, beta = posterior(3, 10, 0.1, 60)
    assert 0.1 < alpha / (alpha + beta) < 0.3
    assert chance_below(0.1, alpha, beta) < 0.5


def test_like_skus_make_a_strong_prior_and_unlike_ones_a_weak_one() -> None:
    rng = np.random.default_rng(3)
    alike = rng.binomial(400, 0.1, 60)
    unlike = rng.binomial(400, rng.beta(1, 9, 60))
    trials = np.full(60, 400)
    assert strength(alike, trials, 0.1) > 10 * strength(unlike, trials, 0.1)


def test_a_return_rate_that_doubled_is_seen_and_one_return_of_two_is_not() -> None:
    sold = np.array([1600.0, 1600, 2, 0])
    now = Cohort(sold, np.array([192.0, 100, 1, 0]))
    before = Cohort(sold, np.array([96.0, 96, 0, 0]))
    found = return_rates(now, before)
    assert found.rise_chance[0] > 0.95 and found.rise_chance[1] < 0.5 and found.rise_chance[2] < 0.9
    assert found.rate[2] < 0.2 and np.isnan(found.rate[3])
