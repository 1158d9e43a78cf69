"""The life of a report: IN_QUEUE, IN_PROGRESS, then DONE, CANCELLED (no data, or asked too often) or FATAL.

A report is written once, as the figures were known when it became ready.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.sandbox.answers import Refusal, invalid
from connectors.sandbox.faults import Strikes

_KEPT_DAYS = 90
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that holds. A snapshot has no span."""

    type: str
    start: datetime | None
    end: datetime | None
    options: Mapping[str, str]
    marketplaces: Sequence[str]
    specification: Mapping[str, object]
    """As it was sent, for reports that repeat it."""


@dataclass(slots=True)
class Job:
    id: str
    ask: Ask
    created: datetime
    ready: datetime
    strikes: Strikes
    refused: bool = False
    """Asked again too early: ends CANCELLED."""
    fails: bool = False
    stopped: datetime | None = None
    written: bool = False
    document: str | None = None

    def status(self, now: datetime) -> str:
        if self.stopped is not None:
            return "CANCELLED"
        if now < self.ready:
            return "IN_QUEUE" if now < self.begins else "IN_PROGRESS"
        if self.fails:
            return "FATAL"
        return "CANCELLED" if self.refused or (self.written and self.document is None) else "DONE"

    @property
    def begins(self) -> datetime:
        return self.created + (self.ready - self.created) / 3

    def shown(self, now: datetime) -> Json:
        status = self.status(now)
        body: Json = {
            "reportId": self.id, "reportType": self.ask.type, "marketplaceIds": list(self.ask.marketplaces),
            "createdTime": text(self.created), "processingStatus": status,
        }  # fmt: skip
        if self.ask.start and self.ask.end:
            body |= {"dataStartTime": text(self.ask.start), "dataEndTime": text(self.ask.end)}
        if status != "IN_QUEUE" and self.stopped is None:
            body["processingStartTime"] = text(self.begins)
        if status in ("DONE", "FATAL", "CANCELLED"):
            body["processingEndTime"] = text(self.stopped or self.ready)
        if status in ("DONE", "FATAL") and self.document:
            body["reportDocumentId"] = self.document
        return body


class Jobs:
    """All reports of the account, newest last."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._newest: dict[tuple[str, object], datetime] = {}

    def create(self, ask: Ask, now: datetime, seconds: float, gap: timedelta, strikes: Strikes) -> Job:
        """Queue a request. One of the same type less than ``gap`` after the last ends CANCELLED."""
        id = str(50_000_000_000 + 7919 * (len(self._jobs) + 1))
        key = (ask.type, tuple(sorted(ask.options.items())))
        last = self._newest.get(key)
        early = last is not None and now - last < gap
        if not early:
            self._newest[key] = now
        job = Job(id, ask, now, now + timedelta(seconds=seconds), strikes, refused=early,
                  fails=strikes.of("failed_report") is not None)  # fmt: skip
        self._jobs[id] = job
        return job

    def find(self, id: str, now: datetime) -> Job:
        job = self._jobs.get(id)
        if job is None or now - job.created > timedelta(days=_KEPT_DAYS):
            raise Refusal(404, "NotFound", f"Resource {id} is not found.")
        return job

    def cancel(self, id: str, now: datetime) -> None:
        job = self.find(id, now)
        if job.status(now) != "IN_QUEUE":
            raise invalid(f"Report {id} is {job.status(now)}; only a report IN_QUEUE can be cancelled")
        job.stopped = now

    def newest_first(self) -> Iterator[Job]:
        return reversed(self._jobs.values())


def text(moment: datetime) -> str:
    """An instant as Amazon writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")
