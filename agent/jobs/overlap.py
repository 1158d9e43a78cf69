"""Exports that tell the same again: the one that was made last wins, whichever is taken in first.

When an export was made is told by the file's own time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from agent.model.dropped import FileRecord
from agent.model.fact import Absence, Batch, Delivered, Grain, Rows, Stream
from agent.model.window import Span

_DAY = timedelta(days=1)
KnownIds = Callable[[Stream, Sequence[str]], frozenset[str]]
"""Which of these entities the stream has told already."""


def still_new(delivered: Delivered, stream: Stream, newer: Sequence[FileRecord], known: KnownIds) -> list[Delivered]:
    """What of a delivery no newer export has told: all of it, pieces, or nothing."""
    told = [each for record in newer for each in record.receipt.get("streams", ()) if each["stream"] == stream.name]
    if not told:
        return [delivered]
    if stream.grain is Grain.DAY:
        return _days(delivered, told)
    if stream.absent is Absence.KEPT:
        return _strangers(delivered, stream, known)
    return []


def _days(delivered: Delivered, told: Iterable[Mapping[str, Any]]) -> list[Delivered]:
    """Without the days that a newer whole export covers. A newer export of a part says nothing of the others."""
    if delivered.span is None:
        return [delivered]
    covered = {
        day for each in told if each["first"] and not each["partial"]
        for day in Span(date.fromisoformat(each["first"]), date.fromisoformat(each["last"]))
    }  # fmt: skip
    if not covered.intersection(delivered.span):
        return [delivered]
    left = [day for day in delivered.span if day not in covered]
    # Days in a row differ from their places in the list by the same.
    runs = (list(run) for _, run in groupby(enumerate(left), key=lambda pair: pair[1] - pair[0] * _DAY))
    spans = [Span(run[0][1], run[-1][1]) for run in runs]
    return [replace(delivered, span=span, batches=_within(delivered.batches, span)) for span in spans]


def _within(batches: Sequence[Batch], span: Span) -> Sequence[Batch]:
    return [_kept(batch, [day in span for day in batch.columns["day"]]) for batch in _rows(batches)]


def _strangers(delivered: Delivered, stream: Stream, known: KnownIds) -> list[Delivered]:
    """Only what happened that nobody has told: an older export must not turn a newer word back."""
    batches = []
    for batch in _rows(delivered.batches):
        there = known(stream, batch.columns["entity"])
        batches.append(_kept(batch, [id not in there for id in batch.columns["entity"]]))
    return [replace(delivered, batches=batches)] if any(len(batch) for batch in batches) else []


def _kept(batch: Rows, wanted: Sequence[bool]) -> Rows:
    return Rows({
        name: [value for value, keep in zip(values, wanted, strict=True) if keep]
        for name, values in batch.columns.items()
    })  # fmt: skip


def _rows(batches: Sequence[Batch]) -> list[Rows]:
    return [batch for batch in batches if isinstance(batch, Rows)]
