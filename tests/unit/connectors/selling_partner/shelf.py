"""A Reports API that makes what it is asked for: as many looks as a test wants, then the document it laid out."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.scripted_amazon import Amazon, json_answer

REPORTS = "/reports/2021-06-30/reports"
STORE = "https://tortuga.s3.eu-west-1.amazonaws.com"
Make = Callable[[dict[str, Any]], bytes | str]
"""The document for a request: its content, or a status such as CANCELLED."""


@dataclass
class Shelf:
    """Answers like Amazon's, with the pace and the mishaps a test asks for."""

    make: Make
    looks: int = 1
    content_type: str = "text/plain; charset=UTF-8"
    packed: bool = True
    listed: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    expired_links: int = 0
    downloads: list[httpx.Request] = field(default_factory=list)
    tear: Callable[[bytes], bytes] = bytes

    def behind(self, amazon: Amazon) -> Shelf:
        amazon.otherwise = self
        return self

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.url.host.endswith("amazonaws.com"):
            return self._download(request)
        if path == REPORTS and request.method == "POST":
            return self._order(json.loads(request.content))
        if path == REPORTS:
            return json_answer({"reports": self.listed})
        if path.startswith(REPORTS):
            return self._look(path.rsplit("/", 1)[1])
        if path.startswith("/reports/2021-06-30/documents/"):
            document = path.rsplit("/", 1)[1]
            self.links.append(document)
            url = f"{STORE}/{document}?X-Amz-Signature={len(self.links)}"
            packed = {"compressionAlgorithm": "GZIP"} if self.packed else {}
            return json_answer({"reportDocumentId": document, "url": url, **packed})
        return json_answer({"errors": [{"code": "NotFound", "message": path}]}, 404)

    def _order(self, body: dict[str, Any]) -> httpx.Response:
        id = f"R{len(self.orders)}"
        self.orders.append(body)
        self.reports[id] = body
        return json_answer({"reportId": id}, 202)

    def _look(self, id: str) -> httpx.Response:
        body = self.reports[id]
        self.seen[id] = self.seen.get(id, 0) + 1
        report = {"reportId": id, "reportType": body["reportType"], "createdTime": "2026-03-20T09:00:00Z"}
        if self.seen[id] <= self.looks:
            return json_answer({**report, "processingStatus": "IN_QUEUE"})
        made = self.make(body)
        if isinstance(made, str):
            state, _, document = made.partition(":")
            more = {"reportDocumentId": document} if document else {}
            return json_answer({**report, "processingStatus": state, **more})
        return json_answer({**report, "processingStatus": "DONE", "reportDocumentId": f"D.{id}"})

    def _download(self, request: httpx.Request) -> httpx.Response:
        self.downloads.append(request)
        if self.expired_links:
            self.expired_links -= 1
            return httpx.Response(
                403, stream=httpx.ByteStream(b"<Error><Message>Request has expired</Message></Error>")
            )
        document = request.url.path.strip("/")
        made = self.make(self.reports[document[2:]]) if document.startswith("D.") else b"The date range is not valid."
        assert isinstance(made, bytes)
        content = self.tear(gzip.compress(made) if self.packed else made)
        return httpx.Response(200, stream=httpx.ByteStream(content), headers={"content-type": self.content_type})


def flat(*rows: str, encoding: str = "utf-8") -> bytes:
    """A flat file from lines in which a bar stands for a tab."""
    return "\r\n".join(row.replace("|", "\t") for row in rows).encode(encoding)
