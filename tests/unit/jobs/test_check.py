"""The tests of a rule run through both engines and the belts, and a test that is wrong fails with its place."""

from pathlib import Path

import pytest

from agent.errors import RuleError
from agent.jobs.check import TestResult as Result
from agent.jobs.check import run_tests
from agent.jobs.coverage import uncovered
from agent.model.belt import BeltLimits
from agent.model.marketplace import MARKETPLACES
from agent.rulebook.load import RuleBook, load
from agent.shipped import shipped

RULE = """\
rule: x
about: Cut the bid above target.
judges: keyword
params: {min_clicks: 15}
windows: {recent: {last: 30d}}
let:
  wanted: bid * max(0.5, target_acos / recent.acos)
when:
  - state == "enabled"
  - recent.clicks >= min_clicks
  - recent.acos > target_acos
propose: {set: bid, to: wanted}
limits: {cooldown: 3d, floor: 0.10}
tests:
  - name: under test
    given: GIVEN
    expect: EXPECT
"""
HOT = "{state: enabled, bid: 1.00, target_acos: 20%, recent: {clicks: 40, cost: 25.00, sales: 100.00}}"


def book(tmp_path: Path, given: str, expect: str, text: str = RULE) -> RuleBook:
    path = tmp_path / "x.yaml"
    path.write_text(text.replace("GIVEN", given).replace("EXPECT", expect))
    return load([path])


def result(tmp_path: Path, given: str, expect: str, text: str = RULE) -> Result:
    (one,) = run_tests(book(tmp_path, given, expect, text).rules, MARKETPLACES["US"], BeltLimits())
    return one


@pytest.mark.parametrize(
    ("given", "expect"),
    [
        (HOT, "match"),
        (HOT, "{bid: 0.80}"),
        (HOT, "{bid: 0.80, wanted: 0.80}"),
        (HOT.replace("25.00", "80.00"), "{bid: 0.75, wanted: 0.5}"),
        (HOT.replace("enabled", "paused"), "no match"),
        (HOT.replace("40", "4"), "no match"),
        (HOT.replace("40", "4").replace("{state", "{min_clicks: 3, state"), "{bid: 0.80}"),
        (HOT.replace("sales: 100.00", "sales: 0"), "unknown"),
        (HOT.replace("sales: 100.00", "sales: unknown"), "unknown"),
        ("{}", "unknown"),
        ("{state: paused}", "no match"),
        (HOT.replace("{state", "{since_change(bid): 2d, state"), "blocked by cooldown"),
        (HOT.replace("{state", "{since_change(bid): 4d, state"), "{bid: 0.80}"),
        (HOT.replace("1.00", "0.10", 1), "blocked by floor"),
    ],
)
def test_what_holds_passes(given: str, expect: str, tmp_path: Path) -> None:
    one = result(tmp_path, given, expect)
    assert one.passed, one.message
    assert one.message == ""


@pytest.mark.parametrize(
    ("given", "expect", "says"),
    [
        (HOT, "no match", "expected 'no match', got 'match'"),
        (HOT, "unknown", "expected 'unknown', got 'match'"),
        (HOT, "{bid: 0.70}", "expected bid 0.70 USD, got 0.80 USD"),
        (HOT, "{wanted: 0.70}", "expected wanted 0.70 USD, got 0.80 USD"),
        (HOT.replace("40", "4"), "{bid: 0.80}",
         "expected bid 0.80 USD, got 'no match' at  recent.clicks >= min_clicks"),
        (HOT.replace("sales: 100.00", "sales: 0"), "match",
         "expected 'match', got 'unknown' at  recent.acos > target_acos, recent.sales is 0"),
        (HOT, "blocked by cooldown", "expected 'blocked by cooldown', got 0.80 USD, which no belt blocks"),
        (HOT.replace("{state", "{since_change(bid): 2d, state"), "{bid: 0.80}",
         "expected bid 0.80 USD, got 'blocked by cooldown'"),
    ],
)  # fmt: skip
def test_what_does_not_hold_fails_at_its_place_and_says_what_came(
    given: str, expect: str, says: str, tmp_path: Path
) -> None:
    one = result(tmp_path, given, expect)
    assert not one.passed
    assert one.message == f"{tmp_path / 'x.yaml'}:15:11: {says}"


def test_a_rule_that_only_tells_is_judged_without_belts(tmp_path: Path) -> None:
    text = RULE.replace("propose: {set: bid, to: wanted}\nlimits: {cooldown: 3d, floor: 0.10}\n", "mode: tell\n")
    assert result(tmp_path, HOT, "match", text).passed
    assert result(tmp_path, HOT, "{wanted: 0.80}", text).passed
    assert not result(tmp_path, HOT, "no match", text).passed


def test_values_of_relations_and_of_other_ways_to_sum_up_are_given_in_place(tmp_path: Path) -> None:
    text = RULE.replace(
        "  - recent.acos > target_acos\n",
        '  - campaign.state == "enabled"\n  - ad_group.recent.ctr > 1%\n'
        "  - recent.clicks.days >= 3\n  - changes(bid, 14d) < 3\n",
    )
    given = HOT.replace("{clicks: 40,", "{clicks.days: 5, clicks: 40,").replace(
        "{state",
        '{campaign: {state: enabled}, ad_group: {recent: {clicks: 9, impressions: 100}}, "changes(bid, 14d)": 1, state',
    )
    one = result(tmp_path, given, "match", text)
    assert one.passed, one.message
    assert not result(tmp_path, given.replace("impressions: 100", "impressions: 9000"), "match", text).passed


def test_a_metric_cannot_be_given_only_what_it_is_made_of(tmp_path: Path) -> None:
    with pytest.raises(RuleError) as caught:
        book(tmp_path, "{recent: {acos: 0.7}}", "match")
    (fault,) = caught.value.diagnostics
    assert (fault.line, fault.column, fault.code, fault.hint) == (16, 22, "R061", "give 'cost' and 'sales'")


def test_lines_that_no_test_sees_both_true_and_false_are_told(tmp_path: Path) -> None:
    rules = book(tmp_path, HOT, "match").rules
    missed = uncovered(rules, run_tests(rules, MARKETPLACES["US"], BeltLimits()))
    assert [(each.line, each.column, each.code) for each in missed] == [
        (9, 5, "R107"),
        (10, 5, "R107"),
        (11, 5, "R107"),
    ]
    assert missed[0].message == 'no test sees this line false: state == "enabled"'


BRANCHES = RULE.replace(
    "  wanted: bid * max(0.5, target_acos / recent.acos)",
    "  cut: 50% if locked else 20% if recent.clicks > 99 else 10%\n  wanted: bid * (1 - cut)",
)


def unreached(tmp_path: Path, *tests: tuple[str, str]) -> list[tuple[int, int, str]]:
    """Where branches of the rule above are that these tests do not reach, and when they would be."""
    head, _tests, one = BRANCHES.partition("  - name: under test")
    text = head + "".join((_tests + one).replace("GIVEN", given).replace("EXPECT", expect) for given, expect in tests)
    (tmp_path / "x.yaml").write_text(text)
    rules = load([tmp_path / "x.yaml"]).rules
    results = run_tests(rules, MARKETPLACES["US"], BeltLimits())
    assert [each.message for each in results if not each.passed] == []
    found = [each for each in uncovered(rules, results) if each.code == "R110"]
    return [(each.line, each.column, each.message.rpartition(" ")[2]) for each in found]


def test_branches_of_a_value_that_no_test_reaches_are_told_where_they_stand(tmp_path: Path) -> None:
    locked, free = (HOT.replace("{state", f"{{locked: {each}, state") for each in ("true", "false"))
    first, second, third = (7, 8, "true"), (7, 27, "true"), (7, 58, "false")
    middle = (7, 27, "false")
    nothing = unreached(tmp_path, (free.replace("40", "4"), "no match"))
    assert nothing == [first, middle, second, third]
    assert unreached(tmp_path, (locked, "match")) == [middle, second, third]
    assert unreached(tmp_path, (free, "match")) == [first, second]
    busy = free.replace("clicks: 40", "clicks: 400")
    assert unreached(tmp_path, (free, "match"), (busy, "match"), (locked, "match")) == []


def test_a_branch_that_a_condition_looks_at_is_reached_by_any_test(tmp_path: Path) -> None:
    text = RULE.replace("recent.acos > target_acos", "recent.acos > (target_acos * 2 if locked else target_acos)")
    given = HOT.replace("40", "4").replace("{state", "{locked: true, state")
    rules = book(tmp_path, given, "no match", text).rules
    found = [
        each for each in uncovered(rules, run_tests(rules, MARKETPLACES["US"], BeltLimits())) if each.code == "R110"
    ]
    assert [(each.line, each.column) for each in found] == [(11, 51)]


def test_the_shipped_rules_pass_their_tests_and_every_line_is_seen_both_ways() -> None:
    rules = load([shipped("rules")])
    results = run_tests(rules.rules, MARKETPLACES["US"], BeltLimits())
    assert [one.message for one in results if not one.passed] == []
    assert uncovered(rules.rules, results) == []
    assert rules.warnings == ()
    assert all(len(rule.tests) >= 3 for rule in rules.rules)
    assert len(rules.rules) >= 10
