"""The lanes: not faster than declared, soon as fast as allowed, and nobody waits out a clock that was set back."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import pytest

from agent.outbound import Rate
from agent.outbound.pacing import NANO, Lane, Lanes

FOREVER = 10**18


@dataclass
class Bucket:
    """A source that refuses with a token bucket, as Amazon's do."""

    per_second: float
    burst: float
    now: float = 0.0
    seen: float = 0.0

    def __post_init__(self) -> None:
        self.tokens = self.burst

    def serves(self) -> bool:
        self.tokens = min(self.burst, self.tokens + (self.now - self.seen) * self.per_second)
        self.seen = self.now
        if self.tokens < 1 - 1e-9:
            return False
        self.tokens -= 1
        return True


def drive(lane: Lane, bucket: Bucket, calls: int, retry_after: float = 1.0) -> list[tuple[float, bool]]:
    """Call as fast as the lane lets us; when each call was made, and whether it was served."""
    made = []
    for _ in range(calls):
        bucket.now += lane.take(round(bucket.now * NANO), FOREVER) / NANO
        served = bucket.serves()
        made.append((bucket.now, served))
        if served:
            lane.accepted()
        else:
            lane.refused(round(bucket.now * NANO), round(retry_after * NANO))
            bucket.now += retry_after
    return made


@pytest.mark.parametrize(("per_second", "burst"), [(0.5, 5), (1, 1), (2, 2), (3, 100), (5, 5), (5, 20), (9.5, 10)])
def test_a_throttling_source_refuses_few_calls_and_is_used_fully(per_second: float, burst: float) -> None:
    """After warm-up: at most 1 % refused, at least 95 % of what is allowed."""
    made = drive(Lane(Rate(10, 10)), Bucket(per_second, burst), 5000)[1000:]
    served = sum(served for _, served in made)
    assert 1 - served / len(made) <= 0.01
    assert served / (made[-1][0] - made[0][0]) >= 0.95 * per_second


@dataclass
class Moody(Bucket):
    """A source that refuses every so many calls at random, however slowly it is asked."""

    refuses: float = 0.05
    dice: Random = field(default_factory=lambda: Random(7))

    def serves(self) -> bool:
        return super().serves() and self.dice.random() >= self.refuses


@pytest.mark.parametrize("refuses", [0.02, 0.05, 0.1, 0.2])
@pytest.mark.parametrize("retry_after", [1.0, 10.0])
def test_a_source_that_refuses_whatever_our_rate_is_not_starved_of_calls(refuses: float, retry_after: float) -> None:
    """At least two fifths of what waiting out each refusal at the full rate would bring."""
    made = drive(Lane(Rate(10, 10)), Moody(1000, 1000, refuses=refuses), 6000, retry_after)[1000:]
    possible = 1 / (0.1 + refuses * retry_after)
    assert len(made) / (made[-1][0] - made[0][0]) >= 0.4 * possible


@pytest.mark.parametrize(("per_second", "burst"), [(0.5, 5), (1, 1), (3, 100), (5, 20)])
def test_a_throttling_source_that_names_long_waits_is_found_out_as_well(per_second: float, burst: float) -> None:
    made = drive(Lane(Rate(10, 10)), Bucket(per_second, burst), 5000, retry_after=10.0)[1500:]
    served = sum(served for _, served in made)
    assert 1 - served / len(made) <= 0.01
    assert served / (made[-1][0] - made[0][0]) >= 0.9 * per_second


def test_a_source_that_allows_the_declared_rate_refuses_nothing() -> None:
    made = drive(Lane(Rate(10, 10)), Bucket(10, 10), 2000)
    assert all(served for _, served in made)
    assert made[-1][0] == pytest.approx(199, abs=0.5)


def test_after_a_refusal_nobody_calls_before_the_time_it_named() -> None:
    lane = Lane(Rate(10, 10))
    lane.refused(0, 30 * NANO)
    assert lane.take(0, FOREVER) == 30 * NANO


def test_a_lane_that_was_slowed_down_finds_back_to_its_rate() -> None:
    lane, bucket = Lane(Rate(10, 10)), Bucket(1, 1)
    drive(lane, bucket, 500)
    assert lane.per_second < 1.2
    bucket.per_second, bucket.burst = 100, 100
    drive(lane, bucket, 3000)
    assert lane.per_second == pytest.approx(10)


def test_refusals_of_calls_in_flight_together_count_once() -> None:
    one, many = Lane(Rate(10, 10)), Lane(Rate(10, 10))
    one.refused(0, NANO)
    for number in range(8):
        many.refused(number * 1000, NANO)
    assert many.per_second == one.per_second


def test_a_turn_beyond_the_patience_is_not_taken() -> None:
    lane = Lane(Rate(1, 1))
    assert lane.take(0, 0) == 0
    assert lane.take(0, NANO // 2) == NANO
    assert lane.take(0, NANO) == NANO
    assert lane.take(0, FOREVER) == 2 * NANO


def test_a_clock_set_back_by_a_day_makes_nobody_wait_a_day() -> None:
    lane, day = Lane(Rate(1, 1)), 86_400 * NANO
    lane.take(10 * day, FOREVER)
    assert lane.take(9 * day, FOREVER) <= NANO


def test_lanes_are_shared_by_connector_account_and_operation_only() -> None:
    lanes = Lanes()
    lane = lanes.of("ads", "a", "list", Rate(1, 1))
    assert lanes.of("ads", "a", "list", Rate(1, 1)) is lane
    others = [("ads", "b", "list"), ("ads", "a", "update"), ("sp", "a", "list")]
    assert all(lanes.of(*other, Rate(1, 1)) is not lane for other in others)


def test_a_published_rate_is_not_doubted_when_others_used_it_up() -> None:
    """One interval later the allowance has one call again, and the rate is what it was."""
    lane = Lane(Rate(0.0167, 15, published=True))
    lane.take(0, FOREVER)
    lane.accepted()
    lane.refused(NANO, 2 * NANO)
    assert lane.per_second == pytest.approx(0.0167)
    assert lane.take(NANO, FOREVER) == pytest.approx(60 * NANO, rel=0.01)


def test_a_published_rate_that_is_refused_again_and_again_is_lowered_and_soon_forgiven() -> None:
    lane, now = Lane(Rate(0.0167, 15, published=True)), 0
    for _ in range(4):
        now += lane.take(now, FOREVER)
        lane.refused(now, 2 * NANO)
    assert 0.0167 / 4 <= lane.per_second < 0.0167 / 2
    for _ in range(20):
        lane.accepted()
    assert lane.per_second == pytest.approx(0.0167)


@pytest.mark.parametrize(("declared", "stated", "calls"), [(0.0167, 2.0, 100), (5.0, 0.5, 100)])
def test_a_stated_rate_holds_from_the_answer_on(declared: float, stated: float, calls: int) -> None:
    """What was used stays used: after a full burst, calls go out at the stated rate, none earlier."""
    lane, now = Lane(Rate(declared, 10)), 0
    for _ in range(10):
        assert lane.take(now, 0) == 0
    lane.stated(now, stated)
    for _ in range(calls):
        now += lane.take(now, FOREVER)
    assert now / NANO == pytest.approx(calls / stated, rel=0.02)
    assert lane.per_second == pytest.approx(stated, rel=0.01)
    assert lane.per_second < stated


def test_a_rate_stated_while_the_lane_is_closed_opens_it_no_earlier() -> None:
    lane = Lane(Rate(1, 1, published=True))
    lane.refused(0, 30 * NANO)
    lane.stated(0, 100.0)
    assert lane.take(0, FOREVER) >= 30 * NANO
