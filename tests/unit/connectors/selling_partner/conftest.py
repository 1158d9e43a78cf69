"""A seller whose Amazon answers what the test tells it to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from agent.clock import SetClock
from agent.model.marketplace import MARKETPLACES
from agent.outbound import Outbound
from connectors.lwa import LoginWithAmazon
from connectors.selling_partner import Credentials
from connectors.selling_partner.client import Client, Shop
from connectors.selling_partner.streams import Source
from tests.scripted_amazon import NOW, Amazon

EU = "https://sellingpartnerapi-eu.amazon.com"


@pytest.fixture
def amazon() -> Amazon:
    return Amazon()


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def outbound(amazon: Amazon, clock: SetClock) -> Iterator[Outbound]:
    with Outbound(clock, transport=httpx.MockTransport(amazon), dice=lambda: 1.0) as door:
        yield door


@pytest.fixture
def client(outbound: Outbound, clock: SetClock) -> Client:
    secrets = Credentials(SecretStr("client-id-1"), SecretStr("client-secret-1"), SecretStr("Atzr|refresh-1"))
    shop = Shop("shop", "A1SELLER", MARKETPLACES["DE"].id, "EU")
    return Client(shop, secrets, LoginWithAmazon(outbound, clock), outbound, clock, EU)


@pytest.fixture
def source(client: Client, clock: SetClock, tmp_path: Path) -> Source:
    return Source(client, "shop", "A1SELLER", MARKETPLACES["DE"], clock, tmp_path)
