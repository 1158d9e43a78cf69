"""One value of a rule file is changed, and every other letter of it stays: by hand, and over every shipped rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import ConfigError, RuleError
from agent.rulebook.draft import Draft
from agent.rulebook.load import load
from agent.rulebook.spans import Data, Quoted
from agent.shipped import shipped

SHIPPED = sorted(shipped("rules").rglob("*.yaml"))

TEXT = """\
# Kept at the top.
rule: x
about: Lower what costs too much.   # why

params:
  # fewer say nothing
  min_clicks: 15          # of a month
  band: 10%

when:
  - state == "enabled"
  # volume first
  - recent.clicks >= min_clicks   # enough
  - 'recent.acos > target_acos'

windows: {recent: {last: 30d, until: settled}, lately: {last: 7d}}

limits: {step: 25%, cooldown: 3d}
mode: ask
say: "ACoS {recent.acos:.0%}"   # read by people

tests:
  - name: too few
    given: {state: enabled, recent: {clicks: 3}}
    expect: no match
"""


def edited(path: tuple[str | int, ...], value: Data | None, text: str = TEXT) -> str:
    draft = Draft(text)
    if value is None:
        draft.remove(path)
    else:
        draft.set(path, value)
    return draft.text


def lines(path: tuple[str | int, ...], value: Data | None) -> tuple[list[str], list[str]]:
    """What an edit takes out and what it puts in."""
    old, new = TEXT.splitlines(), edited(path, value).splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


@pytest.mark.parametrize(
    ("path", "value", "gone", "come"),
    [
        (("params", "min_clicks"), "20", ["  min_clicks: 15          # of a month"],
         ["  min_clicks: 20          # of a month"]),
        (("params", "least"), "5%", [], ["  least: 5%"]),
        (("params", "min_clicks"), None, ["  # fewer say nothing", "  min_clicks: 15          # of a month"], []),
        (("when", 1), "recent.clicks > 3", ["  - recent.clicks >= min_clicks   # enough"],
         ["  - recent.clicks > 3   # enough"]),
        (("when", 3), "bid > 1", [], ["  - bid > 1"]),
        (("when", 0), None, ['  - state == "enabled"'], []),
        (("windows", "recent", "last"), "14d",
         ["windows: {recent: {last: 30d, until: settled}, lately: {last: 7d}}"],
         ["windows: {recent: {last: 14d, until: settled}, lately: {last: 7d}}"]),
        (("windows", "lately"), None, ["windows: {recent: {last: 30d, until: settled}, lately: {last: 7d}}"],
         ["windows: {recent: {last: 30d, until: settled}}"]),
        (("windows", "recent"), None, ["windows: {recent: {last: 30d, until: settled}, lately: {last: 7d}}"],
         ["windows: {lately: {last: 7d}}"]),
        (("limits", "most"), "50", ["limits: {step: 25%, cooldown: 3d}"],
         ["limits: {step: 25%, cooldown: 3d, most: 50}"]),
        (("limits",), {"cooldown": "7d"}, ["limits: {step: 25%, cooldown: 3d}"], ["limits: {cooldown: 7d}"]),
        (("limits",), None, ["limits: {step: 25%, cooldown: 3d}"], []),
        (("say",), 'he said "no": {x}', ['say: "ACoS {recent.acos:.0%}"   # read by people'],
         ['say: "he said \\"no\\": {x}"   # read by people']),
        (("severity",), "S2", [], ["severity: S2"]),
        (("propose", "set"), "bid", [], ["propose:", "  set: bid"]),
        (("about",), "Two: words", ["about: Lower what costs too much.   # why"], ['about: "Two: words"   # why']),
        (("tests", 0, "expect"), {"bid": "0.75"}, ["    expect: no match"], ["    expect: {bid: 0.75}"]),
        (("tests", 0, "given", "recent", "clicks"), None, ["    given: {state: enabled, recent: {clicks: 3}}"],
         ["    given: {state: enabled, recent: {}}"]),
        (("tests", 1), {"name": "enough", "given": {"recent": {"clicks": "40"}}, "expect": "match"}, [],
         ["  - name: enough", "    given: {recent: {clicks: 40}}", "    expect: match"]),
        (("tests", 0, "given", "id"), Quoted("12"), ["    given: {state: enabled, recent: {clicks: 3}}"],
         ['    given: {state: enabled, recent: {clicks: 3}, id: "12"}']),
    ],
    ids=lambda each: ".".join(map(str, each)) if isinstance(each, tuple) else "",
)  # fmt: skip
def test_only_what_is_changed_changes(
    path: tuple[str | int, ...], value: Data | None, gone: list[str], come: list[str]
) -> None:
    assert lines(path, value) == (gone, come)


def test_a_list_is_brought_to_what_it_shall_be_and_keeps_the_comments_on_what_stays() -> None:
    text = edited(("when",), ["bid > 1", "recent.clicks >= min_clicks", "recent.acos > target_acos", "bid < 9"])
    assert text[text.index("when:") : text.index("windows:")] == (
        "when:\n  - bid > 1\n  # volume first\n  - recent.clicks >= min_clicks   # enough\n"
        "  - 'recent.acos > target_acos'\n  - bid < 9\n\n"
    )


def test_a_new_section_goes_to_its_place_with_a_line_between() -> None:
    text = edited(
        ("let",), {"wanted": "bid * 50%"}, TEXT.replace("windows: {", "\nwindows: {").replace("\n\n\n", "\n\n")
    )
    assert "\nlet:\n  wanted: bid * 50%\n" in text
    assert Draft(text).get("let") == {"wanted": "bid * 50%"}


def test_what_the_file_says_already_is_not_written_again() -> None:
    draft = Draft(TEXT)
    for path in (("mode",), ("when", 2), ("say",), ("when",), ("tests",), ("windows",)):
        draft.set(path, draft.get(*path) or "")
    assert draft.text == TEXT


def test_lines_that_end_as_on_windows_keep_their_ends() -> None:
    text = edited(("params", "least"), "5%", TEXT.replace("\n", "\r\n"))
    assert "  band: 10%\r\n  least: 5%\r\n" in text
    assert text.count("\n") == text.count("\r\n")


def test_what_would_touch_something_else_is_refused_and_changes_nothing() -> None:
    draft = Draft(TEXT)
    for path in (("when", 9), ("mode", "x"), ("when", "x")):
        with pytest.raises(ConfigError):
            draft.set(path, "1")
    assert draft.text == TEXT


@pytest.mark.parametrize("text", ["", "- a", "rule: &a x", "rule: [x", "rule: x\nrule: y", "[" * 60])
def test_what_is_no_rule_file_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(RuleError):
        Draft(text)


def test_every_value_of_every_shipped_rule_can_be_written_over_and_back() -> None:
    for path in SHIPPED[::20]:
        text = path.read_text(encoding="utf-8")
        draft = Draft(text, str(path))
        for key in ("params", "limits"):
            section = draft.get(key)
            for name, value in (section if isinstance(section, dict) else {}).items():
                draft.set((key, name), "77")
                assert draft.get(key, name) == "77"
                draft.set((key, name), value)
        lines = draft.get("when")
        assert isinstance(lines, list)
        draft.set(("when",), [*lines, "bid > 1"])
        draft.remove(("when", len(lines)))
        assert draft.text == text


def test_a_rule_with_another_threshold_is_in_order(tmp_path: Path) -> None:
    source = shipped("rules") / "ads" / "bid-down-above-target.yaml"
    draft = Draft(source.read_text(encoding="utf-8"))
    draft.set(("params", "min_clicks"), "25")
    (tmp_path / "ads").mkdir()
    path = tmp_path / "ads" / source.name
    path.write_text(draft.text, encoding="utf-8")
    (rule,) = load([path]).rules
    assert rule.params["min_clicks"].value == 25
