"""How much a change can hurt, in one word, so that people look at the right rows first."""

from __future__ import annotations

from enum import StrEnum

from agent.model.change import Change
from agent.model.money import Money


class Risk(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


def risk_of(change: Change) -> Risk:
    """Spending less is low; spending up to a tenth more is low, up to a third medium; switching anything is medium."""
    share = relative(change)
    if share is None:
        return Risk.MEDIUM
    return Risk.LOW if share <= 0.10 else Risk.MEDIUM if share <= 0.34 else Risk.HIGH


def relative(change: Change) -> float | None:
    """(after − before) / before of an amount; None where there is nothing to divide."""
    before, after = change.before, change.after
    if isinstance(before, Money) and isinstance(after, Money) and before.micros:
        return (after.micros - before.micros) / before.micros
    return None
