"""The first cause that explains why a SKU's week differs from the week before, and what speaks for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agent.derive.asked import Cell
from agent.model.kinds import STREAMS
from agent.model.window import Span

if TYPE_CHECKING:
    from agent.derive.desk import Desk

_WEEK = 7
_MOVED = 0.05
_RIVAL_MOVED = 0.08
_ADS_MOVED = 0.3
_SEASON_MOVED = 0.1


@dataclass(frozen=True, slots=True)
class Week:
    """``change``: of sales, micros; ``parts``: from sessions, conversion, price; ``expected``: units of this week;
    ``season``: this week's over last week's; ``clicks``: on ads, the week before and this; ``rival``: how the closest
    rival's price changed.
    """

    sku: str
    row: int
    change: float
    parts: NDArray[np.float64]
    expected: float
    season: float
    clicks: tuple[float, float] | None
    rival: float | None


def cause_of(desk: Desk, week: Week) -> dict[str, Cell]:
    """Checked in the order in which causes hide one another: what cannot be bought cannot be too dear."""
    for name, check in _CHECKS:
        evidence = check(desk, week)
        if evidence:
            return {"cause": name, "evidence": evidence}
    return {"cause": "unexplained", "evidence": None}


def _out_of_stock(desk: Desk, week: Week) -> str:
    days, before = (int(desk.out[week.row, part].sum()) for part in (slice(-7, None), slice(-14, -7)))
    more = days > before if week.change < 0 else before > days
    return f"{days} of 7 days out of stock, {before} the week before" if more else ""


def _suppressed(desk: Desk, week: Week) -> str:
    if week.change >= 0:
        return ""
    enforced = desk.of("listing_issues", week.sku, "enforcement") or ""
    if desk.of("listings", week.sku, "buyable") is False:
        return "the listing cannot be bought"
    return enforced if enforced in ("listing_suppressed", "search_suppressed") else ""


def _featured(desk: Desk, week: Week) -> str:
    shares = desk.featured
    if shares is None:
        return ""
    now, before = (_mean(shares[week.row, part]) for part in (slice(-7, None), slice(-14, -7)))
    if now is None or before is None or abs(now - before) < 0.2 or (now < before) is not (week.change < 0):
        return ""
    return f"featured in {now:.0%} of views, {before:.0%} the week before"


def _price(desk: Desk, week: Week) -> str:
    units, amount = desk.sold.units[week.row], desk.sold.amount[week.row]
    now, before = (_ratio(amount[part], units[part]) for part in (slice(-7, None), slice(-14, -7)))
    if now is None or before is None or abs(now / before - 1) < _MOVED:
        return ""
    return f"average price {now / before - 1:+.0%}"


def _ads(desk: Desk, week: Week) -> str:
    clicks = week.clicks
    if clicks is None or max(clicks) < 20:
        return ""
    change = clicks[1] / max(clicks[0], 1) - 1
    return f"ad clicks {change:+.0%}" if abs(change) >= _ADS_MOVED and (change < 0) is (week.change < 0) else ""


def _competitor(desk: Desk, week: Week) -> str:
    change = week.rival
    if change is None or abs(change) < _RIVAL_MOVED or (change < 0) is not (week.change < 0):
        return ""
    return f"closest rival's price {change:+.0%}"


def _season(desk: Desk, week: Week) -> str:
    turn = week.season - 1
    if not np.isfinite(turn) or abs(turn) < _SEASON_MOVED or (turn < 0) is not (week.change < 0):
        return ""
    return f"season {turn:+.0%} against the week before"


def _largest(n: int) -> Callable[[Desk, Week], str]:
    def check(desk: Desk, week: Week) -> str:
        """The part that is largest and points the way sales went."""
        parts = week.parts
        if not np.isfinite(parts).all() or not week.change:
            return ""
        share = parts / week.change
        return f"{share[n]:.0%} of the change" if int(np.argmax(share)) == n and share[n] >= 0.5 else ""

    return check


_CHECKS: tuple[tuple[str, Callable[[Desk, Week], str]], ...] = (
    ("out_of_stock", _out_of_stock), ("suppressed", _suppressed), ("featured_offer_lost", _featured),
    ("price", _price), ("ads", _ads), ("competitor", _competitor), ("season", _season),
    ("traffic", _largest(0)), ("conversion", _largest(1)),
)  # fmt: skip


def _mean(values: NDArray[np.float64]) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) >= 3 else None


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> float | None:
    whole = float(np.nansum(below))
    return float(np.nansum(above)) / whole if whole > 0 and np.nansum(above) > 0 else None


def clicks_by_sku(desk: Desk) -> dict[str, tuple[float, float]]:
    """Ad clicks of the week before and of this week, of ad groups that advertise one SKU only."""
    if not (desk.fresh("product_ads") and desk.fresh("ad_group_traffic") and desk.sales is not None):
        return {}
    skus: dict[str, set[str]] = {}
    for ad in desk.state("product_ads").values():
        if ad["sku"] and ad["ad_group_id"]:
            skus.setdefault(ad["ad_group_id"], set()).add(ad["sku"])
    span = Span(desk.sales.last - timedelta(days=2 * _WEEK - 1), desk.sales.last)
    covered = desk.view.covered(STREAMS["ad_group_traffic"])
    if any(day not in covered for day in span):
        return {}
    late = pl.col("day") > desk.sales.last - timedelta(days=_WEEK)
    rows = desk.view.increments(STREAMS["ad_group_traffic"], span).group_by("entity").agg(
        pl.col("clicks").cast(pl.Int64).filter(~late).sum().alias("before"),
        pl.col("clicks").cast(pl.Int64).filter(late).sum().alias("now"),
    )  # fmt: skip
    found: dict[str, tuple[float, float]] = {}
    for group, before, now in desk.collected("ad_group_traffic", rows).select("entity", "before", "now").iter_rows():
        if len(skus.get(group, ())) == 1:
            sku = next(iter(skus[group]))
            had = found.get(sku, (0.0, 0.0))
            found[sku] = (had[0] + before, had[1] + now)
    return found
