"""Cells of Amazon's flat files become values. Each reader takes a text and gives a value, None, or a ``ValueError``.

Money is integer micros, instants are UTC. What Amazon writes where it knows nothing becomes None, never 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import TypeVar

from agent.model.money import MICROS

T = TypeVar("T")
_NOTHING = frozenset({"", "-", "--", "—", "n/a", "na", "null", "none", "infinite", "∞"})
_YES, _NO = frozenset({"yes", "true", "y", "1", "ja", "oui", "sì", "sí"}), frozenset({"no", "false", "n", "0", "nein"})
_MOST_MICROS = 2**62
# Amazon: listing reports name their zone by letters; PST and MET are written in summer, too.
_ZONES = {
    "UTC": 0.0, "GMT": 0.0, "WET": 0.0, "BST": 1.0, "WEST": 1.0, "CET": 1.0, "MET": 1.0, "CEST": 2.0, "MEST": 2.0,
    "PST": -8.0, "PDT": -7.0, "EST": -5.0, "EDT": -4.0, "BRT": -3.0, "IST": 5.5, "SGT": 8.0, "JST": 9.0, "AEST": 10.0,
    "AEDT": 11.0,
}  # fmt: skip
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?")
_ZONED = re.compile(r"(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2})\s+([A-Z]{3,4})")
_GROUPED = re.compile(r"[+-]?\d{1,3}([.,\u00a0\u202f' ]\d{3})+")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w-])\+\d[\d ()/.-]{7,18}\d")


def text(cell: str) -> str | None:
    """As it is, without blanks around it."""
    return cell.strip() or None


def word(cell: str) -> str | None:
    """In lower case, with underscores: ``Low stock`` becomes ``low_stock``."""
    return re.sub(r"[\s-]+", "_", cell.strip().lower()) or None


def remark(cell: str) -> str | None:
    """What a person wrote, without addresses and telephone numbers somebody may have left in it."""
    return _PHONE.sub("[telephone]", _MAIL.sub("[e-mail]", cell)).strip() or None


def flag(cell: str) -> bool | None:
    known = cell.strip().lower()
    if known in _YES:
        return True
    if known in _NO or known in _NOTHING:
        return None if known in _NOTHING else False
    raise ValueError(f"{cell!r} is neither yes nor no")


def signed(cell: str) -> int | None:
    """A whole number. Amazon: ``365+`` is written where counting stops; it is read as 365."""
    plain = cell.strip().rstrip("+")
    if plain.lower() in _NOTHING:
        return None
    if _GROUPED.fullmatch(plain):
        plain = re.sub(r"[^\d+-]", "", plain)
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise ValueError(f"{cell!r} is no number") from None
    if value != value.to_integral_value():
        raise ValueError(f"{cell!r} is no whole number")
    return int(value)


def count(cell: str) -> int | None:
    value = signed(cell)
    if value is not None and value < 0:
        raise ValueError(f"{cell!r} is negative")
    return value


def amounts(decimal_comma: bool) -> Callable[[str], Decimal | None]:
    """Reads numbers. ``decimal_comma`` decides where a text alone does not: what ``1,234`` means."""

    def read(cell: str) -> Decimal | None:
        plain = re.sub(r"[\s\u00a0\u202f']", "", cell).rstrip("%+")
        plain = re.sub(r"^([A-Z]{3}|[€£¥$￥])|([A-Z]{3}|[€£¥$￥])$", "", plain)
        if plain.lower() in _NOTHING:
            return None
        if "," in plain:
            is_decimal = _comma_is_decimal(plain, decimal_comma)
            plain = plain.replace(".", "").replace(",", ".") if is_decimal else plain.replace(",", "")
        try:
            value = Decimal(plain)
        except InvalidOperation:
            raise ValueError(f"{cell!r} is no number") from None
        if not value.is_finite():
            raise ValueError(f"{cell!r} is no number")
        return value

    return read


def _comma_is_decimal(plain: str, decimal_comma: bool) -> bool:
    if plain.count(",") > 1 or plain.rindex(",") < plain.rfind("."):
        return False
    return "." in plain or len(plain) - plain.index(",") != 4 or decimal_comma


def micros(value: Decimal | int | None) -> int | None:
    """An amount of money in micros; what is finer is rounded."""
    if value is None:
        return None
    found = int((Decimal(value) * MICROS).to_integral_value(ROUND_HALF_EVEN))
    if abs(found) >= _MOST_MICROS:
        raise ValueError("more money than there is")
    return found


def instant(cell: str) -> datetime | None:
    """A moment with its own zone. One without says nothing about when it was, and is refused."""
    plain = cell.strip()
    if plain.lower() in _NOTHING:
        return None
    if zoned := _ZONED.fullmatch(plain):
        offset = _ZONES.get(zoned[2])
        if offset is None:
            raise ValueError(f"{cell!r} is in a zone Steward does not know")
        moment = datetime.fromisoformat(zoned[1]).replace(tzinfo=timezone(timedelta(hours=offset)))
        return moment.astimezone(UTC)
    if not _ISO.fullmatch(plain):
        raise ValueError(f"{cell!r} is no moment")
    moment = datetime.fromisoformat(plain.replace(" ", "T", 1).replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"{cell!r} does not say in which zone")
    return moment.astimezone(UTC)


def each(cells: list[str], read: Callable[[str], T]) -> list[T]:
    """A whole column; what repeats is read once."""
    known: dict[str, T] = {}
    for cell in set(cells):
        known[cell] = read(cell)
    return [known[cell] for cell in cells]
