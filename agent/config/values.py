"""Kinds of values a setting can have, checked as they are read: shares, exact amounts, addresses."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from agent.language import _
from agent.model.money import Money

_LARGEST_RATIO = 2
"""Beyond 200 % a ratio is taken for a percentage that was written without its fraction."""
_MOST_DIGITS = 18
"""Before and after the point; arithmetic on larger exponents fails or takes for ever."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def wrong(message: str, hint: str = "") -> PydanticCustomError:
    """A fault of a value; the hint travels with it to the ``ConfigError``."""
    # Braces would be read as fields of pydantic's template.
    return PydanticCustomError("steward", "{message}", {"message": message, "hint": hint})


def _number(value: Any) -> Decimal:
    """The value as written. TOML floats arrive as ``Decimal``, environment values as text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise wrong(_("is not a number"))
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise wrong(_("is not a number")) from None
    if not number.is_finite() or number.adjusted() > _MOST_DIGITS or _exponent(number) < -_MOST_DIGITS:
        raise wrong(_("is not a number of sensible size"))
    return number


def _exponent(number: Decimal) -> int:
    return int(number.as_tuple().exponent)


def _ratio(value: Any) -> float:
    number = _number(value)
    if number < 0:
        raise wrong(_("is below zero"))
    if number > _LARGEST_RATIO:
        raise wrong(
            _("is a fraction: {value} would be {percent} %").format(value=number, percent=number * 100),
            _("write {fraction} for {value} %").format(fraction=plain(number / 100), value=number),
        )
    return float(number)


def _share(value: Any) -> float:
    ratio = _ratio(value)
    if not 0 < ratio <= 1:
        raise wrong(_("must be above 0 and at most 1"), _("write 0.25 for 25 %"))
    return ratio


def _amount(value: Any) -> Decimal:
    number = _number(value)
    if number < 0:
        raise wrong(_("is below zero"))
    try:
        Money.of(number, "")
    except ValueError:
        raise wrong(_("is finer than a millionth"), _("amounts are exact to six decimals")) from None
    return number


def _day(value: Any) -> date | None:
    """TOML has days of its own; the environment writes them as text."""
    if value in ("", None):
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise wrong(_("is not a day"), _("write YYYY-MM-DD, such as 2026-03-18")) from None


def _address(text: str) -> str:
    """Tokens travel to these addresses: encrypted, or not further than this machine."""
    parts = urlsplit(text)
    if not text or (parts.scheme == "https" and parts.hostname):
        return text.rstrip("/")
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return text.rstrip("/")
    raise wrong(_("is not an https:// address"), _("http:// is accepted for this machine alone"))


def plain(number: Decimal) -> str:
    """A decimal as people write it: no exponent, no idle zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


Ratio = Annotated[float, BeforeValidator(_ratio)]
"""A fraction such as 0.35; from 2 on it is refused as a percentage."""
Share = Annotated[float, BeforeValidator(_share)]
"""A part of a whole: above 0, at most 1."""
Amount = Annotated[Decimal, BeforeValidator(_amount)]
"""An exact amount of the account's currency, in whole units: 0.75 is 75 cents."""
MaybeAmount = Annotated[Decimal | None, BeforeValidator(lambda value: None if value in ("", None) else _amount(value))]
"""An exact amount, or empty for none."""
Address = Annotated[str, AfterValidator(_address)]
"""An https:// address without a trailing slash, or empty."""
MaybeDate = Annotated[date | None, BeforeValidator(_day)]
"""A calendar day such as 2026-03-18, or empty for none."""
