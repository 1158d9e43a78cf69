"""Nightly work on one table: fold old corrections, merge small files, let old days go. Never done in a pull."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

import polars as pl

from agent.errors import FactsError
from agent.facts.corrections import standing
from agent.facts.faults import door
from agent.facts.streams import PULLS, STATE, additive, keys_of, values
from agent.facts.table import Beaten, DataFile, Opened, Table
from agent.model.fact import Absence, Stream

_ATTEMPTS = 5
Rewrite = Callable[[pl.LazyFrame], pl.LazyFrame]


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction left: data files and booked rows, before and after."""

    files_before: int = 0
    files_after: int = 0
    rows_before: int = 0
    rows_after: int = 0


def compact(table: Table, keep_answerable_from: datetime, reader_hours: int) -> Compacted:
    """Fold what was booked up to the moment into one row per entity and day, and leave one file per month.

    Every question about that moment or a later one is answered as before. Files that were replaced less than
    ``reader_hours`` ago stay on disk for readers that have them open.
    """
    before = table.open()
    for part in sorted({each.part for each in before.files}):
        if _is_worth_it(before, part, keep_answerable_from):
            _rewrite(table, part, partial(_folded, table.stream, part, keep_answerable_from))
    _tidy(table, reader_hours)
    after = table.open()
    return Compacted(len(before.files), len(after.files), _height(before), _height(after))


def forget(table: Table, before: date) -> None:
    """Let the days before this one go, coverage first: a day that is forgotten is unknown, never zero.

    Of a snapshot, the rows that were superseded before that day go.
    """
    parts = sorted({each.part for each in table.open().files}, key=lambda part: (part != PULLS, part))
    for part in parts:
        if part == PULLS:
            _rewrite(table, part, lambda rows: _clipped(rows, before))
        elif part == STATE:
            _rewrite(table, part, lambda rows: _not_superseded(rows, before))
        elif part <= f"{before:%Y-%m}":
            _rewrite(table, part, lambda rows: rows.filter(pl.col("day") >= before))


def _is_worth_it(opened: Opened, part: str, keep: datetime) -> bool:
    files = _of_part(opened, part)
    if len(files) > 1 or part in (PULLS, STATE):
        return len(files) > 1
    with door(opened.table.account, opened.table.stream.name):
        old = opened.scan(files).filter(pl.col("observed_at") <= keep).select(pl.col("pull").n_unique()).collect()
    return bool(old.item() > 1)


def _folded(stream: Stream, part: str, keep: datetime, rows: pl.LazyFrame) -> pl.LazyFrame:
    if part in (PULLS, STATE):
        return rows.sort("entity", "pull") if part == STATE else rows.sort("pull")
    old = rows.filter(pl.col("observed_at") <= keep)
    newest = old.select(pl.col("observed_at").max(), pl.col("pull").max())
    folded = standing(stream, old)
    if stream.absent is Absence.ZERO:
        says_something = [pl.col(name) != 0 for name in additive(stream)]
        says_something += [pl.col(name).is_not_null() for name in values(stream)]
        folded = folded.filter(pl.any_horizontal(says_something))
    later = rows.filter(pl.col("observed_at") > keep)
    return pl.concat([folded.join(newest, how="cross"), later], how="diagonal").sort(*keys_of(stream), "pull")


def _clipped(pulls: pl.LazyFrame, before: date) -> pl.LazyFrame:
    kept = pl.col("pull_last_day") >= before
    return pulls.with_columns(
        pl.when(kept).then(pl.max_horizontal("day", pl.lit(before))).alias("day"),
        pl.when(kept).then(pl.col("pull_last_day")).alias("pull_last_day"),
    )


def _not_superseded(rows: pl.LazyFrame, before: date) -> pl.LazyFrame:
    young = pl.col("observed_at") >= pl.lit(before).cast(pl.Datetime("us", "UTC"))
    newest_old = pl.col("pull") == pl.col("pull").filter(~young).max().over("entity")
    return rows.filter(young | (newest_old & ~pl.col("gone")).fill_null(False)).sort("entity", "pull")


def _rewrite(table: Table, part: str, change: Rewrite) -> None:
    """Replace a part by what ``change`` makes of it, in one commit; repeated if a pull came in between."""
    for _ in range(_ATTEMPTS):
        opened = table.open()
        with door(table.account, table.stream.name):
            rows = change(opened.scan(_of_part(opened, part))).collect(engine="streaming")
        try:
            opened.replace(part, rows.with_columns(pl.lit(part).alias("part")))
        except Beaten:
            continue
        return
    raise FactsError(
        f"Pulls kept booking {table.stream.name} of {table.account} while it was compacted.",
        account=table.account, stream=table.stream.name, hint="Compact while no pull is running.",
    )  # fmt: skip


def _tidy(table: Table, reader_hours: int) -> None:
    delta = table.open().delta
    if delta is None:
        return
    with door(table.account, table.stream.name):
        delta.create_checkpoint()
        delta.cleanup_metadata()
        delta.vacuum(reader_hours, dry_run=False, enforce_retention_duration=False, full=True)


def _of_part(opened: Opened, part: str) -> list[DataFile]:
    return [each for each in opened.files if each.part == part]


def _height(opened: Opened) -> int:
    files = [each for each in opened.files if each.part != PULLS]
    with door(opened.table.account, opened.table.stream.name):
        return int(opened.scan(files).select(pl.len()).collect().item())
