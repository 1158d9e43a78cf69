"""Figures that need single days: grouped by entity and day, then by entity."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from agent.engine.columns_types import quotient
from agent.model.expression import How, Name
from agent.model.fact import Absence, Stream
from agent.model.maturity import WHOLE
from agent.model.window import Span

BILLION = 1e9
"""Shares are averaged as whole billionths, so that the order in which days are added cannot change the last bit."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One name on the days it stands for. ``span`` are the days that make the figure, ``window`` those that must be
    covered: they differ for the last figure of an amount, which is the last day's.
    """

    name: Name
    window: Span
    span: Span
    additive: bool
    weights: tuple[int, ...] = ()
    """Of a figure that weighs its days: what each counts, in parts of ``WHOLE``."""

    @property
    def key(self) -> str:
        return self.name.key


def by_day(rows: pl.LazyFrame, daily: list[Measured], stream: Stream) -> pl.LazyFrame:
    """``entity`` and a column per key. An additive figure of a day is its sum; any other the newest known value."""
    days = sorted({(one.name.name, one.additive) for one in daily})
    first, last = min(one.span.first for one in daily), max(one.span.last for one in daily)
    within = rows.filter(pl.col("day").is_between(first, last))
    single = within.group_by("entity", "day").agg(_day(name, additive) for name, additive in days)
    return single.group_by("entity").agg(_figure(one, stream).alias(one.key) for one in daily)


def _day(name: str, additive: bool) -> pl.Expr:
    if additive:
        return pl.col(name).cast(pl.Int64).sum()
    value = pl.col(name).cast(pl.Float64)
    value = pl.when(value.is_finite()).then(value)
    return value.sort_by("observed_at", name).last()


def _figure(one: Measured, stream: Stream) -> pl.Expr:
    """A figure over the days of one entity that have a value."""
    value = pl.col(one.name.name)
    there = pl.col("day").is_between(one.span.first, one.span.last) & value.is_not_null()
    figure = _of_days(one, value.filter(there), pl.col("day").filter(there))
    missing = there.sum() < len(one.span)
    if stream.absent is not Absence.ZERO:
        return pl.when(~missing).then(figure)
    if one.additive and one.name.how is How.MAX:
        return pl.when(missing).then(pl.max_horizontal(figure, 0)).otherwise(figure)
    if one.additive and one.name.how is How.MIN:
        return pl.when(missing).then(pl.min_horizontal(figure, 0)).otherwise(figure)
    return figure


def _of_days(one: Measured, value: pl.Expr, day: pl.Expr) -> pl.Expr:
    match one.name.how:
        case How.SUM:
            return value.sum() if one.additive else pl.lit(None)  # a share does not add up
        case How.LAST:
            return value.sort_by(day).last()
        case How.MAX:
            return value.max()
        case How.MIN:
            return value.min()
        case How.DAYS:
            return (value > 0).sum().cast(pl.Int64)
        case How.MEAN:
            return quotient(_exact(one, value).sum().cast(pl.Float64), _scaled(one, value.len().cast(pl.Float64)))
        case How.TREND:
            return _trend(one, value, day)
        case How.MATURE:
            raise ValueError(f"{one.name.label}: what is known of these days does not mature")


def _exact(one: Measured, value: pl.Expr) -> pl.Expr:
    return value if one.additive else (value * BILLION).round(0, mode="half_to_even").cast(pl.Int64, strict=False)


def _scaled(one: Measured, below: pl.Expr) -> pl.Expr:
    return below if one.additive else below * BILLION


def _trend(one: Measured, value: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Least squares over the days that have a value, from whole-number sums."""
    x, y = (day - pl.lit(one.span.first)).dt.total_days(), _exact(one, value)
    n, sum_x, sum_y = (part.cast(pl.Float64) for part in (value.len(), x.sum(), y.sum()))
    sum_xx, sum_xy = ((x * x).sum().cast(pl.Float64), (x * y).sum().cast(pl.Float64))
    below = n * sum_xx - sum_x * sum_x
    return pl.when(below > 0).then(quotient(n * sum_xy - sum_x * sum_y, _scaled(one, below)))


def twice_from_middle(span: Span) -> pl.Expr:
    """Twice the distance of a row's day from the middle of the span, in days: a whole number."""
    return (pl.col("day") - pl.lit(span.first)).dt.total_days() * 2 - (len(span) - 1)


def weight(one: Measured) -> pl.Expr:
    """What a row's day counts; most days of a window are complete."""
    weight: pl.Expr = pl.lit(WHOLE, dtype=pl.Int64)
    for day, part in zip(one.span, one.weights, strict=True):
        if part != WHOLE:
            weight = pl.when(pl.col("day") == day).then(pl.lit(part, dtype=pl.Int64)).otherwise(weight)
    return weight


def slope(column: pl.Expr, span: Span) -> pl.Expr:
    """Least-squares slope per day where every day has a figure: Σ(x − x̄)y / Σ(x − x̄)², both sides doubled.

    Σ(x − x̄)² of n consecutive days is n(n² − 1) / 12.
    """
    n = len(span)
    below = pl.lit(float(n * (n * n - 1) // 6))
    return quotient(column.cast(pl.Float64), below) if n > 1 else pl.lit(None, dtype=pl.Float64)
