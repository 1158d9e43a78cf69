"""What a life was worth, by the sandbox's own truth, and two sets of rules held against each other.

Both live in the same markets: differences are taken seed by seed, which is what makes few seeds say something.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from agent.cli.play_life import Plan, lived
from agent.language import noted
from agent.methods.interval import mean_interval
from agent.model.money import MICROS

if TYPE_CHECKING:
    from connectors.sandbox.server import SandboxServer

_OUT = 0.5
"""A SKU that could be bought for less of a day than this was out of stock on it."""
_LEVEL = 0.9


@dataclass(frozen=True, slots=True)
class Figure:
    """``said`` names it; ``form`` writes it."""

    said: str
    form: str

    def written(self, value: float | None) -> str:
        return "–" if value is None else format(value, self.form)


FIGURES: Mapping[str, Figure] = {
    "profit": Figure(noted("profit"), ",.0f"),
    "sales": Figure(noted("sales"), ",.0f"),
    "ad_spend": Figure(noted("ad spend"), ",.0f"),
    "acos": Figure("ACoS", ".1%"),
    "stock_out_days": Figure(noted("days out of stock"), ",.1f"),
    "true_alerts": Figure(noted("incidents reported in time"), ".1f"),
    "false_alerts": Figure(noted("false alerts"), ".1f"),
}


def worth(amazon: SandboxServer, days: int) -> dict[str, float | None]:
    """The days from the second on, as they turn out in the end; money in the marketplace's currency.

    profit: sales less returns, Amazon's fees, ads and the landed cost of what was sold. ``acos`` is the ads' cost over
    the sales that they end up with. ``stock_out_days``: SKUs times days. Nothing where the scenario has no shop.
    """
    sandbox, market = amazon.sandbox, amazon.sandbox.market
    begins = sandbox.started.astimezone(market.zone).date()
    lived_days = [begins + timedelta(days=day) for day in range(1, days)]
    late = amazon.clock.now() + timedelta(days=60)
    reports = [market.figures(day, late) for day in lived_days]
    cost, sales = (sum(int(column.sum()) for column in columns)
                   for columns in ([each.cost for each in reports], [each.sales[7] for each in reports]))  # fmt: skip
    found: dict[str, float | None] = {"ad_spend": cost / MICROS, "acos": cost / sales if sales else None}
    if amazon.scenario.shop is None:
        return found
    landed = {sku: goods.landed_cost.micros for sku, goods in amazon.scenario.shop.goods.items()}
    rows = [row for day in lived_days for row in sandbox.shop.economics(day, late)]
    openings = [sandbox.shop.trade.opening(day) for day in lived_days]
    return found | {
        "profit": sum(row.net_proceeds - row.net_units * landed[row.sku] for row in rows) / MICROS,
        "sales": sum(row.net_sales for row in rows) / MICROS,
        "stock_out_days": float(sum(int((each.in_stock < _OUT).sum()) for each in openings)),
    }


def lived_in_parallel(plans: Sequence[Plan], told: Callable[[int], None] = lambda _: None) -> list[dict[str, Any]]:
    """All lives, each in a process of its own, as many at a time as there are processors; in the order given."""
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        promised = [pool.submit(_quietly, plan) for plan in plans]
        for done, each in enumerate(as_completed(promised), 1):
            each.result()
            told(done)
        return [each.result() for each in promised]


def _quietly(plan: Plan) -> dict[str, Any]:
    from agent import logs

    logs.quiet()
    return lived(plan)


def compared(ours: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Means of both, and of their difference market by market with the interval in which it lies in 90 of 100 such
    samples (None of fewer than two markets)."""
    pairs = [(_figures(one), _figures(other)) for one, other in zip(ours, others, strict=True)]
    table = {}
    for name in FIGURES:
        both = [(one[name], other[name]) for one, other in pairs if name in one and name in other]
        known = [(a, b) for a, b in both if a is not None and b is not None]
        if not known or len(known) < len(both):
            continue
        mean, low, high = mean_interval([a - b for a, b in known], _LEVEL)
        table[name] = {
            "rules": sum(a for a, _ in known) / len(known), "against": sum(b for _, b in known) / len(known),
            "difference": mean, "low": low, "high": high,
        }  # fmt: skip
    return {"markets": len(pairs), "figures": table}


def _figures(life: Mapping[str, Any]) -> dict[str, float | None]:
    told = {"true_alerts": float(life["met"]), "false_alerts": float(len(life["false_alerts"]))}
    return {**life["worth"], **told}
