"""The belts over a whole run: a rule that matched too much, and how many changes one run may make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.engine.exposure import added_spend, exposes
from agent.engine.match import Match
from agent.engine.scene import Scene
from agent.engine.wish import Wish
from agent.model.belt import BeltLimits
from agent.model.risk import AT_RISK
from agent.model.rule import Rule


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


def storms(matched: Sequence[tuple[Rule, Match]], scene: Scene) -> Mapping[str, Storm]:
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
    """The wishes, costliest first; those beyond the most changes of the rule, the kind or the run, and those that would
    put more money at risk than one day may, wait for a later run.

    Of a kind at least one entity may be changed, however small the account, unless the share is zero.
    """
    room, purse = _Room(scene), Purse(scene)
    admitted = []
    for wish in sorted(wishes, key=_costliest_first):
        weighed = purse.weigh(wish)
        settled = weighed if weighed.blocked else room.admit(weighed)
        if not settled.blocked:
            purse.spend(settled)
        admitted.append(settled)
    return admitted


class Purse:
    """How much money may still be put at risk on this day.

    What counts is every change that took effect today or still may: of earlier runs (``Scene.risked``, and what waits
    for an answer in ``Scene.at_risk``) and of this one. So whichever of them are approved, and in whatever order runs
    follow one another, the day stays within the limit. Of wishes that wait for an answer only one remains on a lever,
    so the larger one counts.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._taken = dict(scene.at_risk)
        self._sum = scene.risked + sum(self._taken.values())
        self._limit = scene.limits.risk_of_day(scene.daily_budgets)
        self._nothing, self._most = self._money(0), "" if self._limit is None else self._money(self._limit)

    def weigh(self, wish: Wish) -> Wish:
        """The wish with the answer of this belt; what puts nothing at risk always passes."""
        if not exposes(wish.change):
            return wish
        added, limit, most = self.added(wish), self._limit, self._most
        if added == 0:
            return wish.passed(AT_RISK, self._nothing, most)
        if added is None:
            note = "how much it may add to a day's spend is not known"
            return wish.passed(AT_RISK, "?", note=note) if limit is None else wish.blocked_by(AT_RISK, "?", most, note)
        figure = f"{self._money(self._sum)} + {self._money(added)}"
        if limit is not None and self._sum - self._before(wish) + max(added, self._before(wish)) > limit:
            return wish.blocked_by(AT_RISK, figure, most, "more than the raises of one day may add; a later run")
        return wish.passed(AT_RISK, figure, most)

    def spend(self, wish: Wish) -> None:
        """Count a wish that goes through."""
        added, before = self.added(wish) or 0, self._before(wish)
        if added > before:
            self._taken[wish.change.entity, wish.change.field] = added
            self._sum += added - before

    def added(self, wish: Wish) -> int | None:
        return added_spend(wish.change, self._scene.guarded.get(wish.looked_at, {}))

    def _before(self, wish: Wish) -> int:
        return self._taken.get((wish.change.entity, wish.change.field), 0)

    def _money(self, micros: int) -> str:
        return str(self._scene.marketplace.money(micros))


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
        limits, kind = self._scene.limits, wish.match.entity.kind
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
    amounts = wish.amounts
    moved = abs(amounts[1].micros - amounts[0].micros) if amounts is not None else 0
    return (-wish.match.cost, -float(moved), wish.rule.name, wish.change.entity.id)
