"""A test that gives what can never be is refused at the value; what is only rare is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import Diagnostic, RuleError
from agent.model.kinds import KINDS, STREAMS, state_columns
from agent.model.renamed import RENAMED
from agent.rulebook.load import load

RULE = """\
rule: x
about: A rule to test.
judges: {kind}
windows: {{recent: {{last: 7d}}}}
when: [{when}]
tests:
  - name: under test
    given: {given}
    expect: {expect}
"""
SEEN = {"keyword": "bid > 1", "sku": "fulfillable > 1", "review": "stars > 1", "campaign": "budget > 1"}


def found(folder: Path, kind: str, given: str, expect: str = "unknown") -> list[Diagnostic]:
    path = folder / "x.yaml"
    path.write_text(RULE.format(kind=kind, when=SEEN[kind], given=given, expect=expect))
    try:
        load([path])
    except RuleError as fault:
        return list(fault.diagnostics)
    return []


@pytest.mark.parametrize(
    ("kind", "given", "value", "said"),
    [
        ("keyword", "{recent: {clicks: -1}}", "-1", "'recent.clicks' is never below 0"),
        ("keyword", "{recent: {cost: -0.01}}", "-0.01", "'recent.cost' is never below 0"),
        ("keyword", "{recent: {clicks: 2.5}}", "2.5", "'recent.clicks' counts, and 2.5 is no whole number"),
        ("keyword", "{recent: {clicks.days: 8}}", "8", "'recent.clicks.days' is never above 7"),
        ("keyword", "{recent: {clicks: 3, impressions: 2}}", "3",
         "'recent.clicks' is a part of 'recent.impressions', and 3 is more than 2"),
        ("keyword", "{recent: {units: 1, purchases: 2}}", "2",
         "'recent.purchases' is a part of 'recent.units', and 2 is more than 1"),
        ("keyword", "{campaign: {recent: {clicks: 3, impressions: 2}}}", "3",
         "'campaign.recent.clicks' is a part of 'campaign.recent.impressions', and 3 is more than 2"),
        ("keyword", "{recent: {top_of_search_share.mean: 120%}}", "120%",
         "'recent.top_of_search_share.mean' is never above 100%"),
        ("keyword", "{bid: -1.00}", "-1.00", "'bid' is never below 0"),
        ("keyword", "{state: enabeld}", "enabeld", "'state' is never 'enabeld'"),
        ("keyword", "{match_type: fuzzy}", "fuzzy", "'match_type' is never 'fuzzy'"),
        ("keyword", "{since_change(bid): -1d}", "-1d", "'bid' is never below 0"),
        ("keyword", '{"changes(bid, 9d)": 1.5}', "1.5", "'bid' counts, and 1.5 is no whole number"),
        ("keyword", "{target_acos: -5%}", "-5%", "'target_acos' is never below 0"),
        ("keyword", "{stage: old}", "old", "'stage' is never 'old'"),
        ("keyword", "{campaign: {placement_top: 1000%}}", "1000%", "'campaign.placement_top' is never above 900%"),
        ("sku", "{fulfillable: -3}", "-3", "'fulfillable' is never below 0"),
        ("sku", "{stockout_risk: 1.2}", "1.2", "'stockout_risk' is never above 100%"),
        ("sku", "{recent: {sessions: 9, page_views: 8}}", "9",
         "'recent.sessions' is a part of 'recent.page_views', and 9 is more than 8"),
        ("review", "{stars: 6}", "6", "'stars' is never above 5"),
        ("review", "{stars: 0}", "0", "'stars' is never below 1"),
    ],
)  # fmt: skip
def test_what_can_never_be_is_refused_at_the_value(
    kind: str, given: str, value: str, said: str, tmp_path: Path
) -> None:
    (fault,) = found(tmp_path, kind, given)
    assert (fault.code, fault.message.replace("since_change(bid)", "bid").replace("changes(bid, 9d)", "bid")) == (
        "R063", said,
    )  # fmt: skip
    assert fault.line == 8
    assert f"    given: {given}"[fault.column - 1 :].startswith(value)
    assert fault.hint


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("keyword", "{recent: {clicks: 0, purchases: 3, units: 3, sales: 0}}"),
        ("keyword", "{recent: {clicks: 40, cost: 0.00}}"),
        ("keyword", "{recent: {clicks.trend: -2.5, clicks.mean: 1.5, clicks.mature: 3.7}}"),
        ("keyword", "{recent: {clicks: 3, impressions: unknown}}"),
        ("keyword", "{recent: {clicks.max: 3, impressions: 2}}"),
        ("keyword", "{target_acos: 150%, min_margin: -5%}"),
        ("sku", "{sales_change: -120.00, closest_change: -15%, recent: {lost: -3, net_proceeds: -9.50}}"),
        ("sku", "{units_per_day: 2.5, days_of_cover: 0.5d}"),
    ],
)
def test_what_is_only_rare_is_taken(kind: str, given: str, tmp_path: Path) -> None:
    assert found(tmp_path, kind, given) == []


def test_a_rule_that_judged_once_is_read_again_whatever_its_tests_give(tmp_path: Path) -> None:
    """Older texts are replayed as they were; what can be given has been made stricter since."""
    path = tmp_path / "x.yaml"
    given, expect = "{recent: {clicks: -1}}", "blocked by coldown"
    path.write_text(RULE.format(kind="keyword", when="bid > 1", given=given, expect=expect).replace(
        "tests:", "propose: {set: bid, to: bid * 2}\nlimits: {cooldown: 3d}\ntests:"))  # fmt: skip
    with pytest.raises(RuleError) as caught:
        load([path])
    assert [each.code for each in caught.value.diagnostics] == ["R063", "R062"]
    assert [rule.name for rule in load([path], lenient=True).rules] == ["x"]


def test_a_whole_that_a_figure_is_a_part_of_is_a_column_beside_it() -> None:
    for stream in STREAMS.values():
        for column in stream.columns:
            whole = stream.column(column.within) if column.within else column
            assert whole is not None and whole.unit is column.unit, f"{stream.name}.{column.name}"


def test_what_is_called_otherwise_exists_and_is_named_once() -> None:
    known = {name for kind in KINDS for name in state_columns(kind)}
    known |= {column.name for kind in KINDS.values() for name in kind.traffics for column in STREAMS[name].columns}
    known |= {metric.name for kind in KINDS.values() for metric in kind.metrics}
    assert {ours for names in RENAMED.values() for ours in names} <= known
