"""What the JSON Schema says of each kind: the names its rules can use, what they may ask for, what tests may give.

Editors complete keys and words from it: the columns and settings below ``given``, figures below a window there, fields
below ``propose`` and ``expect``. Expressions are texts to an editor; of those it is offered the kind's names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from agent.language import _
from agent.model.creation import MATCH_TYPES
from agent.model.kinds import KINDS, SETTINGS, STREAMS, Kind, state_columns
from agent.model.metric import Column, Unit
from agent.rulebook.keys import LEVERS, TEXTS_TO_SET
from agent.rulebook.scope import HOWS

Schema = dict[str, Any]

_UNKNOWN: Schema = {"enum": ["unknown", "", "~", None]}
_SPELLED = {Unit.RATIO: "^-?[0-9.]+%$", Unit.DAYS: "^-?[0-9.]+[dh]$"}
"""How a figure may be written that is no plain number to YAML."""
_PAST = "^(since_change|changes|was|age|until)\\(.+\\)$"


def value_definitions() -> Schema:
    """What a test may give of each unit: ``count``, ``signed_count``, ``count_up_to_5`` and so on."""
    columns = [*SETTINGS.values(), *(column for stream in STREAMS.values() for column in stream.columns)]
    return {_value_name(column): _value_of(column) for column in columns if not column.choices}


def kind_definitions() -> Schema:
    """``given_KIND``, ``days_KIND`` and ``names_KIND``: what stands below ``given``, below a window there, and in
    expressions."""
    found: Schema = {"settings": {"properties": {name: _column(column) for name, column in SETTINGS.items()}}}
    for kind in KINDS.values():
        found[f"given_{kind.name}"] = _given(kind)
        found[f"names_{kind.name}"] = _names(kind)
        if kind.traffics:
            found[f"days_{kind.name}"] = _days(kind)
    return found


def of_kind(kind: str) -> Schema:
    """What holds of a rule that judges this kind."""
    names = {"$ref": f"#/$defs/names_{kind}"}
    tests = {"items": {"properties": {"given": {"$ref": f"#/$defs/given_{kind}"}, "expect": _expected(kind)}}}
    then = {"when": {"items": names}, "let": {"additionalProperties": names}, "propose": _proposal(kind),
            "tests": tests}  # fmt: skip
    return {"if": {"properties": {"judges": {"const": kind}}, "required": ["judges"]}, "then": {"properties": then}}


# What can be asked for


def _proposal(kind: str) -> Schema:
    """One of what the kind can be asked, with all that belongs to it."""
    ways = [_task()]
    if LEVERS[kind]:
        ways.append(_setting(kind))
    if "ad_group_id" in state_columns(kind):
        ways += [_creating(made) for made in MATCH_TYPES]
    return {"anyOf": ways}


def _setting(kind: str) -> Schema:
    texts = [text for field in LEVERS[kind] for text in TEXTS_TO_SET.get(field, ())]
    to: Schema = {"$ref": f"#/$defs/names_{kind}"}
    if texts:
        to = {"anyOf": [{"enum": list(dict.fromkeys(texts))}, to]}
    return _way("set", {"set": {"enum": list(LEVERS[kind])}, "to": to})


def _creating(made: str) -> Schema:
    words = "asin" if made == "product_target" else "text"
    properties: Schema = {"create": {"const": made}, words: True}
    if words == "text":
        properties["match_type"] = {"enum": [each.removeprefix("negative_") for each in MATCH_TYPES[made]]}
    if not made.startswith("negative_"):
        properties["bid"] = True
    return {**_way("create", properties), "properties": {**properties, "ad_group": True}}


def _task() -> Schema:
    return {**_way("ticket", {"ticket": True, "due": True}), "properties": {"ticket": True, "due": True, "owner": True}}


def _way(word: str, properties: Schema) -> Schema:
    return {"title": word, "required": list(properties), "properties": properties, "additionalProperties": False}


def _expected(kind: str) -> Schema:
    """Beside outcomes: the fields that can be set, and lets, which go by any name."""
    columns = state_columns(kind)
    fields = {name: _column(columns[name]) for name in LEVERS[kind]}
    return {"properties": fields} if fields else {}


# What can be seen


def _names(kind: Kind) -> Schema:
    """The names a rule over the kind can use, for completion; ``recent`` stands for a window of whatever name."""
    words = [*state_columns(kind.name), *SETTINGS]
    words += [f"recent.{name}" for name in (*_measures(kind), *(metric.name for metric in kind.metrics))]
    words += [f"{relation}.{name}" for relation, to in kind.relations.items() for name in state_columns(to.kind)]
    formulas = "; ".join(f"{each.name} = {each.formula}" for each in kind.metrics)
    said = f"{_(kind.about)} {_('Metrics:')} {formulas}" if formulas else _(kind.about)
    return {"$ref": "#/$defs/expression", "description": said, "examples": words}


def _given(kind: Kind) -> Schema:
    properties = {name: _column(column) for name, column in state_columns(kind.name).items()}
    for name, relation in kind.relations.items():
        properties[name] = {"$ref": f"#/$defs/given_{relation.kind}", "description": _(KINDS[relation.kind].about)}
    more: list[Schema] = [{"$ref": "#/$defs/value_or_unknown"}]
    if kind.traffics:
        more.append({"$ref": f"#/$defs/days_{kind.name}"})
    return {
        "type": "object",
        "allOf": [{"$ref": "#/$defs/settings"}],
        "properties": properties,
        "patternProperties": {_PAST: {"$ref": "#/$defs/value_or_unknown"}},
        "additionalProperties": {"anyOf": more},
    }


def _days(kind: Kind) -> Schema:
    """Figures of a window. A metric follows from its measures, and cannot be given."""
    properties = {name: _column(column) for name, column in _measures(kind).items()}
    for metric in kind.metrics:
        properties[metric.name] = {"not": {}, "description": f"{_(metric.about)} = {metric.formula}"}
    ways = "|".join(HOWS)
    levels = "|".join(state_columns(kind.name))
    return {
        "type": "object",
        "properties": properties,
        "patternProperties": {
            f"^({'|'.join(_measures(kind))})\\.({ways})$": {"$ref": "#/$defs/value_or_unknown"},
            f"^({levels})\\.mean$": {"$ref": "#/$defs/value_or_unknown"},
        },
        "additionalProperties": False,
    }


def _measures(kind: Kind) -> Mapping[str, Column]:
    return {column.name: column for name in kind.traffics for column in STREAMS[name].columns}


def _column(column: Column) -> Schema:
    about = _(column.about)
    if column.choices:
        return {"enum": [*column.choices, "unknown", "", None], "description": about}
    return {"$ref": f"#/$defs/{_value_name(column)}", "description": about}


def _value_name(column: Column) -> str:
    if column.unit in (Unit.TEXT, Unit.FLAG, Unit.INSTANT):
        return str(column.unit)
    name = f"signed_{column.unit}" if column.least is None else str(column.unit)
    name += f"_from_{column.least:g}" if column.least else ""
    return name if column.most is None else f"{name}_up_to_{column.most:g}"


def _value_of(column: Column) -> Schema:
    if column.unit is Unit.FLAG:
        return {"enum": [True, False, "unknown", "", "~", None]}
    if column.unit in (Unit.TEXT, Unit.INSTANT):
        return {"type": ["string", "number", "boolean", "null"]}
    return {"anyOf": [*_figures(column), _UNKNOWN]}


def _figures(column: Column) -> Iterator[Schema]:
    number: Schema = {"type": "integer" if column.unit is Unit.COUNT else "number"}
    if column.least is not None:
        number["minimum"] = column.least
    if column.most is not None:
        number["maximum"] = column.most
    yield number
    if column.unit in _SPELLED:
        pattern = _SPELLED[column.unit]
        yield {"type": "string", "pattern": pattern if column.least is None else pattern.replace("-?", "")}
