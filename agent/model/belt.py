"""The belts' limits: on for every rule unless lifted by configuration."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from agent.model.actions import PLACEMENTS

NAMES = (
    "freshness", "lock", "breaker", "drift", "oscillation", "cooldown", "current", "step", "ceiling", "floor",
    "effective cpc", "money at risk", "most changes", "storm",
    "freeze", "observation", "price rate", "margin", "fair price", "review window",
)  # fmt: skip
"""Every belt, and every guard that cannot be lifted: what can hold a proposal back before a person sees it."""


@dataclass(frozen=True, slots=True)
class BeltLimits:
    """``step`` and ``cooldown`` by field of the change; money in micros. A step is a share of the value before; of an
    adjustment in percent it is a number of points.

    ``most_share``: of the enabled entities of a kind, the largest part one run may change; what goes beyond waits for
    a later run, the costliest first. ``storm_share``: a rule that matches more than this changes nothing and is
    reported. ``most_changes``: the same cap as a number, for the whole run.
    """

    step: Mapping[str, float] = field(
        default_factory=lambda: {
            "bid": 0.25,
            "default_bid": 0.25,
            "budget": 0.30,
            "price": 0.05,
            **dict.fromkeys(PLACEMENTS, 0.25),
        }
    )
    cooldown: Mapping[str, timedelta] = field(
        default_factory=lambda: {
            "bid": timedelta(days=3),
            "default_bid": timedelta(days=3),
            "budget": timedelta(days=1),
            "state": timedelta(days=14),
            "price": timedelta(days=1),
            "bidding_strategy": timedelta(days=14),
            **dict.fromkeys(PLACEMENTS, timedelta(days=7)),
        }
    )
    most_changes: int = 500
    most_share: float = 0.15
    storm_share: float = 0.50
    storm_least: int = 20
    """A rule that matches fewer entities than this is never a storm, however small the account."""
    bid_floor: int | None = None
    bid_ceiling: int | None = None
    budget_ceiling: int | None = None
    """Tighter than the marketplace's own limits, which always hold."""
    most_cpc: int | None = None
    """The most a click may cost once Amazon has put placement and bidding strategy on top of the bid."""
    most_risk_per_day: int | None = None
    most_risk_share: float = 0.50
    """What all raises that may take effect on one day may add to its spend at worst: as an amount, and as a share of
    the daily budgets of all enabled campaigns. The smaller holds."""
    error_share: float = 0.50
    error_least: int = 10
    """Of the last day's answers to our writes, the share of refusals that trips a breaker, and how many it takes."""
    spend_jump: float = 3.0
    """How many times the median of four weeks yesterday's spend may be."""
    most_undos: int = 20
    """So many changes of ours undone within a week trip a breaker."""
    expires_after: timedelta = timedelta(days=3)

    def risk_of_day(self, daily_budgets: int | None) -> int | None:
        """What all raises of one day may add to its spend, in micros; None where nothing bounds it.

        ``daily_budgets``: of all enabled campaigns; None where they are not known.
        """
        share = math.floor(self.most_risk_share * daily_budgets) if daily_budgets is not None else None
        return min((each for each in (self.most_risk_per_day, share) if each is not None), default=None)
