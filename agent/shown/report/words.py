"""Amounts, changes and days as a report writes them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from agent.language import _, number, percent, rough_money, short_day
from agent.model.money import Money
from agent.model.window import Span
from agent.notify.compose import OWN
from agent.notify.texts import cut, plain
from agent.shown.report.sheet import Tone

_NAME_SIGNS = 70
_TEXT_SIGNS = 160
_HARDLY = 0.005
_DAYS_NAMED = 3


def unknown() -> str:
    return _("unknown")


def amount(micros: int | None, currency: str, *, signed: bool = False) -> str:
    return unknown() if micros is None else rough_money(Money(micros, currency), signed=signed)


def count(value: float | None, digits: int = 0) -> str:
    return unknown() if value is None else number(value, digits)


def share(part: float | None, whole: float | None, digits: int = 1) -> str:
    found = ratio(part, whole)
    return unknown() if found is None else percent(found, digits)


def ratio(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def changed(now: float | None, before: float | None) -> str:
    """How much more or less, in percent; empty where there is nothing to hold it against."""
    found = _relative(now, before)
    if found is None:
        return ""
    return percent(0) if abs(found) < _HARDLY else minus(percent(found, signed=True))


def points(now: float | None, before: float | None) -> str:
    """How much a share has moved, in points of a percent."""
    if now is None or before is None:
        return ""
    moved = round((now - before) * 100, 1)
    text = minus(number(moved, 1))
    return _("{points} points").format(points=f"+{text}" if moved > 0 else text)


def tone(now: float | None, before: float | None, *, more_is_good: bool = True) -> Tone:
    found = _relative(now, before)
    if found is None or abs(found) < _HARDLY:
        return Tone.PLAIN
    return Tone.GOOD if (found > 0) is more_is_good else Tone.BAD


def sign(value: float | None) -> Tone:
    """More than nothing is good, less is bad."""
    return Tone.PLAIN if not value else Tone.GOOD if value > 0 else Tone.BAD


def _relative(now: float | None, before: float | None) -> float | None:
    return (now - before) / before if now is not None and before else None


def minus(text: str) -> str:
    return text.replace("-", "−")


def days(span: Span) -> str:
    if span.first == span.last:
        return short_day(span.first)
    return f"{short_day(span.first)} – {short_day(span.last)}"


def some_days(found: Iterable[date]) -> str:
    """A few days by name, or how many they are."""
    each = sorted(found)
    if len(each) > _DAYS_NAMED:
        return _("{count} days").format(count=len(each))
    return _(", ").join(map(short_day, each))


def name(text: str) -> str:
    """What something is called, from outside: one line, nothing invisible, not long."""
    return cut(plain(text), _NAME_SIGNS, len)


def said(text: str) -> str:
    """A sentence from outside."""
    return cut(plain(text), _TEXT_SIGNS, len)


def rule_words(rule: str, about: str) -> str:
    """What a rule is for, in the reader's language; else its name."""
    own = _(OWN[rule]) if rule in OWN else rule
    return said(_(about)) if about else own[:1].upper() + own[1:] if rule in OWN else own
