"""How values are written down: one spelling each, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from agent.model.change import value_to_json
from agent.model.money import Money


def canonical(data: Any) -> str:
    """The one JSON spelling of data: sorted keys, no spaces, no NaN. What is hashed is this text.

    Money is written as ``value_to_json`` does, a decimal as its digits, days and instants in ISO 8601.
    """
    text = _READABLE.encode(data)
    # Half of a surrogate pair can come in with somebody's JSON and has no UTF-8 form: escape it then.
    return text if text.isascii() or _is_utf8(text) else _ESCAPED.encode(data)


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return value_to_json(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no place in the ledger")


def _encoder(*, ensure_ascii: bool) -> json.JSONEncoder:
    return json.JSONEncoder(
        sort_keys=True, separators=(",", ":"), ensure_ascii=ensure_ascii, allow_nan=False, default=_plain
    )


_READABLE, _ESCAPED = _encoder(ensure_ascii=False), _encoder(ensure_ascii=True)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def storable(text: str) -> str:
    """Text without what no database can hold: NUL and half a surrogate pair become a replacement mark."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    return text if text.isascii() or _is_utf8(text) else text.encode(errors="replace").decode()


def instant_text(moment: datetime) -> str:
    """An instant in UTC as text of fixed width, so that it sorts as it passes. A naive time is a ``ValueError``."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def instant_of(text: str) -> datetime:
    return datetime.fromisoformat(text)


class Instant(TypeDecorator[datetime]):
    """An instant, to the microsecond: ``timestamptz`` on PostgreSQL, ISO 8601 text in UTC on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        sqlite = dialect.name == "sqlite"
        return dialect.type_descriptor(Text() if sqlite else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        text = instant_text(value)
        return text if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return instant_of(value) if isinstance(value, str) else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text from anywhere, made ``storable``."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class Json(TypeDecorator[Any]):
    """Data in its canonical JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else canonical(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)
