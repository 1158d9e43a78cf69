"""Daily demand per SKU: what is expected, and how sure that is.

A SKU's day is ``level × weekday × season``. All SKUs are computed at once, as a SKU × day matrix of units in which a
day that tells nothing (out of stock, not delivered) is nan: a day without a sale is 0 and counts, a masked one does
not. Every factor of a SKU with little data is pulled towards that of its group (empirical Bayes).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from agent.methods import counts
from agent.methods.counts import Floats
from agent.methods.season import Season, weekday_factors, yearly_season

_ALPHAS = np.array([0.01, 0.02, 0.04, 0.08, 0.16, 0.3])
_AHEAD = (1, 7, 28)
"""Horizons (days) at which the forecast is held against what came."""
_OWN_ERRORS = 8.0
"""How many independent errors of its own a SKU needs to count as much as its group's."""
_SPIKE = 3.5
"""Standard deviations above its surroundings at which a lone day is cut (a bulk order)."""
_CUT_TO = 2.0
_AROUND = 14
_USUAL_ALPHA, _ODD_ALPHA = 0.05, 0.05
"""Smoothing that is preferred, and how much dearer another is by each factor of e that lies between."""
_LEAST_DAYS = 7


@dataclass(frozen=True, slots=True)
class History:
    """``units``: SKU × day, nan where the day tells nothing. ``last_weekday``: of the last column, Monday is 0.

    ``last_day_of_year``: of the last column, 0 to 365. ``groups``: a number per SKU; SKUs of a group share factors.
    """

    units: Floats
    last_weekday: int
    last_day_of_year: int
    groups: NDArray[np.int64] | None = None

    @property
    def weekdays(self) -> NDArray[np.int64]:
        days = self.units.shape[1]
        return (self.last_weekday - np.arange(days - 1, -1, -1)) % 7

    @property
    def group_of(self) -> NDArray[np.int64]:
        return np.zeros(len(self.units), np.int64) if self.groups is None else self.groups


@dataclass(frozen=True)
class Forecast:
    """``level``: deseasonalised units per day, nan where fewer than 7 days are known. ``factors``: SKU × day to come.

    ``noise``: variance over mean of a single day; ``doubt``: SKU × ``_AHEAD``, the squared relative error of the mean.
    """

    level: Floats
    factors: Floats
    noise: Floats
    doubt: Floats

    @cached_property
    def daily(self) -> Floats:
        """Expected units, SKU × day to come."""
        return self.level[:, None] * self.factors

    @cached_property
    def cumulated(self) -> Floats:
        """Expected units until the end of each day to come."""
        return np.cumsum(self.daily, axis=1)

    def variance(self, days: int, mean: ArrayLike | None = None) -> Floats:
        """Of the units of the next ``days``: ``noise·m + doubt(days)·m²``. Doubt grows with the horizon."""
        m = self.total(days) if mean is None else np.asarray(mean, float)
        return np.asarray(self.noise * m + self._doubt_at(days) * m * m)

    def total(self, days: int) -> Floats:
        """Expected units of the next ``days`` together; beyond the computed horizon its last day goes on."""
        if days <= 0:
            return np.zeros(len(self.level))
        known = self.cumulated.shape[1]
        beyond = max(0, days - known) * self.daily[:, -1]
        return np.asarray(self.cumulated[:, min(days, known) - 1] + beyond)

    def quantile(self, q: ArrayLike, days: int) -> Floats:
        """The units of the next ``days`` together that are not exceeded with probability q (negative binomial)."""
        return counts.quantile(counts.outwards(q), self.total(days), self.variance(days))

    def at_most(self, units: ArrayLike, days: int) -> Floats:
        """The probability that no more than ``units`` are wanted in the next ``days`` together."""
        return counts.inwards(counts.at_most(units, self.total(days), self.variance(days)))

    def of_day(self, q: ArrayLike) -> Floats:
        """The same quantile for each single day, SKU × day to come."""
        variance = self.noise[:, None] * self.daily + self.doubt[:, -1:] * self.daily**2
        return counts.quantile(counts.outwards(q), self.daily, variance)

    def paths(self, q: float) -> Floats:
        """Cumulated units until each day to come that are not exceeded with probability q; never falling."""
        horizon = self.cumulated.shape[1]
        # Every day of the first two weeks, then one a week: in between a quantile path is as good as straight.
        days = np.unique([*range(1, min(14, horizon) + 1), *range(14, horizon, 7), horizon])
        variance = np.stack([self.variance(int(day)) for day in days], axis=1)
        known = counts.quantile(counts.outwards(q), self.cumulated[:, days - 1], variance)
        known = np.maximum.accumulate(known, axis=1)
        all_days = np.arange(1, horizon + 1)
        after = np.minimum(np.searchsorted(days, all_days), len(days) - 1)
        before = np.maximum(after - 1, 0)
        width = np.maximum(days[after] - days[before], 1)
        share = np.where(after > 0, (all_days - days[before]) / width, 1.0)
        return np.asarray(known[:, before] + (known[:, after] - known[:, before]) * share)

    def _doubt_at(self, days: int) -> Floats:
        """Between the horizons by interpolation, beyond the last in proportion to time (a random walk)."""
        if days >= _AHEAD[-1]:
            return self.doubt[:, -1] * days / _AHEAD[-1]
        above = next(n for n, ahead in enumerate(_AHEAD) if ahead >= days)
        if above == 0:
            return self.doubt[:, 0]
        share = (days - _AHEAD[above - 1]) / (_AHEAD[above] - _AHEAD[above - 1])
        return self.doubt[:, above - 1] * (1 - share) + self.doubt[:, above] * share


def forecast(history: History, horizon: int = 28) -> Forecast:
    """Level by exponential smoothing of de-seasonalised, winsorised units; smoothing chosen by 28-day-ahead errors.

    ``l ← l + α(y / (weekday·season) − l)`` on known days; α is the mean of the two best of a grid. Sources: Gardner
    (2006) for smoothing, Makridakis et al. (2022, M5) for judging at 28 days, Kolassa (2016) for count quantiles.
    """
    units = without_spikes(history.units)
    weekday, season = seasons(history)
    flat = units / weekday[:, history.weekdays] / season.past(units.shape[1])
    levels = np.stack([_smoothed(flat, alpha) for alpha in _ALPHAS])
    chosen, errors = _chosen(levels, flat)
    enough = (~np.isnan(units)).sum(axis=1) >= _LEAST_DAYS
    level = np.where(enough, chosen[:, -1], np.nan)
    noise, doubt = _spread(errors, chosen)
    return Forecast(level, _factors(history, weekday, season, horizon), noise, doubt)


def flattened(history: History, weekday: Floats, season: Season) -> Floats:
    """The units without weekday and season, as the level sees them; masked days stay nan."""
    return np.asarray(history.units / weekday[:, history.weekdays] / season.past(history.units.shape[1]))


def seasons(history: History) -> tuple[Floats, Season]:
    """Weekday factors (SKU × weekday) and the time of year, as a forecast from this history uses them."""
    units = without_spikes(history.units)
    weekday = weekday_factors(units, history.weekdays, history.group_of)
    return weekday, yearly_season(units / weekday[:, history.weekdays], history.last_day_of_year, history.group_of)


def without_spikes(units: ArrayLike) -> Floats:
    """A lone day far above its surroundings (3.5 sd) cut to ``m + 2·sd`` (winsorised), so a bulk order is no trend.

    Surroundings are the 14 known days before and after; ``sd`` from the quasi-Poisson variance. A jump that lasts
    (the next day is high as well) is left as it is.
    """
    y = np.asarray(units, float)
    known = ~np.isnan(y)
    filled = np.where(known, y, 0.0)
    days = np.maximum(_near(known.astype(float)) - known, 1.0)
    plain = (_near(filled) - filled) / days
    tamed = np.minimum(filled, 4.0 * plain + 6.0)
    mean = np.maximum((_near(tamed) - tamed) / days, 0.05)
    noise = np.sum(known * (tamed - mean) ** 2 / mean, axis=1) / np.maximum(known.sum(axis=1), 1)
    sd = np.sqrt(np.maximum(noise, 1.0)[:, None] * mean + 0.25)
    high = known & (filled > mean + _SPIKE * sd)
    lasting = np.zeros_like(high)
    lasting[:, :-1] |= high[:, 1:]
    lasting[:, 1:] |= high[:, :-1]
    return np.where(high & ~lasting, mean + _CUT_TO * sd, y)


def _near(y: Floats) -> Floats:
    """Sums over the 14 days before and after and the day itself."""
    padded = np.pad(np.cumsum(y, axis=1), ((0, 0), (_AROUND + 1, _AROUND)), mode="edge")
    padded[:, : _AROUND + 1] = 0.0
    width = y.shape[1]
    return padded[:, 2 * _AROUND + 1 : 2 * _AROUND + 1 + width] - padded[:, :width]


def _smoothed(flat: Floats, alpha: float) -> Floats:
    """The level after each day; it begins with the mean of the first known days."""
    known = ~np.isnan(flat)
    out = np.empty_like(flat)
    level, seen = np.zeros(len(flat)), np.zeros(len(flat))
    for day in range(flat.shape[1]):
        here = known[:, day]
        seen = seen + here
        # The first days weigh alike, as a plain mean would weigh them, until smoothing takes over.
        gain = np.maximum(alpha, 1.0 / np.maximum(seen, 1.0))
        level = np.where(here, level + gain * (np.where(here, flat[:, day], 0.0) - level), level)
        out[:, day] = level
    return out


def _chosen(levels: Floats, flat: Floats) -> tuple[Floats, dict[int, Floats]]:
    """The mean of the two smoothings with the least 28-day-ahead error, own errors pulled to the group's."""
    ahead = _AHEAD[-1]
    target = _mean_ahead(flat, ahead)
    known = ~np.isnan(flat)
    scale = np.maximum(np.where(known, flat, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1), 0.05)
    with np.errstate(invalid="ignore"):
        square = ((levels - target) / scale[:, None]) ** 2
    square[:, :, : min(28, square.shape[2] // 3)] = np.nan
    seen = (~np.isnan(square[0])).sum(axis=1) / ahead
    own = np.nansum(square, axis=2) / np.maximum(seen * ahead, 1.0)
    weight = np.minimum(seen, 1e6)
    pooled = (own * weight).sum(axis=1, keepdims=True) / np.maximum(weight.sum(), 1e-9)
    cost = (own * seen + pooled * _OWN_ERRORS) / (seen + _OWN_ERRORS)
    cost = (cost if seen.any() else np.ones_like(cost)) * (1 + _ODD_ALPHA * np.abs(np.log(_ALPHAS / _USUAL_ALPHA)))[
        :, None
    ]
    best = np.argsort(cost, axis=0, kind="stable")[:2]
    chosen = np.take_along_axis(levels, best[:, :, None], axis=0).mean(axis=0)
    return chosen, {each: chosen - _mean_ahead(flat, each) for each in _AHEAD}


def _mean_ahead(flat: Floats, days: int) -> Floats:
    """The mean of the next ``days`` after each day; nan where fewer than two thirds of them are known."""
    known = ~np.isnan(flat)
    total, seen = (np.pad(np.cumsum(each, axis=1), ((0, 0), (0, days)), mode="edge")
                   for each in (np.where(known, flat, 0.0), known.astype(float)))  # fmt: skip
    width = flat.shape[1]
    total, seen = (each[:, days : days + width] - each[:, :width] for each in (total, seen))
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(3 * seen >= 2 * days, total / seen, np.nan)
    means[:, max(0, width - days) :] = np.nan
    return means


def _spread(errors: dict[int, Floats], level: Floats) -> tuple[Floats, Floats]:
    """Noise of a day (variance / mean), and what remains of the errors of 1, 7 and 28 days as doubt of the mean."""
    mean = np.maximum(level, 0.05)
    noise = np.maximum(_pooled(errors[1] ** 2, mean, 1, 1.5), 1.0)
    doubts = [_pooled(errors[ahead] ** 2 - noise[:, None] * mean / ahead, mean**2, ahead, 0.05) for ahead in _AHEAD]
    return noise, np.maximum(np.maximum.accumulate(np.stack(doubts, axis=1), axis=1), 0.0025)


def _pooled(part: Floats, whole: Floats, ahead: int, usual: float) -> Floats:
    """Each SKU's ratio of sums, pulled to that of all as far as it has few independent values; ``usual`` if none has.

    A ratio of sums, not a mean of ratios: days of nearly no sales must not decide.
    """
    there = ~np.isnan(part)
    there[:, : min(28, part.shape[1] // 3)] = False
    above, below = np.where(there, part, 0.0).sum(axis=1), np.where(there, whole, 0.0).sum(axis=1)
    own = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    independent = there.sum(axis=1) / ahead
    total = independent.sum()
    everybody = (float((own * independent).sum()) + usual) / (total + 1.0)
    return np.asarray((own * independent + everybody * _OWN_ERRORS) / (independent + _OWN_ERRORS))


def _factors(history: History, weekday: Floats, season: Season, horizon: int) -> Floats:
    coming = (history.last_weekday + 1 + np.arange(horizon)) % 7
    return weekday[:, coming] * season.future(horizon)


def rolling_origins(days: int, first: int, step: int, horizon: int) -> Iterator[int]:
    """How many days are known at each origin of a back-test whose ``horizon`` still lies inside ``days``."""
    yield from range(first, days - horizon + 1, step)
