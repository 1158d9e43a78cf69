"""A report as programs read it: its fields by name, money as decimals, days and instants as ISO 8601 writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from agent.model.money import Money
from agent.model.report import Report

_MONEY = "Micros"
"""How the fields of a report that hold money are declared."""


def report_json(report: Report) -> dict[str, Any]:
    """Money is text with its decimals, of the report's one ``currency``."""
    return {each.name: _plain(getattr(report, each.name), str(each.type), report.currency) for each in fields(report)}


def _plain(value: Any, declared: str, currency: str) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name), str(each.type), currency) for each in fields(value)}
    if isinstance(value, tuple):
        return [_plain(each, "", currency) for each in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(each, "", currency) for key, each in value.items()}
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int) and declared.startswith(_MONEY):
        return str(Money(value, currency).amount)
    return value
