"""How well demand is forecast, beside the usual methods: rolling origin, 28 days ahead, in the units of the M5 contest.

    make bench-forecast [DATA=sales.csv]     (columns unique_id, ds, y: one row per item and day)

Without DATA, twelve items are simulated: three years, weekday and season, negative binomial noise, sizes from one in
three days to thirty a day. Errors are root mean squared scaled errors (RMSSE), weighted by the units of the 28 days
before each origin, and stated as a multiple of simple exponential smoothing's (below 1: better). The intervals of our
forecast are counted over days, weeks and four weeks; a count lies on a border with a part of its probability (a
randomised count). Budgets: at most 1.00; 45 to 55 % in intervals of 50 %, 86 to 94 % in those of 90 %.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from statsforecast.models import (
    TSB,
    AutoETS,
    CrostonClassic,
    CrostonSBA,
    Naive,
    SeasonalNaive,
    SimpleExponentialSmoothingOptimized,
    WindowAverage,
)

from agent.methods import counts
from agent.methods.demand import Forecast, History, forecast, rolling_origins

AHEAD, KNOWN = 28, 730
BASE = "exponential smoothing"
OURS = "Steward"
RIVALS: Mapping[str, Callable[[], object]] = {
    BASE: SimpleExponentialSmoothingOptimized,
    "naive": Naive,
    "seasonal naive": lambda: SeasonalNaive(season_length=7),
    "moving average": lambda: WindowAverage(window_size=28),
    "ETS": lambda: AutoETS(season_length=7),
    "Croston": CrostonClassic,
    "SBA": CrostonSBA,
    "TSB": lambda: TSB(alpha_d=0.2, alpha_p=0.2),
}
Floats = NDArray[np.float64]


def read(path: Path) -> tuple[Floats, date]:
    """Item × day, and the last day; days an item has no row for are 0."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["unique_id"], date.fromisoformat(row["ds"][:10]), float(row["y"])) for row in csv.DictReader(file)]
    items = sorted({item for item, _, _ in rows})
    first, last = min(day for _, day, _ in rows), max(day for _, day, _ in rows)
    units = np.zeros((len(items), (last - first).days + 1))
    for item, day, sold in rows:
        units[items.index(item), (day - first).days] = sold
    return units, last


def simulated(seed: int = 1) -> tuple[Floats, date]:
    rng, days = np.random.default_rng(seed), np.arange(3 * 365)
    size = np.geomspace(0.3, 30, 12)[:, None]
    weekday = 1 + 0.25 * np.cos(2 * np.pi * days / 7)
    season = 1 + 0.4 * np.sin(2 * np.pi * days / 365 + rng.uniform(0, 6, (12, 1)))
    level = np.exp(np.cumsum(rng.normal(0, 0.006, (12, len(days))), axis=1))
    return rng.poisson(rng.gamma(4, size * weekday * season * level / 4)).astype(float), date(2026, 6, 30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--origins", type=int, help="how many (26; of simulated items 6)")
    given = parser.parse_args()
    units, last = read(given.data) if given.data else simulated()
    days, count = units.shape[1], given.origins or (26 if given.data else 6)
    origins = list(rolling_origins(days, days - count * AHEAD, AHEAD, AHEAD))
    errors: dict[str, list[float]] = {name: [] for name in (OURS, *RIVALS)}
    told: list[tuple[Forecast, Floats]] = []
    for origin in origins:
        known, came = units[:, :origin], units[:, origin : origin + AHEAD]
        day = last - timedelta(days=days - origin)
        found = forecast(History(known[:, -KNOWN:], day.weekday(), day.timetuple().tm_yday - 1), AHEAD)
        told.append((found, came))
        errors[OURS].append(_error(known, came, found.daily))
        for name, model in RIVALS.items():
            errors[name].append(_error(known, came, np.stack([_rival(model, row) for row in known[:, -KNOWN:]])))
    _print(errors, told, len(units), len(origins))


def _rival(model: Callable[[], object], row: Floats) -> Floats:
    return np.asarray(model().forecast(y=row, h=AHEAD)["mean"])  # type: ignore[attr-defined]


def _error(known: Floats, came: Floats, said: Floats) -> float:
    """RMSSE, weighted by what sold in the 28 days before."""
    scale = (np.diff(known, axis=1) ** 2).mean(axis=1)
    weight = known[:, -AHEAD:].sum(axis=1)
    each = np.sqrt(((came - said) ** 2).mean(axis=1) / np.where(scale > 0, scale, 1.0))
    return float((weight * each).sum() / max(weight.sum(), 1e-9))


def _print(errors: Mapping[str, list[float]], told: list[tuple[Forecast, Floats]], items: int, origins: int) -> None:
    base = float(np.mean(errors[BASE]))
    print(f"{items} items, {origins} origins, {AHEAD} days ahead\n")
    print(f"{'method':<24}{'scaled error':>14}{'of smoothing':>14}")
    for name, values in sorted(errors.items(), key=lambda pair: float(np.mean(pair[1]))):
        print(f"{name:<24}{np.mean(values):>14.4f}{np.mean(values) / base:>14.3f}")
    print(f"\n{'interval':<24}{'50 %':>14}{'90 %':>14}")
    for name, ahead in (("a day", 1), ("7 days", 7), ("28 days", AHEAD)):
        chance = _chances(told, ahead)
        inside = [float(((chance > (1 - width) / 2) & (chance < (1 + width) / 2)).mean()) for width in (0.5, 0.9)]
        print(f"{name:<24}{inside[0]:>14.1%}{inside[1]:>14.1%}")


def _chances(told: list[tuple[Forecast, Floats]], ahead: int) -> Floats:
    """Where what came lay in the forecast's distribution, between 0 and 1."""
    rng, found = np.random.default_rng(0), []
    for said, came in told:
        if ahead == 1:
            mean, variance, x = said.daily, said.noise[:, None] * said.daily + said.doubt[:, -1:] * said.daily**2, came
        else:
            mean, variance, x = said.total(ahead), said.variance(ahead), came[:, :ahead].sum(axis=1)
        share = rng.random(x.shape)
        low, high = (counts.inwards(counts.at_most(each, mean, variance)) for each in (x - 1, x))
        found.append((low * (1 - share) + high * share).ravel())
    return np.concatenate(found)


if __name__ == "__main__":
    main()
