"""The real client and the simulated Amazon, on one clock that stands still, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from agent.clock import SetClock
from agent.model.window import Span
from agent.outbound import Outbound
from connectors.amazon_ads import AmazonAds, Credentials
from connectors.sandbox.scenario import Scenario
from connectors.sandbox.scenario_file import load_scenario
from connectors.sandbox.server import SandboxServer

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


class Watched(httpx.BaseTransport):
    """The real network, with a memory of every request."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self._network = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._network.handle_request(request)

    def close(self) -> None:
        self._network.close()


@dataclass
class Met:
    """Client and sandbox that met. ``span`` are the last days that are over in the marketplace."""

    ads: AmazonAds
    amazon: SandboxServer
    clock: SetClock
    wire: Watched
    span: Span


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    demo = load_scenario("demo")
    return replace(demo, products=demo.products[:3], incidents=(), wire=replace(demo.wire, rate=0, report_rate=0))


@pytest.fixture(scope="session")
def server(scenario: Scenario) -> Iterator[SandboxServer]:
    with SandboxServer(scenario, clock=SetClock(NOW)) as running:
        yield running


@pytest.fixture
def met(server: SandboxServer, scenario: Scenario, tmp_path: Path) -> Iterator[Met]:
    clock, wire = SetClock(NOW), Watched()
    server.begin_again(scenario, clock, seed=7)
    keys, today = server.credentials, date(2026, 11, 24)
    secrets = Credentials(SecretStr(keys.client_id), SecretStr(keys.client_secret), SecretStr(keys.refresh_token))
    with Outbound(clock, transport=wire, dice=lambda: 1.0) as outbound:
        ads = AmazonAds(
            "demo", secrets, str(scenario.account.profile), outbound, clock, downloads=tmp_path,
            currency=scenario.account.marketplace.currency, endpoint=server.url,
            token_endpoint=f"{server.url}/auth/o2/token",
        )  # fmt: skip
        yield Met(ads, server, clock, wire, Span(today - timedelta(days=40), today - timedelta(days=1)))
