"""A match before anybody asks why. Most of a run are held, suppressed or known already, and never spelled out."""

from __future__ import annotations

from typing import Any, Protocol

from agent.model.entity import Entity
from agent.model.verdict import Outcome, Verdict


class Match(Protocol):
    """What a rule asks of an entity; a ``Verdict`` is one that is spelled out."""

    @property
    def entity(self) -> Entity: ...

    @property
    def outcome(self) -> Outcome: ...

    @property
    def wanted(self) -> Any:
        """As in the verdict: micros for money."""

    @property
    def before(self) -> Any: ...

    @property
    def cost(self) -> float:
        """The largest cost that the rule saw, in micros; 0 where it saw none."""

    def spelled(self) -> Verdict:
        """With its reason and trace, by the row-by-row engine."""
