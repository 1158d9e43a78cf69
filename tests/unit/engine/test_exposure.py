from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from agent.engine.belts import fastened
from agent.engine.caps import Purse
from agent.engine.clicks import effective_cpc
from agent.engine.exposure import EXPOSED, added_spend, factor
from agent.engine.propose import propose
from agent.engine.scene import Scene
from agent.engine.wish import Wish
from agent.model.actions import CREATE
from agent.model.belt import BeltLimits
from agent.model.change import Change
from agent.model.creation import Creation
from agent.model.entity import Entity
from agent.model.expression import Scalar
from agent.model.money import Money
from agent.model.percent import Percent
from agent.model.proposal import Answer, BeltAnswer, Proposal, State
from tests.matches import DE, counting, match, rule, scene


def seen(kind: str = "keyword", **facts: Scalar) -> Mapping[str, Scalar]:
    """Facts by what the belts call them: ``budget`` and ``bidding_strategy`` of the campaign, ``clicks``; money in
    units of the currency."""
    keys = {name.name: name.key for name in EXPOSED[kind]}
    money = {"budget"}
    return {keys[name]: round(float(value) * 1e6) if name in money and value is not None else value
            for name, value in facts.items()}  # fmt: skip


def changed(before: object, after: object, field: str = "bid", kind: str = "keyword") -> Change:
    def value(one: object) -> Any:
        return Money.of(str(one), "EUR") if isinstance(one, int | float) else one

    return Change(Entity("demo", kind, "k1"), field, value(before), value(after))


@pytest.mark.parametrize(
    ("strategy", "times"),
    [("legacy_for_sales", 1), ("manual", 1), ("auto_for_sales", 2), ("rule_based", 2), (None, 2)],
)
def test_up_and_down_may_double_a_bid_at_the_top_of_search(strategy: str | None, times: float) -> None:
    assert factor("keyword", seen(bidding_strategy=strategy)) == times
    assert factor("campaign", seen("campaign", bidding_strategy=strategy)) == times


def test_a_raised_budget_may_cost_twice_the_difference() -> None:
    assert added_spend(changed(10, 13, "budget", "campaign"), {}) == 6_000_000
    assert added_spend(changed(13, 10, "budget", "campaign"), {}) == 0
    assert added_spend(changed(None, 10, "budget", "campaign"), {}) is None


def test_a_raised_bid_may_bring_more_clicks_and_dearer_ones() -> None:
    """10 clicks at 1.00 become 12 at 1.20: 14.40 − 10.00, each at twice the bid where Amazon may go up."""
    down_only = seen(clicks=10, bidding_strategy="legacy_for_sales")
    assert added_spend(changed(1.00, 1.20), down_only) == pytest.approx(4_400_000, abs=1)
    assert added_spend(changed(1.00, 1.20), seen(clicks=10)) == pytest.approx(8_800_000, abs=1)
    assert added_spend(changed(1.00, 1.20, "default_bid", "ad_group"), seen("ad_group", clicks=10)) == (
        pytest.approx(8_800_000, abs=1)
    )


def test_where_nobody_clicks_one_click_is_reckoned_with() -> None:
    assert added_spend(changed(1.00, 1.20), seen(clicks=0, bidding_strategy="manual")) == pytest.approx(440_000, abs=1)


def test_no_bid_can_cost_more_than_its_campaign_spends_on_a_day() -> None:
    assert added_spend(changed(1.00, 1.20), seen(clicks=1000, budget=5)) == 10_000_000
    assert added_spend(changed(1.00, 1.20), seen(budget=5)) == 10_000_000
    assert added_spend(changed(1.00, 1.20), {}) is None


def test_what_is_cut_or_paused_adds_nothing_whatever_is_known() -> None:
    assert added_spend(changed(1.00, 0.80), {}) == 0
    assert added_spend(changed("enabled", "paused", "state"), {}) == 0


@pytest.mark.parametrize("kind", ["keyword", "product_target", "product_ad", "ad_group", "campaign"])
def test_what_is_switched_on_may_spend_the_days_budget_twice(kind: str) -> None:
    assert added_spend(changed("paused", "enabled", "state", kind), seen(kind, budget=7)) == 14_000_000
    assert added_spend(changed("paused", "enabled", "state", kind), {}) is None


def cpc(before: float, wanted: float, limit: float, **facts: Scalar) -> tuple[Wish, BeltAnswer]:
    at = scene(BeltLimits(most_cpc=round(limit * 1e6)), guarded={Entity("demo", "keyword", "k1"): seen(**facts)})
    wish = fastened(Wish.of(*match(rule(), before, wanted), DE), at)
    return wish, next(answer for answer in wish.answers if answer.belt == "effective cpc")


def test_a_raise_is_held_to_the_most_a_click_may_cost() -> None:
    wish, answer = cpc(1.00, 1.20, 2.25, bidding_strategy="auto_for_sales")
    assert (wish.change.after, answer.answer) == (Money.of("1.12", "EUR"), Answer.CLAMP)
    assert (answer.figure, answer.limit) == ("1.20 EUR × 2", "2.25 EUR")


def test_at_the_most_a_click_may_cost_a_raise_passes_and_above_it_nothing_moves() -> None:
    assert cpc(1.00, 1.20, 2.40)[1].answer is Answer.PASS
    assert cpc(1.00, 1.20, 1.20, bidding_strategy="manual")[1].answer is Answer.PASS
    assert cpc(1.00, 1.20, 2.00)[1].answer is Answer.BLOCK
    assert cpc(1.20, 1.00, 0.50)[1].answer is Answer.PASS


def raises(*entities: str, before: float = 1.00, wanted: float = 1.20) -> list[Any]:
    return [match(rule(), before, wanted, entity, recent_cost=99 - number) for number, entity in enumerate(entities)]


def known(*entities: str, **facts: Scalar) -> Mapping[Entity, Mapping[str, Scalar]]:
    return {Entity("demo", "keyword", entity): seen(**facts) for entity in entities}


def day(limit: float | None = None, **parts: Any) -> Scene:
    """Keywords with 10 clicks on the busiest day, down only: a raise of 20 % puts 4.40 at risk."""
    facts = known(*"abcd", clicks=10, bidding_strategy="manual")
    at = scene(BeltLimits(most_risk_per_day=round(limit * 1e6) if limit is not None else None), guarded=facts)
    return replace(at, **parts)


def answer_of(proposal: Proposal) -> BeltAnswer:
    return next(answer for answer in proposal.belts if answer.belt == "money at risk")


def states(at: Scene, *entities: str) -> list[tuple[str, State]]:
    proposals = propose(raises(*entities), at, counting()).proposals
    return [(each.change.entity.id, each.state) for each in proposals]


def test_beyond_the_days_money_at_risk_the_cheapest_are_held() -> None:
    assert states(day(9.00), "a", "b", "c") == [
        ("a", State.PROPOSED), ("b", State.PROPOSED), ("c", State.HELD),
    ]  # fmt: skip
    held = propose(raises("a", "b", "c"), day(9.00), counting()).proposals[-1]
    assert (answer_of(held).answer, answer_of(held).limit) == (Answer.BLOCK, "9.00 EUR")
    assert answer_of(held).figure == "8.80 EUR + 4.40 EUR"


def test_exactly_the_limit_is_within_it() -> None:
    assert states(day(8.80), "a", "b") == [("a", State.PROPOSED), ("b", State.PROPOSED)]


def test_what_is_under_way_or_was_sent_today_counts() -> None:
    assert states(day(9.00, risked=4_400_000), "a", "b") == [("a", State.PROPOSED), ("b", State.HELD)]


def test_what_waits_for_an_answer_counts_once_on_its_lever() -> None:
    waiting = {(Entity("demo", "keyword", "a"), "bid"): 4_400_000, (Entity("demo", "keyword", "z"), "bid"): 3_000_000}
    assert states(day(8.80, at_risk=waiting), "a", "b") == [("a", State.PROPOSED), ("b", State.HELD)]
    assert states(day(12.00, at_risk=waiting), "a", "b") == [("a", State.PROPOSED), ("b", State.PROPOSED)]
    larger = {(Entity("demo", "keyword", "a"), "bid"): 8_000_000}
    assert states(day(9.00, at_risk=larger), "a", "b") == [("a", State.PROPOSED), ("b", State.HELD)]


def test_a_share_of_the_daily_budgets_holds_too_and_the_smaller_limit_counts() -> None:
    assert states(day(daily_budgets=18_000_000), "a", "b", "c")[2] == ("c", State.HELD)
    assert states(day(99.00, daily_budgets=10_000_000), "a", "b")[1] == ("b", State.HELD)
    assert states(day(5.00, daily_budgets=99_000_000), "a", "b")[1] == ("b", State.HELD)


def test_cuts_pass_when_nothing_more_may_be_put_at_risk() -> None:
    at = day(1.00, risked=5_000_000)
    proposals = propose(raises("a", "b", before=1.00, wanted=0.90), at, counting()).proposals
    assert [(each.state, answer_of(each).figure) for each in proposals] == [(State.PROPOSED, "0.00 EUR")] * 2


def test_what_cannot_be_reckoned_is_held_where_there_is_a_limit_and_only_there() -> None:
    for at, state in ((day(9.00), State.HELD), (day(), State.PROPOSED)):
        (proposal,) = propose(raises("unknown"), at, counting()).proposals
        assert proposal.state is state
        assert answer_of(proposal).figure == "?"


def test_a_proposal_carries_what_it_puts_at_risk_for_later_runs() -> None:
    (raised,) = propose(raises("a"), day(9.00), counting()).proposals
    assert raised.evidence["money at risk"] == {"amount": "4.40", "currency": "EUR"}
    (cut,) = propose(raises("a", wanted=0.90), day(9.00), counting()).proposals
    assert "money at risk" not in cut.evidence


def test_a_price_puts_no_advertising_money_at_risk() -> None:
    price = [match(rule("pricing/a", field="price", judges="listing"), 10, 10.2, "s1")]
    (proposal,) = propose(price, scene(BeltLimits(most_risk_per_day=1)), counting()).proposals
    assert all(answer.belt != "money at risk" for answer in proposal.belts)


# Placements and strategies


def campaign(field: str, before: Any, after: Any) -> Change:
    return Change(Entity("demo", "campaign", "c1"), field, before, after)


def test_a_placement_counts_in_what_a_click_may_cost() -> None:
    facts = seen(bidding_strategy="manual", placement_top=0.5, placement_rest=3.0)
    assert factor("keyword", facts) == 4.0
    assert factor("keyword", {**facts, **seen(bidding_strategy="auto_for_sales")}) == 6.0


def test_a_raised_placement_makes_the_dearest_day_dearer() -> None:
    """From ×1 to ×1.2: 44 % more than the 10.00 of the dearest day of two weeks, at most twice the budget."""
    raised = campaign("placement_top", Percent(0), Percent(20))
    assert added_spend(raised, seen("campaign", cost=10_000_000)) == pytest.approx(4_400_000, abs=1)
    assert added_spend(raised, seen("campaign", cost=10_000_000, budget=1)) == 2_000_000
    assert added_spend(raised, {}) is None
    assert added_spend(campaign("placement_top", Percent(20), Percent(0)), {}) == 0


@pytest.mark.parametrize(
    ("before", "after", "added"),
    [("manual", "auto_for_sales", 14_000_000), ("legacy_for_sales", "manual", 14_000_000),
     ("auto_for_sales", "manual", 0),
     ("manual", "legacy_for_sales", 0), ("auto_for_sales", "legacy_for_sales", 0)],
)  # fmt: skip
def test_a_bolder_strategy_may_spend_the_days_budget_twice(before: str, after: str, added: int) -> None:
    facts = seen("campaign", budget=7, cost=90_000_000)
    assert added_spend(campaign("bidding_strategy", before, after), facts) == added


def on_campaign(field: str, before: object, after: object, limit: float, bid: float, **facts: Scalar) -> Wish:
    entity = Entity("demo", "campaign", "k1")
    at = scene(BeltLimits(most_cpc=round(limit * 1e6)), guarded={entity: seen("campaign", **facts)},
               highest_bids={"k1": round(bid * 1e6)})  # fmt: skip
    return fastened(Wish.of(*match(rule(field=field, judges="campaign"), before, after), DE), at)


def of(wish: Wish) -> BeltAnswer:
    return next(answer for answer in wish.answers if answer.belt == "effective cpc")


def placed(before: float, after: float, limit: float, **facts: Scalar) -> Wish:
    """The highest bid is 1.00, reckoned with as 1.25."""
    entity, field = Entity("demo", "campaign", "k1"), "placement_top"
    at = scene(BeltLimits(most_cpc=round(limit * 1e6)), highest_bids={"k1": 1_000_000},
               guarded={entity: seen("campaign", bidding_strategy="manual", **facts)})  # fmt: skip
    asked, verdict = match(rule(field=field, judges="campaign"))
    return fastened(Wish.of(asked, replace(verdict, before=before, wanted=after), DE), at)


def test_a_placement_is_held_to_what_a_click_may_cost() -> None:
    assert (placed(0.0, 0.20, 1.50).change.after, of(placed(0.0, 0.20, 1.50)).answer) == (Percent(20), Answer.PASS)
    clamped = placed(0.0, 0.20, 1.40)
    assert (clamped.change.after, of(clamped).answer, of(clamped).figure) == (
        Percent(12),
        Answer.CLAMP,
        "1.25 EUR × 1.2",
    )
    assert of(placed(0.10, 0.20, 1.30)).answer is Answer.BLOCK
    assert of(placed(0.90, 0.80, 0.10)).answer is Answer.PASS


def test_a_bolder_strategy_is_blocked_where_a_click_may_cost_too_much() -> None:
    def bolder(limit: float, **facts: Scalar) -> Answer:
        return of(on_campaign("bidding_strategy", "manual", "auto_for_sales", limit, 1.00, **facts)).answer

    assert bolder(2.50) is Answer.PASS
    assert bolder(2.49) is Answer.BLOCK
    assert bolder(2.50, placement_top=0.1) is Answer.BLOCK
    assert of(on_campaign("bidding_strategy", "auto_for_sales", "manual", 0.10, 1.00)).answer is Answer.PASS


@pytest.mark.parametrize(
    ("field", "before", "after", "less"),
    [("placement_top", Percent(20), Percent(10), True), ("placement_top", Percent(10), Percent(20), False),
     ("bidding_strategy", "auto_for_sales", "manual", True), ("bidding_strategy", "manual", "legacy_for_sales", True),
     ("bidding_strategy", "manual", "auto_for_sales", False), ("bidding_strategy", "manual", "strange", False)],
)  # fmt: skip
def test_lower_placements_and_meeker_strategies_spend_less(field: str, before: Any, after: Any, less: bool) -> None:
    wish = replace(Wish.of(*match(rule()), DE), change=campaign(field, before, after))
    assert wish.spends_less is less


# What is new


def made(bid: float | None = 0.50) -> Change:
    money = None if bid is None else Money.of(str(bid), "EUR")
    new = Creation.of("keyword" if bid else "negative_keyword", "g1", "exact", "usb c hub", money)
    return Change(Entity("demo", new.kind, new.key), CREATE, None, new)


def test_a_new_target_may_get_the_clicks_of_its_search_term_at_twice_its_bid() -> None:
    assert added_spend(made(), seen("search_term", clicks=10)) == 10_000_000
    assert added_spend(made(), seen("search_term", clicks=0)) == 1_000_000
    assert added_spend(made(), {}) is None
    assert added_spend(made(None), {}) == 0


@pytest.mark.parametrize(("limit", "answer"), [(1.00, Answer.PASS), (0.99, Answer.BLOCK)])
def test_a_new_target_begins_within_what_a_click_may_cost(limit: float, answer: Answer) -> None:
    wish = replace(Wish.of(*match(rule()), DE), change=made())
    belted = effective_cpc(wish, scene(BeltLimits(most_cpc=round(limit * 1e6))))
    assert of(belted).answer is answer
    unpriced = replace(wish, change=made(None))
    assert effective_cpc(unpriced, scene(BeltLimits(most_cpc=1))).answers == ()


def test_what_is_new_is_weighed_by_what_it_is_made_for() -> None:
    wish = replace(Wish.of(*match(rule(judges="search_term"), entity="t1"), DE), change=made())
    at = scene(BeltLimits(most_risk_per_day=9_999_999),
               guarded={Entity("demo", "search_term", "t1"): seen("search_term", clicks=10)})  # fmt: skip
    assert Purse(at).weigh(wish).answers[-1].figure == "0.00 EUR + 10.00 EUR"
    assert Purse(at).weigh(wish).blocked


def test_a_purse_counts_on_each_lever_only_what_a_newer_wish_adds_to_the_one_that_waits() -> None:
    a, b = (Wish.of(*each, DE) for each in raises("a", "b"))
    purse = Purse(day(12.00, at_risk={(a.change.entity, "bid"): 3_000_000}))
    purse.spend(a)
    assert purse.weigh(b).answers[-1].figure == "4.40 EUR + 4.40 EUR"
    purse.spend(b)
    purse.spend(b)
    assert purse.weigh(b).answers[-1].figure == "8.80 EUR + 4.40 EUR"
    purse.spend(Wish.of(*match(rule(), 1.00, 0.90, "c"), DE))
    assert purse.weigh(a).answers[-1].figure == "8.80 EUR + 4.40 EUR"


def test_without_a_step_of_bids_the_highest_may_double() -> None:
    entity = Entity("demo", "campaign", "k1")
    limits = BeltLimits(most_cpc=2_000_000, step={})
    at = scene(limits, highest_bids={"k1": 1_000_000}, guarded={entity: seen("campaign", bidding_strategy="manual")})
    asked, verdict = match(rule(field="placement_top", judges="campaign"))
    wish = Wish.of(asked, replace(verdict, before=0.0, wanted=0.10), DE)
    answer = effective_cpc(wish, at).answers[-1]
    assert (answer.answer, answer.figure, answer.limit) == (Answer.BLOCK, "2.00 EUR × 1.1", "2.00 EUR")
    assert answer.note == "by placement and bidding strategy"
    assert effective_cpc(wish, replace(at, highest_bids={})).answers[-1].answer is Answer.PASS
