"""What a pull adds to the book: only what differs from what stands there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from agent.facts.streams import DTYPES, STATE, additive, columns_of, keys_of, values
from agent.model.fact import Absence, Grain, Stream

if TYPE_CHECKING:
    from agent.facts.delivery import Gathered

_STOOD = ":stood"


def standing(stream: Stream, booked: pl.LazyFrame) -> pl.LazyFrame:
    """What the booked rows say together: sums of amounts, the newest of values, one row per entity (and day)."""
    sums = [pl.col(name).sum() for name in additive(stream)]
    newest = [pl.col(name).max_by("pull") for name in values(stream)]
    if stream.grain is Grain.DAY:
        return booked.group_by(keys_of(stream)).agg(*sums, *newest)
    return booked.group_by("entity").agg(*newest, pl.col("gone").max_by("pull"))


def corrections(stream: Stream, gathered: Gathered, stood: pl.DataFrame) -> pl.DataFrame:
    """The rows to book so that the book says what was delivered, sorted by entity, then day.

    ``gathered`` is what was delivered, ``stood`` what the book says of the same days (or the listing); of columns that
    did not come, nothing changes. Amounts become differences; values are carried as they are now known. What is no
    longer delivered is booked back to zero, or as gone, where the delivery is the whole truth.
    """
    came = gathered.columns
    both = _side_by_side(gathered.rows.with_columns(came=True), stood.with_columns(stood=True), keys_of(stream))
    if not gathered.whole:
        both = both.filter(pl.col("came").is_not_null())
    found = _of_days(stream, both, came) if stream.grain is Grain.DAY else _of_listing(stream, both, came)
    return found.collect().sort(keys_of(stream))


def _side_by_side(rows: pl.DataFrame, stood: pl.DataFrame, keys: Sequence[str]) -> pl.LazyFrame:
    """Every key with what came and, under names ending in ``:stood``, what stood in the book."""
    if stood.height:
        return rows.lazy().join(stood.lazy(), on=keys, how="full", coalesce=True, suffix=_STOOD)
    names = {name: name + _STOOD if name in rows.columns else name for name in stood.columns if name not in keys}
    return rows.lazy().with_columns(pl.lit(None, stood.schema[name]).alias(now) for name, now in names.items())


def _of_days(stream: Stream, both: pl.LazyFrame, came: Sequence[str]) -> pl.LazyFrame:
    amounts, figures = additive(stream), values(stream)
    differences = [_difference(stream, name) if name in came else _nothing(stream, name) for name in amounts]
    now = [_now(name) if name in came else pl.col(name + _STOOD).alias(name) for name in figures]
    changed = [pl.col(name) != 0 for name in amounts] + [
        pl.col(name).ne_missing(pl.col(name + _STOOD)) for name in figures
    ]
    if stream.absent is not Absence.ZERO:
        changed.append(pl.col("stood").is_null())
    rows = both.with_columns(*differences, *now).filter(pl.any_horizontal(changed))
    return rows.select(pl.col("day").dt.strftime("%Y-%m").alias("part"), *keys_of(stream), *columns_of(stream))


def _difference(stream: Stream, name: str) -> pl.Expr:
    return (pl.col(name).fill_null(0) - pl.col(name + _STOOD).fill_null(0)).alias(name)


def _nothing(stream: Stream, name: str) -> pl.Expr:
    return pl.lit(0, DTYPES[stream.column(name).unit]).alias(name)  # type: ignore[union-attr]


def _now(name: str) -> pl.Expr:
    return pl.when(pl.col("came")).then(pl.col(name)).alias(name)


def _of_listing(stream: Stream, both: pl.LazyFrame, came: Sequence[str]) -> pl.LazyFrame:
    names = list(columns_of(stream))
    listed = pl.col("came").is_not_null()
    gone = pl.col("gone").fill_null(False)
    now = [pl.col(name) if name in came else pl.col(name + _STOOD).alias(name) for name in names]
    differs = pl.any_horizontal([pl.col(name).ne_missing(pl.col(name + _STOOD)) for name in names])
    appears = pl.col("stood").is_null() | gone
    rows = both.with_columns(now).filter(pl.when(listed).then(appears | differs).otherwise(~gone))
    return rows.select(pl.lit(STATE).alias("part"), "entity", (~listed).alias("gone"), *names)
