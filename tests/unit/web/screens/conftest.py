"""A shop with facts, runs and tickets, made once for all tests of what screens show."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from tests.page_facts import stocked
from tests.page_shop import Shop, furnish
from tests.unit.web.conftest import Browser

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = furnish(tmp_path_factory.mktemp("shop"), now=NOW, count=8)
    stocked(shop)
    return shop


@pytest.fixture(scope="module")
def ann(signed_in: Browser) -> TestClient:
    """The browser of an approver."""
    return signed_in("ann")


@pytest.fixture(scope="module")
def vera(signed_in: Browser) -> TestClient:
    """The browser of a viewer."""
    return signed_in("vera")
