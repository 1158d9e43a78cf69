"""The life of a Data Kiosk query; an equal one that is not finished is a conflict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.sandbox.answers import Refusal, invalid
from connectors.sandbox.selling.report_jobs import Json, text


@dataclass(slots=True)
class QueryJob:
    id: str
    query: str
    created: datetime
    ready: datetime
    fails: bool
    stopped: datetime | None = None
    written: bool = False
    document: str | None = None
    trouble: str | None = None
    """The document that tells why it failed."""

    def status(self, now: datetime) -> str:
        if self.stopped is not None:
            return "CANCELLED"
        if now < self.ready:
            return "IN_QUEUE" if now < self.begins else "IN_PROGRESS"
        return "FATAL" if self.fails else "DONE"

    @property
    def begins(self) -> datetime:
        return self.created + (self.ready - self.created) / 3

    def shown(self, now: datetime) -> Json:
        """DONE without ``dataDocumentId``: there was no data."""
        status = self.status(now)
        body: Json = {
            "queryId": self.id, "query": self.query, "createdTime": text(self.created), "processingStatus": status,
        }  # fmt: skip
        if status != "IN_QUEUE" and self.stopped is None:
            body["processingStartTime"] = text(self.begins)
        if status in ("DONE", "FATAL", "CANCELLED"):
            body["processingEndTime"] = text(self.stopped or self.ready)
        if status == "DONE" and self.document:
            body["dataDocumentId"] = self.document
        if status == "FATAL" and self.trouble:
            body["errorDocumentId"] = self.trouble
        return body


class Queries:
    def __init__(self) -> None:
        self._jobs: dict[str, QueryJob] = {}

    def create(self, query: str, now: datetime, seconds: float, fails: bool) -> QueryJob:
        for other in self._jobs.values():
            if other.query == query and other.status(now) in ("IN_QUEUE", "IN_PROGRESS"):
                raise Refusal(409, "Conflict", f"An equal query is being processed: {other.id}")
        id = str(70_000_000_000 + 7919 * (len(self._jobs) + 1))
        self._jobs[id] = QueryJob(id, query, now, now + timedelta(seconds=seconds), fails)
        return self._jobs[id]

    def find(self, id: str) -> QueryJob:
        if id not in self._jobs:
            raise Refusal(404, "NotFound", f"Resource {id} is not found.")
        return self._jobs[id]

    def cancel(self, id: str, now: datetime) -> None:
        job = self.find(id)
        if job.status(now) != "IN_QUEUE":
            raise invalid(f"Query {id} is {job.status(now)}; only a query IN_QUEUE can be cancelled")
        job.stopped = now

    def newest_first(self) -> Iterator[QueryJob]:
        return reversed(self._jobs.values())
