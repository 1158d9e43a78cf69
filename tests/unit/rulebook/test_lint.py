"""What is not let run is refused at its place; what is likely not meant is a warning there, and the rule runs."""

from pathlib import Path

import pytest

from agent.errors import RuleError
from agent.rulebook.load import load

GOOD = """\
rule: x
about: A rule nobody could complain about.
judges: keyword
params: {min_clicks: 15, most: 40%}
windows: {recent: {last: 30d}}
let:
  half: bid * 50%
when:
  - recent.clicks >= min_clicks
  - recent.acos > most
propose: {set: bid, to: half}
limits: {cooldown: 3d}
tests:
  - {name: few clicks, given: {recent: {clicks: 3}}, expect: no match}
"""


def warnings(tmp_path: Path, old: str = "", new: str = "") -> list[str]:
    assert old in GOOD
    path = tmp_path / "x.yaml"
    path.write_text(GOOD.replace(old, new, 1) if old else GOOD)
    return [f"{each.line}:{each.column} {each.code}" for each in load([path], lenient=True).warnings]


def test_a_careful_rule_has_no_warnings(tmp_path: Path) -> None:
    assert warnings(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("recent.clicks >= min_clicks", "bid > min_clicks", ["10:5 R101"]),
        ("recent.clicks >= min_clicks", "recent.clicks <= min_clicks", ["10:5 R101"]),
        ("recent.clicks >= min_clicks", "recent.clicks >= min_clicks or locked", ["10:5 R101"]),
        ("recent.clicks >= min_clicks", "not recent.clicks >= min_clicks", ["10:5 R101"]),
        ("recent.clicks >= min_clicks", "min_clicks <= recent.clicks and not locked", []),
        ("recent.clicks >= min_clicks", "recent.cost > min_clicks", []),
        ("  - recent.acos > most", "  - recent.acos > most\n  - min_clicks > 3", ["11:5 R109", "11:18 R104"]),
        ("  - recent.acos > most", "  - recent.acos > most\n  - recent.sales >= 0", ["11:18 R102"]),
        ("  - recent.acos > most", "  - recent.acos > most\n  - 0 > recent.sales", ["11:7 R102"]),
        ("  - recent.acos > most", "  - recent.acos > most\n  - bid == bid", ["11:9 R102"]),
        ("limits: {cooldown: 3d}\n", "", ["11:16 R103"]),
        ("recent.clicks >= min_clicks", "recent.clicks >= 15 or locked", ["1:1 R105", "9:22 R104", "10:5 R101"]),
        ("recent.clicks >= min_clicks", 'state == "enabled" and recent.clicks >= min_clicks', []),
        ("recent.clicks >= min_clicks", "recent.purchases == 0 and recent.clicks >= min_clicks", []),
        ("params: {", "params: {spare: 3, ", ["1:1 R105"]),
        ("windows: {", "windows: {spare: {last: 3d}, ", ["1:1 R105"]),
        ("windows: {", "windows: {before: {last: 3d, until: recent}, ", ["1:1 R105"]),
        ("  half: bid * 50%", "  half: bid * 50%\n  spare: bid", ["1:1 R105"]),
        ('tests:\n  - {name: few clicks, given: {recent: {clicks: 3}}, expect: no match}\n', "", ["1:1 R106"]),
    ],
)  # fmt: skip
def test_what_is_likely_not_meant_is_told(old: str, new: str, expected: list[str], tmp_path: Path) -> None:
    assert warnings(tmp_path, old, new) == expected


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("recent.clicks >= min_clicks", "bid > min_clicks", "R101"),
        ("half: bid * 50%", "half: bid * 50% * recent.cvr / before.cvr", "R101"),
        ("recent.clicks >= min_clicks", "recent.clicks >= 0", "R102"),
        ("limits: {cooldown: 3d}\n", "", "R103"),
    ],
)
def test_a_rule_without_volume_choice_or_cooldown_is_not_let_run(old: str, new: str, code: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(GOOD.replace(old, new, 1).replace("recent: {last: 30d}", "recent: {last: 30d}, before: {last: 9d}"))
    with pytest.raises(RuleError) as caught:
        load([path])
    assert code in {each.code for each in caught.value.diagnostics}
    assert all(each.hint for each in caught.value.diagnostics)
    assert code in {each.code for each in load([path], lenient=True).warnings}


@pytest.mark.parametrize("more", ["mode: tell\n", ""])
def test_a_rule_that_only_tells_needs_no_cooldown(more: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(GOOD.replace("limits: {cooldown: 3d}\n", more or "limits: {cooldown: 3d}\n"))
    assert load([path]).warnings == ()


def test_a_metric_behind_a_let_needs_its_floor_too(tmp_path: Path) -> None:
    text = GOOD.replace("  half: bid * 50%", "  half: bid * 50%\n  over: recent.acos > most")
    path = tmp_path / "x.yaml"
    path.write_text(text.replace("recent.clicks >= min_clicks", "recent.clicks <= min_clicks").replace(
        "- recent.acos > most", "- over"))  # fmt: skip
    assert [(each.line, each.column, each.code) for each in load([path], lenient=True).warnings] == [(8, 9, "R101")]


def test_a_window_that_only_another_one_leans_on_is_used(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(GOOD.replace("{recent: {last: 30d}}", "{recent: {last: 30d, until: late}, late: {last: 3d}}"))
    assert load([path], lenient=True).warnings == ()
