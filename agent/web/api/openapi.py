"""The OpenAPI document, made of the table: ``python -m agent.web.api.openapi > docs/schemas/api/openapi.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from agent.web.api.asked import Nothing
from agent.web.api.call import Operation
from agent.web.api.problems import MEDIA, ProblemBody
from agent.web.api.table import OPERATIONS, PREFIX

_REF = "#/components/schemas/{model}"
_ALWAYS: Mapping[int, str] = {
    400: "The key is in the address (code exposed).",
    401: "No key, or one that is good for nothing.",
    403: "The key or its user may not.",
    422: "Something of the request is not as it has to be.",
    429: "Too many keys that nobody knows came from this address.",
    500: "A fault of Steward.",
    503: "It cannot be done just now; try again.",
}
_WITH_BODY: Mapping[int, str] = {413: "The body is too long.", 415: "The body is not JSON."}
_ABOUT = (
    "Reads what the review page shows, and decides what people decide there. A key goes into the header "
    "`Authorization: Bearer …` and nowhere else. Problems are told as application/problem+json, with `code` for "
    "programs, and `place` and `remedy` for people. Lists give `next`; hand it back as `cursor` for the next piece."
)


@cache
def text() -> bytes:
    """The document as it is answered."""
    return json.dumps(document(), ensure_ascii=False, indent=1).encode() + b"\n"


def document() -> dict[str, Any]:
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [(ProblemBody, "serialization")]
    for each in OPERATIONS:
        models.append((each.answer, "serialization"))
        models += [(each.body, "validation")] if each.body is not None else []
    names, defined = models_json_schema(list(dict.fromkeys(models)), ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for each in OPERATIONS:
        paths.setdefault(PREFIX + each.path, {})[each.method.lower()] = _operation(each, names)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Steward", "version": "1", "description": _ABOUT},
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": dict(sorted(defined["$defs"].items())),
        },
    }


def _operation(each: Operation, names: Mapping[Any, Any]) -> dict[str, Any]:
    statuses = {**_ALWAYS, **(_WITH_BODY if each.body else {}), **each.problems}
    problem = {MEDIA: {"schema": names[ProblemBody, "serialization"]}}
    done = {"application/json": {"schema": names[each.answer, "serialization"]}}
    answers: dict[str, Any] = {"200": {"description": "Done.", "content": done}}
    answers |= {str(status): {"description": about, "content": problem} for status, about in sorted(statuses.items())}
    found: dict[str, Any] = {
        "operationId": each.name, "summary": each.about, "description": f"Needs the scope `{each.scope}`.",
        "parameters": [*_path_parameters(each.path), *_query_parameters(each.query)], "responses": answers,
    }  # fmt: skip
    if each.body is not None:
        content = {"application/json": {"schema": names[each.body, "validation"]}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}}
            for name in re.findall(r"\{(\w+)\}", path)]  # fmt: skip


def _query_parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    if model is Nothing:
        return []
    schema = model.model_json_schema()
    required = set(schema.get("required", ()))
    return [{"name": name, "in": "query", "required": name in required, **_parameter(part)}
            for name, part in schema["properties"].items()]  # fmt: skip


def _parameter(part: Mapping[str, Any]) -> dict[str, Any]:
    """An absent parameter is absent, never null."""
    own = {name: value for name, value in part.items() if name not in ("title", "description", "anyOf")}
    choices = [each for each in part.get("anyOf", ()) if each.get("type") != "null"]
    schema = {**own, **(choices[0] if choices else {})}
    if schema.get("default", ...) is None:
        del schema["default"]
    return {"schema": schema, **({"description": part["description"]} if "description" in part else {})}


if __name__ == "__main__":
    import sys

    sys.stdout.buffer.write(text())
