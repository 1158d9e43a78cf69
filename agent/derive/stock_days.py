"""On which days a SKU could not be bought."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agent.model.kinds import STREAMS
from agent.model.window import Span

if TYPE_CHECKING:
    from agent.derive.desk import Desk

Flags = NDArray[np.bool_]


def out_of_stock(desk: Desk, span: Span) -> Flags:
    """SKU × day: without sellable stock at the day's end (ledger, else changes of the stock as pulls saw them), or not
    buyable then. A day on which stock ran out is one of them: its sales were cut short."""
    found = np.zeros((len(desk.skus), len(span)), bool)
    if desk.known("stock_ledger"):
        found |= _by_ledger(desk, span)
    if desk.known("inventory"):
        later = _by_changes(desk, span, "inventory", "fulfillable", lambda units: units == 0)
        # The ledger is a day or two behind, and may begin later than we began to look.
        covered = desk.view.covered(STREAMS["stock_ledger"])
        told = np.array([day in covered for day in span])
        found |= later & ~told[None, :]
    if desk.known("listings"):
        found |= _by_changes(desk, span, "listings", "buyable", lambda flag: flag is False)
    return found


def _by_ledger(desk: Desk, span: Span) -> Flags:
    """By the ledger's ending balance; a day without a row ends as the day before did."""
    stream = STREAMS["stock_ledger"]
    rows = desk.view.increments(stream, span).select("entity", "day", "ending_balance", "observed_at")
    newest = rows.sort("observed_at").group_by("entity", "day").agg(pl.col("ending_balance").last())
    frame = desk.collected("stock_ledger", newest.drop_nulls())
    balance = np.full((len(desk.skus), len(span)), np.nan)
    kept = frame.filter(pl.col("entity").is_in(desk.skus))
    if kept.height:
        at = kept["entity"].replace_strict(desk.row, return_dtype=pl.Int64).to_numpy()
        balance[at, (kept["day"] - span.first).dt.total_days().to_numpy()] = kept["ending_balance"].to_numpy()
    days = desk.view.covered(stream)
    covered = np.array([day in days for day in span])
    return np.asarray((_carried(balance) == 0) & covered[None, :])


def _carried(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each nan as the value before it."""
    at = np.where(np.isnan(values), 0, np.arange(values.shape[1])[None, :])
    np.maximum.accumulate(at, axis=1, out=at)
    return np.take_along_axis(values, at, axis=1)


def _by_changes(desk: Desk, span: Span, stream: str, column: str, is_out: Callable[[Any], bool]) -> Flags:
    """By what pulls saw; from the first sighting on."""
    found = np.zeros((len(desk.skus), len(span)), bool)
    behind = (desk.asked.today - span.first).days + 1
    for sku, moves in grouped(desk.changes(stream, column, behind)):
        if sku not in desk.row or not any(is_out(value) for _, value, _ in moves):
            continue
        for n, (at, value, _) in enumerate(moves):
            first = max(0, (at.date() - span.first).days)
            after = moves[n + 1][0] if n + 1 < len(moves) else desk.asked.known_at + timedelta(days=1)
            last = (after.date() - span.first).days
            if is_out(value) and last > 0:
                found[desk.row[sku], first:last] = True
    return found


Move = tuple[datetime, Any, bool]


def grouped(moves: Iterable[tuple[str, datetime, Any, bool]]) -> Iterable[tuple[str, list[Move]]]:
    """Changes by entity, oldest first."""
    by_entity: dict[str, list[Move]] = {}
    for entity, at, value, first in moves:
        by_entity.setdefault(entity, []).append((at, value, first))
    return by_entity.items()


def value_at(moves: list[Move], moment: datetime) -> Any:
    """What held at a moment; None before the first sighting."""
    return next((value for at, value, _ in reversed(moves) if at <= moment), None)


def daily_values(moves: list[Move], until: datetime, days: int) -> list[Any]:
    """What held at this time of each of the last ``days`` days, known ones only."""
    held = (value_at(moves, until - timedelta(days=n)) for n in range(days))
    return [value for value in held if value is not None]


def midnight(day: Any) -> datetime:
    return datetime.combine(day, time(), UTC)
