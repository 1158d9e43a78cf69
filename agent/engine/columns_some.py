"""A view narrowed to some entities of one kind: what others of it have is not even read into memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

import polars as pl

from agent.model.fact import Stream
from agent.model.window import Span
from agent.ports import FactView


class Some:
    """``view``, in which of ``kind`` there are only these entities. Other kinds are whole, so that whatever an entity
    is related to is still found. What is asked of it must not lead back to ``kind``."""

    def __init__(self, view: FactView, kind: str, ids: Collection[str]) -> None:
        self.account, self.moment = view.account, view.moment
        self._view, self._kind = view, kind
        self._ids = pl.Series("entity", list(ids), dtype=pl.String).implode()

    def state(self, stream: Stream) -> pl.LazyFrame:
        return self._narrowed(stream, self._view.state(stream))

    def increments(self, stream: Stream, span: Span) -> pl.LazyFrame:
        return self._narrowed(stream, self._view.increments(stream, span))

    def changes(self, stream: Stream, column: str) -> pl.LazyFrame:
        return self._narrowed(stream, self._view.changes(stream, column))

    def covered(self, stream: Stream) -> frozenset[date]:
        return self._view.covered(stream)

    def observed_at(self, stream: Stream) -> datetime | None:
        return self._view.observed_at(stream)

    def pulls_of(self, stream: Stream) -> Sequence[tuple[datetime, date, date]]:
        return self._view.pulls_of(stream)

    def _narrowed(self, stream: Stream, rows: pl.LazyFrame) -> pl.LazyFrame:
        if stream.kind != self._kind:
            return rows
        return rows.filter(pl.col("entity").cast(pl.String).is_in(self._ids))
