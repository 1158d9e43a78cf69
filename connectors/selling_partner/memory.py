"""What this process has read lately, so that two streams that need the same answer make one call."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from threading import Lock

_MOST = 20_000


class Memory:
    """Values by key, each with the moment it was read at. Safe for many threads; forgets the oldest first."""

    def __init__(self) -> None:
        self._held: dict[Hashable, tuple[datetime, object]] = {}
        self._lock = Lock()

    def get(self, key: Hashable, since: datetime) -> object | None:
        """What was kept under the key, if it was read at or after ``since``."""
        with self._lock:
            at, value = self._held.get(key, (since, None))
            return value if at >= since else None

    def put(self, key: Hashable, at: datetime, value: object) -> None:
        with self._lock:
            self._held.pop(key, None)
            self._held[key] = at, value
            while len(self._held) > _MOST:
                del self._held[next(iter(self._held))]
