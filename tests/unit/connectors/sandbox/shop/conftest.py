"""The demo's shop on a clock that was driven through all of its incidents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from agent.clock import SetClock
from connectors.sandbox.sandbox import Sandbox
from connectors.sandbox.scenario import Scenario
from connectors.sandbox.scenario_file import load_scenario

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
DAYS = 200


@pytest.fixture(scope="session")
def lived() -> Sandbox:
    """The demo after 200 days; nobody may write to it."""
    clock = SetClock(NOW)
    sandbox = Sandbox(load_scenario("demo"), 7, clock)
    clock.sleep(86_400 * DAYS)
    sandbox.shop.stock(sandbox.arrive())
    return sandbox


@pytest.fixture(scope="session")
def short(demo: Scenario) -> Scenario:
    """Four busy products with two months of history, to which nothing happens."""
    chosen = tuple(product for product in demo.products if product.sku in ("DM-01", "DM-06", "DM-31", "DM-36"))
    return replace(demo, products=chosen, incidents=(), market=replace(demo.market, history_days=60))


@pytest.fixture
def open_shop() -> Callable[..., tuple[Sandbox, SetClock]]:
    def open_one(scenario: Scenario, seed: int = 7) -> tuple[Sandbox, SetClock]:
        clock = SetClock(NOW)
        return Sandbox(scenario, seed, clock), clock

    return open_one


def on(day: int) -> date:
    """A day counted from the start of the clock."""
    return TODAY + timedelta(days=day)


def evening(day: int) -> datetime:
    """Noon in California on such a day."""
    return NOW + timedelta(days=day)
