"""How sure a mean is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats


def mean_interval(values: Sequence[float], level: float) -> tuple[float, float | None, float | None]:
    """The mean, and the interval that holds the true one in ``level`` of all samples: ``m ± t·s/√n``, Student's t with
    n − 1 degrees of freedom. One value has no interval."""
    array = np.asarray(values, float)
    mean = float(array.mean())
    if len(array) < 2:
        return mean, None, None
    reach = float(stats.t.ppf((1 + level) / 2, len(array) - 1)) * float(array.std(ddof=1)) / len(array) ** 0.5
    return mean, mean - reach, mean + reach
