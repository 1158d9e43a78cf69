"""How people write numbers: thousands, decimals, currencies, percent, and Amazon's ways to write nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from agent.model.money import MICROS

NOTHING = frozenset({"", "--", "-", "–", "—", "n/a", "na", "null", "none", "infinite", "nan", "#n/a", "unknown"})
"""Written where no figure is known. Amazon: ``Infinite`` stands for a ratio whose divisor is nothing."""

_SYMBOLS = {
    "€": "EUR", "£": "GBP", "¥": "JPY", "円": "JPY", "元": "CNY", "₹": "INR", "zł": "PLN", "kr": "SEK", "₺": "TRY",
    "tl": "TRY", "r$": "BRL", "ca$": "CAD", "c$": "CAD", "cdn$": "CAD", "a$": "AUD", "au$": "AUD", "mx$": "MXN",
    "us$": "USD", "s$": "SGD", "rs": "INR", "rs.": "INR", "$": "$",
}  # fmt: skip
DOLLARS = frozenset({"USD", "CAD", "AUD", "MXN", "SGD"})
"""A bare dollar sign may be any of these."""
_CURRENCY = re.compile(r"^([A-Za-z]{3}|[^\d\s.,+()%'’-]{1,4})?\s*([-+]?)\s*(.*?)\s*([A-Za-z]{3}|[^\d\s.,()%]{1,3})?$")
_CODE = re.compile(r"[A-Z]{3}")
_PLAIN = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d{1,2})?")
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u202f\u2009 '’", ""))
_GROUPED = {
    ".": re.compile(r"\d{1,3}(,\d{2,3})*,\d{3}(\.\d*)?|\d*(\.\d*)?"),
    ",": re.compile(r"\d{1,3}(\.\d{2,3})*\.\d{3}(,\d*)?|\d*(,\d*)?"),
}
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_FINEST = Decimal("0.000001")
_MOST = Decimal(10) ** 13


def currency_of(text: str) -> str | None:
    """The currency a cell names: a code, ``$`` for an unsaid dollar, or None."""
    return _parts(text)[0]


def evidence(cells: Iterable[str]) -> str | None:
    """Which mark the cells use for decimals; ``?`` where a number could be read both ways, None where none has any.

    ``both`` where they contradict each other.
    """
    found: set[str] = set()
    doubt = False
    for cell in cells:
        body = _parts(cell)[1].lstrip("-+(").rstrip(")%").translate(_SPACES)
        dots, commas = body.count("."), body.count(",")
        if not dots and not commas:
            continue
        if dots and commas:
            found.add("." if body.rfind(".") > body.rfind(",") else ",")
        elif dots + commas > 1:
            found.add("," if dots else ".")
        elif _AMBIGUOUS.fullmatch(body):
            doubt = True
        else:
            found.add("." if dots else ",")
    if len(found) > 1:
        return "both"
    return found.pop() if found else ("?" if doubt else None)


def number(cell: object, decimal: str) -> Decimal | None:
    """The number in a cell, None where it says nothing; ``ValueError`` where it is none. A percent sign divides."""
    if isinstance(cell, bool):
        raise ValueError("is no number")
    if isinstance(cell, int | float):
        return _finite(Decimal(str(cell)))
    if not isinstance(cell, str):
        if cell is None:
            return None
        raise ValueError("is no number")
    text = cell.strip()
    if text.casefold() in NOTHING:
        return None
    if decimal == "." and _PLAIN.fullmatch(text):
        return _finite(Decimal(text))
    return _written(text, decimal)


def micros(value: Decimal) -> int:
    """An amount in micros; what is finer than a millionth is rounded away. Amazon: medians come as binary fractions."""
    return int(value.quantize(_FINEST) * MICROS)


def _written(text: str, decimal: str) -> Decimal:
    _currency, body = _parts(text)
    negative = body.startswith("(") and body.endswith(")")
    body = body.strip("()").translate(_SPACES)
    share = body.endswith("%")
    body = body.rstrip("%").removesuffix("+")  # Amazon: 365+ is as far as it counts
    if body.endswith("-"):
        negative, body = True, body[:-1]
    if body[:1] in "-+" and body:
        negative, body = negative or body[0] == "-", body[1:]
    if not body or (not body[0].isdigit() and body[0] not in ".,"):
        raise ValueError("is no number")
    if not _GROUPED[decimal].fullmatch(body):
        raise ValueError(f"is no number where '{decimal}' begins the decimals")
    digits = body.replace("," if decimal == "." else ".", "").replace(",", ".")
    try:
        value = _finite(Decimal(digits))
    except InvalidOperation:
        raise ValueError("is no number") from None
    value = value / 100 if share else value
    return -value if negative else value


def _finite(value: Decimal) -> Decimal:
    if not value.is_finite() or abs(value) >= _MOST:
        raise ValueError("is no figure anybody counts")
    return value


def _parts(text: str) -> tuple[str | None, str]:
    """The currency and the bare number."""
    folded = unicodedata.normalize("NFKC", text).replace("−", "-").strip()
    match = _CURRENCY.match(folded)
    if match is None:
        return None, folded
    before, sign, body, after = match.groups()
    code = _named(before) or _named(after)
    if (before and _named(before) is None) or (after and _named(after) is None):
        return None, folded
    return code, sign + body


def _named(token: str | None) -> str | None:
    if not token:
        return None
    found = _SYMBOLS.get(token.casefold())
    if found is not None:
        return found
    return token if _CODE.fullmatch(token) else None
