"""Long work asked for on the page: one piece at a time, and none longer than a request may take.

What past days would have been decided takes seconds for a small account and minutes for a large one. Work that is too
long is given up at the next day, and the page names the command that has all the time it needs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

SECONDS = 20.0
MOST_JUDGEMENTS = 1_000_000
"""Things times days; more is not even begun."""

Made = TypeVar("Made")


class TooMuchError(Exception):
    """It would take, or has taken, longer than a request may."""


class BusyError(Exception):
    """Somebody else's work is under way."""


class Bench:
    """Shared by all threads of one server."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._taken = threading.Lock()

    def work(self, judgements: int, make: Callable[[Callable[[str], None]], Made]) -> Made:
        """``make`` is given what it must call between two days. Raises ``TooMuchError`` and ``BusyError``."""
        if judgements > MOST_JUDGEMENTS:
            raise TooMuchError
        if not self._taken.acquire(blocking=False):
            raise BusyError
        until = time.monotonic() + self._seconds

        def told(_: str) -> None:
            if time.monotonic() > until:
                raise TooMuchError

        try:
            return make(told)
        finally:
            self._taken.release()
