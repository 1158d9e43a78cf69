"""The law of belts for what is no bid and no budget: prices, placements, strategies, states and new targets. Whatever
is asked for, whatever the limits, no proposal that comes through is over any of them.

All limits are reckoned again here, from what Amazon's documents and the rules' own words say, not by the belts' code.
``STEWARD_FULL=1`` tries ten thousand plans.
"""

from __future__ import annotations

import math
import os
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

from agent.engine.exposure import EXPOSED
from agent.engine.guards import GUARDED
from agent.engine.propose import propose
from agent.engine.scene import Scene
from agent.model.actions import CREATE, PLACEMENTS
from agent.model.belt import BeltLimits
from agent.model.creation import Creation
from agent.model.entity import Entity
from agent.model.expression import Literal, Scalar
from agent.model.kinds import STREAMS
from agent.model.metric import Unit
from agent.model.money import Money
from agent.model.percent import Percent
from agent.model.proposal import Answer, Proposal, State
from agent.model.rule import AD_GROUP, TEXT, Limits, Mode, Place, Propose, Rule
from agent.model.verdict import Verdict
from tests.matches import NOW, counting, match, rule, scene

Plan = Sequence[tuple[Rule, Verdict]]

PLANS = 10_000 if os.environ.get("STEWARD_FULL") == "1" else 400
CENT = 10_000
KINDS = {
    "price": "listing", "state": "keyword", "bidding_strategy": "campaign", CREATE: "search_term",
    **dict.fromkeys(PLACEMENTS, "campaign"),
}  # fmt: skip
STRATEGIES = ("legacy_for_sales", "manual", "auto_for_sales")
_ENTITIES = [f"e{number}" for number in range(12)]


class Dice(random.Random):
    """Draws plans and scenes; money in micros."""

    def maybe(self, value: Any, chance: float = 0.4) -> Any:
        return value if self.random() < chance else None

    def plan(self) -> Plan:
        return [
            self.wish(asked, entity)
            for asked in [self.rule(number) for number in range(self.randint(1, 5))]
            for entity in self.sample(_ENTITIES, self.randint(1, 6))
        ]

    def rule(self, number: int) -> Rule:
        field = self.choice(sorted(KINDS))
        low, high = (0.0, 9.5) if field in PLACEMENTS else (0.02e6, 60e6)
        own = Limits(
            step=self.maybe(self.uniform(0.01, 0.9)), most=self.maybe(self.randint(0, 4)),
            floor=self.literal(low, high / 3) if self.random() < 0.2 else None,
            ceiling=self.literal(high / 3, high) if self.random() < 0.2 else None,
        )  # fmt: skip
        made = rule(f"ads/{number}", field=field, judges=KINDS[field], limits=own, mode=Mode.AUTO)
        return replace(made, propose=self.creating()) if field == CREATE else made

    def creating(self) -> Propose:
        kind, match_type = self.choice([("keyword", "exact"), ("negative_keyword", "negative_exact")])
        unit = Unit.MONEY if kind == "keyword" else Unit.TEXT
        return Propose("create", kind, Literal(None, unit), Place(1, 1), match_type=match_type)

    def literal(self, low: float, high: float) -> Literal:
        value = self.uniform(low, high)
        return Literal(round(value) if high > 100 else round(value, 2), Unit.MONEY)

    def wish(self, asked: Rule, entity: str) -> tuple[Rule, Verdict]:
        assert asked.propose is not None
        field, (of, verdict) = asked.propose.field, match(asked, entity=entity, recent_cost=self.uniform(0, 9))
        if asked.propose.creates:
            named = {AD_GROUP: "g1", TEXT: f"hub {entity}"}
            wanted = round(self.uniform(0.001, 4) * 1e6)
            return of, replace(verdict, before=None, wanted=wanted, values=named)
        return of, replace(verdict, **self.values(field))

    def values(self, field: str) -> dict[str, Any]:
        if field in PLACEMENTS:
            before = self.randint(0, 900) / 100
            return {"before": before, "wanted": before + self.choice([-0.5, -0.1, 0.01, 0.1, 0.3, 2.0, 20.0])}
        if field == "bidding_strategy":
            return {"before": self.choice([*STRATEGIES, "rule_based"]), "wanted": self.choice(STRATEGIES)}
        if field == "state":
            return {"before": "paused", "wanted": "enabled"} if self.random() < 0.5 else {
                "before": "enabled", "wanted": "paused"}  # fmt: skip
        before = self.randint(200, 4_000) * CENT
        return {"before": before, "wanted": round(before * self.uniform(0.6, 1.6))}

    def scene(self) -> Scene:
        limits = BeltLimits(
            step={field: self.choice([0.01, 0.05, 0.25, 1.0]) for field in ("bid", *KINDS) if self.random() < 0.9},
            cooldown={}, most_changes=self.randint(0, 30), most_share=self.choice([0, 0.05, 0.2, 1]),
            storm_share=1, bid_floor=self.maybe(self.randint(1, 500_000)),
            bid_ceiling=self.maybe(self.randint(400_000, 3_000_000)),
            most_cpc=self.maybe(self.randint(200_000, 9_000_000), 0.6),
            most_risk_per_day=self.maybe(self.randint(0, 90_000_000)), most_risk_share=self.choice([0.1, 0.5, 1]),
        )  # fmt: skip
        entities = [Entity("demo", kind, id) for kind in sorted(set(KINDS.values())) for id in _ENTITIES]
        old = NOW - timedelta(hours=self.choice([0, 0, 30, 60, 200]))
        return scene(
            limits, guarded={entity: self.facts(entity) for entity in entities if self.random() < 0.95},
            population={kind: self.randint(0, 60) for kind in KINDS.values()},
            observed={**dict.fromkeys(STREAMS, NOW), "campaigns": old, "keywords": old, "listings": old},
            highest_bids={id: self.randint(1, 300) * CENT for id in _ENTITIES if self.random() < 0.9},
            daily_budgets=self.maybe(self.randint(0, 400_000_000)), risked=self.choice([0, 0, 9_000_000]),
            locked=frozenset(self.sample(entities, 3)),
        )  # fmt: skip

    def facts(self, entity: Entity) -> dict[str, Scalar]:
        price = self.randint(400, 4_000) * CENT
        known: dict[str, Any] = {
            "budget": self.randint(1, 60) * 1_000_000, "clicks": self.randint(0, 40),
            "cost": self.randint(0, 40_000_000), "bidding_strategy": self.choice(STRATEGIES),
            **{name: self.choice([0.0, 0.5, 3.0]) for name in PLACEMENTS},
            "trend": "declining", "frozen": self.random() < 0.1, "observing": self.random() < 0.1,
            "price_edits_24h": self.choice([0, 0, 1, 2]), "price_edits_7d": self.choice([0, 1, 5, 6]),
            "price_median_30d": price, "competitive_price": self.maybe(price + self.randint(-90, 90) * CENT),
            "sku.landed_cost": price // 4, "sku.min_price": self.maybe(price // 2), "sku.other_fees": self.maybe(CENT),
            "sku.max_price": self.maybe(price * 2), "sku.referral_fee": price // 7,
            "sku.fulfillment_fee": price // 8, "min_margin": self.choice([0.0, 0.1, 0.3]),
        }  # fmt: skip
        row: dict[str, Scalar] = {}
        for name in (*EXPOSED.get(entity.kind, ()), *GUARDED.get(entity.kind, ())):
            if self.random() < 0.97:
                row[name.key] = known.get(name.label, known.get(name.name))
        return row


def test_no_lever_is_over_any_limit() -> None:
    came_through: Counter[str] = Counter()
    for seed in range(PLANS):
        dice = Dice(seed)
        plan, at = dice.plan(), dice.scene()
        came_through.update(holds(plan, at))
    rare = [field for field in KINDS if came_through[field] < PLANS / 40]
    assert rare == [], f"too few came through to prove anything: {came_through}"


def holds(plan: Plan, at: Scene) -> list[str]:
    proposals = propose(plan, at, counting()).proposals
    ready = [each for each in proposals if each.state is State.PROPOSED]
    asked = {(verdict.rule, *lever_of(of, verdict)): (of, verdict) for of, verdict in plan}
    for each in ready:
        of, verdict = asked[each.rule, each.change.entity.id, each.change.field]
        may_be_touched(each, verdict, at)
        HELD[each.change.field](each, of, verdict, at)
    no_more_than_a_run_may_make(ready, plan, asked, at)
    no_more_at_risk_than_a_day_may(ready, asked, at)
    return [each.change.field for each in ready]


def lever_of(of: Rule, verdict: Verdict) -> tuple[str, str]:
    assert of.propose is not None
    if of.propose.creates:
        return (f"g1/{of.propose.match_type}/{verdict.values[TEXT]}", CREATE)
    return (verdict.entity.id, of.propose.field)


def may_be_touched(each: Proposal, verdict: Verdict, at: Scene) -> None:
    assert each.change.entity not in at.locked
    assert verdict.entity not in at.locked
    assert not any(answer.answer is Answer.BLOCK for answer in each.belts)
    assert each.change.before != each.change.after
    stream = {"listing": "listings", "keyword": "keywords", "campaign": "campaigns"}.get(each.change.entity.kind)
    age = NOW - (at.observed[stream] or NOW) if stream and each.change.field != CREATE else timedelta()
    limit = STREAMS[stream].fresh_hours if stream else 0
    assert age <= timedelta(hours=limit) or (brakes(each) and age < timedelta(hours=3 * limit))


def brakes(each: Proposal) -> bool:
    """Whether it can only make advertising spend less."""
    before, after = each.change.before, each.change.after
    if each.change.field == "bidding_strategy":
        bold = ("legacy_for_sales", "manual", "auto_for_sales", "rule_based")
        return bold.index(str(after)) <= bold.index(str(before))
    if isinstance(before, Percent) and isinstance(after, Percent):
        return after.points <= before.points
    return each.change.field == "state" and after == "paused"


def a_price(each: Proposal, of: Rule, verdict: Verdict, at: Scene) -> None:
    before, after = micros(each.change.before), micros(each.change.after)
    wanted = verdict.wanted
    facts = labelled(each.change.entity, at)
    assert facts["frozen"] is False
    assert facts["observing"] is False
    assert facts["price_edits_24h"] < 2
    assert facts["price_edits_7d"] < 6
    assert min(before, wanted - CENT) <= after <= max(before, wanted)
    assert after % CENT == 0
    within_steps(each, of, abs(after - before), before, at)
    own = of.limits
    assert own.floor is None or after >= own.floor.value  # type: ignore[operator]
    assert own.ceiling is None or after < before or after <= own.ceiling.value  # type: ignore[operator]
    if after < before:
        kept = 1 - Fraction(facts["sku.referral_fee"], before) - Fraction(str(facts.get("min_margin") or 0))
        spent = facts["sku.landed_cost"] + facts["sku.fulfillment_fee"] + (facts.get("sku.other_fees") or 0)
        assert kept > 0
        assert after * kept >= spent
        assert after >= (facts.get("sku.min_price") or 0)
    else:
        usual = max(facts["price_median_30d"], facts.get("competitive_price") or 0)
        assert Fraction(after, usual) <= Fraction(115, 100)
        assert after <= (facts.get("sku.max_price") or math.inf)


def within_steps(each: Proposal, of: Rule, moved: int, before: int, at: Scene) -> None:
    belt, own = at.limits.step.get(each.change.field), of.limits.step
    for step in (belt, own):
        cut = micros(each.change.after) < before and own is not None and belt is not None and own > belt
        if step is not None and not cut:
            assert moved <= step * before * (1 + 1e-12)
    if own is not None:
        assert moved <= max(own, belt or 0) * before * (1 + 1e-12)


def a_placement(each: Proposal, of: Rule, verdict: Verdict, at: Scene) -> None:
    before, after = each.change.before, each.change.after
    assert isinstance(before, Percent)
    assert isinstance(after, Percent)
    for step in (at.limits.step.get(each.change.field), of.limits.step):
        assert step is None or abs(after.points - before.points) <= round(step * 100)
    least, most = 0, 900
    if of.limits.floor is not None:
        least = max(least, round(float(of.limits.floor.value) * 100))  # type: ignore[arg-type]
    if of.limits.ceiling is not None:
        most = min(most, round(float(of.limits.ceiling.value) * 100))  # type: ignore[arg-type]
    assert after.points >= least or after > before
    assert after.points <= most or after < before
    assert min(before.points, round(verdict.wanted * 100)) <= after.points <= max(
        before.points, round(verdict.wanted * 100))  # fmt: skip
    if at.limits.most_cpc is not None and after > before:
        bid_up = upward(labelled(each.change.entity, at).get("bidding_strategy"))[each.change.field]
        assert dearest_bid(each, at) * bid_up * (100 + after.points) <= at.limits.most_cpc * 100 * (1 + 1e-12)


def a_strategy(each: Proposal, of: Rule, verdict: Verdict, at: Scene) -> None:
    if at.limits.most_cpc is not None and not brakes(each):
        facts = labelled(each.change.entity, at)
        up = upward(each.change.after)
        worst = max(up[name] * (1 + float(facts.get(name) or 0)) for name in PLACEMENTS)
        assert dearest_bid(each, at) * worst <= at.limits.most_cpc * (1 + 1e-12)


def a_state(each: Proposal, of: Rule, verdict: Verdict, at: Scene) -> None:
    assert each.change.after in ("enabled", "paused")


def a_new_target(each: Proposal, of: Rule, verdict: Verdict, at: Scene) -> None:
    made = each.change.after
    assert isinstance(made, Creation)
    if made.bid is None:
        return
    bid, place, limits = made.bid.micros, at.marketplace, at.limits
    assert bid <= verdict.wanted
    assert max(place.bid_floor, limits.bid_floor or 0) <= bid
    assert bid <= min(place.bid_ceiling, limits.bid_ceiling or place.bid_ceiling)
    assert limits.most_cpc is None or 2 * bid <= limits.most_cpc


HELD = {
    "price": a_price, "state": a_state, "bidding_strategy": a_strategy, CREATE: a_new_target,
    **dict.fromkeys(PLACEMENTS, a_placement),
}  # fmt: skip


def upward(strategy: object) -> Mapping[str, float]:
    """How many times a bid Amazon may offer at each placement under a strategy; what is not known raises most."""
    steady = strategy in ("manual", "legacy_for_sales")
    return {name: 1.0 if steady else 2.0 if name == "placement_top" else 1.5 for name in PLACEMENTS}


def dearest_bid(each: Proposal, at: Scene) -> float:
    """The campaign's highest, raised by one step of bids; without a step it may double."""
    return at.highest_bids.get(each.change.entity.id, 0) * (1 + at.limits.step.get("bid", 1.0))


def no_more_than_a_run_may_make(ready: Sequence[Proposal], plan: Plan, asked: Mapping[Any, Any], at: Scene) -> None:
    judged = Counter(asked[each.rule, each.change.entity.id, each.change.field][1].entity.kind for each in ready)
    assert len(ready) <= at.limits.most_changes
    for kind, count in judged.items():
        assert count <= max(1, at.limits.most_share * at.population.get(kind, 0))
    for name, count in Counter(each.rule for each in ready).items():
        most = next(of.limits.most for of, _ in plan if of.name == name)
        assert most is None or count <= most


def no_more_at_risk_than_a_day_may(ready: Sequence[Proposal], asked: Mapping[Any, Any], at: Scene) -> None:
    share = at.limits.most_risk_share * at.daily_budgets if at.daily_budgets is not None else math.inf
    limit = min(share, math.inf if at.limits.most_risk_per_day is None else at.limits.most_risk_per_day)
    risks = []
    for each in ready:
        judged = asked[each.rule, each.change.entity.id, each.change.field][1].entity
        risk = worst_case(each, labelled(judged, at))
        assert risk is not None or limit == math.inf, "what cannot be reckoned came through"
        risks.append(risk or 0)
    assert not sum(risks) or at.risked + sum(risks) <= limit + len(risks)


def worst_case(each: Proposal, facts: Mapping[str, Any]) -> float | None:
    """What it may add to a day's spend, from Amazon's words; None where that cannot be told."""
    change, budget = each.change, facts.get("campaign.budget", facts.get("budget"))
    most = math.inf if budget is None else 2 * budget
    if isinstance(change.after, Creation):
        if change.after.bid is None:
            return 0
        clicks = facts.get("max(recent.clicks)")
        return None if clicks is None else max(1, clicks) * 2 * change.after.bid.micros
    if change.field == "state":
        return 0 if change.after == "paused" else known(most)
    if change.entity.kind != "campaign" or brakes(each):
        return 0
    if (change.before, change.after) == ("legacy_for_sales", "manual"):
        return known(most)
    growth = grown(change.before, change.after)
    cost = facts.get("max(recent.cost)")
    if growth <= 1:
        return 0
    return known(most if cost is None else min(most, cost * (growth**2 - 1)))


def grown(before: object, after: object) -> float:
    if isinstance(before, Percent) and isinstance(after, Percent):
        return (100 + after.points) / (100 + before.points)
    up = {True: 2.0, False: 1.0}
    return up[after == "auto_for_sales"] / up[before in ("auto_for_sales", "rule_based")]


def known(amount: float) -> float | None:
    return None if math.isinf(amount) else amount


def labelled(entity: Entity, at: Scene) -> Mapping[str, Any]:
    """The scene's facts about an entity by the words of people."""
    names = (*EXPOSED.get(entity.kind, ()), *GUARDED.get(entity.kind, ()))
    row = at.guarded.get(entity, {})
    found = {name.label: row[name.key] for name in names if name.key in row}
    return {**found, **{name.name: row[name.key] for name in names if name.key in row and name.path == ("campaign",)}}


def micros(value: object) -> int:
    assert isinstance(value, Money)
    return value.micros
