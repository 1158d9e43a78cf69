"""Completeness by age from a triangle of restated days: the chain ladder, pulled towards a published curve.

Mack, Distribution-free calculation of the standard error of chain ladder reserve estimates, ASTIN Bulletin 23, 1993.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
# Not that of ``counts``: with it comes scipy, and every judging learns how figures mature.

PRIOR_EVENTS = 200.0
"""How many events (orders, clicks) of an account's own weigh as much as the published curve."""
_PRIOR_DAYS = 5.0
"""How many days the prior scatter weighs."""
_90_PERCENT = 1.645


@dataclass(frozen=True, slots=True)
class Learned:
    """By age: the share that is known, and its 90 % interval. ``days``: days with two looks at neighbouring ages."""

    shares: Floats
    low: Floats
    high: Floats
    days: int


def completeness(known: Floats, published: Floats, per_event: float = 1.0) -> Learned:
    """``known``: day × age, what was known of the day so many days later, NaN where nobody looked; ages run from 0.
    ``published``: the share by age to start from, as long as the ages of ``known``. ``per_event``: what one event
    amounts to in the figure (1 for counts, the average order for sales).

    With w = 200 events, q the published curve and sums over days seen at both ages:
    ``f_a = (Σ C_{a+1} + w·q_{a+1}) / (Σ C_a + w·q_a)``, ``share_a = 1 / Π_{b≥a} f_b``.
    ``Var f_a = σ²_a / (Σ C_a + w·q_a)`` with ``σ²_a = (5·s²_a + Σ C_a (C_{a+1}/C_a − f_a)²) / (5 + n_a)`` and
    ``s²_a = |q_{a+1}/q_a − 1|`` per event; the logs of independent factors add up.
    """
    ages = known.shape[1]
    weight = PRIOR_EVENTS * max(per_event, 1e-12)
    factors, variances = np.ones(ages), np.zeros(ages)
    seen: npt.NDArray[np.bool_] = np.zeros(known.shape[0], dtype=np.bool_)
    for age in range(1, ages - 1):
        now, then = known[:, age], known[:, age + 1]
        both = ~np.isnan(now) & ~np.isnan(then)
        seen |= both
        base = now[both].sum() + weight * published[age]
        factors[age] = max((then[both].sum() + weight * published[age + 1]) / base, 1e-6)
        moved = both & (now > 0)
        own = (now[moved] * (then[moved] / now[moved] - factors[age]) ** 2).sum()
        expected = abs(published[age + 1] / published[age] - 1.0) * per_event
        variances[age] = (_PRIOR_DAYS * expected + own) / (_PRIOR_DAYS + moved.sum()) / base / factors[age] ** 2
    shares = np.asarray(1.0 / np.cumprod(factors[::-1])[::-1], dtype=np.float64)
    spread = np.exp(_90_PERCENT * np.sqrt(np.cumsum(variances[::-1])[::-1]))
    shares[0] = published[0]
    return Learned(shares, np.asarray(shares / spread), np.asarray(shares * spread), int(seen.sum()))
