"""How little was missing is the same row by row and set by set, and means what it says."""

import pytest

from agent.engine.columns import judge
from agent.engine.columns_missing import all_missing
from agent.engine.missing import missing
from agent.model.expression import AllOf, AnyOf, Call, Compare, Literal, Node, Not
from agent.model.metric import Unit
from tests.unit.engine.memory_facts import above, keyword, recent, rule, state, traffic
from tests.unit.engine.test_columns import QUESTION, facts

CLICKS, COST = recent("clicks"), recent("cost")
ENABLED = Compare("==", state("state"), Literal("enabled", Unit.TEXT))

SHAPES: list[tuple[Node, list[float]]] = [
    (above(CLICKS, 8), [0.0, 0.5, 1.0, 1e-9]),
    (Compare("<", CLICKS, Literal(5, Unit.COUNT)), [0.5, 0.0, 0.0, 3 / 8]),
    (Not(above(CLICKS, 8)), [0.2, 0.0, 0.0, 0.0]),
    (ENABLED, [0.0, 0.0, 1.0, 0.0]),
    (AllOf((above(CLICKS, 8), ENABLED)), [0.0, 0.5, 2.0, 1e-9]),
    (AnyOf((above(CLICKS, 8), ENABLED)), [0.0, 0.0, 1.0, 0.0]),
    (Not(AllOf((above(CLICKS, 8), ENABLED))), [0.2, 0.0, 0.0, 0.0]),
    (Call("known", (state("bid", Unit.MONEY),), Unit.FLAG), [0.0, 0.0, 0.0, 1.0]),
    (above(state("bid", Unit.MONEY), 1), [0.0, 0.0, 0.0, 1.0]),
]


@pytest.mark.parametrize(("line", "expected"), SHAPES, ids=[str(number) for number in range(len(SHAPES))])
def test_what_is_missing_of_a_line_is_the_share_of_the_larger_side(line: Node, expected: list[float]) -> None:
    rows = [traffic("k1", 5, clicks=10), traffic("k2", 5, clicks=4), traffic("k4", 5, clicks=8)]
    view = facts([keyword("k1"), keyword("k2"), keyword("k3", state="paused"), keyword("k4", bid=None)], rows)
    one = rule(line)
    judgement = judge([one], view, QUESTION)["keyword"]
    seen = judgement._seen_by(one.name).sort("entity")
    by_row = [missing(one, row)[0] for row in seen.iter_rows(named=True)]
    assert by_row == pytest.approx(expected)
    together = [sum(missing(one, row)) for row in seen.iter_rows(named=True)]
    assert all_missing(seen, one).to_list() == pytest.approx(together)
