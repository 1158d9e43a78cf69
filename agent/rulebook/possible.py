"""Whether a value can ever stand where a test gives it: what cannot be proves nothing about a rule.

The bounds are the dictionary's: no clicks below zero, no share above one, no more clicks than impressions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from agent.model.expression import How, Name, Source
from agent.model.metric import Column, Unit
from agent.rulebook.faults import Complaint, Complaints, listed, nearest, quoted
from agent.rulebook.nodes import Scalar
from agent.rulebook.scope import Scope

Value = Decimal | str | bool | None

_COUNTED = (How.SUM, How.MAX, How.MIN, How.LAST)
_SUMS = (How.SUM, How.LAST)
"""How a part and its whole are both summed up, so that the one is never more than the other."""


@dataclass(frozen=True, slots=True)
class Given:
    """A value of a test, and where it stands."""

    name: Name
    value: Value
    text: Scalar


def must_be_possible(name: Name, value: Value, scope: Scope) -> None:
    """Complain (R063) of a value that what the name stands for never has."""
    column = scope.described(name)
    if isinstance(value, str):
        _must_be_chosen(name, value, scope.choices(name))
    if not isinstance(value, Decimal):
        return
    least, most = _bounds(name, column)
    shown = f"'{name.label}' is never"
    if least is not None and value < Decimal(str(least)):
        raise _complaint(f"{shown} below {least:g}")
    if most is not None and value > Decimal(str(most)):
        raise _complaint(f"{shown} above {_spelled(most, name)}")
    if _is_whole(name) and value != value.to_integral_value():
        raise _complaint(f"'{name.label}' counts, and {value} is no whole number")


def more_than_the_whole(given: Mapping[str, Given], scope: Scope) -> Iterator[tuple[Scalar, Complaints]]:
    """Every part that is given with more than its whole, such as clicks with fewer impressions."""
    for label, part in given.items():
        column = scope.described(part.name)
        if column is None or not column.within or part.name.how not in _SUMS:
            continue
        whole = given.get(label[: len(label) - len(column.name)] + column.within)
        if whole is None or not isinstance(part.value, Decimal) or not isinstance(whole.value, Decimal):
            continue
        if whole.name.how is part.name.how and part.value > whole.value:
            said = f"'{label}' is a part of '{whole.name.label}', and {part.value} is more than {whole.value}"
            yield part.text, _complaint(said)


def _bounds(name: Name, column: Column | None) -> tuple[float | None, float | None]:
    if name.source in (Source.SINCE, Source.CHANGES):
        return 0.0, None
    if name.source is Source.MEASURE and name.how is How.DAYS:
        return 0.0, float(name.window.last) if name.window is not None else None
    if column is None or name.how is How.TREND:
        return None, None
    if name.how in (How.SUM, How.MATURE):
        return (0.0 if column.least is not None else None), None
    return column.least, column.most


def _is_whole(name: Name) -> bool:
    if name.source is Source.CHANGES or (name.source is Source.MEASURE and name.how is How.DAYS):
        return True
    return (
        name.unit is Unit.COUNT and name.source in (Source.STATE, Source.MEASURE, Source.WAS) and (name.how in _COUNTED)
    )


def _must_be_chosen(name: Name, value: str, choices: tuple[str, ...]) -> None:
    if choices and value not in choices:
        hint = nearest(value, choices, f"it is {listed(choices)}")
        raise Complaints(Complaint(0, "R063", f"'{name.label}' is never {quoted(value)}", hint))


def _complaint(said: str) -> Complaints:
    return Complaints(Complaint(0, "R063", said, "give what could really be seen"))


def _spelled(bound: float, name: Name) -> str:
    return f"{bound:.0%}" if name.unit is Unit.RATIO else f"{bound:g}"
