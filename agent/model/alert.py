"""What a rule told somebody: something is so, and somebody should know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.model.entity import Entity
from agent.model.rule import Severity
from agent.model.ticket import Task


@dataclass(frozen=True, slots=True)
class Alert:
    """One rule's match on one entity, from when it began until it no longer holds.

    It is told once: while the rule goes on matching, ``seen_at`` moves on and nothing else. It closes when the rule
    says no, when the entity is gone, or when the rule is; not knowing closes nothing.
    """

    id: str
    rule: str
    digest: str
    entity: Entity
    title: str
    severity: Severity
    reason: str
    evidence: Mapping[str, Any]
    run: str
    opened_at: datetime
    seen_at: datetime
    closed_at: datetime | None = None
    closed_because: str = ""
    task: Task | None = None
    """What somebody is asked to do about it; kept as a ticket of its own, and so not given back with an alert."""

    @property
    def subject(self) -> tuple[str, Entity]:
        """What there can be only one open alert about."""
        return (self.rule, self.entity)
