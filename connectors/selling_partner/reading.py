"""Takes answers apart: our types out of Amazon's JSON, and a ``ContractError`` for what was not promised.

Amazon: its own examples break its own models here and there, so what is not needed may be missing or odd in form; what
is needed must be there and of its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial
from typing import TypeVar

from agent.errors import ContractError
from agent.model.fact import Rows
from agent.model.money import MICROS
from agent.outbound import Reply
from connectors.selling_partner.faults import contract

Item = Mapping[str, object]
Row = dict[str, object]
Read = TypeVar("Read")
_MOST_MICROS = 2**62


class Unpromised(ValueError):  # noqa: N818
    """What an answer lacks, or has in a form nobody promised; a sentence that goes on after 'The answer …'."""


def promised(reply: Reply) -> AbstractContextManager[None]:
    """Inside, what was not promised becomes a ``ContractError`` that names the call."""
    return promised_by(partial(contract, reply))


@contextmanager
def promised_by(blame: Callable[[str], ContractError]) -> Iterator[None]:
    """Inside, what was not promised becomes the error that ``blame`` makes of it."""
    fault: ContractError | None = None
    try:
        yield
    except Unpromised as unpromised:
        fault = blame(str(unpromised))
    if fault is not None:  # raised out here, where no other error with parts of the answer stands behind it
        raise fault


def root(reply: Reply) -> Item:
    """The whole answer, which must be an object."""
    return item(reply.json(), "an object")


def item(value: object, name: str) -> Item:
    if not isinstance(value, Mapping):
        raise Unpromised(f"lacks {name}")
    return value


def at(data: Item, path: str) -> object:
    """What stands at a path of names such as ``a.b``; None where any of them is missing."""
    found: object = data
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def each(data: Item, path: str) -> Sequence[Item]:
    """The objects of a list that must be there."""
    found = at(data, path)
    if not isinstance(found, list):
        raise Unpromised(f"has no list {path}")
    return [item(one, f"objects in {path}") for one in found]


def any_of(data: Item, path: str) -> Sequence[Item]:
    """The objects of a list that may be missing."""
    return [] if at(data, path) is None else each(data, path)


def need(data: Item, path: str, read: Callable[[object], Read]) -> Read:
    """A value that must be there."""
    found = at(data, path)
    if found is None:
        raise Unpromised(f"lacks {path}")
    return _read(found, path, read)


def may(data: Item, path: str, read: Callable[[object], Read]) -> Read | None:
    """A value that may be missing."""
    found = at(data, path)
    return None if found is None else _read(found, path, read)


def text(value: object) -> str:
    """Text as it is. Amazon: some ids are numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def word(value: object) -> str:
    """One of Amazon's words in our form: ``READY_TO_SHIP`` and ``ServiceFee`` with small letters and underscores."""
    letters = text(value).strip()
    parts: list[str] = []
    for number, letter in enumerate(letters):
        begins = letter.isupper() and number > 0 and letters[number - 1].islower()
        parts.append(f"_{letter.lower()}" if begins else letter.lower())
    return "".join(parts).replace(" ", "_").replace("-", "_")


def count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value != int(value) or value < 0:
        raise ValueError("no count")
    return int(value)


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("no yes or no")
    return value


def number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("no number")
    return float(value)


def percent(value: object) -> float:
    """A figure such as 17.31 as the fraction it stands for."""
    return float(Decimal(repr(number(value))) / 100)


def micros(value: object) -> int:
    """An amount in micros. Amazon: amounts are text or JSON numbers, and some carry the dust of binary fractions."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError("no amount")
    amount = (Decimal(value) * MICROS).quantize(Decimal(1), ROUND_HALF_EVEN)
    if abs(amount) >= _MOST_MICROS:
        raise ValueError("no amount of money anybody has")
    return int(amount)


def instant(value: object) -> datetime:
    """A moment in UTC. Amazon: with and without seconds, and in places a mere date."""
    moment = datetime.fromisoformat(text(value))
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def money(data: Item, path: str, currency: str, *, names: tuple[str, str] = ("amount", "currencyCode")) -> int | None:
    """An amount in micros; None where it is missing. Another currency than the marketplace's is a fault."""
    found = at(data, path) if path else data
    if found is None:
        return None
    holder = item(found, path)
    amount, code = need(holder, names[0], micros), may(holder, names[1], text)
    if code is not None and code != currency:
        raise Unpromised(f"has {path or 'an amount'} in {code}, and the marketplace uses {currency}")
    return amount


def rows_of(rows: Sequence[Row], columns: Sequence[str]) -> Rows:
    """Rows as a batch by column; a column that a row does not mention is unknown there."""
    return Rows({name: [row.get(name) for row in rows] for name in ("entity", *columns)})


def next_token(path: str) -> Callable[[Reply], str | None]:
    """Reads the token of the page after this one; None on the last."""

    def read(reply: Reply) -> str | None:
        with promised(reply):
            return may(root(reply), path, text) or None

    return read


def _read(found: object, path: str, read: Callable[[object], Read]) -> Read:
    try:
        return read(found)
    except Unpromised:
        raise
    except (ValueError, ArithmeticError):
        raise Unpromised(f"has an unreadable {path}") from None
