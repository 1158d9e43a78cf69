"""When to order and how much, with a lead time that varies; gaps before an arrival, and how probable they are.

Lead times are taken as gamma (never negative, skewed as delays are), given by mean and standard deviation in days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from agent.methods import counts
from agent.methods.counts import Floats
from agent.methods.demand import Forecast

_CUTS = 9
"""Lead times a distribution is represented by: the middles of nine equal parts of its probability."""


def lead_quantile(q: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> Floats:
    """Days that a gamma lead time does not exceed with probability q; the mean where it does not vary."""
    q, m, s = np.broadcast_arrays(*(np.asarray(each, float) for each in (q, mean, sd)))
    varies = (s > 1e-3) & (m > 0)
    shape = np.where(varies, (np.divide(m, s, out=np.ones_like(m), where=varies)) ** 2, 1.0)
    out = stats.gamma.ppf(q, shape, scale=np.where(varies, m / shape, 1.0))
    return np.where(np.isnan(m) | np.isnan(s), np.nan, np.where(varies, out, m))


def safety_stock(z: float, lead: ArrayLike, lead_sd: ArrayLike, per_day: ArrayLike, per_day_sd: ArrayLike) -> Floats:
    """``z·√(L·σ_d² + d²·σ_L²)`` units: normal theory, for comparison (Silver, Pyke and Thomas, ch. 7)."""
    lead, lead_sd, d, sd = (np.asarray(each, float) for each in (lead, lead_sd, per_day, per_day_sd))
    return np.asarray(z * np.sqrt(lead * sd**2 + d**2 * lead_sd**2))


@dataclass(frozen=True, slots=True)
class Supply:
    """Per SKU: lead time and its standard deviation, days between orders, wanted chance of not running out (days, days,
    days, share). nan where not known."""

    lead: Floats
    lead_sd: Floats
    review: Floats
    service: Floats


def reorder_point(forecast: Forecast, supply: Supply) -> Floats:
    """The position (units) at which an order is due: the ``service`` quantile of demand over lead time + review.

    A mixture over the lead time: the least x with ``mean over L of P(D(L + R) ≤ x) ≥ service``, L in nine parts of
    equal probability, D negative binomial. Lead time variance thus counts in full: with 20 units a day, 50 ± 10 days,
    it is the larger part of the safety stock.
    """
    middles = (np.arange(_CUTS) + 0.5) / _CUTS
    days = lead_quantile(middles[:, None], supply.lead, supply.lead_sd) + supply.review
    means, variances = _demand_over(forecast, days)
    known = ~np.isnan(means).any(axis=0) & ~np.isnan(supply.service)
    high = counts.quantile(counts.outwards(supply.service), means, variances)
    low, high = np.zeros(len(known)), np.where(known, np.nan_to_num(high).max(axis=0), 0.0) + 1.0
    for _ in range(40):
        if not (high - low > 0.5).any():
            break
        middle = (low + high) / 2
        enough = counts.inwards(counts.at_most(middle, means, variances)).mean(axis=0) >= supply.service
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(known, np.ceil(high - 0.5), np.nan)


def _demand_over(forecast: Forecast, days: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of demand over each SKU's own days (parts × SKU)."""
    unknown, whole = np.isnan(days), np.clip(np.nan_to_num(days).round().astype(int), 0, 730)
    longest = int(whole.max()) if whole.size else 0
    totals = np.stack([forecast.total(day) for day in range(longest + 1)])
    spreads = np.stack([forecast.variance(day) if day else np.zeros(len(forecast.level)) for day in range(longest + 1)])
    rows = np.arange(days.shape[1])
    return np.where(unknown, np.nan, totals[whole, rows]), np.where(unknown, np.nan, spreads[whole, rows])


def order_quantity(position: ArrayLike, point: ArrayLike, per_day: ArrayLike, cover: ArrayLike, minimum: ArrayLike,
                   carton: ArrayLike) -> Floats:  # fmt: skip
    """Units to order: up to ``point + cover × units per day``, at least the minimum, in whole cartons; 0 above it.

    Minimum and carton that are not known (nan or 0) do not bind.
    """
    position, point, per_day, cover = (np.asarray(each, float) for each in (position, point, per_day, cover))
    wanted = np.ceil(point + cover * per_day - position)
    wanted = np.fmax(wanted, np.nan_to_num(np.asarray(minimum, float)))
    box = np.fmax(np.nan_to_num(np.asarray(carton, float)), 1.0)
    rounded = np.ceil(wanted / box) * box
    unknown = np.isnan(position) | np.isnan(point) | np.isnan(per_day)
    return np.where(unknown, np.nan, np.where(position <= point, np.nan_to_num(rounded), 0.0))


def gap(cover_low: ArrayLike, arrival_late: ArrayLike, per_day: ArrayLike) -> tuple[Floats, Floats]:
    """Days without stock between an early stock-out (P20 of cover) and a late arrival (P80), and the units lost then.

    0 where it arrives in time; unknown without an arrival.
    """
    low, late = np.asarray(cover_low, float), np.asarray(arrival_late, float)
    days = np.maximum(late - low, 0.0)
    return days, days * np.asarray(per_day, float)


def stockout_risk(forecast: Forecast, stock: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> Floats:
    """The probability that demand until the next supply, in ``mean`` ± ``sd`` days, is more than ``stock``."""
    stock = np.asarray(stock, float)
    middles = (np.arange(_CUTS) + 0.5) / _CUTS
    means, variances = _demand_over(forecast, lead_quantile(middles[:, None], mean, sd))
    enough = counts.inwards(counts.at_most(np.where(np.isnan(means), np.nan, stock), means, variances))
    return np.asarray(np.clip(1.0 - enough.mean(axis=0), 0.0, 1.0))
