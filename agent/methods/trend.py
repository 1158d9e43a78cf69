"""Slopes and how sure they are; what a listing is doing; whether a change of it did any good."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from agent.methods.counts import Floats

_RISING, _DECLINING = 0.9, 0.95
_FALLEN = 0.8
_ON_TARGET = 0.95


def theil_sen(flat: ArrayLike) -> tuple[Floats, Floats]:
    """Slope per day relative to the mean, and the probability that it is above 0, per row; nan days are left out.

    Slope: the median of the slopes of all pairs of days (Theil 1950, Sen 1968). Probability: ``Φ(S/√var S)`` of
    Mann–Kendall's S, with its variance for ties. Fewer than 14 known days: unknown.
    """
    y = np.asarray(flat, float)
    days = y.shape[1]
    first, second = np.triu_indices(days, 1)
    rise = y[:, second] - y[:, first]
    known = (~np.isnan(y)).sum(axis=1)
    mean = np.nansum(y, axis=1) / np.maximum(known, 1)
    enough = (known >= 14) & (mean > 0)
    slope = np.full(len(y), np.nan)
    if enough.any():
        slope[enough] = np.nanmedian(rise[enough] / (second - first), axis=1) / mean[enough]
    s = np.nansum(np.sign(rise), axis=1)
    # Pairs that tie say nothing: with many of them (days without a sale) the variance of S is less.
    ties = (rise == 0).sum(axis=1)
    pairs = np.maximum(known * (known - 1) / 2, 1)
    variance = known * (known - 1) * (2 * known + 5) / 18 * np.maximum(1 - ties / pairs, 0.05)
    chance = stats.norm.cdf(s / np.sqrt(np.maximum(variance, 1.0)))
    return slope, np.where(enough, chance, np.nan)


@dataclass(frozen=True, slots=True)
class Standing:
    """One listing over 28 days. ``level``: de-seasonalised units per day, before: over the eight weeks before that.

    ``attainment``: share of the target that was reached, None without a target. ``drops_in_a_row``: weekly alarms.
    """

    slope: float | None
    rise_chance: float | None
    level: float | None
    level_before: float | None
    orders_30d: float | None
    in_stock_days: int
    attainment: float | None = None
    drops_in_a_row: int = 0


def listing_state(standing: Standing) -> str:
    """rising, on_target_stable, declining, dormant or unknown; without history or stock: unknown.

    dormant: in stock for 21 of 30 days and less than one order. rising: chance above 90 %. declining: chance of a
    falling slope above 95 % and 20 % below the eight weeks before, or two weekly alarms in a row. on_target_stable: no
    significant slope and at least 95 % of the target, or of the eight weeks before where no target is set.
    """
    if standing.in_stock_days >= 21 and standing.orders_30d is not None and standing.orders_30d < 1:
        return "dormant"
    chance, level, before = standing.rise_chance, standing.level, standing.level_before
    if chance is None or level is None:
        return "unknown"
    fallen = before is not None and before > 0 and level <= _FALLEN * before
    if (1 - chance > _DECLINING and fallen) or standing.drops_in_a_row >= 2:
        return "declining"
    if chance > _RISING:
        return "rising"
    attained = standing.attainment
    if attained is None and before:
        attained = level / before
    if 1 - chance <= _DECLINING and attained is not None and attained >= _ON_TARGET:
        return "on_target_stable"
    return "unknown"


@dataclass(frozen=True, slots=True)
class Rates:
    """Units and sessions before and after a change."""

    units_before: float
    sessions_before: float
    units_after: float
    sessions_after: float


@dataclass(frozen=True, slots=True)
class Effect:
    """``effect``: relative change of units per session beyond the control's. ``extend``: watch for longer."""

    verdict: str
    effect: float | None
    chance_better: float | None
    extend: bool
    days_needed: float | None


def judge_change(own: Rates, control: Rates | None, days: int, least_effect: float = 0.05) -> Effect:
    """Difference in differences of log conversion: keep, revert, or (unless shown otherwise) inconclusive.

    ``ln(rate after/rate before)`` of ours less the control's, variance ``1/units`` of each cell, times 1.5 for days
    that are alike within a week; 97.5 % either way beyond ``least_effect`` decides. Needs 20 units on either side.
    ``extend``: fewer than 100 sessions a day. ``days_needed``: on each side, to see a relative change of 20 % with 80 %
    power, ``2·(1.96+0.84)²·p(1−p)/(δ²·sessions per day)``.
    """
    sessions = own.sessions_after / max(days, 1)
    needed = days_needed(own.units_before / own.sessions_before, sessions) if own.sessions_before > 0 else None
    extend = sessions < 100
    if min(own.units_before, own.units_after) < 20 or min(own.sessions_before, own.sessions_after) <= 0:
        return Effect("inconclusive", None, None, extend, needed)
    change, variance = _log_change(own)
    if control is not None and min(control.units_before, control.units_after) >= 20:
        others, spread = _log_change(control)
        change, variance = change - others, variance + spread
    sd = float(np.sqrt(variance * 1.5))
    better = float(stats.norm.cdf(change / sd))
    effect = float(np.expm1(change))
    if change > 0 and better > 0.975 and effect > least_effect:
        return Effect("keep", effect, better, False, needed)
    if change < 0 and better < 0.025 and effect < -least_effect:
        return Effect("revert", effect, better, False, needed)
    return Effect("inconclusive", effect, better, True, needed)


def days_needed(rate: float, sessions_per_day: float, relative: float = 0.2) -> float | None:
    """Days on each side to see a relative change of a conversion rate, 5 % and 80 % power, two-sided."""
    if not 0 < rate < 1 or sessions_per_day <= 0:
        return None
    return 2 * (1.96 + 0.84) ** 2 * rate * (1 - rate) / ((relative * rate) ** 2 * sessions_per_day)


def _log_change(rates: Rates) -> tuple[float, float]:
    before, after = rates.units_before / rates.sessions_before, rates.units_after / rates.sessions_after
    return float(np.log(after / before)), 1 / rates.units_before + 1 / rates.units_after
