"""The JSON Schema of rule files, for editors: completion, and the simple mistakes underlined while typing.

Written from the tables the loader reads by, in the language that is spoken. It knows keys, words and patterns, and by
kind the columns, figures and fields there are (``schema_kinds``); what an expression means only the loader knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agent.language import _
from agent.model.belt import NAMES
from agent.model.kinds import KINDS
from agent.model.window import Anchor
from agent.rulebook.functions import FUNCTIONS
from agent.rulebook.keys import DRIFTS, RULE_KEYS, SPECIAL_EXPECTED, Form, Key
from agent.rulebook.schema_kinds import kind_definitions, of_kind, value_definitions
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
    "value_or_unknown": {"type": ["string", "number", "boolean", "null"]},
    "given": {
        "type": "object",
        "additionalProperties": {"anyOf": [{"$ref": "#/$defs/value_or_unknown"}, {"$ref": "#/$defs/given"}]},
    },
}


def schema() -> Mapping[str, Any]:
    """JSON Schema, draft 2020-12."""
    rule = _object(RULE_KEYS)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Steward rule",
        **rule,
        "allOf": [of_kind(kind) for kind in KINDS],
        "$defs": {**_DEFINITIONS, **value_definitions(), **kind_definitions()},
    }


def _object(keys: Sequence[Key]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [key.name for key in keys if key.required],
        "properties": {key.name: {"description": _(key.about), **_value(key)} for key in keys},
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
            words = [*SPECIAL_EXPECTED, *(f"blocked by {belt}" for belt in NAMES)]
            return {"anyOf": [{"enum": words}, {"$ref": "#/$defs/given"}]}
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
