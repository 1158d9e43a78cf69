"""What a turn does, read from the run records alone."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from agent.clock import SetClock
from agent.jobs.turn import Step, due, turn
from agent.model.proposal import Run

NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Records:
    runs: dict[str, Run] = field(default_factory=dict)

    def newest_run(self, job: str, account: str) -> Run | None:
        return self.runs.get(job)

    def ran(self, job: str, started: datetime, ended: datetime | None, booked: int = 1) -> None:
        self.runs[job] = Run("r", job, "a", started, ended, {"booked": booked})


def test_a_job_that_never_ran_is_due() -> None:
    assert due(Step("pull", lambda: None, HOUR), Records(), "a", NOON)


def test_a_job_that_was_killed_in_the_middle_is_due_again() -> None:
    records = Records()
    records.ran("pull", NOON, None)
    assert due(Step("pull", lambda: None, HOUR), records, "a", NOON)


def test_a_job_waits_for_its_interval() -> None:
    records = Records()
    records.ran("pull", NOON, NOON)
    step = Step("pull", lambda: None, HOUR)
    assert not due(step, records, "a", NOON + HOUR - timedelta(seconds=1))
    assert due(step, records, "a", NOON + HOUR)


def test_judging_is_due_once_a_pull_has_booked_something() -> None:
    records = Records()
    records.ran("judge", NOON, NOON)
    step = Step("judge", lambda: None, HOUR, after=("take_in", "pull"))
    records.ran("pull", NOON, NOON + timedelta(minutes=5), booked=0)
    assert not due(step, records, "a", NOON + timedelta(minutes=6))
    records.ran("pull", NOON, NOON + timedelta(minutes=5), booked=3)
    assert due(step, records, "a", NOON + timedelta(minutes=6))


def test_after_a_week_of_downtime_each_job_is_done_once() -> None:
    """Catch-up comes from the run records: one late run, not one per missed interval."""
    clock, records, done = SetClock(NOON), Records(), []
    records.ran("pull", NOON - timedelta(days=7), NOON - timedelta(days=7))

    def pull() -> None:
        done.append(clock.now())
        records.ran("pull", clock.now(), clock.now())

    steps = (Step("pull", pull, HOUR),)
    for _ in range(5):
        turn(steps, records, clock, "a")
        clock.sleep(60)
    assert done == [NOON]


def test_an_hour_that_a_clock_change_skips_or_repeats_is_still_one_interval() -> None:
    """Intervals are counted between instants, so 29 March and 25 October 2026 in Berlin change nothing."""
    for change in (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)):
        records = Records()
        records.ran("pull", change - timedelta(minutes=30), change - timedelta(minutes=29))
        step = Step("pull", lambda: None, HOUR)
        assert not due(step, records, "a", change + timedelta(minutes=29))
        assert due(step, records, "a", change + timedelta(minutes=30))


def test_a_turn_that_is_asked_to_stop_finishes_the_step_under_way_and_begins_no_other() -> None:
    asked: list[str] = []
    steps = (Step("act", lambda: asked.append("act")), Step("settle", lambda: asked.append("settle")))
    assert turn(steps, Records(), SetClock(NOON), "a", stopping=lambda: bool(asked)) == ["act"]


def test_judging_waits_for_the_rest_of_a_pull_however_long_ago_it_was_done_last() -> None:
    records, promised = Records(), [True]
    step = Step("judge", lambda: None, HOUR, after=("take_in",), unless=lambda _: promised[0])
    assert due(step, records, "a", NOON)  # never done: the first time half of it is better than nothing
    records.ran("judge", NOON, NOON)
    records.ran("take_in", NOON, NOON + timedelta(minutes=5))
    assert not due(step, records, "a", NOON + 3 * HOUR)
    promised[0] = False
    assert due(step, records, "a", NOON + timedelta(minutes=6))
