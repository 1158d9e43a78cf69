"""A long list page by page; whatever page is asked for, one that exists is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from agent.web.asking import Ask

Row = TypeVar("Row")
PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a list of ``total`` rows: ``number`` of ``pages``, from the row ``first`` on (counted from 0)."""

    number: int
    pages: int
    first: int
    total: int


@dataclass(frozen=True, slots=True)
class Paged(Generic[Row]):
    """The rows of one page."""

    rows: Sequence[Row]
    leaf: Leaf


def leaf_of(ask: Ask, total: int, rows: int = PAGE_ROWS) -> Leaf:
    """The page that ``page=`` asks for, or the nearest there is."""
    pages = max(1, -(-total // rows))
    number = min(max(1, ask.number("page", 1)), pages)
    return Leaf(number, pages, (number - 1) * rows, total)


def paged(ask: Ask, found: Sequence[Row], rows: int = PAGE_ROWS) -> Paged[Row]:
    """The asked page of a list that is at hand as a whole."""
    leaf = leaf_of(ask, len(found), rows)
    return Paged(found[leaf.first : leaf.first + rows], leaf)
