"""The newest known state of single things, for those who cannot ask the source itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from agent.facts.book import Book
from agent.facts.faults import door
from agent.model.kinds import stream_of_state
from agent.ports import Clock


class KnownState:
    """What the book says of one account at the moment of each question."""

    def __init__(self, book: Book, account: str, clock: Clock) -> None:
        self._book, self._account, self._clock = book, account, clock

    def rows(self, kind: str, columns: Sequence[str], ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """The columns of each thing, by id; all of them lie in one snapshot. What is gone or unknown is left out."""
        stream = stream_of_state(kind, columns[0])
        if stream is None:
            return {}
        state = self._book.known_at(self._account, self._clock.now()).state(stream)
        with door(self._account, stream.name):
            found = state.filter(pl.col("entity").is_in(list(ids))).select("entity", *columns).collect()
        return {row["entity"]: row for row in found.iter_rows(named=True)}

    def observed_at(self, kind: str, column: str) -> datetime | None:
        """When the snapshot with this column was last brought up to date."""
        stream = stream_of_state(kind, column)
        return self._book.known_at(self._account, self._clock.now()).observed_at(stream) if stream else None
