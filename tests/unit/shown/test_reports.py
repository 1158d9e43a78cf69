"""Reports as people read them: reviewed in both languages, safe to open, small enough to arrive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from html.parser import HTMLParser

import pytest

from agent.facts.book import Book
from agent.language import Language, speaking
from agent.ledger import SqlLedger
from agent.model.message import Link
from agent.model.report import Period, Report
from agent.notify.routes import Manners
from agent.shown.report.html import html
from agent.shown.report.layout import sheet
from agent.shown.report.message import message
from agent.shown.report.plain import report_json
from agent.shown.report.text import text
from tests.report_shop import NOW, furnished, made, worked
from tests.reviewed import Reviewed

_ZONES: dict[Language, str] = {"en": "Europe/Berlin", "zh": "Asia/Shanghai"}
_MAIL_IS_CUT_AT = 102_000
"""Bytes of HTML after which Gmail shows no more."""
_WECOM_TEXT = 2_048
"""Bytes that a WeCom robot takes as plain text."""
_ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "table", "tr", "td", "h1", "h2", "h3", "p", "div", "span", "br",
    "a", "svg", "rect",
}  # fmt: skip


class _Read(HTMLParser):
    """The elements, their attributes and all text of a document; open elements must be closed in order."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(document)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in ("meta", "br"):
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Period, Report]]:
    folder = tmp_path_factory.mktemp("shop")
    ledger, book = SqlLedger.open(f"sqlite:///{folder / 'steward.db'}"), furnished(folder)
    worked(ledger)
    yield {period: made(period, book, ledger) for period in Period}
    ledger.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> dict[Period, Report]:
    folder = tmp_path_factory.mktemp("empty")
    ledger = SqlLedger.open(f"sqlite:///{folder / 'steward.db'}")
    found = {period: made(period, Book(folder / "facts"), ledger) for period in Period}
    ledger.close()
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("period", list(Period))
def test_a_report_reads_as_it_was_reviewed(period: Period, language: Language, reports: dict[Period, Report],
                                           reviewed: Reviewed) -> None:  # fmt: skip
    with speaking(language):
        reviewed(f"reports/{period}.{language}.txt", text(sheet(reports[period], _ZONES[language])))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_report_of_an_account_without_figures_says_so(language: Language, empty: dict[Period, Report],
                                                        reviewed: Reviewed) -> None:  # fmt: skip
    with speaking(language):
        reviewed(f"reports/empty.{language}.txt", text(sheet(empty[Period.WEEKLY], "UTC")))
        _Read(html(sheet(empty[Period.WEEKLY], "UTC")))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("period", list(Period))
def test_nothing_in_the_mail_runs_or_is_fetched_and_titles_stay_text(
    period: Period, language: Language, reports: dict[Period, Report]
) -> None:
    with speaking(language):
        document = html(sheet(reports[period], _ZONES[language]), (Link("Open", "https://steward.example/?a=1&b=2"),))
    read = _Read(document)
    assert read.names <= _ALLOWED
    assert [value for name, value in read.attributes if name == "href"] == ["https://steward.example/?a=1&b=2"]
    names = {name for name, _ in read.attributes}
    assert not any(name.startswith("on") or name in ("src", "background", "action") for name in names)
    assert not re.search(r"url\(|@import|expression\(", document)
    assert any("<script>alert(1)</script>[x](https://evil.example) @all" in each for each in read.text)
    assert "\u202e" not in document
    assert len(document.encode()) < _MAIL_IS_CUT_AT


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_summary_fits_the_smallest_chat(language: Language, reports: dict[Period, Report]) -> None:
    manners = Manners(language, "Asia/Shanghai", time(8))
    for period in Period:
        with speaking(language):
            told = message("n_1", reports[period], manners, NOW, "https://steward.example", whole=False)
        words = "\n".join([told.title, *(line.text for line in told.lines)])
        assert len(words.encode()) < _WECOM_TEXT / 2
        assert (told.html, told.text, told.attachments) == ("", "", ())


def test_every_picture_says_in_words_what_it_shows(reports: dict[Period, Report]) -> None:
    document = html(sheet(reports[Period.WEEKLY], "UTC"))
    labels = re.findall(r'<svg [^>]*role="img" aria-label="([^"]+)"', document)
    assert len(labels) == document.count("<svg ") == 8
    assert "Sales by day: highest €412 on Mar 10, lowest €380 on Feb 18" in labels
    assert "from visits: −€312" in labels


def test_programs_read_money_as_decimals_of_one_currency(reports: dict[Period, Report]) -> None:
    found = report_json(reports[Period.WEEKLY])
    assert (found["currency"], found["sales"]["now"]) == ("EUR", {"sales": "2884.00", "units": 126, "sessions": 1050})
    assert found["ads"]["groups"][-1]["profit"] is None
    assert found["sales"]["days"][0] == {"day": "2026-02-18", "sales": "380.00"}
