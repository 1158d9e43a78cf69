"""Demand to come, how long stock lasts, and what to order."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agent.derive.arrivals import Coming, Lead, coming, lead_of
from agent.derive.asked import Cell, Deriver, rows_of
from agent.derive.desk import Desk
from agent.methods import cover, reorder
from agent.methods.demand import Forecast
from agent.model.fact import Rows
from agent.model.kinds import STREAMS
from agent.model.window import Span

Floats = NDArray[np.float64]
_RETURNING = 0.8
"""Share of units on the way between warehouses that is counted as sellable soon."""
_AGED = 181
_MIDDLE = 91
"""The youngest age of the band of 91 to 180 days, in which Amazon tells units before they are aged."""
_HIGH, _BUSY = 0.9, 0.8


def derive(desk: Desk) -> Rows:
    """A row per SKU in stock. Forecast columns need fresh sales, cover fresh stock, orders lead times."""
    columns: dict[str, Floats] = {}
    sellable, position = _stock(desk)
    columns |= _recent(desk, sellable)
    lead = lead_of(desk)
    way = coming(desk, lead)
    position = position + way.ordered
    columns["next_arrival_days"] = way.late
    if desk.demand is not None:
        early = cover.by_forecast(sellable, desk.demand, _BUSY)
        columns |= _demand(desk.demand, sellable, position, early)
        columns |= _supply(desk.demand, sellable, position, early, lead, way)
    columns["position"] = position
    columns["aged_next"] = _aged_next(desk, sellable)
    listed = desk.state("inventory")
    return rows_of(GIVES, [_row(sku, n, columns) for n, sku in enumerate(desk.skus) if sku in listed])


def _row(sku: str, n: int, columns: dict[str, Floats]) -> dict[str, Cell]:
    row: dict[str, Cell] = {"entity": sku}
    for name, values in columns.items():
        value = float(values[n])
        row[name] = None if not np.isfinite(value) else max(0, round(value)) if name in _COUNTED else value
    return row


def _column(desk: Desk, stream: str, name: str) -> Floats:
    values: list[Any] = [desk.of(stream, sku, name) for sku in desk.skus]
    return np.array([np.nan if value is None else float(value) for value in values])


def sellable_of(desk: Desk) -> Floats:
    """Units that can be sold, with most of what travels between warehouses; nan where it is not known."""
    return _stock(desk)[0]


def _stock(desk: Desk) -> tuple[Floats, Floats]:
    """Sellable (with most of what travels between warehouses), and that with all that Amazon has on its way in."""
    here, between = (_column(desk, "inventory", name) for name in ("fulfillable", "reserved_transfer"))
    on_the_way = ("inbound_working", "inbound_shipped", "inbound_receiving")
    inbound = np.sum([np.nan_to_num(_column(desk, "inventory", name)) for name in on_the_way], axis=0)
    between = np.nan_to_num(between)
    return here + _RETURNING * between, here + between + inbound


def _recent(desk: Desk, sellable: Floats) -> dict[str, Floats]:
    """The last 30 days: mean of the days in stock, days out of stock, and since when it is back."""
    if desk.sales is None:
        return {}
    units, out = desk.sales.units[:, -30:], desk.out
    inside = ~np.isnan(units) & ~out[:, -30:]
    per_day = np.where(inside, units, 0).sum(axis=1) / np.where(inside.any(axis=1), inside.sum(axis=1), np.nan)
    return {
        "units_per_day_recent": per_day,
        "days_of_cover_naive": cover.naive(sellable, per_day),
        "out_days": out[:, -30:].sum(axis=1).astype(float),
        "back_days": np.array([_back(row) for row in out[:, -60:]]) + desk.lag,
    }


def _back(out: NDArray[np.bool_]) -> float:
    """Days since it came back after three or more days out of stock; nan where it is out, or was not out lately."""
    if not out.any() or out[-1]:
        return float("nan")
    back = len(out) - 1 - int(np.flatnonzero(out)[-1])
    gone = out[: len(out) - back]
    return float(back) if len(gone) >= 3 and gone[-3:].all() else float("nan")


def _demand(demand: Forecast, sellable: Floats, position: Floats, early: Floats) -> dict[str, Floats]:
    month = demand.total(28)
    return {
        "units_per_day": month / 28,
        "demand_28d": month,
        "demand_28d_high": demand.quantile(_HIGH, 28),
        "days_of_cover": cover.by_forecast(sellable, demand),
        "days_of_cover_low": early,
        "cover_with_inbound": cover.by_forecast(position, demand),
    }


def _supply(
    demand: Forecast, sellable: Floats, position: Floats, early: Floats, lead: Lead, way: Coming
) -> dict[str, Floats]:
    per_day = demand.total(28) / 28
    gap_days, gap_units = reorder.gap(early, way.late, per_day)
    point = reorder.reorder_point(demand, reorder.Supply(lead.days, lead.sd, lead.review, lead.service))
    # Without anything on its way the next supply is what would be ordered now.
    nothing = np.isnan(way.mean)
    until, spread = np.where(nothing, lead.days, way.mean), np.where(nothing, lead.sd, way.sd)
    return {
        "gap_days": gap_days,
        "gap_units": gap_units,
        "reorder_point": point,
        "order_units": reorder.order_quantity(position, point, per_day, lead.cover, lead.minimum, lead.carton),
        "stockout_risk": reorder.stockout_risk(demand, sellable, until, spread),
    }


def _aged_next(desk: Desk, sellable: Floats) -> Floats:
    """Units that turn 181 days old by the next 15th, less what is sold until then: the oldest are sold first.

    By the ledger's receipts. Where it does not reach back that far, what came since it began is young, and the rest of
    those 91 to 180 days old is taken as evenly spread over the days before.
    """
    today, fifteenth = desk.asked.today, _next_fifteenth(desk.asked.today)
    ahead = (fifteenth - today).days
    sold = np.nan_to_num(desk.demand.total(ahead)) if desk.demand is not None else np.zeros(len(desk.skus))
    older = [_column(desk, "inventory_health", name) for name in ("age_181_270", "age_271_365", "age_over_365")]
    over = np.nan_to_num(np.sum(older, axis=0))
    left = np.maximum(sold - over, 0.0)
    span = _receipts_known(desk, fifteenth - timedelta(days=_AGED - 1))
    if span.first <= fifteenth - timedelta(days=_AGED - 1):
        return np.asarray(np.maximum(sellable - _received(desk, span) - over - left, 0.0))
    ages = max(_MIDDLE, (today - span.first).days + 1)
    middle = _column(desk, "inventory_health", "age_91_180")
    old = np.maximum(middle - _received(desk, Span(span.first, today - timedelta(days=_MIDDLE))), 0.0)
    return np.asarray(np.maximum(old * min(1.0, ahead / (_AGED - ages)) - left, 0.0))


def _receipts_known(desk: Desk, since: date) -> Span:
    """The days up to the newest settled one of which the ledger tells without a hole, at most back to ``since``."""
    stream = STREAMS["stock_ledger"]
    first = last = desk.asked.today - timedelta(days=1 + stream.settle_days)
    covered = desk.view.covered(stream) if desk.fresh(stream.name) else frozenset()
    while first >= since and first in covered:
        first -= timedelta(days=1)
    return Span(first + timedelta(days=1), last)


def _received(desk: Desk, span: Span) -> Floats:
    """Units counted in on these days, by SKU."""
    if span.first > span.last:
        return np.zeros(len(desk.skus))
    stream = STREAMS["stock_ledger"]
    wanted = desk.view.increments(stream, span).group_by("entity").agg(pl.col("receipts").cast(pl.Int64).sum())
    received = dict(desk.collected(stream.name, wanted).select("entity", "receipts").iter_rows())
    return np.array([float(received.get(sku) or 0) for sku in desk.skus])


def _next_fifteenth(today: date) -> date:
    if today.day < 15:
        return today.replace(day=15)
    return (today.replace(day=1) + timedelta(days=32)).replace(day=15)


GIVES = STREAMS["outlook"]
_COUNTED = frozenset({"position", "reorder_point", "order_units", "out_days", "aged_next"})
DERIVER = Deriver(
    GIVES,
    (STREAMS["inventory"],),
    tuple(STREAMS[name] for name in ("inventory", "sku_sales", "asin_sales", "order_lines", "stock_ledger", "listings",
                                     "lead_times", "suppliers", "purchase_orders", "shipments", "events",
                                     "inventory_health")),
    derive,
)  # fmt: skip
