"""Rules that can push one lever in opposite directions, found by reading them.

Which way a rule pushes follows from what ``to`` is beside the field, as far as ranges of figures tell. Two rules are
excluded from meeting where their conditions leave no figure for both. What cannot be proven is reported: a pair that is
found may never meet, a pair that is not found cannot push against one another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from agent.errors import Diagnostic
from agent.model.precedence import PRECEDENCE, protects
from agent.model.rule import Rule
from agent.rulebook.ranges import Known, Range


class Way(StrEnum):
    UP = "up"
    DOWN = "down"
    EITHER = "up or down"


_BOLDER = {"paused": Way.DOWN, "enabled": Way.UP, "legacy_for_sales": Way.DOWN, "auto_for_sales": Way.UP}


@dataclass(frozen=True, slots=True)
class Opposites:
    """Two rules on one lever of one kind. ``apart``: why they never meet on one entity, or empty. ``stronger``: which
    one speaks where both match."""

    kind: str
    field: str
    one: Rule
    one_way: Way
    other: Rule
    other_way: Way
    apart: str
    stronger: str

    def __str__(self) -> str:
        ways = f"{self.one.name} ({self.one_way}) and {self.other.name} ({self.other_way})"
        return f"{ways} can push the {self.field} of one {self.kind} in opposite directions"


def opposites(rules: Sequence[Rule]) -> Iterator[Opposites]:
    """Every pair, those that never meet too."""
    asking = [(rule, Known.of(rule)) for rule in sorted(rules, key=lambda rule: rule.name) if rule.propose is not None]
    ways = {rule.name: _way(known) for rule, known in asking}
    for (one, here), (other, there) in combinations(asking, 2):
        way, other_way = ways[one.name], ways[other.name]
        if _lever(one) != _lever(other) or (way is other_way and way is not Way.EITHER):
            continue
        kind, field = _lever(one)
        stronger = min((one, other), key=_strength)
        yield Opposites(kind, field, one, way, other, other_way, _apart(here, there), stronger.name)


def warnings(rules: Sequence[Rule]) -> Iterator[Diagnostic]:
    """Pairs that may meet, and of which only the name decides who speaks."""
    for pair in opposites(rules):
        if pair.apart or _strength(pair.one)[:2] != _strength(pair.other)[:2] or pair.one.propose is None:
            continue
        place = pair.one.propose.place
        hint = "let their conditions exclude one another, or give one a priority"
        yield Diagnostic(pair.one.path, place.line, place.column, "R108", str(pair), hint)


def _lever(rule: Rule) -> tuple[str, str]:
    return rule.judges, rule.propose.field if rule.propose is not None else ""


def _strength(rule: Rule) -> tuple[int, int, str]:
    return PRECEDENCE.index(protects(rule.name, _lever(rule)[1])), -rule.priority, rule.name


def _way(known: Known) -> Way:
    """Which way a rule pushes its lever."""
    found = known.wanted()
    if isinstance(found, str):
        return _BOLDER.get(found, Way.EITHER)
    return _of(found)


def _of(found: Range | None) -> Way:
    if found is None:
        return Way.EITHER
    return Way.DOWN if found.high <= 1 else Way.UP if found.low >= 1 else Way.EITHER


def _apart(here: Known, there: Known) -> str:
    """The first figure of which the two rules' conditions leave nothing in common, or nothing."""
    for known, against in ((here, there), (there, here)):
        for key in sorted(known.missing & against.needed):
            return known.labels[key]
    for key, text in here.texts.items():
        if key in there.texts and not text & there.texts[key]:
            return here.labels[key]
    for (key, base), found in here.ranges.items():
        other = there.ranges.get((key, base))
        if other is not None and not found.meets(other):
            return here.labels[key]
    return ""
