"""What is known of things now, for people to look at: several snapshots side by side, and one thing's past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl

from agent.facts.faults import door
from agent.facts.view import View
from agent.model.fact import Stream
from agent.model.metric import Unit
from agent.model.money import MICROS
from agent.model.window import Span


@dataclass(frozen=True, slots=True)
class Change:
    """A column of one thing that a pull found changed. ``before`` None: it was not known, or empty."""

    at: datetime
    column: str
    before: Any
    after: Any


def is_usable(view: View, stream: Stream) -> bool:
    """Whether it was ever pulled and, being worked out by the program, is young enough to be believed."""
    seen = view.observed_at(stream)
    if seen is None:
        return False
    return not stream.unknown_when_stale or view.moment - seen <= timedelta(hours=stream.fresh_hours)


def side_by_side(
    view: View, streams: Sequence[Stream], columns: Sequence[str], ids: Sequence[str] | None = None, *,
    at_most: Mapping[str, float] | None = None,
) -> Mapping[str, Mapping[str, Any]]:  # fmt: skip
    """By id, these columns of the snapshots together, each stream read once. The first that is usable says which
    things there are; what another does not know of them, or is too old to tell, is None.

    ``ids``: only those; ``at_most``: only those whose columns of the first stream do not pass these figures.
    """
    there = [stream for stream in streams if is_usable(view, stream)]
    found: dict[str, dict[str, Any]] = {}
    nothing = dict.fromkeys(columns)
    for stream in there:
        mine = [name for name in columns if stream.column(name)]
        for row in _rows(view, stream, mine, ids, at_most if stream is there[0] else None):
            id = row.pop("entity")
            if stream is there[0]:
                found[id] = {**nothing, **row}
            elif id in found:
                found[id].update(row)
    return found


def _rows(view: View, stream: Stream, columns: Sequence[str], ids: Sequence[str] | None,
          at_most: Mapping[str, float] | None) -> list[dict[str, Any]]:  # fmt: skip
    with door(view.account, stream.name):
        state = view.state(stream)
        for name, most in (at_most or {}).items():
            state = state.filter(pl.col(name) <= most)
        if ids is not None:
            state = state.filter(pl.col("entity").is_in(list(ids)))
        return state.select("entity", *columns).collect().to_dicts()


def changes_of(view: View, stream: Stream, id: str) -> list[Change]:
    """Every change of any column of one thing, as two pulls saw it, oldest first; a first sighting is none."""
    names = [column.name for column in stream.columns]
    with door(view.account, stream.name):
        rows = (
            view.rows(stream).filter((pl.col("entity") == id) & ~pl.col("gone")).sort("pull")
            .select("observed_at", *names).collect().rows()
        )  # fmt: skip
    found = []
    for (_, *before), (at, *after) in pairwise(rows):
        pairs = zip(names, before, after, strict=True)
        found += [Change(at, name, was, became) for name, was, became in pairs if was != became]
    return found


def values_by_day(view: View, stream: Stream, column: str, id: str, span: Span) -> list[float | None]:
    """What a column of one thing was at the end of each day (UTC), money in units of its currency; None before it was
    first seen and where it was empty."""
    unit = stream.column(column)
    scale = MICROS if unit is not None and unit.unit is Unit.MONEY else 1
    with door(view.account, stream.name):
        rows = (
            view.rows(stream).filter((pl.col("entity") == id) & ~pl.col("gone")).sort("pull")
            .select("observed_at", column).collect().rows()
        )  # fmt: skip
    known: list[tuple[date, Any]] = [(at.date(), value) for at, value in rows]
    return [None if held is None else held / scale for held in (_held(known, day) for day in span)]


def _held(known: Sequence[tuple[date, Any]], day: date) -> Any:
    value = None
    for at, became in known:
        if at > day:
            break
        value = became
    return value


def as_it_was_told(view: View, stream: Stream, column: str, id: str, day: date) -> list[tuple[date, float | None]]:
    """What a figure of one past day was known to be, by the day (UTC) on which somebody would have looked, up to the
    view's moment; None until a pull delivered it. A pull that brought nothing new leaves it as it was."""
    unit = stream.column(column)
    scale = MICROS if unit is not None and unit.unit is Unit.MONEY else 1
    delivered = [at.date() for at, first, last in view.pulls_of(stream) if first <= day <= last]
    if not delivered:
        return []
    with door(view.account, stream.name):
        moves = (
            view.increments(stream, Span(day, day)).filter(pl.col("entity") == id)
            .select("observed_at", pl.col(column).cast(pl.Int64)).collect().rows()
        )  # fmt: skip
    looked = Span(min(delivered), view.moment.date())
    return [(on, sum(by or 0 for at, by in moves if at.date() <= on) / scale) for on in looked]
