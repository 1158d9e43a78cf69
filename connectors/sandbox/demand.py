"""How many people look for a product on a day: season, weekday, a slow drift, and noise. All factors are around 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from connectors.sandbox.chance import Floats, stream

_YEAR = 365.25
_DRIFT_BEGINS = date(2020, 1, 1)
_DRIFT_PER_DAY = 0.006
_DRIFT_KEPT = 0.995
"""The drift forgets half of itself in about 140 days, so that products neither vanish nor explode in years."""
_DRIFT, _NOISE = 2, 3
WEEKDAYS = (1.05, 1.02, 1.00, 0.98, 0.94, 0.97, 1.04)
"""Monday to Sunday; ±6 % around a mean of 1."""


@dataclass(frozen=True, slots=True)
class Season:
    """A bell over the year: ``peak`` times the usual on day ``centre`` of the year, ``width`` days wide (one sigma)."""

    peak: float
    centre: int
    width: float

    def factor(self, day: date) -> float:
        days = abs(day.timetuple().tm_yday - self.centre)
        away = min(days, _YEAR - days)
        return float(1 + (self.peak - 1) * np.exp(-0.5 * (away / self.width) ** 2))


SEASONS = {
    "flat": Season(1.0, 1, 1.0),
    "q4mild": Season(1.6, 335, 25.0),
    "q4": Season(1.8, 335, 18.0),
    "q4gift": Season(2.6, 346, 14.0),
    "summer": Season(1.9, 186, 40.0),
    "winter": Season(1.8, 10, 40.0),
    "jan": Season(1.5, 12, 20.0),
}


class Demand:
    """Daily factors by product. ``units_per_day`` sets how calm a product is: busy ones vary less."""

    def __init__(self, seed: int, seasons: Sequence[str], units_per_day: Floats) -> None:
        self._seed = seed
        self._seasons = [SEASONS[name] for name in seasons]
        self._calm = 2.5 + units_per_day**0.6
        self._drift: Floats = np.zeros((0, len(self._seasons)))

    def factors(self, day: date) -> Floats:
        """One factor per product for this day."""
        season = np.array([season.factor(day) for season in self._seasons])
        return season * WEEKDAYS[day.weekday()] * self._level(day) * self._noise(day)

    def _noise(self, day: date) -> Floats:
        # A gamma factor over Poisson counts makes them negative binomial with shape 2.5 + mean^0.6.
        return stream(self._seed, _NOISE, day.toordinal()).standard_gamma(self._calm) / self._calm

    def _level(self, day: date) -> Floats:
        index = max(0, (day - _DRIFT_BEGINS).days)
        if index >= len(self._drift):
            self._drift = self._walk(index + 366)
        level: Floats = np.exp(self._drift[index])
        return level

    def _walk(self, days: int) -> Floats:
        steps = stream(self._seed, _DRIFT).standard_normal((days, len(self._seasons))) * _DRIFT_PER_DAY
        for index in range(1, days):
            steps[index] += _DRIFT_KEPT * steps[index - 1]
        return steps
