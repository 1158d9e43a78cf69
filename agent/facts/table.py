"""One Delta table: the facts of one account and stream.

A pull is one commit that carries its rows *and* the row that says which days are now complete, so no reader can see
one without the other, nor half of either. The pull's number is also the table's application transaction: of two
writers that started from the same state one commits, and the other is told to look again (``Beaten``).
Readers take no lock; what they have opened stays readable until a vacuum, which spares the young.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import polars as pl
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError

from agent.errors import FactsError
from agent.facts.faults import HINT, door
from agent.facts.streams import PULLS, pulls_schema, table_schema
from agent.model.fact import Stream
from agent.model.window import Span

_APPLICATION = "steward.book"
_NO_HOUSEKEEPING = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
_FILES = {
    "path": pl.String(), "size_bytes": pl.Int64(), "partition.part": pl.String(),
    "min.day": pl.Date(), "max.day": pl.Date(),
    "min.observed_at": pl.Datetime("us", "UTC"), "max.observed_at": pl.Datetime("us", "UTC"),
}  # fmt: skip


class Beaten(Exception):  # noqa: N818
    """Another writer committed first; nothing was written. Read again and repeat."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """One Parquet file of a table. Ranges are None where the table keeps no statistics of the file."""

    path: Path
    bytes: int
    part: str
    days: tuple[date, date] | None
    seen: tuple[datetime, datetime] | None

    def may_hold(self, span: Span) -> bool:
        return self.days is None or (self.days[0] <= span.last and self.days[1] >= span.first)

    def known_by(self, moment: datetime) -> bool | None:
        """Whether all of it (True), none of it (False) or some of it (None) was known at the moment."""
        if self.seen is None:
            return None
        # Delta cuts the newest instant down to the millisecond.
        if self.seen[1] + timedelta(milliseconds=1) <= moment:
            return True
        return False if self.seen[0] > moment else None


@dataclass(frozen=True, slots=True)
class Table:
    """Where the facts of one account and stream lie."""

    account: str
    stream: Stream
    folder: Path

    def open(self) -> Opened:
        """The table as it stands; stays as it was opened whatever is written meanwhile."""
        with door(self.account, self.stream.name):
            if not self._is_begun():
                return Opened(self, None, ())
            delta = DeltaTable(str(self.folder))
            self._check_is_ours(delta)
            return Opened(self, delta, _files(self.folder, delta))

    def _is_begun(self) -> bool:
        """Whether anything was ever committed. Files of a first pull that died before its commit do not count."""
        if not self.folder.exists() or any((self.folder / "_delta_log").glob("*")):
            return self.folder.exists()
        return any(not (each.name.startswith("part=") or each.name == "_delta_log") for each in self.folder.iterdir())

    def _check_is_ours(self, delta: DeltaTable) -> None:
        names = {field.name for field in delta.schema().fields}
        if not {"part", "entity", "observed_at", "pull", "pull_run"} <= names:
            raise FactsError(
                f"The folder of {self.stream.name} of {self.account} holds a table of somebody else.",
                account=self.account, stream=self.stream.name, hint=HINT,
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """One version of a table. Nothing committed later is seen through it."""

    table: Table
    delta: DeltaTable | None
    files: Sequence[DataFile]

    @property
    def pull(self) -> int:
        """The number of the newest commit of ours; 0 before the first."""
        return (self.delta.transaction_version(_APPLICATION) or 0) if self.delta is not None else 0

    def scan(self, files: Sequence[DataFile]) -> pl.LazyFrame:
        """These files lazily, in the table's full schema (columns declared since then are empty)."""
        schema = {name: kind for name, kind in table_schema(self.table.stream).items() if name != "part"}
        if not files:
            return pl.LazyFrame(schema=schema)
        with door(self.table.account, self.table.stream.name):
            self._check_are_whole(files)
        return pl.scan_parquet(
            [each.path for each in files], schema=schema, missing_columns="insert", extra_columns="ignore",
            glob=False, hive_partitioning=False,
        )  # fmt: skip

    def scan_known(self, files: Sequence[DataFile], moment: datetime) -> pl.LazyFrame:
        """The rows that were known at the moment. Files known as a whole are not filtered row by row."""
        whole = [each for each in files if each.known_by(moment) is True]
        partly = [each for each in files if each.known_by(moment) is None]
        if not partly:
            return self.scan(whole)
        some = self.scan(partly).filter(pl.col("observed_at") <= moment)
        return pl.concat([self.scan(whole), some]) if whole else some

    def pulls(self, moment: datetime | None = None) -> pl.DataFrame:
        """One row per pull known at the moment, oldest first."""
        files = [each for each in self.files if each.part == PULLS]
        names = [name for name in pulls_schema() if name != "part"]
        rows = self.scan(files) if moment is None else self.scan_known(files, moment)
        with door(self.table.account, self.table.stream.name):
            return rows.select(names).sort("pull").collect()

    def append(self, rows: pl.DataFrame, pull: pl.DataFrame) -> None:
        """Commit rows and their pull together, or nothing. Raises ``Beaten`` if the table has moved on."""
        self._write(pl.concat([pull, rows], how="diagonal"), "append", None)

    def replace(self, part: str, rows: pl.DataFrame) -> None:
        """Commit these rows in place of all of the part's. Raises ``Beaten`` if the table has moved on."""
        self._write(rows, "overwrite", f"part = '{part}'")

    def _write(self, rows: pl.DataFrame, mode: str, predicate: str | None) -> None:
        schema = table_schema(self.table.stream)
        empty = [pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in rows.columns]
        whole = rows.with_columns(empty).select(list(schema))
        commit = CommitProperties(app_transactions=[Transaction(_APPLICATION, self.pull + 1)])
        # A table that somebody began since we looked would be opened anew and appended to without a conflict.
        mode = mode if self.delta is not None else "error"
        try:
            with door(self.table.account, self.table.stream.name):
                self.table.folder.mkdir(parents=True, exist_ok=True)
                write_deltalake(
                    self.delta if self.delta is not None else str(self.table.folder), whole,
                    partition_by=["part"], mode=mode, predicate=predicate, schema_mode="merge",
                    commit_properties=commit, post_commithook_properties=_NO_HOUSEKEEPING,
                )  # type: ignore[call-overload]  # fmt: skip
        except FactsError as fault:
            if isinstance(fault.__cause__, CommitFailedError) or self._was_begun_since():
                raise Beaten from fault
            raise

    def _was_begun_since(self) -> bool:
        """Whether the table that was not there when we looked is there now."""
        return self.delta is None and any((self.table.folder / "_delta_log").glob("*.json"))

    def _check_are_whole(self, files: Sequence[DataFile]) -> None:
        for each in files:
            if each.path.stat().st_size != each.bytes:
                raise FactsError(
                    f"The file {each.path.name} of {self.table.stream.name} of {self.table.account} is damaged.",
                    account=self.table.account, stream=self.table.stream.name, hint=HINT,
                )  # fmt: skip


def _files(folder: Path, delta: DeltaTable) -> Sequence[DataFile]:
    adds = pl.DataFrame(delta.get_add_actions(flatten=True))
    missing = [pl.lit(None, kind).alias(name) for name, kind in _FILES.items() if name not in adds.columns]
    rows = adds.with_columns(missing).select(list(_FILES)).cast(_FILES).sort("path")  # type: ignore[arg-type]
    return tuple(
        DataFile(folder / unquote(path), size, part, _range(first, last), _instants(old, new))
        for path, size, part, first, last, old, new in rows.iter_rows()
    )


def _range(first: date | None, last: date | None) -> tuple[date, date] | None:
    return None if first is None or last is None else (first, last)


def _instants(old: datetime | None, new: datetime | None) -> tuple[datetime, datetime] | None:
    return None if old is None or new is None else (old.astimezone(UTC), new.astimezone(UTC))
