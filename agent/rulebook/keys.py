"""The keys of a rule file, once: what is read, what is refused and what editors are told comes from these tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from agent.model.actions import ACTIONS, settable
from agent.model.creation import MATCH_TYPES
from agent.model.kinds import KINDS, state_columns
from agent.model.rule import Mode, OnDrift, Severity

LANGUAGE = 1
"""The version of the rule language that is read here; files of a newer one are refused (R008)."""


class Form(StrEnum):
    """What stands behind a key."""

    TEXT = "text"
    EXPRESSION = "expression"
    EXPRESSIONS = "a list of expressions"
    NAMED = "names with expressions or values"
    WINDOWS = "names with windows"
    KEYS = "keys"
    TESTS = "a list of tests"
    DAYS = "a number of days such as 3d"
    SHARE = "a percentage such as 25%"
    AMOUNT = "an amount"
    COUNT = "a whole number"
    DRIFT = "respect, ask, overwrite, or pin and a number of days"
    GIVEN = "names with values"
    EXPECTED = "an outcome, or fields with values"


@dataclass(frozen=True, slots=True)
class Key:
    """``choices`` are the only words allowed; ``below`` the keys of a value that is itself a mapping."""

    name: str
    form: Form
    about: str
    required: bool = False
    choices: tuple[str, ...] = ()
    below: tuple[Key, ...] = ()


LEVERS: Mapping[str, tuple[str, ...]] = {
    kind.name: tuple(column.name for column in state_columns(kind.name).values() if column.name in settable(kind.name))
    for kind in KINDS.values()
}
"""Which state columns of a kind a rule may ask to set."""

TEXTS_TO_SET: Mapping[str, tuple[str, ...]] = {
    action.field: action.texts for action in ACTIONS.values() if action.texts and action.by_rules
}
"""What a rule may ask for where the field is a text."""

DRIFTS = tuple(word for word in OnDrift if word is not OnDrift.PIN)
"""What ``drift`` can be without a number of days."""

SPECIAL_EXPECTED = ("match", "no match", "unknown")

WINDOW_KEYS = (
    Key("last", Form.DAYS, "How many days the window has, such as 30d.", required=True),
    Key("until", Form.TEXT, "Its last day: settled (default), yesterday, now, or the window it ends before."),
    Key("settle", Form.DAYS, "How long it waits for figures to settle, instead of as long as they are known to take."),
)
PROPOSALS: Mapping[str, tuple[Key, ...]] = {
    "set": (
        Key("set", Form.TEXT, "The field to change.", required=True),
        Key("to", Form.EXPRESSION, "Its new value.", required=True),
    ),
    "create": (
        Key("create", Form.TEXT, "Instead of set: the kind of what is to be made.", choices=tuple(MATCH_TYPES)),
        Key("text", Form.EXPRESSION, "The words of a keyword that is to be made."),
        Key("asin", Form.EXPRESSION, "The product of a target that is to be made."),
        Key("match_type", Form.TEXT, "exact, phrase or broad; negatives know no broad."),
        Key("ad_group", Form.EXPRESSION, "The ad group it goes into; ad_group_id when left out."),
        Key("bid", Form.EXPRESSION, "What a new keyword or target begins with."),
    ),
    "ticket": (
        Key("ticket", Form.TEXT, "Instead of set: what a person is to do, as a sentence.", required=True),
        Key("due", Form.EXPRESSION, "How long that person has, such as 24h.", required=True),
        Key("owner", Form.TEXT, "Who that is; the setting 'owner' when left out."),
    ),
}
"""What can be asked for, by the key that says which, with all keys that belong to it."""

PROPOSE_KEYS = tuple(replace(key, required=False) for keys in PROPOSALS.values() for key in keys)
LIMIT_KEYS = (
    Key("step", Form.SHARE, "Largest change of one step, as a share of the value before."),
    Key("cooldown", Form.DAYS, "Days that must pass since the last change of the field, by anybody."),
    Key("floor", Form.AMOUNT, "Lowest value the rule may ask for."),
    Key("ceiling", Form.AMOUNT, "Highest value the rule may ask for."),
    Key("most", Form.COUNT, "Most changes of this rule in one run."),
)
TEST_KEYS = (
    Key("name", Form.TEXT, "What holds, as a sentence.", required=True),
    Key("given", Form.GIVEN, "What is known; everything else is unknown.", required=True),
    Key("expect", Form.EXPECTED, "The values asked for, 'match', 'no match', 'unknown' or 'blocked by BELT'.",
        required=True),
)  # fmt: skip
RULE_KEYS = (
    Key("rule", Form.TEXT, "The rule's name: its path below the rules folder, without .yaml.", required=True),
    Key("language", Form.COUNT, "The version of the rule language it is written in (default 1)."),
    Key("about", Form.TEXT, "What the rule is for, in a sentence.", required=True),
    Key("judges", Form.TEXT, "The kind of entity it judges.", required=True, choices=tuple(KINDS)),
    Key("params", Form.NAMED, "Thresholds with names; the configuration may override them per account."),
    Key("windows", Form.WINDOWS, "Spans of days with names.", below=WINDOW_KEYS),
    Key("let", Form.NAMED, "Expressions with names."),
    Key("when", Form.EXPRESSIONS, "Conditions that must all hold.", required=True),
    Key("propose", Form.KEYS, "What a match asks for.", below=PROPOSE_KEYS),
    Key("limits", Form.KEYS, "The rule's own limits, on top of the belts.", below=LIMIT_KEYS),
    Key("drift", Form.DRIFT, "After somebody else changed a value of ours: respect rests for 14 days, ask (default) "
        "lets a person decide, overwrite goes on, 'pin 7d' asks for our value again for so long."),
    Key("mode", Form.TEXT, "tell notifies, ask waits for approval (default), auto executes.", choices=tuple(Mode)),
    Key("severity", Form.TEXT, "S1 now, S2 same day, S3 daily, S4 weekly (default).", choices=tuple(Severity)),
    Key("priority", Form.COUNT, "Among rules that want the same lever, the higher one wins (default 0)."),
    Key("say", Form.TEXT, "The reason as people read it, with {expression:format}."),
    Key("tests", Form.TESTS, "Examples that must hold.", below=TEST_KEYS),
)  # fmt: skip
