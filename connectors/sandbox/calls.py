"""A call as it came in, and the log of all calls with what they changed."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from urllib.parse import parse_qs

from connectors.sandbox.answers import invalid

_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Call:
    """One request. Header names are lower case; ``path`` is as it was sent (percent-encoded), without the query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: str = ""

    def json(self) -> Mapping[str, object]:
        """The body as an object with exact decimals; anything else is refused as Amazon does."""
        value = self._parsed(b"{}")
        if not isinstance(value, dict):
            raise invalid("The request body must be a JSON object")
        return value

    def json_list(self) -> Sequence[object]:
        """The body as an array."""
        value = self._parsed(b"[]")
        if not isinstance(value, list):
            raise invalid("The request body must be a JSON array")
        return value

    def _parsed(self, empty: bytes) -> object:
        try:
            return json.loads(self.body or empty, parse_float=Decimal)
        except (ValueError, RecursionError):
            raise invalid("The request body is not valid JSON") from None

    def form(self) -> Mapping[str, str]:
        return {name: values[-1] for name, values in parse_qs(self.body.decode("latin-1")).items()}

    def parameters(self) -> Mapping[str, str]:
        return {name: values[-1] for name, values in parse_qs(self.query, keep_blank_values=True).items()}


@dataclass(frozen=True, slots=True)
class Effect:
    """A field of a thing that changed, when it landed and through what: a request id, or ``person`` for an edit."""

    at: datetime
    kind: str
    id: str
    field: str
    before: object
    after: object
    through: str


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the log."""

    at: datetime
    request_id: str
    operation: str
    status: int
    delivery: str
    faults: tuple[str, ...] = ()


@dataclass(slots=True)
class Log:
    """The newest calls, and every effect. For truth checks: what was applied, when, by whom."""

    records: deque[Record] = field(default_factory=lambda: deque(maxlen=_KEPT))
    effects: list[Effect] = field(default_factory=list)

    def of(self, operation: str) -> Iterator[Record]:
        return (record for record in self.records if record.operation == operation)

    def effects_on(self, kind: str, id: str) -> Iterator[Effect]:
        return (effect for effect in self.effects if effect.kind == kind and effect.id == id)
