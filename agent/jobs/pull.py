"""Bring the facts of one account up to date.

A source that is still preparing an answer is a row to look at later. A broken stream or connector stays visible with
its fault and never stops the others. Nothing is booked by halves: a stream is booked when its answer is whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from agent.errors import AgentError, CredentialError, RoleError
from agent.model.fact import Booked, Delivered, Grain, Pending, Stream
from agent.model.proposal import Run
from agent.model.window import Span
from agent.ports import Clock, Connector, FactView, Mint


class Outcome(StrEnum):
    BOOKED = "booked"
    WAITING = "waiting"
    RESTING = "resting"
    """What is known is new enough: the source is not asked so often."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StreamReport:
    """What became of one stream in this pass."""

    connector: str
    stream: str
    outcome: Outcome
    span: Span | None = None
    rows: int = 0
    increments: int = 0
    fault: AgentError | None = None
    look_again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PullReport:
    run: str
    account: str
    streams: Sequence[StreamReport]

    def of(self, outcome: Outcome) -> Sequence[StreamReport]:
        return [report for report in self.streams if report.outcome is outcome]

    @property
    def rows(self) -> int:
        return sum(report.rows for report in self.streams)


class Promise(Protocol):
    """A pull the source has not answered yet, as the ledger keeps it."""

    @property
    def span(self) -> Span: ...
    @property
    def cursor(self) -> str: ...
    @property
    def look_again_at(self) -> datetime: ...


class PullLedger(Protocol):
    """The part of the ledger a pull needs."""

    def begin(self, run: Run) -> None: ...
    def end(self, run: Run) -> None: ...
    def pending_get(self, account: str, stream: str) -> Promise | None: ...
    def pending_put(
        self, account: str, stream: str, *, span: Span, cursor: str, asked_at: datetime, look_again_at: datetime
    ) -> None: ...
    def pending_clear(self, account: str, stream: str) -> None: ...


class Books(Protocol):
    """The part of the fact store a pull needs."""

    def known_at(self, account: str, moment: datetime) -> FactView: ...
    def book(self, account: str, stream: Stream, delivered: Delivered, observed_at: datetime, run: str) -> Booked: ...


@dataclass(frozen=True, slots=True)
class Puller:
    """Everything one pass over one account needs. ``days``: how far back the first pull reaches."""

    account: str
    connectors: Sequence[Connector]
    books: Books
    ledger: PullLedger
    clock: Clock
    mint: Mint
    days: int

    def run(self, today: date, *, wait_seconds: float = 0, told: Callable[[StreamReport], None] = lambda _: None,
            stopped: Callable[[], bool] = lambda: False) -> PullReport:  # fmt: skip
        """One pass over all streams; with ``wait_seconds``, go on until nothing waits or that time is over."""
        return self._ran("pull", self._streams(), today, wait_seconds, told, stopped)

    def look(self, today: date, *, told: Callable[[StreamReport], None] = lambda _: None,
             stopped: Callable[[], bool] = lambda: False) -> PullReport:  # fmt: skip
        """One look at what was promised and should be ready; nothing else is asked for."""
        now = self.clock.now()
        due = [(connector, stream) for connector, stream in self._streams()
               if (promise := self._promise(stream)) is not None and promise.look_again_at <= now]  # fmt: skip
        return self._ran("look", due, today, 0, told, stopped)

    def _streams(self) -> list[tuple[Connector, Stream]]:
        return [(connector, stream) for connector in self.connectors for stream in connector.streams]

    def _promise(self, stream: Stream) -> Promise | None:
        return self.ledger.pending_get(self.account, stream.name)

    def _ran(self, job: str, streams: list[tuple[Connector, Stream]], today: date, wait_seconds: float,
             told: Callable[[StreamReport], None], stopped: Callable[[], bool]) -> PullReport:  # fmt: skip
        run = Run(self.mint("r"), job, self.account, self.clock.now())
        self.ledger.begin(run)
        reports: dict[tuple[str, str], StreamReport] = {}
        try:
            until = run.started + timedelta(seconds=wait_seconds)
            self._passes(run.id, streams, today, until, reports, told, stopped)
        finally:
            done = PullReport(run.id, self.account, list(reports.values()))
            self.ledger.end(self._ended(run, done))
        return done

    def _passes(self, run: str, open_now: list[tuple[Connector, Stream]], today: date, until: datetime,
                reports: dict[tuple[str, str], StreamReport], told: Callable[[StreamReport], None],
                stopped: Callable[[], bool]) -> None:  # fmt: skip
        while open_now:
            for connector, stream in open_now:
                report = self._stream(connector, stream, today, run, _lost(reports, connector.name))
                reports[connector.name, stream.name] = report
                told(report)
            open_now = [pair for pair in open_now if reports[pair[0].name, pair[1].name].outcome is Outcome.WAITING]
            looks = [look for pair in open_now if (look := reports[pair[0].name, pair[1].name].look_again_at)]
            if not looks or min(looks) > until or stopped():
                return
            self.clock.sleep(max(0.0, (min(looks) - self.clock.now()).total_seconds()))

    def _stream(
        self, connector: Connector, stream: Stream, today: date, run: str, lost: AgentError | None
    ) -> StreamReport:
        blank = StreamReport(connector.name, stream.name, Outcome.FAILED)
        if lost is not None:
            return replace(blank, fault=lost)
        try:
            return self._look(blank, connector, stream, today, run)
        except AgentError as fault:
            # The source's answer of yesterday must not be adopted for ever: the next pass asks anew.
            if not fault.retryable:
                self.ledger.pending_clear(self.account, stream.name)
            return replace(blank, fault=fault)

    def _look(self, blank: StreamReport, connector: Connector, stream: Stream, today: date, run: str) -> StreamReport:
        now = self.clock.now()
        promise = self._promise(stream)
        if promise is not None and promise.look_again_at > now:
            return replace(blank, outcome=Outcome.WAITING, span=promise.span, look_again_at=promise.look_again_at)
        if promise is None and (awake := self._rests_until(stream, now)) is not None:
            return replace(blank, outcome=Outcome.RESTING, look_again_at=awake)
        span = promise.span if promise is not None else self.span(stream, today)
        answer = connector.pull(stream, span, promise.cursor if promise is not None else None)
        if isinstance(answer, Pending):
            look = self.clock.now() + timedelta(seconds=answer.look_again_seconds)
            self.ledger.pending_put(
                self.account, stream.name, span=span, cursor=answer.cursor, asked_at=now, look_again_at=look
            )
            return replace(blank, outcome=Outcome.WAITING, span=span, look_again_at=look)
        booked = self.books.book(self.account, stream, answer, self.clock.now(), run)
        self.ledger.pending_clear(self.account, stream.name)
        return replace(blank, outcome=Outcome.BOOKED, span=answer.span, rows=booked.rows, increments=booked.increments)

    def _rests_until(self, stream: Stream, now: datetime) -> datetime | None:
        """When the stream may be asked for again; None: now."""
        if not stream.rest_hours:
            return None
        booked = self.books.known_at(self.account, now).observed_at(stream)
        awake = booked + timedelta(hours=stream.rest_hours) if booked is not None else now
        return awake if awake > now else None

    def span(self, stream: Stream, today: date) -> Span:
        """The days to ask for: all that are missing within ``days``, and those that may still be restated."""
        if stream.grain is Grain.SNAPSHOT:
            return Span(today, today)
        yesterday = today - timedelta(days=1)
        wanted = Span(today - timedelta(days=self.days), yesterday)
        covered = self.books.known_at(self.account, self.clock.now()).covered(stream)
        again = today - timedelta(days=stream.restate_days)
        missing = next((day for day in wanted if day not in covered), again)
        return Span(min(missing, again), yesterday)

    def _ended(self, run: Run, report: PullReport) -> Run:
        counts = {str(outcome): len(report.of(outcome)) for outcome in Outcome}
        # Also those that were not looked at now: while anything is promised, what is known is not all of one time.
        counts["waiting"] = sum(self._promise(stream) is not None for _, stream in self._streams())
        counts |= {"rows": report.rows, "increments": sum(stream.increments for stream in report.streams)}
        faults = "; ".join(f"{each.stream}: {each.fault.message}" for each in report.streams if each.fault)
        return replace(run, ended=self.clock.now(), counts=counts, fault=faults)


def _lost(reports: dict[tuple[str, str], StreamReport], connector: str) -> AgentError | None:
    """A credential that failed once in this pass is not tried again on the connector's other streams.

    A missing role is no such failure: the streams that need another role can be read.
    """
    faults = (report.fault for (name, _), report in reports.items() if name == connector)
    lost = (fault for fault in faults if isinstance(fault, CredentialError) and not isinstance(fault, RoleError))
    return next(lost, None)
