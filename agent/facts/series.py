"""One figure of many things, day by day, for people to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from agent.facts.faults import door
from agent.model.fact import Absence, Stream
from agent.model.metric import Unit
from agent.model.money import MICROS
from agent.model.window import Span
from agent.ports import FactView


def daily(view: FactView, stream: Stream, column: str, ids: Sequence[str],
          span: Span) -> Mapping[str, Sequence[float | None]]:  # fmt: skip
    """By id, one figure for each day of the span, money in units of its currency. None where a day is not known: no
    pull delivered it, or it has no row and the stream does not say that this means zero. Ids without any row in the
    span are left out."""
    if view.observed_at(stream) is None or not ids:
        return {}
    unit = stream.column(column)
    scale = MICROS if unit is not None and unit.unit is Unit.MONEY else 1
    with door(view.account, stream.name):
        rows = (
            view.increments(stream, span)
            .filter(pl.col("entity").is_in(list(ids)))
            .group_by("entity", "day")
            .agg(pl.col(column).cast(pl.Int64).sum())
            .collect()
        )
    figures = {(entity, day): figure / scale for entity, day, figure in rows.iter_rows()}
    covered = view.covered(stream)
    zero = 0.0 if stream.absent is Absence.ZERO else None
    return {
        id: [figures.get((id, day), zero) if day in covered else None for day in span]
        for id in sorted({entity for entity, _ in figures})
    }
