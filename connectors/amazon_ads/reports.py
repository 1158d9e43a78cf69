"""Reporting v3 as a row to look at later: ask, look, download. Nothing here waits.

A pull asks for one report per 31 days and hands back a ``Pending`` whose cursor holds their ids. Later pulls look,
and once all are done, fetch them in one go. A request that is being prepared already is adopted by its id.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from agent.errors import SourceError, ThrottledError
from agent.model.fact import Delivered, Document, Pending, Stream
from agent.model.window import Span
from agent.outbound import Reply
from agent.ports import Clock
from connectors.amazon_ads.client import NAME, Client, contract
from connectors.amazon_ads.cursor import Cursor, Piece
from connectors.amazon_ads.report_types import KEPT_DAYS, LONGEST_DAYS, REPORT_TYPES, ReportType

_GIVEN_UP_AFTER = timedelta(hours=4)
_FIRST_LOOK_SECONDS, _LAST_LOOK_SECONDS = 5.0, 300.0
_THROTTLED_SECONDS = 60.0
_EXPIRED = (400, 403, 404, 410)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_DUPLICATE = re.compile(r"duplicate of\s*:?\s*([A-Za-z0-9][A-Za-z0-9._-]{7,127})", re.IGNORECASE)
_UNDER_WAY, _DONE, _FAILED = ("PENDING", "PROCESSING"), "COMPLETED", "FAILED"


class LostReportError(SourceError):
    """A report will never come. The cursor is worth nothing any more: the next pull asks anew."""

    retryable = False


@dataclass(frozen=True, slots=True)
class Made:
    """A finished report. ``url`` is signed and short-lived."""

    piece: Piece
    url: str = field(repr=False)
    request_id: str


@dataclass(frozen=True, slots=True)
class Reports:
    account: str
    client: Client
    clock: Clock
    downloads: Path

    def pull(self, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
        """One look. A cursor of other days than ``span`` is finished first; what it brings says which days it is."""
        type = REPORT_TYPES[stream.name]
        thread = Cursor.read(cursor, stream.name) or self._begun(stream, span)
        try:
            return self._look(type, thread)
        except _Throttled as fault:
            return _later(fault.thread, max(fault.seconds, _THROTTLED_SECONDS), "Amazon asks to come back later")

    def _begun(self, stream: Stream, span: Span) -> Cursor:
        """A new thread over the days of the span that Amazon still keeps."""
        now = self.clock.now()
        kept = Span(max(span.first, now.date() - timedelta(days=KEPT_DAYS - 1)), span.last)
        if not kept:
            raise LostReportError(
                f"Amazon keeps {KEPT_DAYS} days of reports, and none of the days asked for is among them.",
                connector=NAME, operation="reports.create", hint="Days that are gone cannot be read any more.",
            )  # fmt: skip
        return Cursor.of(stream.name, kept, LONGEST_DAYS, now)

    def _look(self, type: ReportType, thread: Cursor) -> Delivered | Pending:
        made: list[Made] = []
        for number, piece in enumerate(thread.pieces):
            try:
                if not piece.report_id:
                    thread = thread.with_report(number, self._ordered(type, piece.span))
                elif found := self._state(type, piece):
                    made.append(found)
            except ThrottledError as fault:
                raise _Throttled(thread, fault.retry_after_seconds) from fault
        if len(made) == len(thread.pieces):
            return self._delivered(type, thread, made)
        return self._not_yet(thread, len(made))

    def _ordered(self, type: ReportType, span: Span) -> str:
        reply = self.client.order_report(type.order(span))
        answer = _object(reply)
        if reply.status == 425:
            # Amazon: the same request is in the queue already; its id stands in the sentence that says so.
            found = _DUPLICATE.search(str(answer.get("detail") or answer.get("message") or ""))
            if found is None:
                raise contract(reply, "says that the report is being prepared, but not under which id")
            return found[1]
        return _report_id(reply, answer)

    def _state(self, type: ReportType, piece: Piece) -> Made | None:
        """The finished report, or None while it is under way."""
        reply = self.client.report(piece.report_id)
        if reply.status == 404:
            raise _lost(reply, "Amazon no longer knows the report")
        answer = _object(reply)
        if _report_id(reply, answer) != piece.report_id:
            raise contract(reply, "is about another report")
        status = answer.get("status")
        if status == _FAILED:
            raise _lost(reply, "Amazon failed to make the report")
        if status in _UNDER_WAY:
            return None
        if status != _DONE:
            raise contract(reply, "has a status Steward does not know")
        _check_is_what_was_asked(reply, answer, type, piece.span)
        url = answer.get("url")
        if not isinstance(url, str) or not url:
            raise contract(reply, "is a finished report without a link")
        return Made(piece, url, reply.request_id)

    def _not_yet(self, thread: Cursor, made: int) -> Pending:
        age = self.clock.now() - thread.asked_at
        if age > _GIVEN_UP_AFTER:
            raise LostReportError(
                f"Amazon has not finished {len(thread.pieces) - made} of {len(thread.pieces)} reports of "
                f"{thread.stream} in {age.total_seconds() / 3600:.0f} hours.",
                connector=NAME, operation="reports.get",
                hint="The next pull asks anew. If it happens again, open a support case with Amazon.",
            )  # fmt: skip
        seconds = min(max(age.total_seconds() / 2, _FIRST_LOOK_SECONDS), _LAST_LOOK_SECONDS)
        return _later(thread, seconds, f"{made} of {len(thread.pieces)} reports are done")

    def _delivered(self, type: ReportType, thread: Cursor, made: list[Made]) -> Delivered:
        """All documents of the thread; those of earlier pulls, which were read long ago, make room."""
        folder = self.downloads / self.account / type.stream
        documents = [self._document(type, each, folder / f"{each.piece.report_id}.json.gz") for each in made]
        for path in set(folder.iterdir()) - {each.path for each in documents}:
            with suppress(OSError):
                path.unlink()
        return Delivered(documents, thread.span)

    def _document(self, type: ReportType, made: Made, path: Path) -> Document:
        try:
            self.client.fetch(made.url, path)
        except SourceError as fault:
            if fault.status not in _EXPIRED:
                raise
            fresh = self._state(type, made.piece)
            if fresh is None:
                raise
            self.client.fetch(fresh.url, path)
        return Document(path, type.fields, made.piece.span, NAME, made.request_id)


class _Throttled(Exception):  # noqa: N818 - never leaves this module
    """What was reached before Amazon asked us to come back later."""

    def __init__(self, thread: Cursor, seconds: float) -> None:
        super().__init__()
        self.thread, self.seconds = thread, seconds


def _later(thread: Cursor, seconds: float, note: str) -> Pending:
    return Pending(thread.written(), seconds, note)


def _object(reply: Reply) -> dict[str, object]:
    answer = reply.json()
    if not isinstance(answer, dict):
        raise contract(reply, "is no object")
    return answer


def _report_id(reply: Reply, answer: dict[str, object]) -> str:
    found = answer.get("reportId")
    if not isinstance(found, str) or not _ID.fullmatch(found):
        raise contract(reply, "lacks reportId")
    return found


def _check_is_what_was_asked(reply: Reply, answer: dict[str, object], type: ReportType, span: Span) -> None:
    """The report carries no profile and may be adopted by id, so its own description must be ours."""
    asked = type.order(span)
    given = answer.get("configuration")
    wanted = asked["configuration"]
    if not isinstance(given, dict) or not isinstance(wanted, dict):
        raise contract(reply, "lacks configuration")
    for name in ("startDate", "endDate"):
        if answer.get(name) != asked[name]:
            raise contract(reply, f"is a report for another day: its {name} is not the one asked for")
    for name in ("adProduct", "reportTypeId", "timeUnit"):
        if given.get(name) != wanted[name]:
            raise contract(reply, f"is a report of another type: its {name} is not the one asked for")
    if {str(each) for each in _list(given, "groupBy")} != {type.group_by}:
        raise contract(reply, "is a report of another type: its groupBy is not the one asked for")
    if _keyword_types(given) != set(type.keyword_types):
        raise contract(reply, "is a report of another type: its filters are not the ones asked for")


def _keyword_types(configuration: dict[str, object]) -> set[str]:
    filters = (each for each in _list(configuration, "filters") if isinstance(each, dict))
    return {str(value) for each in filters if each.get("field") == "keywordType" for value in _list(each, "values")}


def _list(data: dict[str, object], name: str) -> list[object]:
    found = data.get(name)
    return found if isinstance(found, list) else []


def _lost(reply: Reply, says: str) -> LostReportError:
    return LostReportError(
        f"{says} it was asked for.", connector=NAME, operation=reply.operation, status=reply.status,
        request_id=reply.request_id, hint="The next pull asks anew.",
    )  # fmt: skip
