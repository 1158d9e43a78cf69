"""One change per lever and run: which of several rules speaks for a lever.

First by what the rule protects (``PRECEDENCE``, by the folder it stands in, else by the field it moves), then by its
declared priority, then by name. A rule in a storm speaks only where nobody else does.
Who wins does not depend on belts: a winner that a belt holds back is not replaced by a rule that wants something else.
Only a change of state silences other fields of the same entity (bidding on what is being paused is moot), and only if
no belt holds it back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from agent.engine.wish import Wish
from agent.model.change import Change
from agent.model.precedence import PRECEDENCE, protects


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A wish that gave way, and the rule it gave way to."""

    rule: str
    change: Change
    by: str

    def __str__(self) -> str:
        return f"{self.rule} on {self.change.field} of {self.change.entity}: suppressed by {self.by}"


def one_per_lever(wishes: Iterable[Wish], storming: Collection[str] = ()) -> tuple[list[Wish], list[Suppressed]]:
    """The winner of every lever, in the order in which the levers first came up, and the others."""
    by_lever: dict[tuple[str, str, str], list[Wish]] = {}
    for wish in wishes:
        by_lever.setdefault(wish.lever, []).append(wish)
    winners, suppressed = [], []
    for rivals in by_lever.values():
        first, *others = sorted(rivals, key=lambda wish: (wish.rule.name in storming, *strength(wish)))
        winners.append(first)
        suppressed += [Suppressed(wish.rule.name, wish.change, first.rule.name) for wish in others]
    return winners, suppressed


def state_first(wishes: Iterable[Wish]) -> tuple[list[Wish], list[Suppressed]]:
    """Without the wishes whose entity is about to change its state."""
    all_wishes = list(wishes)
    switched = {
        wish.change.entity: wish.rule.name
        for wish in all_wishes
        if wish.change.field == "state" and not wish.blocked
    }  # fmt: skip
    kept, suppressed = [], []
    for wish in all_wishes:
        by = switched.get(wish.change.entity)
        if by is None or wish.change.field == "state":
            kept.append(wish)
        else:
            suppressed.append(Suppressed(wish.rule.name, wish.change, by))
    return kept, suppressed


def strength(wish: Wish) -> tuple[int, int, str]:
    """Smaller is stronger."""
    place = PRECEDENCE.index(protects(wish.rule.name, wish.change.field))
    return (place, -wish.rule.priority, wish.rule.name)
