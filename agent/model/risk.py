"""How much a change can hurt, in one word, so that people look at the right rows first."""

from __future__ import annotations

from enum import StrEnum

from agent.model.change import Change, value_from_json
from agent.model.money import Money
from agent.model.past import Asking
from agent.model.percent import Percent
from agent.model.proposal import Proposal

_COSTS_NOTHING = frozenset({"paused", "archived", "requested"})
_SPENDS_NOTHING = frozenset({"negative_keyword", "negative_target"})

AT_RISK = "money at risk"
"""The belt, and under which name a proposal's evidence says what it may add to a day's spend at worst."""


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


def exposure(change: Change) -> int | None:
    """What a change may cost more, in micros: a day for a budget, a click for a bid, a unit for a price.

    0 for what spends less; None where no amount can be named, such as for what is switched on or newly made.
    """
    before, after = change.before, change.after
    if isinstance(before, Money) and isinstance(after, Money):
        more = after.micros - before.micros
        if change.field == "price":
            return abs(more)
        # Amazon: on one day up to twice the daily budget is spent.
        return max(0, more) * (2 if change.field == "budget" else 1)
    if isinstance(before, Percent) and isinstance(after, Percent) and after <= before:
        return 0
    return 0 if after in _COSTS_NOTHING or change.entity.kind in _SPENDS_NOTHING else None


def risked(proposal: Proposal | Asking) -> int:
    """What it may add to a day's spend at worst, in micros, as it was worked out when it was proposed."""
    said = proposal.evidence.get(AT_RISK)
    value = value_from_json(said) if said is not None else None
    return value.micros if isinstance(value, Money) else 0
