"""What a dropped file turned out to hold, and the receipt that tells its owner so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from agent.model.fact import Delivered
from agent.model.window import Span

UNKNOWN = "unknown"
"""The kind of a file that is not recognised; it is named and left alone."""


class PeriodFrom(StrEnum):
    """What told the days a file is about."""

    CONTENT = "content"
    NAME = "name"
    """The file's own name: a bulk operations workbook says its period nowhere else."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Rows or columns that were left out: ``what`` (an entity type, a column), ``count`` of them, and ``why``."""

    what: str
    count: int
    why: str


@dataclass(frozen=True, slots=True)
class FileReceipt:
    """What was read of a file. Money among ``totals`` is micros of ``currency``; counts are whole numbers."""

    rows: int = 0
    """Rows of figures in the file, totals rows left out."""
    period: Span | None = None
    period_from: PeriodFrom | None = None
    totals: Mapping[str, int] = field(default_factory=dict)
    """By column, before anything was left out, named as in the file's own table: ``Spend``, ``sales``, …"""
    money: frozenset[str] = frozenset()
    """Which of the totals are money."""
    currency: str | None = None
    encoding: str = ""
    language: str = ""
    """Of the header: en, de, fr, it, es, ja, zh; empty where the file's kind has but one."""
    locale: str = ""
    """How the numbers were written: ``1,234.5`` or ``1.234,5``; empty where none told."""
    ignored: Sequence[Ignored] = ()


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file, read: its kind, and what each stream is to be told. ``kind`` unknown: nothing was recognised.

    ``waits_for``: streams that have to be known before all of it can be booked (names of campaigns and keywords that
    only a bulk workbook gives ids to). Reading the file again after they came brings what is left out now.
    """

    kind: str
    deliveries: Sequence[tuple[str, Delivered]] = ()
    receipt: FileReceipt = FileReceipt()
    waits_for: Sequence[str] = ()

    @property
    def is_known(self) -> bool:
        return self.kind != UNKNOWN


@dataclass(frozen=True, slots=True)
class KnownAds:
    """Names of what an account advertises, by id: reports of the console name things where the book has ids.

    ``campaigns``: name. ``ad_groups``: campaign id, name. ``keywords``: ad group id, text, match type.
    ``product_targets``: ad group id, expression.
    """

    campaigns: Mapping[str, str] = field(default_factory=dict)
    ad_groups: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    keywords: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    product_targets: Mapping[str, tuple[str, str]] = field(default_factory=dict)
