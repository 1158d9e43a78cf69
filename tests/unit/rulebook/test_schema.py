"""What editors underline is what the loader refuses, as far as a schema can know."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from agent.rulebook.keys import RULE_KEYS
from agent.rulebook.schema import schema
from agent.shipped import shipped

RULES = sorted(shipped("rules").rglob("*.yaml"))


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(schema())
    return Draft202012Validator(schema())


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_every_shipped_rule_is_valid(path: Path, validator: Draft202012Validator) -> None:
    assert [fault.message for fault in validator.iter_errors(yaml.safe_load(path.read_text()))] == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("mode", "on"),
        ("judges", "keywords"),
        ("colour", "red"),
        ("when", []),
        ("windows", {"recent": {"last": "30"}}),
        ("windows", {"recent": {"until": "settled"}}),
        ("limits", {"step": 2}),
        ("propose", {"set": "match_type", "to": "exact"}),
        ("params", {"Min": 3}),
        ("tests", [{"name": "x", "given": {}, "expect": "nothing"}]),
    ],
)
def test_what_the_loader_refuses_is_underlined(key: str, value: object, validator: Draft202012Validator) -> None:
    rule = yaml.safe_load(RULES[0].read_text()) | {key: value}
    assert not validator.is_valid(rule)


def test_it_knows_every_key_and_is_plain_json() -> None:
    assert set(json.loads(json.dumps(schema()))["properties"]) == {key.name for key in RULE_KEYS}
