"""So many failures within a minute, then one waits; nothing locks anybody out for good."""

from datetime import timedelta

from agent.access.throttle import Throttle
from tests.wishes import NOW

SECOND = timedelta(seconds=1)


def test_the_sixth_try_waits_until_the_first_is_a_minute_old() -> None:
    throttle = Throttle()
    for number in range(5):
        assert throttle.wait_seconds(NOW + number * SECOND, "ann") == 0
        throttle.failed(NOW + number * SECOND, "ann")
    assert throttle.wait_seconds(NOW + 5 * SECOND, "ann") == 55
    assert throttle.wait_seconds(NOW + 5 * SECOND, "bob") == 0
    assert throttle.wait_seconds(NOW + 5 * SECOND, "bob", "ann") == 55
    assert throttle.wait_seconds(NOW + 60 * SECOND, "ann") == 0


def test_a_clock_that_is_set_back_makes_nobody_wait_longer_than_a_minute() -> None:
    throttle = Throttle()
    for _ in range(5):
        throttle.failed(NOW, "ann")
    assert throttle.wait_seconds(NOW - timedelta(days=1), "ann") == 60


def test_a_flood_of_names_makes_nothing_grow_and_its_address_still_waits() -> None:
    throttle = Throttle()
    for number in range(12_000):
        throttle.failed(NOW, f"name {number}", "address 10.0.0.9")
    assert len(throttle._failures) <= 10_000
    assert throttle.wait_seconds(NOW, "address 10.0.0.9") == 60
    assert throttle.wait_seconds(NOW, "name 0") == 0
