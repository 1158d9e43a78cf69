"""Weeks that are unlike what was expected."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from agent.methods import counts
from agent.methods.counts import Floats

RATE = 0.1
ALARM = 0.005


def week_chance(units: ArrayLike, mean: ArrayLike, variance: ArrayLike) -> tuple[Floats, Floats]:
    """Two-sided probability of a week (units) as far from what was expected, and its sign (−1 drop, +1 rise).

    Negative binomial with the forecast's mean and variance; ``2·min(P(X ≤ x), P(X ≥ x))``, at most 1, with tails
    widened as the forecast's own are.
    """
    x, m, v = np.broadcast_arrays(*(np.asarray(each, float) for each in (units, mean, variance)))
    below = counts.inwards(counts.at_most(x, m, v))
    above = 1.0 - counts.inwards(counts.at_most(x - 1, m, v))
    return np.minimum(2 * np.minimum(below, above), 1.0), np.sign(x - m)


def benjamini_hochberg(chances: ArrayLike, rate: float = RATE) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which are discoveries at this false discovery rate (Benjamini and Hochberg 1995); unknown ones are none."""
    p = np.asarray(chances, float)
    known = np.flatnonzero(~np.isnan(p))
    found = np.zeros(p.shape, bool)
    if not len(known):
        return found
    order = known[np.argsort(p[known], kind="stable")]
    limit = rate * np.arange(1, len(order) + 1) / len(order)
    passed = np.flatnonzero(p[order] <= limit)
    if len(passed):
        found[order[: passed[-1] + 1]] = True
    return found


def poisson_excess(count: float, expected: float) -> float:
    """``P(X ≥ count)`` of a Poisson with that mean: how probable a burst is by chance."""
    return float(stats.poisson.sf(count - 1, expected))
