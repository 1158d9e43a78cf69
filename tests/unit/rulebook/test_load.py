"""Loading is all or nothing, tells every fault at once, and never loses the rules that already run."""

from hashlib import sha256
from pathlib import Path

import pytest

from agent.errors import RuleError
from agent.model.metric import Unit
from agent.rulebook.load import Loader, load

RULE = """\
rule: {name}
about: Tell about keywords with many clicks.
judges: keyword
params: {{min_clicks: 15, min_cost: 12.50, largest: 25%, rest: 3d}}
windows: {{recent: {{last: 30d}}}}
when:
  - recent.clicks >= min_clicks
  - recent.cost >= min_cost
  - recent.acos < largest
  - since_change(bid) > rest
say: "{{recent.clicks}} clicks"
tests:
  - {{name: few clicks, given: {{recent: {{clicks: 3}}}}, expect: no match}}
"""


def write(folder: Path, name: str, text: str = RULE) -> Path:
    path = folder / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.format(name=name) if text is RULE else text)
    return path


def codes(caught: pytest.ExceptionInfo[RuleError]) -> list[tuple[str, int, int, str]]:
    return [(Path(each.path).name, each.line, each.column, each.code) for each in caught.value.diagnostics]


def test_rules_come_in_order_of_their_names(tmp_path: Path) -> None:
    for name in ("ads/b", "ads/a", "stock/c"):
        write(tmp_path, name)
    assert [rule.name for rule in load([tmp_path]).rules] == ["ads/a", "ads/b", "stock/c"]


def test_all_faults_of_all_files_are_told_at_once_in_order(tmp_path: Path) -> None:
    write(
        tmp_path,
        "ads/b",
        RULE.format(name="ads/b").replace("clicks >=", "klicks >=").replace("keyword\n", "keyword\nmood: x\n"),
    )
    write(tmp_path, "ads/a", "[")
    with pytest.raises(RuleError) as caught:
        load([tmp_path])
    assert codes(caught) == [("a.yaml", 1, 2, "R004"), ("b.yaml", 4, 1, "R010"), ("b.yaml", 8, 5, "R030")]


def test_two_files_with_one_name_are_refused_and_both_are_named(tmp_path: Path) -> None:
    first, second = tmp_path / "shipped", tmp_path / "own"
    write(first, "ads/a")
    write(second, "ads/a")
    with pytest.raises(RuleError) as caught:
        load([first, second])
    (fault,) = caught.value.diagnostics
    assert (fault.path, fault.line, fault.column, fault.code) == (str(second / "ads/a.yaml"), 1, 7, "R015")
    assert f"{first / 'ads/a.yaml'}:1" in fault.hint


def test_what_does_not_exist_is_a_fault_not_an_empty_rulebook(tmp_path: Path) -> None:
    with pytest.raises(RuleError) as caught:
        load([tmp_path / "rulse"])
    assert codes(caught) == [("rulse", 1, 1, "R001")]


def test_another_ending_is_a_fault_not_silence(tmp_path: Path) -> None:
    write(tmp_path, "ads/a").rename(tmp_path / "ads" / "a.yml")
    with pytest.raises(RuleError) as caught:
        load([tmp_path])
    assert codes(caught) == [("a.yml", 1, 1, "R007")]


def test_hidden_files_and_other_files_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, "ads/a")
    write(tmp_path, ".git/x", "[")
    write(tmp_path, "ads/.a.yaml.swp", "[")
    (tmp_path / "README.md").write_text("[")
    assert len(load([tmp_path]).rules) == 1


def test_a_link_to_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to(tmp_path / "gone.yaml")
    with pytest.raises(RuleError) as caught:
        load([tmp_path])
    assert codes(caught) == [("a.yaml", 1, 1, "R001")]


def test_a_single_file_is_named_by_the_end_of_its_path(tmp_path: Path) -> None:
    path = write(tmp_path, "ads/a")
    assert [rule.name for rule in load([path]).rules] == ["ads/a"]
    path.write_text(path.read_text().replace("rule: ads/a", "rule: ads/b"))
    with pytest.raises(RuleError) as caught:
        load([path])
    assert codes(caught) == [("a.yaml", 1, 7, "R014")]


def test_a_rule_carries_its_text_and_the_digest_of_it(tmp_path: Path) -> None:
    path = write(tmp_path, "ads/a")
    (rule,) = load([tmp_path]).rules
    assert rule.text == path.read_text()
    assert rule.digest == sha256(path.read_bytes()).hexdigest()


# The configuration's own values for params


def test_the_configuration_sets_params_in_their_units(tmp_path: Path) -> None:
    write(tmp_path, "ads/a")
    values = {"min_clicks": 30, "min_cost": "20", "largest": 0.3, "rest": "24h"}
    (rule,) = load([tmp_path], {"ads/a": values}).rules
    assert {name: (param.value, param.unit) for name, param in rule.params.items()} == {
        "min_clicks": (30, Unit.COUNT),
        "min_cost": (20_000_000, Unit.MONEY),
        "largest": (0.3, Unit.RATIO),
        "rest": (1, Unit.DAYS),
    }


def test_other_values_make_another_digest_and_the_same_values_the_same(tmp_path: Path) -> None:
    write(tmp_path, "ads/a")
    plain, one, again, other = (
        load([tmp_path], params).rules[0].digest
        for params in ({}, {"ads/a": {"min_clicks": 3}}, {"ads/a": {"min_clicks": 3}}, {"ads/a": {"min_clicks": 4}})
    )
    assert one == again
    assert len({plain, one, other}) == 3


@pytest.mark.parametrize(
    ("params", "code", "hint"),
    [
        ({"ads/aa": {"min_clicks": 3}}, "R070", "did you mean 'ads/a'?"),
        ({"ads/a": {"min_click": 3}}, "R070", "did you mean 'min_clicks'?"),
        ({"ads/a": {"min_clicks": "many"}}, "R042", ""),
        ({"ads/a": {"min_clicks": True}}, "R040", ""),
        ({"ads/a": {"min_clicks": float("inf")}}, "R042", ""),
        ({"ads/a": {"largest": 35}}, "R043", "write 0.35 or 35%"),
    ],
)
def test_what_the_configuration_gets_wrong_is_told(
    params: dict[str, dict[str, str | int | float | bool]], code: str, hint: str, tmp_path: Path
) -> None:
    write(tmp_path, "ads/a")
    with pytest.raises(RuleError) as caught:
        load([tmp_path], params)
    (fault,) = caught.value.diagnostics
    assert (fault.path, fault.code, fault.hint) == ("configuration", code, hint)


# Loading again


def test_a_fault_leaves_the_last_good_rules_running_and_says_what_holds_the_new_ones_back(tmp_path: Path) -> None:
    path = write(tmp_path, "ads/a")
    loader = Loader([tmp_path])
    before = loader.rulebook
    path.write_text("rule: [")
    assert loader.reload() is before
    assert loader.fault is not None
    assert loader.fault.diagnostics[0].code == "R004"
    write(tmp_path, "ads/a")
    assert [rule.digest for rule in loader.reload().rules] == [rule.digest for rule in before.rules]
    assert loader.fault is None


def test_only_what_has_changed_is_read_again(tmp_path: Path) -> None:
    changing = write(tmp_path, "ads/a")
    write(tmp_path, "ads/b")
    loader = Loader([tmp_path])
    one, other = loader.rulebook.rules
    changing.write_text(changing.read_text().replace("min_clicks: 15", "min_clicks: 16"))
    changed, same = loader.reload().rules
    assert changed.params["min_clicks"].value == 16
    assert one.params["min_clicks"].value == 15
    assert same is other


def test_a_file_that_has_gone_takes_its_rule_with_it(tmp_path: Path) -> None:
    gone = write(tmp_path, "ads/a")
    write(tmp_path, "ads/b")
    loader = Loader([tmp_path])
    gone.unlink()
    assert [rule.name for rule in loader.reload().rules] == ["ads/b"]


def test_a_second_rule_of_a_name_is_a_fault_as_long_as_it_is_there(tmp_path: Path) -> None:
    write(tmp_path / "one", "ads/a")
    (tmp_path / "two").mkdir()
    loader = Loader([tmp_path / "one", tmp_path / "two"])
    second = write(tmp_path / "two", "ads/a")
    loader.reload()
    assert loader.fault is not None
    assert [fault.code for fault in loader.fault.diagnostics] == ["R015"]
    second.unlink()
    loader.reload()
    assert loader.fault is None


def test_without_good_rules_to_fall_back_to_a_fault_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "ads/a", "[")
    with pytest.raises(RuleError):
        Loader([tmp_path])
