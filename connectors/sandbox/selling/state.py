"""What the simulated Selling Partner API remembers between calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar

from connectors.sandbox.operation import Operation
from connectors.sandbox.pace import Bucket
from connectors.sandbox.scenario import WirePlan
from connectors.sandbox.selling.kiosk_jobs import Queries
from connectors.sandbox.selling.links import Shelf
from connectors.sandbox.selling.patches import Values
from connectors.sandbox.selling.report_jobs import Jobs

T = TypeVar("T")
_OPEN = 1000.0
"""The limit that is told where nothing is limited."""


class Selling:
    """One account's reports, queries, documents and review requests, and the buckets of all operations."""

    def __init__(self, wire: WirePlan, seed: int, now: datetime, operations: Iterable[Operation]) -> None:
        self._wire = wire
        usages = {each.name: each.usage for each in operations if each.usage is not None}
        self.buckets = {
            name: Bucket(usage.rate * wire.selling_pace, usage.burst, now) for name, usage in usages.items()
        }
        self.shelf = Shelf(seed, wire.document_seconds)
        self.reports = Jobs()
        self.queries = Queries()
        self.offers: dict[str, list[tuple[datetime, Values]]] = {}
        """By SKU: what ``purchasable_offer`` held from when on."""
        self.later: list[tuple[datetime, Callable[[], None]]] = []
        """Accepted patches that take effect later."""
        self._walks: dict[str, list[Any]] = {}
        self._kept: dict[str, tuple[object, Any]] = {}
        self._submissions = 0

    def limit(self, operation: str) -> str:
        """What ``x-amzn-RateLimit-Limit`` says of an operation."""
        return f"{self.buckets[operation].rate or _OPEN:.4f}".rstrip("0").rstrip(".")

    def faster(self, seconds: float) -> float:
        """One of Amazon's waiting times, on this wire."""
        return seconds / self._wire.selling_pace if self._wire.selling_pace else 0.0

    def land(self, now: datetime) -> None:
        """Let everything take effect that was due."""
        due = sorted((one for one in self.later if one[0] <= now), key=lambda one: one[0])
        self.later = [one for one in self.later if one[0] > now]
        for _moment, effect in due:
            effect()

    def walked(self, question: object, goes_on: bool, find: Callable[[], list[T]]) -> list[T]:
        """All that a paged question finds. Pages that follow are cut from what the first one found."""
        key = repr(question)
        if not goes_on or key not in self._walks:
            self._walks = {key: find()}
        found: list[T] = self._walks[key]
        return found

    def kept(self, key: tuple[str, object], find: Callable[[], T]) -> T:
        """What was found for a key; of each sort (the key's first word) only the newest is kept."""
        known = self._kept.get(key[0])
        if known is None or known[0] != key[1]:
            known = self._kept[key[0]] = (key[1], find())
        found: T = known[1]
        return found

    def submission(self) -> str:
        self._submissions += 1
        return f"{self._submissions:032x}"
