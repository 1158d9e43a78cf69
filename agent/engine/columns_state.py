"""Snapshots as columns: who is judged, and what is true of them now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import polars as pl

from agent.engine.columns_types import quotient, type_of, typed
from agent.engine.question import Question
from agent.model.expression import Name, Source
from agent.model.fact import Stream
from agent.model.kinds import STREAMS, Kind, population
from agent.model.window import Span
from agent.ports import FactView

STATED = frozenset({Source.STATE, Source.AGE, Source.UNTIL})
"""Values that a snapshot holds, or that follow from one and the moment of judging."""

_MICROSECONDS_PER_DAY = pl.lit(86_400_000_000.0)
_HOUR = timedelta(hours=1)


def stated(kind: Kind, names: list[Name], view: FactView, question: Question) -> tuple[pl.LazyFrame, Mapping[str, str]]:
    """``entity`` and a column per key, and why a key is unknown for every entity.

    The first of a kind's snapshots that was ever pulled says who is judged; the others add what they know. For a kind
    without snapshots, those who have figures are judged.
    """
    there = population(kind, lambda stream: view.observed_at(stream) is not None)
    if there is None:
        return _with_figures(kind, view), {}
    gaps: dict[str, str] = {}
    frame = _columns(there, names, view, question, gaps)
    for stream in (STREAMS[name] for name in kind.states if name != there.name):
        if any(stream.column(name.name) for name in names):
            frame = frame.join(_columns(stream, names, view, question, gaps), on="entity", how="left")
    return frame, gaps


def _columns(
    stream: Stream, names: list[Name], view: FactView, question: Question, gaps: dict[str, str]
) -> pl.LazyFrame:
    asked = [name for name in names if stream.column(name.name)]
    gap = _gap(stream, view.observed_at(stream), question.known_at)
    gaps |= {name.key: gap for name in asked if gap}
    values = (pl.lit(None, dtype=type_of(name)) if gap else _value(name, question) for name in asked)
    columns = (value.alias(name.key) for name, value in zip(asked, values, strict=True))
    return view.state(stream).select(pl.col("entity").cast(pl.String), *columns)


def _value(name: Name, question: Question) -> pl.Expr:
    if name.source is Source.STATE:
        return typed(pl.col(name.name), name)
    passed = pl.lit(question.known_at) - pl.col(name.name)
    days = quotient(passed.dt.total_microseconds().cast(pl.Float64), _MICROSECONDS_PER_DAY)
    return days if name.source is Source.AGE else 0.0 - days


def _gap(stream: Stream, observed: datetime | None, now: datetime) -> str:
    if observed is None:
        return f"{stream.name} was never delivered"
    if stream.unknown_when_stale and now - observed > timedelta(hours=stream.fresh_hours):
        return f"{stream.name} is {(now - observed) // _HOUR} h old, more than {stream.fresh_hours} h"
    return ""


def _with_figures(kind: Kind, view: FactView) -> pl.LazyFrame:
    """Whoever had a row within the time that any window reaches."""
    for name in kind.traffics:
        stream = STREAMS[name]
        covered = view.covered(stream)
        if covered:
            return view.increments(stream, Span(min(covered), max(covered))).select(
                pl.col("entity").cast(pl.String).unique()
            )
    return pl.LazyFrame(schema={"entity": pl.String})
