"""As much of GraphQL as a Data Kiosk query needs: fields with arguments and selections, no variables or fragments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.sandbox.answers import invalid

_TOKENS = re.compile(r'\s*(?:#[^\n]*)?(?:("(?:[^"\\]|\\.)*")|([A-Za-z_]\w*)|(-?\d+(?:\.\d+)?)|([{}()\[\]:!$,]))')
_DEEPEST = 30


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    fields: Sequence[Field] = ()


def parse(query: str) -> Field:
    """The outermost selection, as the fields of a nameless field; a query that cannot be read is refused."""
    tokens = _Tokens(query)
    if tokens.peek() == "query":
        tokens.take()
        if tokens.peek() not in ("{", ""):
            tokens.take()
    found = Field("", {}, _selection(tokens, 0))
    if tokens.peek():
        raise invalid(f"The query has {tokens.peek()} after its end")
    return found


def pruned(value: object, fields: Sequence[Field]) -> object:
    """Only what was selected; a field that the schema does not have is refused."""
    if isinstance(value, list):
        return [pruned(one, fields) for one in value]
    if not isinstance(value, Mapping):
        if fields and value is not None:
            raise invalid(f"The query selects {fields[0].name} inside a plain value")
        return value
    if not fields:
        raise invalid(f"The query must select fields of an object such as {next(iter(value), '')}")
    unknown = [one.name for one in fields if one.name not in value]
    if unknown:
        raise invalid(f"The query names {unknown[0]}, which is not in the schema")
    return {one.name: pruned(value[one.name], one.fields) for one in fields}


class _Tokens:
    def __init__(self, text: str) -> None:
        self._tokens = list(_read(text))
        self._at = 0

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise invalid(f"The query has {token or 'its end'} where {wanted or 'more'} is needed")
        self._at += 1
        return token


def _read(text: str) -> Iterator[str]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKENS.match(text, at)
        if match is None:
            raise invalid(f"The query cannot be read at {text[at : at + 20]!r}")
        at = match.end()
        found = next(part for part in match.groups() if part is not None)
        if found != ",":
            yield found


def _selection(tokens: _Tokens, depth: int) -> Sequence[Field]:
    if depth > _DEEPEST:
        raise invalid("The query is nested too deeply")
    tokens.take("{")
    fields = []
    while tokens.peek() != "}":
        name = _name(tokens)
        arguments = _arguments(tokens, "(", ")", depth) if tokens.peek() == "(" else {}
        fields.append(Field(name, arguments, _selection(tokens, depth + 1) if tokens.peek() == "{" else ()))
    tokens.take("}")
    if not fields:
        raise invalid("The query has an empty selection")
    return fields


def _arguments(tokens: _Tokens, opens: str, closes: str, depth: int) -> Mapping[str, object]:
    tokens.take(opens)
    found: dict[str, object] = {}
    while tokens.peek() != closes:
        name = _name(tokens)
        tokens.take(":")
        found[name] = _value(tokens, depth + 1)
    tokens.take(closes)
    return found


def _value(tokens: _Tokens, depth: int) -> object:
    if depth > _DEEPEST:
        raise invalid("The query is nested too deeply")
    if tokens.peek() == "{":
        return _arguments(tokens, "{", "}", depth)
    if tokens.peek() == "[":
        tokens.take("[")
        values = []
        while tokens.peek() != "]":
            values.append(_value(tokens, depth + 1))
        tokens.take("]")
        return values
    token = tokens.take()
    return token[1:-1] if token.startswith('"') else token


def _name(tokens: _Tokens) -> str:
    name = tokens.take()
    if not re.fullmatch(r"[A-Za-z_]\w*", name):
        raise invalid(f"The query has {name} where a name is needed")
    return name
