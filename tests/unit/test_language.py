"""Choosing a language, and saying things in it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from agent import language
from agent.language import _, choose, ngettext
from agent.model.money import Money


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = language.current()
    yield
    language.use(before)


@pytest.mark.parametrize("wish", ["zh", "ZH", "zh-CN", "zh_CN.UTF-8", "zh-Hans", "zh_Hant_TW", "zh.utf8"])
def test_every_spelling_of_chinese_is_chinese(wish: str) -> None:
    assert choose(wish, None, {}) == choose(None, None, {"LANG": wish}) == "zh"


@pytest.mark.parametrize("wish", ["en", "C.UTF-8", "POSIX", "de_DE.UTF-8", "zha", ""])
def test_everything_else_is_english(wish: str) -> None:
    assert choose(wish, None, {}) == "en"


def test_the_flag_wins_over_the_configuration_over_the_environment() -> None:
    variables = {"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}
    assert choose("en", "zh", variables) == "en"
    assert choose(None, "en", variables) == "en"
    assert choose(None, "auto", variables) == "zh"
    assert choose(None, "auto", {**variables, "STEWARD_LANGUAGE": "en"}) == "en"


def test_a_text_without_translation_stands_as_it_is() -> None:
    language.use("zh")
    assert _("nobody ever says this") == "nobody ever says this"
    assert _("") == ""


def test_texts_are_said_in_the_language_in_use() -> None:
    assert _("days") == "days"
    assert ngettext("{count} held by a belt", "{count} held by belts", 2) == "{count} held by belts"
    language.use("zh")
    assert _("days") == "日期"
    assert ngettext("{count} held by a belt", "{count} held by belts", 1).format(count=1) == "1 条被护栏拦下"


def test_figures_are_written_as_the_language_writes_them() -> None:
    assert language.number(1234567) == "1,234,567"
    assert language.number(Decimal("1234.5"), 2) == "1,234.50"
    assert language.percent(0.0976, 1, signed=True) == "+9.8%"
    assert language.percent(-0.25) == "-25%"
    assert language.money(Money.of("1234.5", "USD")) == "$1,234.50"
    language.use("zh")
    assert language.percent(0.35) == "35%"
    assert language.money(Money.of("0.8", "USD")) == "US$0.80"


def test_money_is_never_rounded() -> None:
    assert language.money(Money.of("0.825", "USD")) == "$0.825"
    assert language.money(Money.of("100", "JPY")) == "¥100"
    assert language.money(Money.of("-2.50", "EUR")) == "-€2.50"


def test_moments_name_their_zone_and_days_their_weekday() -> None:
    at = datetime(2026, 3, 18, 20, 30, tzinfo=UTC)
    assert language.moment(at, "America/Los_Angeles").startswith("2026-03-18 13:30")
    assert language.day(date(2026, 3, 18)) == "2026-03-18 Wed"
    language.use("zh")
    assert language.day(date(2026, 3, 18)) == "2026-03-18 周三"
