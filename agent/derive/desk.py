"""Everything that derivations read, each stream scanned once, laid out as a SKU × day matrix where days matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agent.derive.asked import Asked
from agent.derive.days import days_of_lines, matrix_of
from agent.derive.stock_days import out_of_stock
from agent.facts.faults import door
from agent.methods.demand import Forecast, History, flattened, forecast, seasons
from agent.methods.season import Season
from agent.model.kinds import STREAMS
from agent.model.window import Span
from agent.ports import FactView

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_DAYS = 730
HORIZON = 180
"""Days that demand is computed for one by one; beyond, the last goes on."""


@dataclass(frozen=True, slots=True)
class Sales:
    """By SKU (row) and day (column), the last column being ``last``; nan where a day has not been delivered.

    ``sessions`` and ``amount`` (micros) are nan throughout where only order lines are known.
    """

    skus: Sequence[str]
    last: date
    units: Floats
    sessions: Floats
    amount: Floats

    @property
    def span(self) -> Span:
        return Span(self.last - timedelta(days=self.units.shape[1] - 1), self.last)


class Desk:
    """Reads one view for one question. Not for two threads at once."""

    def __init__(self, view: FactView, asked: Asked) -> None:
        self.view, self.asked = view, asked
        self._states: dict[str, dict[str, dict[str, Any]]] = {}

    def known(self, stream: str) -> bool:
        """Whether it was ever pulled."""
        return self.view.observed_at(STREAMS[stream]) is not None

    def fresh(self, stream: str) -> bool:
        """Whether it is young enough to conclude anything from."""
        seen = self.view.observed_at(STREAMS[stream])
        return seen is not None and self.asked.known_at - seen <= timedelta(hours=STREAMS[stream].fresh_hours)

    def state(self, stream: str) -> Mapping[str, dict[str, Any]]:
        """A snapshot's rows by entity; empty where it was never pulled or is too old."""
        if stream not in self._states:
            self._states[stream] = self._read_state(stream) if self.fresh(stream) else {}
        return self._states[stream]

    def changes(self, stream: str, column: str, days: int) -> list[tuple[str, datetime, Any, bool]]:
        """Entity, when, what it became, whether it was a first sighting: the last ``days`` and the value before."""
        since = self.asked.known_at - timedelta(days=days)
        moves = self.view.changes(STREAMS[stream], column).select("entity", "at", "after", "first")
        older = moves.filter(pl.col("at") < since).group_by("entity").agg(pl.all().sort_by("at").last())
        both = pl.concat([older.select("entity", "at", "after", "first"), moves.filter(pl.col("at") >= since)])
        return self.collected(stream, both.sort("entity", "at")).rows()

    def collected(self, stream: str, frame: pl.LazyFrame) -> pl.DataFrame:
        with door(self.view.account, stream):
            return frame.collect()

    @cached_property
    def skus(self) -> list[str]:
        """Every SKU in stock or listed, in a fixed order."""
        return sorted({*self.state("inventory"), *self.state("listings")})

    @cached_property
    def row(self) -> Mapping[str, int]:
        return {sku: n for n, sku in enumerate(self.skus)}

    @cached_property
    def sales(self) -> Sales | None:
        """Sales by SKU and day: Sales & Traffic by SKU, else by ASIN where a SKU is alone on it, else order lines.

        None where none of them is there and fresh.
        """
        if self.fresh("sku_sales"):
            return self._reported("sku_sales", {sku: sku for sku in self.skus})
        if self.fresh("asin_sales"):
            return self._reported("asin_sales", self._alone)
        return self._ordered() if self.fresh("order_lines") else None

    @property
    def sold(self) -> Sales:
        """The sales, for those who have seen that they are there."""
        if self.sales is None:
            raise ValueError("no sales are known")
        return self.sales

    @cached_property
    def _alone(self) -> Mapping[str, str]:
        """ASIN to SKU, of ASINs that one SKU only sells."""
        by_asin: dict[str, list[str]] = {}
        for sku in self.skus:
            asin = self.of("listings", sku, "asin") or self.of("inventory", sku, "asin")
            if asin:
                by_asin.setdefault(asin, []).append(sku)
        return {asin: skus[0] for asin, skus in by_asin.items() if len(skus) == 1}

    def of(self, stream: str, entity: str, column: str) -> Any:
        """One value of a fresh snapshot, None where it is not known."""
        return self.state(stream).get(entity, {}).get(column)

    @cached_property
    def out(self) -> Flags:
        """SKU × day of ``sales``: out of stock, or not buyable, at the end of the day. Not known counts as in stock."""
        if self.sales is None:
            return np.zeros((len(self.skus), 0), bool)
        return out_of_stock(self, self.sales.span)

    @cached_property
    def plain(self) -> Floats:
        """Units of days that tell of ordinary demand: in stock and outside a deal; all others nan."""
        if self.sales is None:
            return np.full((len(self.skus), 0), np.nan)
        units = np.where(self.out, np.nan, self.sales.units)
        span = self.sales.span
        for event in self.state("events").values():
            starts, ends = event["starts_at"], event["ends_at"]
            if event["category"] == "deal" and starts is not None and ends is not None:
                first, last = (max(0, (each.date() - span.first).days) for each in (starts, ends))
                rows = slice(None) if not event["sku"] else [self.row[event["sku"]]] if event["sku"] in self.row else []
                units[rows, first : last + 1] = np.nan
        return units

    @cached_property
    def lag(self) -> int:
        """Days between the newest known day of sales and today, today not counted."""
        return (self.asked.today - self.sales.last).days - 1 if self.sales is not None else 0

    @cached_property
    def demand(self) -> Forecast | None:
        """Demand from today on."""
        whole = self.foreseen(0)
        if whole is None:
            return None
        return Forecast(whole.level, whole.factors[:, self.lag :], whole.noise, whole.doubt)

    def foreseen(self, back: int) -> Forecast | None:
        """Demand as it was to be expected ``back`` days before the newest known day, from the day after on."""
        if self.sales is None or self.plain.shape[1] <= back:
            return None
        units = self.plain[:, : self.plain.shape[1] - back]
        return forecast(self._history(units, back), HORIZON + self.lag if back == 0 else 28)

    def _history(self, units: Floats, back: int = 0) -> History:
        last = (self.sales.last if self.sales is not None else self.asked.today) - timedelta(days=back)
        return History(units, last.weekday(), last.timetuple().tm_yday - 1, self._groups)

    @cached_property
    def flat(self) -> Floats:
        """``plain`` without weekday and season."""
        return flattened(self._history(self.plain), *self._seasons)

    @cached_property
    def usual_factor(self) -> Floats:
        """How much stronger the season is this week than the week before, by SKU; 1 where it is not known."""
        if self.sales is None:
            return np.ones(len(self.skus))
        return self._seasons[1].turn()

    @cached_property
    def _seasons(self) -> tuple[Floats, Season]:
        return seasons(self._history(self.plain))

    @cached_property
    def featured(self) -> Floats | None:
        """Share of views with our offer featured, SKU × the last 14 days of ``sales``; nan where nobody looked."""
        if self.sales is None or not self.fresh("sku_sales"):
            return None
        stream, span = STREAMS["sku_sales"], Span(self.sales.last - timedelta(days=13), self.sales.last)
        wanted = self.view.increments(stream, span).group_by("entity", "day").agg(
            pl.col("featured_offer_share").sort_by("observed_at").last()
        )  # fmt: skip
        shares = np.full((len(self.skus), len(span)), np.nan)
        for sku, day, share in self.collected("sku_sales", wanted.drop_nulls()).iter_rows():
            if sku in self.row:
                shares[self.row[sku], (day - span.first).days] = share
        return shares

    @cached_property
    def _groups(self) -> NDArray[np.int64]:
        """SKUs of one product type share factors."""
        types = [self.of("listings", sku, "product_type") or "" for sku in self.skus]
        return np.unique(np.array(types, dtype=str), return_inverse=True)[1].astype(np.int64)

    def _read_state(self, stream: str) -> dict[str, dict[str, Any]]:
        rows = self.collected(stream, self.view.state(STREAMS[stream])).to_dicts()
        return {row["entity"]: row for row in rows}

    def _reported(self, name: str, sku_of: Mapping[str, str]) -> Sales:
        stream = STREAMS[name]
        settled = self.asked.today - timedelta(days=1 + stream.settle_days)
        covered = self.view.covered(stream)
        known = [day for day in covered if day <= settled]
        last = max(known, default=settled)
        first = max(min(known, default=last), last - timedelta(days=_DAYS - 1))
        columns = ("units_ordered", "sessions", "ordered_sales")
        wanted = self.view.increments(stream, Span(first, last)).select("entity", "day", *columns)
        daily = wanted.group_by("entity", "day").agg(pl.col(columns).cast(pl.Int64).sum())
        rows = self.collected(name, daily)
        rows = rows.with_columns(pl.col("entity").replace_strict(sku_of, default=None, return_dtype=pl.String))
        delivered = np.array([day in covered for day in Span(first, last)])
        units, sessions, amount = (matrix_of(rows, each, self.row, Span(first, last), delivered) for each in columns)
        lone = np.isin(np.array(self.skus, dtype=str), list(sku_of.values())) if self.skus else np.zeros(0, bool)
        return Sales(self.skus, last, *(np.where(lone[:, None], each, np.nan) for each in (units, sessions, amount)))

    def _ordered(self) -> Sales:
        lines = self.collected("order_lines", days_of_lines(self.view, self.asked.zone))
        last = self.asked.today - timedelta(days=1)
        first = max(lines["day"].min() or last, last - timedelta(days=_DAYS - 1))
        span = Span(first, last)  # type: ignore[arg-type]
        units = matrix_of(lines, "units", self.row, span, np.ones(len(span), bool))
        unknown = np.full_like(units, np.nan)
        return Sales(self.skus, last, units, unknown, unknown)
