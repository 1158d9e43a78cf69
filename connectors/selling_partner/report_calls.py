"""The four calls of Reports 2021-06-30: what each answers, and nothing of what that means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from agent.errors import RoleError, ThrottledError
from connectors.selling_partner.client import Ask, Client
from connectors.selling_partner.reading import Item, Unpromised, at, each, may, need, promised, root, text
from connectors.selling_partner.report_days import Bounds
from connectors.selling_partner.report_types import Reach, ReportType
from connectors.selling_partner.streams import Source

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,255}")
_KEPT = timedelta(days=90)
"""Amazon: reports are kept for so long."""
_SAME_NOW = timedelta(hours=2)
"""Two reports up to "now" are the same where no more time lies between them."""


class State(StrEnum):
    UNDER_WAY = "under way"
    DONE = "done"
    CANCELLED = "cancelled"
    FATAL = "failed"


_STATES: Mapping[str, State] = {
    "IN_QUEUE": State.UNDER_WAY, "IN_PROGRESS": State.UNDER_WAY, "DONE": State.DONE, "CANCELLED": State.CANCELLED,
    "FATAL": State.FATAL,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """How far a report is. ``document_id`` is there once it is done, and may be there where it failed."""

    state: State
    document_id: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Calls:
    """``since``: when the thread began; what was listed before that is listed again."""

    client: Client
    type: ReportType
    since: datetime

    def asked(self, bounds: Bounds) -> str:
        """Ask for a report; its id."""
        body = self.type.order(self.client.shop.marketplace_id, bounds.since_text, bounds.until_text)
        reply = self.client.read(Ask("createReport", body=body, about=self.type.type_id))
        with promised(reply):
            return need(root(reply), "reportId", _id)

    def adopted(self, bounds: Bounds, source: Source) -> str | None:
        """The id of an equal report that was asked for lately, be it by a process that did not live to note it.

        Amazon: a list of reports does not tell their options, so only reports without options can be adopted.
        """
        if self.type.options:
            return None
        now = source.clock.now()
        equal = (id for id, report in self._listed(source) if self._is_equal(report, bounds, now))
        return next((id for id in equal if not _is_unread(source, id)), None)

    def found(self, report_id: str) -> Found:
        """Look at a report. A report of another type is a ``ContractError``."""
        reply = self.client.read(Ask("getReport", {"reportId": report_id}, about=self.type.type_id))
        with promised(reply):
            report = root(reply)
            if at(report, "reportId") != report_id or at(report, "reportType") != self.type.type_id:
                raise Unpromised("is about another report")
            state = need(report, "processingStatus", _state)
            document = may(report, "reportDocumentId", _id) or ""
            if state is State.DONE and not document:
                raise Unpromised("is a finished report without a document")
            return Found(state, document, reply.request_id)

    def link(self, document_id: str) -> str:
        """A fresh address of a document. Amazon: it is good for five minutes."""
        reply = self.client.read(Ask("getReportDocument", {"reportDocumentId": document_id}, about=self.type.type_id))
        with promised(reply):
            document = root(reply)
            if at(document, "compressionAlgorithm") not in (None, "GZIP"):
                raise Unpromised("is packed in a way Steward does not know")
            return need(document, "url", text)

    def _listed(self, source: Source) -> Sequence[tuple[str, Item]]:
        """Reports of this type of the hours in which it is not asked for again, the newest first."""
        now = source.clock.now()
        key = ("reports", self.type.type_id)
        known = source.memory.get(key, self.since)
        if isinstance(known, list):
            return known
        since = now - timedelta(hours=self.type.rest_hours)
        query: dict[str, str | int | list[str]] = {
            "reportTypes": [self.type.type_id], "marketplaceIds": [self.client.shop.marketplace_id], "pageSize": 100,
            "processingStatuses": ["IN_QUEUE", "IN_PROGRESS", "DONE"], "createdSince": f"{since:%Y-%m-%dT%H:%M:%SZ}",
        }  # fmt: skip
        try:
            reply = self.client.read(Ask("getReports", query=query, about=self.type.type_id))
        except (ThrottledError, RoleError):  # to adopt is a courtesy; whether it may be asked for will show itself
            return []
        with promised(reply):
            found = [(need(report, "reportId", _id), report) for report in each(root(reply), "reports")]
        source.memory.put(key, now, found)
        return found

    def _is_equal(self, report: Item, bounds: Bounds, now: datetime) -> bool:
        if at(report, "reportType") != self.type.type_id:
            return False
        if at(report, "marketplaceIds") != [self.client.shop.marketplace_id]:
            return False
        if self.type.reach is Reach.NOW:
            return True
        if _moment(report, "dataStartTime") != bounds.since:
            return False
        if bounds.until is not None:
            return _moment(report, "dataEndTime") == bounds.until
        made = _moment(report, "createdTime")
        return made is not None and now - made <= _SAME_NOW


def remember_unread(source: Source, report_id: str) -> None:
    """A report that cannot be read must not be adopted again."""
    source.memory.put(("unread", report_id), source.clock.now(), True)


def _is_unread(source: Source, report_id: str) -> bool:
    return source.memory.get(("unread", report_id), source.clock.now() - _KEPT) is not None


def _state(value: object) -> State:
    state = _STATES.get(text(value))
    if state is None:
        raise ValueError("no status Steward knows")
    return state


def _id(value: object) -> str:
    found = text(value)
    if not _ID.fullmatch(found):
        raise ValueError("no id")
    return found


def _moment(report: Item, name: str) -> datetime | None:
    """A moment with a zone; None where there is none."""
    try:
        moment = datetime.fromisoformat(text(at(report, name)))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
