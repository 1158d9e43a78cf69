"""What is in stock and how long it lasts; how Amazon measures the account; how complete all figures are."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from agent.facts.totals import state
from agent.model.fact import Grain, Stream
from agent.model.kinds import STREAMS
from agent.model.report import Coverage, Health, Stock, StockRow
from agent.ports import FactView

_INVENTORY, _AGES, _OUTLOOK = STREAMS["inventory"], STREAMS["inventory_health"], STREAMS["outlook"]
_OLD = ("age_181_270", "age_271_365", "age_over_365")
_SEEN = ("units_per_day", "days_of_cover_low", "days_of_cover", "next_arrival_days", "gap_days", "order_units")
_UNSEEN = (None,) * len(_SEEN)
_LOOKED_BACK = 14
_MEASURES = ("status", "health_rating", "order_defect_rate", "late_shipment_rate", "cancellation_rate", "violations")


def stock_of(view: FactView, at: datetime) -> Stock | None:
    """None where no stock has ever come in. An outlook that is older than it may be says nothing."""
    seen = view.observed_at(_INVENTORY)
    if seen is None:
        return None
    here = state(view, _INVENTORY, ["name", "fulfillable"])
    outlook = state(view, _OUTLOOK, _SEEN) if not _stale(view, _OUTLOOK, at) else {}
    ages = state(view, _AGES, _OLD)
    rows = [_row(sku, name, sellable, outlook.get(sku, _UNSEEN)) for sku, (name, sellable) in here.items()]
    out = [row for row in rows if row.sellable == 0 and row.per_day != 0]
    gaps = [row for row in rows if row.sellable and row.gap_days]
    due = [row for row in rows if row.order_units]
    pressing = {row.sku: row for row in (*out, *gaps, *due)}
    return Stock(
        seen, _stale(view, _INVENTORY, at), len(rows), len(out), len(gaps) if outlook else None,
        len(due) if outlook else None, sum(units or 0 for row in ages.values() for units in row) if ages else None,
        tuple(sorted(pressing.values(), key=_pressing)),
    )  # fmt: skip


def _row(sku: str, name: str | None, sellable: int | None, seen: tuple[Any, ...]) -> StockRow:
    per_day, low, cover, arrival, gap, order = seen
    return StockRow(sku, name or "", sellable, per_day, low, cover, arrival, gap, order)


def _pressing(row: StockRow) -> tuple[bool, float, float, str]:
    cover = row.cover_low_days if row.cover_low_days is not None else float("inf")
    return row.sellable != 0, -(row.gap_days or 0.0), cover, row.sku


def health_of(view: FactView, at: datetime) -> Health | None:
    """None where Amazon has never told."""
    stream = STREAMS["account_health"]
    seen, rows = view.observed_at(stream), state(view, stream, _MEASURES)
    if seen is None or not rows:
        return None
    status, rating, defects, late, cancelled, violations = next(iter(rows.values()))
    return Health(seen, _stale(view, stream, at), status, rating, defects, late, cancelled, violations)


def coverage_of(view: FactView, at: datetime, today: date) -> Coverage:
    """Of the streams in use: which are older than they may be, and which lack some of their last days."""
    late: dict[str, datetime] = {}
    gaps: dict[str, int] = {}
    count = 0
    for stream in STREAMS.values():
        seen = view.observed_at(stream)
        if seen is None or stream.unknown_when_stale:
            continue
        count += 1
        if at - seen > timedelta(hours=stream.fresh_hours + stream.rest_hours):
            late[stream.name] = seen
        if missing := _missing(stream, view, today):
            gaps[stream.name] = missing
    return Coverage(count, late, gaps)


def _missing(stream: Stream, view: FactView, today: date) -> int:
    """Settled days of the last fortnight that never came in, since the stream began."""
    if stream.grain is not Grain.DAY:
        return 0
    covered = view.covered(stream)
    newest = today - timedelta(days=1 + stream.settle_days)
    days = (newest - timedelta(days=back) for back in range(_LOOKED_BACK))
    return sum(day not in covered for day in days if covered and day >= min(covered))


def _stale(view: FactView, stream: Stream, at: datetime) -> bool:
    seen = view.observed_at(stream)
    return seen is None or at - seen > timedelta(hours=stream.fresh_hours + stream.rest_hours)
