"""Where our price stands among the rivals we watch."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import Any

from agent.derive.asked import Cell, Deriver, rows_of
from agent.derive.desk import Desk
from agent.derive.stock_days import Move, daily_values, grouped
from agent.model.fact import Rows
from agent.model.kinds import STREAMS

_MEDIAN_DAYS = 14


def derive(desk: Desk) -> Rows:
    """A row per SKU with watched rivals. Prices need a fresh look at them, our position a fresh price of ours."""
    by_sku: defaultdict[str, list[str]] = defaultdict(list)
    for entity, rival in desk.state("competitors").items():
        if rival["sku"]:
            by_sku[rival["sku"]].append(entity)
    seen = (
        dict(grouped(desk.changes("rival_offers", "rival_price", _MEDIAN_DAYS + 1)))
        if desk.fresh("rival_offers")
        else {}
    )
    return rows_of(GIVES, [_row(desk, sku, watched, seen) for sku, watched in sorted(by_sku.items())])


def _row(desk: Desk, sku: str, watched: list[str], seen: dict[str, list[Move]]) -> dict[str, Cell]:
    if not desk.fresh("rival_offers"):
        return {"entity": sku}
    priced = {each: price for each in watched if (price := desk.of("rival_offers", each, "rival_price")) is not None}
    own = own_price(desk, sku)
    row: dict[str, Cell] = {"entity": sku, "rivals": len(priced)}
    if priced:
        row["rival_median"] = round(median(priced.values()))
        if own is not None:
            row["price_position"] = sum(price < own for price in priced.values()) / len(priced)
        row |= _closest(desk, priced, own, seen)
    return row


def own_price(desk: Desk, sku: str) -> int | None:
    sale: int | None
    price: int | None
    sale, price = desk.of("listings", sku, "sale_price"), desk.of("listings", sku, "price")
    return sale if sale is not None else price


def _closest(desk: Desk, priced: dict[str, int], own: int | None, seen: dict[str, list[Move]]) -> dict[str, Cell]:
    """Of the rivals marked as close (of all where none is) the one whose usual price is nearest to ours."""
    close = [each for each in priced if desk.of("competitors", each, "close")] or list(priced)
    usual = {each: _usual(desk, seen.get(each, []), priced[each]) for each in close}
    nearest = min(close, key=lambda each: (abs(usual[each] - own) if own is not None else usual[each], each))
    moves = seen.get(nearest, [])
    since = moves[-1][0] if moves else None
    return {
        "closest_price": priced[nearest],
        "closest_change": priced[nearest] / usual[nearest] - 1 if usual[nearest] else None,
        "closest_hours": (desk.asked.known_at - since).total_seconds() / 3600 if since is not None else None,
    }


def _usual(desk: Desk, moves: list[Move], now: int) -> float:
    """The median of what was asked at this time of each of the last 14 days, as far as it was looked at."""
    held: list[Any] = daily_values(moves, desk.asked.known_at, _MEDIAN_DAYS)
    return float(median(held)) if held else float(now)


GIVES = STREAMS["rivalry"]
DERIVER = Deriver(
    GIVES,
    (STREAMS["competitors"],),
    tuple(STREAMS[name] for name in ("competitors", "rival_offers", "listings")),
    derive,
)
