"""An account whose Amazon answers what the test tells it to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from agent.clock import SetClock
from agent.outbound import Outbound
from connectors.amazon_ads import AmazonAds, Credentials
from tests.scripted_amazon import NOW, Amazon


@pytest.fixture
def amazon() -> Amazon:
    return Amazon()


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def credentials() -> Credentials:
    return Credentials(SecretStr("client-id-1"), SecretStr("client-secret-1"), SecretStr("Atzr|refresh-1"))


@pytest.fixture
def opened(amazon: Amazon, clock: SetClock, credentials: Credentials, tmp_path: Path) -> Callable[[str], AmazonAds]:
    """Opens the account with a profile of one's choice."""
    outbound = Outbound(clock, transport=httpx.MockTransport(amazon), dice=lambda: 1.0)

    def open_(profile_id: str) -> AmazonAds:
        return AmazonAds("shop", credentials, profile_id, outbound, clock, currency="EUR", downloads=tmp_path,
                         endpoint="https://advertising-api-eu.amazon.com")  # fmt: skip

    return open_


@pytest.fixture
def ads(opened: Callable[[str], AmazonAds]) -> AmazonAds:
    return opened("1234")
