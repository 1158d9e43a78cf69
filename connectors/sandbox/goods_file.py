"""The shop's part of a scenario: what a unit costs, how it is supplied, how often it comes back."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping

from agent.errors import ConfigError
from agent.model.money import Money
from connectors.sandbox.document import Section
from connectors.sandbox.scenario import Goods, ShopPlan

_COLUMNS = (
    "sku", "landed_cost", "referral_rate", "fba_fee", "cubic_feet", "return_rate", "session_cvr",
    "lead_time", "lead_time_sd", "rating", "ratings",
)  # fmt: skip


def read_shop(part: Section | None, currency: str, skus: Collection[str]) -> ShopPlan | None:
    """The section ``shop``; None where the scenario has none. Every product needs a row in its table."""
    if part is None:
        return None
    goods = _table(part, currency)
    missing = sorted(set(skus) - set(goods))
    if missing:
        raise part.wrong(f"has no goods for {missing[0]}", "goods", hint="every product needs a row in that table")
    plan = ShopPlan(
        goods=goods,
        quiet=part.texts("quiet", skus),
        featured_share=part.number("featured_share", 0.97, high=1),
        rivals=part.whole("rivals", 12, high=20),
        close_rivals=part.whole("close_rivals", 3, high=20),
    )
    if plan.close_rivals > plan.rivals:
        raise part.wrong("has more close rivals than rivals", "close_rivals")
    part.done()
    return plan


def _table(part: Section, currency: str) -> Mapping[str, Goods]:
    path = part.path.parent / part.text("goods")
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            goods = {one.sku: one for one in _rows(str(path), lines, currency)}
    except OSError as fault:
        raise part.wrong(f"names the table of goods {path.name}", "goods", hint=str(fault)) from fault
    return goods


def _rows(path: str, lines: Iterator[str], currency: str) -> Iterator[Goods]:
    rows = csv.DictReader(lines)
    missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise ConfigError(f"{path}:1: the table has no column {', '.join(missing)}", place=f"{path}:1")
    for row in rows:
        place = f"{path}:{rows.line_num}"
        try:
            yield _goods(row, currency)
        except (ValueError, KeyError, TypeError, ArithmeticError) as fault:
            hint = "see docs/sandbox.md, the table of goods"
            raise ConfigError(f"{place}: {fault}", place=place, hint=hint) from fault


def _goods(row: Mapping[str, str], currency: str) -> Goods:
    goods = Goods(
        sku=row["sku"],
        landed_cost=Money.of(row["landed_cost"], currency),
        referral_rate=float(row["referral_rate"]),
        fba_fee=Money.of(row["fba_fee"], currency),
        cubic_feet=float(row["cubic_feet"]),
        return_rate=float(row["return_rate"]),
        session_cvr=float(row["session_cvr"]),
        lead_time=int(row["lead_time"]),
        lead_time_sd=int(row["lead_time_sd"]),
        rating=float(row["rating"]),
        ratings=int(row["ratings"]),
    )
    if not (0 < goods.session_cvr < 1 and 0 <= goods.return_rate < 1 and 0 <= goods.referral_rate < 1):
        raise ValueError("session_cvr, return_rate and referral_rate are fractions")
    if goods.lead_time < 7 or goods.cubic_feet <= 0 or not 1 <= goods.rating <= 5:
        raise ValueError("lead_time is at least 7 days, cubic_feet above 0, rating 1 to 5")
    return goods
