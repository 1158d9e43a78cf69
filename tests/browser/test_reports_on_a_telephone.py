"""A report is read on a telephone without turning it or moving it sideways, by day and by night."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.language import Language, speaking
from agent.ledger import SqlLedger
from agent.model.report import Period
from agent.shown.report.html import html
from agent.shown.report.layout import sheet
from tests.browser.conftest import NARROW
from tests.report_shop import furnished, made, worked

_WIDEST = "() => document.documentElement.scrollWidth"
_GROUND = "() => getComputedStyle(document.querySelector('.card')).backgroundColor"


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[Language, str]:
    folder = tmp_path_factory.mktemp("shop")
    ledger, book = SqlLedger.open(f"sqlite:///{folder / 'steward.db'}"), furnished(folder)
    report = made(Period.WEEKLY, book, worked(ledger))
    ledger.close()
    assert report.stock is not None
    endless = replace(report.stock.rows[0], name="x" * 300, sku="SKU-" + "9" * 200)
    report = replace(report, account="a" * 60, stock=replace(report.stock, rows=(endless, *report.stock.rows)))
    found: dict[Language, str] = {}
    for language in ("en", "zh"):
        with speaking(language):
            found[language] = html(sheet(report, "Asia/Shanghai"))
    return found


@pytest.mark.parametrize(("language", "scheme", "ground"), [("en", "dark", "rgb(22, 27, 38)"),
                                                            ("zh", "light", "rgb(255, 255, 255)")])  # fmt: skip
def test_nothing_is_wider_than_a_telephone(browser: Any, documents: dict[Language, str], language: Language,
                                           scheme: str, ground: str) -> None:  # fmt: skip
    context = browser.new_context(viewport=NARROW, is_mobile=True, color_scheme=scheme)
    tab = context.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.set_content(documents[language])
    assert tab.evaluate(_WIDEST) == NARROW["width"]
    assert tab.evaluate(_GROUND) == ground
    assert asked == [], "nothing is fetched"
    context.close()
