"""Factors of the weekday and of the time of year, each SKU's own pulled towards its group's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.methods.counts import Floats

_YEAR = 365
_WEEKDAY_UNITS = 60.0
"""Units on a weekday at which a SKU's own factor counts as much as its group's."""
_SEASON_UNITS = 200.0
"""The same for the time of year, in units around a day."""
_SEASON_AROUND = 10
"""Days before and after that say how strong a day of the year is."""
_BOUNDS = (0.25, 4.0)


def weekday_factors(units: Floats, weekdays: NDArray[np.int64], groups: NDArray[np.int64]) -> Floats:
    """SKU × weekday, mean 1: ``f = (sold + K·g) / (expected + K)`` with the group's factor g and K = 60 units.

    Expected is the SKU's mean of known days times the known days of that weekday: a gamma-Poisson posterior mean.
    """
    known = ~np.isnan(units)
    mean = np.where(known, units, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    on = np.equal.outer(weekdays, np.arange(7)).astype(float)
    sold, expected = np.where(known, units, 0.0) @ on, mean[:, None] * (known.astype(float) @ on)
    of_group = _by_group(sold, expected, groups, _WEEKDAY_UNITS, np.ones(7))
    factors = (sold + _WEEKDAY_UNITS * of_group) / (expected + _WEEKDAY_UNITS)
    return np.asarray(factors / factors.mean(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True)
class Season:
    """``index``: SKU × day of the year (365), relative to the year's mean. ``last``: the last known day of the year."""

    index: Floats
    last: int

    def past(self, days: int) -> Floats:
        return self.index[:, (self.last - np.arange(days - 1, -1, -1)) % _YEAR]

    def turn(self) -> Floats:
        """The last seven days over the seven before, per SKU."""
        past = self.past(14)
        return np.asarray(past[:, 7:].sum(axis=1) / past[:, :7].sum(axis=1))

    def future(self, days: int) -> Floats:
        return self.index[:, (self.last + 1 + np.arange(days)) % _YEAR]


def yearly_season(flat: Floats, last_day_of_year: int, groups: NDArray[np.int64]) -> Season:
    """The season of SKUs with a year of history, pulled to the group's; 1 all year where nobody has a year.

    A day's index is the units of the 21 days around it over the mean of the trailing years, after a straight trend in
    the yearly means is taken out; ``(sold + K·g) / (expected + K)`` as for weekdays. One year cannot tell season from
    trend for sure, so with one cycle K counts double.
    """
    days = flat.shape[1]
    last = last_day_of_year % _YEAR
    years = days // _YEAR
    ones = np.ones((len(flat), _YEAR))
    if not years:
        return Season(ones, last)
    recent = flat[:, -years * _YEAR :].reshape(len(flat), years, _YEAR)
    known = ~np.isnan(recent)
    level = np.where(known, recent, 0.0).sum(axis=2) / np.maximum(known.sum(axis=2), 1)
    sold = np.where(known, recent, 0.0).sum(axis=1)
    expected = (known * level[:, :, None]).sum(axis=1)
    sold, expected = _around(sold), _around(expected)
    whole = known.sum(axis=(1, 2)) >= 0.5 * _YEAR
    strength = _SEASON_UNITS * (2.0 if years == 1 else 1.0)
    of_group = _by_group(sold * whole[:, None], expected * whole[:, None], groups, strength, np.ones(_YEAR))
    index = (sold + strength * of_group) / (expected + strength)
    index = np.where(whole[:, None], index, of_group)
    # The first column lies a day after the last one, a year before: turn it to its day of the year.
    index = np.roll(index / index.mean(axis=1, keepdims=True), (last + 1) % _YEAR, axis=1)
    return Season(np.clip(index, *_BOUNDS), last)


def _around(by_day: Floats) -> Floats:
    """Sums over the days around each day of the year, the year being a circle."""
    width = 2 * _SEASON_AROUND + 1
    circle = np.concatenate([by_day[:, -_SEASON_AROUND:], by_day, by_day[:, :_SEASON_AROUND]], axis=1)
    sums = np.cumsum(np.pad(circle, ((0, 0), (1, 0))), axis=1)
    return np.asarray(sums[:, width:] - sums[:, :-width])


def _by_group(sold: Floats, expected: Floats, groups: NDArray[np.int64], strength: float, prior: Floats) -> Floats:
    """Each SKU's group's factor: what the group sold over what was expected, pulled to ``prior``."""
    count = int(groups.max()) + 1 if len(groups) else 0
    total_sold, total_expected = np.zeros((count, sold.shape[1])), np.zeros((count, sold.shape[1]))
    np.add.at(total_sold, groups, sold)
    np.add.at(total_expected, groups, expected)
    return np.asarray(((total_sold + strength * prior) / (total_expected + strength))[groups])
