"""A report of somebody else's is never taken for ours."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from agent.errors import ContractError
from agent.facts.book import Book
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.window import Span

KEYWORDS, TRAFFIC = STREAMS["keywords"], STREAMS["keyword_traffic"]
DAY = date(2026, 3, 17)
NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)


def figures(*ids: str) -> Delivered:
    blank = {column.name: [0 if column.additive else None] * len(ids) for column in TRAFFIC.columns}
    return Delivered(
        [Rows({**blank, "entity": ids, "day": [DAY] * len(ids), "clicks": [3] * len(ids)})], Span(DAY, DAY)
    )


def listed(*ids: str) -> Delivered:
    return Delivered([Rows({"entity": ids, **{column.name: [None] * len(ids) for column in KEYWORDS.columns}})])


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


def clicks(book: Book) -> int:
    rows = book.known_at("a", NOON).increments(TRAFFIC, Span(DAY, DAY)).select("clicks").collect()
    return int(rows["clicks"].sum())


OURS = [f"k{n}" for n in range(8)]
THEIRS = [f"x{n}" for n in range(8)]


def test_a_report_without_one_known_entity_is_refused_and_ours_stays(book: Book) -> None:
    book.book("a", KEYWORDS, listed(*OURS), NOON, "r1")
    book.book("a", TRAFFIC, figures(*OURS), NOON, "r2")
    with pytest.raises(ContractError, match="another profile"):
        book.book("a", TRAFFIC, figures(*THEIRS), NOON, "r3")
    assert clicks(book) == 24


def test_one_known_entity_is_enough(book: Book) -> None:
    book.book("a", KEYWORDS, listed(*OURS), NOON, "r1")
    book.book("a", TRAFFIC, figures("k1", *THEIRS), NOON, "r2")
    assert clicks(book) == 27


def test_entities_that_are_archived_meanwhile_are_known_by_their_figures(book: Book) -> None:
    book.book("a", TRAFFIC, figures(*THEIRS), NOON, "r1")
    book.book("a", KEYWORDS, listed(*OURS), NOON, "r2")
    book.book("a", TRAFFIC, figures(*THEIRS), NOON, "r3")
    assert clicks(book) == 24


def test_before_anything_was_listed_there_is_nothing_to_compare_with(book: Book) -> None:
    book.book("a", TRAFFIC, figures(*THEIRS), NOON, "r1")
    assert clicks(book) == 24
