"""The reason of a match as people read it, from the pieces of ``say`` and the values seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from agent.model.change import value_to_json
from agent.model.expression import Formula, Name, Node, Scalar, walk
from agent.model.metric import Unit
from agent.model.money import MICROS, Money
from agent.model.rule import Rule, Said

_WHOLE_CURRENCIES = frozenset({"JPY"})


def render(said: Sequence[Said], value_of: Callable[[Node], Scalar], currency: str) -> str:
    """Fill in the values: money with its currency, ratios as percentages, unknown as ``?``."""
    return "".join(
        piece.text if piece.value is None else spelled(value_of(piece.value), piece.value.unit, currency, piece.spec)
        for piece in said
    )


def spelled(value: Scalar, unit: Unit, currency: str, spec: str = "") -> str:
    """One value for people. Money comes in micros; ``spec`` is a format such as ``.0%``, ``.2f`` or ``,``."""
    if value is None:
        return "?"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if unit is Unit.MONEY:
        places = ",.0f" if currency in _WHOLE_CURRENCIES else ",.2f"
        return f"{format(value / MICROS, _figure(spec) or places)} {currency}"
    if spec:
        return format(value, _figure(spec))
    return _trimmed(value * 100, 1) + "%" if unit is Unit.RATIO else _trimmed(value, 2)


@lru_cache(2048)
def units_of(rule: Rule) -> Mapping[str, Unit]:
    """The unit of every value in a rule's traces and verdicts, by the words its author used.

    Figures in traces and verdicts are plain (money in micros); with these, ``spelled`` shows them as people read them.
    """
    expressions = [let.expression for let in rule.lets] + [line.expression for line in rule.when]
    expressions += [piece.value for piece in rule.say if piece.value is not None]
    if rule.propose is not None:
        expressions.append(rule.propose.to)
    found = {part.label: part.unit for node in expressions for part in walk(node) if isinstance(part, Name | Formula)}
    return found | {let.name: let.expression.unit for let in rule.lets}


def stated(values: Mapping[str, Scalar], units: Mapping[str, Unit], currency: str) -> dict[str, Any]:
    """Values that mean the same without the rule: money as ``{"amount": …, "currency": …}``, all else as it is."""
    return {
        label: value_to_json(Money(round(value), currency))
        if units.get(label) is Unit.MONEY and isinstance(value, int | float)
        else value
        for label, value in values.items()
    }


def _figure(spec: str) -> str:
    """A bare ``,`` or ``.2`` means fixed decimals, never Python's exponents."""
    return spec if not spec or spec[-1] in "f%" else f"{spec}f" if "." in spec else f"{spec}.0f"


def _trimmed(value: float, places: int) -> str:
    """At most so many decimals, no trailing zeros, thousands apart."""
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
