"""What the belts must know beyond a verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from agent.model.belt import BeltLimits
from agent.model.entity import Entity
from agent.model.expression import Scalar
from agent.model.marketplace import Marketplace


@dataclass(frozen=True, slots=True)
class Scene:
    """One account at the moment of one run.

    ``population``: enabled entities by kind. ``last_change``: the newest change of a field of an entity, by anybody.
    ``observed``: when a pull of a stream last completed, by stream name; None or absent: never.
    ``locked``: entities that the operator has taken out of Steward's hands. ``matched``: how many entities a rule
    matched in all, where only some of them are spelled out.
    """

    account: str
    marketplace: Marketplace
    run: str
    now: datetime
    today: date
    known_at: datetime
    limits: BeltLimits
    population: Mapping[str, int]
    last_change: Mapping[tuple[Entity, str], datetime]
    observed: Mapping[str, datetime | None]
    titles: Callable[[Entity], str]
    locked: frozenset[Entity] = frozenset()
    matched: Mapping[str, int] = field(default_factory=dict)
    guarded: Mapping[Entity, Mapping[str, Scalar]] = field(default_factory=dict)
    """What the guards of a kind look at (``guards.GUARDED``), by the names' keys."""
