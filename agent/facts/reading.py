"""What a field of a document must look like, as SQL over its text: one expression for the value, some for faults.

Numbers are converted from text as decimals: money is exact to the micro (dust of binary fractions in a seventh
decimal is rounded away), and a count with a fraction is found instead of rounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agent.model.fact import Document, Stream
from agent.model.metric import Unit
from agent.model.window import Span


@dataclass(frozen=True, slots=True)
class Check:
    """``fault`` is SQL, true for a row that breaks the promise; ``says`` completes "field value, which …"."""

    source: str
    fault: str
    says: str


_DECIMAL = "TRY_CAST({0} AS DECIMAL(18, 6))"
_DOUBLE = "TRY_CAST({0} AS DOUBLE)"
_TEXT = "json_extract_string({0}, '$')"
_VALUE: Mapping[Unit, str] = {
    Unit.COUNT: f"TRY_CAST({_DECIMAL} AS INTEGER)",
    Unit.MONEY: _DECIMAL,
    Unit.RATIO: _DOUBLE,
    Unit.NUMBER: _DOUBLE,
    Unit.DAYS: _DOUBLE,
    Unit.INSTANT: "TRY_CAST({0} AS TIMESTAMP)",
    Unit.FLAG: "TRY_CAST({0} AS BOOLEAN)",
    Unit.TEXT: _TEXT,
}
_NO_NUMBER = (f"{{0}} IS NOT NULL AND NOT coalesce(isfinite({_DOUBLE}), false)", "is not a number")
_FAULTS: Mapping[Unit, tuple[tuple[str, str], ...]] = {
    Unit.COUNT: (
        (f"{{0}} IS NOT NULL AND {_DECIMAL} IS NULL", "is not a number"),
        (f"{_DECIMAL} <> floor({_DECIMAL})", "is a fraction where things are counted"),
        (f"{_DECIMAL} < 0", "is negative where things are counted"),
        (f"{_DECIMAL} > 2147483647", "is larger than any count can be"),
    ),
    Unit.MONEY: ((f"{{0}} IS NOT NULL AND {_DECIMAL} IS NULL", "is not an amount of money"),),
    Unit.RATIO: (_NO_NUMBER,),
    Unit.NUMBER: (_NO_NUMBER,),
    Unit.DAYS: (_NO_NUMBER,),
    Unit.INSTANT: (("{0} IS NOT NULL AND TRY_CAST({0} AS TIMESTAMP) IS NULL", "is not an instant"),),
    Unit.FLAG: (("lower({0}) NOT IN ('true', 'false')", "is neither true nor false"),),
    Unit.TEXT: (
        ("NOT (starts_with({0}::VARCHAR, '\"') OR regexp_full_match({0}::VARCHAR, '-?[0-9]+'))",
         "is neither text nor a whole number"),
    ),
}  # fmt: skip


def raw_types(document: Document, stream: Stream) -> dict[str, str]:
    """How duckdb reads each field: as text, or as JSON where the column is text (12 and "12" differ, no digit lost)."""
    types = {field.source: "VARCHAR" for field in document.fields.values()}
    return types | {
        source: "JSON"
        for name, field in document.fields.items() if _unit(stream, name) is Unit.TEXT
        for source in (field.source, *field.then)
    }  # fmt: skip


def value_of(document: Document, stream: Stream, name: str) -> str:
    """SQL for one of our columns, money still as decimal; null where the field is null or not what it must be."""
    field, unit = document.fields[name], _unit(stream, name)
    source = quoted(field.source)
    if field.then:
        # Unlike concat, || is null where any part is.
        return " || '/' || ".join(_TEXT.format(quoted(each)) for each in (field.source, *field.then))
    return f"TRY_CAST({source} AS DATE)" if unit is None else _VALUE[unit].format(source)


def checks_of(document: Document, stream: Stream) -> Iterator[Check]:
    """Everything a row must keep, in the order in which faults are reported: wrong document first."""
    for name, field in document.fields.items():
        if field.expect is not None:
            fault = f"{value_of(document, stream, name)} IS DISTINCT FROM {_literal(field.expect)}"
            yield Check(field.source, fault, f"is not the {field.expect} asked for: this is another's document")
    for name, field in document.fields.items():
        unit = _unit(stream, name)
        if unit is None:
            yield from _checks_of_day(field.source, document.span)
            continue
        if name == "entity" or stream.column(name) is not None:
            for fault, says in _FAULTS[unit]:
                for source in (field.source, *field.then):
                    yield Check(source, fault.format(quoted(source)), says)
        if name == "entity":
            for source in (field.source, *field.then):
                empty = f"coalesce({_TEXT.format(quoted(source))}, '') = ''"
                yield Check(source, empty, "names no entity")


def _checks_of_day(source: str, span: Span) -> Iterator[Check]:
    day = f"TRY_CAST({quoted(source)} AS DATE)"
    yield Check(source, f"{day} IS NULL", "is not a day")
    outside = f"{day} NOT BETWEEN DATE '{span.first}' AND DATE '{span.last}'"
    yield Check(source, outside, f"is not one of the days asked for ({span.first} to {span.last})")


def _unit(stream: Stream, name: str) -> Unit | None:
    """None for the day. A field that is no column of ours is read as text, to be held against ``expect``."""
    if name == "day":
        return None
    column = stream.column(name)
    return Unit.TEXT if column is None else column.unit


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
