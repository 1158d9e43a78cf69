"""Placements and strategies as levers of a rule: steps in points, Amazon's range, and the texts that may be written."""

from pathlib import Path

import pytest

from agent.errors import RuleError
from agent.jobs.check import run_tests
from agent.model.actions import ACTIONS, CREATE, PLACEMENTS, STRATEGIES, ReadBack
from agent.model.belt import BeltLimits
from agent.model.change import value_from_json, value_to_json
from agent.model.creation import MATCH_TYPES
from agent.model.kinds import state_columns
from agent.model.marketplace import MARKETPLACES
from agent.model.percent import Percent
from agent.rulebook.load import load

RULE = """
rule: ads/placement
about: Move a placement.
judges: campaign
params: {to: 0%}
when: [known(budget)]
propose: {set: placement_top, to: to}
LIMITS
tests:
  - name: it is as expected
    given: {budget: 10, placement_top: BEFORE, to: TO}
    expect: EXPECTED
"""


def _checked(folder: Path, text: str) -> str:
    path = folder / "ads" / "placement.yaml"
    path.parent.mkdir()
    path.write_text(text)
    book = load([folder])
    (result,) = run_tests(list(book.rules), MARKETPLACES["US"], BeltLimits())
    return result.message


@pytest.mark.parametrize(
    ("before", "to", "expected", "limits"),
    [
        ("50%", "60%", "{placement_top: 60%}", "limits: {cooldown: 1d}"),
        ("50%", "200%", "{placement_top: 75%}", "limits: {cooldown: 1d}"),
        ("50%", "0%", "{placement_top: 25%}", "limits: {cooldown: 1d}"),
        ("50%", "200%", "{placement_top: 60%}", "limits: {cooldown: 1d, step: 10%}"),
        ("50%", "70%", "{placement_top: 55%}", "limits: {cooldown: 1d, ceiling: 55%}"),
        ("50%", "30%", "{placement_top: 40%}", "limits: {cooldown: 1d, floor: 40%}"),
        ("890%", "1000%", "{placement_top: 900%}", "limits: {cooldown: 1d}"),
        ("900%", "1000%", "blocked by ceiling", "limits: {cooldown: 1d}"),
        ("10%", "-50%", "{placement_top: 0%}", "limits: {cooldown: 1d}"),
        ("0%", "-50%", "blocked by floor", "limits: {cooldown: 1d}"),
        ("unknown", "50%", "blocked by current", "limits: {cooldown: 1d}"),
    ],
)  # fmt: skip
def test_an_adjustment_moves_by_points_inside_its_range(
    tmp_path: Path, before: str, to: str, expected: str, limits: str
) -> None:
    text = RULE.replace("BEFORE", before).replace("TO", to).replace("EXPECTED", expected).replace("LIMITS", limits)
    assert _checked(tmp_path, text) == ""


@pytest.mark.parametrize("word", ["manual", "auto_for_sales", "rule_based"])
def test_a_strategy_is_one_of_those_that_can_be_written(tmp_path: Path, word: str) -> None:
    text = RULE.replace("placement_top, to: to", f"bidding_strategy, to: {word}").partition("tests:")[0]
    path = tmp_path / "ads" / "placement.yaml"
    path.parent.mkdir()
    path.write_text(text.replace("LIMITS", "limits: {cooldown: 1d}").replace("params: {to: 0%}\n", ""))
    if word in STRATEGIES:
        assert load([tmp_path]).rules[0].propose is not None
    else:
        with pytest.raises(RuleError, match="rule_based"):
            load([tmp_path])


def test_an_adjustment_is_written_down_and_read_again() -> None:
    assert value_to_json(Percent(50)) == {"percent": 50}
    assert value_from_json({"percent": 50}) == Percent(50) == Percent.of(0.5)


def test_every_action_sets_a_column_that_is_declared() -> None:
    for (kind, field), action in ACTIONS.items():
        if field == CREATE:
            assert action.read_back is ReadBack.NATURAL_KEY
            assert kind in MATCH_TYPES
            continue
        column = state_columns(kind)[field]
        assert column.unit is action.unit
        assert set(action.texts) <= set(column.choices or action.texts)
    assert {field for kind, field in ACTIONS if kind == "campaign"} >= set(PLACEMENTS)
