"""A new rule is a whole one from the first moment: in order, tested, and in nobody's way."""

from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.jobs.check import run_tests
from agent.jobs.coverage import uncovered
from agent.model.belt import BeltLimits
from agent.model.marketplace import MARKETPLACES
from agent.rulebook.layout import laid_out
from agent.rulebook.load import load
from agent.rulebook.templates import SKELETONS, rule_name, templates, written
from agent.shipped import shipped
from tests.office import Office


@pytest.fixture
def own(office: Office) -> Path:
    office.write(office.config.read_text().replace('["shipped"]', '["shipped", "rules"]'))
    return office.folder / "rules"


def test_a_rule_of_a_skeleton_is_in_order_and_its_tests_pass_and_see_everything(tmp_path: Path) -> None:
    for path in SKELETONS.glob("*.yaml"):
        new = tmp_path / "mine" / path.name
        new.parent.mkdir(exist_ok=True)
        text = written(path, f"mine/{path.stem}")
        assert laid_out(text.encode(), str(new)) == text
        new.write_text(text, encoding="utf-8")
    book = load([tmp_path])
    results = run_tests(book.rules, MARKETPLACES["US"], BeltLimits())
    assert len(book.rules) == 4
    assert [each.message for each in results if not each.passed] == []
    assert uncovered(book.rules, results) == []


def test_a_rule_of_a_shipped_one_differs_from_it_in_its_name_alone() -> None:
    """What those are worth is tested where they are."""
    shipped_ones = [(name, path) for name, path in templates().items() if "/" in name]
    assert len(shipped_ones) > 80
    for name, path in shipped_ones[::4]:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"rule: {name}\n")
        assert written(path, "mine/x") == text.replace(f"rule: {name}\n", "rule: mine/x\n", 1)


def test_the_skeletons_live_with_the_shipped_rules_without_a_warning(tmp_path: Path) -> None:
    for path in SKELETONS.glob("*.yaml"):
        (tmp_path / path.name).write_text(written(path, path.stem), encoding="utf-8")
    assert load([tmp_path, shipped("rules")]).warnings == ()


def test_it_is_written_into_the_folder_of_ones_own_and_tested_at_once(office: Office, own: Path) -> None:
    ran = office.steward("rules", "new", "ads/my-bids", "--from", "bid")
    path = own / "ads" / "my-bids.yaml"
    assert (ran.code, ran.out) == (0, f"{path}\n")
    assert f"steward rules test {path}" in ran.err
    assert path.read_text(encoding="utf-8").startswith("rule: ads/my-bids\nabout: Lower the bid")
    assert office.steward("rules", "check").code == 0
    assert office.steward("rules", "test", str(path)).code == 0


def test_from_a_shipped_rule_it_is_told_that_both_are_in_force(office: Office, own: Path) -> None:
    ran = office.steward("rules", "new", "ads/winner-strict.yaml", "--from", "ads/winner")
    assert ran.code == 0 and "ads/winner" in ran.err
    theirs = (shipped("rules") / "ads" / "winner.yaml").read_text(encoding="utf-8")
    mine = (own / "ads" / "winner-strict.yaml").read_text(encoding="utf-8")
    assert mine == theirs.replace("rule: ads/winner\n", "rule: ads/winner-strict\n", 1)


def test_nothing_is_written_over_and_no_name_is_taken_twice(office: Office, own: Path) -> None:
    assert office.steward("rules", "new", "ads/mine", "--from", "bid").code == 0
    before = (own / "ads" / "mine.yaml").read_bytes()
    for name in ("ads/mine", "ads/winner"):
        ran = office.steward("rules", "new", name, "--from", "alert")
        assert ran.code == 2 and "already" in ran.err
    assert (own / "ads" / "mine.yaml").read_bytes() == before
    assert not (own / "ads" / "winner.yaml").exists()


@pytest.mark.parametrize("name", ["../out", "/tmp/x", "Ads/x", "ads/", "ads//x", "", ".hidden", "a b", "a\\b"])
def test_a_name_that_is_no_path_below_the_folder_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="not a usable name"):
        rule_name(name)


def test_a_template_that_is_nearly_named_is_suggested(office: Office, own: Path) -> None:
    ran = office.steward("rules", "new", "ads/x", "--from", "ads/winer")
    assert ran.code == 2 and "ads/winner" in ran.err
    assert office.steward("rules", "new", "ads/x").code == 2
    assert office.steward("rules", "new").code == 2


def test_a_template_of_a_newer_language_is_refused_with_the_remedy(office: Office, own: Path) -> None:
    path = office.folder / "theirs.yaml"
    path.write_text("rule: theirs\nlanguage: 2\njudges: everything\n")
    ran = office.steward("rules", "new", "ads/x", "--from", str(path))
    assert ran.code == 2
    assert f"{path}:2:11: R008" in ran.err and "upgrade steward" in ran.err
    assert not own.exists()


def test_without_a_folder_of_ones_own_it_asks_for_one(office: Office) -> None:
    ran = office.steward("rules", "new", "ads/x", "--from", "bid")
    assert ran.code == 2 and "--into" in ran.err
    there = office.bare("rules", "new", "ads/x", "--from", "bid", "--into", str(office.folder / "other"), "--json")
    assert there.json["path"] == str(office.folder / "other" / "ads" / "x.yaml")


def test_the_templates_are_listed_with_what_they_are_for(office: Office) -> None:
    rows = office.bare("rules", "new", "--list", "--json").json["templates"]
    assert [each["template"] for each in rows][:4] == ["alert", "bid", "budget", "listing"]
    assert len(rows) == len(templates())
    chinese = office.bare("--lang", "zh", "rules", "new", "--list").out
    assert "点击花费超出目标的关键词，降低竞价。" in chinese
