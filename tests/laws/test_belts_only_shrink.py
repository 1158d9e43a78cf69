"""The law of the belts: whatever rules want and however the limits are set, no proposal is over any limit, every
change lies between the value and what the rule asked for, and no more are proposed than a run may make.

Generated plans under generated limits, one per seed; ``STEWARD_FULL=1`` tries ten thousand.
"""

from __future__ import annotations

import math
import os
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any, TypeVar

from agent.engine.belts import LARGEST_CUT
from agent.engine.exposure import EXPOSED
from agent.engine.propose import Proposed, propose
from agent.engine.scene import Scene
from agent.model.belt import BeltLimits
from agent.model.entity import Entity
from agent.model.expression import Literal, Scalar
from agent.model.kinds import STREAMS
from agent.model.marketplace import MARKETPLACES
from agent.model.metric import Unit
from agent.model.money import Money, to_step
from agent.model.past import Breaker, Outside, OwnMove
from agent.model.proposal import Answer, Proposal, State
from agent.model.rule import Drift, Limits, Mode, OnDrift, Rule
from agent.model.verdict import Verdict
from tests.matches import NOW, counting, match, rule, scene

Plan = Sequence[tuple[Rule, Verdict]]
Item = TypeVar("Item")

PLANS = 10_000 if os.environ.get("STEWARD_FULL") == "1" else 500
_ENTITIES = [f"k{number}" for number in range(30)]
_LEVERS = {"bid": "keyword", "default_bid": "ad_group", "budget": "campaign"}
_PLACES = ("DE", "US", "JP", "AE", "IN")


def eur(amount: float) -> Money:
    return Money(round(amount * 1_000_000), "EUR")


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
        drift = Drift(self.choice([OnDrift.RESPECT, OnDrift.ASK, OnDrift.OVERWRITE]))
        return rule(name, field=field, judges=_LEVERS[field], limits=own, priority=self.randint(-1, 1), drift=drift,
                    mode=Mode.AUTO)  # fmt: skip

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
        return replace(self.past(limits), **self.around(field))

    def past(self, limits: BeltLimits) -> Scene:
        """What went before: money at risk already, breakers, strange hands, levers that went to and fro."""
        entities = [Entity("demo", kind, entity) for kind in _LEVERS.values() for entity in _ENTITIES]
        levers = [(entity, lever) for entity in entities for lever, kind in _LEVERS.items() if entity.kind == kind]
        tripped = (Breaker("writes fail", "9 of 10", "50%"),)
        limits = replace(
            limits, most_cpc=self.maybe(self.randint(10_000, 9_000_000)), most_risk_share=self.choice([0.1, 0.5, 1]),
            most_risk_per_day=self.maybe(self.randint(0, 60_000_000)),
        )  # fmt: skip
        return scene(
            limits,
            observed={**dict.fromkeys(STREAMS, NOW), "keywords": NOW - timedelta(hours=self.choice([0, 1, 40, 120]))},
            guarded={entity: self.facts(entity) for entity in entities if self.random() < 0.9},
            daily_budgets=self.maybe(self.randint(0, 900_000_000)),
            at_risk={lever: self.randint(0, 20_000_000) for lever in self.sample(levers, 2)},
            risked=self.choice([0, 0, self.randint(0, 40_000_000)]),
            own={lever: self.moves() for lever in self.sample(levers, 5)},
            outside={lever: Outside(NOW - timedelta(hours=self.randint(0, 600)), eur(self.random()), self.moves()[-1])
                     for lever in self.sample(levers, 5)},
            breakers=tripped if self.random() < 0.2 else (),
        )  # fmt: skip

    def facts(self, entity: Entity) -> dict[str, Scalar]:
        known: dict[str, Scalar] = {
            "budget": self.randint(1, 300) * 1_000_000, "clicks": self.randint(0, 300),
            "bidding_strategy": self.choice(["manual", "legacy_for_sales", "auto_for_sales"]),
            "placement_top": self.choice([0.0, 0.5, 9.0]),
        }  # fmt: skip
        return {name.key: known.get(name.name) for name in EXPOSED[entity.kind] if self.random() < 0.9}

    def moves(self) -> list[OwnMove]:
        values = [eur(self.choice([1.0, 1.2, 1.5])) for _ in range(self.randint(2, 4))]
        return [OwnMove(NOW - timedelta(days=4 - index), *pair, "ads/0") for index, pair in enumerate(pairwise(values))]

    def around(self, field: Sequence[str]) -> dict[str, Any]:
        return {
            "marketplace": MARKETPLACES[self.choice(_PLACES)],
            "population": {kind: self.randint(0, 80) for kind in _LEVERS.values()},
            "last_change": {
                (Entity("demo", _LEVERS[lever], entity), lever): NOW - timedelta(hours=self.randint(-50, 400))
                for lever in field
                for entity in self.sample(_ENTITIES, 8)
            },
            "locked": frozenset(Entity("demo", self.choice(list(_LEVERS.values())), each)
                             for each in self.sample(_ENTITIES, 3)),
        }  # fmt: skip


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
        no_raise_in_doubt(proposal, rule, at)
        no_click_costs_more(proposal, at)
    no_more_at_risk_than_a_day_may(ready, at)
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


def no_raise_in_doubt(proposal: Proposal, rule: Rule, at: Scene) -> None:
    """Old figures, a tripped breaker and a swinging lever let nothing up; a rule that respects others rests."""
    before, after = amounts_of(proposal)
    lever = (proposal.change.entity, proposal.change.field)
    age = NOW - (at.observed["keywords"] or NOW)
    if proposal.change.entity.kind == "keyword":
        assert age <= timedelta(hours=36) or (after < before and age < timedelta(hours=108))
    assert after < before or not at.breakers
    values = [move.after for move in at.own.get(lever, ())]
    if lever in at.own:
        values.insert(0, at.own[lever][0].before)
    swings = any(a == c != b for a, b, c in zip(values, values[1:], values[2:], strict=False))
    assert not swings or (after < before and rule.name.startswith("inventory/"))
    found = at.outside.get(lever)
    if found is not None:
        assert rule.drift.on is not OnDrift.RESPECT or NOW - found.at >= timedelta(days=14)
        assert proposal.mode is (Mode.ASK if rule.drift.on is OnDrift.ASK else Mode.AUTO)


def no_click_costs_more(proposal: Proposal, at: Scene) -> None:
    before, after = amounts_of(proposal)
    limit, change = at.limits.most_cpc, proposal.change
    if limit is not None and change.field != "budget" and after > before:
        assert after * worst_factor(at.guarded.get(change.entity, {})) <= limit


def worst_factor(facts: Mapping[str, Scalar]) -> float:
    """The top of the search is the dearest placement in every plan drawn here."""
    known = named(facts)
    bid_up = 1 if known.get("bidding_strategy") in ("manual", "legacy_for_sales") else 2
    return (1 + float(known.get("placement_top") or 0)) * bid_up


def no_more_at_risk_than_a_day_may(ready: list[Proposal], at: Scene) -> None:
    """Reckoned again from the raises themselves; what waits on a lever gives way to a newer wish."""
    share = at.limits.most_risk_share * at.daily_budgets if at.daily_budgets is not None else math.inf
    limit = min(share, math.inf if at.limits.most_risk_per_day is None else at.limits.most_risk_per_day)
    standing = dict(at.at_risk)
    for proposal in ready:
        before, after = amounts_of(proposal)
        if after > before:
            lever = (proposal.change.entity, proposal.change.field)
            standing[lever] = max(standing.get(lever, 0), math.floor(worst_case(proposal, at, limit)))
    raised = any(amounts_of(each)[1] > amounts_of(each)[0] and worst_case(each, at, limit) for each in ready)
    assert not raised or at.risked + sum(standing.values()) <= limit


def named(facts: Mapping[str, Scalar]) -> dict[str, Scalar]:
    names = {name.key: name.name for of_kind in EXPOSED.values() for name in of_kind}
    return {names[key]: value for key, value in facts.items()}


def worst_case(proposal: Proposal, at: Scene, limit: float) -> float:
    """Never known and yet let through, where there is a limit."""
    before, after = amounts_of(proposal)
    if proposal.change.field == "budget":
        return 2 * (after - before)
    facts = at.guarded.get(proposal.change.entity, {})
    known = named(facts)
    clicks, budget = known.get("clicks"), known.get("budget")
    bounds = [2 * float(budget)] if budget is not None else []
    if clicks is not None:
        busiest = max(1.0, float(clicks))
        bounds.append((busiest * after / before * after - busiest * before) * worst_factor(facts))
    assert bounds or limit == math.inf
    return min(bounds) if bounds else 0.0


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
