"""Holds an answer against one of Amazon's published Swagger 2 documents: its status, its body, and every name in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, FormatChecker


class Model:
    """One document, asked about one operation by its id."""

    def __init__(self, path: Path) -> None:
        document = json.loads(path.read_text(encoding="utf-8"))
        self._definitions = document["definitions"]
        self._operations = {
            operation["operationId"]: operation
            for item in document["paths"].values() for operation in item.values()
            if isinstance(operation, dict) and "operationId" in operation
        }  # fmt: skip

    def faults(self, reply: Any, operation: str) -> list[str]:
        """What the model says against this answer; names it does not know count too."""
        found = self._operations[operation]["responses"].get(str(reply.status))
        if found is None:
            return [f"{operation}: status {reply.status} is not in the model"]
        if "schema" not in found:
            return [] if not reply.body else [f"{operation}: a body where none belongs"]
        schema = {**found["schema"], "definitions": self._definitions}
        checker = FormatChecker(["date", "date-time"])
        faults = [f"{list(error.absolute_path)}: {error.message[:200]}"
                  for error in Draft4Validator(schema, format_checker=checker).iter_errors(reply.json)]  # fmt: skip
        return faults + [f"{operation}: {name} is not in the model" for name in self._unknown(reply.json, schema, "$")]

    def _unknown(self, value: Any, schema: Mapping[str, Any], where: str) -> list[str]:
        schema = self._resolved(schema)
        if isinstance(value, list):
            return [name for one in value for name in self._unknown(one, schema.get("items", {}), f"{where}[]")]
        known = self._names(schema)
        if not isinstance(value, dict) or not known:
            return []
        found = [f"{where}.{name}" for name in value if name not in known]
        for name in value.keys() & known.keys():
            found += self._unknown(value[name], known[name], f"{where}.{name}")
        return found

    def _names(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Property names through compositions; a discriminated type has those of all its kinds."""
        schema = self._resolved(schema)
        names = dict(schema.get("properties", {}))
        for part in schema.get("allOf", []):
            names |= self._names(part)
        if "discriminator" in schema:
            for other in self._definitions.values():
                if any(self._resolved(part) is schema for part in other.get("allOf", [])):
                    for part in other["allOf"]:
                        names |= self._resolved(part).get("properties", {})
        return names

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            schema = self._definitions[schema["$ref"].rsplit("/", 1)[-1]]
        return schema
