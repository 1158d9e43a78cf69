"""A furnished shop, its page in this process, and browsers that are signed in; one shop for each module."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from starlette.testclient import TestClient

from agent.web.app import Application
from agent.web.desk import Desk
from tests.page_shop import PASSWORD, USERS, Shop, furnish

ORIGIN = "http://127.0.0.1:8470"
FROM_US = {"Sec-Fetch-Site": "same-origin"}
Browser = Callable[[str], TestClient]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return furnish(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def desk(shop: Shop) -> Iterator[Desk]:
    with shop.desk() as desk:
        yield desk


@pytest.fixture(scope="module")
def signed_in(desk: Desk) -> Browser:
    """The browser of a user, signed in once: before any test has used up the tries of this address."""
    known = {name: _browser(desk) for name in USERS}
    for name, browser in known.items():
        answer = browser.post("/login", data={"name": name, "password": PASSWORD}, headers=FROM_US)
        assert answer.status_code == 303, answer.text
    return known.__getitem__


@pytest.fixture(scope="module")
def stranger(desk: Desk, signed_in: Browser) -> TestClient:
    """A browser that nobody has signed in with."""
    return _browser(desk)


def _browser(desk: Desk) -> TestClient:
    return TestClient(Application(desk), base_url=ORIGIN, follow_redirects=False, raise_server_exceptions=True)


def key_of(browser: TestClient) -> str:
    """The key of the session's forms, as a page holds it."""
    from re import search

    found = search(r'name="form_key" value="([0-9a-f]{64})"', browser.get("/me").text)
    assert found is not None
    return found[1]
