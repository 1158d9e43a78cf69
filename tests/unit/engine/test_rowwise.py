"""One entity at a time: what the verdict tells."""

import pytest

from agent.engine.rowwise import judge_row
from agent.model.entity import Entity
from agent.model.expression import (
    AllOf,
    AnyOf,
    Arithmetic,
    Call,
    Compare,
    Formula,
    IfElse,
    Literal,
    Name,
    Not,
    Source,
)
from agent.model.metric import Unit
from agent.model.rule import Said
from agent.model.verdict import Outcome
from tests.unit.engine.memory_facts import NOW, QUESTION, TODAY, above, recent, rule, state

K1 = Entity("demo", "keyword", "k1")
BID, CLICKS, COST, SALES = state("bid", Unit.MONEY), recent("clicks"), recent("cost"), recent("sales")
ACOS = Formula("recent.acos", Arithmetic("/", COST, SALES, Unit.RATIO), Unit.RATIO)
TARGET = Name(Source.SETTING, "target_acos", Unit.RATIO, "target_acos")
LEAST = Name(Source.PARAM, "least", Unit.COUNT, "least")


def judged(one, gaps=None, **values):
    keys = {"bid": BID, "clicks": CLICKS, "cost": COST, "sales": SALES, "target": TARGET}
    row = {keys[name].key: value for name, value in values.items()}
    return judge_row(one, row, K1, QUESTION, gaps)


def because(tree, gaps=None, **values):
    return judged(rule(tree), gaps, **values).trace[0].because


def test_a_verdict_names_the_rule_the_entity_and_the_moment():
    verdict = judged(rule(above(CLICKS, 1)), clicks=2)
    assert (verdict.rule, verdict.digest, verdict.entity) == ("ads/test", "d", K1)
    assert (verdict.as_of, verdict.known_at) == (TODAY, NOW)


def test_each_line_shows_the_values_it_was_judged_by_as_its_author_wrote_them():
    one = rule(Compare(">=", CLICKS, LEAST), Compare(">", ACOS, TARGET), params={"least": Literal(15, Unit.COUNT)})
    verdict = judged(one, clicks=40, cost=3, sales=12, target=0.3)
    assert [step.values for step in verdict.trace] == [
        {"recent.clicks": 40, "least": 15},
        {"recent.acos": 0.25, "target_acos": 0.3},
    ]
    assert [step.outcome for step in verdict.trace] == [Outcome.MATCH, Outcome.NO_MATCH]
    assert verdict.outcome is Outcome.NO_MATCH


def test_a_let_may_use_those_before_it():
    first = Name(Source.LET, "first", Unit.NUMBER, "first")
    twice = Arithmetic("*", first, Literal(2, Unit.NUMBER), Unit.NUMBER)
    verdict = judged(rule(lets={"first": Arithmetic("+", CLICKS, CLICKS, Unit.COUNT), "second": twice}), clicks=3)
    assert verdict.values == {"first": 6.0, "second": 12.0}


def test_only_a_match_gives_a_reason():
    one = rule(above(CLICKS, 5), say=[Said("clicks: "), Said(value=CLICKS)])
    assert judged(one, clicks=6).reason == "clicks: 6"
    assert judged(one, clicks=5).reason == ""
    assert judged(one, clicks=5).values == {"recent.clicks": 5}


def test_a_wish_is_a_double_and_what_it_replaces_is_as_it_was():
    verdict = judged(rule(to=BID), bid=1_000_000)
    assert (repr(verdict.wanted), repr(verdict.before)) == ("1000000.0", "1000000")


def test_a_text_can_be_wished_for():
    verdict = judged(rule(to=Literal("paused", Unit.TEXT), change="state"))
    assert (verdict.outcome, verdict.wanted, verdict.before) == (Outcome.MATCH, "paused", None)


def test_a_false_line_needs_no_wish():
    verdict = judged(rule(above(CLICKS, 5), to=BID), clicks=1)
    assert (verdict.outcome, len(verdict.trace)) == (Outcome.NO_MATCH, 1)


@pytest.mark.parametrize(
    ("tree", "values", "text"),
    [
        (above(BID, 1), {}, "bid is empty"),
        (above(CLICKS, 1), {}, "recent.clicks is not known"),
        (Compare(">", ACOS, TARGET), {"cost": 1, "sales": 2}, "target_acos is not set in the configuration"),
        (Compare(">", ACOS, TARGET), {"cost": 1, "sales": 0, "target": 1.0}, "recent.sales is 0"),
        (AllOf((above(CLICKS, 1), above(BID, 1))), {"clicks": 2}, "bid is empty"),
        (Not(AnyOf((above(CLICKS, 1), above(BID, 1)))), {"clicks": 0}, "bid is empty"),
        (above(Call("default", (BID, TARGET), Unit.MONEY), 1), {}, "target_acos is not set in the configuration"),
        (
            above(Arithmetic("*", BID, Literal(1e300, Unit.NUMBER), Unit.MONEY), 1), {"bid": 10**9},
            "a figure is out of range",
        ),
        (
            IfElse(above(CLICKS, 1), above(BID, 1), above(TARGET, 1), Unit.FLAG), {"clicks": 2, "target": 1.0},
            "bid is empty",
        ),
    ],
)  # fmt: skip
def test_what_is_unknown_says_why(tree, values, text):
    assert because(tree, **values) == text


def test_a_gap_in_the_facts_is_the_better_explanation():
    assert because(above(CLICKS, 1), {CLICKS.key: "figures of 1 of 7 days have not been delivered"}) == (
        "figures of 1 of 7 days have not been delivered"
    )


def test_a_let_that_is_unknown_is_explained_by_what_it_is_made_of():
    share = Name(Source.LET, "share", Unit.RATIO, "share")
    verdict = judged(rule(above(share, 0.1), lets={"share": ACOS}), cost=1, sales=0)
    assert verdict.trace[0].because == "recent.sales is 0"


def test_no_number_at_all_is_unknown():
    assert judged(rule(above(TARGET, 0.1)), target=float("nan")).outcome is Outcome.UNKNOWN


def test_a_function_nobody_declared_is_refused():
    with pytest.raises(ValueError, match="no function"):
        judged(rule(above(Call("sqrt", (BID,), Unit.NUMBER), 1)), bid=1)
