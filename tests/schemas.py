"""The published schemas of the JSON that commands print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"


def faults(found: dict[str, Any]) -> list[str]:
    """What keeps an output from being what its schema promises; the output names the schema itself."""
    name, version = found["schema"].split("/")
    published = json.loads((FOLDER / f"{name}.{version}.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(published, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(found)]
