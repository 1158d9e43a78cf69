"""What Steward says, in English or Chinese.

The source text is the English catalogue; ``agent/locale/zh.po`` is the Chinese one, read on first use. Text with
figures keeps its braces: ``_("{count} approved").format(count=7)``. Missing translations: ``make catalog``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from decimal import Decimal

    from agent.model.money import Money

Language = Literal["en", "zh"]

_CATALOGUE = Path(__file__).parent / "locale" / "zh.po"
_LOCALES = {"en": "en_US", "zh": "zh_Hans_CN"}
_NO_CENTS = 100


@dataclass(slots=True)
class _Spoken:
    """The language of this process: help texts are made while modules are imported, long before any argument."""

    language: Language = "en"


_SPOKEN = _Spoken()
_HERE: ContextVar[Language | None] = ContextVar("steward_language", default=None)
"""The language of one piece of work; None: that of the process."""


def choose(flag: str | None, configured: str | None = None, variables: Mapping[str, str] | None = None) -> Language:
    """The flag, else the configuration, else the environment (``STEWARD_LANGUAGE LC_ALL LC_MESSAGES LANG``).

    Every spelling of Chinese (``zh``, ``zh_CN.UTF-8``, ``zh-Hant-TW``) is ``zh``; all else is English.
    """
    variables = os.environ if variables is None else variables
    named = (variables.get(name, "") for name in ("STEWARD_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))
    wishes = (wish for wish in (flag, configured, *named) if wish and wish != "auto")
    return "zh" if next(wishes, "en").lower().replace("_", "-").split(".")[0].split("-")[0] == "zh" else "en"


def use(language: Language) -> None:
    """Speak this language from now on."""
    _SPOKEN.language = language


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Speak this language in the block, whatever the process and other threads speak."""
    token = _HERE.set(language)
    try:
        yield
    finally:
        _HERE.reset(token)


def current() -> Language:
    return _HERE.get() or _SPOKEN.language


def _(text: str) -> str:
    """The text in the language in use; as it stands where no translation is known."""
    if current() == "en" or not text:
        return text
    return _chinese().get(text) or text


def ngettext(one: str, many: str, count: int) -> str:
    """The form that fits a count. Chinese has one form for all counts."""
    if current() == "en":
        return one if count == 1 else many
    return _chinese().get(one) or many


def noted(text: str) -> str:
    """Mark a text for translation without translating it: it passes through ``_`` later, as a value."""
    return text


WORDS = (
    noted("booked"),
    noted("open"),
    noted("facts"),
    noted("acknowledged"),
    noted("waiting"),
    noted("resting"),
    noted("failed"),
    noted("proposed"),
    noted("held"),
    noted("approved"),
    noted("rejected"),
    noted("expired"),
    noted("superseded"),
    noted("intent"),
    noted("accepted"),
    noted("done"),
    noted("in_doubt"),
    noted("conflict"),
    noted("match"),
    noted("no match"),
    noted("unknown"),
    noted("low"),
    noted("medium"),
    noted("high"),
    noted("freshness"),
    noted("lock"),
    noted("breaker"),
    noted("up"),
    noted("down"),
    noted("up or down"),
    noted("drift"),
    noted("oscillation"),
    noted("effective cpc"),
    noted("money at risk"),
    noted("cooldown"),
    noted("current"),
    noted("step"),
    noted("ceiling"),
    noted("floor"),
    noted("most changes"),
    noted("freeze"),
    noted("observation"),
    noted("price rate"),
    noted("margin"),
    noted("fair price"),
    noted("review window"),
    noted("storm"),
    noted("waits"),
    noted("throttled"),
    noted("recovered"),
    noted("refused"),
    noted("written"),
    noted("applied"),
    noted("plan file"),
    noted("urgent"),
    noted("decide"),
    noted("digest"),
    noted("sent"),
    noted("given up"),
    noted("first approval"),
    noted("another seal"),
    noted("it no longer holds"),
    noted("the rule is gone"),
)
"""Values of enumerations that are shown as words: they pass through ``_`` as variables."""


@cache
def _chinese() -> Mapping[str, str]:
    """msgid to msgstr; a plural is found under its singular."""
    from babel.messages.pofile import read_po

    with _CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="zh")
    found: dict[str, str] = {}
    for message in catalogue:
        text = message.string if isinstance(message.string, str) else next(iter(message.string or ()), "")
        name = message.id if isinstance(message.id, str) else message.id[0]
        if name and text and not message.fuzzy:
            found[name] = text
    return found


def number(value: int | float | Decimal, digits: int = 0) -> str:
    """``1,234.50`` with exactly so many digits after the point."""
    from babel.numbers import format_decimal

    return format_decimal(value, format="#,##0" + _fraction(digits), locale=_LOCALES[current()])


def percent(fraction: float | Decimal, digits: int = 0, *, signed: bool = False) -> str:
    """A fraction as a percentage: 0.35 is ``35%``; signed, ``+35%``."""
    from babel.numbers import format_percent

    text = format_percent(fraction, format="#,##0" + _fraction(digits) + "%", locale=_LOCALES[current()])
    return f"+{text}" if signed and fraction > 0 else text


def money(amount: Money) -> str:
    """The exact amount with its currency's sign: never rounded, at least the currency's usual digits."""
    from babel.numbers import format_currency, get_currency_precision

    written = -int(amount.amount.normalize().as_tuple().exponent)
    digits = max(get_currency_precision(amount.currency), written, 0)
    form = "¤#,##0" + _fraction(digits)
    return format_currency(
        amount.amount, amount.currency, format=form, currency_digits=False, locale=_LOCALES[current()]
    )


def rough_money(amount: Money, *, signed: bool = False) -> str:
    """The amount as it is read at a glance: no cents from a hundred on, a true minus sign; signed, also a plus."""
    from babel.numbers import format_currency, get_currency_precision

    digits = get_currency_precision(amount.currency)
    value = round(amount.amount, digits)
    if not value or abs(value) >= _NO_CENTS:
        value, digits = round(value, 0), 0
    text = format_currency(value, amount.currency, format="¤#,##0" + _fraction(digits), currency_digits=False,
                           locale=_LOCALES[current()])  # fmt: skip
    return f"+{text}" if signed and value > 0 else text.replace("-", "−") if value else text.lstrip("-")


def moment(at: datetime, time_zone: str = "UTC") -> str:
    """An instant with its zone, to the minute."""
    from babel.dates import format_datetime, get_timezone

    return format_datetime(at, "yyyy-MM-dd HH:mm zzz", tzinfo=get_timezone(time_zone), locale=_LOCALES[current()])


def span(seconds: float) -> str:
    """How long something lasts or is away, in its largest whole unit: ``14 minutes``, ``3 days``."""
    from babel.dates import format_timedelta

    return format_timedelta(timedelta(seconds=abs(seconds)), threshold=1, locale=_LOCALES[current()])


def day(on: date) -> str:
    """A calendar day with its weekday."""
    from babel.dates import format_date

    return format_date(on, "yyyy-MM-dd EEE", locale=_LOCALES[current()])


def short_day(on: date) -> str:
    """A day of the year, without it: ``Apr 11``, ``4月11日``."""
    from babel.dates import format_skeleton

    return format_skeleton("MMMd", on, locale=_LOCALES[current()])


def _fraction(digits: int) -> str:
    return "." + "0" * digits if digits else ""
