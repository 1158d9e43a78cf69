"""Programs that read Steward's JSON can rely on the published schemas."""

import json

import pytest
from jsonschema import Draft202012Validator

from agent import errors
from tests.office import Office
from tests.reviewed import FOLDER as GOLDEN
from tests.schemas import FOLDER, faults

PLAN = json.loads((GOLDEN / "plan.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.name)
def test_every_published_schema_is_one_and_is_named_after_its_output(path: object) -> None:
    assert hasattr(path, "read_text")
    published = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(published)
    assert published["title"] == published["properties"]["schema"]["const"]
    assert hasattr(path, "name")
    assert path.name == published["title"].replace("/", ".") + ".json"


def test_a_plan_is_what_its_schema_promises() -> None:
    assert faults(PLAN) == []


def test_a_plan_with_a_float_for_money_or_a_word_nobody_promised_is_not() -> None:
    action = PLAN["actions"][0]
    wrong = {**PLAN, "actions": [{**action, "after": {"amount": 0.75, "currency": "EUR"}}], "more": 1}
    assert len(faults(wrong)) == 2


def test_a_pass_that_had_nothing_to_do_is_what_its_schema_promises(office: Office) -> None:
    office.write(office.config.read_text().replace("dry_run = true", "dry_run = false"))
    ran = office.steward("apply", "--yes", "--json")
    assert ran.code == 0
    assert faults(ran.json) == []


def test_errors_are_what_their_schema_promises(office: Office) -> None:
    (office.folder / "rules").mkdir()
    (office.folder / "rules" / "b.yaml").write_text("rule: a/b\njudges: nope\n")
    for command in (
        ("plan", "--account", "nobody"), ("apply", "--yes"), ("rules", "check", str(office.folder / "rules")),
    ):  # fmt: skip
        found = office.steward(*command, "--json").error
        assert found["schema"] == "steward.error/1"
        assert faults(found) == []


def test_every_code_of_an_error_is_in_the_schema_and_no_other() -> None:
    published = json.loads((FOLDER / "steward.error.1.json").read_text(encoding="utf-8"))
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.AgentError)]
    assert published["properties"]["code"]["enum"] == sorted({kind.code for kind in kinds})
