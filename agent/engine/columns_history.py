"""Changes of state columns, by anybody, as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, time, timedelta

import polars as pl

from agent.engine.columns_types import quotient, typed
from agent.engine.question import Question
from agent.model.expression import Name, Source
from agent.model.kinds import STREAMS, Kind, stream_of_state
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
        frame = frame.join(_seen(changes, name, kind, question), on="entity", how="left")
        if name.source is Source.CHANGES:
            frame = frame.with_columns(pl.col(name.key).fill_null(0))
    return frame


def _seen(changes: pl.LazyFrame, name: Name, kind: Kind, question: Question) -> pl.LazyFrame:
    if name.source is Source.HELD:
        return _held(changes, name, kind, question)
    return _SEEN[name.source](changes, name, question)


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


def _held(changes: pl.LazyFrame, name: Name, kind: Kind, question: Question) -> pl.LazyFrame:
    """Each value weighed by how long it stood within the window's days, which are taken as days of UTC.

    Before it was first seen it is taken to have been what it was then: figures come with weeks of past, states begin
    with the first pull. What was seen only after the window's last day counts with that value too.
    """
    if name.window is None:
        raise ValueError(f"{name.label} looks back over no window")
    settle_days = question.maturity.settle_days(STREAMS[kind.traffics[0]]) if kind.traffics else 0
    span = name.window.span(question.today, settle_days)
    begins, ends = (datetime.combine(day, time(), UTC) for day in (span.first, span.last + timedelta(days=1)))
    since = pl.when("first").then(pl.lit(begins)).otherwise(pl.max_horizontal("at", pl.lit(begins)))
    until = pl.min_horizontal(pl.col("at").shift(-1).over("entity").fill_null(ends), pl.lit(ends))
    stood = (until - since).dt.total_microseconds().clip(0)
    value = pl.col("after").cast(pl.Float64)
    held = pl.when(value.is_not_null()).then(stood)
    parts = changes.sort("entity", "at").select("entity", (value * stood).alias("value"), held.alias("stood"))
    sums = parts.group_by(pl.col("entity").cast(pl.String)).agg(pl.col("value").sum(), pl.col("stood").sum())
    mean = pl.when(pl.col("stood") > 0).then(pl.col("value") / pl.col("stood"))
    return sums.select("entity", typed(mean, name).alias(name.key))


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
