"""How much of a day is known how long after it.

Orders arrive late and are booked on the day of the click; a few are cancelled; a few clicks turn out invalid.
``age`` is in days from the beginning of the click day to the moment of the report.
"""

from __future__ import annotations

import numpy as np

ARRIVED_BY_DAY = (0.62, 0.14, 0.08, 0.05, 0.04, 0.03, 0.02, 0.02)
"""The share of a click day's orders that is attributed on the click day, one day later, and so on."""
INVALID_CLICKS = 0.02
"""The share of clicks that Amazon takes back, spread over ``INVALID_DAYS`` after the click day."""
INVALID_DAYS = 3
CANCELLED = 0.015
"""The share of orders that has been cancelled ``CANCELLED_BY`` days after the click day."""
CANCELLED_FROM, CANCELLED_BY = 8, 28

_ARRIVED = np.concatenate([[0.0], np.cumsum(ARRIVED_BY_DAY)])


def arrived(age: float) -> float:
    """The share of orders attributed so far: 0 at the beginning of the click day, 1 from day 8 on."""
    return float(min(1.0, np.interp(age, np.arange(len(_ARRIVED)), _ARRIVED)))


def arrived_within(window_days: int, age: float) -> float:
    """The same, of orders that came within so many days after the click."""
    return min(arrived(age), arrived(float(window_days)))


def taken_back(age: float) -> float:
    """The share of clicks that has been taken back so far."""
    return INVALID_CLICKS * min(1.0, max(0.0, (age - 1) / INVALID_DAYS))


def cancelled(age: float) -> float:
    """The share of orders that has been cancelled so far."""
    return CANCELLED * min(1.0, max(0.0, (age - CANCELLED_FROM) / (CANCELLED_BY - CANCELLED_FROM)))
