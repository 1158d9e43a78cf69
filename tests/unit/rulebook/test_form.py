"""Rule files set by a form: what is not touched stays as it is, to the byte."""

from __future__ import annotations

from decimal import Decimal

import pytest

from agent.model.metric import Unit
from agent.model.rule import Rule
from agent.rulebook.form import Input, changed, inputs
from agent.rulebook.load import load
from agent.shipped import shipped


@pytest.fixture(scope="module")
def rules() -> dict[str, Rule]:
    return {rule.name: rule for rule in load([shipped("rules")]).rules}


def _another(each: Input) -> str:
    """Another value that can be."""
    if each.choices:
        return next((choice for choice in each.choices if choice != each.written), each.written)
    if each.unit in (Unit.TEXT, Unit.FLAG):
        return each.shown + "x"
    return each.bound(each.most) if each.shown != each.bound(each.most) else each.bound(each.least)


def test_the_form_of_every_shipped_rule_gives_its_file_back_to_the_byte(rules: dict[str, Rule]) -> None:
    """Untouched; and with one number changed, and changed back."""
    seen = numbers = 0
    for rule in rules.values():
        form = inputs(rule.text, rule)
        seen += len(form)
        assert changed(rule.text, rule, {each.name: each.shown for each in form}) == (rule.text, []), rule.name
        for each in [each for each in form if each.written and each.unit is not Unit.TEXT][:1]:
            _there_and_back(rule, each)
            numbers += 1
    assert seen > 500
    assert numbers > 75


@pytest.mark.parametrize("name", ["ads/bid-up-below-target", "inventory/stockout-ad-brake", "reviews/topic-trend"])
def test_every_value_is_changed_alone_and_back_to_the_byte(name: str, rules: dict[str, Rule]) -> None:
    rule = rules[name]
    for each in inputs(rule.text, rule):
        if each.written and (not each.choices or len(each.choices) > 1):
            _there_and_back(rule, each)


def _there_and_back(rule: Rule, each: Input) -> None:
    other, wrong = changed(rule.text, rule, {each.name: _another(each)})
    assert not wrong, (rule.name, each, wrong)
    pairs = zip(rule.text.splitlines(), other.splitlines(), strict=True)
    assert sum(one != two for one, two in pairs) == 1, (rule.name, each.name)
    assert changed(other, rule, {each.name: each.shown}) == (rule.text, []), (rule.name, each.name)


def test_what_a_file_does_not_say_can_be_added_and_taken_out_again(rules: dict[str, Rule]) -> None:
    rule = rules["ads/bid-down-above-target"]
    for name, value in (("limits.most", "100"), ("limits.floor", "0.10"), ("priority", "5"), ("drift", "pin 7d")):
        other, wrong = changed(rule.text, rule, {name: value})
        assert not wrong
        assert len(other) > len(rule.text)
        assert changed(other, rule, {name: ""}) == (rule.text, [])


def test_values_come_with_their_unit_their_bounds_and_what_is_said_of_them(rules: dict[str, Rule]) -> None:
    rule = rules["ads/bid-down-above-target"]
    form = {each.name: each for each in inputs(rule.text, rule)}
    clicks, band = form["params.min_clicks"], form["params.deadband"]
    assert (clicks.shown, clicks.unit, clicks.mark) == ("15", Unit.COUNT, "")
    assert clicks.note == "fewer say nothing about a conversion rate of 10 %"
    assert (band.shown, band.unit, band.mark, band.bound(band.most)) == ("10", Unit.RATIO, "%", "1000")
    assert (form["limits.cooldown"].shown, form["limits.cooldown"].most) == ("3", Decimal(366))
    assert form["limits.step"].note == ""
    assert form["windows.recent.until"].choices == ["settled", "yesterday", "now"]
    assert list(form["mode"].choices) == ["tell", "ask", "auto"]
    tells = rules["events/cool-down"]
    assert [each.name for each in inputs(tells.text, tells)] == ["params.after", "params.gone", "mode", "severity"]
    assert inputs(tells.text, tells)[2].choices == ["tell"]


@pytest.mark.parametrize(
    ("name", "typed", "code"),
    [("params.min_clicks", "", "missing"), ("params.min_clicks", "many", "figure"),
     ("params.min_clicks", "-1", "bounds"), ("params.min_clicks", "10%", "unit"), ("params.deadband", "1001", "bounds"),
     ("params.deadband", "1e3", "figure"), ("limits.cooldown", "400", "bounds"), ("limits.cooldown", "1.5", "bounds"),
     ("limits.cooldown", "12h", "figure"), ("mode", "off", "choice"), ("limits.most", "0", "bounds"),
     ("priority", "2000", "bounds"), ("params.min_clicks", "15\nwhen: []", "figure"),
     ("params.min_clicks", "１５", "figure")],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_is_changed(
    name: str, typed: str, code: str, rules: dict[str, Rule]
) -> None:
    rule = rules["ads/bid-down-above-target"]
    text, wrong = changed(rule.text, rule, {name: typed, "params.largest_cut": "20"})
    assert text == rule.text
    assert [(each.input.name, each.code) for each in wrong] == [(name, code)]


def test_a_mark_may_be_typed_as_well_and_another_one_where_it_fits(rules: dict[str, Rule]) -> None:
    rule = rules["ads/bid-down-above-target"]
    assert "deadband: 12%  #" in changed(rule.text, rule, {"params.deadband": "12 %"})[0].replace("   #", "  #")
    tells = rules["events/cool-down"]
    assert "after: 36h" in changed(tells.text, tells, {"params.after": "36h"})[0]


def test_windows_line_ends_stay(rules: dict[str, Rule]) -> None:
    rule = rules["ads/bid-down-above-target"]
    text = rule.text.replace("\n", "\r\n")
    other, _ = changed(text, rule, {"params.min_clicks": "20", "priority": "5"})
    assert other.count("\r\n") == other.count("\n") == text.count("\n") + 1
