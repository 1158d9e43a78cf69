"""Each belt at its exact limit, with the words and figures it answers: adjustments, clicks, guards, new targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from agent.engine.adjustments import adjustment, bounds
from agent.engine.belts import beginning, ceiling, cooldown, current, floor, freshness, lock, step
from agent.engine.bounds import bounded, towards
from agent.engine.clicks import effective_cpc
from agent.engine.exposure import EXPOSED, added_spend, bid_up, exposes, factor
from agent.engine.guards import GUARDED, fair_price, freeze, guarded, margin, observation, price_rate, review_window
from agent.engine.scene import Scene
from agent.engine.wish import Wish
from agent.model.actions import CREATE, PLACEMENTS
from agent.model.belt import BeltLimits
from agent.model.change import Change
from agent.model.creation import Creation
from agent.model.entity import Entity
from agent.model.expression import How, Literal
from agent.model.kinds import STREAMS
from agent.model.metric import Unit
from agent.model.money import Money
from agent.model.percent import Percent
from agent.model.proposal import Answer, BeltAnswer
from agent.model.rule import Limits
from agent.model.window import Window
from tests.matches import NOW, match, rule, scene

PASS, CLAMP, BLOCK = Answer.PASS, Answer.CLAMP, Answer.BLOCK
HOUR = timedelta(hours=1)


def eur(amount: object) -> Money:
    return Money.of(str(amount), "EUR")


def asks(before: Any, after: Any, field: str = "bid", kind: str = "keyword", **limits: Any) -> Wish:
    """A wish with these very values, whatever the rule would have made of them."""

    def value(one: Any) -> Any:
        return eur(one) if isinstance(one, int | float) and not isinstance(one, bool) else one

    asked = rule(field=field, judges=kind, limits=Limits(**limits))
    verdict = match(asked)[1]
    return Wish(asked, verdict, Change(Entity("demo", kind, "k1"), field, value(before), value(after)))


def new(bid: float | None = 0.50, kind: str = "keyword") -> Wish:
    match_type = "exact" if kind == "keyword" else "negative_exact"
    made = Creation.of(kind, "g1", match_type, "usb c hub", None if bid is None else eur(bid))
    wish = replace(asks(None, None), match=match(rule(judges="search_term"))[1])
    return replace(wish, change=Change(Entity("demo", kind, made.key), CREATE, None, made))


def facts(kind: str, **known: Any) -> Mapping[str, Any]:
    names = (*EXPOSED.get(kind, ()), *GUARDED.get(kind, ()))
    by = {**{name.name: name.key for name in names}, **{name.label: name.key for name in names}}
    return {by[label.replace("__", ".")]: value for label, value in known.items()}


def knowing(kind: str, limits: BeltLimits = BeltLimits(), **known: Any) -> Scene:  # noqa: B008
    return scene(limits, guarded={Entity("demo", kind, "k1"): facts(kind, **known)})


def last(wish: Wish) -> BeltAnswer:
    return wish.answers[-1]


def told(wish: Wish) -> tuple[Answer, str, str]:
    return (last(wish).answer, last(wish).figure, last(wish).limit)


# Where a change is heading


def test_a_bound_is_where_a_change_stops_and_never_further() -> None:
    at = scene()
    assert towards(eur(1), eur("1.20"), 1_105_000, at) == eur("1.10")
    assert towards(eur(1), eur("0.80"), 895_000, at) == eur("0.90")
    assert towards(eur(1), eur("1.20"), 1_200_000, at) == eur("1.20")
    assert towards(eur(1), eur("1.20"), 900_000, at) == eur(1), "a bound behind leaves no room"
    assert towards(eur(1), eur("0.80"), Decimal(1_100_000), at) == eur(1)
    assert towards(eur(1), eur(1), 1_005_000, at) == eur(1)
    assert towards(eur("1.003"), eur("1.003"), 2_000_000, at) == eur("1.003"), "where it stands is no step to round to"


def test_what_is_within_a_limit_passes_also_at_it() -> None:
    at = scene()
    assert told(bounded(asks(1, 1.2), at, "b", eur("1.20"))) == (PASS, "1.20 EUR", "1.20 EUR")
    assert told(bounded(asks(1, 0.8), at, "b", eur("0.80"))) == (PASS, "0.80 EUR", "0.80 EUR")
    assert told(bounded(asks(1, 1), at, "b", eur("0.90"))) == (BLOCK, "1.00 EUR", "0.90 EUR")
    assert told(bounded(asks(1, 1), at, "b", eur("1.10"))) == (PASS, "1.00 EUR", "1.10 EUR")
    held = bounded(asks(1, 1.2), at, "b", eur("1.11"))
    assert (held.change.after, told(held)) == (eur("1.11"), (CLAMP, "1.20 EUR", "1.11 EUR"))
    assert last(bounded(asks(1, 1.2), at, "b", eur(1))).note == "no room from 1.00 EUR"


def test_what_is_no_amount_is_no_business_of_a_bound() -> None:
    wish = asks("enabled", "paused", "state")
    assert bounded(wish, scene(), "b", eur(1)) == wish
    assert step(wish, scene()) == wish
    assert ceiling(wish, scene()) == wish
    assert floor(wish, scene()) == wish
    assert effective_cpc(wish, scene(BeltLimits(most_cpc=1))) == wish
    assert adjustment(wish, scene()) == wish
    assert beginning(wish, scene()) == wish


# Steps, ceilings, floors


def test_a_step_is_told_in_percent_and_held_at() -> None:
    assert told(step(asks(1, 1.25), scene())) == (PASS, "+25.0%", "25%")
    assert told(step(asks(1, 1.3), scene())) == (CLAMP, "+30.0%", "25%")
    assert told(step(asks(1, 0.7), scene())) == (CLAMP, "-30.0%", "25%")
    assert told(step(asks(0, 1), scene())) == (CLAMP, "from nothing", "25%")
    assert step(asks(1, 9), scene(BeltLimits(step={}))).answers == ()


def test_whose_step_holds_is_said() -> None:
    assert last(step(asks(1, 0.8, step=0.25), scene())).note == "the rule's own step"
    assert last(step(asks(1, 0.8, step=0.3), scene())).note == "the rule cuts faster than others may"
    assert last(step(asks(1, 1.2, step=0.3), scene())).note == ""
    assert last(step(asks(1, 1.2), scene())).note == ""
    assert told(step(asks(1, 1.1, step=0.1), scene(BeltLimits(step={})))) == (PASS, "+10.0%", "10%")
    assert told(step(asks(1, 1, step=0.3), scene()))[2] == "25%", "what stays where it is, is no cut"
    assert step(asks(1, 0.1, step=0.9), scene()).change.after == eur("0.50")
    assert step(asks(1, 0.1, step=0.9), scene(BeltLimits(step={"bid": 0.8}))).change.after == eur("0.20")


@pytest.mark.parametrize(("field", "kind"), [("bid", "keyword"), ("default_bid", "ad_group")])
def test_a_bid_has_a_ceiling_and_a_floor_of_the_marketplace_the_operator_and_the_rule(field: str, kind: str) -> None:
    operator = scene(BeltLimits(bid_ceiling=1_100_000, bid_floor=900_000))
    assert told(ceiling(asks(1, 1.2, field, kind), operator)) == (CLAMP, "1.20 EUR", "1.10 EUR")
    assert told(floor(asks(1, 0.8, field, kind), operator)) == (CLAMP, "0.80 EUR", "0.90 EUR")
    own = {"ceiling": Literal(1_050_000, Unit.MONEY), "floor": Literal(950_000, Unit.MONEY)}
    assert told(ceiling(asks(1, 1.2, field, kind, **own), operator))[2] == "1.05 EUR"
    assert told(floor(asks(1, 0.8, field, kind, **own), operator))[2] == "0.95 EUR"
    assert told(ceiling(asks(1, 1.2, field, kind), scene())) == (PASS, "1.20 EUR", "1000.00 EUR")
    assert told(floor(asks(1, 0.8, field, kind), scene())) == (PASS, "0.80 EUR", "0.02 EUR")


def test_a_budget_has_the_marketplaces_floor_and_the_operators_ceiling() -> None:
    at = scene(BeltLimits(budget_ceiling=12_000_000, bid_floor=9_000_000, bid_ceiling=1))
    assert told(ceiling(asks(10, 13, "budget", "campaign"), at))[2] == "12.00 EUR"
    assert told(floor(asks(10, 0.5, "budget", "campaign"), at)) == (CLAMP, "0.50 EUR", "1.00 EUR")
    own = {"ceiling": Literal(11_000_000, Unit.MONEY), "floor": Literal(8_000_000, Unit.MONEY)}
    assert told(ceiling(asks(10, 13, "budget", "campaign", **own), at))[2] == "11.00 EUR"
    assert told(floor(asks(10, 5, "budget", "campaign", **own), at))[2] == "8.00 EUR"


def test_a_price_has_only_the_rules_own_limits() -> None:
    at = scene(BeltLimits(bid_ceiling=1, budget_ceiling=1))
    assert ceiling(asks(10, 11, "price", "listing"), at).answers == ()
    assert floor(asks(10, 9, "price", "listing"), at).answers == ()
    own = {"ceiling": Literal(10_500_000, Unit.MONEY), "floor": Literal(9_500_000, Unit.MONEY)}
    assert told(ceiling(asks(10, 11, "price", "listing", **own), at))[2] == "10.50 EUR"
    assert told(floor(asks(10, 9, "price", "listing", **own), at))[2] == "9.50 EUR"


def test_a_cut_above_the_ceiling_passes_and_says_where_it_stands() -> None:
    at = scene(BeltLimits(bid_ceiling=1_000_000))
    assert told(ceiling(asks(3, 2.4), at)) == (PASS, "2.40 EUR", "1.00 EUR")
    assert last(ceiling(asks(3, 2.4), at)).note == "still above the ceiling, on the way down"
    assert told(ceiling(asks(1.2, 1.2), at)) == (BLOCK, "1.20 EUR", "1.00 EUR")
    assert last(ceiling(asks(1.2, 1), at)).note == ""
    assert last(ceiling(asks(1.2, 0.9), at)).note == ""


def test_a_raise_that_ends_at_the_floor_passes_and_below_it_does_not() -> None:
    at = scene(BeltLimits(bid_floor=900_000))
    assert told(floor(asks(0.8, 0.9), at)) == (PASS, "0.90 EUR", "0.90 EUR")
    assert told(floor(asks(0.8, 0.89), at)) == (BLOCK, "0.89 EUR", "0.90 EUR")
    assert told(floor(asks(0.8, 0.8), at)) == (BLOCK, "0.80 EUR", "0.90 EUR")


# What a new target may begin with


@pytest.mark.parametrize(
    ("bid", "limits", "answer", "held"),
    [(0.02, {}, PASS, 0.02), (0.01, {}, BLOCK, 0.01), (0.5, {"bid_ceiling": 500_000}, PASS, 0.5),
     (0.51, {"bid_ceiling": 505_000}, CLAMP, 0.50), (0.5, {"bid_floor": 500_000}, PASS, 0.5),
     (0.49, {"bid_floor": 500_000}, BLOCK, 0.49), (0.5, {"most_cpc": 1_000_000}, PASS, 0.5),
     (0.6, {"most_cpc": 1_000_000}, CLAMP, 0.5), (0.5, {"most_cpc": 999_999}, CLAMP, 0.49),
     (0.6, {"most_cpc": 1_000_000, "bid_floor": 550_000}, BLOCK, 0.6)],
)  # fmt: skip
def test_a_new_target_begins_between_floor_and_ceiling(
    bid: float, limits: dict[str, int], answer: Answer, held: float
) -> None:
    wish = beginning(new(bid), scene(BeltLimits(**limits)))  # type: ignore[arg-type]
    made = wish.change.after
    assert isinstance(made, Creation)
    assert (last(wish).answer, made.bid) == (answer, eur(held))
    assert last(wish).belt == ("floor" if answer is BLOCK else "ceiling")


def test_a_new_target_with_a_bid_that_is_lowered_is_the_same_target() -> None:
    wish = beginning(new(0.60), scene(BeltLimits(bid_ceiling=400_000)))
    assert wish.change.after == new(0.60).change.after
    assert told(wish) == (CLAMP, "0.60 EUR", "0.40 EUR")
    assert told(beginning(new(0.30), scene(BeltLimits(bid_floor=400_000)))) == (BLOCK, "0.30 EUR", "0.40 EUR")
    assert told(beginning(new(0.30), scene())) == (PASS, "0.30 EUR", "")


# Clocks


def test_a_lever_rests_by_the_longer_of_two_rests_and_goes_on_at_the_hour() -> None:
    lever = (Entity("demo", "keyword", "k1"), "bid")
    at = scene(last_change={lever: NOW - 72 * HOUR})
    assert told(cooldown(asks(1, 0.9), at)) == (PASS, "72 h", "72 h")
    assert {last(cooldown(asks(1, 0.9), each)).belt for each in (at, scene())} == {"cooldown"}
    assert told(cooldown(asks(1, 0.9, cooldown=73 * HOUR), at)) == (BLOCK, "72 h", "73 h")
    half = scene(last_change={lever: NOW - 1.5 * HOUR})
    assert told(cooldown(asks(1, 0.9), half)) == (BLOCK, "1.5 h", "72 h")
    assert last(cooldown(asks(1, 0.9), half)).note == "changed 2026-03-20 08:00"
    assert told(cooldown(asks(1, 0.9), scene())) == (PASS, "", "72 h")
    assert told(cooldown(asks("a", "b", "other"), at)) == (PASS, "", "0 h")


def test_a_rule_that_pins_its_value_sets_it_again_at_once() -> None:
    lever = (Entity("demo", "keyword", "k1"), "bid")
    at = scene(last_change={lever: NOW}, pinned=frozenset({lever}))
    assert told(cooldown(asks(1, 0.9), at)) == (PASS, "", "72 h")
    assert last(cooldown(asks(1, 0.9), at)).note == "the rule pins the value that we had set"
    other = scene(last_change={lever: NOW}, pinned=frozenset({(lever[0], "budget")}))
    assert last(cooldown(asks(1, 0.9), other)).answer is BLOCK


def test_how_old_figures_are_is_told_in_hours() -> None:
    def seen(age: timedelta | None) -> Scene:
        return scene(observed={**dict.fromkeys(STREAMS, NOW), "keywords": None if age is None else NOW - age})

    assert told(freshness(asks(1, 1.1), seen(37 * HOUR))) == (BLOCK, "37 h", "36 h")
    assert told(freshness(asks(1, 0.9), seen(37 * HOUR))) == (PASS, "37 h", "36 h")
    assert told(freshness(asks(1, 0.9), seen(-HOUR))) == (BLOCK, "-1 h", "36 h")
    assert told(freshness(asks(1, 0.9), seen(None))) == (BLOCK, "never", "36 h")
    assert told(freshness(asks(1, 1.1), seen(36 * HOUR))) == (PASS, "", "")
    assert last(freshness(asks(1, 1.1), seen(timedelta(minutes=-5)))).answer is PASS
    assert last(freshness(asks(1, 1.1), seen(timedelta(minutes=-5, seconds=-1)))).answer is BLOCK
    assert last(freshness(asks(1, 0.9), seen(None))).note == "keywords was never pulled"
    assert last(freshness(asks(1, 0.9), seen(-HOUR))).note == "keywords was pulled in the future"


def test_a_lock_on_what_was_judged_or_on_what_changes_holds() -> None:
    wish = new()
    for entity in (wish.change.entity, wish.match.entity):
        assert last(lock(wish, scene(locked=frozenset({entity})))).answer is BLOCK
    assert last(lock(wish, scene(locked=frozenset({Entity("demo", "keyword", "k2")})))).answer is PASS


def test_what_it_is_now_is_told() -> None:
    assert told(current(asks(1, 0.9), scene())) == (PASS, "1.00 EUR", "")
    assert last(current(new(), scene())).note == "it is not there yet"
    assert last(current(asks(None, 0.9), scene())).answer is BLOCK
    assert {last(current(each, scene())).belt for each in (new(), asks(None, 1), asks(1, 2))} == {"current"}


# Adjustments in points


def placed(before: int, after: int, **limits: Any) -> Wish:
    return asks(Percent(before), Percent(after), "placement_top", "campaign", **limits)


def test_an_adjustment_goes_one_step_of_points_either_way() -> None:
    up, down = adjustment(placed(50, 90), scene()), adjustment(placed(50, 10), scene())
    assert (up.change.after, down.change.after) == (Percent(75), Percent(25))
    assert up.answers[0] == BeltAnswer("step", CLAMP, "+40 points", "25 points")
    assert down.answers[0].figure == "-40 points"
    assert adjustment(placed(50, 75), scene()).answers[0].answer is PASS
    assert adjustment(placed(50, 76), scene()).change.after == Percent(75)
    assert adjustment(placed(50, 90, step=0.1), scene()).change.after == Percent(60)
    assert adjustment(placed(50, 90, step=0.9), scene()).change.after == Percent(75)
    unbound = scene(BeltLimits(step={}))
    assert adjustment(placed(50, 90), unbound).change.after == Percent(90)
    assert [answer.belt for answer in adjustment(placed(50, 90), unbound).answers] == ["ceiling"]
    assert adjustment(placed(50, 90), scene(BeltLimits(step={"placement_top": 0}))).blocked


def test_an_adjustment_stays_in_amazons_range_and_the_rules() -> None:
    far = scene(BeltLimits(step={"placement_top": 99}))
    assert bounds(placed(0, 1)) == (0, 900)
    own = {"floor": Literal(0.1, Unit.RATIO), "ceiling": Literal(0.8, Unit.RATIO)}
    assert bounds(placed(0, 1, **own)) == (10, 80)
    assert bounds(placed(0, 1, floor=Literal(-1.0, Unit.RATIO), ceiling=Literal(99.0, Unit.RATIO))) == (0, 900)
    assert adjustment(placed(50, 1000), far).change.after == Percent(900)
    assert adjustment(placed(50, -10), far).change.after == Percent(0)
    assert adjustment(placed(50, 90, **own), far).change.after == Percent(80)
    assert adjustment(placed(50, 5, **own), far).change.after == Percent(10)
    top, bottom = adjustment(placed(900, 950), far), adjustment(placed(0, -5), far)
    assert (last(top).belt, *told(top), last(top).note) == ("ceiling", BLOCK, "950%", "900%", "no room from 900%")
    assert (last(bottom).belt, *told(bottom)) == ("floor", BLOCK, "-5%", "0%")
    assert (last(adjustment(placed(50, 60), far)).belt, *told(adjustment(placed(50, 60), far))) == (
        "ceiling", PASS, "60%", "900%",
    )  # fmt: skip


def test_an_adjustment_outside_its_range_may_come_nearer_and_never_goes_further() -> None:
    far = scene(BeltLimits(step={"placement_top": 99}))
    own = {"floor": Literal(0.5, Unit.RATIO), "ceiling": Literal(0.8, Unit.RATIO)}
    assert adjustment(placed(20, 30, **own), far).change.after == Percent(30)
    assert adjustment(placed(20, 10, **own), far).blocked
    assert adjustment(placed(95, 90, **own), far).change.after == Percent(90)
    assert adjustment(placed(95, 99, **own), far).blocked


# What a click may cost


def test_a_bid_is_weighed_by_its_worst_click_and_held_to_the_cent_below() -> None:
    at = knowing("keyword", BeltLimits(most_cpc=2_250_000), bidding_strategy="auto_for_sales")
    held = effective_cpc(asks(1, 1.2), at)
    assert (held.change.after, told(held)) == (eur("1.12"), (CLAMP, "1.20 EUR × 2", "2.25 EUR"))
    assert told(effective_cpc(asks(1, 1.12), at)) == (PASS, "1.12 EUR × 2", "2.25 EUR")
    assert told(effective_cpc(asks(1.2, 1.3), at))[0] is BLOCK
    assert told(effective_cpc(asks(1.5, 1.4), at))[0] is PASS, "what lowers it passes"
    odd = knowing("keyword", BeltLimits(most_cpc=1_999_999), bidding_strategy="auto_for_sales")
    assert effective_cpc(asks(0.9, 1), odd).change.after == eur("0.99")
    assert effective_cpc(asks(1, 9), scene()).answers == ()
    assert last(effective_cpc(asks(1.2, 1.3), at)).note == "by placement and bidding strategy"
    assert last(held).note == "by placement and bidding strategy"


def test_a_new_target_is_weighed_at_twice_its_bid() -> None:
    at = scene(BeltLimits(most_cpc=1_000_000))
    assert told(effective_cpc(new(0.50), at)) == (PASS, "0.50 EUR × 2", "1.00 EUR")
    assert told(effective_cpc(new(0.51), at)) == (BLOCK, "0.51 EUR × 2", "1.00 EUR")
    assert effective_cpc(new(None, "negative_keyword"), at).answers == ()


def test_a_strategy_is_weighed_with_the_highest_bid_of_its_campaign() -> None:
    limits = BeltLimits(most_cpc=2_500_000)
    at = replace(knowing("campaign", limits, placement_rest=0.4), highest_bids={"k1": 1_000_000})
    bold = asks("manual", "auto_for_sales", "bidding_strategy", "campaign")
    assert told(effective_cpc(bold, at)) == (BLOCK, "1.25 EUR × 2.1", "2.50 EUR")
    third = replace(at, guarded={}, highest_bids={"k1": 333_333}, limits=BeltLimits(most_cpc=833_333))
    assert told(effective_cpc(bold, third)) == (BLOCK, "0.416667 EUR × 2", "0.833333 EUR")
    assert told(effective_cpc(bold, replace(third, highest_bids={}))) == (PASS, "0.00 EUR × 2", "0.833333 EUR")
    exact = replace(at, guarded={}, highest_bids={"k1": 1_000_000})
    assert told(effective_cpc(bold, exact)) == (PASS, "1.25 EUR × 2", "2.50 EUR")
    above = replace(exact, limits=replace(limits, most_cpc=2_499_999))
    assert last(effective_cpc(bold, above)).answer is BLOCK
    meek = asks("auto_for_sales", "manual", "bidding_strategy", "campaign")
    assert last(effective_cpc(meek, replace(exact, limits=replace(limits, most_cpc=1)))).answer is PASS


def test_a_placement_is_weighed_with_what_its_strategy_may_put_on_top() -> None:
    limits = BeltLimits(most_cpc=2_000_000, step={})
    at = replace(knowing("campaign", limits, bidding_strategy="manual"), highest_bids={"k1": 500_000})
    assert told(effective_cpc(placed(0, 100), at)) == (PASS, "1.00 EUR × 2", "2.00 EUR")
    held = effective_cpc(placed(0, 150), at)
    assert (held.change.after, told(held)) == (Percent(100), (CLAMP, "1.00 EUR × 2.5", "2.00 EUR"))
    assert told(effective_cpc(placed(100, 150), at))[0] is BLOCK
    assert told(effective_cpc(placed(99, 150), at))[0] is CLAMP
    bolder = replace(at, guarded={Entity("demo", "campaign", "k1"): facts("campaign", bidding_strategy="rule_based")})
    assert told(effective_cpc(placed(0, 10), bolder))[0] is BLOCK
    elsewhere = asks(Percent(0), Percent(33), "placement_rest", "campaign")
    assert told(effective_cpc(elsewhere, bolder))[0] is PASS
    assert effective_cpc(asks(None, Percent(5), "placement_top", "campaign"), at).answers == ()


# What may be put at risk


def test_each_placement_and_strategy_has_its_own_bound() -> None:
    for strategy, top, rest in (("manual", 1.0, 1.0), ("legacy_for_sales", 1.0, 1.0), ("auto_for_sales", 2.0, 1.5),
                                ("rule_based", 2.0, 1.5)):  # fmt: skip
        seen = facts("keyword", bidding_strategy=strategy)
        assert (bid_up("keyword", seen, "placement_top"), bid_up("keyword", seen, "placement_rest")) == (top, rest)
        assert bid_up("keyword", seen, "placement_product_page") == rest
        assert bid_up("keyword", {}, "placement_top", strategy) == top
    assert factor("keyword", {}) == 2.0
    assert factor("keyword", facts("keyword", placement_product_page=1.0)) == 3.0
    assert factor("campaign", facts("campaign", placement_top=0.5, bidding_strategy="manual")) == 1.5
    assert factor("campaign", facts("campaign", bidding_strategy="auto_for_sales"), "manual") == 1.0


@pytest.mark.parametrize(
    ("before", "after", "field", "kind", "known", "added"),
    [(10, 12, "budget", "campaign", {}, 4_000_000), (12, 10, "budget", "campaign", {}, 0),
     (None, 10, "budget", "campaign", {}, None), (1, 1, "bid", "keyword", {}, 0), (None, 1, "bid", "keyword", {}, None),
     (0, 1, "bid", "keyword", {"clicks": 5}, None), (1, 2, "bid", "keyword", {"clicks": 0}, 6_000_000),
     (1, 2, "bid", "keyword", {"clicks": True}, None), (1, 2, "bid", "keyword", {"clicks": 2.0}, 12_000_000),
     (1, 2, "bid", "keyword", {"clicks": 2, "budget": 3_000_000}, 6_000_000),
     ("paused", "enabled", "state", "product_ad", {"budget": 4_000_000}, 8_000_000),
     ("paused", "enabled", "state", "keyword", {}, None), ("enabled", "paused", "state", "keyword", {}, 0),
     ("manual", "auto_for_sales", "bidding_strategy", "campaign", {"cost": 1_000_000}, 3_000_000),
     ("manual", "rule_based", "bidding_strategy", "campaign", {"cost": 1_000_000}, 3_000_000),
     ("manual", "legacy_for_sales", "bidding_strategy", "campaign", {}, 0),
     ("legacy_for_sales", "manual", "bidding_strategy", "campaign", {"cost": 1}, None),
     (Percent(0), Percent(100), "placement_top", "campaign", {"cost": 1_000_000}, 3_000_000),
     (Percent(0), Percent(100), "placement_top", "campaign", {}, None),
     (Percent(0), Percent(100), "placement_top", "campaign", {"budget": 1_000_000}, 2_000_000),
     (Percent(10), Percent(10), "placement_top", "campaign", {}, 0),
     (None, Percent(10), "placement_top", "campaign", {}, None),
     (10, 11, "price", "listing", {}, 0)],
)  # fmt: skip
def test_what_a_change_may_add_to_a_day(
    before: Any, after: Any, field: str, kind: str, known: dict[str, Any], added: int | None
) -> None:
    assert added_spend(asks(before, after, field, kind).change, facts(kind, **known) if known else {}) == added


def test_what_a_new_target_may_add_to_a_day() -> None:
    def added(bid: float | None, **known: Any) -> int | None:
        kind = "keyword" if bid is not None else "negative_keyword"
        return added_spend(new(bid, kind).change, facts("search_term", **known))

    assert (added(0.5, clicks=3), added(0.5, clicks=0), added(0.5), added(None)) == (3_000_000, 1_000_000, None, 0)


def test_what_may_be_added_is_rounded_up_to_the_millionth() -> None:
    """A tenth dearer, with a tenth more clicks: 21 % of 1.000001."""
    dearer = asks(Percent(0), Percent(10), "placement_top", "campaign").change
    assert added_spend(dearer, facts("campaign", cost=1_000_001)) == 210_001


def test_the_busiest_day_is_looked_for_in_two_weeks() -> None:
    names = {(kind, name.label): name for kind, names in EXPOSED.items() for name in names}
    for kind in ("keyword", "product_target", "ad_group", "search_term"):
        clicks = names[kind, "max(recent.clicks)"]
        assert (clicks.name, clicks.window, clicks.how) == ("clicks", Window(14), How.MAX)
        assert {label for each, label in names if each == kind} > {"campaign.budget", "campaign.bidding_strategy"}
    assert names["campaign", "max(recent.cost)"].window == Window(14)
    assert {"budget", "bidding_strategy", *PLACEMENTS} < {label for each, label in names if each == "campaign"}
    assert [label for each, label in names if each == "product_ad"] == ["campaign.budget"]


def test_only_advertising_is_exposed() -> None:
    assert exposes(asks(1, 2).change)
    assert exposes(asks(1, 2, "state", "product_ad").change)
    assert not exposes(asks(1, 2, "price", "listing").change)


# The guards of the shop

QUIET: dict[str, Any] = {
    "trend": "declining", "frozen": False, "observing": False, "price_edits_24h": 1, "price_edits_7d": 5,
    "price_median_30d": 20_000_000, "sku__landed_cost": 6_000_000, "sku__referral_fee": 3_000_000,
    "sku__fulfillment_fee": 4_000_000, "min_margin": 0.10,
}  # fmt: skip


def price(before: float, after: float) -> Wish:
    return asks(before, after, "price", "listing")


def shop(**known: Any) -> Scene:
    return knowing("listing", **{**QUIET, **known})


def test_a_listing_that_sells_as_it_should_is_left_alone() -> None:
    assert told(freeze(price(20, 19), shop())) == (PASS, "declining", "")
    assert told(freeze(price(20, 19), shop(trend=None))) == (PASS, "", "")
    assert told(freeze(price(20, 19), shop(frozen=True, trend="rising"))) == (BLOCK, "rising", "")
    assert last(freeze(price(20, 19), shop(frozen=None))).note == "whether it should be left alone is not known"


@pytest.mark.parametrize(
    ("by", "who"), [("us", "us"), ("somebody_else", "somebody else"), (None, "somebody"), ("x", "somebody")]
)
def test_a_change_that_is_being_watched_says_whose_it_was(by: str | None, who: str) -> None:
    known = {"observing": True, "edited_field": "price", "edited_sku": "S9", "edited_by": by}
    answer = last(observation(price(20, 19), shop(**known, **{"until(observed_until)": 2})))
    assert answer.note == f"price of S9 was changed by {who} and is being watched"
    assert answer.figure == "2.0 d left"
    assert last(observation(price(20, 19), shop(**known))).figure == ""
    assert last(observation(price(20, 19), shop())).answer is PASS
    assert last(observation(price(20, 19), shop(observing=None))).note == "whether it is being watched is not known"


@pytest.mark.parametrize(
    ("day", "week", "answer"),
    [(1, 5, PASS), (2, 5, BLOCK), (1, 6, BLOCK), (0, 0, PASS), (None, 0, BLOCK), (0, None, BLOCK)],
)
def test_a_price_changes_at_most_twice_a_day_and_six_times_a_week(day: Any, week: Any, answer: Answer) -> None:
    found = last(price_rate(price(20, 19), shop(price_edits_24h=day, price_edits_7d=week)))
    assert (found.answer, found.limit) == (answer, "2 in 24 h, 6 in 7 d")
    known = day is not None and week is not None
    assert found.figure == (f"{day} in 24 h, {week} in 7 d" if known else "?")


def test_a_cut_stops_where_cost_fees_and_margin_leave_nothing() -> None:
    """(6 + 4) / (1 − 3/20 − 10 %) = 13.33…, up to the next cent."""
    held = margin(price(20, 13), shop())
    assert (held.change.after, last(held).answer) == (eur("13.34"), CLAMP)
    assert margin(price(20, 13), shop(sku__other_fees=750_000)).change.after == eur("14.34")
    assert margin(price(20, 13), shop(sku__min_price=15_000_000)).change.after == eur("15.00")
    assert margin(price(20, 13), shop(min_margin=None)).change.after == eur("13.00")
    assert told(margin(price(20, 13.34), shop()))[0] is PASS
    assert told(margin(price(20, 21), shop(sku__landed_cost=None))) == (PASS, "", "")
    assert told(margin(price(20, 20), shop(sku__landed_cost=None))) == (PASS, "", "")
    assert last(margin(price(20, 19), shop(min_margin=0.85))).note == "fees and least margin leave nothing of the price"
    assert last(margin(price(20, 19), shop(min_margin=0.84))).answer is BLOCK
    assert last(margin(price(20, 19), shop(sku__fulfillment_fee=None))).note == "its cost or fees are not known"


def test_a_raise_stops_at_fifteen_percent_above_the_usual_price() -> None:
    assert told(fair_price(price(20, 23), shop())) == (PASS, "23.00 EUR", "23.00 EUR")
    assert fair_price(price(20, 24), shop()).change.after == eur("23.00")
    assert fair_price(price(20, 29), shop(competitive_price=24_000_000)).change.after == eur("27.60")
    assert fair_price(price(20, 29), shop(competitive_price=10_000_000)).change.after == eur("23.00")
    assert fair_price(price(20, 29), shop(sku__max_price=21_000_000)).change.after == eur("21.00")
    assert fair_price(price(20, 29), shop(sku__max_price=99_000_000)).change.after == eur("23.00")
    assert last(fair_price(price(20, 21), shop(price_median_30d=None))).note == "its usual price is not known"
    assert told(fair_price(price(20, 19), shop(price_median_30d=None))) == (PASS, "", "")
    assert told(fair_price(price(20, 20), shop(price_median_30d=None))) == (PASS, "", "")


@pytest.mark.parametrize(
    ("first", "latest", "request_", "answer"),
    [(5.0, 30.0, "open", PASS), (4.9, 30.0, "open", BLOCK), (5.0, 30.1, "open", BLOCK), (5.0, 5.0, "asked", BLOCK),
     (None, 5.0, "open", BLOCK), (5.0, None, "open", BLOCK)],
)  # fmt: skip
def test_a_review_is_asked_for_in_amazons_days(first: Any, latest: Any, request_: str, answer: Answer) -> None:
    known = {"age(delivery_earliest)": first, "age(delivery_latest)": latest, "review_request": request_}
    found = last(review_window(asks("open", "requested", "review_request", "order"), knowing("order", **known)))
    assert found.answer is answer
    if request_ == "open":
        assert found.limit == "5 to 30 d after delivery"
        assert found.figure == ("?" if first is None or latest is None else f"{first} d")


def test_a_price_goes_through_all_its_guards_in_order_and_a_bid_through_none() -> None:
    belts = [answer.belt for answer in guarded(price(20, 19), shop()).answers]
    assert belts == ["freeze", "observation", "price rate", "margin", "fair price"]
    assert guarded(asks(1, 0.9), shop()).answers == ()
    review = guarded(asks("open", "requested", "review_request", "order"), scene())
    assert [answer.belt for answer in review.answers] == ["review window"]
