"""Whether a listing should be left alone: what its family sells, who changed it when, and what that did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

import numpy as np
from numpy.typing import NDArray

from agent.derive.asked import Cell, Deriver, rows_of
from agent.derive.desk import Desk
from agent.derive.edits import EditSeen, edits_of
from agent.derive.stock_days import daily_values, grouped
from agent.derive.verdicts import verdict_of
from agent.methods.trend import Standing, listing_state, theil_sen
from agent.model.fact import Rows
from agent.model.kinds import STREAMS

_LEAST, _MOST, _USUAL = 3, 7, 7
_MONTH, _BEFORE = 28, 56
_FROZEN = frozenset({"rising", "on_target_stable"})


def derive(desk: Desk) -> Rows:
    """A row per listing. Edits need fresh listings, the trend fresh sales; the rest of a row stands without them."""
    families = family_of(desk)
    edits: defaultdict[str, list[EditSeen]] = defaultdict(list)
    for edit in edits_of(desk):
        edits[families.get(edit.sku, edit.sku)].append(edit)
    trends = _trends(desk, families)
    prices = dict(grouped(desk.changes("listings", "price", 31)))
    found: list[dict[str, Cell]] = []
    for sku in sorted(desk.state("listings")):
        family = families[sku]
        trend = trends.get(family, Trend("unknown" if desk.sales is not None else None, None, None))
        row: dict[str, Cell] = {
            "entity": sku, "family": family, "trend": trend.state, "slope": trend.slope,
            "frozen": None if trend.state is None else trend.state in _FROZEN,
            "suggested_lever": trend.lever,
        }  # fmt: skip
        row |= _watched(desk, sku, edits[family])
        row |= verdict_of(desk, sku, families, edits[family], freeze_days(desk, sku))
        held = daily_values(prices.get(sku, []), desk.asked.known_at, 30)
        row["price_median_30d"] = round(median(held)) if held else None
        found.append(row)
    return rows_of(GIVES, found)


def family_of(desk: Desk) -> Mapping[str, str]:
    """By SKU: the parent ASIN, else the ASIN, else the SKU itself."""
    return {sku: row["parent_asin"] or row["asin"] or sku for sku, row in desk.state("listings").items()}


def freeze_days(desk: Desk, sku: str) -> int:
    """The setting ``freeze_days`` for a listing, narrowest scope last; held between 3 and 7."""
    listing = desk.state("listings").get(sku, {})
    wanted: float = _USUAL
    for scope in desk.asked.scopes:
        names = (sku, listing.get("title")) if scope.kind in ("listing", "sku") else (listing.get("asin"),)
        days = scope.values.get("freeze_days")
        if (
            isinstance(days, (int, float))
            and scope.kind in ("account", "listing", "sku", "asin")
            and scope.fits(*names)
        ):
            wanted = days
    return int(min(max(wanted, _LEAST), _MOST))


def _watched(desk: Desk, sku: str, edits: Sequence[EditSeen]) -> dict[str, Cell]:
    """The newest change in the family, by anybody, and how long it is watched; how often this price was moved."""
    now = desk.asked.known_at
    moves = [edit.at for edit in edits if edit.sku == sku and edit.field == "price"]
    row: dict[str, Cell] = {
        "observing": False,
        "price_edits_24h": sum(at > now - timedelta(hours=24) for at in moves),
        "price_edits_7d": sum(at > now - timedelta(days=7) for at in moves),
    }
    if edits:
        newest = edits[-1]
        until: datetime = newest.at + timedelta(days=freeze_days(desk, newest.sku))
        row |= {"observing": now < until, "observed_until": until, "edited_at": newest.at, "edited_field": newest.field,
                "edited_sku": newest.sku, "edited_by": "us" if newest.ours else "somebody_else"}  # fmt: skip
    return row


@dataclass(frozen=True, slots=True)
class Trend:
    state: str | None
    slope: float | None
    lever: str | None


def _trends(desk: Desk, families: Mapping[str, str]) -> dict[str, Trend]:
    """The state of each family, from its SKUs' de-seasonalised units together."""
    if desk.sales is None or desk.demand is None or desk.sales.units.shape[1] < _MONTH:
        return {}
    order = {family: n for n, family in enumerate(dict.fromkeys(families.values()))}
    member = np.zeros((len(order), len(desk.skus)))
    for sku, family in families.items():
        member[order[family], desk.row[sku]] = 1
    flat, known = _together(member, _flattened(desk))
    slopes, chances = theil_sen(flat[:, -_MONTH:])
    stocked = _in_stock_days(desk, member)
    sold, _ = _together(member, desk.sales.units[:, -30:])
    levers = _levers(desk, member)
    found = {}
    for family, n in order.items():
        standing = Standing(
            _known(slopes[n]), _known(chances[n]), _mean(flat[n, -_MONTH:]),
            _mean(flat[n, -_MONTH - _BEFORE : -_MONTH]) if flat.shape[1] >= 2 * _MONTH else None,
            float(np.nansum(sold[n])) if known[n].any() else None, int(stocked[n]), _attainment(desk, family, families),
        )  # fmt: skip
        state = listing_state(standing)
        found[family] = Trend(state, _known(slopes[n]), levers[n] if state in ("declining", "dormant") else None)
    return found


def _flattened(desk: Desk) -> NDArray[np.float64]:
    """Units of the last twelve weeks without weekday and season; days that tell nothing are nan."""
    return desk.flat[:, -(_MONTH + _BEFORE) :]


def _together(member: NDArray[np.float64], units: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Sums by family and day over the SKUs known on it, scaled up for those that are not; nan where none is."""
    inside = ~np.isnan(units)
    mean = np.where(inside, units, 0).sum(axis=1) / np.maximum(inside.sum(axis=1), 1)
    filled = np.where(inside, units, mean[:, None])
    there = member @ inside.astype(float) > 0
    return np.where(there, member @ filled, np.nan), there


def _in_stock_days(desk: Desk, member: NDArray[np.float64]) -> NDArray[np.float64]:
    """Days of the last 30 on which something of the family could be bought."""
    stocked = np.array([(desk.of("inventory", sku, "fulfillable") or 0) > 0 for sku in desk.skus], float)
    inside = (~desk.out[:, -30:]) * stocked[:, None]
    return np.asarray((member @ inside > 0).sum(axis=1))


def _levers(desk: Desk, member: NDArray[np.float64]) -> list[str | None]:
    """By the stage of the funnel that fell most, last 28 days against the 56 before: visits → image, orders → price."""
    if desk.sold.sessions.shape[1] < _MONTH + _BEFORE:
        return [None] * len(member)
    visits, units = (
        member @ np.nan_to_num(each[:, -_MONTH - _BEFORE :]) for each in (desk.sold.sessions, desk.sold.units)
    )
    found: list[str | None] = []
    for n in range(len(member)):
        now, was = (visits[n, -_MONTH:].sum(), visits[n, -_MONTH - _BEFORE : -_MONTH].sum() / 2)
        sold, sold_before = (units[n, -_MONTH:].sum(), units[n, -_MONTH - _BEFORE : -_MONTH].sum() / 2)
        if min(now, was, sold_before) <= 0:
            found.append("image" if was > 0 or now > 0 else None)
            continue
        found.append("image" if now / was < (sold / now) / (sold_before / was) else "price")
    return found


def _attainment(desk: Desk, family: str, families: Mapping[str, str]) -> float | None:
    """Units of this month over the part of the target that is due by now; None without a target or before a week."""
    month = f"{desk.asked.today:%Y-%m}"
    wanted = [
        (desk.row[sku], row["target_units"])
        for sku, row in desk.state("sales_targets").items()
        if families.get(sku) == family and row["target_month"] == month and row["target_units"]
    ]
    days = (desk.sold.last - desk.asked.today.replace(day=1)).days + 1
    if not wanted or days < 7:
        return None
    following = (desk.asked.today.replace(day=1) + timedelta(days=32)).replace(day=1)
    share = days / (following - desk.asked.today.replace(day=1)).days
    sold = float(np.nansum(desk.sold.units[[row for row, _ in wanted], -days:]))
    return sold / (share * float(sum(units for _, units in wanted)))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _mean(values: NDArray[np.float64]) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) >= 14 else None


GIVES = STREAMS["listing_control"]
DERIVER = Deriver(
    GIVES,
    (STREAMS["listings"],),
    tuple(
        STREAMS[name] for name in ("listings", "sku_sales", "asin_sales", "order_lines", "inventory", "sales_targets")
    ),
    derive,
)
