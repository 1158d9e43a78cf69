"""What one pass over an account's streams promises, with the real book and the real ledger."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from agent.clock import SetClock
from agent.errors import AgentError, ContractError, CredentialError, RoleError, SourceError
from agent.facts.book import Book
from agent.jobs.pull import Outcome, Puller
from agent.ledger import SqlLedger
from agent.mint import mint
from agent.model.fact import Delivered, Pending, Rows, Stream
from agent.model.kinds import STREAMS
from agent.model.window import Span

TODAY = date(2026, 3, 18)
NOON = datetime(2026, 3, 18, 19, tzinfo=UTC)
KEYWORDS, TRAFFIC = STREAMS["keywords"], STREAMS["keyword_traffic"]


@dataclass
class Source:
    """A connector that answers what the test lays out for it, in order; and remembers what it was asked."""

    answers: dict[str, list[Delivered | Pending | AgentError]]
    name: str = "source"
    asked: list[tuple[str, Span, str | None]] = field(default_factory=list)

    @property
    def streams(self) -> list[Stream]:
        return [STREAMS[name] for name in self.answers]

    def pull(self, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
        self.asked.append((stream.name, span, cursor))
        answer = self.answers[stream.name].pop(0)
        if isinstance(answer, AgentError):
            raise answer
        return answer


def delivered(stream: Stream, span: Span | None, clicks: int = 3) -> Delivered:
    blank = {column.name: [None] for column in stream.columns}
    if span is None:
        return Delivered([Rows(blank | {"entity": ["k1"], "state": ["enabled"]})])
    figures = {column.name: [0 if column.additive else None] for column in stream.columns}
    return Delivered([Rows(figures | {"entity": ["k1"], "day": [span.last], "clicks": [clicks]})], span)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    opened = SqlLedger.open(f"sqlite:///{tmp_path / 'steward.db'}")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOON)


def puller(source: Source, tmp_path: Path, ledger: SqlLedger, clock: SetClock) -> Puller:
    return Puller("a", [source], Book(tmp_path / "facts"), ledger, clock, mint, 60)


def test_a_first_pull_reaches_back_as_far_as_configured(tmp_path: Path, ledger: SqlLedger, clock: SetClock) -> None:
    span = Span(TODAY - timedelta(days=60), TODAY - timedelta(days=1))
    source = Source({TRAFFIC.name: [delivered(TRAFFIC, span)], KEYWORDS.name: [delivered(KEYWORDS, None)]})
    report = puller(source, tmp_path, ledger, clock).run(TODAY)
    assert source.asked[0] == (TRAFFIC.name, span, None)
    assert [each.outcome for each in report.streams] == [Outcome.BOOKED, Outcome.BOOKED]


def test_a_later_pull_asks_again_only_for_what_may_be_restated(
    tmp_path: Path, ledger: SqlLedger, clock: SetClock
) -> None:
    first = Span(TODAY - timedelta(days=60), TODAY - timedelta(days=1))
    again = Span(TODAY + timedelta(days=1) - timedelta(days=TRAFFIC.restate_days), TODAY)
    source = Source({TRAFFIC.name: [delivered(TRAFFIC, first), delivered(TRAFFIC, again)]})
    pulling = puller(source, tmp_path, ledger, clock)
    pulling.run(TODAY)
    clock.sleep(86_400)
    pulling.run(TODAY + timedelta(days=1))
    assert source.asked[1][1] == again


def test_days_that_were_missed_are_asked_for_again(tmp_path: Path, ledger: SqlLedger, clock: SetClock) -> None:
    """After 45 days without the daemon the hole is filled, not only the restated tail."""
    first = Span(TODAY - timedelta(days=60), TODAY - timedelta(days=1))
    source = Source({TRAFFIC.name: [delivered(TRAFFIC, first), SourceError("down")]})
    pulling = puller(source, tmp_path, ledger, clock)
    pulling.run(TODAY)
    later = TODAY + timedelta(days=45)
    clock.sleep(45 * 86_400)
    pulling.run(later)
    assert source.asked[1][1] == Span(TODAY, later - timedelta(days=1))


def test_a_promise_is_kept_over_a_restart_and_looked_at_when_it_is_due(
    tmp_path: Path, ledger: SqlLedger, clock: SetClock
) -> None:
    span = Span(TODAY - timedelta(days=60), TODAY - timedelta(days=1))
    source = Source({TRAFFIC.name: [Pending("c1", 60), delivered(TRAFFIC, span)]})
    first = puller(source, tmp_path, ledger, clock).run(TODAY)
    assert first.streams[0].outcome is Outcome.WAITING
    too_early = puller(source, tmp_path, ledger, clock).run(TODAY)
    assert too_early.streams[0].outcome is Outcome.WAITING
    assert len(source.asked) == 1
    clock.sleep(60)
    assert puller(source, tmp_path, ledger, clock).run(TODAY).streams[0].outcome is Outcome.BOOKED
    assert source.asked[1] == (TRAFFIC.name, span, "c1")


def test_waiting_goes_on_until_the_source_delivers(tmp_path: Path, ledger: SqlLedger, clock: SetClock) -> None:
    span = Span(TODAY - timedelta(days=60), TODAY - timedelta(days=1))
    source = Source({TRAFFIC.name: [Pending("c", 60), Pending("c", 60), delivered(TRAFFIC, span)]})
    report = puller(source, tmp_path, ledger, clock).run(TODAY, wait_seconds=600)
    assert [each.outcome for each in report.streams] == [Outcome.BOOKED]
    assert clock.now() == NOON + timedelta(seconds=120)


def test_a_broken_stream_stays_visible_and_stops_no_other(tmp_path: Path, ledger: SqlLedger, clock: SetClock) -> None:
    source = Source({TRAFFIC.name: [ContractError("torn")], KEYWORDS.name: [delivered(KEYWORDS, None)]})
    report = puller(source, tmp_path, ledger, clock).run(TODAY)
    assert [each.outcome for each in report.streams] == [Outcome.FAILED, Outcome.BOOKED]
    run = ledger.newest_run("pull", "a")
    assert run is not None
    assert run.fault == "keyword_traffic: torn"
    assert run.counts["booked"] == 1


def test_after_a_broken_report_the_next_pull_asks_for_a_new_one(
    tmp_path: Path, ledger: SqlLedger, clock: SetClock
) -> None:
    span = Span(TODAY - timedelta(days=60), TODAY - timedelta(days=1))
    source = Source({TRAFFIC.name: [Pending("c1", 0), ContractError("torn"), delivered(TRAFFIC, span)]})
    pulling = puller(source, tmp_path, ledger, clock)
    for _ in range(3):
        report = pulling.run(TODAY, wait_seconds=-1)
    assert report.streams[0].outcome is Outcome.BOOKED
    assert [cursor for _, _, cursor in source.asked] == [None, "c1", None]


def test_a_lost_credential_is_tried_once_in_a_pass(tmp_path: Path, ledger: SqlLedger, clock: SetClock) -> None:
    source = Source({TRAFFIC.name: [CredentialError("revoked")], KEYWORDS.name: [delivered(KEYWORDS, None)]})
    report = puller(source, tmp_path, ledger, clock).run(TODAY)
    assert [each.outcome for each in report.streams] == [Outcome.FAILED, Outcome.FAILED]
    assert len(source.asked) == 1


def test_a_look_asks_for_what_is_promised_and_due_and_for_nothing_else(
    tmp_path: Path, ledger: SqlLedger, clock: SetClock
) -> None:
    span = Span(TODAY - timedelta(days=60), TODAY - timedelta(days=1))
    source = Source(
        {TRAFFIC.name: [Pending("c1", 60), delivered(TRAFFIC, span)], KEYWORDS.name: [delivered(KEYWORDS, None)]}
    )
    pulling = puller(source, tmp_path, ledger, clock)
    pulling.run(TODAY)
    source.asked.clear()
    assert pulling.look(TODAY).streams == []
    run = ledger.newest_run("look", "a")
    assert run is not None
    assert run.counts["waiting"] == 1
    clock.sleep(60)
    assert [each.outcome for each in pulling.look(TODAY).streams] == [Outcome.BOOKED]
    assert source.asked == [(TRAFFIC.name, span, "c1")]
    run = ledger.newest_run("look", "a")
    assert run is not None
    assert (run.counts["booked"], run.counts["waiting"]) == (1, 0)


def test_a_stream_that_rests_is_not_asked_for_before_its_time(
    tmp_path: Path, ledger: SqlLedger, clock: SetClock
) -> None:
    @dataclass
    class Resting(Source):
        @property
        def streams(self) -> list[Stream]:
            return [replace(KEYWORDS, rest_hours=20)]

    source = Resting({KEYWORDS.name: [delivered(KEYWORDS, None), delivered(KEYWORDS, None)]})
    pulling = puller(source, tmp_path, ledger, clock)
    pulling.run(TODAY)
    clock.sleep(19 * 3600)
    (report,) = pulling.run(TODAY).streams
    assert (report.outcome, report.look_again_at) == (Outcome.RESTING, NOON + timedelta(hours=20))
    assert len(source.asked) == 1
    clock.sleep(3600)
    assert pulling.run(TODAY).streams[0].outcome is Outcome.BOOKED


def test_a_missing_role_takes_nothing_from_the_other_streams(
    tmp_path: Path, ledger: SqlLedger, clock: SetClock
) -> None:
    source = Source({TRAFFIC.name: [RoleError("lacks a role")], KEYWORDS.name: [delivered(KEYWORDS, None)]})
    report = puller(source, tmp_path, ledger, clock).run(TODAY)
    assert [each.outcome for each in report.streams] == [Outcome.FAILED, Outcome.BOOKED]
