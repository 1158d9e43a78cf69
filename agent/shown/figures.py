"""A value that a rule saw, as people read it in their language."""

from __future__ import annotations

from typing import Any

from agent.language import _, money, number, percent
from agent.model.metric import Unit
from agent.model.money import Money


def figure_text(value: Any, unit: Unit) -> str:
    """Money with its currency, ratios in percent, figures with no more digits than they need, unknown as ``?``.

    Money is as a sealed trace holds it: ``{"amount": …, "currency": …}``.
    """
    if value is None:
        return "?"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict) and "amount" in value:
        return money(Money.of(value["amount"], value["currency"]))
    if not isinstance(value, int | float):
        return str(value)
    if unit is Unit.RATIO:
        return percent(value, _digits(value * 100, 1))
    return number(value, _digits(value, 2))


def _digits(value: float, most: int) -> int:
    """How many decimals say something, up to so many; a small figure keeps what tells it from nothing."""
    if value and abs(value) < 10**-most:
        most += 2
    text = f"{value:.{most}f}"
    return len(text.rstrip("0").partition(".")[2]) if "." in text else 0
