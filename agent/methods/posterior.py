"""Rates from few cases: Beta-binomial posteriors."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special, stats

from agent.methods.counts import Floats

_STRENGTHS = (2.0, 2000.0)
_PARTS = 29


def strength(successes: ArrayLike, trials: ArrayLike, mean: float) -> float:
    """How many cases the prior is worth: the maximum of the beta-binomial likelihood between 2 and 2,000 (Casella
    1985: empirical Bayes); 60 where there is nothing to learn it from."""
    k, n = np.asarray(successes, float), np.asarray(trials, float)
    k, n = k[n > 0], n[n > 0]
    if len(n) < 3 or not 0 < mean < 1:
        return 60.0

    def unlikely(log_size: float) -> float:
        a, b = np.exp(log_size) * mean, np.exp(log_size) * (1 - mean)
        return float(-np.sum(special.betaln(k + a, n - k + b) - special.betaln(a, b)))

    found = optimize.minimize_scalar(unlikely, bounds=tuple(np.log(_STRENGTHS)), method="bounded")
    return float(np.exp(found.x))


def posterior(successes: ArrayLike, trials: ArrayLike, mean: ArrayLike, size: ArrayLike) -> tuple[Floats, Floats]:
    """Alpha and beta of ``Beta(k + s·m, n − k + s·(1 − m))``."""
    k, n, m, s = (np.asarray(each, float) for each in (successes, trials, mean, size))
    return np.asarray(k + s * m), np.asarray(n - k + s * (1 - m))


def chance_below(x: ArrayLike, alpha: ArrayLike, beta: ArrayLike) -> Floats:
    """``P(rate < x)`` under a Beta posterior."""
    return np.asarray(stats.beta.cdf(x, alpha, beta))


def chance_ratio_above(factor: float, new: tuple[Floats, Floats], old: tuple[Floats, Floats]) -> Floats:
    """``P(new rate > factor × old rate)`` for two independent Beta posteriors, by quantiles of the old one."""
    middles = (np.arange(_PARTS) + 0.5) / _PARTS
    limits = factor * stats.beta.ppf(middles[:, None], old[0], old[1])
    return np.asarray(stats.beta.sf(np.minimum(limits, 1.0), new[0], new[1]).mean(axis=0))
