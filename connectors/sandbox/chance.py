"""Seeded chance. Every figure is a quantile at a uniform number that belongs to (seed, day, target, purpose).

So a day can be computed again at any time, in any order, and a changed bid of one target moves that target's figures
smoothly and leaves every other target's luck alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

_BY_NORMAL = 30.0
"""Above this mean a count is drawn from its normal approximation."""
_GRID = 4096


def stream(seed: int, *keys: int) -> np.random.Generator:
    """An independent stream of random numbers for these keys."""
    return np.random.default_rng([seed, *keys])


def poisson_at(chance: Floats, mean: Floats) -> Counts:
    """The Poisson quantile: the smallest count whose distribution function reaches ``chance``. Rises with ``mean``."""
    large = mean > _BY_NORMAL
    counts = np.zeros(mean.shape, dtype=np.int64)
    counts[~large] = _climb(chance[~large], np.exp(-mean[~large]), lambda k, at: mean[~large][at] / k)
    z = normal_at(chance[large])
    counts[large] = _rounded(mean[large] + z * np.sqrt(mean[large]) + (z * z - 1) / 6)
    return counts


def binomial_at(chance: Floats, trials: Counts, share: Floats) -> Counts:
    """The binomial quantile of ``trials`` with probability ``share`` (below 1). Rises with ``trials``."""
    mean = trials * share
    large = mean > _BY_NORMAL
    counts = np.zeros(mean.shape, dtype=np.int64)
    n, odds = trials[~large], (share / (1 - share))[~large]
    counts[~large] = _climb(
        chance[~large], (1 - share[~large]) ** n, lambda k, at: np.maximum(n[at] - k + 1, 0) / k * odds[at]
    )
    spread = np.sqrt(mean[large] * (1 - share[large]))
    counts[large] = _rounded(mean[large] + normal_at(chance[large]) * spread)
    return np.minimum(counts, trials)


def normal_at(chance: Floats) -> Floats:
    """The standard normal quantile, read from a table of 4,096 steps."""
    places, values = _normal_table()
    return np.interp(chance, places, values)


def happened(total: Counts, share: float | Floats, luck: Floats) -> Counts:
    """How many of ``total`` have happened once ``share`` of them has: in the mean exactly ``share``, never falling."""
    return np.floor(total * share + luck).astype(np.int64)


def _climb(chance: Floats, first: Floats, ratio: Callable[[int, Counts], Floats]) -> Counts:
    """Add up probabilities until ``chance`` is reached; ``ratio(k, at)`` is p(k) / p(k - 1)."""
    counts = np.zeros(chance.shape, dtype=np.int64)
    weight, total = first.copy(), first.copy()
    at = np.flatnonzero(chance > total)
    for k in range(1, 400):
        if not at.size:
            break
        weight[at] *= ratio(k, at)
        total[at] += weight[at]
        counts[at] = k
        at = at[chance[at] > total[at]]
    return counts


def _rounded(values: Floats) -> Counts:
    return np.maximum(np.floor(values + 0.5), 0).astype(np.int64)


@cache
def _normal_table() -> tuple[Floats, Floats]:
    places = (np.arange(_GRID) + 0.5) / _GRID
    return places, np.array([NormalDist().inv_cdf(place) for place in places])
