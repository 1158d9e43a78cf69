"""Limits over a whole run: storms, how many changes, the order in which they come, and the money of a day."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.engine.caps import AT_RISK, Purse, Storm, capped, held_in_storm, is_storm, storms
from agent.engine.exposure import EXPOSED
from agent.engine.scene import Scene
from agent.engine.wish import Wish
from agent.model.belt import BeltLimits
from agent.model.entity import Entity
from agent.model.proposal import Answer, BeltAnswer
from agent.model.rule import Limits, Rule
from tests.matches import DE, match, rule, scene

CUT, RAISE = 0.90, 1.20


def wish(entity: str = "k1", wanted: float = CUT, of: Rule | None = None, before: float = 1.00, **seen: Any) -> Wish:
    return Wish.of(*match(of or rule(), before, wanted, entity, **seen), DE)


def many(count: int, of: Rule | None = None) -> list[Wish]:
    return [wish(f"k{number}", of=of, recent_cost=100 - number) for number in range(count)]


def knowing(clicks: int | None = 10, limits: BeltLimits = BeltLimits(), **parts: Any) -> Scene:  # noqa: B008
    """A raise of 20 % puts 4.40 at risk."""
    keys = {name.name: name.key for name in EXPOSED["keyword"]}
    row = {keys["clicks"]: clicks, keys["bidding_strategy"]: "manual"}
    entities = [Entity("demo", "keyword", f"k{number}") for number in range(20)]
    return replace(scene(limits, guarded=dict.fromkeys(entities, row)), **parts)


def of(wish: Wish, belt: str) -> BeltAnswer:
    return next(answer for answer in wish.answers if answer.belt == belt)


@pytest.mark.parametrize(
    ("matched", "population", "storm"),
    [(20, 39, True), (20, 40, False), (19, 1, False), (21, 40, True), (100, 200, False), (101, 200, True)],
)
def test_a_storm_is_more_than_half_of_all_and_at_least_twenty(matched: int, population: int, storm: bool) -> None:
    assert is_storm(matched, population, BeltLimits()) is storm


def test_without_a_least_number_even_one_of_none_is_a_storm_and_nothing_is_not() -> None:
    free = BeltLimits(storm_least=0)
    assert is_storm(1, 0, free)
    assert is_storm(1, 1, free)
    assert not is_storm(0, 0, free)
    assert not is_storm(1, 2, free)


def test_storms_are_counted_by_rule_and_among_the_kind_it_judges() -> None:
    big, small = rule("ads/big"), rule("ads/small", judges="campaign", field="budget")
    matched = [match(big, entity=f"k{n}") for n in range(30)] + [match(small, entity=f"c{n}") for n in range(5)]
    at = scene(population={"keyword": 50, "campaign": 6})
    assert storms(matched, at) == {"ads/big": Storm("ads/big", "keyword", 30, 50, 0.5)}
    assert storms(matched, replace(at, population={"campaign": 6}))["ads/big"].population == 0
    assert storms(matched[:5], replace(at, matched={"ads/big": 40}))["ads/big"].matched == 40
    assert str(storms(matched, at)["ads/big"]) == (
        "ads/big matches 30 of 50 (keyword), more than 50%: it changes nothing in this run"
    )


def test_what_a_storming_rule_wants_is_held_and_says_by_how_much() -> None:
    held = held_in_storm(wish(), Storm("ads/any", "keyword", 30, 50, 0.5))
    assert of(held, "storm") == BeltAnswer("storm", Answer.BLOCK, "30 of 50", "50%", "the rule matches too much")
    assert held_in_storm(wish(), None).answers == ()


def test_a_run_changes_so_many_and_the_costliest_first() -> None:
    at = scene(BeltLimits(most_changes=2))
    settled = capped(list(reversed(many(3))), at)
    assert [(each.change.entity.id, each.blocked) for each in settled] == [("k0", False), ("k1", False), ("k2", True)]
    assert of(settled[0], "most changes") == BeltAnswer("most changes", Answer.PASS, "1", "2", "of this run")
    assert of(settled[1], "most changes").figure == "2"
    assert of(settled[2], "most changes") == BeltAnswer(
        "most changes", Answer.BLOCK, "3", "2", "of this run; a later run"
    )


def test_of_a_kind_a_run_changes_its_share_and_at_least_one() -> None:
    def passed(share: float, population: int) -> int:
        at = scene(BeltLimits(most_share=share), population={"keyword": population})
        return sum(not each.blocked for each in capped(many(8), at))

    assert (passed(0.15, 20), passed(0.15, 19), passed(0.15, 3), passed(0.15, 0), passed(0, 20)) == (3, 2, 1, 1, 0)
    at = scene(BeltLimits(most_share=0.15), population={"keyword": 20})
    assert of(capped(many(1), at)[0], "most changes").note == "of 15% of all keywords"
    assert capped(many(1), scene(population={}))[0].blocked is False


def test_a_rule_changes_no_more_than_it_says_itself() -> None:
    two = rule("ads/two", limits=Limits(most=2))
    settled = capped([*many(4, two), wish("k9", recent_cost=1)], scene())
    assert [each.blocked for each in settled] == [False, False, True, True, False]
    assert of(settled[0], "most changes").note == "of this rule"
    assert of(settled[2], "most changes").limit == "2"
    assert of(settled[4], "most changes").note == "of 15% of all keywords"


def test_the_tightest_cap_is_the_one_that_is_told() -> None:
    at = scene(BeltLimits(most_changes=2, most_share=1.0), population={"keyword": 3})
    assert of(capped(many(1), at)[0], "most changes").note == "of this run"
    at = scene(BeltLimits(most_changes=3, most_share=1.0), population={"keyword": 2})
    assert of(capped(many(1), at)[0], "most changes").note == "of 100% of all keywords"


def test_what_is_nearly_used_up_is_told_before_what_is_merely_small() -> None:
    budgets = rule("ads/budgets", judges="campaign", field="budget")
    at = scene(BeltLimits(most_changes=3, most_share=1.0), population={"keyword": 2, "campaign": 9})
    dear = [wish(f"c{n}", of=budgets, before=10, wanted=9, recent_cost=9) for n in (1, 2)]
    told = of(capped([*dear, wish("k1")], at)[2], "most changes")
    assert (told.figure, told.limit, told.note) == ("3", "3", "of this run")


def test_what_a_belt_blocked_takes_no_room() -> None:
    blocked = wish("k0", recent_cost=99).blocked_by("lock")
    settled = capped([blocked, wish("k1")], scene(BeltLimits(most_changes=1)))
    assert [each.change.entity.id for each in settled if not each.blocked] == ["k1"]


def test_costliest_is_by_the_largest_cost_seen_then_by_how_much_moves_then_by_name() -> None:
    wishes = [
        wish("a", 0.9), wish("b", 0.8), wish("c", recent_cost=1), wish("d", recent_cost=2, older_cost=9),
        wish("e", recent_cost=True), wish("f", cost=5), wish("g", 0.9, rule("ads/aaa")), wish("h", recent_clicks=99),
        wish("i", recent_cost="x"),
    ]  # fmt: skip
    order = [each.change.entity.id for each in capped(wishes, scene())]
    assert order == ["d", "f", "c", "b", "g", "a", "e", "h", "i"]


def test_what_moves_up_is_ordered_by_how_far_as_what_moves_down() -> None:
    at = replace(knowing(), limits=BeltLimits())
    wishes = [wish("k1", 1.10), wish("k2", 0.70), wish("k3", 1.20)]
    assert [each.change.entity.id for each in capped(wishes, at)] == ["k2", "k3", "k1"]


def test_a_state_moves_nothing_that_could_be_counted() -> None:
    paused = Wish.of(*match(rule(field="state"), "enabled", "paused", "k1"), DE)
    assert [each.change.entity.id for each in capped([paused, wish("k2")], scene())] == ["k2", "k1"]


# The money of a day


def weighed(one: Wish, at: Scene) -> BeltAnswer:
    return Purse(at).weigh(one).answers[-1]


def test_a_raise_is_weighed_beside_what_the_day_has_spent() -> None:
    at = knowing(limits=BeltLimits(most_risk_per_day=9_000_000), risked=1_000_000)
    assert weighed(wish(wanted=RAISE), at) == BeltAnswer(AT_RISK, Answer.PASS, "1.00 EUR + 4.40 EUR", "9.00 EUR", "")
    assert weighed(wish(wanted=RAISE), replace(at, risked=4_599_000)).answer is Answer.PASS
    over = weighed(wish(wanted=RAISE), replace(at, risked=4_700_000))
    assert (over.answer, over.note) == (Answer.BLOCK, "more than the raises of one day may add; a later run")


def test_what_puts_nothing_at_risk_passes_whatever_the_day_has_spent() -> None:
    at = knowing(limits=BeltLimits(most_risk_per_day=1), risked=5)
    assert weighed(wish(), at) == BeltAnswer(AT_RISK, Answer.PASS, "0.00 EUR", "0.000001 EUR", "")
    assert weighed(wish(), knowing()) == BeltAnswer(AT_RISK, Answer.PASS, "0.00 EUR", "", "")


def test_what_cannot_be_reckoned_is_held_only_where_there_is_a_limit() -> None:
    note = "how much it may add to a day's spend is not known"
    unknown = wish(wanted=RAISE)
    assert weighed(unknown, knowing(None)) == BeltAnswer(AT_RISK, Answer.PASS, "?", "", note)
    limited = knowing(None, BeltLimits(most_risk_per_day=9_000_000))
    assert weighed(unknown, limited) == BeltAnswer(AT_RISK, Answer.BLOCK, "?", "9.00 EUR", note)


def test_the_smaller_of_an_amount_and_a_share_of_the_budgets_is_the_limit() -> None:
    def limit(amount: int | None, budgets: int | None) -> str:
        limits = BeltLimits(most_risk_per_day=amount)
        return weighed(wish(wanted=RAISE), knowing(limits=limits, daily_budgets=budgets)).limit

    assert limit(9_000_000, 10_000_000) == "5.00 EUR"
    assert limit(4_000_000, 10_000_000) == "4.00 EUR"
    assert (limit(None, 10_000_000), limit(9_000_000, None), limit(None, None)) == ("5.00 EUR", "9.00 EUR", "")
    assert limit(None, 9_999_999) == "4.999999 EUR"


def test_what_waits_on_a_lever_gives_way_to_a_newer_wish_for_it() -> None:
    lever = (Entity("demo", "keyword", "k1"), "bid")
    at = knowing(limits=BeltLimits(most_risk_per_day=6_000_000), at_risk={lever: 5_000_000})
    assert weighed(wish("k1", RAISE), at).answer is Answer.PASS
    assert weighed(wish("k2", RAISE), at).answer is Answer.BLOCK
    smaller = replace(at, at_risk={lever: 1_000_000})
    assert weighed(wish("k2", RAISE), smaller).answer is Answer.PASS


def test_what_is_held_is_not_counted_and_what_passes_is() -> None:
    at = knowing(limits=BeltLimits(most_risk_per_day=9_000_000))
    wishes = [wish(f"k{n}", RAISE, recent_cost=9 - n) for n in range(3)]
    assert [each.blocked for each in capped(wishes, at)] == [False, False, True]
    one_a_run = replace(at, limits=replace(at.limits, most_changes=1))
    settled = capped(wishes, one_a_run)
    assert [of(each, AT_RISK).figure for each in settled] == [
        "0.00 EUR + 4.40 EUR", "4.40 EUR + 4.40 EUR", "4.40 EUR + 4.40 EUR",
    ]  # fmt: skip
    blocked = wish("k0", RAISE, recent_cost=99).blocked_by("lock")
    assert [of(each, AT_RISK).answer for each in capped([blocked, *wishes[1:]], at)] == [Answer.PASS] * 3
