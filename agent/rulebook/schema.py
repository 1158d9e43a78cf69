"""The JSON Schema of rule files, for editors: completion, and the simple mistakes underlined while typing.

Written from the tables the loader reads by. It knows keys, words and patterns; names and units only the loader knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agent.model.kinds import state_columns
from agent.model.window import Anchor
from agent.rulebook.functions import FUNCTIONS
from agent.rulebook.keys import DRIFTS, LEVERS, RULE_KEYS, SPECIAL_EXPECTED, Form, Key
from agent.rulebook.shape import MOST_ENTRIES
from agent.rulebook.tokens import MOST_CHARACTERS

NAME = "^[a-z][a-z0-9_]{0,39}$"
DAYS = "^[0-9]{1,6}d$"
SHARE = "^[0-9]+(\\.[0-9]+)?%?$"

_DEFINITIONS: Mapping[str, Any] = {
    "expression": {
        "description": f"An expression. Functions: {', '.join(each.usage for each in FUNCTIONS.values())}.",
        "type": ["string", "number", "boolean"],
        "maxLength": MOST_CHARACTERS,
    },
    "value": {"description": "A number, 25%, 3d, true, false or a text.", "type": ["string", "number", "boolean"]},
    "given": {
        "type": "object",
        "additionalProperties": {
            "anyOf": [{"type": ["string", "number", "boolean", "null"]}, {"$ref": "#/$defs/given"}]
        },
    },
}


def schema() -> Mapping[str, Any]:
    """JSON Schema, draft 2020-12."""
    rule = _object(RULE_KEYS)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Steward rule",
        **rule,
        "allOf": [_levers_of(kind, fields) for kind, fields in LEVERS.items()],
        "$defs": _DEFINITIONS,
    }


def _object(keys: Sequence[Key]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [key.name for key in keys if key.required],
        "properties": {key.name: {"description": key.about, **_value(key)} for key in keys},
    }


def _value(key: Key) -> dict[str, Any]:
    match key.form:
        case Form.TEXT if key.choices:
            return {"enum": list(key.choices)}
        case Form.EXPRESSION:
            return {"$ref": "#/$defs/expression"}
        case Form.EXPRESSIONS:
            return {"type": "array", "minItems": 1, "maxItems": MOST_ENTRIES, "items": {"$ref": "#/$defs/expression"}}
        case Form.NAMED:
            return _names({"$ref": "#/$defs/value"})
        case Form.WINDOWS:
            return _names(_object(key.below))
        case Form.KEYS:
            return _object(key.below)
        case Form.TESTS:
            return {"type": "array", "maxItems": MOST_ENTRIES, "items": _object(key.below)}
        case _:
            return _plain(key)


def _plain(key: Key) -> dict[str, Any]:
    match key.form:
        case Form.DAYS:
            return {"type": "string", "pattern": DAYS}
        case Form.SHARE:
            return {"anyOf": [{"type": "string", "pattern": SHARE}, {"type": "number", "minimum": 0, "maximum": 1}]}
        case Form.AMOUNT:
            return {"type": "number", "exclusiveMinimum": 0}
        case Form.COUNT:
            return {"type": "integer"}
        case Form.DRIFT:
            return {"type": "string", "pattern": f"^({'|'.join(DRIFTS)}|pin [0-9]{{1,2}}d)$"}
        case Form.GIVEN:
            return {"$ref": "#/$defs/given"}
        case Form.EXPECTED:
            words = {"enum": list(SPECIAL_EXPECTED)}
            return {"anyOf": [words, {"type": "string", "pattern": "^blocked by .+$"}, {"$ref": "#/$defs/given"}]}
        case _:
            examples = {"until": {"examples": [str(anchor) for anchor in Anchor]}}.get(key.name, {})
            return {"type": "string", "minLength": 1, **examples}


def _names(value: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "maxProperties": MOST_ENTRIES,
        "propertyNames": {"pattern": NAME},
        "additionalProperties": value,
    }


def _levers_of(kind: str, fields: Sequence[str]) -> dict[str, Any]:
    """What a rule over this kind may set."""
    sets = {"properties": {"propose": {"properties": {"set": {"enum": list(fields)}}}}}
    words = ["ticket", *(["create"] if "ad_group_id" in state_columns(kind) else [])]
    never = {"properties": {"propose": {"anyOf": [{"required": [word]} for word in words]}}}
    return {"if": {"properties": {"judges": {"const": kind}}}, "then": sets if fields else never}
