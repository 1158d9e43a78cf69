"""How long stock lasts."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from agent.methods.counts import Floats
from agent.methods.demand import Forecast

FOREVER = 730.0
"""Days of cover are counted up to two years; what lasts longer is said to last that long."""


def days_of_cover(stock: ArrayLike, cumulated: Floats, daily_after: ArrayLike) -> Floats:
    """Days until ``stock`` (units) is used up: the least t with ``Σ demand(1…t) ≥ stock``, within the day by share.

    ``cumulated``: SKU × day to come, never falling; ``daily_after``: units per day beyond its last day. 0 for no
    stock, nan where stock or demand is unknown.
    """
    stock, after = np.asarray(stock, float), np.asarray(daily_after, float)
    horizon = cumulated.shape[1]
    before = np.concatenate([np.zeros((len(cumulated), 1)), cumulated], axis=1)
    full = (cumulated < stock[:, None]).sum(axis=1)
    at = np.minimum(full, horizon - 1)
    rows = np.arange(len(cumulated))
    start, end = before[rows, at], before[rows, at + 1]
    within = np.divide(stock - start, end - start, out=np.zeros_like(stock), where=end > start)
    rest = stock - cumulated[:, -1]
    later = np.divide(rest, after, out=np.full_like(stock, FOREVER), where=after > 0)
    days = np.where(full < horizon, at + within, horizon + later)
    days = np.where(stock <= 0, 0.0, np.minimum(days, FOREVER))
    return np.where(np.isnan(stock) | np.isnan(cumulated[:, -1]), np.nan, days)


def by_forecast(stock: ArrayLike, forecast: Forecast, q: float | None = None) -> Floats:
    """Days of cover by the expected demand, or where demand is as high as its quantile ``q``."""
    if q is None:
        return days_of_cover(stock, forecast.cumulated, forecast.daily[:, -1])
    path = forecast.paths(q)
    back = min(28, path.shape[1] - 1)
    after = (path[:, -1] - path[:, -1 - back]) / back if back else path[:, -1]
    return days_of_cover(stock, path, np.maximum(after, forecast.daily[:, -1]))


def naive(stock: ArrayLike, per_day: ArrayLike) -> Floats:
    """``stock / mean units per day``; 0 for no stock, two years where nothing sells, nan where either is unknown."""
    stock, per_day = np.broadcast_arrays(np.asarray(stock, float), np.asarray(per_day, float))
    out = np.divide(stock, per_day, out=np.full(stock.shape, FOREVER), where=per_day > 0)
    return np.where(np.isnan(per_day) | np.isnan(stock), np.nan, np.where(stock <= 0, 0.0, np.minimum(out, FOREVER)))
