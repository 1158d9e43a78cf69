"""Restatement regret: decisions that mature figures would not have made, by rule and by how long the rule waits.

Every rule that reads restated figures is judged with every buffer on the same days, on the figures as they were known
then and on the same days' figures as they are known in the end. A lever that was decided rests for the rule's cooldown,
so that one mistake that lasts a week does not count seven times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from agent.engine.columns import Judgement
from agent.engine.columns_compare import Marks, compared
from agent.engine.settle import settled_after
from agent.model.belt import BeltLimits
from agent.model.rule import Mode, Rule

TOLERABLE = 0.05
"""The share of regretted decisions that a buffer may have and still be called good enough."""
_LONG_AGO = -10_000

Days = npt.NDArray[np.int64]


@dataclass(slots=True)
class Buffer:
    """One rule at one buffer. ``missed``: what mature figures would have decided and those of then did not."""

    rule: str
    settle_days: int
    own: bool
    """Whether the rule waits so long as it is written."""
    made: int = 0
    regretted: int = 0
    otherwise: int = 0
    missed: int = 0

    @property
    def changed(self) -> int:
        return self.regretted + self.otherwise + self.missed

    @property
    def share(self) -> float | None:
        """Of the decisions made, those regretted; None where there was none."""
        return self.regretted / self.made if self.made else None


def advised(buffers: Sequence[Buffer]) -> Buffer | None:
    """Of one rule's buffers, the shortest that leaves little to regret; else the one that leaves least."""
    counted = [each for each in buffers if each.share is not None]
    good = [each for each in counted if (each.share or 0.0) <= TOLERABLE]
    if good:
        return min(good, key=lambda each: each.settle_days)
    return min(counted, key=lambda each: (each.share or 0.0, each.settle_days), default=None)


@dataclass(slots=True)
class _Followed:
    """A rule at one buffer, with the day on which each entity was last counted."""

    rule: Rule
    buffer: Buffer
    tells: bool
    rest: int
    decided: Days
    missed: Days


@dataclass(slots=True)
class Regrets:
    """``variants`` are judged beside the rules themselves; ``days`` counts what was compared."""

    variants: Sequence[Rule]
    _followed: Mapping[str, list[_Followed]]
    _entities: frozenset[str]
    _numbers: dict[str, dict[str, int]] = field(default_factory=dict)
    days: int = 0

    @classmethod
    def of(cls, rules: Mapping[str, tuple[Rule, int]], longest: int, limits: BeltLimits,
           entities: frozenset[str]) -> Regrets:  # fmt: skip
        """``rules``: by name those that wait for figures, and how long; ``entities``: only these count, or all."""
        followed: dict[str, list[_Followed]] = {}
        for rule, own in rules.values():
            for days in sorted({*range(longest + 1), own}):
                one = _Followed(settled_after(rule, days), Buffer(rule.name, days, days == own), _only_tells(rule),
                                _rest(rule, limits), _never(), _never())  # fmt: skip
                followed.setdefault(rule.judges, []).append(one)
        variants = [one.rule for some in followed.values() for one in some]
        return cls(variants, followed, entities)

    @property
    def buffers(self) -> Sequence[Buffer]:
        return [one.buffer for some in self._followed.values() for one in some]

    def count(self, day: date, then: Mapping[str, Judgement], mature: Mapping[str, Judgement],
              known: frozenset[str]) -> None:  # fmt: skip
        """One day; ``known``: the rules whose figures of that day were known then (and not only backfilled)."""
        self.days += 1
        for kind, some in self._followed.items():
            asked = [one for one in some if one.buffer.rule in known]
            if not asked:
                continue
            found = compared(then[kind], mature[kind], [one.rule for one in asked])
            places = self._places(kind, found.entities)
            counts = np.array([not self._entities or id in self._entities for id in found.entities], dtype=np.bool_)
            for one in asked:
                _count(one, day.toordinal(), found.by_rule[one.rule.name], places, counts)

    def _places(self, kind: str, entities: Sequence[str]) -> Days:
        numbers = self._numbers.setdefault(kind, {})
        return np.array([numbers.setdefault(id, len(numbers)) for id in entities], dtype=np.int64)


def _count(one: _Followed, day: int, marks: Marks, places: Days, counts: npt.NDArray[np.bool_]) -> None:
    most = int(places.max(initial=-1)) + 1
    one.decided, one.missed = _grown(one.decided, most), _grown(one.missed, most)
    made = marks.made & counts & (day - one.decided[places] >= one.rest)
    missed = marks.would & ~marks.made & counts & (day - one.missed[places] >= one.rest)
    # What only tells stays told as long as it holds, so that each day on which it holds is remembered.
    one.decided[places[marks.made if one.tells else made]] = day
    one.missed[places[marks.would & ~marks.made if one.tells else missed]] = day
    one.buffer.made += int(made.sum())
    one.buffer.regretted += int((made & ~marks.would).sum())
    one.buffer.otherwise += int((made & marks.otherwise).sum())
    one.buffer.missed += int(missed.sum())


def _only_tells(rule: Rule) -> bool:
    return rule.propose is None or rule.mode is Mode.TELL


def _rest(rule: Rule, limits: BeltLimits) -> int:
    """Whole days between two decisions of the rule on one lever; what is told counts anew once it did not hold."""
    if rule.propose is None or _only_tells(rule):
        return 2
    rest = max(limits.cooldown.get(rule.propose.field, timedelta()), rule.limits.cooldown or timedelta())
    return max(1, -(-rest // timedelta(days=1)))


def _never() -> Days:
    return np.full(0, _LONG_AGO, dtype=np.int64)


def _grown(days: Days, most: int) -> Days:
    return days if len(days) >= most else np.concatenate([days, np.full(most - len(days), _LONG_AGO, dtype=np.int64)])
