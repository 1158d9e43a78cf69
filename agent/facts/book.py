"""The book of corrections: rows are only added, and what was known at any moment can be read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from agent.errors import FactsError
from agent.facts.belonging import Acquaintance
from agent.facts.corrections import corrections, standing
from agent.facts.faults import door
from agent.facts.housekeeping import Compacted, compact, forget
from agent.facts.naming import folder_of
from agent.facts.shelf import Shelf
from agent.facts.streams import PULLS, pulls_schema
from agent.facts.table import Beaten, Opened, Table
from agent.facts.view import View
from agent.model.fact import Booked, Delivered, Stream
from agent.model.kinds import KINDS, STREAMS
from agent.model.window import Span

if TYPE_CHECKING:
    from agent.facts.delivery import Gathered

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Listing:
    """What the book holds of one stream of one account. ``rows`` are booked increments, not delivered rows."""

    stream: str
    observed_at: datetime
    newest_day: date | None
    pulls: int
    rows: int


class Book:
    """All facts, below one folder: one Delta table per account and stream. Safe to share between threads."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self._shelf = Shelf()

    def book(self, account: str, stream: Stream, delivered: Delivered, observed_at: datetime, run: str) -> Booked:
        """Add what differs from what is booked, and mark the span complete, in one commit.

        Afterwards ``known_at(observed_at)`` says exactly what was delivered. Booking the same again adds nothing but
        the mark. Raises ``ContractError`` for an answer that is not what was promised and ``FactsError`` where the
        table cannot be written; either way nothing is booked.
        """
        if observed_at.tzinfo is None:
            raise ValueError("observed_at needs a time zone")
        # What parses documents takes a tenth of a second to import, and most commands only read.
        from agent.facts.delivery import gather

        table = self._table(account, stream)
        gathered = gather(stream, delivered, self._acquaintance(table).is_stranger)
        for _ in range(_ATTEMPTS):
            opened = table.open()
            _refuse_a_clock_set_back(opened, observed_at)
            with door(account, stream.name):
                rows = corrections(stream, gathered, _standing(opened, delivered.span))
            try:
                _append(opened, rows, gathered, delivered.span, observed_at.astimezone(UTC), run)
            except Beaten:
                continue
            return Booked(gathered.came, rows.height, {"repeated": gathered.repeated})
        raise FactsError(
            f"Other writers kept booking {stream.name} of {account} at the same time.",
            account=account, stream=stream.name, hint="Let one daemon pull an account; the next pull tries again.",
        )  # fmt: skip

    def known_at(self, account: str, moment: datetime) -> View:
        """What was known at the moment. A pull counts from its ``observed_at`` on."""
        return View(self.folder, account, moment.astimezone(UTC), self._shelf)

    def listing(self, account: str) -> Sequence[Listing]:
        """What is there of the declared streams, for people; streams never pulled are left out."""
        return [found for stream in STREAMS.values() if (found := self._listed(account, stream)) is not None]

    def compact(
        self, account: str, stream: Stream, keep_answerable_from: datetime, *, reader_hours: int = 24
    ) -> Compacted:
        """Fold old corrections and merge small files; every moment from that one on is answered as before.

        What a reader may still have open (for at most ``reader_hours``) stays on disk. A table that does not exist
        is left alone.
        """
        return compact(self._table(account, stream), keep_answerable_from.astimezone(UTC), reader_hours)

    def forget(self, account: str, stream: Stream, before: date) -> None:
        """Let the days before this one go. They are unknown afterwards, not zero."""
        forget(self._table(account, stream), before)

    def _listed(self, account: str, stream: Stream) -> Listing | None:
        pulls = self._table(account, stream).open().pulls()
        if pulls.is_empty():
            return None
        newest, day, rows = pulls.select(
            pl.col("observed_at").max(), pl.col("pull_last_day").max(), pl.col("pull_increments").sum()
        ).row(0)
        return Listing(stream.name, newest, day, pulls.height, rows)

    def _acquaintance(self, table: Table) -> Acquaintance:
        kind = KINDS.get(table.stream.kind)
        listed = STREAMS[kind.states[0]] if kind is not None and kind.states else None
        known = self._shelf.read(self._table(table.account, listed)).opened if listed else None
        return Acquaintance(known, self._shelf.read(table).opened)

    def _table(self, account: str, stream: Stream) -> Table:
        return Table(account, stream, folder_of(self.folder, account, stream))


def _standing(opened: Opened, span: Span | None) -> pl.DataFrame:
    files = [each for each in opened.files if each.part != PULLS and (span is None or each.may_hold(span))]
    booked = opened.scan(files)
    if span is not None:
        booked = booked.filter(pl.col("day").is_between(span.first, span.last))
    return standing(opened.table.stream, booked).collect(engine="streaming")


def _append(opened: Opened, rows: pl.DataFrame, gathered: Gathered, span: Span | None,
            observed_at: datetime, run: str) -> None:  # fmt: skip
    number = opened.pull + 1
    pull = pl.DataFrame(
        [[PULLS, span and span.first, observed_at, number, span and span.last, gathered.came, rows.height, run]],
        schema=pulls_schema(), orient="row",
    )  # fmt: skip
    stamp = pl.lit(observed_at, pull.schema["observed_at"]).alias("observed_at")
    opened.append(rows.with_columns(stamp, pl.lit(number, pl.Int32).alias("pull")), pull)


def _refuse_a_clock_set_back(opened: Opened, observed_at: datetime) -> None:
    """A pull dated before an earlier one would change what was known in between."""
    newest = opened.pulls().get_column("observed_at").max()
    if isinstance(newest, datetime) and newest > observed_at:
        table = opened.table
        raise FactsError(
            f"The clock says {observed_at:%Y-%m-%d %H:%M:%S %Z}, but {table.stream.name} of {table.account} was last "
            f"pulled at {newest:%Y-%m-%d %H:%M:%S %Z}.",
            account=table.account, stream=table.stream.name,
            hint="Set the machine's clock (time synchronisation); pulls go on once it has passed that instant.",
        )  # fmt: skip
