"""What the belts must know beyond a verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from agent.model.belt import BeltLimits
from agent.model.entity import Entity
from agent.model.expression import Scalar
from agent.model.marketplace import Marketplace
from agent.model.past import Breaker, Lever, Outside, OwnMove


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
    """What the belts of a kind look at (``guards.GUARDED``, ``exposure.EXPOSED``), by the names' keys."""
    daily_budgets: int | None = None
    """Of all enabled campaigns together; None where they are not known."""
    highest_bids: Mapping[str, int] = field(default_factory=dict)
    """By campaign, the highest bid in it, in micros."""
    at_risk: Mapping[Lever, int] = field(default_factory=dict)
    """What proposals of earlier runs that wait for an answer may add to a day's spend at worst, by lever."""
    risked: int = 0
    """The same of what is approved, under way, or was sent today."""
    own: Mapping[Lever, Sequence[OwnMove]] = field(default_factory=dict)
    """What we sent within the last 30 days, oldest first."""
    outside: Mapping[Lever, Outside] = field(default_factory=dict)
    """Values of ours that somebody else has changed since."""
    pinned: frozenset[Lever] = frozenset()
    """Levers on which a rule asks for our value again."""
    breakers: Sequence[Breaker] = ()
    """Those that have tripped."""
