"""JSON with exact numbers: no figure passes through a binary fraction on its way out or in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal

Encodable = None | bool | int | Decimal | str | Sequence["Encodable"] | Mapping[str, "Encodable"]


def json_bytes(value: Encodable) -> bytes:
    """Compact UTF-8 JSON. A ``Decimal`` is written digit by digit; NaN and infinity are a ``ValueError``."""
    return _text(value).encode()


def json_value(body: bytes) -> object:
    """What a JSON text says, with fractions as ``Decimal``. Anything else, NaN included, is a ``ValueError``."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _text(value: Encodable) -> str:
    match value:
        case Decimal():
            if not value.is_finite():
                raise ValueError(f"{value} is not a number JSON can hold")
            return f"{value:f}"
        case Mapping():
            return "{" + ",".join(f"{json.dumps(key)}:{_text(each)}" for key, each in value.items()) + "}"
        case str() | None | bool() | int():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return "[" + ",".join(map(_text, value)) + "]"


def _no_number(word: str) -> object:
    raise ValueError(f"{word} is not JSON")
