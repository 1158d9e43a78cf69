"""Plain values as they are written in a file: a param, a limit, what a test gives."""

from __future__ import annotations

import re
from decimal import Decimal

from agent.model.expression import Literal, Scalar
from agent.model.metric import Unit
from agent.rulebook import nodes
from agent.rulebook.faults import Complaint, Complaints, quoted
from agent.rulebook.literals import literal
from agent.rulebook.tokens import LARGEST, MOST_CHARACTERS, MOST_DIGITS
from agent.rulebook.tree import Number, Text, Truth
from agent.rulebook.units import FIGURES, spoken

Plain = Number | Text | Truth

_FIGURE = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)([%dh]?)")


def plain(text: nodes.Scalar) -> Plain:
    """A figure, true, false or a text; what stands in quotes is text, whatever it looks like."""
    written = text.text.strip()
    if len(written) > MOST_CHARACTERS:
        raise Complaints(Complaint(0, "R022", f"a value has at most {MOST_CHARACTERS:,} characters"))
    if not text.plain:
        return Text(text.text, 0)
    if written in ("true", "false"):
        return Truth(written == "true", 0)
    figure = _FIGURE.fullmatch(written)
    return _figure(figure[1], figure[2]) if figure is not None else Text(written, 0)


def _figure(digits: str, mark: str) -> Plain:
    """A number with its mark; one that is too long to be a figure (an id) stays text."""
    if len(digits.strip("-").replace(".", "")) > MOST_DIGITS or abs(Decimal(digits)) > LARGEST:
        return Text(digits + mark, 0)
    return Number(Decimal(digits), mark, 0)


def own_unit(value: Plain) -> Unit | None:
    """The unit a value has by its spelling; None for a bare number."""
    match value:
        case Number(mark=""):
            return None
        case Number(mark=mark):
            return Unit.RATIO if mark == "%" else Unit.DAYS
        case Truth():
            return Unit.FLAG
        case _:
            return Unit.TEXT


def in_unit(value: Plain, unit: Unit) -> Literal:
    """The value as a literal of that unit, or a complaint."""
    if isinstance(value, Number):
        found = literal(value, unit)
        if unit not in FIGURES or not _fits(found.unit, unit):
            raise _misfit(str(value.value) + value.mark, found.unit, unit)
        return Literal(found.value, unit)
    own = own_unit(value) or Unit.TEXT
    if own is not unit:
        raise _misfit(str(value.value), own, unit)
    return Literal(value.value, unit)


def as_written(value: Plain) -> Decimal | str | bool:
    """A value without unit, exactly: a percentage as its fraction, hours as days."""
    if not isinstance(value, Number):
        return value.value
    divisor = {"%": 100, "h": 24}.get(value.mark, 1)
    return value.value / divisor


def scalar_of(value: Decimal | str | bool | None, unit: Unit) -> Scalar:
    """A value kept as written, in an engine's terms: money as micros."""
    if not isinstance(value, Decimal):
        return value
    return in_unit(Number(value, "", 0), unit if unit is Unit.MONEY else Unit.NUMBER).value


def _fits(found: Unit, wanted: Unit) -> bool:
    """A percentage serves as a plain factor too; days are days."""
    return found is wanted or (found is Unit.RATIO and wanted is Unit.NUMBER)


def _misfit(written: str, found: Unit, wanted: Unit) -> Complaints:
    return Complaints(Complaint(0, "R042" if Unit.TEXT in (found, wanted) else "R040",
                                f"{quoted(written)} is {spoken(found)}; {spoken(wanted)} belongs here"))  # fmt: skip
