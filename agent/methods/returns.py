"""How much of a cohort comes back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from agent.methods.counts import Floats
from agent.methods.posterior import chance_ratio_above, posterior, strength

RISE = 1.3


@dataclass(frozen=True, slots=True)
class Cohort:
    """Units sold and how many of those came back, per SKU."""

    sold: Floats
    returned: Floats


@dataclass(frozen=True, slots=True)
class Rates:
    rate: Floats
    before: Floats
    rise_chance: Floats


def return_rates(now: Cohort, before: Cohort) -> Rates:
    """Posterior mean rates and ``P(rate > 1.3 × what it was)``; nan where nothing was sold.

    Prior: the account's own rate, as strong as the SKUs of the account are alike (beta-binomial likelihood).
    """
    size, mean = _prior(now, before)
    new, old = (posterior(np.minimum(each.returned, each.sold), each.sold, mean, size) for each in (now, before))
    rate, was = (np.where(each.sold > 0, a / (a + b), np.nan) for each, (a, b) in ((now, new), (before, old)))
    chance = chance_ratio_above(RISE, new, old)
    return Rates(rate, was, np.where((now.sold > 0) & (before.sold > 0), chance, np.nan))


def _prior(now: Cohort, before: Cohort) -> tuple[float, float]:
    sold, returned = now.sold + before.sold, np.minimum(now.returned + before.returned, now.sold + before.sold)
    mean = float(returned.sum() + 1) / float(sold.sum() + 20)
    return strength(returned, sold, mean), mean


def matured(sold: ArrayLike, age_days: ArrayLike, shares: ArrayLike) -> Floats:
    """Units of sales whose returns have had time to arrive: each day's units times the share of returns due by then."""
    age = np.clip(np.asarray(age_days, int), 0, len(np.asarray(shares)) - 1)
    return np.asarray(np.asarray(sold, float) * np.asarray(shares, float)[age])
