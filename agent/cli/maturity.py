"""``steward facts maturity``: how complete figures are by age, and what that rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from agent.cli.session import Account, AsJson, accounts, session
from agent.language import _

if TYPE_CHECKING:
    from agent.config import Config
    from agent.model.maturity import Curve, Maturity

_AGES = (1, 2, 3, 4, 5, 6, 7, 10, 14, 21, 28)


def mount(group: typer.Typer) -> None:
    group.command("maturity", help=_("How complete figures are by age, learned from their corrections."))(maturity)


def maturity(context: typer.Context, account: Account = None, json: AsJson = False) -> None:
    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    found = {name: _known(config, name) for name in accounts(config, account)}
    rows = [(name, product, column, curve) for name, known in found.items()
            for product, curves in known.curves.items() for column, curve in curves.items()]  # fmt: skip
    if json:
        screen.object("steward.maturity/1", {
            "settle_days": [{"account": name, "product": product, "days": days}
                            for name, known in found.items() for product, days in _settles(known).items()],
            "curves": [_json(*row) for row in rows],
        })  # fmt: skip
        return
    screen.table(
        [_("account"), _("ad product"), _("figure"), _("learned from"), _("settles after"),
         *(_("{age} d").format(age=age) for age in _AGES)],
        [[name, product, column, _("{days} days").format(days=curve.days) if curve.days else _("published"),
          _("{age} d").format(age=curve.settles), *(_share(curve, age) for age in _AGES)]
         for name, product, column, curve in rows],
        right=frozenset(range(4, 5 + len(_AGES))),
    )  # fmt: skip
    for name, known in found.items():
        for product, days in _settles(known).items():
            screen.note(_("{account}: windows of {product} until settled leave out the last {days} days").format(
                account=name, product=product, days=days))  # fmt: skip


def _known(config: Config, account: str) -> Maturity:
    from agent.wiring import book_of, court_of

    return court_of(config, account, (), book_of(config)).question().maturity


def _settles(known: Maturity) -> dict[str, int]:
    from agent.model.kinds import STREAMS

    streams = {stream.product: stream for stream in STREAMS.values() if stream.product}
    return {product: known.settle_days(stream) for product, stream in streams.items()}


def _share(curve: Curve, age: int) -> str:
    """With its interval where there is one."""
    if age >= len(curve.low):
        return f"{curve.at(age):.1%}"
    return f"{curve.at(age):.1%} ({curve.low[age]:.0%}–{curve.high[age]:.0%})"


def _json(account: str, product: str, column: str, curve: Curve) -> dict[str, Any]:
    ages = [{"age": age, "share": share, "low": curve.low[age] if curve.low else None,
             "high": curve.high[age] if curve.high else None} for age, share in enumerate(curve.shares)]  # fmt: skip
    return {"account": account, "product": product, "column": column, "days": curve.days,
            "settles_after_days": curve.settles, "ages": ages}  # fmt: skip
