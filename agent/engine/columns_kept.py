"""Figures of an earlier judging, taken over for all of whom nothing has changed since.

What a figure is follows from an entity's rows on the days of its span alone. So it stands as long as no row of the
entity came in since, and none lies on a day that its span has left or entered. State, settings and relations are read
anew each time: they are one row per entity, and grouping a thousand times as many is what takes the time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256

import polars as pl

from agent.engine.columns_days import Measured
from agent.engine.columns_some import Some
from agent.model.fact import Stream
from agent.model.window import Span
from agent.ports import FactView, FigureShelf, KeptFigures, SpanKept


def remembered(
    view: FactView, stream: Stream, whole: Sequence[Measured], shelf: FigureShelf,
    gather: Callable[[FactView], pl.LazyFrame],
) -> pl.LazyFrame:  # fmt: skip
    """What ``gather(view)`` gives, gathered anew only of those whose figures may have changed since they were kept."""
    spans, before = {one.key: _kept(one) for one in whole}, shelf.kept(stream)
    changed: pl.Series | None = None
    if before is not None and _holds(before, view, stream, spans):
        changed = _changed(view, stream, spans, before)
    if before is None or changed is None or 2 * changed.len() > before.frame.height:
        frame = gather(view).collect(engine="streaming")
        gathered = frame.height
    else:
        fresh = gather(Some(view, stream.kind, changed)).collect(engine="streaming")
        others = before.frame.filter(~pl.col("entity").is_in(changed.implode())).select(fresh.columns)
        frame, gathered = pl.concat([others, fresh]), fresh.height
    shelf.keep(stream, KeptFigures(view.moment, _pulls(view, stream, view.moment), spans, frame, gathered))
    return frame.lazy()


def _kept(one: Measured) -> SpanKept:
    return SpanKept(one.span.first, one.span.last, " ".join(map(str, one.weights)))


def _holds(before: KeptFigures, view: FactView, stream: Stream, spans: Mapping[str, SpanKept]) -> bool:
    """Whether every figure is there, and the book still says of that moment what it said then: a pull that was booked
    late, days that were let go and a table that was restored all make it another one."""
    there = set(before.frame.columns) >= spans.keys() and before.spans.keys() >= spans.keys()
    return there and before.known_at <= view.moment and before.pulls == _pulls(view, stream, before.known_at)


def _pulls(view: FactView, stream: Stream, moment: datetime) -> str:
    known = sorted(pull for pull in view.pulls_of(stream) if pull[0] <= moment)
    return sha256(repr(known).encode()).hexdigest()


def _changed(view: FactView, stream: Stream, spans: Mapping[str, SpanKept], before: KeptFigures) -> pl.Series:
    """Whoever has a row that was not known then, or one on a day that counts otherwise now."""
    moved: set[date] = set()
    for key, now in spans.items():
        then = before.spans[key]
        days, others = set(Span(now.first, now.last)), set(Span(then.first, then.last))
        moved |= days ^ others if now.weights == then.weights else days | others
    both = [*spans.values(), *(before.spans[key] for key in spans)]
    span = Span(min(each.first for each in both), max(each.last for each in both))
    newly = pl.col("observed_at") > before.known_at
    counts = newly | pl.col("day").is_in(sorted(moved)) if moved else newly
    rows = view.increments(stream, span).filter(counts).select(pl.col("entity").cast(pl.String).unique())
    return rows.collect(engine="streaming")["entity"]
