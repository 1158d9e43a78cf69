"""Judging whole populations at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from agent.engine.columns import judge, judge_rows
from agent.model.entity import Entity
from agent.model.expression import (
    AllOf,
    Arithmetic,
    Call,
    Compare,
    Formula,
    How,
    Literal,
    Name,
    Source,
)
from agent.model.metric import Unit
from agent.model.rule import Said
from agent.model.setting import Scope
from agent.model.verdict import Outcome
from agent.model.window import Anchor, Window
from tests.unit.engine.memory_facts import (
    NOW,
    QUESTION,
    above,
    days_ago,
    facts,
    keyword,
    recent,
    rule,
    state,
    traffic,
)

BID = state("bid", Unit.MONEY)
ACOS = Formula("recent.acos", Arithmetic("/", recent("cost"), recent("sales"), Unit.RATIO), Unit.RATIO)


def outcome(tree, view, entity="k1", question=QUESTION):
    verdict = judge([rule(tree)], view, question)["keyword"].verdict("ads/test", entity)
    return verdict.outcome, verdict.trace[0].because


def value(name, view, question=QUESTION, entity="k1"):
    """What a name is for one keyword, seen through a rule that needs it."""
    judgement = judge([rule(Call("known", (name,), Unit.FLAG))], view, question)["keyword"]
    return judgement.verdict("ads/test", entity).trace[0].values[name.label]


def test_a_match_carries_its_trace_its_wish_and_the_value_before():
    wanted = Arithmetic("*", BID, Literal(0.75, Unit.NUMBER), Unit.MONEY)
    lowered = rule(above(recent("clicks"), 2), above(ACOS, 0.3), lets={"wanted": wanted},
                   to=Name(Source.LET, "wanted", Unit.MONEY, "wanted"),
                   say=[Said("ACoS "), Said(value=ACOS, spec=".0%")])  # fmt: skip
    view = facts(traffic=[traffic("k1", 5, clicks=3, cost=4_000_000, sales=8_000_000)])
    (match,) = judge([lowered], view, QUESTION)["keyword"].matches("ads/test")
    verdict = match.spelled()
    assert verdict.entity == Entity("demo", "keyword", "k1")
    assert [step.values for step in verdict.trace] == [{"recent.clicks": 3}, {"recent.acos": 0.5}]
    assert (verdict.before, verdict.wanted, verdict.reason) == (1_000_000, 750_000.0, "ACoS 50%")
    assert verdict.values == {"wanted": 750_000.0, "recent.acos": 0.5}


def test_all_rules_over_a_kind_share_one_scan_of_its_stream():
    rules = [rule(above(recent("clicks", days), 1), name=f"ads/{days}") for days in range(1, 8)]
    rules.append(rule(above(recent("clicks", 9, How.MAX), 1), name="ads/most"))
    view = facts()
    judge(rules, view, QUESTION)
    assert view.scans == ["keyword_traffic"]


def test_increments_of_one_day_add_up_and_days_outside_the_window_do_not_count():
    rows = [
        traffic("k1", 4, clicks=5),
        traffic("k1", 4, clicks=-2),
        traffic("k1", 3, clicks=9),
        traffic("k1", 11, clicks=9),
    ]
    assert value(recent("clicks"), facts(traffic=rows)) == 3


def test_a_covered_day_without_a_row_is_zero():
    assert value(recent("clicks"), facts()) == 0


def test_a_window_with_a_day_that_was_not_delivered_is_unknown_and_says_how_many():
    view = facts(traffic=[traffic("k1", 5, clicks=50)])
    view.days["keyword_traffic"] = frozenset(days_ago(n) for n in range(6, 60))
    because = "figures of 2 of 7 days have not been delivered"
    assert outcome(above(recent("clicks"), 2), view) == (Outcome.UNKNOWN, because)
    (tally,) = judge([rule(above(recent("clicks"), 2))], view, QUESTION)["keyword"].tallies
    assert (tally.judged, tally.matched, tally.unknown, tally.unknown_because) == (1, 0, 1, {because: 1})


def test_sums_of_narrow_columns_do_not_wrap():
    rows = [traffic("k1", day, impressions=2_000_000_000) for day in (4, 5, 6)]
    assert value(recent("impressions"), facts(traffic=rows)) == 6_000_000_000


@pytest.mark.parametrize(
    ("how", "expected"),
    [(How.SUM, 9), (How.MEAN, 9 / 7), (How.MAX, 7), (How.MIN, 0), (How.DAYS, 2), (How.LAST, 7), (How.TREND, 19 / 28)],
)
def test_a_missing_day_counts_as_zero_in_every_figure_of_a_window(how, expected):
    rows = [traffic("k1", 4, clicks=7), traffic("k1", 8, clicks=2)]
    assert value(recent("clicks", how=how), facts(traffic=rows)) == expected


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (How.MEAN, 0.4),
        (How.MAX, 0.5),
        (How.MIN, 0.3),
        (How.DAYS, 2),
        (How.LAST, 0.5),
        (How.TREND, 0.1),
        (How.SUM, None),
    ],
)
def test_a_share_is_taken_over_the_days_that_have_one_and_never_added_up(how, expected):
    rows = [
        traffic("k1", 4, top_of_search_share=None),
        traffic("k1", 5, top_of_search_share=0.9, observed_at=NOW - timedelta(days=1)),
        traffic("k1", 5, top_of_search_share=0.5),
        traffic("k1", 7, top_of_search_share=0.3),
    ]
    assert value(recent("top_of_search_share", how=how), facts(traffic=rows)) == expected


def test_dividing_by_zero_is_unknown_and_names_the_divisor():
    view = facts(traffic=[traffic("k1", 5, clicks=40, cost=40_000_000)])
    assert outcome(above(ACOS, 0.3), view) == (Outcome.UNKNOWN, "recent.sales is 0")


def test_a_false_line_decides_even_beside_an_unknown_one():
    assert outcome(AllOf((above(ACOS, 0.3), above(recent("clicks"), 2))), facts())[0] is Outcome.NO_MATCH


def test_a_rule_that_cannot_say_what_it_wants_is_unknown():
    view = facts([keyword("k1", bid=None)])
    judgement = judge([rule(Compare("==", state("state"), Literal("enabled", Unit.TEXT)), to=BID)], view, QUESTION)[
        "keyword"
    ]
    assert judgement.matches("ads/test") == []
    verdict = judgement.verdict("ads/test", "k1")
    assert (verdict.outcome, verdict.trace[-1].text, verdict.trace[-1].because) == (
        Outcome.UNKNOWN, "set bid", "bid is empty")  # fmt: skip
    assert judgement.tallies[0].unknown_because == {"bid is empty": 1}


def test_a_related_entity_gives_its_own_figures():
    campaign_cost = replace(recent("cost"), path=("campaign",), label="campaign.recent.cost")
    view = facts(campaign_traffic=[traffic("c1", 5, cost=70)], traffic=[traffic("k1", 5, cost=3)])
    assert value(campaign_cost, view) == 70
    assert value(state("name", path=("ad_group", "campaign")), view) == "Hubs exact"
    assert view.scans.count("campaign_traffic") == 1


def test_what_belongs_to_an_entity_that_is_gone_is_unknown():
    view = facts([keyword("k1", campaign_id="c9")], campaign_traffic=[traffic("c9", 5, cost=70)])
    assert value(replace(recent("cost"), path=("campaign",)), view) is None
    assert value(state("state", path=("campaign",)), view) is None


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        ([], None),
        ([Scope("account", "*", {"target_acos": 0.3})], 0.3),
        ([Scope("campaign", "Hubs*", {"target_acos": 0.2}), Scope("account", "*", {"target_acos": 0.3})], 0.2),
        ([Scope("campaign", "c1", {"target_acos": 0.2}), Scope("campaign", "*exact", {"target_acos": 0.1})], 0.1),
        ([Scope("keyword", "text k?", {"target_acos": 0.5}), Scope("campaign", "c1", {"target_acos": 0.2})], 0.5),
        ([Scope("ad_group", "Cables", {"target_acos": 0.5}), Scope("account", "", {"owner": "li"})], None),
        ([Scope("campaign", "c1", {"owner": "li"}), Scope("account", "", {"target_acos": 1})], 1.0),
    ],
)
def test_settings_are_inherited_and_the_narrower_one_wins(scopes, expected):
    target = Name(Source.SETTING, "target_acos", Unit.RATIO, "target_acos")
    assert value(target, facts(), replace(QUESTION, settings=scopes)) == expected


def test_a_setting_of_a_related_entity_ignores_what_is_set_below_it():
    target = Name(Source.SETTING, "target_acos", Unit.RATIO, "campaign.target_acos", ("campaign",))
    scopes = [Scope("campaign", "c1", {"target_acos": 0.2}), Scope("keyword", "k1", {"target_acos": 0.5})]
    assert value(target, facts(), replace(QUESTION, settings=scopes)) == 0.2


def test_changes_are_counted_and_dated_by_whoever_made_them():
    view = facts([keyword("k1"), keyword("k2"), keyword("k3")])
    sighted = {"before": None, "after": 1, "first": True, "at": NOW - timedelta(days=40)}
    changed = {"before": 1, "after": 2, "first": False}
    view.moves = [
        {"entity": "k1", **sighted},
        {"entity": "k1", **changed, "at": NOW - timedelta(hours=36)},
        {"entity": "k1", **changed, "at": NOW + timedelta(hours=1)},
        {"entity": "k2", **sighted},
    ]
    since = Name(Source.SINCE, "bid", Unit.DAYS, "since_change(bid)")
    often = Name(Source.CHANGES, "bid", Unit.COUNT, "changes(bid, 2d)", window=Window(2, Anchor.NOW))
    assert [value(since, view, entity=k) for k in ("k1", "k2", "k3")] == [1.5, 40.0, None]
    assert [value(often, view, entity=k) for k in ("k1", "k2", "k3")] == [1, 0, 0]


def test_near_misses_come_closest_first():
    lines = [above(recent("clicks"), 2), above(recent("cost"), 2), above(BID, 1)]
    rows = [traffic("k2", 5, clicks=9), traffic("k3", 5, clicks=9, cost=9)]
    view = facts([keyword("k1"), keyword("k2"), keyword("k3"), keyword("k4", bid=None)], rows)
    judgement = judge([rule(*lines)], view, QUESTION)["keyword"]
    assert [one.entity.id for one in judgement.matches("ads/test")] == ["k3"]
    assert [one.verdict.entity.id for one in judgement.near("ads/test", 2)] == ["k2", "k1"]
    assert [one.verdict.entity.id for one in judgement.near("ads/test", 9)] == ["k2", "k1", "k4"]


def test_nobody_has_no_verdict_and_an_empty_account_is_judged():
    empty = facts()
    empty.rows["keywords"] = []
    judgement = judge([rule(above(BID, 1), to=BID)], empty, QUESTION)["keyword"]
    assert (judgement.population, judgement.matches("ads/test"), judgement.verdict("ads/test", "k1")) == (0, [], None)
    assert judgement.tallies[0].unknown_because == {}


def test_an_entity_is_called_what_people_call_it():
    judgements = judge([rule(above(BID, 1)), rule(judges="campaign", name="ads/all")], facts(), QUESTION)
    assert judgements["keyword"].title("k1") == "exact “text k1” · Hubs exact"
    assert judgements["campaign"].title("c1") == "Hubs exact"
    assert judgements["campaign"].title("c7") == "c7"


def test_given_rows_are_judged_like_facts():
    entities = [Entity("demo", "keyword", str(number)) for number in range(3)]
    rows = [{BID.key: 2_000_000}, {BID.key: 10}, {}]
    verdicts = judge_rows(rule(above(BID, 1_000_000), to=BID), rows, entities, QUESTION)
    assert [one.outcome for one in verdicts] == [Outcome.MATCH, Outcome.NO_MATCH, Outcome.UNKNOWN]
    assert [one.entity for one in verdicts] == entities


def test_a_guard_inside_a_guard_does_not_double_the_work():
    tree = recent("clicks")
    for _ in range(60):
        quotient = Arithmetic("/", Literal(6.0, Unit.NUMBER), tree, Unit.NUMBER)
        tree = Call("max", (quotient, Literal(2.0, Unit.NUMBER)), Unit.NUMBER)
    assert outcome(above(tree, 1), facts(traffic=[traffic("k1", 5, clicks=3)]))[0] is Outcome.MATCH
