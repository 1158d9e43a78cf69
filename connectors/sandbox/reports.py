"""The queue of reports: asked for, prepared for a while, fetched through a signed link that expires."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.sandbox.answers import Refusal
from connectors.sandbox.report_request import ReportRequest, duplicate
from connectors.sandbox.resources import Json

_KEPT = 500


@dataclass(frozen=True, slots=True)
class Report:
    id: str
    request: ReportRequest
    created: datetime
    ready: datetime
    fails: bool = False
    file: bytes | None = None

    def status(self, now: datetime) -> str:
        """PENDING for the first third of the wait, then PROCESSING, then COMPLETED or FAILED."""
        if now >= self.ready:
            return "FAILED" if self.fails else "COMPLETED"
        return "PENDING" if now < self.created + (self.ready - self.created) / 3 else "PROCESSING"


class Reports:
    """All reports of the profile. ``write`` makes a file of a request as it is known at a moment."""

    def __init__(self, seed: int, link_seconds: float, write: Callable[[ReportRequest, datetime], bytes]) -> None:
        self._key = hashlib.sha256(f"links {seed}".encode()).digest()
        self._seed = seed
        self._link_seconds = link_seconds
        self._write = write
        self._reports: dict[str, Report] = {}
        self._made = 0

    def create(self, request: ReportRequest, now: datetime, seconds: float, fails: bool = False) -> Report:
        """Queue a request; an equal one that is still in the queue is a duplicate."""
        for other in self._reports.values():
            if other.request.fingerprint == request.fingerprint and now < other.ready:
                raise duplicate(other.id)
        self._made += 1
        id = _uuid(f"report {self._seed} {self._made}")
        report = Report(id, request, now, now + timedelta(seconds=seconds), fails)
        self._reports[id] = report
        while len(self._reports) > _KEPT:
            self._reports.pop(next(iter(self._reports)))
        return report

    def find(self, id: str) -> Report:
        if id not in self._reports:
            raise Refusal(404, "404", f"There is no report {id}")
        return self._reports[id]

    def newest(self) -> Sequence[Report]:
        """Those that are kept, oldest first. For truth checks, as the log of calls is."""
        return tuple(self._reports.values())

    def cancel(self, id: str, now: datetime) -> None:
        report = self.find(id)
        if now >= report.ready:
            raise Refusal(400, "400", f"Report {id} has already been processed")
        del self._reports[id]

    def file(self, id: str) -> bytes:
        """The file of a completed report, made once, as the figures were known when it was ready."""
        report = self.find(id)
        if report.file is None:
            report = replace(report, file=self._write(report.request, report.ready))
            self._reports[id] = report
        return report.file or b""

    def link(self, id: str, now: datetime) -> tuple[str, datetime]:
        """Path and query of a signed link, and when it expires."""
        expires = now + timedelta(seconds=self._link_seconds)
        stamp = f"{expires.timestamp():.3f}"
        return f"/download/{id}.json.gz?X-Amz-Expires={stamp}&X-Amz-Signature={self._sign(id, stamp)}", expires

    def fetch(self, id: str, expires: str, signature: str, now: datetime) -> bytes:
        """The file behind a link; a wrong signature and an expired link are refused as S3 does."""
        if not hmac.compare_digest(signature, self._sign(id, expires)):
            raise Refusal(403, "SignatureDoesNotMatch", "The signature does not match")
        if now.timestamp() > float(expires):
            raise Refusal(403, "AccessDenied", "Request has expired")
        return self.file(id)

    def shown(self, report: Report, now: datetime, site: str) -> Json:
        """The answer to asking for a report's status."""
        status = report.status(now)
        body: Json = {
            "reportId": report.id,
            "name": report.request.name,
            "startDate": report.request.first.isoformat(),
            "endDate": report.request.last.isoformat(),
            "configuration": report.request.configuration,
            "status": status,
            "createdAt": _instant(report.created),
            "updatedAt": _instant(min(now, report.ready)),
            "generatedAt": None, "url": None, "urlExpiresAt": None, "fileSize": None, "failureReason": None,
        }  # fmt: skip
        if status == "FAILED":
            body["failureReason"] = "Internal error"
        if status == "COMPLETED":
            path, expires = self.link(report.id, now)
            body |= {
                "generatedAt": _instant(report.ready), "fileSize": len(self.file(report.id)),
                "url": site + path, "urlExpiresAt": _instant(expires),
            }  # fmt: skip
        return body

    def _sign(self, id: str, expires: str) -> str:
        return hmac.new(self._key, f"{id} {expires}".encode(), hashlib.sha256).hexdigest()


def _uuid(seed: str) -> str:
    digits = hashlib.sha256(seed.encode()).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
