"""The facts of one account as they were known at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import polars as pl

from agent.facts.corrections import standing
from agent.facts.naming import folder_of
from agent.facts.shelf import Reading, Shelf
from agent.facts.streams import PULLS, columns_of
from agent.facts.table import Table
from agent.model.fact import Stream
from agent.model.window import Span


class View:
    """Reads tables as they stood when this view first looked at each, so that coverage and figures belong together.

    Frames are lazy; only what the query touches is read. Counts are int32: widen them before summing over many.
    """

    def __init__(self, folder: Path, account: str, moment: datetime, shelf: Shelf) -> None:
        self.account = account
        self.moment = moment
        self.folder = folder
        self.shelf = shelf
        self._opened: dict[str, Reading] = {}
        self._pulls: dict[str, pl.DataFrame] = {}

    def state(self, stream: Stream) -> pl.LazyFrame:
        """``entity`` and the stream's columns, newest known; entities that are gone are left out."""
        newest = standing(stream, self.rows(stream))
        return newest.filter(~pl.col("gone")).select("entity", *columns_of(stream))

    def increments(self, stream: Stream, span: Span) -> pl.LazyFrame:
        """``entity``, ``day``, the stream's columns and ``observed_at``; several rows of one day add up.

        Of a column that does not add up, the row with the newest ``observed_at`` of an entity and day holds the value,
        also where that is null.
        """
        rows = self.rows(stream, span).filter(pl.col("day").is_between(span.first, span.last))
        return rows.select("entity", "day", *columns_of(stream), "observed_at")

    def covered(self, stream: Stream) -> frozenset[date]:
        """The days that a pull has delivered completely."""
        spans = self.pulls(stream).select("day", "pull_last_day").drop_nulls().unique().iter_rows()
        return frozenset(day for first, last in spans for day in Span(first, last))

    def changes(self, stream: Stream, column: str) -> pl.LazyFrame:
        """``entity``, ``at``, ``before``, ``after``, ``first``: every change of the column, as two pulls saw it.

        The first sighting is a row with ``first`` true and ``before`` null. While an entity is gone nothing changes;
        coming back with another value is a change at that moment.
        """
        rows = self.rows(stream).filter(~pl.col("gone")).sort("entity", "pull")
        follows = pl.col("entity") == pl.col("entity").shift(1)
        return rows.select(
            "entity",
            pl.col("observed_at").alias("at"),
            pl.when(follows).then(pl.col(column).shift(1)).alias("before"),
            pl.col(column).alias("after"),
            (~follows).fill_null(True).alias("first"),
        ).filter(pl.col("first") | pl.col("before").ne_missing(pl.col("after")))

    def observed_at(self, stream: Stream) -> datetime | None:
        """When a pull last completed; None if none did."""
        newest = self.pulls(stream).get_column("observed_at").max()
        return newest if isinstance(newest, datetime) else None

    def pulls_of(self, stream: Stream) -> Sequence[tuple[datetime, date, date]]:
        """When pulls of a daily stream completed, and the first and last day they delivered."""
        return self.pulls(stream).select("observed_at", "day", "pull_last_day").drop_nulls().rows()

    def _open(self, stream: Stream) -> Reading:
        if stream.name not in self._opened:
            table = Table(self.account, stream, folder_of(self.folder, self.account, stream))
            self._opened[stream.name] = self.shelf.read(table)
        return self._opened[stream.name]

    def pulls(self, stream: Stream) -> pl.DataFrame:
        """One row per pull, oldest first."""
        if stream.name not in self._pulls:
            self._pulls[stream.name] = self._open(stream).pulls(self.moment)
        return self._pulls[stream.name]

    def rows(self, stream: Stream, span: Span | None = None) -> pl.LazyFrame:
        """The booked rows as they lie in the table, with ``observed_at``, ``pull`` and ``gone``."""
        opened = self._open(stream).opened
        files = [each for each in opened.files if each.part != PULLS and (span is None or each.may_hold(span))]
        return opened.scan_known(files, self.moment)
