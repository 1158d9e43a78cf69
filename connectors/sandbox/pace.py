"""Token buckets: how many calls the simulated Amazon takes."""

from __future__ import annotations

from datetime import datetime


class Bucket:
    """Fills with ``rate`` calls a second up to ``burst``. A rate of 0 lets everything through."""

    def __init__(self, rate: float, burst: int, now: datetime) -> None:
        self.rate, self.burst = rate, burst
        self._level, self._at = float(burst), now

    def take(self, now: datetime) -> float:
        """0 when the call may pass, else the seconds until the next one may."""
        if self.rate <= 0:
            return 0.0
        passed = max(0.0, (now - self._at).total_seconds())
        self._level, self._at = min(self.burst, self._level + passed * self.rate), now
        if self._level < 1:
            return (1 - self._level) / self.rate
        self._level -= 1
        return 0.0
