"""The newest known state of single things, for those who cannot ask the source itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from agent.facts.book import Book
from agent.facts.faults import door
from agent.model.fact import Stream
from agent.model.kinds import STREAMS, stream_of_state
from agent.model.parcel import KnownAds
from agent.ports import Clock


class KnownState:
    """What the book says of one account at the moment of each question."""

    def __init__(self, book: Book, account: str, clock: Clock) -> None:
        self._book, self._account, self._clock = book, account, clock

    def rows(self, kind: str, columns: Sequence[str], ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """The columns of each thing, by id; all of them lie in one snapshot. What is gone or unknown is left out."""
        return self._rows(kind, columns, "entity", ids)

    def within(self, kind: str, columns: Sequence[str], ad_groups: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """The same of everything of a kind that lies in these ad groups."""
        return self._rows(kind, columns, "ad_group_id", ad_groups)

    def _rows(
        self, kind: str, columns: Sequence[str], by: str, values: Sequence[str]
    ) -> Mapping[str, Mapping[str, Any]]:
        stream = stream_of_state(kind, columns[0])
        if stream is None:
            return {}
        state = self._book.known_at(self._account, self._clock.now()).state(stream)
        with door(self._account, stream.name):
            found = state.filter(pl.col(by).is_in(list(values))).select("entity", *columns).collect()
        return {row["entity"]: row for row in found.iter_rows(named=True)}

    def newest(self, stream: str) -> Sequence[Mapping[str, Any]] | None:
        """Every row of a snapshot; None where it was never pulled."""
        view = self._book.known_at(self._account, self._clock.now())
        if view.observed_at(STREAMS[stream]) is None:
            return None
        with door(self._account, stream):
            return view.state(STREAMS[stream]).collect().to_dicts()

    def was_pulled(self, stream: str) -> bool:
        """Whether a stream was ever pulled, from whichever source."""
        return self._book.known_at(self._account, self._clock.now()).observed_at(STREAMS[stream]) is not None

    def ids(self, stream: Stream, ids: Sequence[str]) -> frozenset[str]:
        """Which of these entities the snapshot has told already."""
        state = self._book.known_at(self._account, self._clock.now()).state(stream)
        with door(self._account, stream.name):
            found = state.filter(pl.col("entity").is_in(list(ids))).select("entity").collect()
        return frozenset(found.get_column("entity"))

    def ads(self) -> KnownAds:
        """The names of everything advertised."""
        return KnownAds(
            dict(self._named("campaigns", "name")),
            {id: (campaign, name) for id, campaign, name in self._named("ad_groups", "campaign_id", "name")},
            {id: (group, text, match)
             for id, group, text, match in self._named("keywords", "ad_group_id", "text", "match_type")},
            {id: (group, text) for id, group, text in self._named("product_targets", "ad_group_id", "text")},
        )  # fmt: skip

    def rivals(self) -> Mapping[str, str]:
        """The ASIN of every rival that is watched, by SKU/ASIN."""
        return {entity: asin for entity, asin in self._named("competitors", "rival_asin") if asin}

    def asins(self) -> Sequence[str]:
        """Our own ASINs, in order."""
        named = [*self._named("listings", "asin"), *self._named("inventory", "asin")]
        return sorted({asin for _entity, asin in named if asin})

    def _named(self, stream: str, *columns: str) -> list[tuple[Any, ...]]:
        state = self._book.known_at(self._account, self._clock.now()).state(STREAMS[stream])
        with door(self._account, stream):
            return state.select("entity", *columns).collect().rows()

    def observed_at(self, kind: str, column: str) -> datetime | None:
        """When the snapshot with this column was last brought up to date."""
        stream = stream_of_state(kind, column)
        return self._book.known_at(self._account, self._clock.now()).observed_at(stream) if stream else None
