"""Faults on request: what goes wrong, at which operation, how often.

Planted by a scenario, by the control API or from Python. Chance is seeded, so a run can be repeated.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

Setting = float | str

KINDS: Mapping[str, Mapping[str, Setting]] = {
    "throttle": {"retry_after": 1.0},
    "error": {"status": 500.0, "when": "before"},
    "html": {"status": 503.0, "when": "before"},
    "drop": {"when": "before"},
    "truncate": {"keep": 0.5},
    "late": {"seconds": 5.0, "answer": "accepted"},
    "item": {"code": "throttledError", "every": 2.0},
    "revoked": {},
    "expired": {},
    "skew": {"seconds": -86_400.0},
    "slow_report": {"seconds": 600.0},
    "failed_report": {},
    "torn_report": {"keep": 0.5},
    "duplicate_rows": {"every": 10.0},
    "other_day": {"days": 40.0},
    "other_profile": {},
    "missing_column": {"column": "cost"},
    "extra_column": {"column": "somethingNew"},
    "numbers_as_text": {},
}
"""Every kind with its fields and their defaults. ``when`` is before or after the effect of the call."""

ITEM_CODES = ("throttledError", "internalServerError")
_WORDS: Mapping[str, tuple[str, ...]] = {
    "when": ("before", "after"),
    "answer": ("accepted", "drop", "error"),
    "code": ITEM_CODES,
}


@dataclass(slots=True)
class Fault:
    """``operation`` is a pattern such as ``keywords.update``, ``*.list`` or ``reports.download``.

    ``count`` calls are struck (None: all), after letting ``skip`` calls pass, each with ``probability``.
    Unknown kinds, fields and words are a ``ValueError``.
    """

    kind: str
    operation: str = "*"
    count: int | None = 1
    probability: float = 1.0
    skip: int = 0
    values: Mapping[str, Setting] = field(default_factory=dict)
    struck: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault is called {self.kind}; one of: {', '.join(KINDS)}")
        unknown = sorted(set(self.values) - set(KINDS[self.kind]))
        if unknown:
            known = ", ".join(KINDS[self.kind]) or "none"
            raise ValueError(f"a fault {self.kind} has no field {unknown[0]}; its fields: {known}")
        self.values = {**KINDS[self.kind], **self.values}
        for name, words in _WORDS.items():
            if name in self.values and self.values[name] not in words:
                raise ValueError(f"{name} of a fault {self.kind} is one of: {', '.join(words)}")

    def number(self, name: str) -> float:
        return float(self.values[name])

    def text(self, name: str) -> str:
        return str(self.values[name])


class Strikes(tuple[Fault, ...]):
    """The faults that strike one call."""

    def of(self, kind: str, when: str | None = None) -> Fault | None:
        return next((one for one in self if one.kind == kind and when in (None, one.values.get("when"))), None)


class Faults:
    """All planted faults and their dice."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(f"faults {seed}")
        self._planted: list[Fault] = []

    def plant(self, fault: Fault) -> Fault:
        self._planted.append(fault)
        return fault

    def lift(self, kind: str = "*", operation: str = "*") -> int:
        """Take planted faults away again; returns how many."""
        before = len(self._planted)
        self._planted = [
            fault
            for fault in self._planted
            if not (fnmatchcase(fault.kind, kind) and fnmatchcase(fault.operation, operation))
        ]
        return before - len(self._planted)

    def strike(self, operation: str) -> Strikes:
        """The faults that strike this call; their counts go down."""
        return Strikes(fault for fault in self._planted if self._strikes(fault, operation))

    def planted(self) -> tuple[Fault, ...]:
        return tuple(self._planted)

    def _strikes(self, fault: Fault, operation: str) -> bool:
        if not fnmatchcase(operation, fault.operation) or fault.count == 0:
            return False
        if fault.skip > 0:
            fault.skip -= 1
            return False
        if fault.probability < 1 and self._dice.random() >= fault.probability:
            return False
        fault.count = None if fault.count is None else fault.count - 1
        fault.struck += 1
        return True
