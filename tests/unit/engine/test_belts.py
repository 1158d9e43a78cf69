from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from agent.engine.adjustments import adjustment
from agent.engine.belts import BELTS, beginning, fastened
from agent.engine.scene import Scene
from agent.engine.wish import Wish
from agent.model.belt import BeltLimits
from agent.model.entity import Entity
from agent.model.expression import AnyOf, Call, Compare, Literal, Name, Not, Source
from agent.model.kinds import STREAMS
from agent.model.marketplace import MARKETPLACES
from agent.model.metric import Unit
from agent.model.money import Money
from agent.model.proposal import Answer, BeltAnswer
from agent.model.rule import Limits, Line, Place, Rule
from agent.model.verdict import Outcome
from agent.model.window import Window
from tests.matches import DE, NOW, match, rule, scene

HOUR = timedelta(hours=1)


def belted(before: object, wanted: object, at: Scene | None = None, limits: Limits | None = None,
           field: str = "bid", of: Rule | None = None) -> Wish:  # fmt: skip
    at = at or scene()
    asked = of or rule(field=field, judges="campaign" if field == "budget" else "keyword", limits=limits or Limits())
    return fastened(Wish.of(*match(asked, before, wanted), at.marketplace), at)


def said(wish: Wish, belt: str) -> BeltAnswer:
    return next(answer for answer in wish.answers if answer.belt == belt)


def after(wish: Wish) -> object:
    value = wish.change.after
    return str(value.amount) if isinstance(value, Money) else value


def limit(amount: float) -> Literal:
    return Literal(round(amount * 1e6), Unit.MONEY)


def test_every_belt_answers_in_order() -> None:
    wish = belted(1.00, 0.90)
    names = [answer.belt for answer in belted(1.00, 0.90, scene(BeltLimits(most_cpc=9_000_000))).answers]
    assert names == [belt.__name__.replace("_", " ") for belt in BELTS if belt not in (adjustment, beginning)]
    assert [answer.belt for answer in wish.answers] == [name for name in names if name != "effective cpc"]
    assert {answer.answer for answer in wish.answers} == {Answer.PASS}
    assert not wish.blocked


@pytest.mark.parametrize(
    ("before", "wanted", "becomes"),
    [(1.00, 0.70, "0.75"), (1.00, 2.00, "1.25"), (0.99, 0.50, "0.75"), (0.70, 0.90, "0.87"), (1.00, 0.80, "0.80"),
     (1.00, -3.0, "0.75"), (0.04, 9.0, "0.05")],
)  # fmt: skip
def test_a_step_is_held_to_a_quarter_and_never_rounded_over_it(before: float, wanted: float, becomes: str) -> None:
    assert after(belted(before, wanted)) == becomes


def test_a_wish_is_rounded_down_before_anything_else() -> None:
    assert after(belted(1.00, 0.8999)) == "0.89"
    assert after(belted(1.00, 1.1199)) == "1.11"
    assert after(belted(1.00, 0.9 * (1 - 1e-15))) == "0.90"


def test_in_yen_a_step_is_a_whole_yen() -> None:
    japan = scene(marketplace=MARKETPLACES["JP"])
    assert after(belted(50, 44.9, japan)) == "44.00"
    assert belted(3, 3.9, japan).idle


def test_a_rule_may_tighten_its_step() -> None:
    wish = belted(1.00, 0.50, limits=Limits(step=0.10))
    assert after(wish) == "0.90"
    assert said(wish, "step").limit == "10%"


def test_only_a_cut_may_be_larger_than_the_belt_and_at_most_half() -> None:
    assert after(belted(1.00, 0.10, limits=Limits(step=0.40))) == "0.60"
    assert after(belted(1.00, 0.10, limits=Limits(step=0.90))) == "0.50"
    assert after(belted(1.00, 9.00, limits=Limits(step=0.40))) == "1.25"
    assert "faster" in said(belted(1.00, 0.10, limits=Limits(step=0.40)), "step").note


def test_the_floor_is_the_highest_of_marketplace_operator_and_rule() -> None:
    operator = scene(BeltLimits(bid_floor=900_000))
    assert after(belted(1.00, 0.80, operator)) == "0.90"
    assert after(belted(1.00, 0.80, operator, Limits(floor=limit(0.955)))) == "0.96"
    assert after(belted(0.03, 0.02, scene(BeltLimits(step={})))) == "0.02"


def test_at_the_floor_nothing_is_cut_and_the_belt_says_why() -> None:
    wish = belted(0.90, 0.80, scene(BeltLimits(bid_floor=900_000)))
    assert said(wish, "floor").answer is Answer.BLOCK
    assert said(wish, "floor").limit == "0.90 EUR"


def test_a_raise_that_ends_below_the_floor_is_blocked() -> None:
    wish = belted(0.50, 0.60, scene(BeltLimits(bid_floor=900_000)))
    assert said(wish, "floor").answer is Answer.BLOCK


def test_the_ceiling_holds_raises_and_lets_cuts_come_down_to_it() -> None:
    operator = scene(BeltLimits(bid_ceiling=1_105_000))
    assert after(belted(1.00, 1.20, operator)) == "1.10"
    assert said(belted(1.20, 1.30, operator), "ceiling").answer is Answer.BLOCK
    assert after(belted(3.00, 2.40, operator)) == "2.40"
    assert not belted(3.00, 2.40, operator).blocked


def test_a_budget_has_limits_of_its_own() -> None:
    at = scene(BeltLimits(budget_ceiling=12_000_000))
    assert after(belted(10, 20, at, field="budget")) == "12.00"
    assert after(belted(1.10, 0.20, field="budget")) == "1.00"


def test_a_lever_rests_after_any_change_by_anybody() -> None:
    lever = (Entity("demo", "keyword", "k1"), "bid")
    fresh = scene(last_change={lever: NOW - 71 * HOUR})
    assert said(belted(1.00, 0.90, fresh), "cooldown").answer is Answer.BLOCK
    assert said(belted(1.00, 0.90, fresh), "cooldown").limit == "72 h"
    assert not belted(1.00, 0.90, scene(last_change={lever: NOW - 72 * HOUR})).blocked


def test_a_rule_may_ask_for_a_longer_rest_but_not_a_shorter_one() -> None:
    rested = scene(last_change={(Entity("demo", "keyword", "k1"), "bid"): NOW - 80 * HOUR})
    assert belted(1.00, 0.90, rested, Limits(cooldown=100 * HOUR)).blocked
    tired = scene(last_change={(Entity("demo", "keyword", "k1"), "bid"): NOW - 20 * HOUR})
    assert belted(1.00, 0.90, tired, Limits(cooldown=HOUR)).blocked


def test_a_change_in_the_future_still_blocks() -> None:
    """The clock was set back; nobody knows how long the lever has rested."""
    at = scene(last_change={(Entity("demo", "keyword", "k1"), "bid"): NOW + 24 * HOUR})
    assert belted(1.00, 0.90, at).blocked


def test_a_locked_entity_is_left_alone() -> None:
    assert said(belted(1.00, 0.90, scene(locked=frozenset({Entity("demo", "keyword", "k1")}))), "lock").answer is (
        Answer.BLOCK
    )


def test_without_a_value_of_its_own_there_is_nothing_to_change() -> None:
    wish = belted(None, 0.90)
    assert said(wish, "current").answer is Answer.BLOCK
    assert "no bid of its own" in said(wish, "current").note


@pytest.mark.parametrize(
    ("observed", "blocks"),
    [(None, True), (NOW - 37 * HOUR, True), (NOW - 36 * HOUR, False), (NOW + HOUR, True), (NOW + HOUR / 60, False)],
)  # fmt: skip
def test_old_never_pulled_or_future_data_never_drives_an_action(observed: object, blocks: bool) -> None:
    at = scene(observed={**dict.fromkeys(STREAMS, NOW), "keywords": observed})
    assert (said(belted(1.00, 1.10, at), "freshness").answer is Answer.BLOCK) is blocks


@pytest.mark.parametrize(
    ("observed", "blocks"),
    [(None, True), (NOW - 36 * HOUR, False), (NOW - 37 * HOUR, False), (NOW - 107 * HOUR, False),
     (NOW - 108 * HOUR, True), (NOW + HOUR, True)],
)  # fmt: skip
@pytest.mark.parametrize(("field", "before", "wanted"), [("bid", 1.00, 0.90), ("state", "enabled", "paused")])
def test_what_spends_less_may_rest_on_figures_three_times_as_old(
    observed: object, blocks: bool, field: str, before: object, wanted: object
) -> None:
    at = scene(observed={**dict.fromkeys(STREAMS, NOW), "keywords": observed})
    answer = said(belted(before, wanted, at, field=field), "freshness")
    assert (answer.answer is Answer.BLOCK) is blocks
    old = isinstance(observed, datetime) and NOW - observed > 36 * HOUR
    assert blocks or answer.note == ("keywords is old, but this spends less" if old else "")


def test_a_price_or_a_switch_on_never_rests_on_old_figures() -> None:
    at = scene(observed={**dict.fromkeys(STREAMS, NOW - 37 * HOUR)})
    assert said(belted("paused", "enabled", at, field="state"), "freshness").answer is Answer.BLOCK
    price = rule("pricing/a", field="price", judges="listing")
    assert said(belted(10, 9, at, of=price), "freshness").answer is Answer.BLOCK


@pytest.mark.parametrize("stale", ["keywords", "keyword_traffic", "campaigns"])
def test_every_stream_a_rule_read_must_be_fresh_and_no_other(stale: str) -> None:
    clicks = Name(Source.MEASURE, "clicks", Unit.COUNT, "recent.clicks", window=Window(30))
    budget = Name(Source.STATE, "budget", Unit.MONEY, "campaign.budget", path=("campaign",))
    line = Line("", Compare(">", clicks, budget), Place(1, 1))
    reads = rule(when=(line,))
    at = scene(observed={**dict.fromkeys(STREAMS, NOW), stale: NOW - 40 * HOUR})
    assert said(belted(1.00, 1.10, at, of=reads), "freshness").note == f"{stale} is too old"
    other = scene(observed={**dict.fromkeys(STREAMS, NOW), "product_ads": None})
    assert not belted(1.00, 0.90, other, of=reads).blocked


def test_what_was_never_connected_is_missed_only_by_rules_that_need_it() -> None:
    cover = Name(Source.STATE, "days_of_cover", Unit.DAYS, "sku.days_of_cover", path=("sku",))
    enough = Compare(">=", cover, Literal(21, Unit.DAYS))
    needs = rule(when=(Line("", enough, Place(1, 1)),))
    known = Call("known", (cover,), Unit.FLAG)
    spares = rule(when=(Line("", AnyOf((Not(known), enough)), Place(1, 1)),))
    bare = scene(observed={**dict.fromkeys(STREAMS, NOW), "outlook": None, "product_ads": None})
    assert said(belted(1.00, 0.90, bare, of=needs), "freshness").answer is Answer.BLOCK
    assert not belted(1.00, 0.90, bare, of=spares).blocked
    stale = scene(observed={**dict.fromkeys(STREAMS, NOW), "outlook": NOW - 40 * HOUR})
    assert said(belted(1.00, 1.10, stale, of=spares), "freshness").note == "outlook is too old"


def test_a_state_is_set_as_it_is_asked_for_and_no_amount_belt_speaks() -> None:
    wish = belted("enabled", "paused", field="state")
    assert after(wish) == "paused"
    assert [answer.belt for answer in wish.answers] == [
        "freshness", "lock", "breaker", "drift", "oscillation", "cooldown", "current",
    ]  # fmt: skip


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.NO_MATCH])
def test_what_is_no_match_is_refused(outcome: Outcome) -> None:
    of, verdict = match(rule())
    with pytest.raises(ValueError, match="asks nothing"):
        Wish.of(of, replace(verdict, outcome=outcome), DE)


def test_a_match_without_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match="asks nothing"):
        Wish.of(*match(rule(), 1.00, None), DE)
