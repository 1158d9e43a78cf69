"""Take files in: read each whole, book it, and keep a receipt.

What a file brought is booked before its receipt is kept; killed in between, the next pass books it again, which adds
nothing. The same content is never read twice, unless it named things that were not known yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from agent.errors import AgentError, ContractError
from agent.jobs.drop_folder import Found, Watch, files_below
from agent.jobs.overlap import KnownIds, still_new
from agent.jobs.pull import Books
from agent.model.dropped import FileRecord, FileState
from agent.model.fact import Delivered
from agent.model.kinds import STREAMS
from agent.model.parcel import FileReceipt, Parcel
from agent.model.proposal import Run
from agent.ports import Clock, FileReader, Mint

JOB = "take_in"
_REST = timedelta(minutes=5)
"""How long a file is left alone whose booking failed for no fault of its own."""
Told = Callable[[str], None]


class FileLedger(Protocol):
    """The part of the ledger that taking in needs."""

    def begin(self, run: Run) -> None: ...
    def end(self, run: Run) -> None: ...
    def files(self, account: str | None = None) -> Sequence[FileRecord]: ...
    def file_put(self, record: FileRecord) -> None: ...


@dataclass(frozen=True, slots=True)
class Taken:
    """One file of a pass. ``known``: its content had been dealt with before, and nothing was done."""

    record: FileRecord
    known: bool = False
    fault: AgentError | None = None


@dataclass(slots=True)
class TakeReport:
    """What a pass came to. ``run`` is empty where there was nothing to do."""

    account: str
    run: str = ""
    files: list[Taken] = field(default_factory=list)

    def of(self, state: FileState) -> Sequence[Taken]:
        """Those of this pass that are new, by state."""
        return [taken for taken in self.files if taken.record.state is state and not taken.known]

    @property
    def faults(self) -> Sequence[AgentError]:
        return [taken.fault for taken in self.files if taken.fault is not None]


@dataclass(slots=True)
class Intake:
    """Takes in files of one account, again and again."""

    account: str
    reader: FileReader
    books: Books
    ledger: FileLedger
    clock: Clock
    mint: Mint
    known: KnownIds
    watch: Watch | None = None
    """The watched folder; None: the account has none."""
    _rests: dict[Found, datetime] = field(default_factory=dict)

    def look(self, told: Told = lambda _: None) -> TakeReport:
        """Whatever is new in the watched folder."""
        if self.watch is None:
            return TakeReport(self.account)
        now = self.clock.now()
        found = [each for each in self.watch.look(now) if self._rests.get(each, now) <= now]
        report = self._pass(found, told, again=False) if found else TakeReport(self.account)
        waiting = {each.record.sha256 for each in report.files if each.record.receipt.get("waits_for")}
        failed = {taken.record.name for taken in report.files if taken.fault and not taken.record.sha256}
        for each, taken in zip(found, report.files, strict=True):
            if each.name in failed:
                self._rests[each] = now + _REST
            elif taken.record.sha256 not in waiting:
                self.watch.settled.add(each)
        return report

    def take(self, place: Path, told: Told = lambda _: None) -> TakeReport:
        """A file or a folder at once; what was refused or not recognised before is tried again."""
        return self._pass(files_below(place), told, again=True)

    def _pass(self, found: Sequence[Found], told: Told, *, again: bool) -> TakeReport:
        one = _Pass(self, Run(self.mint("r"), JOB, self.account, self.clock.now()), told, again)
        return one.over(found)


@dataclass(slots=True)
class _Pass:
    """One pass under way. ``records``: what the ledger knows of the account's files, by content."""

    of: Intake
    run: Run
    told: Told
    again: bool
    records: dict[str, FileRecord] = field(default_factory=dict)
    _began: bool = False

    def over(self, found: Sequence[Found]) -> TakeReport:
        self.records = {record.sha256: record for record in self.of.ledger.files(self.of.account)}
        by_look = {(each.name, each.size, each.modified): each for each in self.records.values()}
        report = TakeReport(self.of.account)
        try:
            for number, each in enumerate(found, start=1):
                self.told(f"{number}/{len(found)} {each.name}")
                record = by_look.get((each.name, each.size, each.modified)) if not self.again else None
                report.files.append(self._one(each, record))
            self._again(found, report)
        finally:
            if self._began:
                report.run = self.run.id
                self.of.ledger.end(replace(self.run, ended=self.of.clock.now(), counts=_counts(report),
                                           fault="; ".join(fault.message for fault in report.faults)))  # fmt: skip
        return report

    def _again(self, found: Sequence[Found], report: TakeReport) -> None:
        """Read once more what waited for streams that a later file of this pass has told."""
        told: set[str] = set()
        for index in reversed(range(len(found))):
            taken = report.files[index]
            if told.intersection(taken.record.receipt.get("waits_for", ())):
                report.files[index] = self._read(found[index], taken.record.sha256)
            if not taken.known:
                told |= {stream["stream"] for stream in taken.record.receipt.get("streams", ())}

    def _one(self, found: Found, record: FileRecord | None) -> Taken:
        """``record``: of a file that looks the same; then its content need not be hashed."""
        try:
            digest = record.sha256 if record is not None else found.sha256()
        except OSError as fault:
            error = AgentError(f"{found.name} cannot be read: {fault.strerror}", hint="let Steward's user read it")
            return Taken(self._record(found, "", FileState.REFUSED, error), fault=error)
        known = self.records.get(digest)
        if known is not None and not self._is_due(known):
            return Taken(known, known=True)
        if not self._began:
            self.of.ledger.begin(self.run)
            self._began = True
        return self._read(found, digest)

    def _is_due(self, record: FileRecord) -> bool:
        """Whether a content that is known is read again."""
        if record.state is FileState.BOOKED:
            view = self.of.books.known_at(self.of.account, self.of.clock.now())
            streams = (STREAMS[name] for name in record.receipt.get("waits_for", ()) if name in STREAMS)
            return any((at := view.observed_at(stream)) is not None and at > record.at for stream in streams)
        return self.again and record.state is not FileState.WRITTEN

    def _read(self, found: Found, digest: str) -> Taken:
        try:
            parcel = self.of.reader.read(found.path)
            if not found.is_unchanged():
                raise AgentError(f"{found.name} was changed while it was read", hint="the next pass takes it in")
            if not parcel.is_known:
                return self._kept(self._record(found, digest, FileState.UNKNOWN))
            streams = self._with_what_came_first(digest, self._booked(parcel, found))
        except ContractError as fault:
            return self._kept(self._record(found, digest, FileState.REFUSED, fault), fault)
        except AgentError as fault:
            # No fault of the file: it is not remembered, and so tried again.
            return Taken(self._record(found, "", FileState.REFUSED, fault), fault=fault)
        record = self._record(found, digest, FileState.BOOKED, kind=parcel.kind)
        receipt = receipt_json(parcel.receipt) | {"streams": streams, "waits_for": list(parcel.waits_for)}
        return self._kept(replace(record, receipt=receipt))

    def _booked(self, parcel: Parcel, found: Found) -> list[dict[str, Any]]:
        """Every stream that was told, with what was new of it."""
        newer = [each for each in self.records.values() if each.modified > found.modified]
        streams = []
        for name, delivered in parcel.deliveries:
            self.told(f"{found.name}: {name}")
            stream, rows, increments = STREAMS[name], 0, 0
            pieces = still_new(delivered, stream, newer, self.of.known)
            for piece in pieces:
                booked = self.of.books.book(self.of.account, stream, piece, self.of.clock.now(), self.run.id)
                rows, increments = rows + booked.rows, increments + booked.increments
            streams.append(_stream_json(name, delivered, rows, increments, told_later=pieces != [delivered]))
        return streams

    def _with_what_came_first(self, digest: str, streams: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """A file that is read twice in one pass brought what both readings brought."""
        earlier = self.records.get(digest)
        if earlier is None or earlier.run != self.run.id:
            return streams
        before = {stream["stream"]: stream["increments"] for stream in earlier.receipt.get("streams", ())}
        return [stream | {"increments": stream["increments"] + before.get(stream["stream"], 0)} for stream in streams]

    def _record(self, found: Found, digest: str, state: FileState, fault: AgentError | None = None,
                kind: str = "") -> FileRecord:  # fmt: skip
        message, hint = (fault.message, fault.hint) if fault is not None else ("", "")
        return FileRecord(self.of.account, digest, found.name, found.size, found.modified, state, self.of.clock.now(),
                          self.run.id, kind, {}, message, hint)  # fmt: skip

    def _kept(self, record: FileRecord, fault: AgentError | None = None) -> Taken:
        self.of.ledger.file_put(record)
        self.records[record.sha256] = record
        return Taken(record, fault=fault)


def receipt_json(receipt: FileReceipt) -> dict[str, Any]:
    """A receipt as plain JSON; days as text, money in micros."""
    period = receipt.period
    return {
        "rows": receipt.rows,
        "period": [period.first.isoformat(), period.last.isoformat()] if period is not None else None,
        "period_from": str(receipt.period_from) if receipt.period_from is not None else None,
        "totals": dict(receipt.totals), "money": sorted(receipt.money), "currency": receipt.currency,
        "encoding": receipt.encoding, "language": receipt.language, "locale": receipt.locale,
        "ignored": [{"what": each.what, "count": each.count, "why": each.why} for each in receipt.ignored],
    }  # fmt: skip


def _stream_json(name: str, delivered: Delivered, rows: int, increments: int, *, told_later: bool) -> dict[str, Any]:
    span = delivered.span
    return {
        "stream": name, "rows": rows, "increments": increments, "partial": delivered.partial,
        "first": span.first.isoformat() if span else None, "last": span.last.isoformat() if span else None,
        "told_later": told_later,
    }  # fmt: skip


def _counts(report: TakeReport) -> dict[str, int]:
    booked = report.of(FileState.BOOKED)
    streams = [stream for taken in booked for stream in taken.record.receipt["streams"]]
    counts = {str(state): len(report.of(state)) for state in FileState if state is not FileState.WRITTEN}
    return counts | {name: sum(stream[name] for stream in streams) for name in ("rows", "increments")}
