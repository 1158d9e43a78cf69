"""A picture of every screen: ``python -m tests.browser.pictures [FOLDER] [--all]``.

Into ``docs/pictures`` goes one of each, on a desk, light, in English. With ``--all`` every form of every screen goes
into the folder: for looking at while a screen is made. With ``--reports CONFIG`` the reports of an account, such as the
one that ``steward demo --once`` leaves in ``demo/steward.toml``, are taken as a telephone shows them instead.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.config import load
from agent.language import Language, speaking
from agent.model.report import Period
from agent.shown.report.html import html
from agent.shown.report.layout import sheet
from agent.web.serving import PageServer
from agent.wiring import ledger_of, report_of
from tests.browser.conftest import chromium, free_port
from tests.browser.test_every_screen import ALONE, FORMS, SCREENS
from tests.page_facts import stocked
from tests.page_news import told
from tests.page_shop import PASSWORD, furnish

_DOCS = Path(__file__).parents[2] / "docs" / "pictures"
_READERS: dict[Language, str] = {"en": "America/New_York", "zh": "Asia/Shanghai"}
_TELEPHONE = {"width": 390, "height": 1900}
_NOT_TOLD = ("/again", "/enter/{key}", "/join/{key}")
"""What no page of the documentation needs."""


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("folder", nargs="?", type=Path, default=_DOCS)
    asked.add_argument("--all", action="store_true")
    asked.add_argument("--reports", type=Path, metavar="CONFIG")
    given = asked.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    from playwright.sync_api import sync_playwright

    if given.reports is not None:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            for path in _reports(browser, given.reports, given.folder, everything=given.all):
                print(path)
            browser.close()
        return
    with tempfile.TemporaryDirectory() as name:
        shop = furnish(Path(name), free_port(), count=24)
        stocked(shop)
        told(shop)
        with shop.desk() as desk, PageServer(desk), sync_playwright() as playwright:
            url = f"http://127.0.0.1:{shop.config.page.port}"
            secret = desk.doorman.sign_in("root", PASSWORD, "pictures", "127.0.0.1").secret
            cookie = {"name": desk.place.cookie, "value": secret, "url": url}
            browser = playwright.chromium.launch(
                executable_path=chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            for path in _taken(browser, url, cookie, given.folder, everything=given.all):
                print(path)
            browser.close()


def _reports(browser: Any, config_file: Path, folder: Path, *, everything: bool) -> Iterator[Path]:
    config = load(config_file)
    (account,) = config.accounts
    with ledger_of(config) as ledger:
        # In a demonstration time flies, and may have come further than the clock on the wall.
        at = max(datetime.now(UTC), *(event.at for event in ledger.events(limit=1))) + timedelta(seconds=1)
        found = {period: report_of(config, account, period, ledger, at) for period in Period}
    for period, report in found.items():
        for language, zone in _READERS.items():
            with speaking(language):
                written = html(sheet(report, zone))
            context = browser.new_context(viewport=_TELEPHONE, is_mobile=True)
            tab = context.new_page()
            tab.set_content(written)
            place = folder / f"report-{period}.{language}.png"
            tab.screenshot(path=place, full_page=everything)
            context.close()
            yield place


def _taken(browser: Any, url: str, cookie: Any, folder: Path, *, everything: bool) -> Iterator[Path]:
    for form, values in FORMS.items() if everything else [next(iter(FORMS.items()))]:
        parts = {"viewport": values["size"], "is_mobile": form.startswith("phone"), "timezone_id": "UTC",
                 **{name: value for name, value in values.items() if name != "size"}}  # fmt: skip
        for route, path in SCREENS.items():
            if route in _NOT_TOLD and not everything:
                continue
            context = browser.new_context(base_url=url, **parts)
            if path not in ALONE:
                context.add_cookies([cookie])
            tab = context.new_page()
            tab.goto(path)
            name = route.strip("/").replace("/", "-").replace(":path", "").replace("{", "").replace("}", "") or "home"
            place = folder / (f"{name}.{form}.png" if everything else f"{name}.png")
            tab.screenshot(path=place, full_page=everything)
            context.close()
            yield place


if __name__ == "__main__":
    main()
