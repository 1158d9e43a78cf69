"""How often somebody may try to sign in: so often a minute by name, and by address."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime, timedelta

_MOST_KEYS = 10_000


class Throttle:
    """Counts failures in memory: a restart forgives them, and a minute does as well."""

    def __init__(self, most: int = 5, within: timedelta = timedelta(minutes=1)) -> None:
        self._most, self._within = most, within
        self._failures: dict[str, deque[datetime]] = {}
        self._lock = threading.Lock()

    def wait_seconds(self, now: datetime, *keys: str) -> int:
        """How long to wait before the next try; 0 where one may try now."""
        with self._lock:
            return max((self._wait(now, key) for key in keys), default=0)

    def failed(self, now: datetime, *keys: str) -> None:
        with self._lock:
            for key in keys:
                # To the end of the line: what failed longest ago is forgotten first when a flood of names comes.
                failures = self._failures.pop(key, None) or deque(maxlen=self._most)
                failures.append(now)
                self._failures[key] = failures
            while len(self._failures) > _MOST_KEYS:
                del self._failures[next(iter(self._failures))]

    def _wait(self, now: datetime, key: str) -> int:
        failures = self._failures.get(key)
        if failures is None or len(failures) < self._most:
            return 0
        # A clock that was set back must not lock anybody out for longer than the time itself.
        left = min(failures[0] + self._within - now, self._within)
        return max(0, int(left.total_seconds() + 0.999))
