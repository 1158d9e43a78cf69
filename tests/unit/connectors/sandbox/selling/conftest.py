"""A plain client of the simulated Selling Partner API."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

from connectors.sandbox.scenario import Scenario

PREFIX = "/reports/2021-06-30"


class Seller:
    """Talks like an application of the seller, without any cleverness."""

    def __init__(self, amazon: Any) -> None:
        self.amazon, self.server, self.clock = amazon, amazon.server, amazon.clock
        account = self.server.scenario.account
        self.market, self.id = account.marketplace.id, account.seller
        self.log_in()

    def log_in(self) -> None:
        token = self.amazon.token().json["access_token"]
        self.headers = {"x-amz-access-token": token, "User-Agent": "Test/1 (Language=Python)"}

    @property
    def shop(self) -> Any:
        return self.server.sandbox.shop

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None,
             **query: Any) -> Any:  # fmt: skip
        text = None if body is None else body if isinstance(body, str) else json.dumps(body)
        media = {} if text is None else {"Content-Type": "application/json"}
        target = f"{path}?{urlencode(query, safe=',')}" if query else path
        return self.amazon.call(method, target, text, {**self.headers, **media} if headers is None else headers)

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, **query)

    def ask(self, type: str, start: str | None = None, end: str | None = None, **options: str) -> Any:
        body: dict[str, Any] = {"reportType": type, "marketplaceIds": [self.market]}
        body |= {"dataStartTime": start} if start else {}
        body |= {"dataEndTime": end} if end else {}
        body |= {"reportOptions": options} if options else {}
        return self.call("POST", f"{PREFIX}/reports", body)

    def status(self, id: str) -> Any:
        return self.get(f"{PREFIX}/reports/{id}")

    def report(self, type: str, start: str | None = None, end: str | None = None, **options: str) -> Any:
        """A finished report's text: rows of a flat file, or parsed JSON; None where there was no data."""
        created = self.ask(type, start, end, **options)
        assert created.status == 202, created.body
        self.clock.sleep(10)
        status = self.status(created.json["reportId"]).json
        if status["processingStatus"] == "CANCELLED":
            return None
        assert status["processingStatus"] == "DONE", status
        return read(self.fetch(status["reportDocumentId"]))

    def fetch(self, document: str) -> Any:
        told = self.get(f"{PREFIX}/documents/{document}").json
        return self.download(told["url"], told.get("compressionAlgorithm"))

    def download(self, url: str, compression: str | None = None, **headers: str) -> Any:
        parts = urlsplit(url)
        reply = self.amazon.call("GET", f"{parts.path}?{parts.query}", None, headers)
        if compression == "GZIP" and reply.status == 200:
            reply.body = gzip.decompress(reply.body)
        return reply

    def item(self, sku: str) -> str:
        return f"/listings/2021-08-01/items/{self.id}/{quote(sku, safe='')}"


def read(reply: Any) -> Any:
    media, _, charset = reply.headers["content-type"].partition("; charset=")
    text = reply.body.decode(charset)
    if media == "application/json":
        return json.loads(text)
    header, *lines = [line.split("\t") for line in text.splitlines()]
    return [dict(zip(header, line, strict=True)) for line in lines]


@pytest.fixture
def seller(start: Callable[[Scenario], Any], small: Scenario) -> Seller:
    return Seller(start(small))


@pytest.fixture
def selling(start: Callable[[Scenario], Any], small: Scenario) -> Callable[..., Seller]:
    """A seller at a sandbox whose wire or account differs."""

    def begin(account: dict[str, Any] | None = None, **wire: Any) -> Seller:
        return Seller(start(replace(small, account=replace(small.account, **(account or {})),
                                    wire=replace(small.wire, **wire))))  # fmt: skip

    return begin
