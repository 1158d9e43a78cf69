"""The jobs of this installation, wired: what ``steward run``, ``pull``, ``plan``, ``apply`` and ``demo`` carry out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from agent.clock import SystemClock
from agent.config import Config
from agent.jobs.access import tell_of_access
from agent.jobs.act import ActReport, Patience, Purse, act
from agent.jobs.derive import DerivedReport, DeriveReport
from agent.jobs.expire import expire
from agent.jobs.heartbeat import Heartbeat
from agent.jobs.judge import JudgeReport, judge
from agent.jobs.post import post_jobs
from agent.jobs.pull import Puller, PullReport, StreamReport
from agent.jobs.reread import only_reading, release_when_read_back
from agent.jobs.settle import SettleReport, settle
from agent.jobs.standing import stand
from agent.jobs.take_in import TakeReport
from agent.jobs.turn import Step, turn
from agent.jobs.undo import UndoReport, undo
from agent.jobs.watch import RULE_SILENCE, Limits, Sight, free_bytes, watch
from agent.mint import mint
from agent.model.change import Edit
from agent.model.dropped import FileRecord, FileState
from agent.model.fact import ANSWERABLE, Grain
from agent.model.kinds import STREAMS
from agent.model.proposal import ProposalId, Run, State
from agent.model.rule import Rule
from agent.model.unwind import Which
from agent.ports import Clock
from agent.wiring import (
    Sources,
    Uploads,
    book_of,
    court_of,
    intake_of,
    loader_of,
    may_write,
    needs_two,
    office_of,
    outbound_of,
    policy_of,
    puller_of,
    purse_of,
    record_by,
    rounds_of,
    secrets_of,
    sources_of,
    uploads_of,
    witness_of,
    workshop_of,
)

if TYPE_CHECKING:
    from agent.jobs.record import Earlier
    from agent.jobs.take_in import Intake
    from agent.ledger import SqlLedger
    from agent.outbound import Outbound

_LOG = structlog.get_logger(__name__)
_PATIENCE = timedelta(minutes=45)
"""So long judging waits for the reports of a pull; then it goes by what has come."""
_LISTING_SETTLE = timedelta(minutes=20)
"""Amazon: a price that was accepted is on sale minutes later; offers are read back no sooner."""


_Report = PullReport | DeriveReport | JudgeReport | ActReport | SettleReport | TakeReport


class AccountJobs:
    """Every job of one account, ready to be done. Not for two threads at once: an account's turns never overlap."""

    def __init__(self, config: Config, account: str, ledger: SqlLedger, outbound: Outbound, clock: Clock,
                 stopping: Callable[[], bool] = lambda: False) -> None:  # fmt: skip
        self.account, self._config, self._ledger, self._clock = account, config, ledger, clock
        self._book, self._stopping = book_of(config), stopping
        self._sources = sources_of(config, account, outbound, clock, self._book, ledger)
        self._loader = loader_of(config, account)
        self._patience = _patience(config, self._sources)
        self._measured: Earlier = {}

    def pull(self, told: Callable[[StreamReport], None] = lambda _: None, wait_seconds: float = 0) -> PullReport:
        """Bring the facts up to date; with ``wait_seconds``, wait that long for promised reports."""
        return self._seen(
            self._puller().run(self._today(), wait_seconds=wait_seconds, told=told, stopped=self._stopping)
        )

    def look(self) -> PullReport:
        """Look at promised reports that should be ready, and at nothing else."""
        return self._seen(self._puller().look(self._today(), stopped=self._stopping))

    def _seen(self, report: PullReport) -> PullReport:
        tell_of_access(report, self._ledger, self._clock.now(), mint)
        return report

    def _puller(self) -> Puller:
        return puller_of(self._config, self.account, self._sources, self._book, self._ledger, self._clock)

    def _today(self) -> date:
        return court_of(self._config, self.account, (), self._book, self._clock).today()

    def derive(self, told: Callable[[DerivedReport], None] = lambda _: None) -> DeriveReport:
        """Work out what rules read besides what was pulled."""
        return workshop_of(self._config, self.account, self._book, self._ledger, self._clock).run(told)

    def judge(self, told: Callable[[str], None] = lambda _: None, rules: Sequence[Rule] | None = None,
              *, changed: bool = False) -> JudgeReport:  # fmt: skip
        """Judge by the rules as they stand on disk; where those are at fault, by the last ones that were in order.

        ``changed``: figures are gathered only of what has changed since the last judging of all rules.
        """
        chosen, whole = self.rules() if rules is None else rules, rules is None
        court = court_of(self._config, self.account, chosen, self._book, self._clock, whole=whole,
                         changed=whole and (changed or self._config.schedule.judge_changed))  # fmt: skip
        return judge(court, self._ledger, told)

    def judge_and_stand(self) -> JudgeReport:
        """Judge, and approve what rules in auto mode may do without being asked. In dry-run nothing is approved, nor
        while the kill switch is on."""
        rules = self.rules()
        court = court_of(self._config, self.account, rules, self._book, self._clock,
                         changed=self._config.schedule.judge_changed)  # fmt: skip
        report = judge(court, self._ledger)
        if self._why_not() is None:
            record = record_by(self._config, self.account, self._ledger, self._book, self._clock, self._measured)
            approved = stand(report, rules, policy_of(self._config), self._ledger, self._clock.now(),
                             needs_two(self._config), record)  # fmt: skip
            if approved:
                _LOG.info("standing_approval", account=self.account, run=report.run, approved=len(approved))
        return report

    def rules(self) -> Sequence[Rule]:
        rules = self._loader.reload().rules
        for fault in self._loader.fault.diagnostics if self._loader.fault is not None else ():
            _LOG.error("rules_held_back", account=self.account, fault=str(fault))
        return rules

    def act(self, told: Callable[[str], None] | None = None, plan: str | None = None, most: int | None = None,
            only: Collection[ProposalId] | None = None) -> ActReport:  # fmt: skip
        """Send what is approved and may be sent; ``only``: of these."""
        if not self._sources.actuators:
            # Its changes go into files, and whoever writes one may be at it just now.
            return ActReport(
                self.account, "", Counter(waiting=self._ledger.counts(self.account).get(State.APPROVED, 0))
            )
        return act(self._ledger, self._sources.actuators, self._clock, account=self.account, run=mint("r"),
                   may_write=self._why_not, progress=told, patience=self._patience, plan=plan, most=most,
                   only=only, purse=self._purse)  # fmt: skip

    def _purse(self) -> Purse | None:
        return purse_of(self._config, self.account, self._book, self._clock)

    def settle(self, told: Callable[[str], None] | None = None, wait_seconds: float = 0) -> SettleReport:
        """Read back what was sent, and what was written into files."""
        actuators = [*self._sources.actuators, *self._uploads().actuators]
        report = settle(self._ledger, actuators, self._clock, account=self.account, run=mint("r"),
                        wait_seconds=wait_seconds, progress=told, patience=self._patience)  # fmt: skip
        if self._released():
            _LOG.warning("read_back", account=self.account, counts=dict(report.counts))
        return report

    def _released(self) -> bool:
        """Whether this reading back was what an account that was restored had still to wait for."""
        kinds = {edit.kind for actuator in self._sources.actuators for edit in actuator.edits}
        settle = max([self._patience.settle_of(kind) for kind in kinds], default=self._patience.settle_of(""))
        return release_when_read_back(self._ledger.restoration, self.account, settle, self._clock,
                                      by_api=self._is_by_api)  # fmt: skip

    def _is_by_api(self, id: str) -> bool:
        edits = {Edit(each.change.entity.kind, each.change.field) for each in self._ledger.proposals(ids=[id])}
        return bool(edits) and not edits & self._sources.without_api

    def undo(self, which: Which, told: Callable[[str], None] = lambda _: None, *, seal: bool = True) -> UndoReport:
        """Propose to take back what was carried out; ``seal=False`` only tells what would be proposed."""
        court = court_of(self._config, self.account, (), self._book, self._clock)
        stop = self._ledger.stopped()
        return undo(court, self._ledger, [*self._sources.actuators, *self._uploads().actuators], which,
                    stopped=f"stopped by {stop.by}: {stop.reason}" if stop is not None else "", seal=seal,
                    told=told)  # fmt: skip

    def take_in(self, told: Callable[[str], None] = lambda _: None, place: Path | None = None) -> TakeReport:
        """Take in what is new in the watched folder, or a file or folder at once."""
        if place is not None:
            return self._intake.take(place, told)
        drop = self._config.accounts[self.account].file_drop
        return self._intake.look(told) if drop is not None and drop.enabled else TakeReport(self.account)

    @cached_property
    def _intake(self) -> Intake:
        return intake_of(self._config, self.account, self._book, self._ledger, self._clock)

    @property
    def without_api(self) -> frozenset[Edit]:
        """What of this account can only be changed by a file that somebody uploads."""
        return self._sources.without_api

    @property
    def sends(self) -> bool:
        """Whether anything of this account is changed without a file."""
        return bool(self._sources.actuators)

    def write(self, path: Path, told: Callable[[str], None] | None = None, plan: str | None = None,
              most: int | None = None,
              only: Collection[ProposalId] | None = None) -> tuple[ActReport, list[FileRecord]]:  # fmt: skip
        """Write what is approved and no API takes into a workbook for upload, prices into a file beside it."""
        uploads, run = self._uploads(path), mint("r")
        report = act(self._ledger, uploads.actuators, self._clock, account=self.account, run=run,
                     may_write=self._why_not, progress=told, patience=self._patience, plan=plan, most=most,
                     only=only, purse=self._purse)  # fmt: skip
        written = [_written(each.path, each.sha256, each.about, each.rows, self.account, run)
                   for each in uploads.actuators if each.path is not None and each.rows]  # fmt: skip
        for record in written:
            self._ledger.file_put(record)
        return report, written

    def _uploads(self, path: Path | None = None) -> Uploads:
        return uploads_of(self._config, self.account, self._sources, self._book, self._clock, path)

    def read_back(self) -> SettleReport:
        """What the newest exports tell of that which was written into files; asks no source."""
        return settle(self._ledger, self._uploads().actuators, self._clock, account=self.account, run=mint("r"),
                      patience=self._patience)  # fmt: skip

    def watch(self) -> int:
        """Tell what has fallen silent: feeds, judging, approved changes, the disk."""
        now, view = self._clock.now(), self._book.known_at(self.account, self._clock.now())
        streams = (stream for connector in self._sources.connectors for stream in connector.streams)
        feeds = {stream.name: (seen, timedelta(hours=stream.rest_hours)) for stream in streams
                 if (seen := view.observed_at(stream)) is not None}  # fmt: skip
        judged = self._ledger.newest_run("judge", self.account)
        waiting = [] if self._why_not() else self._ledger.in_state(State.APPROVED, account=self.account)
        decided = self._ledger.decisions([proposal.id for proposal in waiting])
        minutes, often = timedelta(minutes=1), self._config.schedule
        limits = Limits.beside(often.pull_minutes * minutes, often.judge_minutes * minutes)
        waits_since = [decisions[-1].at for decisions in decided.values()]
        free = free_bytes(self._config.facts_folder())
        silent = self._ledger.rules.silent(self.account, now - RULE_SILENCE)
        secrets = secrets_of(self._config.accounts[self.account])
        self._loader.reload()
        fault = self._loader.fault
        faults = [str(each) for each in fault.diagnostics] if fault is not None else []
        sight = Sight(feeds, None if judged is None else judged.ended, waits_since, free, silent, secrets, faults)
        return watch(self.account, sight, limits, self._ledger, now, mint)

    def expire(self) -> int:
        return expire(self._ledger, self._clock, account=self.account, run=mint("r"))

    def compact(self) -> None:
        """Fold old corrections, merge small files, let go of days past their keeping, stream by stream."""
        run, keep = Run(mint("r"), "compact", self.account, self._clock.now()), self._config.schedule.keep_days
        self._ledger.begin(run)
        for stream in STREAMS.values():
            if keep and stream.grain is Grain.DAY:
                self._book.forget(self.account, stream, (run.started - timedelta(days=keep)).date())
            self._book.compact(self.account, stream, run.started - ANSWERABLE)
        self._ledger.end(replace(run, ended=self._clock.now()))

    def checkpoint(self) -> str | None:
        """Sign the head of the audit log, unless it was signed for another account just now; returns the note."""
        run = Run(mint("r"), "checkpoint", self.account, self._clock.now())
        newest = next((each for each in self._ledger.runs(50, "checkpoint") if each.counts.get("signed")), None)
        every = timedelta(hours=self._config.audit.every_hours)
        fresh = newest is not None and run.started - newest.started < every
        ended = replace(run, fault="interrupted")
        self._ledger.begin(run)
        try:
            note = None if fresh else witness_of(self._config).sign(self._ledger)
            ended = replace(run, counts={"signed": int(note is not None)})
        finally:
            self._ledger.end(replace(ended, ended=self._clock.now()))
        return note

    def turn(self) -> list[str]:
        """Whatever is due by the run records, in order."""
        return turn(self._steps(), self._ledger, self._clock, self.account, self._stopping)

    def _steps(self) -> tuple[Step, ...]:
        often, minutes = self._config.schedule, timedelta(minutes=1)
        # What went into a file can only show once another file came in.
        settling = None if self.sends else timedelta(hours=1)
        arrivals = ("take_in", "pull", "look")
        return (
            Step("take_in", self._reported(self.take_in)),
            Step("settle", self._reported(self.settle), settling, after=arrivals),
            Step("pull", self._reported(self.pull), often.pull_minutes * minutes),
            Step("look", self._reported(self.look), often.pull_minutes * minutes, also=self._promised),
            Step("derive", self._reported(self.derive), often.judge_minutes * minutes, after=arrivals,
                 unless=self._under_way),
            Step("judge", self._reported(self.judge_and_stand), often.judge_minutes * minutes, after=arrivals,
                 unless=self._under_way),
            Step("watch", self.watch, timedelta(hours=1)),
            Step("expire", self.expire, often.expire_minutes * minutes),
            Step("act", self._reported(self.act)),
            Step("compact", self.compact, often.compact_hours * timedelta(hours=1)),
            Step("checkpoint", self.checkpoint, self._config.audit.every_hours * timedelta(hours=1)),
        )  # fmt: skip

    def _reported(self, job: Callable[[], _Report]) -> Callable[[], None]:
        """The job, with what it came to in the log: its counts are in the run records."""

        def reported() -> None:
            report = job()
            for fault in getattr(report, "faults", ()):
                _LOG.error(f"{job.__name__}_fault", account=self.account, fault=fault.message, hint=fault.hint)
            if isinstance(report, PullReport):
                for stream in report.streams:
                    if stream.fault is not None:
                        _LOG.error("stream_failed", account=self.account, stream=stream.stream,
                                   fault=stream.fault.message, hint=stream.fault.hint)  # fmt: skip
            if isinstance(report, TakeReport):
                for taken in report.files:
                    if not taken.known:
                        record = taken.record
                        _LOG.info("file", account=self.account, file=record.name, state=str(record.state),
                                  kind=record.kind, rows=record.receipt.get("rows", 0))  # fmt: skip
            if isinstance(report, ActReport) and report.held:
                _LOG.warning("held", account=self.account, count=len(report.held),
                             because=next(iter(report.held.values())))  # fmt: skip
            if isinstance(report, JudgeReport):
                _LOG.info("judged", account=self.account, run=report.run, entities=report.entities,
                          proposals=len(report.fresh), storms=len(report.proposed.storms))  # fmt: skip

        return reported

    def _promised(self, now: datetime) -> bool:
        return any(promise.look_again_at <= now for promise in self._ledger.pending(self.account))

    def _under_way(self, now: datetime) -> bool:
        """Whether the last pull is young and not all of it has come: half of it new and half old misleads rules."""
        last = self._ledger.newest_run("pull", self.account)
        return last is not None and now - last.started < _PATIENCE and bool(self._ledger.pending(self.account))

    def _why_not(self) -> str | None:
        if self._stopping():
            return "the program is stopping"
        return may_write(self._config, self._ledger)() or only_reading(self._ledger.restoration, self.account)


def _patience(config: Config, sources: Sources) -> Patience:
    """A file has to be uploaded and exported again by somebody, and is never written a second time without being
    approved a second time."""
    minutes, days = timedelta(minutes=1), timedelta(days=1)
    by_file = {edit.kind for edit in sources.without_api}
    slow = dict.fromkeys(by_file, config.act.bulksheet_settle_days * days)
    settle = config.act.settle_minutes * minutes
    return Patience(
        settle=settle, give_up=config.act.give_up_minutes * minutes,
        intent=timedelta(seconds=config.act.intent_seconds), attempts=config.act.attempts,
        throttled=timedelta(seconds=config.act.throttled_seconds),
        settle_by_kind={"listing": max(settle, _LISTING_SETTLE), **slow}, give_up_by_kind=slow,
        attempts_by_kind=dict.fromkeys(by_file, 1),
    )  # fmt: skip


def _written(path: Path, sha256: str, kind: str, rows: int, account: str, run: str) -> FileRecord:
    about = path.stat()
    modified = datetime.fromtimestamp(about.st_mtime, UTC)
    return FileRecord(account, sha256, path.name, about.st_size, modified, FileState.WRITTEN, modified, run, kind,
                      {"rows": rows})  # fmt: skip


@contextmanager
def account_jobs(config: Config, accounts: Sequence[str], ledger: SqlLedger, clock: Clock | None = None,
                 stopping: Callable[[], bool] = lambda: False) -> Iterator[Mapping[str, AccountJobs]]:  # fmt: skip
    """The jobs of each account; they share one door to HTTP, and so its pacing, while the block lasts."""
    clock = clock or SystemClock()
    with outbound_of(clock) as outbound:
        yield {account: AccountJobs(config, account, ledger, outbound, clock, stopping) for account in accounts}


@contextmanager
def telling(config: Config, ledger: SqlLedger, clock: Clock | None = None,
            stopping: Callable[[], bool] = lambda: False, *, hurried: bool = False, played: bool = False,
            alive: Sequence[str] = ()) -> Iterator[Mapping[str, Callable[[], object]]]:  # fmt: skip
    """The jobs that tell people, the one that makes messages first; none where no channel is configured.

    ``clock``: the time in which things happen. Channels sign with the machine's own, as their vendors check it.
    ``played``: that time flies; channels are told no faster for it than their vendors take.
    ``alive``: the accounts whose turns a heartbeat stands for, and of which people get reports.
    """
    clock = clock or SystemClock()
    heartbeat = config.notify.heartbeat.get_secret_value()
    if not config.notify.channels and not heartbeat:
        yield {}
        return
    from agent.notify.setup import doors, notifiers_of, paced

    with doors() as door:
        notifiers = notifiers_of(config, door, SystemClock())
        if played:
            notifiers = paced(config, notifiers, SystemClock())
        keep = timedelta(days=config.notify.keep_days)
        jobs = post_jobs(office_of(config, ledger, clock, hurried=hurried), notifiers, ledger, clock, keep, stopping)
        if heartbeat and alive:
            within = 3 * timedelta(minutes=config.schedule.expire_minutes)
            jobs["heartbeat"] = Heartbeat(heartbeat, alive, within, ledger, door, clock)
        if notifiers and alive:
            jobs = {"reports": rounds_of(config, ledger, clock, alive), **jobs}
        yield jobs


def run(config: Config, ledger: SqlLedger, accounts: Sequence[str], *, once: bool = False) -> None:
    """Be the only executor of this database and turn until told to stop; ``once``: one turn of each account.

    Raises ``LockedError`` where another process is it already.
    """
    from agent.scheduler import Wheel

    wheel = Wheel(config.schedule.turn_seconds)
    with ledger.lock() as holder, account_jobs(config, accounts, ledger, stopping=wheel.stopping) as jobs, \
            telling(config, ledger, stopping=wheel.stopping, alive=accounts) as posts:  # fmt: skip
        _LOG.info("started", accounts=list(accounts), dry_run=config.dry_run, holder=str(holder))
        if once:
            for account, each in jobs.items():
                _LOG.info("turned", account=account, jobs=each.turn())
            for post in posts.values():
                post()
        else:
            wheel.stop_on_signals()
            wheel.run({account: each.turn for account, each in jobs.items()}, posts)
        _LOG.info("stopped")
