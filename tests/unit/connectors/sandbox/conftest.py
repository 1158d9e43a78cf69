"""A small sandbox on a clock that stands still, and a client that speaks plain HTTP to it."""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from agent.clock import SetClock
from connectors.sandbox.market import Market
from connectors.sandbox.plan import build
from connectors.sandbox.scenario import Scenario
from connectors.sandbox.scenario_file import load_scenario
from connectors.sandbox.server import SandboxServer

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
MEDIA = {
    "campaigns": ("spCampaign", "campaigns"),
    "adGroups": ("spAdGroup", "adGroups"),
    "keywords": ("spKeyword", "keywords"),
    "targets": ("spTargetingClause", "targetingClauses"),
    "productAds": ("spProductAd", "productAds"),
    "negativeKeywords": ("spNegativeKeyword", "negativeKeywords"),
}
COLUMNS = ["date", "campaignId", "adGroupId", "keywordId", "impressions", "clicks", "cost", "purchases7d", "sales7d"]


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Amazon:
    """A client without any cleverness."""

    def __init__(self, server: SandboxServer, clock: SetClock) -> None:
        self.server, self.clock = server, clock
        self.headers: dict[str, str] = {}
        self.log_in()

    def log_in(self) -> None:
        token = self.token().json["access_token"]
        self.headers = {
            "Authorization": f"Bearer {token}",
            "Amazon-Advertising-API-ClientId": self.server.credentials.client_id,
            "Amazon-Advertising-API-Scope": str(self.server.scenario.account.profile),
        }

    def token(self, **changes: str) -> Reply:
        keys = self.server.credentials
        form = {
            "grant_type": "refresh_token", "refresh_token": keys.refresh_token,
            "client_id": keys.client_id, "client_secret": keys.client_secret,
        } | changes  # fmt: skip
        return self.call("POST", "/auth/o2/token", urlencode(form), {})

    def call(self, method: str, path: str, body: str | bytes | None = None,
             headers: dict[str, str] | None = None) -> Reply:  # fmt: skip
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        try:
            connection.request(method, path, body, self.headers if headers is None else headers)
            response = connection.getresponse()
            return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def sp(self, method: str, path: str, body: Any, **headers: str) -> Reply:
        """A Sponsored Products call with the right media types."""
        media = f"application/vnd.{MEDIA[path.split('/')[0]][0]}.v3+json"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call(method, f"/sp/{path}", json.dumps(body),
                         {**self.headers, "Content-Type": media, "Accept": media} | named)  # fmt: skip

    def list(self, what: str, **body: Any) -> list[dict[str, Any]]:
        reply = self.sp("POST", f"{what}/list", {"maxResults": 1000} | body)
        assert reply.status == 200, reply.body
        items: list[dict[str, Any]] = reply.json[MEDIA[what][1]]
        return items

    def update(self, what: str, *items: dict[str, Any]) -> Any:
        reply = self.sp("PUT", what, {MEDIA[what][1]: list(items)})
        assert reply.status == 207, reply.body
        return reply.json[MEDIA[what][1]]

    def keyword(self, id: str) -> dict[str, Any]:
        return self.list("keywords", keywordIdFilter={"include": [id]})[0]

    def ask(self, **changes: Any) -> Reply:
        """Create a report over the last days; ``changes`` go into the request or its configuration."""
        today = self.server.market.today(self.clock.now())
        body = {
            "startDate": str(today - timedelta(days=5)), "endDate": str(today - timedelta(days=1)),
            "configuration": {
                "adProduct": "SPONSORED_PRODUCTS", "reportTypeId": "spTargeting", "groupBy": ["targeting"],
                "columns": COLUMNS, "timeUnit": "DAILY", "format": "GZIP_JSON",
            },
        }  # fmt: skip
        top = {name: value for name, value in changes.items() if name in ("startDate", "endDate", "name")}
        body |= top
        body["configuration"] |= {name: value for name, value in changes.items() if name not in top}  # type: ignore[operator]
        media = {"Content-Type": "application/vnd.createasyncreportrequest.v3+json"}
        return self.call("POST", "/reporting/reports", json.dumps(body), self.headers | media)

    def fetch(self, report: str) -> Reply:
        """Wait for a report and fetch its file."""
        for _ in range(10):
            status = self.call("GET", f"/reporting/reports/{report}").json
            if status["status"] == "COMPLETED":
                url = urlsplit(status["url"])
                return self.call("GET", f"{url.path}?{url.query}", headers={})
            self.clock.sleep(1)
        raise AssertionError(f"the report is still {status['status']}")

    def rows(self, **changes: Any) -> list[dict[str, Any]]:
        """The rows of a fresh report."""
        rows: list[dict[str, Any]] = json.loads(gzip.decompress(self.fetch(self.ask(**changes).json["reportId"]).body))
        return rows


@pytest.fixture(scope="session")
def demo() -> Scenario:
    return load_scenario("demo")


@pytest.fixture(scope="session")
def small(demo: Scenario) -> Scenario:
    """Three products without a rate limit."""
    return replace(demo, products=demo.products[:3], incidents=(), wire=replace(demo.wire, rate=0, report_rate=0))


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture(scope="session")
def server(small: Scenario) -> Iterator[SandboxServer]:
    with SandboxServer(small, clock=SetClock(NOW)) as running:
        yield running


@pytest.fixture
def start(server: SandboxServer, clock: SetClock) -> Callable[[Scenario], Amazon]:
    """Begins a fresh sandbox of a scenario, behind one port that stays."""

    def begin(scenario: Scenario) -> Amazon:
        server.begin_again(scenario, clock, seed=7)
        return Amazon(server, clock)

    return begin


@pytest.fixture
def amazon(start: Callable[[Scenario], Amazon], small: Scenario) -> Amazon:
    return start(small)


@pytest.fixture
def open_market() -> Callable[..., Market]:
    """A market without a server, as it stands at NOW."""

    def open_one(scenario: Scenario, seed: int = 7) -> Market:
        today = (NOW - timedelta(hours=8)).date()
        return Market(scenario, seed, *build(scenario, seed, today), today)

    return open_one
