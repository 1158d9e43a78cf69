"""What a derivation is asked, and what one is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from agent.model.fact import Rows, Stream
from agent.model.setting import Scope

if TYPE_CHECKING:
    from agent.derive.desk import Desk

Cell = str | int | float | bool | datetime | None


@dataclass(frozen=True, slots=True)
class OwnEdit:
    """A change of a listing that Steward sent; ``value`` as the stream holds it (money in micros)."""

    sku: str
    field: str
    at: datetime
    value: Cell


@dataclass(frozen=True, slots=True)
class Asked:
    """``today`` is the marketplace's calendar day, ``zone`` its time zone; facts are those known at ``known_at``."""

    account: str
    today: date
    known_at: datetime
    zone: str = "UTC"
    scopes: Sequence[Scope] = ()
    own_edits: Sequence[OwnEdit] = ()


@dataclass(frozen=True, slots=True)
class Deriver:
    """``needs``: without any pull of one of these there is nothing to derive. ``derive``: all rows of ``gives``.

    A column whose inputs are missing or older than their ``fresh_hours`` is None: nothing is guessed.
    """

    gives: Stream
    needs: tuple[Stream, ...]
    reads: tuple[Stream, ...]
    derive: Callable[[Desk], Rows]


def rows_of(stream: Stream, found: Sequence[dict[str, Cell]]) -> Rows:
    """Rows in columns; every column of the stream is spoken about, what a row leaves out is None."""
    names = ("entity", *(column.name for column in stream.columns))
    return Rows({name: [row.get(name) for row in found] for name in names})
