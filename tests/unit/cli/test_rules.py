"""Checking, testing, listing and describing rules."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from agent.model.proposal import Run
from agent.model.verdict import Tally
from agent.rulebook.load import load
from agent.shipped import shipped
from tests.office import Office
from tests.wishes import NOW

SHIPPED = shipped("rules")
EXAMPLE = SHIPPED / "ads" / "bid-down-above-target.yaml"


@pytest.fixture
def broken(office: Office) -> Path:
    folder = office.folder / "broken"
    folder.mkdir()
    (folder / "a.yaml").write_text("rule: a\nabout: x\njudges: keyword\nwhen: [clicks >\n")
    (folder / "b.yaml").write_text("rule: b\nabout: x\njudges: nope\nwhen: [clicks > 3]\n")
    return folder


def test_the_shipped_rules_are_in_order_and_pass_their_tests(office: Office) -> None:
    count = len(load([SHIPPED]).rules)
    checked = office.bare("rules", "check", str(SHIPPED), "--json")
    assert (checked.code, len(checked.json["rules"]), checked.json["warnings"]) == (0, count, [])
    tested = office.bare("rules", "test", str(SHIPPED), "--json")
    assert (tested.code, tested.json["failed"]) == (0, 0)
    assert tested.json["passed"] == len(tested.json["tests"]) >= count


def test_every_fault_of_a_folder_is_told_at_once_with_its_place(office: Office, broken: Path) -> None:
    for verb in ("check", "test"):
        ran = office.bare("rules", verb, str(broken))
        assert (ran.code, ran.out) == (2, "")
        assert f"{broken / 'a.yaml'}:" in ran.err
        assert f"{broken / 'b.yaml'}:3:9: R013" in ran.err
    found = office.bare("rules", "check", str(broken), "--json").error["diagnostics"]
    assert {each["path"] for each in found} == {str(broken / "a.yaml"), str(broken / "b.yaml")}
    assert all(each["line"] >= 1 and each["column"] >= 1 and each["code"].startswith("R") for each in found)


def test_a_path_that_is_not_there_is_told(office: Office) -> None:
    ran = office.bare("rules", "check", "nowhere")
    assert ran.code == 2
    assert "nowhere" in ran.err


def test_a_rule_whose_test_fails_exits_1_and_names_the_test(office: Office) -> None:
    path = office.folder / "ads" / EXAMPLE.name
    path.parent.mkdir()
    text = EXAMPLE.read_text()
    assert "expect: no match" in text
    path.write_text(text.replace("expect: no match", "expect: unknown", 1))
    ran = office.bare("rules", "test", str(path), "--json")
    assert ran.code == 1
    (failed,) = [each for each in ran.json["tests"] if not each["passed"]]
    assert failed["message"]
    text = office.bare("rules", "test", str(path)).out
    assert f"✗ {failed['rule']}: {failed['test']}" in text


def test_what_the_tests_came_to_is_written_for_ci_with_file_and_line(office: Office) -> None:
    path = office.folder / "ads" / EXAMPLE.name
    path.parent.mkdir()
    text = EXAMPLE.read_text(encoding="utf-8").replace("expect: no match", "expect: unknown", 1)
    path.write_text(text.replace("too few clicks", "<too & \\n few>"), encoding="utf-8")
    report = office.folder / "reports" / "rules.xml"
    ran = office.bare("rules", "test", str(path), "--junit", str(report), "--json")
    root = ElementTree.parse(report).getroot()
    (suite,) = root
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", str(len(ran.json["tests"])), "1")
    assert (suite.get("name"), suite.get("file")) == ("ads/bid-down-above-target", str(path))
    assert [case.get("name") for case in suite] == [each["test"] for each in ran.json["tests"]]
    (failed,) = [case for case in suite if case.find("failure") is not None]
    line = next(at for at, each in enumerate(text.splitlines(), 1) if "not lowered again" in each)
    assert (failed.get("file"), failed.get("line")) == (str(path), str(line))
    said = failed.find("failure")
    assert said is not None and said.text is not None
    assert said.text.startswith(f"{path}:{line}:11: expected 'unknown'")
    assert str(said.get("message")).startswith("expected 'unknown'")
    assert ran.code == 1


def test_rules_that_cannot_be_read_are_errors_in_the_file_for_ci(office: Office, broken: Path) -> None:
    report = office.folder / "rules.xml"
    assert office.bare("rules", "test", str(broken), "--junit", str(report)).code == 2
    root = ElementTree.parse(report).getroot()
    assert int(str(root.get("errors"))) == len(root.findall(".//error")) >= 2
    assert {suite.get("file") for suite in root} == {str(broken / "a.yaml"), str(broken / "b.yaml")}
    where = {(case.get("file"), case.get("line")) for case in root.iter("testcase")}
    assert (str(broken / "b.yaml"), "3") in where


def test_the_list_has_every_rule_and_how_it_judged_last(office: Office) -> None:
    rules = load([SHIPPED]).rules
    first = rules[0]
    with office.ledger() as ledger:
        ledger.begin(Run("r_1", "judge", "north", NOW))
        ledger.tally("r_1", [Tally(first.name, first.digest, 70, 7, 3)])
        ledger.end(Run("r_1", "judge", "north", NOW, NOW))
    rows = {each["rule"]: each for each in office.steward("rules", "list", "--json").json["rules"]}
    assert list(rows) == [rule.name for rule in rules]
    told = rows[first.name]
    assert (told["judged"], told["matched"], told["unknown"], told["tests"]) == (70, 7, 3, len(first.tests))
    assert rows[rules[1].name]["judged"] is None
    lines = office.steward("rules", "list").out.splitlines()
    assert lines[0].split("\t")[:7] == [first.name, first.judges, str(first.mode), str(first.severity), "70", "7", "3"]
    assert len(lines) == len(rules)


def test_the_schema_for_editors_is_one(office: Office) -> None:
    ran = office.bare("rules", "schema")
    assert ran.code == 0
    Draft202012Validator.check_schema(json.loads(ran.out))


def test_a_rule_that_is_nearly_named_is_suggested(office: Office) -> None:
    ran = office.steward("rules", "why", "ads/bid-down-above-targt")
    assert ran.code == 2
    assert "ads/bid-down-above-target" in ran.err


def test_a_plan_of_a_rule_that_is_not_there_is_refused(office: Office) -> None:
    ran = office.steward("plan", "--rule", "ads/nobody")
    assert ran.code == 2
    assert "ads/nobody" in ran.err


def test_a_rule_in_auto_mode_says_whether_it_asks_and_why(office: Office) -> None:
    """In dry-run, not listed, and never judged: each is named, and other modes have nothing to say."""
    text = Path("rules/ads/bid-down-above-target.yaml")
    shipped = (Path(__file__).parents[3] / text).read_text(encoding="utf-8")
    (office.folder / "rules" / "ads").mkdir(parents=True)
    (office.folder / text).write_text(shipped.replace("mode: ask", "mode: auto"), encoding="utf-8")
    config = office.config.read_text().replace('rules = ["shipped"]', 'rules = ["rules"]')
    office.write(config)
    (rule,) = office.steward("rules", "list", "--json").json["rules"]
    assert rule["auto"] is False
    assert rule["asks_because"] == ["it is not listed in approval.auto", "nothing is sent: dry-run"]
    office.write(config.replace("dry_run = true", "dry_run = false\napproval.auto = ['ads/*']"))
    (rule,) = office.steward("rules", "list", "--json").json["rules"]
    record = "people have decided 0 of its proposals, fewer than 20"
    assert rule["asks_because"] == ["its present text has judged nothing yet", record]
    (kept,) = office.steward("rules", "record", "--json").json["records"]
    assert (kept["asks_because"], kept["standing"], kept["acceptance"]) == (rule["asks_because"], None, None)
    assert f"asks: its present text has judged nothing yet; {record}" in office.steward("rules", "record").out
    assert "its present text has judged nothing yet" in office.steward("rules", "list").out


def test_rules_that_can_push_one_lever_both_ways_are_listed_with_who_speaks(office: Office) -> None:
    found = office.bare("rules", "conflicts", str(SHIPPED), "--json").json["conflicts"]
    pairs = {tuple(each["rule"] for each in one["rules"]): one for one in found}
    apart = pairs["ads/bid-down-above-target", "ads/bid-up-below-target"]
    assert (apart["kind"], apart["field"], apart["apart"]) == ("keyword", "bid", "recent.acos")
    assert [each["direction"] for each in apart["rules"]] == ["down", "up"]
    table = office.bare("rules", "conflicts", str(SHIPPED))
    assert table.code == 0 and len(table.out.splitlines()) == len(found)


def test_a_rule_file_is_laid_out_once_and_check_names_it_before(office: Office) -> None:
    path = office.folder / "ads" / EXAMPLE.name
    path.parent.mkdir()
    laid = EXAMPLE.read_text(encoding="utf-8")
    path.write_text(laid.replace("mode: ask\nseverity: S4\n", "severity: S4\nmode: ask\n"), encoding="utf-8")
    path.chmod(0o640)
    other = office.bare("rules", "fmt", "--check", str(path))
    assert (other.code, other.out) == (1, f"{path}\n")
    assert path.read_text(encoding="utf-8") != laid
    done = office.bare("rules", "fmt", str(path))
    assert (done.code, done.out) == (0, f"{path}\n")
    assert (path.read_text(encoding="utf-8"), path.stat().st_mode & 0o777) == (laid, 0o640)
    again = office.bare("rules", "fmt", "--check", str(path.parent))
    assert (again.code, again.out) == (0, "")
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_where_one_file_is_at_fault_none_is_laid_out(office: Office, broken: Path) -> None:
    good = broken / "c.yaml"
    good.write_text("about: x\nrule: c\njudges: keyword\nwhen: [bid > 1]\n")
    before = good.read_bytes()
    ran = office.bare("rules", "fmt", str(broken))
    assert (ran.code, ran.out, good.read_bytes()) == (2, "", before)
    assert f"{broken / 'b.yaml'}:3:9: R013" in ran.err


def test_the_shipped_rules_are_laid_out(office: Office) -> None:
    assert office.steward("rules", "fmt", "--check").code == 0
