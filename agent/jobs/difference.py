"""What an edit of rules adds, removes or changes, by day and by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from agent.jobs.past_days import PastDay, Reach
from agent.model.change import Value
from agent.model.entity import Entity


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Made:
    """One decision. ``field`` is empty where a rule only tells; ``held``: the belt that keeps it back. ``at_risk``:
    what it may add to a day's spend at worst, in micros."""

    rule: str
    entity: Entity
    title: str
    field: str
    before: Value = None
    after: Value = None
    held: str = ""
    at_risk: int = 0

    @property
    def acts(self) -> bool:
        return not self.held


@dataclass(frozen=True, slots=True)
class Difference:
    """One decision of one day that is not the same. Added: ``old`` is None, or is held; removed: ``new`` is.
    ``made``: the newer one that acts."""

    day: date
    kind: Kind
    old: Made | None
    new: Made | None
    made: Made

    @classmethod
    def of(cls, day: date, old: Made | None, new: Made | None) -> Difference | None:
        """None where both come to the same: rule, value, and whether anything happens."""
        acted, acts = old is not None and old.acts, new is not None and new.acts
        if old is not None and new is not None and acted and acts:
            same = (old.rule, old.after) == (new.rule, new.after)
            return None if same else cls(day, Kind.CHANGED, old, new, new)
        if new is not None and acts:
            return cls(day, Kind.ADDED, old, new, new)
        return cls(day, Kind.REMOVED, old, new, old) if old is not None and acted else None

    @property
    def subject(self) -> tuple[str, str, str, str]:
        return self.made.entity.kind, self.made.entity.id, self.made.field, self.kind


@dataclass(frozen=True, slots=True)
class DayCompared:
    """What differs on one day."""

    day: PastDay
    differences: Sequence[Difference]

    @property
    def at_risk(self) -> tuple[int, int]:
        """What the decisions that differ may add to the day's spend at worst, by the old rules and by the new ones."""
        old = (each.old.at_risk for each in self.differences if each.old is not None and each.old.acts)
        new = (each.new.at_risk for each in self.differences if each.new is not None and each.new.acts)
        return sum(old), sum(new)


@dataclass(frozen=True, slots=True)
class Edited:
    """The rules by what became of their texts. ``edited``: another text, or other params of the configuration."""

    added: Sequence[str]
    removed: Sequence[str]
    edited: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.edited)

    def __contains__(self, name: str) -> bool:
        return name in self.added or name in self.removed or name in self.edited


@dataclass(frozen=True, slots=True)
class RuleDiff:
    """``storms``: rules that match too much on some day, with the old rules and with the new ones."""

    account: str
    reach: Reach | None
    rules: Edited
    days: Sequence[DayCompared]
    storms: tuple[Sequence[str], Sequence[str]] = ((), ())

    @property
    def differences(self) -> Sequence[Difference]:
        return [each for day in self.days for each in day.differences]


@dataclass(frozen=True, slots=True)
class Named:
    """The same difference of one lever over several days. ``newest``: as it is on the last of them."""

    newest: Difference
    days: Sequence[date]


def by_name(differences: Iterable[Difference]) -> Sequence[Named]:
    """One row for each thing, lever and kind of difference; of each kind what may cost most first."""
    found: dict[tuple[str, str, str, str], list[Difference]] = {}
    for each in differences:
        found.setdefault(each.subject, []).append(each)
    rows = [Named(some[-1], [one.day for one in some]) for some in found.values()]
    return sorted(rows, key=lambda row: (row.newest.kind, -row.newest.made.at_risk, row.newest.subject))
