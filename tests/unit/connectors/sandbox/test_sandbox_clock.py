"""The clock can be driven, hurried and stopped, and never runs backwards."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.sandbox.clock import DrivenClock

START = datetime(2026, 1, 1, tzinfo=UTC)


class Seconds:
    """Real time, as the test has it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


def driven(speed: float) -> tuple[DrivenClock, Seconds]:
    seconds = Seconds()
    return DrivenClock(START, speed, seconds, seconds.wait), seconds


def test_it_runs_at_its_speed() -> None:
    clock, seconds = driven(speed=60)
    seconds.now += 2
    assert clock.now() == START + timedelta(minutes=2)


def test_a_changed_speed_holds_from_then_on() -> None:
    clock, seconds = driven(speed=1)
    seconds.now += 10
    clock.set_speed(100)
    seconds.now += 1
    assert clock.now() == START + timedelta(seconds=110)


def test_sleeping_waits_real_time_divided_by_the_speed() -> None:
    clock, seconds = driven(speed=10)
    clock.sleep(50)
    assert seconds.now == 105
    assert clock.now() == START + timedelta(seconds=50)


def test_sleeping_moves_a_clock_that_stands_still() -> None:
    clock, seconds = driven(speed=0)
    clock.sleep(50)
    assert seconds.now == 100
    assert clock.now() == START + timedelta(seconds=50)


def test_it_refuses_to_run_backwards() -> None:
    clock, _ = driven(speed=1)
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)
    with pytest.raises(ValueError, match="forward"):
        clock.set_speed(-1)
