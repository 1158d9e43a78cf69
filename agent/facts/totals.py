"""Sums of daily figures and columns of snapshots, gathered as sets: what reports are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from agent.facts.faults import door
from agent.model.fact import Absence, Stream
from agent.model.window import Span
from agent.ports import FactView

Sums = tuple[int, ...]


def by_entity(view: FactView, stream: Stream, columns: Sequence[str], span: Span) -> Mapping[str, Sums]:
    """By entity, each additive column summed over the span; entities without a row are left out. Money is micros."""
    return {row[0]: row[1:] for row in _summed(view, stream, columns, span, "entity")}


def by_day(view: FactView, stream: Stream, columns: Sequence[str], span: Span) -> Mapping[date, Sums]:
    """By day, the same over all entities; days that no pull has delivered are left out."""
    covered = view.covered(stream)
    found = {row[0]: row[1:] for row in _summed(view, stream, columns, span, "day")}
    nothing = (0,) * len(columns) if stream.absent is Absence.ZERO else None
    days = {day: found.get(day, nothing) for day in span if day in covered}
    return {day: sums for day, sums in days.items() if sums is not None}


def state(view: FactView, stream: Stream, columns: Sequence[str]) -> Mapping[str, tuple[Any, ...]]:
    """By entity, columns of a snapshot as they are known newest; empty where it was never pulled."""
    if view.observed_at(stream) is None:
        return {}
    with door(view.account, stream.name):
        rows = view.state(stream).select("entity", *columns).collect().rows()
    return {row[0]: row[1:] for row in rows}


def _summed(view: FactView, stream: Stream, columns: Sequence[str], span: Span, by: str) -> Sequence[tuple[Any, ...]]:
    if view.observed_at(stream) is None:
        return []
    with door(view.account, stream.name):
        sums = [pl.col(name).cast(pl.Int64).sum() for name in columns]
        return view.increments(stream, span).group_by(by).agg(sums).sort(by).collect().rows()
