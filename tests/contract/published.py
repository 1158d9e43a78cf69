"""Holds a request against an OpenAPI 2 or 3 document: address, headers, query, media types and body.

Stricter than the documents: a name they do not know is a fault too, in the query and anywhere in the body. Whether a
token is right is not judged here; the documents describe it differently from one to the next.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx
import yaml
from jsonschema import FormatChecker
from openapi_schema_validator import OAS30Validator

Json = Mapping[str, Any]
_METHODS = frozenset({"get", "put", "post", "delete", "patch"})


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. ``path`` is the template, such as ``/reporting/reports/{reportId}``."""

    method: str
    path: str
    parameters: Sequence[Json]
    body: Json | None
    offered: frozenset[str]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def pattern(self) -> re.Pattern[str]:
        parts = re.split(r"\{(\w+)\}", self.path)
        return re.compile("".join(f"(?P<{p}>[^/]+)" if n % 2 else re.escape(p) for n, p in enumerate(parts)))


class Published:
    """One document."""

    def __init__(self, document: Json) -> None:
        self._document = document
        # Examples and defaults of the published documents contradict their own schemas here and there; neither is used.
        self._validator = OAS30Validator(
            {"components": document.get("components", {})}, format_checker=FormatChecker(["date", "date-time"])
        )
        self.operations = sorted(self._read(), key=lambda each: each.path.count("{"))

    @classmethod
    def load(cls, path: Path) -> Published:
        text = path.read_text(encoding="utf-8")
        document = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
        return cls(as_openapi_3(document) if "swagger" in document else document)

    def operation_of(self, request: httpx.Request) -> Operation | None:
        path = request.url.raw_path.decode().partition("?")[0]
        return next((each for each in self.operations
                     if each.method == request.method and each.pattern.fullmatch(path)), None)  # fmt: skip

    def faults(self, request: httpx.Request) -> list[str]:
        """Everything about the request the document does not allow; empty when it conforms."""
        operation = self.operation_of(request)
        if operation is None:
            return [f"no operation {request.method} {request.url.path}"]
        return [*self._in_parameters(operation, request), *self._in_body(operation, request),
                *_in_accept(operation, request)]  # fmt: skip

    def _read(self) -> Iterator[Operation]:
        for path, item in self._document["paths"].items():
            for method in _METHODS & item.keys():
                raw = item[method]
                parameters = [
                    self._resolved(each) for each in [*item.get("parameters", []), *raw.get("parameters", [])]
                ]
                body = self._resolved(raw["requestBody"]) if "requestBody" in raw else None
                answers = (self._resolved(each) for status, each in raw["responses"].items() if str(status)[0] == "2")
                offered = frozenset(media for answer in answers for media in answer.get("content", {}))
                yield Operation(method.upper(), path, parameters, body, offered)

    def _in_parameters(self, operation: Operation, request: httpx.Request) -> Iterator[str]:
        found = operation.pattern.fullmatch(request.url.raw_path.decode().partition("?")[0])
        query = dict(parse_qsl(request.url.query.decode(), keep_blank_values=True))
        given: Mapping[str, Mapping[str, str]] = {
            "path": {name: unquote(value) for name, value in (found.groupdict() if found else {}).items()},
            "query": query,
            "header": {name.lower(): value for name, value in request.headers.items()},
        }
        for parameter in operation.parameters:
            place, name = parameter["in"], parameter["name"]
            value = given[place].get(name.lower() if place == "header" else name)
            if value is None and parameter.get("required"):
                yield f"{place} {name} is missing"
            if value is not None:
                yield from self._in_value(_typed(value, self._resolved(parameter["schema"])), parameter["schema"], name)
        known = {each["name"] for each in operation.parameters if each["in"] == "query"}
        yield from (f"query {name} is unknown" for name in query.keys() - known)

    def _in_body(self, operation: Operation, request: httpx.Request) -> Iterator[str]:
        if operation.body is None:
            yield from ["a body where none belongs"] if request.content else []
            return
        media = request.headers.get("content-type", "")
        if media not in operation.body["content"]:
            yield f"content-type {media!r} is not {' or '.join(operation.body['content'])}"
            return
        schema = operation.body["content"][media]["schema"]
        value = json.loads(request.content)
        yield from self._in_value(value, schema, "body")
        yield from self._unknown_names(value, schema, "body")

    def _in_value(self, value: object, schema: Json, name: str) -> Iterator[str]:
        for fault in self._validator.evolve(schema={**schema, **self._root()}).iter_errors(value):
            yield f"{'.'.join([name, *map(str, fault.absolute_path)])}: {fault.message[:160]}"

    def _root(self) -> Json:
        return {"components": self._document.get("components", {})}

    def _unknown_names(self, value: object, schema: Json, place: str) -> Iterator[str]:
        schema = self._resolved(schema)
        if isinstance(value, list):
            for number, each in enumerate(value):
                yield from self._unknown_names(each, schema.get("items", {}), f"{place}.{number}")
        elif isinstance(value, dict) and (known := self._names(schema)):
            for name, each in value.items():
                if name in known:
                    yield from self._unknown_names(each, known[name], f"{place}.{name}")
                else:
                    yield f"{place}.{name} is unknown"

    def _names(self, schema: Json) -> dict[str, Json]:
        """The property names of an object through its compositions; empty for one of free form."""
        schema = self._resolved(schema)
        names: dict[str, Json] = dict(schema.get("properties", {}))
        for part in [*schema.get("allOf", []), *schema.get("oneOf", []), *schema.get("anyOf", [])]:
            names |= self._names(part)
        return names

    def _resolved(self, node: Json) -> Json:
        while "$ref" in node:
            found: Any = self._document
            for step in node["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            node = found
        return node


def _in_accept(operation: Operation, request: httpx.Request) -> Iterator[str]:
    accept = request.headers.get("accept", "")
    if operation.offered and accept not in operation.offered:
        yield f"accept {accept!r} is not {' or '.join(sorted(operation.offered))}"


def _typed(text: str, schema: Json) -> object:
    """A header's or query's text as the type its schema names, where it can be read as one."""
    match schema.get("type"):
        case "integer":
            return int(text) if re.fullmatch(r"-?\d+", text) else text
        case "boolean":
            return {"true": True, "false": False}.get(text, text)
        case "array":
            return text.split(",")
        case _:
            return text


def as_openapi_3(document: Json) -> Json:
    """An OpenAPI 2 document in the form of the third, as far as it is looked at here."""
    moved: Any = json.loads(json.dumps(document).replace("#/definitions/", "#/components/schemas/"))
    paths = {
        path: {
            name: _operation_3(each, moved) if name in _METHODS else [_parameter_3(one) for one in each]
            for name, each in item.items() if name in _METHODS or name == "parameters"
        }
        for path, item in moved["paths"].items()
    }  # fmt: skip
    return {"paths": paths, "components": {"schemas": moved.get("definitions", {})}}


def _operation_3(raw: Json, document: Json) -> Json:
    takes, gives = (raw.get(name) or document.get(name) or ["application/json"] for name in ("consumes", "produces"))
    bodies = [each for each in raw.get("parameters", []) if each["in"] == "body"]
    body = {"requestBody": {"content": dict.fromkeys(takes, bodies[0])}} if bodies else {}
    answers = {status: {"content": {media: {} for media in gives}} for status in raw["responses"]}
    others = [_parameter_3(each) for each in raw.get("parameters", []) if each["in"] != "body"]
    return {"parameters": others, "responses": answers, **body}


def _parameter_3(raw: Json) -> Json:
    kept = ("name", "in", "required")
    schema = {name: each for name, each in raw.items() if name not in (*kept, "description", "collectionFormat")}
    return {**{name: raw[name] for name in kept if name in raw}, "schema": schema}
