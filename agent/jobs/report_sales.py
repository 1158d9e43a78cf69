"""What sold, and why it was more or less: sales split into visits, conversion and price."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from agent.facts.totals import Sums, by_day, by_entity, state
from agent.jobs.report_days import charted, compared
from agent.methods.lmdi import sales_parts
from agent.model.fact import Stream
from agent.model.kinds import STREAMS
from agent.model.report import Compared, DaySales, Figures, Mover, Parts, Period, Sales
from agent.model.window import Span
from agent.ports import FactView

_COLUMNS = ("sessions", "units_ordered", "ordered_sales")
_TOTALS = ("account_sales", "sku_sales", "asin_sales")
_SPLITS = ("sku_sales", "asin_sales", "account_sales")
_NAMES = {"sku": ("inventory", "name"), "asin": ("catalog", "title")}
_MOVERS = 3
"""So many that grew most, and as many that shrank most."""


def sales_of(period: Period, view: FactView, today: date) -> Sales | None:
    """None where no sales have ever come in."""
    stream = _first(view, _TOTALS)
    if stream is None:
        return None
    spans = compared(period, today, stream.settle_days, view.covered(stream))
    days = by_day(view, stream, _COLUMNS, Span(min(spans.before.first, charted(spans).first), charted(spans).last))
    now, before = _figures(days, spans.now), _figures(days, spans.before)
    chart = tuple(DaySales(day, days[day][2] if day in days else None) for day in charted(spans))
    found = Sales(spans, now, before, chart)
    if period is Period.DAILY or now is None or before is None:
        return found
    parts, movers, by = _split(view, spans, now.sales - before.sales)
    return Sales(spans, now, before, chart, parts, movers, by)


def _first(view: FactView, names: tuple[str, ...]) -> Stream | None:
    return next((STREAMS[name] for name in names if view.observed_at(STREAMS[name]) is not None), None)


def _figures(days: Mapping[date, Sums], span: Span) -> Figures | None:
    """None where a day is missing: a sum of fewer days would look like a loss."""
    if any(day not in days for day in span):
        return None
    sessions, units, sales = (sum(days[day][at] for day in span) for at in range(3))
    return Figures(sales, units, sessions)


def _split(view: FactView, spans: Compared, change: int) -> tuple[Parts | None, tuple[Mover, ...], str]:
    stream = _first(view, _SPLITS)
    if stream is None or any(day not in view.covered(stream) for span in (spans.now, spans.before) for day in span):
        return None, (), ""
    now, before = (by_entity(view, stream, _COLUMNS, span) for span in (spans.now, spans.before))
    split = split_change(before, now)
    total = sum(split.values(), Parts())
    total += Parts(other=change - total.total)
    return total, _movers(view, stream, now, split), stream.kind


def split_change(before: Mapping[str, Sums], now: Mapping[str, Sums]) -> Mapping[str, Parts]:
    """By product, where the change of its sales comes from; sums are sessions, units, sales in micros.

    LMDI-I (Ang 2004): each factor adds L(S1, S0)·ln(x1/x0), with L the logarithmic mean, which leaves no remainder.
    Rounded to whole micros; what rounding leaves, and what did not sell on both sides, is ``other``.
    """
    ids = sorted({*before, *now})
    if not ids:
        return {}
    nothing = (0, 0, 0)
    old, new = (np.array([side.get(id, nothing) for id in ids], float) for side in (before, now))
    found = {}
    for id, row in zip(ids, sales_parts(old, new), strict=True):
        change = now.get(id, nothing)[2] - before.get(id, nothing)[2]
        sessions, conversion, price = (0, 0, 0) if np.isnan(row).any() else (round(float(part)) for part in row)
        found[id] = Parts(sessions, conversion, price, change - sessions - conversion - price)
    return found


def _movers(view: FactView, stream: Stream, now: Mapping[str, Sums], split: Mapping[str, Parts]) -> tuple[Mover, ...]:
    if stream.kind not in _NAMES:
        return ()
    listed, column = _NAMES[stream.kind]
    names = {id: name for id, (name,) in state(view, STREAMS[listed], [column]).items()}
    ranked = sorted(split.items(), key=lambda each: (-each[1].total, each[0]))
    ends = [*ranked[:_MOVERS], *ranked[max(_MOVERS, len(ranked) - _MOVERS) :]]
    return tuple(
        Mover(id, names.get(id) or "", now.get(id, (0, 0, 0))[2], parts.total, parts)
        for id, parts in ends if parts.total
    )  # fmt: skip
