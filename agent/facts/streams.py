"""How a stream's rows lie in its table: names, types and the order of columns.

Types are narrow where the range allows: counts are int32, money is int64 micros, a day is a date. Parquet encodes
entities by dictionary, so they stay text. A table holds two sorts of rows, told apart by the partition ``part``:

- rows of facts (``part`` is the month of the day, or ``state`` for a snapshot), sorted by entity, then day;
- one row per pull (``part`` is ``pulls``): which days are complete since then, and what the pull brought.
"""

from __future__ import annotations

import polars as pl

from agent.model.fact import Grain, Stream
from agent.model.metric import Unit

PULLS = "pulls"
STATE = "state"
MOMENT = pl.Datetime("us", "UTC")
DTYPES: dict[Unit, pl.DataType] = {
    Unit.COUNT: pl.Int32(),
    Unit.MONEY: pl.Int64(),
    Unit.RATIO: pl.Float64(),
    Unit.NUMBER: pl.Float64(),
    Unit.DAYS: pl.Float64(),
    Unit.INSTANT: MOMENT,
    Unit.TEXT: pl.String(),
    Unit.FLAG: pl.Boolean(),
}
_KEYS: dict[str, pl.DataType] = {
    "part": pl.String(),
    "entity": pl.String(),
    "day": pl.Date(),
    "observed_at": MOMENT,
    "pull": pl.Int32(),
    "gone": pl.Boolean(),
}
_OF_A_PULL: dict[str, pl.DataType] = {
    "pull_last_day": pl.Date(),
    "pull_rows": pl.Int64(),
    "pull_increments": pl.Int64(),
    "pull_run": pl.String(),
}
RESERVED = frozenset(_KEYS) | frozenset(_OF_A_PULL)
Schema = dict[str, pl.DataType]


def columns_of(stream: Stream) -> Schema:
    """The stream's own columns. Refuses a declaration the book could not keep its promises for."""
    for column in stream.columns:
        if column.name in RESERVED:
            raise ValueError(f"{stream.name}.{column.name}: this name is the book's own")
    inexact = [name for name in additive(stream) if not DTYPES[_unit(stream, name)].is_integer()]
    if inexact:
        raise ValueError(f"{stream.name}.{inexact[0]}: only counts and money add up exactly; declare additive=False")
    return {column.name: DTYPES[column.unit] for column in stream.columns}


def keys_of(stream: Stream) -> list[str]:
    """What a row is about; the book holds one figure for each."""
    return ["entity", "day"] if stream.grain is Grain.DAY else ["entity"]


def delivered_schema(stream: Stream) -> Schema:
    """What a pull brings: ``entity``, ``day`` where the grain is a day, and the stream's columns."""
    day = {"day": _KEYS["day"]} if stream.grain is Grain.DAY else {}
    return {"entity": _KEYS["entity"], **day, **columns_of(stream)}


def table_schema(stream: Stream) -> Schema:
    """The whole table. The keys stand first: Delta keeps statistics of the first columns only."""
    return {**_KEYS, **columns_of(stream), **_OF_A_PULL}


def pulls_schema() -> Schema:
    return {name: _KEYS[name] for name in ("part", "day", "observed_at", "pull")} | _OF_A_PULL


def additive(stream: Stream) -> list[str]:
    """The columns whose increments add up to the figure."""
    if stream.grain is not Grain.DAY:
        return []
    return [column.name for column in stream.columns if column.additive]


def values(stream: Stream) -> list[str]:
    """The columns of which the newest known value counts."""
    if stream.grain is not Grain.DAY:
        return [column.name for column in stream.columns]
    return [column.name for column in stream.columns if not column.additive]


def _unit(stream: Stream, name: str) -> Unit:
    return next(column.unit for column in stream.columns if column.name == name)
