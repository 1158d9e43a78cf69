"""Counts are quantiles: exact where they are small, calm where they are large, and they never jump."""

from itertools import pairwise

import numpy as np
import pytest

from connectors.sandbox.chance import binomial_at, happened, normal_at, poisson_at

CHANCES = (np.arange(20_000) + 0.5) / 20_000


@pytest.mark.parametrize("mean", [0.0, 0.01, 0.7, 5.0, 29.9, 30.1, 400.0])
def test_poisson_counts_have_the_mean_and_the_variance_of_their_law(mean: float) -> None:
    counts = poisson_at(CHANCES, np.full(CHANCES.shape, mean))
    assert counts.mean() == pytest.approx(mean, rel=0.02, abs=0.002)
    assert counts.var() == pytest.approx(mean, rel=0.06, abs=0.002)


@pytest.mark.parametrize(("trials", "share"), [(0, 0.1), (1, 0.3), (12, 0.09), (90, 0.5), (2_000, 0.1)])
def test_binomial_counts_have_the_mean_of_their_law_and_stay_within_their_trials(trials: int, share: float) -> None:
    counts = binomial_at(CHANCES, np.full(CHANCES.shape, trials), np.full(CHANCES.shape, share))
    assert counts.mean() == pytest.approx(trials * share, rel=0.02, abs=0.002)
    assert 0 <= counts.min() <= counts.max() <= trials


def test_a_single_trial_succeeds_exactly_for_its_share_of_chances() -> None:
    counts = binomial_at(CHANCES, np.ones(CHANCES.shape, dtype=np.int64), np.full(CHANCES.shape, 0.25))
    assert counts.sum() == 5_000


def test_at_the_same_chance_a_larger_mean_never_gives_a_smaller_count_within_one_law() -> None:
    for low, high in ((0.0, 29.0), (31.0, 300.0)):
        means = np.linspace(low, high, 2_000)
        for chance in (0.05, 0.5, 0.95):
            assert (np.diff(poisson_at(np.full(means.shape, chance), means)) >= 0).all()


def test_the_normal_quantile_is_symmetric_and_known_at_two_sigma() -> None:
    assert normal_at(np.array([0.5]))[0] == pytest.approx(0.0, abs=1e-3)
    assert normal_at(np.array([0.97725]))[0] == pytest.approx(2.0, abs=1e-2)


def test_what_has_happened_grows_with_the_share_and_ends_at_the_whole() -> None:
    total, luck = np.arange(50), np.linspace(0, 0.999, 50)
    steps = [happened(total, share, luck) for share in np.linspace(0, 1, 11)]
    assert all((later >= earlier).all() for earlier, later in pairwise(steps))
    assert (steps[0] == 0).all()
    assert (steps[-1] == total).all()
