"""What happened to levers before a run: our own moves, other people's, and what has gone wrong lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agent.model.change import Value
from agent.model.entity import Entity

Lever = tuple[Entity, str]
"""One field of one entity."""


@dataclass(frozen=True, slots=True)
class OwnMove:
    """A change we sent, which has landed or may have."""

    at: datetime
    before: Value
    after: Value
    rule: str
    undo: bool = False
    """A person took an earlier change of ours back."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Somebody else set the value to ``now`` after our ``ours``; a pull saw it at ``at``."""

    at: datetime
    now: Value
    ours: OwnMove


@dataclass(frozen=True, slots=True)
class Breaker:
    """One reason to raise nothing for the time being, with its figure and the limit it passed."""

    name: str
    figure: str
    limit: str

    def __str__(self) -> str:
        return f"{self.name}: {self.figure}, the limit is {self.limit}"
