"""A book keeps tables open for its readers, and never shows an old state because of it."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.facts.book import Book
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS

NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)
SUPPLIERS = STREAMS["suppliers"]


def _named(name: str) -> Delivered:
    return Delivered([Rows({"entity": ["s1"], "name": [name]})])


def _read(book: Book, hours: int) -> list[str]:
    return book.known_at("shop", NOON + timedelta(hours=hours)).state(SUPPLIERS).collect()["name"].to_list()


def test_what_another_process_books_is_seen_by_the_next_reader(tmp_path: Path) -> None:
    ours, theirs = Book(tmp_path), Book(tmp_path)
    ours.book("shop", SUPPLIERS, _named("Ningbo"), NOON, "r1")
    assert _read(ours, 0) == ["Ningbo"]
    theirs.book("shop", SUPPLIERS, _named("Yiwu"), NOON + timedelta(hours=1), "r2")
    assert _read(ours, 1) == ["Yiwu"] and _read(ours, 0) == ["Ningbo"]


def test_a_view_keeps_to_what_it_opened_while_the_next_sees_more(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.book("shop", SUPPLIERS, _named("Ningbo"), NOON, "r1")
    view = book.known_at("shop", NOON + timedelta(hours=2))
    assert view.observed_at(SUPPLIERS) == NOON
    book.book("shop", SUPPLIERS, _named("Yiwu"), NOON + timedelta(hours=1), "r2")
    assert view.observed_at(SUPPLIERS) == NOON
    assert book.known_at("shop", NOON + timedelta(hours=2)).observed_at(SUPPLIERS) == NOON + timedelta(hours=1)


def test_a_table_that_was_made_anew_is_read_anew(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.book("shop", SUPPLIERS, _named("Ningbo"), NOON, "r1")
    assert _read(book, 0) == ["Ningbo"]
    shutil.rmtree(tmp_path / "shop")
    Book(tmp_path).book("shop", SUPPLIERS, _named("Yiwu"), NOON, "r1")
    assert _read(book, 0) == ["Yiwu"]
