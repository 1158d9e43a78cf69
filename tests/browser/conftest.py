"""A real server, a real browser, and nothing that goes unnoticed: errors, reports, requests that leave."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import SystemRandom
from typing import Any

import pytest

from agent.web.desk import Desk
from agent.web.serving import PageServer
from tests.page_shop import PASSWORD, Shop, furnish

AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"
WIDE, NARROW = {"width": 1360, "height": 900}, {"width": 390, "height": 844}
Tab = Any
"""A page of Playwright, which is imported only where there is a browser."""


def chromium() -> str | None:
    """The browser of this machine: ``CHROMIUM_PATH``, or Debian's."""
    found = (shutil.which(name) for name in ("chromium-headless-shell", "chromium"))
    return os.environ.get("CHROMIUM_PATH") or next((each for each in found if each), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    path = chromium()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no browser: apt-get install chromium-headless-shell fonts-noto-cjk")
        pytest.skip("no browser here: apt-get install chromium-headless-shell fonts-noto-cjk")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Containers have little shared memory, and root no sandbox.
        launched = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield launched
        launched.close()


def free_port() -> int:
    """A port for a server that starts a little later: none that the system gives to callers, who could be first."""
    while True:
        port = SystemRandom().randrange(20_000, 32_000)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return furnish(tmp_path_factory.mktemp("shop"), free_port())


@pytest.fixture(scope="module")
def desk(shop: Shop) -> Iterator[Desk]:
    with shop.desk() as desk, PageServer(desk):
        yield desk


@pytest.fixture(scope="module")
def url(desk: Desk) -> str:
    return f"http://127.0.0.1:{desk.config.page.port}"


@pytest.fixture(scope="module")
def cookies(url: str, desk: Desk) -> Callable[[str], list[dict[str, Any]]]:
    """What the browser of a user holds, signed in once for the module."""
    known: dict[str, str] = {}

    def held(name: str) -> list[dict[str, Any]]:
        if name not in known:
            known[name] = desk.doorman.sign_in(name, PASSWORD, "a test", "127.0.0.1").secret
        return [{"name": desk.place.cookie, "value": known[name], "url": url, "httpOnly": True, "sameSite": "Strict"}]

    return held


@pytest.fixture
def open_tab(browser: Any, url: str, cookies: Callable[[str], list[dict[str, Any]]]) -> Iterator[Callable[..., Tab]]:
    """Opens a tab, signed in as a user. When the test ends, nothing may have gone wrong in any of them: no error in
    the console (a refused policy is one), no fault of a script, no request to anywhere but the page."""
    contexts: list[Any] = []
    wrong: list[str] = []

    def open_(user: str | None = "ann", size: dict[str, int] = WIDE, **more: Any) -> Tab:
        phone = size["width"] < 700
        given = {"locale": "en-GB", "is_mobile": phone, "has_touch": phone} | more
        context = browser.new_context(viewport=size, base_url=url, **given)
        contexts.append(context)
        context.set_default_timeout(8_000)
        if user is not None:
            context.add_cookies(cookies(user))
        tab = context.new_page()
        tab.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        tab.on("pageerror", lambda fault: wrong.append(str(fault)))
        tab.on("request", lambda asked: None if asked.url.startswith((url, "data:")) else wrong.append(asked.url))
        return tab

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="session")
def axe() -> str:
    return AXE.read_text(encoding="utf-8")


@pytest.fixture
def faults_of(axe: str) -> Callable[[Tab], list[str]]:
    """What axe finds wrong with a page by WCAG 2.0 to 2.2, A and AA."""
    # Evaluated by the debugger, which the page's policy does not stop; a script tag it would.
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

    def found(tab: Tab) -> list[str]:
        tab.evaluate(axe + ";0")
        told = tab.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", tags
        )
        return [f"{each['id']}: {node['html'][:160]}" for each in told["violations"] for node in each["nodes"]]

    return found
