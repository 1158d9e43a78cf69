"""Why sales moved: a change of a product split into its factors, without a remainder."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from agent.methods.counts import Floats


def log_mean(a: ArrayLike, b: ArrayLike) -> Floats:
    """``L(a, b) = (a − b) / ln(a / b)``, and a where both are equal; for positive numbers."""
    a, b = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(a / b)
        return np.where(np.abs(ratio) < 1e-9, a, (a - b) / np.where(ratio == 0, 1.0, ratio))


def lmdi(before: ArrayLike, after: ArrayLike) -> Floats:
    """What each factor (last axis) adds to the change of the product: ``L(V1, V0)·ln(x1/x0)`` (LMDI-I, Ang 2004).

    The parts add up to the change exactly. Where a factor is zero or unknown on either side all parts are nan: nothing
    is decomposed that did not sell.
    """
    x0, x1 = np.broadcast_arrays(np.asarray(before, float), np.asarray(after, float))
    whole = ((x0 > 0) & (x1 > 0)).all(axis=-1, keepdims=True)
    x0, x1 = np.where(whole, x0, 1.0), np.where(whole, x1, 1.0)
    weight = log_mean(x1.prod(axis=-1), x0.prod(axis=-1))
    return np.where(whole, weight[..., None] * np.log(x1 / x0), np.nan)


def sales_parts(before: ArrayLike, after: ArrayLike) -> Floats:
    """Parts of a change of sales from sessions, conversion and price; the last axis is sessions, units, sales."""
    return lmdi(_factors(before), _factors(after))


def _factors(figures: ArrayLike) -> Floats:
    """sessions, units / session, sales / unit."""
    sessions, units, sales = np.moveaxis(np.asarray(figures, float), -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack([sessions, units / sessions, sales / units], axis=-1)
