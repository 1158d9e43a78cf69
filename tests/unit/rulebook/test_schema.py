"""What editors underline is what the loader refuses, as far as a schema can know."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from agent.language import speaking
from agent.model.kinds import KINDS, SETTINGS, state_columns
from agent.rulebook.keys import RULE_KEYS
from agent.rulebook.schema import schema
from agent.shipped import shipped

RULES = sorted(shipped("rules").rglob("*.yaml"))


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    """Whether it is a schema is asked where it is printed."""
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
        ("language", "new"),
    ],
)
def test_what_the_loader_refuses_is_underlined(key: str, value: object, validator: Draft202012Validator) -> None:
    rule = yaml.safe_load(RULES[0].read_text()) | {key: value}
    assert not validator.is_valid(rule)


def test_it_knows_every_key_and_is_plain_json() -> None:
    assert set(json.loads(json.dumps(schema()))["properties"]) == {key.name for key in RULE_KEYS}


BID_RULE = """\
rule: x
about: y
judges: {judges}
when: [bid > 1]
propose: {propose}
tests:
  - {{name: t, given: {given}, expect: {expect}}}
"""


def rule(judges: str = "keyword", propose: str = "{set: bid, to: bid * 2}", given: str = "{}", expect: str = "match"
         ) -> object:  # fmt: skip
    return yaml.safe_load(BID_RULE.format(judges=judges, propose=propose, given=given, expect=expect))


@pytest.mark.parametrize(
    "wrong",
    [
        {"given": "{state: enabeld}"}, {"given": "{bid: -1}"}, {"given": "{match_type: fuzzy}"},
        {"given": "{recent: {clicks: -3}}"}, {"given": "{recent: {clicks: 2.5}}"}, {"given": "{recent: {klicks: 3}}"},
        {"given": "{recent: {acos: 30%}}"}, {"given": "{recent: {sessions: 3}}"},
        {"given": "{campaign: {state: on_hold}}"}, {"given": "{sku: {stockout_risk: 1.2}}"},
        {"given": "{sku: {recent: {clicks: 3}}}"}, {"given": "{target_acos: -5%}"}, {"given": "{locked: maybe}"},
        {"expect": "{bid: -1}"}, {"expect": "maybe"}, {"expect": "blocked by coldown"},
        {"propose": "{set: budget, to: budget * 2}"}, {"propose": "{set: bid}"}, {"propose": "{to: bid * 2}"},
        {"propose": "{set: bid, to: 1, ticket: Look., due: 3d}"}, {"propose": "{ticket: Look.}"},
        {"propose": "{create: keyword, text: text, match_type: fuzzy, bid: bid}"},
        {"propose": "{create: negative_keyword, text: text, match_type: exact, bid: bid}"},
        {"propose": "{create: product_target, text: text, bid: bid}"},
        {"judges": "campaign"}, {"judges": "supplier"},
    ],
    ids=lambda wrong: " ".join(f"{key} {value}" for key, value in wrong.items()),
)  # fmt: skip
def test_what_does_not_fit_the_kind_is_underlined(wrong: dict[str, str], validator: Draft202012Validator) -> None:
    assert validator.is_valid(rule())
    assert not validator.is_valid(rule(**wrong))


@pytest.mark.parametrize(
    "right",
    [
        {"given": "{state: unknown, bid: unknown, text: 123, min_clicks: 3, target_acos: 150%, min_margin: -5%}"},
        {"given": "{recent: {clicks: 3, clicks.days: 2, clicks.trend: -1.5, bid.mean: 1.0}, since_change(bid): 3d}"},
        {"given": "{campaign: {budget: 3, recent: {cost: 2}, sku: {days_of_cover: 21d, closest_change: -15%}}}"},
        {"propose": "{set: state, to: paused}", "expect": "{state: paused}"},
        {"propose": "{create: keyword, text: text, match_type: exact, bid: bid, ad_group: ad_group_id}"},
        {"propose": "{create: negative_keyword, text: text, match_type: phrase}", "expect": "blocked by cooldown"},
        {"propose": "{ticket: Look., due: 3d, owner: me}"}, {"expect": "{bid: 1.00, wanted: 3}"},
    ],
    ids=lambda right: " ".join(f"{key} {value}" for key, value in right.items()),
)  # fmt: skip
def test_what_the_kind_has_is_not(right: dict[str, str], validator: Draft202012Validator) -> None:
    assert [each.message for each in validator.iter_errors(rule(**right))] == []


def test_editors_are_offered_the_names_of_every_kind() -> None:
    found = schema()["$defs"]
    for kind in KINDS.values():
        offered = found[f"names_{kind.name}"]["examples"]
        assert set(state_columns(kind.name)) | set(SETTINGS) <= set(offered)
        assert {f"recent.{metric.name}" for metric in kind.metrics} <= set(offered)
        assert set(state_columns(kind.name)) | set(kind.relations) == set(found[f"given_{kind.name}"]["properties"])


def test_it_speaks_the_readers_language_and_stays_small_enough_for_an_editor() -> None:
    assert len(json.dumps(schema(), ensure_ascii=False)) < 150_000
    with speaking("zh"):
        chinese = schema()
    assert chinese["properties"]["when"]["description"] == "必须全部成立的条件。"
    assert chinese["$defs"]["days_keyword"]["properties"]["cost"]["description"] == "点击花费。"
    assert chinese["$defs"].keys() == schema()["$defs"].keys()
