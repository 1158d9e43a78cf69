"""What a command came to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The object on standard output."""
        return _object(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The object on standard error, which a command with ``--json`` ends with when it fails."""
        return _object(self.err.splitlines()[-1])


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    assert isinstance(found, dict)
    return found
