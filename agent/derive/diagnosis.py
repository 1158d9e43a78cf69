"""Why sales moved: this week against the last one, and against what was to be expected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.derive import rivalry
from agent.derive.asked import Cell, Deriver, rows_of
from agent.derive.causes import Week, cause_of, clicks_by_sku
from agent.derive.desk import Desk
from agent.methods.anomaly import ALARM, benjamini_hochberg, week_chance
from agent.methods.lmdi import sales_parts
from agent.model.fact import Rows
from agent.model.kinds import STREAMS

Floats = NDArray[np.float64]
_WEEK = 7
_LEAST_DAYS = 56
_LEAST_UNITS = 3.0
_WORTH_ASKING = 0.1


def derive(desk: Desk) -> Rows:
    """A row per SKU. Without fresh sales nothing is said; without sessions no parts are."""
    if desk.sales is None or desk.sales.units.shape[1] < 2 * _WEEK:
        return rows_of(GIVES, [{"entity": sku} for sku in desk.skus])
    parts, change, before = _parts(desk)
    odd, clicks, rivals = _odd(desk), clicks_by_sku(desk), _rivals(desk)
    found: list[dict[str, Cell]] = []
    for n, sku in enumerate(desk.skus):
        row: dict[str, Cell] = {"entity": sku, "anomaly": odd.names[n], "anomaly_chance": _value(odd.chances[n])}
        if np.isfinite(change[n]):
            row["sales_change"] = round(change[n])
            moved = odd.names[n] in ("drop", "rise") or abs(change[n]) >= _WORTH_ASKING * max(before[n], 1.0)
            if np.isfinite(parts[n]).all():
                # Rounded so that the parts still add up to the change.
                sessions, conversion = round(parts[n, 0]), round(parts[n, 1])
                row |= {"from_sessions": sessions, "from_conversion": conversion,
                        "from_price": round(change[n]) - sessions - conversion}  # fmt: skip
            if moved:
                week = Week(
                    sku, n, float(change[n]), parts[n], odd.expected[n], odd.season[n], clicks.get(sku), rivals.get(sku)
                )
                row |= cause_of(desk, week)
        found.append(row)
    return rows_of(GIVES, found)


def _parts(desk: Desk) -> tuple[Floats, Floats, Floats]:
    """LMDI parts, the change of sales, and last week's sales, in micros; nan where a day is missing."""
    weeks = [np.stack([_sum(each, back) for each in (desk.sold.sessions, desk.sold.units, desk.sold.amount)], axis=-1)
             for back in (_WEEK, 0)]  # fmt: skip
    before, after = weeks
    return sales_parts(np.nan_to_num(before), np.nan_to_num(after)), after[:, 2] - before[:, 2], before[:, 2]


def _sum(figures: Floats, back: int) -> Floats:
    """The sum of seven days that end ``back`` days before the last."""
    end = figures.shape[1] - back
    return np.asarray(figures[:, end - _WEEK : end].sum(axis=1))


@dataclass(frozen=True, slots=True)
class Odd:
    """By SKU: drop, rise, none or None; the chance; units expected; this week's season over last week's."""

    names: list[str | None]
    chances: Floats
    expected: Floats
    season: Floats


def _odd(desk: Desk) -> Odd:
    """A week is odd where its chance is below 0.5 % and stays a discovery among all SKUs (10 % false ones)."""
    count = len(desk.skus)
    expectation = desk.foreseen(_WEEK)
    if expectation is None:
        return Odd([None] * count, np.full(count, np.nan), np.full(count, np.nan), np.full(count, np.nan))
    expected = expectation.total(_WEEK)
    known = (~np.isnan(desk.plain[:, :-_WEEK])).sum(axis=1)
    units = _sum(desk.sold.units, 0)
    enough = (known >= _LEAST_DAYS) & (expected >= _LEAST_UNITS) & np.isfinite(units)
    chance, sign = week_chance(units, np.where(enough, expected, np.nan), expectation.variance(_WEEK))
    found = benjamini_hochberg(chance) & (np.nan_to_num(chance, nan=1.0) < ALARM)
    names = [None if not enough[n] else "none" if not found[n] else "drop" if sign[n] < 0 else "rise"
             for n in range(count)]  # fmt: skip
    return Odd(names, chance, expected, desk.usual_factor)


def _rivals(desk: Desk) -> dict[str, float]:
    """How the price of each SKU's closest rival changed, where that is known."""
    rows = rivalry.derive(desk).columns
    pairs = zip(rows["entity"], rows["closest_change"], strict=True)
    return {sku: change for sku, change in pairs if change is not None}


def _value(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None


GIVES = STREAMS["diagnosis"]
DERIVER = Deriver(
    GIVES,
    (STREAMS["sku_sales"], STREAMS["asin_sales"], STREAMS["order_lines"]),
    tuple(STREAMS[name] for name in ("sku_sales", "asin_sales", "order_lines", "stock_ledger", "inventory", "listings",
                                     "listing_issues", "offer_prices", "competitors", "rival_offers", "events",
                                     "product_ads", "ad_group_traffic")),
    derive,
)  # fmt: skip
