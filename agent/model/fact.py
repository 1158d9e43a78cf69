"""Streams of facts, and what a connector hands over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from agent.model.metric import Column
from agent.model.window import Span

ANSWERABLE = timedelta(days=120)
"""Compaction keeps every moment of these last days answerable; Amazon itself keeps at most 95."""


class Grain(StrEnum):
    DAY = "day"
    """One row per entity and day; additive measures are booked as increments."""
    SNAPSHOT = "snapshot"
    """What is true now; booked when it changes."""


class Absence(StrEnum):
    """What a missing row means on a day that a pull has covered."""

    ZERO = "zero"
    UNKNOWN = "unknown"
    GONE = "gone"
    """For a snapshot: the entity is no longer listed."""
    KEPT = "kept"
    """For a snapshot of things that happened (a review, a return): nothing; what was told once stays."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One declared kind of rows.

    ``settle_days``: how many days back figures still move; the newest settled day is yesterday minus these.
    ``restate_days``: how many days back a pull reads again.
    ``fresh_hours``: older than this, the stream no longer drives actions.
    """

    name: str
    kind: str
    grain: Grain
    columns: tuple[Column, ...]
    absent: Absence
    about: str
    settle_days: int = 0
    restate_days: int = 0
    fresh_hours: int = 36
    rest_hours: int = 0
    """A source's own: for so long after it was booked it is not asked for again."""
    product: str = ""
    """The ad product whose figures mature alike; empty: how they mature is not learned."""
    unknown_when_stale: bool = False
    """Older than ``fresh_hours``, its columns are unknown, and say so."""

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class Rows:
    """A small batch, by column. Money is integer micros; day grain needs the columns ``entity`` and ``day``."""

    columns: Mapping[str, Sequence[Any]]

    def __len__(self) -> int:
        return len(self.columns["entity"])


@dataclass(frozen=True, slots=True)
class Field:
    """Where a column of a downloaded document comes from: ``source`` is the document's own field name.

    ``required``: the field must be there, else the document is not what was promised.
    ``then``: further fields of text whose values follow, apart by slashes; each of them must be there.
    ``expect``: every row must carry this very value (a profile's or a campaign's id), else it is the wrong document.
    """

    source: str
    required: bool = True
    expect: str | None = None
    then: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A large downloaded answer: a gzipped JSON array of flat objects, read by the fact store in columns.

    ``fields`` maps our column names (and ``entity``, ``day``) to the document's. ``span`` are the days asked for;
    a row of another day makes the document a wrong one. ``request_id`` goes into errors.
    """

    path: Path
    fields: Mapping[str, Field]
    span: Span
    connector: str = ""
    request_id: str = ""


Batch = Rows | Document


@dataclass(frozen=True, slots=True)
class Pending:
    """The source is still preparing the answer: a row to look at later, not a sleeping thread."""

    cursor: str
    look_again_seconds: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """All rows of the asked span. An empty sequence of batches says: nothing happened, and that is known."""

    batches: Sequence[Batch]
    span: Span | None = None
    """The days that are now complete; None for a snapshot."""
    note: str = ""
    partial: bool = False
    """What is not mentioned stays as it was, instead of being zero or gone: an export of a part of the account."""


@dataclass(frozen=True, slots=True)
class Booked:
    """What a pull added to the book."""

    rows: int = 0
    """Rows that came."""
    increments: int = 0
    """Rows that differed and were booked."""
    totals: Mapping[str, int] = field(default_factory=dict)
