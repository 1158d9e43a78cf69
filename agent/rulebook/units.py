"""Which units meet, and what comes of it. Money keeps apart from everything, since its values are micros."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agent.model.metric import Unit

FIGURES = frozenset({Unit.COUNT, Unit.MONEY, Unit.RATIO, Unit.NUMBER, Unit.DAYS})

_SPOKEN: Mapping[Unit, str] = {
    Unit.COUNT: "a count", Unit.MONEY: "money", Unit.RATIO: "a ratio", Unit.NUMBER: "a plain number",
    Unit.DAYS: "days", Unit.INSTANT: "a moment", Unit.TEXT: "text", Unit.FLAG: "true or false",
}  # fmt: skip

_PRODUCTS: Mapping[frozenset[Unit], Unit] = {
    frozenset({Unit.COUNT, Unit.RATIO}): Unit.COUNT,
    frozenset({Unit.DAYS, Unit.RATIO}): Unit.DAYS,
    frozenset({Unit.RATIO}): Unit.RATIO,
}


def spoken(unit: Unit) -> str:
    """The unit as people say it."""
    return _SPOKEN[unit]


def joined(left: Unit, right: Unit) -> Unit | None:
    """The unit of figures that may be added and compared; a plain number goes with everything but money."""
    if left is right:
        return left
    if Unit.NUMBER in (left, right) and {left, right} <= FIGURES - {Unit.MONEY}:
        return right if left is Unit.NUMBER else left
    return None


def product(left: Unit, right: Unit) -> Unit | None:
    """Money times money is nothing; everything else multiplies."""
    if not {left, right} <= FIGURES or left is right is Unit.MONEY:
        return None
    if Unit.MONEY in (left, right):
        return Unit.MONEY
    if Unit.NUMBER in (left, right):
        return right if left is Unit.NUMBER else left
    return _PRODUCTS.get(frozenset({left, right}), Unit.NUMBER)


def quotient(left: Unit, right: Unit) -> Unit | None:
    """Same by same is a plain number; only money may be divided by money."""
    if not {left, right} <= FIGURES or (right is Unit.MONEY and left is not Unit.MONEY):
        return None
    if left is right:
        return Unit.NUMBER
    if Unit.DAYS in (left, right) and left is not Unit.MONEY:
        return Unit.NUMBER if left is not Unit.COUNT else Unit.COUNT
    return left


def leading(units: Iterable[Unit | None]) -> Unit | None:
    """The unit that figures without one take beside these: money first, then the first that says more than a number."""
    known = [unit for unit in units if unit is not None]
    if Unit.MONEY in known:
        return Unit.MONEY
    return next((unit for unit in known if unit is not Unit.NUMBER), known[0] if known else None)
