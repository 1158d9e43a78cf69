"""Values and changes of entities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agent.model.creation import Creation
from agent.model.entity import Entity
from agent.model.money import Money
from agent.model.percent import Percent

Value = Money | Percent | Creation | int | str | None


@dataclass(frozen=True, slots=True)
class Change:
    """An absolute change of one field: never "+10 %", always before and after."""

    entity: Entity
    field: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Edit:
    """A field of a kind that an actuator can write and read back."""

    kind: str
    field: str


def value_to_json(value: Value) -> Any:
    """A stable JSON form of a value: money as ``{"amount": "0.82", "currency": "EUR"}``, adjustments as
    ``{"percent": 50}``, what is to be made as ``{"create": "keyword", …}``."""
    if isinstance(value, Money):
        return {"amount": str(value.amount), "currency": value.currency}
    if isinstance(value, Creation):
        return value.to_json()
    if isinstance(value, Percent):
        return {"percent": value.points}
    return value


def value_from_json(data: Any) -> Value:
    """The inverse of ``value_to_json``."""
    if isinstance(data, dict) and "create" in data:
        return Creation.from_json(data)
    if isinstance(data, dict) and "percent" in data:
        return Percent(data["percent"])
    if isinstance(data, dict):
        return Money.of(data["amount"], data["currency"])
    if data is None or isinstance(data, (int, str)):
        return data
    raise ValueError(f"{data!r} is no value of a change")
