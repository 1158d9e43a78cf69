"""A rule that asks for reviews cannot choose whom it asks: what it may look at is a closed list, checked at load."""

from pathlib import Path

import pytest

from agent.errors import RuleError
from agent.model.kinds import KINDS, SETTINGS, state_columns
from agent.rulebook.impartial import MAY_SEE, SWITCH
from agent.rulebook.load import load

ASKING = """\
rule: reviews/asking
about: Ask for reviews.
judges: order
{extra}
when:
  - review_request == "open"
  - {line}
propose:
  set: review_request
  to: {to}
limits: {{cooldown: 30d}}
"""


def codes(tmp_path: Path, line: str, extra: str = "", to: str = "requested") -> list[tuple[int, int, str]]:
    path = tmp_path / "reviews" / "asking.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(ASKING.format(line=line, extra=extra, to=to))
    try:
        load([path])
    except RuleError as fault:
        return [(each.line, each.column, each.code) for each in fault.diagnostics]
    return []


@pytest.mark.parametrize(
    "line",
    [
        "age(delivery_earliest) >= 5d",
        "age(delivery_latest) <= 30d and until(delivery_latest) < 0",
        'status != "canceled"',
        "since_change(status) >= 1d",
        "default(review_requests, false)",
    ],
)
def test_the_time_of_delivery_and_the_switch_may_be_looked_at(line: str, tmp_path: Path) -> None:
    assert codes(tmp_path, line) == []


def _condition(name: str) -> str:
    return f"known({name})"


@pytest.mark.parametrize("name", sorted({*state_columns("order"), *SETTINGS} - {*MAY_SEE, SWITCH}))
def test_nothing_else_of_an_order_and_no_other_setting_may_be_looked_at(name: str, tmp_path: Path) -> None:
    assert codes(tmp_path, _condition(name)) == [(7, 11, "R053")]


def test_what_a_let_looks_at_is_looked_at(tmp_path: Path) -> None:
    assert codes(tmp_path, "many", "let:\n  many: units > 1")[0][2] == "R053"


def test_the_history_of_anything_else_is_closed_too(tmp_path: Path) -> None:
    assert codes(tmp_path, "since_change(units) >= 1d") == [(7, 5, "R053")]
    assert codes(tmp_path, "age(purchased_at) >= 5d") == [(7, 5, "R053")]


def test_a_value_that_hangs_on_something_else_is_a_choice_as_well(tmp_path: Path) -> None:
    chosen = """'"requested" if units > 1 else "requested"'"""
    assert "R053" in [code for _, _, code in codes(tmp_path, "age(delivery_earliest) >= 5d", to=chosen)]


def test_only_a_request_can_be_asked_for(tmp_path: Path) -> None:
    assert [code for _, _, code in codes(tmp_path, "age(delivery_earliest) >= 5d", to="""'"refused"'""")] == ["R050"]


def test_orders_lead_nowhere_that_a_rule_could_look_around_the_list() -> None:
    assert KINDS["order"].relations == {}
    assert KINDS["order"].metrics == ()
