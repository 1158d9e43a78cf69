"""How much of what was sold comes back, and whether that has risen."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from agent.derive.asked import Cell, Deriver, rows_of
from agent.derive.desk import Desk
from agent.methods.returns import Cohort, return_rates
from agent.model.fact import Rows
from agent.model.kinds import STREAMS

_COHORT_DAYS = 90
_LAG_DAYS = 21
"""From sale to return, usually one to five weeks: returns are held against the sales of this many days before."""
_BEFORE_DAYS = 182


def derive(desk: Desk) -> Rows:
    """A row per SKU that sold. Needs fresh returns and sales of the whole cohort; else the columns are unknown."""
    if desk.sales is None or not desk.fresh("returns"):
        return rows_of(GIVES, [{"entity": sku} for sku in desk.skus])
    returned, reasons = _returned(desk)
    now = Cohort(_sold(desk, _LAG_DAYS), returned[0])
    before = Cohort(_sold(desk, _LAG_DAYS + _BEFORE_DAYS), returned[1])
    known, known_before = (np.isfinite(each.sold) for each in (now, before))
    rates = return_rates(*(Cohort(np.nan_to_num(each.sold), each.returned) for each in (now, before)))
    found: list[dict[str, Cell]] = []
    for n, sku in enumerate(desk.skus):
        row: dict[str, Cell] = {"entity": sku, "return_reason": _commonest(reasons[sku])}
        if known[n]:
            row |= {"return_rate": _value(rates.rate[n]), "returned_units": int(now.returned[n]),
                    "cohort_units": int(now.sold[n])}  # fmt: skip
        if known[n] and known_before[n]:
            row |= {"return_rate_before": _value(rates.before[n]), "return_rise_chance": _value(rates.rise_chance[n])}
        found.append(row)
    return rows_of(GIVES, found)


def _returned(desk: Desk) -> tuple[NDArray[np.float64], dict[str, Counter[str]]]:
    """Units that came back in the last 90 days and in the 90 days half a year before; the recent reasons."""
    counted = np.zeros((2, len(desk.skus)))
    reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in desk.collected("returns", desk.view.state(STREAMS["returns"])).to_dicts():
        if row["sku"] not in desk.row or row["returned_at"] is None:
            continue
        age = (desk.asked.known_at - row["returned_at"]) / timedelta(days=1)
        for period, behind in enumerate((0, _BEFORE_DAYS)):
            if behind <= age < behind + _COHORT_DAYS:
                counted[period, desk.row[row["sku"]]] += row["units"] or 1
        if age < _COHORT_DAYS and row["reason"]:
            reasons[row["sku"]][row["reason"]] += row["units"] or 1
    return counted, reasons


def _sold(desk: Desk, back: int) -> NDArray[np.float64]:
    """Units of the 90 days that end so many days ago; nan where more than a tenth of them is not known."""
    days = desk.sold.units.shape[1]
    end = days - max(0, back - desk.lag - 1)
    units = desk.sold.units[:, max(0, end - _COHORT_DAYS) : max(0, end)]
    known = (~np.isnan(units)).sum(axis=1)
    return np.where(known >= 0.9 * _COHORT_DAYS, np.nansum(units, axis=1), np.nan)


def _commonest(reasons: Counter[str]) -> str | None:
    return min(reasons, key=lambda reason: (-reasons[reason], reason)) if reasons else None


def _value(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None


GIVES = STREAMS["return_rates"]
_READS = ("returns", "sku_sales", "asin_sales", "order_lines")
DERIVER = Deriver(GIVES, (STREAMS["returns"],), tuple(STREAMS[name] for name in _READS), derive)
