"""Changes of state columns, by anybody, as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

import polars as pl

from agent.engine.columns_types import quotient, typed
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
        frame = frame.join(_SEEN[name.source](changes, name, question), on="entity", how="left")
        if name.source is Source.CHANGES:
            frame = frame.with_columns(pl.col(name.key).fill_null(0))
    return frame


def _since(changes: pl.LazyFrame, name: Name, question: Question) -> pl.LazyFrame:
    """Days since the newest change; what was never seen changing counts from its first sighting."""
    newest = _by_entity(changes, pl.col("at").max())
    passed = (pl.lit(question.known_at) - pl.col("at")).dt.total_microseconds().cast(pl.Float64)
    return newest.select("entity", quotient(passed, _MICROSECONDS_PER_DAY).alias(name.key))


def _was(changes: pl.LazyFrame, name: Name, question: Question) -> pl.LazyFrame:
    """What the newest change before the window left; unknown for what was first seen later."""
    before = changes.filter(pl.col("at") <= question.known_at - timedelta(days=_days(name)))
    newest = _by_entity(before, pl.col("after").sort_by("at").last())
    return newest.select("entity", typed(pl.col("after"), name).alias(name.key))


def _count(changes: pl.LazyFrame, name: Name, question: Question) -> pl.LazyFrame:
    recent = pl.col("at") > question.known_at - timedelta(days=_days(name))
    changed = changes.filter(recent & ~pl.col("first").fill_null(False))
    return _by_entity(changed, pl.len().cast(pl.Int64).alias(name.key))


def _days(name: Name) -> int:
    if name.window is None:
        raise ValueError(f"{name.label} looks back over no window")
    return name.window.last


def _by_entity(changes: pl.LazyFrame, figure: pl.Expr) -> pl.LazyFrame:
    return changes.group_by(pl.col("entity").cast(pl.String)).agg(figure)


_SEEN: Mapping[Source, Callable[[pl.LazyFrame, Name, Question], pl.LazyFrame]] = {
    Source.SINCE: _since,
    Source.CHANGES: _count,
    Source.WAS: _was,
}
