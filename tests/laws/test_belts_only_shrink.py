"""The law of the belts: whatever rules want and however the limits are set, no proposal is over any limit, every
change lies between the value and what the rule asked for, and no more are proposed than a run may make.

Generated plans under generated limits, one per seed; ``STEWARD_FULL=1`` tries ten thousand.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

from agent.engine.belts import LARGEST_CUT
from agent.engine.propose import Proposed, propose
from agent.engine.scene import Scene
from agent.model.belt import BeltLimits
from agent.model.entity import Entity
from agent.model.expression import Literal
from agent.model.marketplace import MARKETPLACES
from agent.model.metric import Unit
from agent.model.money import Money, to_step
from agent.model.proposal import Answer, Proposal, State
from agent.model.rule import Limits, Rule
from agent.model.verdict import Verdict
from tests.matches import NOW, counting, match, rule, scene

Plan = Sequence[tuple[Rule, Verdict]]
Item = TypeVar("Item")

PLANS = 10_000 if os.environ.get("STEWARD_FULL") == "1" else 500
_ENTITIES = [f"k{number}" for number in range(30)]
_LEVERS = {"bid": "keyword", "default_bid": "ad_group", "budget": "campaign"}
_PLACES = ("DE", "US", "JP", "AE", "IN")


class Dice(random.Random):
    """Draws plans and scenes: mostly sensible ones, so that many proposals come through, and some absurd ones."""

    def maybe(self, value: Item, chance: float = 0.3) -> Item | None:
        return value if self.random() < chance else None

    def rules(self) -> list[Rule]:
        return [self.rule(number) for number in range(self.randint(1, 4))]

    def rule(self, number: int) -> Rule:
        field = self.choice(sorted(_LEVERS))
        own = Limits(
            step=self.maybe(self.uniform(0.05, 0.9)), cooldown=self.maybe(self.hours()),
            floor=self.literal(0.01, 2), ceiling=self.literal(0.5, 90), most=self.maybe(self.randint(0, 6)),
        )  # fmt: skip
        name = f"{self.choice(['ads', 'ads', 'inventory', 'listing'])}/{number}"
        return rule(name, field=field, judges=_LEVERS[field], limits=own, priority=self.randint(-1, 1))

    def literal(self, low: float, high: float) -> Literal | None:
        return self.maybe(Literal(round(self.uniform(low, high) * 1e6), Unit.MONEY))

    def hours(self) -> timedelta:
        return timedelta(hours=self.randint(0, 200))

    def plan(self) -> Plan:
        return [
            match(each, *self.wish(), entity, recent_cost=self.uniform(0, 99))
            for each in self.rules()
            for entity in self.sample(_ENTITIES, self.randint(0, 12))
        ]

    def wish(self) -> tuple[float | None, float]:
        """Before and wanted, in units of the currency."""
        before = self.choice([round(self.uniform(0.02, 3), 2), round(self.uniform(3, 400), 2), 0.02, 0.03, 1.0])
        wanted = before * self.choice([self.uniform(0.5, 1.5), self.uniform(0.95, 1.05), -1, 0, 1, 1e9])
        return (before if self.random() < 0.95 else None), wanted

    def scene(self) -> Scene:
        field = sorted(_LEVERS)
        limits = BeltLimits(
            step={lever: self.choice([0, 0.1, 0.25, 0.25, 0.3, 1]) for lever in field if self.random() < 0.9},
            cooldown={lever: self.hours() for lever in field if self.random() < 0.5},
            most_changes=self.randint(0, 30), most_share=self.choice([0, 0.1, 0.15, 0.5, 1]),
            storm_share=self.choice([0.1, 0.5, 1]), storm_least=self.randint(0, 20),
            bid_floor=self.maybe(self.randint(1, 800_000)), bid_ceiling=self.maybe(self.randint(1, 5_000_000)),
            budget_ceiling=self.maybe(self.randint(1, 90_000_000)),
        )  # fmt: skip
        return scene(
            limits,
            marketplace=MARKETPLACES[self.choice(_PLACES)],
            population={kind: self.randint(0, 80) for kind in _LEVERS.values()},
            last_change={
                (Entity("demo", _LEVERS[lever], entity), lever): NOW - timedelta(hours=self.randint(-50, 400))
                for lever in field
                for entity in self.sample(_ENTITIES, 8)
            },
            locked=frozenset(Entity("demo", self.choice(list(_LEVERS.values())), each)
                             for each in self.sample(_ENTITIES, 3)),
        )  # fmt: skip


def test_no_plan_is_over_any_limit() -> None:
    came_through = 0
    for seed in range(PLANS):
        dice = Dice(seed)
        plan, at = dice.plan(), dice.scene()
        came_through += holds(plan, at)
    assert came_through > PLANS, "too few proposals came through to prove anything"


def holds(plan: Plan, at: Scene) -> int:
    """Everything the law says of one plan; returns how many proposals came through."""
    proposed = propose(plan, at, counting())
    asked = {(verdict.rule, verdict.entity): (rule, verdict) for rule, verdict in plan}
    ready = [proposal for proposal in proposed.proposals if proposal.state is State.PROPOSED]
    for proposal in ready:
        rule, verdict = asked[proposal.rule, proposal.change.entity]
        lies_between(proposal, verdict, at)
        is_within_limits(proposal, rule, at)
        may_be_touched(proposal, rule, at)
    no_more_than_a_run_may_make(ready, plan, at)
    nothing_is_lost(proposed, plan)
    return len(ready)


def lies_between(proposal: Proposal, verdict: Verdict, at: Scene) -> None:
    """Between the value and the wish, on a whole step, and not where it was."""
    before, after = amounts_of(proposal)
    wanted = to_step(verdict.wanted, at.marketplace.step)
    assert min(before, wanted) <= after <= max(before, wanted)
    assert after != before
    assert after % at.marketplace.step == 0


def is_within_limits(proposal: Proposal, rule: Rule, at: Scene) -> None:
    before, after = amounts_of(proposal)
    place, limits, field = at.marketplace, at.limits, proposal.change.field
    bids = field != "budget"
    floors = [place.bid_floor, limits.bid_floor] if bids else [place.budget_floor]
    ceilings = [place.bid_ceiling, limits.bid_ceiling] if bids else [place.budget_ceiling, limits.budget_ceiling]
    floors.append(rule.limits.floor.value if rule.limits.floor else None)  # type: ignore[arg-type]
    ceilings.append(rule.limits.ceiling.value if rule.limits.ceiling else None)  # type: ignore[arg-type]
    assert all(after >= floor for floor in floors if floor is not None)
    assert after < before or all(after <= ceiling for ceiling in ceilings if ceiling is not None)
    step, own = limits.step.get(field), rule.limits.step
    if after < before and step is not None and own is not None and own > step:
        step = max(step, LARGEST_CUT)
    for largest in (step, own):
        assert largest is None or abs(after - before) <= largest * before * (1 + 1e-12)


def may_be_touched(proposal: Proposal, rule: Rule, at: Scene) -> None:
    change = proposal.change
    assert change.entity not in at.locked
    changed = at.last_change.get((change.entity, change.field))
    for rest in (at.limits.cooldown.get(change.field), rule.limits.cooldown):
        assert changed is None or rest is None or NOW - changed >= rest
    assert not any(answer.answer is Answer.BLOCK for answer in proposal.belts)


def no_more_than_a_run_may_make(ready: list[Proposal], plan: Plan, at: Scene) -> None:
    limits = at.limits
    assert len(ready) <= limits.most_changes
    for kind, count in Counter(proposal.change.entity.kind for proposal in ready).items():
        assert count <= max(1, limits.most_share * at.population[kind])
        assert limits.most_share > 0
    matched = Counter(verdict.rule for _, verdict in plan)
    for (name, kind), count in Counter((each.rule, each.change.entity.kind) for each in ready).items():
        own = next(rule.limits.most for rule, _ in plan if rule.name == name)
        assert own is None or count <= own
        assert matched[name] < limits.storm_least or matched[name] <= limits.storm_share * at.population[kind]
    levers = [(each.change.entity, each.change.field) for each in ready]
    assert len(levers) == len(set(levers))


def nothing_is_lost(proposed: Proposed, plan: Plan) -> None:
    """Every match is a proposal, gave way to another rule, or would have changed nothing."""
    assert len(proposed.proposals) + len(proposed.suppressed) + proposed.idle + len(proposed.told) == len(plan)


def amounts_of(proposal: Proposal) -> tuple[int, int]:
    before, after = proposal.change.before, proposal.change.after
    assert isinstance(before, Money)
    assert isinstance(after, Money)
    return before.micros, after.micros
