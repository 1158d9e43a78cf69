"""Reports 2021-06-30 as rows to look at later: ask, look, fetch, read. Nothing here waits.

A pull asks for its reports as far as the shared allowance reaches and hands back a ``Pending`` whose cursor holds
their ids. Later pulls ask for the rest, look, and fetch what is done; once all are here, they are read in one go.
"""

from __future__ import annotations

from collections.abc import Set
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from agent.errors import ContractError, SourceError, ThrottledError
from agent.model.fact import Delivered, Grain, Pending, Stream
from agent.model.window import Span
from connectors.selling_partner.document import Paper, charset_of
from connectors.selling_partner.faults import NAME
from connectors.selling_partner.report_calls import Calls, Found, State, remember_unread
from connectors.selling_partner.report_cursor import Piece, Stage, Thread
from connectors.selling_partner.report_days import begun, bounds_of, today_of
from connectors.selling_partner.report_types import REPORT_TYPES, Empty, ReportType
from connectors.selling_partner.sheet import Desk
from connectors.selling_partner.streams import Source

_GIVEN_UP_AFTER = timedelta(hours=4)
_PER_REPORT = timedelta(minutes=3)
"""What the queue of our own requests adds to that: Amazon allows a report and a document a minute."""
_FIRST_LOOK_SECONDS, _LAST_LOOK_SECONDS = 5.0, 300.0
_MOST_LOOKS = 15
"""Reports that are looked at with one look: what Amazon allows at once, so that nobody waits inside of one."""
_BROKEN_SECONDS = 60.0
_EXPIRED = (400, 403, 404, 410)
_SAID = 300
_DOWNLOAD = "reports.download"


class LostReportError(SourceError):
    """A report will never come. The cursor is worth nothing any more: the next pull asks anew."""

    retryable = False


def pull(source: Source, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
    """One look. A cursor of other days than ``span`` is finished first; what it brings says which days it is."""
    return _Look(source, stream, REPORT_TYPES[stream.name]).at(Thread.read(cursor, stream.name), span)


@dataclass(slots=True)
class _Look:
    """One look at all reports of one stream."""

    source: Source
    stream: Stream
    type: ReportType
    wait_seconds: float | None = None
    looks: int = 0

    def at(self, thread: Thread | None, span: Span) -> Delivered | Pending:
        thread = thread or begun(self.source, self.stream, self.type, span)
        before, count = thread, len(thread.pieces)
        calls = Calls(self.source.client, self.type, thread.asked_at)
        # Where there are more than one look reaches, each look begins elsewhere.
        start = int(self.source.clock.now().timestamp() // _LAST_LOOK_SECONDS) % count if count > _MOST_LOOKS else 0
        for number in (*range(start, count), *range(start)):
            try:
                thread = thread.having(number, self._further(calls, thread.pieces[number]))
            except ThrottledError as fault:
                self._wait(fault.retry_after_seconds)
            except SourceError as fault:
                # What was reached is kept; a fault that stays shows itself at the next look, which reaches nothing.
                if not fault.retryable or thread == before:
                    raise
                return Pending(thread.written(), _BROKEN_SECONDS, fault.message)
        if not thread.done:
            return self._not_yet(thread)
        try:
            return self._delivered(thread)
        except ContractError:
            for piece in thread.pieces:
                remember_unread(self.source, piece.report_id)
            raise

    def _further(self, calls: Calls, piece: Piece) -> Piece:
        """The piece, one step on where it can be."""
        if piece.stage is Stage.WANTED:
            bounds = bounds_of(self.source, self.type, piece.span)
            return replace(
                piece, stage=Stage.ASKED, report_id=calls.adopted(bounds, self.source) or calls.asked(bounds)
            )
        if piece.stage is Stage.ASKED and self.looks < _MOST_LOOKS:
            self.looks += 1
            found = calls.found(piece.report_id)
            match found.state:
                case State.DONE:
                    return self._fetched(calls, piece, found)
                case State.CANCELLED:
                    return replace(piece, stage=Stage.NOTHING)
                case State.FATAL:
                    raise self._fatal(calls, piece, found)
        elif piece.stage is Stage.FETCHED and not self._path(piece).exists():
            return self._fetched(calls, piece, calls.found(piece.report_id))
        return piece

    def _fetched(self, calls: Calls, piece: Piece, found: Found) -> Piece:
        if found.state is not State.DONE:
            raise self._lost(f"is no longer there (now {found.state.value})", found.request_id)
        path = self._path(piece)
        try:
            came = self.source.client.fetch(calls.link(found.document_id), path, _DOWNLOAD)
        except SourceError as fault:
            if fault.operation != _DOWNLOAD or fault.status not in _EXPIRED:
                raise
            came = self.source.client.fetch(calls.link(found.document_id), path, _DOWNLOAD)
        return replace(piece, stage=Stage.FETCHED, charset=charset_of(came.content_type), request_id=found.request_id)

    def _delivered(self, thread: Thread) -> Delivered:
        """All documents of the thread, read; those of earlier pulls, which were read long ago, make room."""
        papers = [(piece.span, self._paper(piece)) for piece in thread.pieces if piece.stage is Stage.FETCHED]
        self._make_room({paper.path for _, paper in papers})
        if not papers and self.type.empty is Empty.LATER:
            raise self._lost("was cancelled: it was asked for too early, or too often", "")
        read = self.type.read(Desk(self.source.account, self.source.marketplace), papers) if papers else None
        notes = read.notes if read else ["Amazon has nothing to tell"]
        rows, partial = ((read.rows,), read.partial) if read else ((), False)
        if self.stream.grain is not Grain.DAY:
            return Delivered(rows, None, "; ".join(notes), partial)
        nothing = {day for piece in thread.pieces if piece.stage is Stage.NOTHING for day in piece.span}
        last = self._last_known(thread.span, nothing | (read.silent if read else frozenset()))
        if last < thread.span.first:
            raise self._lost("has no figures of these days yet", "")
        return Delivered(rows, Span(thread.span.first, last), "; ".join(notes))

    def _last_known(self, span: Span, silent: Set[date]) -> date:
        """The last day that is known: of the newest ones, nothing means not yet."""
        last, today = span.last, today_of(self.source)
        while last >= span.first and last in silent and (today - last).days <= self.type.too_new_days:
            last -= timedelta(days=1)
        return last

    def _not_yet(self, thread: Thread) -> Pending:
        age = self.source.clock.now() - thread.asked_at
        if age > _GIVEN_UP_AFTER + _PER_REPORT * len(thread.pieces):
            raise self._lost(f"was not finished in {age.total_seconds() / 3600:.0f} hours", "")
        looking = min(max(age.total_seconds() / 2, _FIRST_LOOK_SECONDS), _LAST_LOOK_SECONDS)
        waits = [] if self.wait_seconds is None else [self.wait_seconds]
        if not waits or any(piece.stage is Stage.ASKED for piece in thread.pieces):
            waits.append(looking)
        here = sum(piece.stage in (Stage.FETCHED, Stage.NOTHING) for piece in thread.pieces)
        return Pending(thread.written(), min(waits), f"{here} of {len(thread.pieces)} reports are here")

    def _wait(self, seconds: float) -> None:
        """Until the next turn of any of the calls."""
        seconds = max(seconds, 1.0)
        self.wait_seconds = seconds if self.wait_seconds is None else min(seconds, self.wait_seconds)

    def _fatal(self, calls: Calls, piece: Piece, found: Found) -> LostReportError:
        """Amazon: a report that failed may have a document, which says why."""
        words = ""
        if found.document_id:
            path = self._path(piece)
            with suppress(SourceError, OSError):
                self.source.client.fetch(calls.link(found.document_id), path, _DOWNLOAD)
                words = " ".join(Paper(path, self.type.type_id).head(_SAID).split())
                path.unlink(missing_ok=True)
        return self._lost(f"failed{f': {words}' if words else ''}", found.request_id)

    def _lost(self, says: str, request_id: str) -> LostReportError:
        return LostReportError(
            f"The report {self.type.type_id} {says}.", connector=NAME, operation=self.type.type_id,
            request_id=request_id, hint="The next pull asks anew. If it stays, open a support case with Amazon.",
        )  # fmt: skip

    def _folder(self) -> Path:
        return self.source.downloads / self.source.account / self.stream.name

    def _path(self, piece: Piece) -> Path:
        return self._folder() / f"{piece.report_id}.report"

    def _paper(self, piece: Piece) -> Paper:
        desk = Desk(self.source.account, self.source.marketplace)
        return Paper(self._path(piece), self.type.type_id, piece.request_id, piece.charset, desk.code_page)

    def _make_room(self, kept: set[Path]) -> None:
        folder = self._folder()
        for path in set(folder.iterdir() if folder.is_dir() else ()) - kept:
            with suppress(OSError):
                path.unlink()
