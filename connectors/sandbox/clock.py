"""A clock that runs at any speed, or stands still until it is driven."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class DrivenClock:
    """Starts at ``start`` (default: now) and runs ``speed`` times as fast as real time; 0 stands still.

    The same clock may be handed to the program under test, so that both live in one time: its ``sleep`` waits
    ``seconds`` of this clock, and moves a clock that stands still.
    """

    def __init__(
        self,
        start: datetime | None = None,
        speed: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._moment = (start or datetime.now(UTC)).astimezone(UTC)
        self._since = monotonic()
        self._speed = speed

    @property
    def speed(self) -> float:
        return self._speed

    def now(self) -> datetime:
        with self._lock:
            return self._read()

    def sleep(self, seconds: float) -> None:
        if self._speed > 0:
            self._sleep(seconds / self._speed)
        else:
            self.advance(seconds)

    def advance(self, seconds: float) -> datetime:
        """Jump forward; a negative jump is refused with ``ValueError``, since history is never unmade."""
        if seconds < 0:
            raise ValueError("the sandbox clock only moves forward")
        with self._lock:
            self._rebase(self._read() + timedelta(seconds=seconds))
            return self._moment

    def set_speed(self, speed: float) -> None:
        """Run at another speed from here on."""
        if speed < 0:
            raise ValueError("the sandbox clock only moves forward")
        with self._lock:
            self._rebase(self._read())
            self._speed = speed

    def _read(self) -> datetime:
        return self._moment + timedelta(seconds=(self._monotonic() - self._since) * self._speed)

    def _rebase(self, moment: datetime) -> None:
        self._moment = moment
        self._since = self._monotonic()
