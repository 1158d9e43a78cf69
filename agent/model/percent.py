"""Adjustments in whole percent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Percent:
    """An adjustment as Amazon keeps it: 50 means half as much again."""

    points: int

    @classmethod
    def of(cls, ratio: float) -> Percent:
        """From a ratio such as 0.5, to the nearest whole percent."""
        return cls(round(ratio * 100))

    @property
    def ratio(self) -> float:
        return self.points / 100

    def __str__(self) -> str:
        return f"{self.points}%"
