"""What a pull delivered becomes one checked frame, or an error and nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow as pa

from agent.errors import ContractError
from agent.facts.document import HINT, read_document
from agent.facts.streams import DTYPES, delivered_schema, keys_of
from agent.model.fact import Absence, Batch, Delivered, Document, Grain, Rows, Stream
from agent.model.metric import Unit
from agent.model.window import Span


@dataclass(frozen=True, slots=True)
class Gathered:
    """``rows``: one per key, with the columns that came. ``came`` counts rows as delivered, repeated ones too."""

    rows: pl.DataFrame
    came: int
    columns: tuple[str, ...]
    """The stream's columns the source spoke about; nothing is said of the others."""
    whole: bool = True
    """Whether what is not mentioned is known not to be there."""

    @property
    def repeated(self) -> int:
        return self.came - self.rows.height


def gather(
    stream: Stream, delivered: Delivered, is_stranger: Callable[[pl.Series], bool] = lambda _: False
) -> Gathered:
    """All batches as one frame. Rows repeated word for word are one row; rows that contradict are an error, and so is
    a batch whose entities are strangers."""
    _check_span(stream, delivered)
    whole = not delivered.partial and stream.absent is not Absence.KEPT
    schema = delivered_schema(stream)
    frames = [_frame(batch, stream) for batch in delivered.batches]
    filled = [frame for frame in frames if frame.height]
    if stream.grain is Grain.DAY and any(is_stranger(frame["entity"]) for frame in filled):
        raise _contract(stream, "names nothing that this account ever listed: it belongs to another profile", delivered)
    if not filled:
        return Gathered(pl.DataFrame(schema=schema), 0, tuple(column.name for column in stream.columns), whole)
    came = pl.concat(filled, how="diagonal") if len(filled) > 1 else filled[0]
    rows = _once(came, stream, delivered)
    if delivered.span is not None:
        _check_days(rows, stream, delivered)
    columns = tuple(column.name for column in stream.columns if column.name in came.columns)
    empty = [pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in came.columns]
    return Gathered(rows.with_columns(empty).select(list(schema)), came.height, columns, whole)


def _frame(batch: Batch, stream: Stream) -> pl.DataFrame:
    return read_document(batch, stream) if isinstance(batch, Document) else _frame_of_rows(batch, stream)


def _frame_of_rows(batch: Rows, stream: Stream) -> pl.DataFrame:
    schema = delivered_schema(stream)
    series: dict[str, pl.Series] = {}
    for name, kind in schema.items():
        if name not in batch.columns:
            continue
        try:
            series[name] = _series(name, batch.columns[name], kind)
        except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError) as fault:
            raise _contract(stream, f"has values in {name} that are not {kind}") from fault
    _check_rows(batch, series, stream)
    return pl.DataFrame(list(series.values()))


def _series(name: str, values: Sequence[Any], kind: pl.DataType) -> pl.Series:
    if isinstance(kind, pl.Datetime):
        # polars looks at moments one by one; Arrow reads the same ones ten times as fast, and is as strict.
        return pl.Series(name, pa.array(values, pa.timestamp("us", "UTC")), dtype=kind)
    return pl.Series(name, values, dtype=kind, strict=True)


def _check_rows(batch: Rows, series: dict[str, pl.Series], stream: Stream) -> None:
    if len({len(values) for values in batch.columns.values()}) > 1:
        raise _contract(stream, "has columns of different lengths")
    for key in keys_of(stream):
        if key not in series or series[key].null_count():
            raise _contract(stream, f"has rows without {key}")
    if (series["entity"] == "").any():
        raise _contract(stream, "has rows that name no entity")
    for column in stream.columns:
        if column.unit is Unit.COUNT and column.name in series and (series[column.name] < 0).any():
            raise _contract(stream, f"has a negative {column.name} where things are counted")
        if DTYPES[column.unit].is_float() and column.name in series and not series[column.name].is_finite().all():
            raise _contract(stream, f"has a {column.name} that is not a number")


def _once(rows: pl.DataFrame, stream: Stream, delivered: Delivered) -> pl.DataFrame:
    """Sorted by key, one row each: sorting finds equal keys side by side, at less cost than hashing them."""
    keys = keys_of(stream)
    rows = rows.sort(keys)
    repeated = pl.all_horizontal(pl.col(key) == pl.col(key).shift(1) for key in keys)
    if not rows.select(repeated.any()).item():
        return rows
    rows = rows.unique(maintain_order=True)
    contradicting = rows.filter(repeated)
    if contradicting.height:
        which = " on ".join(str(part) for part in contradicting.select(keys).row(0))
        raise _contract(stream, f"says two different things of {which}", delivered)
    return rows


def _check_span(stream: Stream, delivered: Delivered) -> None:
    if stream.grain is not Grain.DAY:
        return
    if delivered.span is None or len(delivered.span) == 0:
        raise _contract(stream, "does not say which days are complete", delivered)
    spans = [batch.span for batch in delivered.batches if isinstance(batch, Document)]
    if spans and len(spans) == len(delivered.batches):
        missing = next((day for day in delivered.span if not any(day in span for span in spans)), None)
        if missing is not None:
            raise _contract(stream, f"leaves out {missing}, a day it calls complete", delivered)


def _check_days(rows: pl.DataFrame, stream: Stream, delivered: Delivered) -> None:
    span = delivered.span or Span(rows["day"].min(), rows["day"].max())  # type: ignore[arg-type]
    outside = rows.filter(~pl.col("day").is_between(span.first, span.last))
    if outside.height:
        says = f"has rows of {outside['day'][0]}, outside the days asked for ({span.first} to {span.last})"
        raise _contract(stream, says, delivered)


def _contract(stream: Stream, says: str, delivered: Delivered | None = None) -> ContractError:
    batches = delivered.batches if delivered is not None else ()
    document = next((batch for batch in batches if isinstance(batch, Document)), None)
    return ContractError(
        f"The answer for {stream.name} {says}.",
        connector=document.connector if document else "", operation=stream.name,
        request_id=document.request_id if document else "", hint=HINT,
    )  # fmt: skip
