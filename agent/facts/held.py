"""The facts of one account read once and kept in memory, to be asked as they were known at many moments."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from agent.facts.book import Book
from agent.facts.corrections import standing
from agent.facts.faults import door
from agent.facts.streams import columns_of
from agent.facts.view import View
from agent.model.fact import Grain, Stream
from agent.model.kinds import STREAMS
from agent.model.window import Span
from agent.ports import FactView

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_MOST_ROWS = 30_000_000
"""A stream with more is read from its table each time: it would not fit beside the others."""


class Held:
    """Everything known of the account at ``until``. Each stream is read when it is first asked for."""

    def __init__(self, book: Book, account: str, until: datetime) -> None:
        self.account, self.until = account, until.astimezone(UTC)
        self._newest = book.known_at(account, until)
        self._book = book
        self._rows: dict[str, _Rows | None] = {}
        self._moments: dict[str, list[datetime]] = {}
        self._folded: dict[str, pl.DataFrame] = {}

    def known_at(self, account: str, moment: datetime) -> View:
        """As known at the moment, and of a stream that was pulled for the first time later, as its first pull had it:
        see ``backfilled``."""
        return _Then(self, moment.astimezone(UTC))

    def hindsight(self, then: FactView) -> FactView:
        """Figures of days as they are known in the end, everything else as it was known then."""
        return _Hindsight(self, then)

    def first_pull(self, stream: Stream) -> datetime | None:
        """When the stream was pulled for the first time."""
        return self._firsts.get(stream.name)

    def backfilled(self, streams: Sequence[str], moment: datetime) -> bool:
        """Whether any of them was pulled for the first time after the moment: when its figures became known, nobody
        can say."""
        firsts = (self._firsts.get(name) for name in streams)
        return any(first is not None and first > moment for first in firsts)

    def pulled_on(self, streams: Sequence[str], zone: ZoneInfo) -> Mapping[date, Sequence[datetime]]:
        """By calendar day of the zone, when pulls of these streams completed, oldest first."""
        found: dict[date, set[datetime]] = {}
        for name in streams:
            for at in self.moments(STREAMS[name]):
                found.setdefault(at.astimezone(zone).date(), set()).add(at)
        return {day: sorted(moments) for day, moments in sorted(found.items())}

    @cached_property
    def _firsts(self) -> Mapping[str, datetime]:
        return {name: moments[0] for name, stream in STREAMS.items() if (moments := self.moments(stream))}

    def moments(self, stream: Stream) -> Sequence[datetime]:
        """When pulls of the stream completed, oldest first."""
        if stream.name not in self._moments:
            self._moments[stream.name] = sorted(self.pulls(stream)["observed_at"].to_list())
        return self._moments[stream.name]

    def pulls(self, stream: Stream) -> pl.DataFrame:
        """One row per pull, oldest first."""
        return self._newest.pulls(stream)

    def rows(self, stream: Stream, moment: datetime) -> pl.LazyFrame | None:
        """The booked rows known at the moment; None where there are too many to keep."""
        if stream.name not in self._rows:
            self._rows[stream.name] = self._read(stream)
        kept = self._rows[stream.name]
        return kept.known_by(moment).lazy() if kept is not None else None

    def settled(self, stream: Stream) -> pl.LazyFrame | None:
        """One row per entity and day, as known in the end; None where there are too many to keep."""
        if stream.name not in self._folded:
            rows = self.rows(stream, self.until)
            if rows is None:
                return None
            whole = standing(stream, rows).with_columns(pl.lit(self.until).alias("observed_at"))
            columns = ("entity", "day", *columns_of(stream), "observed_at")
            with door(self.account, stream.name):
                self._folded[stream.name] = whole.select(columns).collect(engine="streaming")
        return self._folded[stream.name].lazy()

    def _read(self, stream: Stream) -> _Rows | None:
        if int(self.pulls(stream)["pull_increments"].sum() or 0) > _MOST_ROWS:
            return None
        with door(self.account, stream.name):
            return _Rows.of(self._newest.rows(stream).collect(engine="streaming"))

    def table_view(self, moment: datetime) -> View:
        return self._book.known_at(self.account, moment)


@dataclass(frozen=True, slots=True)
class _Rows:
    """``rows`` in the order in which they became known; ``known``: when, in microseconds."""

    rows: pl.DataFrame
    known: npt.NDArray[np.int64]

    @classmethod
    def of(cls, rows: pl.DataFrame) -> _Rows:
        ordered = rows.sort("observed_at", maintain_order=True)
        return cls(ordered, ordered["observed_at"].to_physical().to_numpy())

    def known_by(self, moment: datetime) -> pl.DataFrame:
        return self.rows.head(int(np.searchsorted(self.known, (moment - _EPOCH) // _MICROSECOND, side="right")))


class _Then(View):
    """One moment of what is held."""

    def __init__(self, held: Held, moment: datetime) -> None:
        table = held.table_view(moment)
        super().__init__(table.folder, held.account, moment, table.shelf)
        self._held = held

    def observed_at(self, stream: Stream) -> datetime | None:
        """When a pull last completed. A first pull that was still to come counts as of this moment: else nobody could
        be judged before it."""
        moments = self._held.moments(stream)
        known = bisect_right(moments, self._known(stream)) if moments else 0
        return min(moments[known - 1], self.moment) if known else None

    def pulls(self, stream: Stream) -> pl.DataFrame:
        pulls = self._held.pulls(stream)
        return pulls.filter(pl.col("observed_at") <= self._known(stream)) if pulls.height else pulls

    def rows(self, stream: Stream, span: Span | None = None) -> pl.LazyFrame:
        held = self._held.rows(stream, self._known(stream))
        return held if held is not None else self._held.table_view(self._known(stream)).rows(stream, span)

    def _known(self, stream: Stream) -> datetime:
        first = self._held.first_pull(stream)
        return max(self.moment, first) if first is not None else self.moment


class _Hindsight:
    """What mature data say of a past day."""

    def __init__(self, held: Held, then: FactView) -> None:
        self._held, self._then = held, then
        self.account, self.moment = then.account, then.moment

    def state(self, stream: Stream) -> pl.LazyFrame:
        return self._then.state(stream)

    def increments(self, stream: Stream, span: Span) -> pl.LazyFrame:
        whole = self._held.settled(stream) if stream.grain is Grain.DAY else None
        if whole is None:
            return self._held.table_view(self._held.until).increments(stream, span)
        return whole.filter(pl.col("day").is_between(span.first, span.last))

    def covered(self, stream: Stream) -> frozenset[date]:
        """What was a hole then stays one: it is no restatement."""
        return self._then.covered(stream)

    def changes(self, stream: Stream, column: str) -> pl.LazyFrame:
        return self._then.changes(stream, column)

    def observed_at(self, stream: Stream) -> datetime | None:
        return self._then.observed_at(stream)

    def pulls_of(self, stream: Stream) -> Sequence[tuple[datetime, date, date]]:
        return self._then.pulls_of(stream)
