"""The limits and the priority of a rule: plain values within bounds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from agent.model.expression import Literal
from agent.model.metric import Unit
from agent.model.rule import Drift, Limits, OnDrift
from agent.rulebook.declared import days
from agent.rulebook.faults import Complaint, Complaints, Faults, nearest, quoted
from agent.rulebook.keys import DRIFTS
from agent.rulebook.nodes import Scalar
from agent.rulebook.plain import in_unit, plain
from agent.rulebook.shape import RuleShape

LONGEST_COOLDOWN = 366
LONGEST_PIN = 30
"""So far back our own changes are remembered."""
MOST_CHANGES = 100_000

Part = TypeVar("Part")


def read_limits(rule: RuleShape, unit: Unit | None, faults: Faults) -> Limits:
    """The rule's own limits; each fault at its value. ``unit`` is that of the field the rule sets."""
    found = rule.limits
    _fitting(rule, unit, faults)
    read = _Reader(found, faults)
    cooldown = read("cooldown", lambda text: days(text.text, LONGEST_COOLDOWN))
    amount = _ratio if unit is Unit.RATIO else _amount
    floor, ceiling = read("floor", amount), read("ceiling", amount)
    if floor is not None and ceiling is not None and _size(floor) > _size(ceiling):
        faults.add(found["floor"].place, "R051", "the floor lies above the ceiling")
    return Limits(
        step=read("step", _share),
        cooldown=timedelta(days=cooldown) if cooldown is not None else None,
        floor=floor,
        ceiling=ceiling,
        most=read("most", lambda text: _whole(text, 1, MOST_CHANGES)),
    )


def read_priority(rule: RuleShape, faults: Faults) -> int:
    """Zero when not given."""
    return _Reader(rule.scalars, faults)("priority", lambda text: _whole(text, -1_000, 1_000)) or 0


def read_drift(rule: RuleShape, faults: Faults) -> Drift:
    """What the rule does about values of ours that somebody else has changed."""
    text = rule.scalars.get("drift")
    if text is not None and rule.tells:
        faults.add(text.place, "R018", "'drift' without a proposed change has no values to watch")
    return _Reader(rule.scalars, faults)("drift", _drift) or Drift()


def _drift(text: Scalar) -> Drift:
    word, _, rest = text.text.strip().partition(" ")
    if word == OnDrift.PIN:
        return Drift(OnDrift.PIN, timedelta(days=days(rest, LONGEST_PIN)))
    if text.text.strip() in DRIFTS:
        return Drift(OnDrift(word))
    hint = nearest(word, [*DRIFTS, OnDrift.PIN], "it is respect, ask, overwrite, or pin with days, such as pin 7d")
    raise Complaints(Complaint(0, "R013", f"'drift' cannot be {quoted(text.text)}", hint))


def _fitting(rule: RuleShape, unit: Unit | None, faults: Faults) -> None:
    """Refuse limits that have nothing to limit."""
    if rule.limits_place is not None and rule.tells:
        faults.add(rule.limits_place, "R018", "'limits' without a proposed change has nothing to limit")
    for name in ("step", "floor", "ceiling"):
        if name in rule.limits and unit is Unit.TEXT:
            faults.add(rule.limits[name].place, "R018", f"'{name}' limits amounts, and this rule sets a state")


class _Reader:
    def __init__(self, texts: dict[str, Scalar], faults: Faults) -> None:
        self.texts = texts
        self.faults = faults

    def __call__(self, name: str, read: Callable[[Scalar], Part]) -> Part | None:
        text = self.texts.get(name)
        if text is None:
            return None
        try:
            return read(text)
        except Complaints as complaints:
            self.faults.take(text, complaints)
            return None


def _share(text: Scalar) -> float:
    share = float(in_unit(plain(text), Unit.RATIO).value or 0)
    if not 0 < share <= 1:
        raise _out_of_bounds(text, "above 0% and up to 100%")
    return share


def _amount(text: Scalar) -> Literal:
    amount = in_unit(plain(text), Unit.MONEY)
    if _micros(amount) <= 0:
        raise _out_of_bounds(text, "it must be above zero")
    return amount


def _ratio(text: Scalar) -> Literal:
    ratio = in_unit(plain(text), Unit.RATIO)
    if _size(ratio) < 0:
        raise _out_of_bounds(text, "it must not be below zero")
    return ratio


def _size(limit: Literal) -> float:
    return float(limit.value or 0)


def _micros(amount: Literal) -> int:
    return int(amount.value or 0)


def _whole(text: Scalar, least: int, most: int) -> int:
    value = in_unit(plain(text), Unit.COUNT).value
    if not isinstance(value, int) or not least <= value <= most:
        raise _out_of_bounds(text, f"a whole number from {least:,} to {most:,}")
    return value


def _out_of_bounds(text: Scalar, hint: str) -> Complaints:
    return Complaints(Complaint(0, "R051", f"{quoted(text.text)} is out of bounds", hint))
