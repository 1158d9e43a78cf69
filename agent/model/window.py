"""Spans of marketplace calendar days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Span:
    """Days from ``first`` to ``last``, both included."""

    first: date
    last: date

    def __len__(self) -> int:
        return max(0, (self.last - self.first).days + 1)

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range(len(self)))

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def pieces(self, days: int) -> Iterator[Span]:
        """The span cut into pieces of at most ``days`` days, oldest first."""
        first = self.first
        while first <= self.last:
            last = min(self.last, first + timedelta(days=days - 1))
            yield Span(first, last)
            first = last + timedelta(days=1)


class Anchor(StrEnum):
    """The day at which a window ends."""

    SETTLED = "settled"
    """The newest day whose figures no longer move: yesterday minus the stream's ``settle_days``."""
    YESTERDAY = "yesterday"
    NOW = "now"
    """Today, which is not over."""


@dataclass(frozen=True, slots=True)
class Window:
    """``last`` days that end ``back`` days before the anchor.

    A rule writes ``until: recent`` for the span before another window; the rulebook resolves that into ``back``,
    so that equal spans of different rules are equal values.
    """

    last: int
    anchor: Anchor = Anchor.SETTLED
    back: int = 0
    settle: int | None = None
    """Days to wait for figures to settle, instead of what the stream's own figures take."""

    def span(self, today: date, settle_days: int) -> Span:
        """The days of this window, seen from the marketplace's ``today``."""
        settle = settle_days if self.settle is None else self.settle
        behind = {Anchor.NOW: 0, Anchor.YESTERDAY: 1, Anchor.SETTLED: 1 + settle}[self.anchor]
        end = today - timedelta(days=behind + self.back)
        return Span(end - timedelta(days=self.last - 1), end)

    def __str__(self) -> str:
        tail = f"-{self.back}" if self.back else ""
        waits = f"+{self.settle}" if self.settle is not None else ""
        return f"{self.last}d.{self.anchor}{waits}{tail}"
