"""Windows as columns: all figures of a stream come from one grouping over one scan.

An additive figure is a sum over the days of its window, and so are its mean and its trend. What needs single days
(most, least, days above zero, a share that does not add up) is grouped by day first, on the same scan.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import reduce

import polars as pl

from agent.engine import columns_days as days
from agent.engine.columns_days import Measured
from agent.engine.columns_kept import remembered
from agent.engine.columns_types import quotient
from agent.engine.question import Question
from agent.model.expression import How, Name
from agent.model.fact import Absence, Stream
from agent.model.maturity import WHOLE
from agent.model.window import Span
from agent.ports import FactView, FigureShelf

_SUMS = frozenset({How.SUM, How.MEAN, How.LAST, How.TREND, How.MATURE})


@dataclass(frozen=True, slots=True)
class Figures:
    """``frame``: ``entity`` and a column per key, for entities with rows; None where nothing can be known.

    ``absent``: what an entity without rows has, by key; ``gaps``: why a key is unknown for every entity.
    """

    frame: pl.LazyFrame | None
    absent: dict[str, pl.Expr]
    gaps: dict[str, str]


def figures(
    view: FactView, stream: Stream, names: Iterable[Name], question: Question, shelf: FigureShelf | None = None
) -> Figures:
    """All windows of all rules over one stream; with a shelf, those that have not changed are taken from it."""
    measured = [_measured(name, stream, question) for name in names]
    covered = view.covered(stream)
    gaps = {one.key: gap for one in measured if (gap := gap_of(one.window, covered))}
    whole = [one for one in measured if one.key not in gaps]
    if not whole:
        return Figures(None, {}, gaps)

    def gathered(view: FactView) -> pl.LazyFrame:
        return _grouped(_scan(view, stream, whole), stream, whole)

    frame = gathered(view) if shelf is None else remembered(view, stream, whole, shelf, gathered)
    return Figures(frame, {one.key: _absent(one, stream) for one in whole}, gaps)


def gap_of(span: Span, covered: Collection[date]) -> str:
    """Why a window is unknown, or nothing if all its days have been delivered."""
    missing = sum(day not in covered for day in span)
    return f"figures of {missing} of {len(span)} days have not been delivered" if missing else ""


def _measured(name: Name, stream: Stream, question: Question) -> Measured:
    column = stream.column(name.name)
    if name.window is None or column is None:
        raise ValueError(f"{name.label} names no window of the stream {stream.name}")
    window = name.window.span(question.today, question.maturity.settle_days(stream))
    span = Span(window.last, window.last) if column.additive and name.how is How.LAST else window
    weights = question.maturity.weights(stream, span, question.today) if name.how is How.MATURE else ()
    return Measured(name, window, span, column.additive, weights)


def _scan(view: FactView, stream: Stream, whole: list[Measured]) -> pl.LazyFrame:
    """The rows and columns that are needed, and no others."""
    span = Span(min(one.span.first for one in whole), max(one.span.last for one in whole))
    columns = sorted({one.name.name for one in whole})
    moments = [] if all(one.additive for one in whole) else ["observed_at"]
    return view.increments(stream, span).select("entity", "day", *moments, *columns)


def _grouped(rows: pl.LazyFrame, stream: Stream, whole: list[Measured]) -> pl.LazyFrame:
    summed = [one for one in whole if is_summed(one, stream)]
    daily = [one for one in whole if not is_summed(one, stream)]
    frames = [_sums(rows, summed)] if summed else []
    frames += [days.by_day(rows, daily, stream)] if daily else []
    return reduce(lambda left, right: left.join(right, on="entity", how="full", coalesce=True), frames)


def is_summed(one: Measured, stream: Stream) -> bool:
    """Whether the figure is a sum over rows; where absence is unknown every day has to be looked for."""
    return one.additive and one.name.how in _SUMS and stream.absent is Absence.ZERO


def _sums(rows: pl.LazyFrame, summed: list[Measured]) -> pl.LazyFrame:
    """Sums of whole numbers in one grouping, then what is derived from them."""
    pieces = {text: piece for one in summed for text, piece in [_piece(one)]}
    # Masked columns instead of filters inside the grouping: the streaming engine sums them four times as fast.
    masked = rows.select("entity", *(piece.alias(text) for text, piece in pieces.items()))
    grouped = masked.group_by("entity").agg(pl.col(text).sum() for text in pieces)
    return grouped.select("entity", *(_derived(one).alias(one.key) for one in summed))


def _piece(one: Measured) -> tuple[str, pl.Expr]:
    """What is summed for a figure, and a name that equal pieces share."""
    span = one.span
    # 32-bit columns would be summed in 32 bits, and wrap. 64 bits of micros hold nine million million of a currency.
    figure = pl.col(one.name.name).cast(pl.Int64)
    told = f" {one.name.how}" if one.name.how in (How.TREND, How.MATURE) else ""
    if one.name.how is How.TREND:
        figure = figure * days.twice_from_middle(span)
    if one.name.how is How.MATURE:
        figure = figure * days.weight(one)
    text = f"{one.name.name} {span.first} {span.last}{told}"
    return text, pl.when(pl.col("day").is_between(span.first, span.last)).then(figure).otherwise(0)


def _derived(one: Measured) -> pl.Expr:
    column = pl.col(_piece(one)[0])
    match one.name.how:
        case How.MEAN:
            return quotient(column.cast(pl.Float64), pl.lit(float(len(one.span))))
        case How.TREND:
            return days.slope(column, one.span)
        case How.MATURE:
            return quotient(column.cast(pl.Float64), pl.lit(float(WHOLE)))
        case _:
            return column


def _absent(one: Measured, stream: Stream) -> pl.Expr:
    """The figure of an entity without any row in covered days."""
    unknown = pl.lit(None)
    if stream.absent is not Absence.ZERO:
        return unknown
    if one.name.how is How.TREND and (not one.additive or len(one.span) < 2):
        return unknown
    return pl.lit(0) if one.additive or one.name.how is How.DAYS else unknown
