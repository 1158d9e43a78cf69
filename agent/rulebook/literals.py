"""Figures in their unit."""

from __future__ import annotations

from decimal import Decimal

from agent.model.expression import Literal
from agent.model.metric import Unit
from agent.model.money import MICROS
from agent.rulebook.faults import Complaint, Complaints
from agent.rulebook.tree import Number
from agent.rulebook.units import FIGURES

_LARGEST_RATIO = 3


def literal(number: Number, want: Unit | None) -> Literal:
    """A figure in the unit that is wanted of it: money in micros, a percentage as a fraction, hours as days."""
    value, unit = number.value, want if want in FIGURES else None
    if number.mark == "%":
        return Literal(_figure(value / 100), Unit.RATIO, number.at)
    if number.mark:
        return Literal(_figure(value if number.mark == "d" else value / 24), Unit.DAYS, number.at)
    if unit is Unit.MONEY:
        return Literal(_micros(value, number.at), Unit.MONEY, number.at)
    if unit is Unit.RATIO and abs(value) > _LARGEST_RATIO:
        hint = f"write {value / 100} or {value}%"
        raise Complaints(Complaint(number.at, "R043", f"{value} looks like a percentage", hint))
    return Literal(_figure(value), unit or Unit.NUMBER, number.at)


def _figure(value: Decimal) -> float | int:
    whole = int(value)
    return whole if whole == value else float(value)


def _micros(value: Decimal, at: int) -> int:
    micros = value * MICROS
    if micros != int(micros):
        raise Complaints(Complaint(at, "R021", f"{value} is finer than a millionth of the currency"))
    return int(micros)
