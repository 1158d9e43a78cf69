"""How fast we call: one lane per (connector, account, operation), each a generic cell rate algorithm.

Formula: GCRA (ITU-T I.371). A lane is one integer, the nanosecond at which its whole allowance is there again. Around
it a search for the rate the source really allows, since Amazon's Ads limits are neither published nor constant: a
refusal lowers the rate, then it rises again, slowly at first and faster the longer nothing is refused (as TCP CUBIC).
A source that refuses now and then whatever our rate is not searched for for ever: where an eighth of the rate is still
refused and serves less, slowness is no remedy, and for some hundred calls a refusal is only waited out.
Where the source publishes its limit, or states it with an answer, there is nothing to search: a refusal means that the
allowance is used up, by whomever.
"""

from __future__ import annotations

from collections import deque
from threading import Lock

from agent.outbound.messages import Rate

NANO = 1_000_000_000
_STEP_BACK = 1.05
"""A refusal after a long quiet time: the rate was nearly right."""
_STEP_DOWN = 1.4
"""Refusals close together: the rate was far too high."""
_CLOSE_TOGETHER = 20
_RISE = 5e-5
_QUIET_CALLS = 300
_SLOWEST_SECONDS = 60
_SLOWEST_TIMES = 4
"""No lane becomes slower than once a minute, or than a quarter of its declared rate where that is slower."""
_RISE_OF_PUBLISHED = 0.1
_FUTILE_TIMES = 8
_FUTILE_SERVED = 0.7
_OVERLOADED = 0.4
_DEAF_CALLS = 300
_RISE_OF_FUTILE = 0.01
_MARKS, _LEAST_MARKS = 40, 20
# Amazon: one call a minute is stated as 0.0167 a second, which is a little more than that.
_ROUNDING = 0.995


class Lane:
    """The allowance of one kind of call. Safe for many threads."""

    def __init__(self, rate: Rate) -> None:
        self._fastest = round(NANO / rate.per_second)
        self._burst = max(1, rate.burst)
        self._published = rate.published
        self._interval = float(self._fastest)
        self._full_again = 0
        self._closed_until = 0
        self._seen = 0
        self._accepted = 0
        self._search = _Search()
        self._lock = Lock()

    @property
    def per_second(self) -> float:
        """The rate at present."""
        return NANO / self._interval

    def take(self, now: int, patience: int) -> int:
        """How many nanoseconds to wait before calling. More than ``patience``: nothing was taken, do not call."""
        with self._lock:
            self._follow(now)
            full_again = max(self._full_again, now)
            wait = max(0, full_again - self._tolerance() - now)
            if wait <= patience:
                self._full_again = full_again + round(self._interval)
            return wait

    def accepted(self) -> None:
        """The source served a call: the rate may rise again, up to the declared one."""
        with self._lock:
            self._accepted += 1
            self._search.answered(self._seen, served=True)
            rise = _RISE * (1 + (self._accepted / _QUIET_CALLS) ** 2)
            if self._search.is_futile:
                rise = _RISE_OF_FUTILE
            rise = _RISE_OF_PUBLISHED if self._published else min(rise, 0.01)
            self._interval = max(float(self._fastest), self._interval * (1 - rise))

    def stated(self, now: int, per_second: float) -> None:
        """The source says what it allows: that holds from now on. What was used of the allowance stays used."""
        with self._lock:
            before, self._fastest, self._published = self._fastest, round(NANO / (per_second * _ROUNDING)), True
            if before == self._fastest:
                return
            self._interval = self._interval * self._fastest / before
            backlog = max(0, self._full_again - now)
            self._full_again = max(now + backlog * self._fastest // before, self._closed_until)

    def refused(self, now: int, retry_after: int) -> None:
        """The source said no: nobody calls before ``retry_after``, and then more slowly."""
        with self._lock:
            if now >= self._closed_until:  # else: sent before the refusal that closed the lane was known
                if self._published and self._accepted:
                    retry_after = max(retry_after, self._fastest)
                else:
                    step = _STEP_DOWN if self._accepted < _CLOSE_TOGETHER else _STEP_BACK
                    slowest = float(max(_SLOWEST_SECONDS * NANO, _SLOWEST_TIMES * self._fastest))
                    self._interval = min(self._search.lowered(now, self._interval, step), slowest)
                self._accepted = 0
            self._closed_until = max(self._closed_until, now + retry_after)
            self._full_again = max(self._full_again, self._closed_until + self._tolerance())

    def _tolerance(self) -> int:
        """Bursts are for a lane that knows of no refusal."""
        return (self._burst - 1) * self._fastest if self._interval <= self._fastest else 0

    def _follow(self, now: int) -> None:
        """When the clock is set back, the allowance goes back with it: nobody waits out the difference."""
        if now < self._seen - NANO:
            self._full_again -= self._seen - now
            self._closed_until -= self._seen - now
        self._seen = now


class _Search:
    """What the source served at the rate where refusals began, to tell whether going slower is a remedy.

    A source that is asked too much serves the same at any rate above what it allows, and refuses nothing below that;
    one that refuses at random serves the less the slower we ask.
    """

    def __init__(self) -> None:
        self._marks: deque[tuple[int, bool]] = deque(maxlen=_MARKS)
        self._top_interval = 0.0
        self._top_served = 0.0
        self._deaf = 0

    @property
    def is_futile(self) -> bool:
        """Whether going slower was just seen to be no remedy."""
        return self._deaf > 0

    def answered(self, at: int, *, served: bool) -> None:
        self._marks.append((at, served))
        self._deaf -= self._deaf > 0

    def lowered(self, now: int, interval: float, step: float) -> float:
        """The interval after one more refusal."""
        self.answered(now, served=False)
        served, share = self._of_late(now)
        if share > _OVERLOADED:
            self._deaf = 0
        if self._deaf:
            return interval
        if interval < self._top_interval or not self._top_served:
            self._top_interval, self._top_served = interval, served
        if interval * step < self._top_interval * _FUTILE_TIMES:
            return interval * step
        if share > _OVERLOADED or served >= self._top_served * _FUTILE_SERVED:
            return interval * step
        back, self._top_served, self._deaf = self._top_interval, 0.0, _DEAF_CALLS
        return back

    def _of_late(self, now: int) -> tuple[float, float]:
        """Calls served a nanosecond (0: too few to say), and the share refused, over the last calls."""
        served = sum(served for _, served in self._marks)
        passed = now - self._marks[0][0]
        known = len(self._marks) >= _LEAST_MARKS and passed > 0
        return served / passed if known else 0.0, 1 - served / len(self._marks)


class Lanes:
    """All lanes of this process."""

    def __init__(self) -> None:
        self._lanes: dict[tuple[str, str, str], Lane] = {}
        self._lock = Lock()

    def of(self, connector: str, account: str, operation: str, rate: Rate) -> Lane:
        with self._lock:
            key = (connector, account, operation)
            if key not in self._lanes:
                self._lanes[key] = Lane(rate)
            return self._lanes[key]
