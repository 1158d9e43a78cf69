"""The belts over a whole run: a rule that matched too much, and how many changes one run may make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.engine.scene import Scene
from agent.engine.wish import Wish
from agent.model.belt import BeltLimits
from agent.model.rule import Rule
from agent.model.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Storm:
    """A rule that suddenly wants to change too much: all it wants is held, and this is reported once."""

    rule: str
    kind: str
    matched: int
    population: int
    share: float
    """The largest share of the population that is not yet a storm."""

    def __str__(self) -> str:
        part = f"{self.matched} of {self.population}"
        return f"{self.rule} matches {part} ({self.kind}), more than {self.share:.0%}: it changes nothing in this run"


def storms(matched: Sequence[tuple[Rule, Verdict]], scene: Scene) -> Mapping[str, Storm]:
    """The storming rules, by name. A rule that matches fewer than ``storm_least`` entities is never one."""
    limits = scene.limits
    matches = Counter(rule.name for rule, _ in matched)
    kinds = {rule.name: rule.judges for rule, _ in matched}
    found = {}
    for name, spelled in matches.items():
        count, population = scene.matched.get(name, spelled), scene.population.get(kinds[name], 0)
        if is_storm(count, population, limits):
            found[name] = Storm(name, kinds[name], count, population, limits.storm_share)
    return found


def is_storm(matched: int, population: int, limits: BeltLimits) -> bool:
    """Whether so many matches are too many to be meant."""
    return matched >= max(1, limits.storm_least) and matched > limits.storm_share * population


def held_in_storm(wish: Wish, storm: Storm | None) -> Wish:
    if storm is None:
        return wish
    figure, limit = f"{storm.matched} of {storm.population}", f"{storm.share:.0%}"
    return wish.blocked_by("storm", figure, limit, "the rule matches too much")


def capped(wishes: Sequence[Wish], scene: Scene) -> list[Wish]:
    """The wishes, costliest first; those beyond the most changes of the rule, the kind or the run wait for a later run.

    Of a kind at least one entity may be changed, however small the account, unless the share is zero.
    """
    room = _Room(scene)
    return [wish if wish.blocked else room.admit(wish) for wish in sorted(wishes, key=_costliest_first)]


class _Room:
    """How many changes are still free."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._taken: Counter[tuple[str, str]] = Counter()

    def admit(self, wish: Wish) -> Wish:
        caps = self._caps(wish)
        for counted, (cap, what) in caps.items():
            if self._taken[counted] >= cap:
                return wish.blocked_by("most changes", str(self._taken[counted] + 1), str(cap), f"{what}; a later run")
        self._taken.update(caps.keys())
        counted, (cap, what) = min(caps.items(), key=lambda item: item[1][0] - self._taken[item[0]])
        return wish.passed("most changes", str(self._taken[counted]), str(cap), what)

    def _caps(self, wish: Wish) -> dict[tuple[str, str], tuple[int, str]]:
        limits, kind = self._scene.limits, wish.change.entity.kind
        caps = {
            ("kind", kind): (self._share(kind), f"of {limits.most_share:.0%} of all {kind}s"),
            ("run", ""): (limits.most_changes, "of this run"),
        }
        if wish.rule.limits.most is not None:
            caps["rule", wish.rule.name] = (wish.rule.limits.most, "of this rule")
        return caps

    def _share(self, kind: str) -> int:
        share = self._scene.limits.most_share
        return max(1, int(share * self._scene.population.get(kind, 0))) if share > 0 else 0


def _costliest_first(wish: Wish) -> tuple[float, float, str, str]:
    """By the largest cost the rule saw, else by how much would change; then by name, so that runs can be compared."""
    costs = [value for label, value in wish.figures.items() if label.rpartition(".")[2] == "cost" and _is_figure(value)]
    amounts = wish.amounts
    moved = abs(amounts[1].micros - amounts[0].micros) if amounts is not None else 0
    return (-max(costs, default=0.0), -float(moved), wish.rule.name, wish.change.entity.id)


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
