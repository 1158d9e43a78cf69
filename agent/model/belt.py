"""The belts' limits: on for every rule unless lifted by configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from agent.model.actions import PLACEMENTS


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
    expires_after: timedelta = timedelta(days=3)
