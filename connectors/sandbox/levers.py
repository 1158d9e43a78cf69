"""What bid and budget were in force when: the past can be asked for, and never changes.

Kept as the present plus a list of changes, so that a moment is found by walking back from now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from connectors.sandbox.chance import Counts, Floats


@dataclass(frozen=True, slots=True)
class Turn:
    """Some levers changed at one moment: their places, values before and after."""

    at: datetime
    places: Counts
    before: Floats
    after: Floats


class Levers:
    """One number per place, with its history. New places begin with 0 in all the past."""

    def __init__(self, values: Floats) -> None:
        self.now = values
        self.turns: list[Turn] = []

    def set(self, values: Floats, at: datetime) -> None:
        """All levers as they are from ``at`` on; longer than before means that places were added."""
        held = np.zeros(len(values))
        held[: len(self.now)] = self.now
        places = np.flatnonzero(values != held)
        if places.size:
            # A turn never lies before an earlier one, so that walking back meets them in order.
            at = max(at, self.turns[-1].at) if self.turns else at
            self.turns.append(Turn(at, places, held[places], values[places]))
        self.now = values

    def at(self, moment: datetime) -> Floats:
        """The levers as they were just before ``moment``."""
        values = self.now.copy()
        for turn in reversed(self.turns):
            if turn.at < moment:
                break
            values[turn.places] = turn.before
        return values

    def between(self, start: datetime, end: datetime) -> Iterator[Turn]:
        """The turns with start <= at < end, oldest first."""
        return (turn for turn in self.turns if start <= turn.at < end)
