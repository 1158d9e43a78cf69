"""A rule that asks a person: what, by when, and whom."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.engine.columns import judge_rows
from agent.engine.question import Question
from agent.engine.rowwise import judge_row
from agent.errors import RuleError
from agent.jobs.tell import task_of
from agent.model.entity import Entity
from agent.model.expression import names
from agent.model.rule import Mode, Rule
from agent.rulebook.load import load

RULE = """\
rule: reviews/look
about: Somebody looks at bad reviews.
judges: review
params:
  within: 24h
when:
  - stars <= 2
propose:
  ticket: Look at the lot.
  due: {due}
{more}tests: []
"""
NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)
LINES = RULE.splitlines()


def loaded(folder: Path, due: str = "within", more: str = "") -> Rule:
    path = folder / "reviews" / "look.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(RULE.format(due=due, more=more))
    return load([path]).rules[0]


def task(rule: Rule, **given: Any) -> tuple[str, timedelta] | None:
    """Owner and time, by both engines."""
    row = {name.key: given[name.label] for let in rule.lets for name in names(let.expression) if name.label in given}
    row |= {name.key: 1 for line in rule.when for name in names(line.expression)}
    entity, question = Entity("shop", "review", "R1"), Question("shop", NOW.date(), NOW, "EUR")
    verdict = judge_row(rule, row, entity, question)
    (other,) = judge_rows(rule, [row], [entity], question)
    assert verdict == other
    found = task_of(rule, verdict, NOW)
    return found and (found.owner, found.due_at - NOW)


def test_a_ticket_has_its_words_its_time_and_its_owner(tmp_path: Path) -> None:
    rule = loaded(tmp_path, more="  owner: support desk\n")
    assert (rule.ticket, rule.propose, rule.mode) == ("Look at the lot.", None, Mode.TELL)
    assert task(rule) == ("support desk", timedelta(hours=24))


def test_the_owner_is_the_configured_one_where_the_rule_names_none_and_nobody_where_none_is(tmp_path: Path) -> None:
    rule = loaded(tmp_path)
    assert task(rule, owner="ann") == ("ann", timedelta(hours=24))
    assert task(rule) == ("", timedelta(hours=24))


def test_the_time_may_be_what_is_left_and_is_a_day_where_that_is_not_known(tmp_path: Path) -> None:
    rule = loaded(tmp_path, due="2d - age(reviewed_at)")
    assert task(rule, **{"age(reviewed_at)": 1.5}) == ("", timedelta(hours=12))
    assert task(rule) == ("", timedelta(days=1))


@pytest.mark.parametrize(
    ("due", "more", "code", "line"),
    [
        ("stars", "", "R050", 10),
        ("1 +", "", "R020", 10),
        ("whenever", "", "R030", 10),
        ("within", "  to: paused\n", "R010", 11),
        ("within", "mode: auto\n", "R018", 11),
        ("within", "mode: ask\n", "R018", 11),
        ("within", "limits: {most: 3}\n", "R018", 11),
        ("within", "drift: respect\n", "R018", 11),
    ],
)
def test_what_does_not_go_with_a_ticket_is_refused_once_at_its_place(
    tmp_path: Path, due: str, more: str, code: str, line: int
) -> None:
    with pytest.raises(RuleError) as refused:
        loaded(tmp_path, due, more)
    assert [(fault.code, fault.line) for fault in refused.value.diagnostics] == [(code, line)]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("  due: within\n", "", "R011"),
        ("Look at the lot.", "Look at {stars}.", "R052"),
        ("Look at the lot.", "x" * 501, "R022"),
    ],
)
def test_a_ticket_without_a_time_or_with_figures_in_its_words_is_refused(
    tmp_path: Path, old: str, new: str, code: str
) -> None:
    path = tmp_path / "reviews" / "look.yaml"
    path.parent.mkdir()
    path.write_text(RULE.format(due="within", more="").replace(old, new))
    with pytest.raises(RuleError) as refused:
        load([path])
    assert code in [fault.code for fault in refused.value.diagnostics]
