"""Something somebody may have to hear of: what happened, to what, and whether it still holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from agent.model.message import Urgency
from agent.model.rule import Severity


@dataclass(frozen=True, slots=True)
class Notice:
    """One incident. It is open until it no longer holds; ``once``: it happened, and neither lasts nor ends.

    ``rule`` is who says so: a rule, a belt, or the program under a name of its own such as ``ops/stopped``.
    ``event`` is the number of the event that opened it.
    """

    key: str
    urgency: Urgency
    severity: Severity
    account: str
    rule: str
    title: str
    text: str
    opened_at: datetime
    event: int = 0
    owner: str = ""
    once: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)
    closed_at: datetime | None = None
    closed_because: str = ""
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_wish(self) -> bool:
        """Whether it is a proposal that waits for somebody's decision."""
        return "proposal" in self.data


MATCHED = ("account", "rule", "severity", "urgency", "owner", "title", "key")
"""What of a notice a silence can name."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing that fits all ``matchers`` (patterns with * and ?) is told from ``starts_at`` until ``ends_at``.

    What is silenced goes on being recorded, and is told when the silence ends and it still holds.
    """

    id: str
    matchers: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime
    by: str
    reason: str

    def active(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at

    def fits(self, notice: Notice) -> bool:
        return all(fnmatchcase(str(getattr(notice, name)), pattern) for name, pattern in self.matchers.items())
