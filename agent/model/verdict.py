"""What one rule concluded about one entity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from agent.model.entity import Entity


class Outcome(StrEnum):
    MATCH = "match"
    NO_MATCH = "no match"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, truth: bool | None) -> Outcome:
        return cls.UNKNOWN if truth is None else cls.MATCH if truth else cls.NO_MATCH


@dataclass(frozen=True, slots=True)
class Step:
    """One line of ``when`` with the values seen. ``because`` says why a value is unknown."""

    text: str
    outcome: Outcome
    values: Mapping[str, Any] = field(default_factory=dict)
    because: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``values`` are those of ``let`` and of the proposed value, before belts; money in micros."""

    rule: str
    digest: str
    entity: Entity
    as_of: date
    known_at: datetime
    outcome: Outcome
    trace: tuple[Step, ...]
    reason: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    wanted: Any = None
    """The value ``propose.to`` asks for, before any belt: micros for money."""
    before: Any = None

    @property
    def figures(self) -> Mapping[str, Any]:
        """Every value the rule was judged by, under the words its author used; money in micros."""
        seen = {label: value for step in self.trace for label, value in step.values.items()}
        return {**self.values, **seen}

    @property
    def cost(self) -> float:
        """The largest cost that the rule saw, in micros; 0 where it saw none."""
        costs = (float(value) for label, value in self.figures.items() if is_cost(label) and _is_figure(value))
        return max(costs, default=0.0)

    def spelled(self) -> Verdict:
        """Itself: it is spelled out already."""
        return self


def is_cost(label: str) -> bool:
    """Whether a rule's author wrote of a cost."""
    return label.rpartition(".")[2] == "cost"


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Near:
    """A verdict and how little was missing for a match: by line of ``when``, and last for the value asked for.

    0 is nothing; a comparison of figures misses by a share of the larger side, everything else by 1.
    """

    verdict: Verdict
    lines: tuple[float, ...]

    @property
    def missing(self) -> float:
        return sum(self.lines)


@dataclass(frozen=True, slots=True)
class Tally:
    """How one rule judged a whole population in one run."""

    rule: str
    digest: str
    judged: int
    matched: int
    unknown: int
    unknown_because: Mapping[str, int] = field(default_factory=dict)
