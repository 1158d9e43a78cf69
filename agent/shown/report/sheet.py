"""A report in words: what stands where, before it becomes HTML or text. Everything is plain text in one language."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agent.language import Language


class Tone(StrEnum):
    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Figure:
    """``change``: against the time before."""

    label: str
    value: str
    change: str = ""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Row:
    """One thing of a list. ``detail``: what else is to be said of it."""

    title: str
    cells: tuple[Figure, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """``value`` and ``front`` (a second one that is drawn before it): None where not known. ``moving``: not final."""

    label: str
    value: int | None
    front: int | None = None
    moving: bool = False


@dataclass(frozen=True, slots=True)
class Bars:
    """``caption`` says in words what the picture shows: many mail programs drop pictures."""

    caption: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """``whole``: a level from zero; else a part that goes up or down from where the step before it ended."""

    label: str
    value: int
    text: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    title: str = ""
    figures: tuple[Figure, ...] = ()
    bars: Bars | None = None
    steps: tuple[Step, ...] = ()
    rows: tuple[Row, ...] = ()
    more: int = 0
    """Rows that were left out."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A chapter of the sheet."""

    title: str
    blocks: tuple[Block, ...]
    about: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """``head``: the report in a few lines, which is all that a chat is told."""

    title: str
    about: str
    head: tuple[str, ...]
    parts: tuple[Part, ...]
    foot: tuple[str, ...]
    language: Language


def first(rows: tuple[Row, ...], most: int) -> tuple[tuple[Row, ...], int]:
    """At most so many rows, and how many were left out."""
    return rows[:most], max(0, len(rows) - most)
