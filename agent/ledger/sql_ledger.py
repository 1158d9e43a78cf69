"""The ledger: one class over SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agent.clock import SystemClock
from agent.errors import AgentError, LockedError
from agent.ledger import (
    adding,
    alerts,
    asking,
    copying,
    files,
    health,
    inputs,
    lock,
    moves,
    reading,
    redeeming,
    rewinding,
    runs,
    sending,
    switches,
    upgrade,
    writes,
)
from agent.ledger.chain import Event, Head, stored_head
from agent.ledger.database import Database, Write
from agent.ledger.inbox import Inbox
from agent.ledger.lock import Holder, Lock
from agent.ledger.moves import NeedsTwo
from agent.ledger.outbox import Outbox
from agent.ledger.paging import Pages
from agent.ledger.people import People
from agent.ledger.plan_file import PlanFile
from agent.ledger.reading import Decided, Filter
from agent.ledger.recap import Recap, last_event, recap
from agent.ledger.records import Records
from agent.ledger.restoring import Restoration
from agent.ledger.rule_history import RuleHistory
from agent.ledger.runs import PendingPull
from agent.ledger.switches import Stop
from agent.ledger.tables import HEAD
from agent.ledger.tickets import Tickets, end_with, open_with
from agent.ledger.verify import Verification, broken_link, verify
from agent.model.alert import Alert
from agent.model.dropped import FileRecord, FileState
from agent.model.entity import Entity
from agent.model.past import Asking
from agent.model.proposal import Decision, Execution, Fate, Proposal, ProposalId, Receipt, Run, State
from agent.model.unwind import Landed, Which
from agent.model.verdict import Tally
from agent.model.window import Span


class SqlLedger:
    """What was concluded, asked, told and done. Every method is one transaction, on disk when it returns.

    May be used by several threads and processes at once. Everything raises ``AgentError`` with a remedy when the
    database cannot do its part (full disk, no access, held by another process); nothing is then half done.
    """

    def __init__(self, database: Database, needs_two: NeedsTwo | None = None) -> None:
        self._database = database
        self._needs_two = needs_two
        self._lock: Lock | None = None

    @classmethod
    def open(cls, url: str, *, create: bool = True, needs_two: NeedsTwo | None = None) -> SqlLedger:
        """Open a database and run pending migrations. ``create``: make a SQLite file that is not there yet.
        ``needs_two``: which proposals take effect only once two people have said yes; none when left out.

        Raises ``ConfigError`` for an address that is none and for a database that a newer Steward has upgraded.
        """
        database = Database.connect(url, create=create)
        try:
            upgrade.must_be_current(database)
        except BaseException:
            database.close()
            raise
        return cls(database, needs_two)

    @property
    def tables(self) -> str:
        """The migration its tables are at."""
        return HEAD

    @property
    def outbox(self) -> Outbox:
        """What is to be told to people, and what was."""
        return Outbox(self._database, self._needs_two)

    def close(self) -> None:
        self._database.close()

    @property
    def people(self) -> People:
        """Users of the page, their sessions and keys."""
        return People(self._database)

    @property
    def records(self) -> Records:
        """What became of what rules asked for, and which are honoured in auto mode."""
        return Records(self._database)

    @property
    def inbox(self) -> Inbox:
        """Questions about very many proposals at once."""
        return Inbox(self._database)

    @property
    def tickets(self) -> Tickets:
        """What people are to do, and how far it is."""
        return Tickets(self._database)

    @property
    def restoration(self) -> Restoration:
        """What holds accounts back after a copy was put in place of the ledger."""
        return Restoration(self._database)

    @property
    def rules(self) -> RuleHistory:
        """What was judged by rules, and who edited them."""
        return RuleHistory(self._database)

    @property
    def pages(self) -> Pages:
        """Long lists, piece by piece."""
        return Pages(self._database)

    # Runs

    def begin(self, run: Run) -> None:
        with self._database.store() as connection:
            runs.begin(connection, run)

    def end(self, run: Run) -> None:
        with self._database.store() as connection:
            runs.end(connection, run)

    def runs(self, limit: int | None = 50, job: str | None = None, account: str | None = None) -> list[Run]:
        """Newest first."""
        with self._database.read() as connection:
            return runs.newest(connection, limit, job, account)

    def run(self, id: str) -> Run | None:
        """One pass of one job; None for an id that names none."""
        with self._database.read() as connection:
            return runs.one(connection, id)

    def newest_run(self, job: str, account: str) -> Run | None:
        return next(iter(self.runs(1, job, account)), None)

    def judged(self, run: Run, kind: str, payload: str) -> int:
        """Keep what a run was given; returns the number of the event. The run has seen all that goes before it."""
        with self._database.write() as write:
            return inputs.keep(write, run, kind, payload)

    def tally(self, run: str, tallies: Sequence[Tally]) -> None:
        """How each rule judged in a run that has begun."""
        with self._database.store() as connection:
            runs.tally(connection, run, tallies)

    def tallies(self, run: str) -> list[Tally]:
        with self._database.read() as connection:
            return runs.tallies_of(connection, run)

    def newest_tallies(self, account: str | None = None) -> list[Tally]:
        """The newest tally of each rule, by name."""
        with self._database.read() as connection:
            return runs.newest_tallies(connection, account)

    # Promises of sources

    def pending_get(self, account: str, stream: str) -> PendingPull | None:
        with self._database.read() as connection:
            return runs.promise(connection, account, stream)

    def pending(self, account: str | None = None) -> list[PendingPull]:
        """All promises, what should be ready first at the head."""
        with self._database.read() as connection:
            return runs.promises(connection, account)

    def pending_put(
        self, account: str, stream: str, *, span: Span, cursor: str, asked_at: datetime, look_again_at: datetime
    ) -> None:
        """Remember a promise, in place of an older one of the same stream."""
        with self._database.store() as connection:
            runs.owe(connection, PendingPull(account, stream, span, cursor, look_again_at, asked_at))

    def pending_clear(self, account: str, stream: str) -> None:
        with self._database.store() as connection:
            runs.forget(connection, account, stream)

    # Proposals

    def add(self, proposals: Iterable[Proposal]) -> list[Proposal]:
        """Seal proposals; returns the new ones.

        Skipped: those already known (same rule text, change and day), those whose lever (one field of one entity) has
        an approved or unfinished change, and all but the first on one lever within the batch. An older proposal on the
        lever that nobody has answered becomes ``superseded``.
        """
        with self._database.write() as write:
            return adding.add(write, proposals)

    def decide(self, decisions: Iterable[Decision], at: datetime, *, whole: bool = False) -> list[ProposalId]:
        """Apply decisions bound to the version that was seen. Returns the ids that were stale and left alone.
        ``whole``: where one is stale, nothing is decided.

        Stale: another version, a state that no longer allows it, an unknown id, a yes to what has expired. A no to an
        approved proposal withdraws the approval as long as it has not been sent. A first yes to what needs two people
        is kept, and the proposal stays open; a second one of the same person changes nothing.
        """
        wanted = list(decisions)
        with self._database.write() as write:
            if whole and (stale := moves.stale(write.connection, wanted, at)):
                return stale
            return moves.decide(write, wanted, at, self._needs_two)

    def recall(self, ids: Iterable[ProposalId], by: str, at: datetime,
               versions: Mapping[ProposalId, int] | None = None) -> list[ProposalId]:  # fmt: skip
        """Take back one's own approvals that were not sent yet; returns those that are open again, as a new version.
        ``versions``: those that were seen; then all are taken back, or none where one is not as it was."""
        with self._database.write() as write:
            return moves.recall(write, ids, by, at, versions)

    def redeem(self, file: PlanFile, name: str, by: str, at: datetime) -> list[tuple[ProposalId, str]]:
        """Approve all that a plan file names, once; or nothing, and return the rows that are not as they were.

        Raises ``ConfigError`` for a file that this database did not write, ``ForbiddenError`` for one that was used.
        """
        with self._database.write() as write:
            return redeeming.redeem(write, file, name, by, at, self._needs_two)

    def remember(self, file: PlanFile, name: str, at: datetime) -> None:
        """That this plan file was written here; before that it is good for nothing."""
        with self._database.write() as write:
            files.keep(write, redeeming.record(file, name, FileState.WRITTEN, at))

    def seals(self, ids: Sequence[ProposalId]) -> dict[ProposalId, str]:
        """The hash of each proposal's sealed text."""
        with self._database.read() as connection:
            return redeeming.seals(connection, ids)

    def move(self, ids: Iterable[ProposalId], expected: State, to: State, by: str, at: datetime,
             notes: Mapping[ProposalId, str] | None = None) -> list[ProposalId]:  # fmt: skip
        """Compare-and-set; returns those moved. Raises ``LedgerConflictError`` for a move that no proposal makes."""
        with self._database.write() as write:
            return moves.move(write, ids, expected, to, by, at, notes or {})

    def intend(self, executions: Iterable[Execution], by: str) -> list[ProposalId]:
        """Approved → intent with one execution row each, on disk before this returns. Returns those moved.

        Left alone: what is not approved or has expired at ``sent_at``, what belongs to an entity with a change in
        flight, and everything while the kill switch is on. While ``lock`` is held, this commits only if it is still
        held, else raises ``LockedError``.
        """
        with self._intending() as write:
            return sending.intend(write, executions, by)

    def receive(self, receipts: Iterable[Receipt], moves: Mapping[ProposalId, State], by: str,
                at: datetime) -> None:  # fmt: skip
        """Store receipts with each proposal's newest execution and move it from intent, in one transaction.

        What is no longer in ``intent`` keeps its state; its receipt is kept all the same.
        """
        with self._database.write() as write:
            sending.receive(write, receipts, moves, by, at)

    def hold_back(self, notes: Mapping[ProposalId, str], by: str, at: datetime) -> None:
        """Note why approved proposals are not sent now; what waits already is not noted again."""
        with self._database.write() as write:
            moves.hold_back(write, notes, by, at)

    # Alerts

    def alert(self, told: Iterable[Alert], ended: Sequence[tuple[Alert, str]], at: datetime, run: str) -> list[Alert]:
        """Open what is new, move ``seen_at`` of what is open already, close what ended (with the reason why).

        Returns the new ones. There is at most one open alert of a rule about an entity, and at most one ticket with it.
        """
        with self._database.write() as write:
            found = alerts.tell(write, told)
            open_with(write, found.asked, at, run)
            end_with(write, alerts.close(write, ended, at, run), at, run)
            return found.fresh

    def open_alerts(self, account: str | None = None) -> list[Alert]:
        """The gravest first, then the oldest."""
        with self._database.read() as connection:
            return alerts.open_ones(connection, account)

    def alerts(self, account: str | None = None, limit: int = 100, entity: Entity | None = None) -> list[Alert]:
        """Open and closed, newest first; ``entity``: only those about it."""
        with self._database.read() as connection:
            return alerts.newest(connection, account, limit, entity)

    # Questions

    def in_state(self, *states: State, account: str | None = None) -> list[Proposal]:
        """Oldest first."""
        return self.proposals(states=states, account=account, newest_first=False)

    def proposals(
        self, *, states: Iterable[State] | None = None, rule: str | None = None, account: str | None = None,
        run: str | None = None, ids: Iterable[ProposalId] | None = None, entity: Entity | None = None,
        undoes: ProposalId | None = None, limit: int | None = None, newest_first: bool = True,
    ) -> list[Proposal]:  # fmt: skip
        """Those that fit all that is given; newest run first, within a run as the engine ordered them."""
        wanted = list(states) if states is not None else None
        filter = Filter(wanted, rule, account, run, entity, undoes)
        with self._database.read() as connection:
            return reading.chosen(connection, filter, ids, limit, newest_first)

    def counts(self, account: str | None = None) -> dict[State, int]:
        """How many proposals are in each state; a state without any is left out."""
        with self._database.read() as connection:
            return reading.counts(connection, account)

    def executions(self, ids: Iterable[ProposalId]) -> dict[ProposalId, list[Execution]]:
        """Each proposal's attempts, oldest first; proposals without any are left out."""
        with self._database.read() as connection:
            return reading.executions_of(connection, ids)

    def decisions(self, ids: Iterable[ProposalId]) -> dict[ProposalId, list[Decided]]:
        """Each proposal's decisions, oldest first; proposals without any are left out."""
        with self._database.read() as connection:
            return reading.decisions_of(connection, ids)

    def last_changes(
        self, account: str, kind: str, fields: Sequence[str], since: datetime | None = None
    ) -> dict[tuple[Entity, str], datetime]:
        """When we last sent a change of each entity's field; also one whose answer is open, for it may have landed."""
        with self._database.read() as connection:
            return reading.last_changes(connection, account, kind, fields, since)

    def asking(self, account: str, *states: State) -> list[Asking]:
        """What proposals in these states ask for, oldest first."""
        with self._database.read() as connection:
            return asking.asking(connection, account, states)

    def sent_since(self, account: str, since: datetime) -> list[tuple[Asking, datetime]]:
        """What was sent since then and has landed or may have, with when it was last sent; oldest first."""
        with self._database.read() as connection:
            return asking.sent_since(connection, account, since)

    def answers_since(self, account: str, since: datetime) -> dict[Fate, int]:
        """How the writes since then were answered; those without an answer yet are left out."""
        with self._database.read() as connection:
            return reading.answers_since(connection, account, since)

    def undone_since(self, account: str, since: datetime) -> int:
        """How many changes of ours were undone, or are to be, by what was asked for since then."""
        with self._database.read() as connection:
            return reading.undone_since(connection, account, since)

    def writes(self, account: str, which: Which) -> list[list[Landed]]:
        """By lever, every write of ours that may have landed, oldest first; only levers with one that is named."""
        with self._database.read() as connection:
            return writes.writes(connection, account, which)

    def recap(self, account: str, since: datetime, until: datetime) -> Recap:
        """What happened from a moment on and before another, counted by rule."""
        with self._database.read() as connection:
            return recap(connection, account, since, until)

    # The log

    def last_event(self, at: datetime) -> int:
        """The number of the newest event up to a moment; 0 where there is none."""
        with self._database.read() as connection:
            return last_event(connection, at)

    def events(self, *, proposal: ProposalId | None = None, run: str | None = None, since: int = 0,
               limit: int | None = None) -> list[Event]:  # fmt: skip
        """The newest ``limit`` events after number ``since``, the oldest of them first."""
        with self._database.read() as connection:
            return reading.events_of(connection, since, limit, proposal, run)

    def verify(self, *remembered: Head) -> Verification:
        """Recompute the hash chain, the seals and what tables say. ``remembered``: heads noted earlier, elsewhere."""
        with self._database.read() as connection:
            return verify(connection, remembered)

    def given(self, run: str) -> tuple[Event, Mapping[str, Any]] | None:
        """What a run was given and the event that says so; None where nothing was kept of it."""
        with self._database.read() as connection:
            return inputs.given(connection, run)

    def sealed_texts(self, run: str) -> dict[ProposalId, str]:
        """The sealed text of every proposal of a run."""
        with self._database.read() as connection:
            return reading.sealed_texts(connection, run)

    @contextmanager
    def as_of(self, seq: int) -> Iterator[SqlLedger]:
        """The ledger as it was after the event ``seq``: a copy of its own, gone when the block is left."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "then.db"
            copying.copy_out(self._database, path, lambda _: None)
            rewinding.rewind(path, seq)
            then = SqlLedger.open(f"sqlite:///{path}", create=False)
            try:
                yield then
            finally:
                then.close()

    def export(self, since: int = 0) -> Iterator[dict[str, Any]]:
        """Every event after number ``since`` as it is stored, each birth with its sealed text, from one moment."""
        with self._database.read() as connection:
            yield from reading.as_stored(connection, since)

    def head(self) -> Head:
        """The newest event's number and hash."""
        with self._database.read() as connection:
            found = stored_head(connection)
        if found is None:
            raise AgentError("the audit log has lost its head", hint="restore a backup")
        return found

    def broken_link(self, since: Head) -> int | None:
        """The first event from ``since`` on that does not follow; None where all of them do."""
        with self._database.read() as connection:
            return broken_link(connection, since)

    # Files

    def file_put(self, record: FileRecord) -> None:
        """Remember what became of a file, by content and account; the event goes into the chain."""
        with self._database.write() as write:
            files.keep(write, record)

    def files(self, account: str | None = None, *, sha256: str | None = None,
              limit: int | None = None) -> list[FileRecord]:  # fmt: skip
        """Newest first. ``sha256``: those whose hash begins so."""
        with self._database.read() as connection:
            return files.kept(connection, account, sha256, limit)

    # Switches

    def switch(self, *, stop: bool, by: str, reason: str, at: datetime) -> None:
        """The kill switch. Once this returns with ``stop``, no further intent is ever committed until released."""
        with self._database.write() as write:
            switches.switch(write, stop=stop, by=by, reason=reason, at=at)

    def stopped(self) -> Stop | None:
        """Who stopped everything, when and why; None if nobody did."""
        with self._database.read() as connection:
            return switches.stopped(connection)

    def health(self) -> list[tuple[str, str, bool]]:
        """What durability rests on: name, value found, whether it is as it must be."""
        with self._database.read() as connection:
            return health.health(connection)

    def probe(self) -> None:
        """Raises ``AgentError`` where nothing can be written: a full disk, no access, another process in the way."""
        self._database.probe()

    # Copies

    def copy_out(self, path: Path, told: Callable[[str], None] = lambda _: None) -> Head:
        """Write a copy of everything, as it stands at one moment, into a new SQLite file; returns its head."""
        return copying.copy_out(self._database, path, told)

    # One executor

    @contextmanager
    def lock(self, *, uploads: bool = False) -> Iterator[Holder]:
        """Be the only executor of this database as long as the block lasts. ``uploads``: the only one who writes files
        for accounts that no executor sends anything for; an executor may be at work beside it.

        Raises ``LockedError`` naming the holder if another process, or another ledger of this one, is it already.
        """
        if self._lock is not None:
            raise LockedError(f"this very process holds the lock already: {self._lock.holder}")
        self._lock = lock.take(self._database, SystemClock().now(), uploads=uploads)
        try:
            yield self._lock.holder
        finally:
            held, self._lock = self._lock, None
            held.release()

    @contextmanager
    def _intending(self) -> Iterator[Write]:
        held = self._lock
        if held is None:
            with self._database.write() as write:
                yield write
        else:
            with held.session() as connection, self._database.write(connection) as write:
                yield write
