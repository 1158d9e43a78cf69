"""Changes of state columns, by anybody, as columns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import polars as pl

from agent.engine.columns_types import quotient
from agent.engine.question import Question
from agent.model.expression import Name, Source
from agent.model.kinds import Kind, stream_of_state
from agent.ports import FactView

_MICROSECONDS_PER_DAY = pl.lit(86_400_000_000.0)


def joined_history(
    frame: pl.LazyFrame, kind: Kind, names: Iterable[Name], view: FactView, question: Question
) -> pl.LazyFrame:
    """The frame with a column per key: days since the newest change, or how many changes there were."""
    for name in names:
        stream = stream_of_state(kind.name, name.name)
        if stream is None:
            raise ValueError(f"{name.label}: a {kind.name} has no such state that changes")
        changes = view.changes(stream, name.name).filter(pl.col("at") <= question.known_at)
        seen = _since(changes, name, question) if name.source is Source.SINCE else _count(changes, name, question)
        frame = frame.join(seen, on="entity", how="left")
        if name.source is Source.CHANGES:
            frame = frame.with_columns(pl.col(name.key).fill_null(0))
    return frame


def _since(changes: pl.LazyFrame, name: Name, question: Question) -> pl.LazyFrame:
    """Days since the newest change; what was never seen changing counts from its first sighting."""
    newest = _by_entity(changes, pl.col("at").max())
    passed = (pl.lit(question.known_at) - pl.col("at")).dt.total_microseconds().cast(pl.Float64)
    return newest.select("entity", quotient(passed, _MICROSECONDS_PER_DAY).alias(name.key))


def _count(changes: pl.LazyFrame, name: Name, question: Question) -> pl.LazyFrame:
    if name.window is None:
        raise ValueError(f"{name.label} counts changes over no window")
    recent = pl.col("at") > question.known_at - timedelta(days=name.window.last)
    changed = changes.filter(recent & ~pl.col("first").fill_null(False))
    return _by_entity(changed, pl.len().cast(pl.Int64).alias(name.key))


def _by_entity(changes: pl.LazyFrame, figure: pl.Expr) -> pl.LazyFrame:
    return changes.group_by(pl.col("entity").cast(pl.String)).agg(figure)
