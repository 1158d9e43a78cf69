from __future__ import annotations

import pytest

from agent.engine.belts import fastened
from agent.engine.conflicts import one_per_lever, state_first
from agent.engine.wish import Wish
from agent.model.entity import Entity
from tests.matches import DE, NOW, match, rule, scene


def wish(name: str, *, field: str = "bid", entity: str = "k1", priority: int = 0, judges: str = "keyword") -> Wish:
    values = ("enabled", "paused") if field == "state" else (1.00, 0.90)
    return Wish.of(*match(rule(name, field=field, judges=judges, priority=priority), *values, entity), DE)


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [("compliance/z", "inventory/a"), ("inventory/z", "account/a"), ("account/z", "listing/a"),
     ("listing/z", "profit/a"), ("profit/z", "pricing/a"), ("pricing/z", "ads/a"), ("ads/a", "ads/z")],
)  # fmt: skip
def test_the_rule_that_protects_more_speaks_for_the_lever(stronger: str, weaker: str) -> None:
    for order in ([stronger, weaker], [weaker, stronger]):
        winners, suppressed = one_per_lever([wish(name) for name in order])
        assert [each.rule.name for each in winners] == [stronger]
        assert [(each.rule, each.by) for each in suppressed] == [(weaker, stronger)]


def test_between_equals_the_higher_priority_wins_then_the_name() -> None:
    winners, _ = one_per_lever([wish("ads/a"), wish("ads/z", priority=5)])
    assert winners[0].rule.name == "ads/z"


def test_different_levers_do_not_meet() -> None:
    winners, suppressed = one_per_lever([wish("ads/a"), wish("ads/b", entity="k2"), wish("ads/c", field="state")])
    assert len(winners) == 3
    assert suppressed == []


def test_a_rule_in_a_storm_speaks_only_where_nobody_else_does() -> None:
    wishes = [wish("compliance/a"), wish("ads/b"), wish("compliance/a", entity="k2")]
    winners, _ = one_per_lever(wishes, storming={"compliance/a"})
    assert [each.rule.name for each in winners] == ["ads/b", "compliance/a"]


def test_pausing_makes_bidding_moot() -> None:
    kept, suppressed = state_first([wish("ads/bid"), wish("ads/pause", field="state"), wish("ads/bid", entity="k2")])
    assert [(each.rule.name, each.change.entity.id) for each in kept] == [("ads/pause", "k1"), ("ads/bid", "k2")]
    assert [str(each) for each in suppressed] == ["ads/bid on bid of keyword:k1: suppressed by ads/pause"]


def test_a_pause_that_a_belt_holds_back_silences_nobody() -> None:
    at = scene(last_change={(Entity("demo", "keyword", "k1"), "state"): NOW})
    kept, suppressed = state_first([wish("ads/bid"), fastened(wish("ads/pause", field="state"), at)])
    assert len(kept) == 2
    assert suppressed == []
