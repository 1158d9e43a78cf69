import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from agent.facts.book import Book
from agent.facts.streams import columns_of
from agent.model.fact import Absence, Delivered, Grain, Rows, Stream
from agent.model.kinds import STREAMS
from agent.model.metric import Column, Unit
from agent.model.window import Span

TRAFFIC, KEYWORDS = STREAMS["keyword_traffic"], STREAMS["keywords"]
FIRST, LAST = date(2026, 2, 27), date(2026, 3, 2)
WHOLE = Span(FIRST, LAST)
At = Callable[[int], datetime]


def pulled(book: Book, at: At, pulls: int) -> None:
    """Each pull finds one click more on every day of two months."""
    for number in range(1, pulls + 1):
        days = list(WHOLE)
        rows = Rows({"entity": ["a"] * len(days), "day": days, "clicks": [number] * len(days)})
        book.book("shop", TRAFFIC, Delivered([rows], WHOLE), at(number), f"r{number}")


def clicks(book: Book, moment: datetime) -> list[int]:
    rows = book.known_at("shop", moment).increments(TRAFFIC, WHOLE).group_by("day").agg(pl.col("clicks").sum())
    return rows.sort("day").collect()["clicks"].to_list()


def parquet(book: Book) -> set[Path]:
    return set(book.folder.rglob("*.parquet")) - set(book.folder.rglob("_delta_log/*"))


def test_old_corrections_are_folded_and_later_ones_kept(book: Book, at: At) -> None:
    pulled(book, at, 6)
    done = book.compact("shop", TRAFFIC, at(4))
    assert (done.files_before, done.files_after) == (18, 3)  # two months and the marks of the pulls
    assert (done.rows_before, done.rows_after) == (24, 12)
    assert [clicks(book, at(hour)) for hour in (4, 5, 6)] == [[4] * 4, [5] * 4, [6] * 4]
    assert book.known_at("shop", at(6)).covered(TRAFFIC) == set(WHOLE)


def test_a_second_compaction_has_nothing_to_do(book: Book, at: At) -> None:
    pulled(book, at, 3)
    book.compact("shop", TRAFFIC, at(2))
    files = parquet(book)
    assert book.compact("shop", TRAFFIC, at(2)).rows_after == 8
    assert parquet(book) == files
    assert book.compact("shop", TRAFFIC, at(3)).rows_after == 4


def test_files_a_reader_may_have_open_stay_until_it_is_done(book: Book, at: At) -> None:
    pulled(book, at, 3)
    before = parquet(book)
    book.compact("shop", TRAFFIC, at(3), reader_hours=24)
    assert before < parquet(book)
    book.compact("shop", TRAFFIC, at(3), reader_hours=0)
    assert not before & parquet(book)
    assert clicks(book, at(3)) == [3] * 4


def test_what_a_dead_pull_left_is_swept_when_it_is_old(book: Book, at: At) -> None:
    pulled(book, at, 1)
    dead = next(iter(parquet(book))).with_name("part-00000-dead.parquet")
    dead.write_bytes(b"PAR1")
    book.compact("shop", TRAFFIC, at(1))
    assert dead.exists()
    os.utime(dead, (0, 0))
    book.compact("shop", TRAFFIC, at(1))
    assert not dead.exists()


def test_pulls_leave_housekeeping_to_the_night(book: Book, at: At) -> None:
    pulled(book, at, 3)
    log = book.folder / "shop" / TRAFFIC.name / "_delta_log"
    assert not list(log.glob("*checkpoint*"))
    book.compact("shop", TRAFFIC, at(1))
    assert list(log.glob("*checkpoint*"))


def test_a_table_that_does_not_exist_is_left_alone(book: Book, at: At) -> None:
    assert book.compact("shop", TRAFFIC, at(1)).files_after == 0
    book.forget("shop", TRAFFIC, LAST)
    assert not book.folder.exists()


def test_figures_that_cancel_out_leave_no_row(book: Book, at: At) -> None:
    pulled(book, at, 2)
    book.book("shop", TRAFFIC, Delivered([], WHOLE), at(3), "r3")
    assert book.compact("shop", TRAFFIC, at(3)).rows_after == 0
    assert book.known_at("shop", at(3)).covered(TRAFFIC) == set(WHOLE)
    pulled_again = Rows({"entity": ["a"], "day": [FIRST], "clicks": [9]})
    book.book("shop", TRAFFIC, Delivered([pulled_again], WHOLE), at(4), "r4")
    assert clicks(book, at(4)) == [9]


def test_forgotten_days_are_unknown_and_not_zero(book: Book, at: At) -> None:
    pulled(book, at, 2)
    book.forget("shop", TRAFFIC, date(2026, 3, 1))
    view = book.known_at("shop", at(2))
    assert view.covered(TRAFFIC) == {date(2026, 3, 1), date(2026, 3, 2)}
    assert clicks(book, at(2)) == [2, 2]
    assert view.observed_at(TRAFFIC) == at(2)
    book.forget("shop", TRAFFIC, LAST + timedelta(days=40))
    assert book.known_at("shop", at(2)).covered(TRAFFIC) == frozenset()
    assert clicks(book, at(2)) == []


def test_forgetting_a_listing_keeps_what_is_true_now(book: Book, at: At) -> None:
    for hour, bids in ((0, {"a": 1, "b": 1}), (1, {"a": 2}), (30, {"a": 3})):
        rows = Rows({"entity": list(bids), "bid": list(bids.values())})
        book.book("shop", KEYWORDS, Delivered([rows]), at(hour), "r")
    book.forget("shop", KEYWORDS, at(24).date())
    changes = book.known_at("shop", at(30)).changes(KEYWORDS, "bid").collect().rows()
    assert changes == [("a", at(1), None, 2, True), ("a", at(30), 2, 3, False)]


@pytest.mark.parametrize(
    ("column", "says"),
    [
        (Column("observed_at", Unit.INSTANT, "", additive=False), "this name is the book's own"),
        (Column("share", Unit.RATIO, ""), "only counts and money add up exactly"),
    ],
)
def test_a_stream_the_book_cannot_keep_is_refused(column: Column, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        columns_of(Stream("x", "keyword", Grain.DAY, (column,), Absence.ZERO, ""))
