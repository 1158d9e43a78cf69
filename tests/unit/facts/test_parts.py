"""Deliveries that tell of a part only, and things that happened once."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import polars as pl

from agent.facts.book import Book
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.window import Span

At = Callable[[int], datetime]
DAY = date(2026, 3, 18)
ONE = Span(DAY, DAY)


def state(book: Book, moment: datetime, stream: str, column: str) -> dict[str, object]:
    rows = book.known_at("shop", moment).state(STREAMS[stream]).select("entity", column).sort("entity")
    return dict(rows.collect().iter_rows())


def test_what_happened_once_stays_when_a_later_pull_does_not_mention_it(book: Book, at: At) -> None:
    def returned(**units: int) -> Delivered:
        return Delivered([Rows({"entity": list(units), "units": list(units.values())})])

    book.book("shop", STREAMS["returns"], returned(r1=1, r2=2), at(0), "a")
    booked = book.book("shop", STREAMS["returns"], returned(r2=3, r3=1), at(1), "b")
    assert booked.increments == 2
    assert state(book, at(1), "returns", "units") == {"r1": 1, "r2": 3, "r3": 1}
    assert state(book, at(0), "returns", "units") == {"r1": 1, "r2": 2}


def test_a_listing_told_in_part_leaves_the_rest_as_it_was(book: Book, at: At) -> None:
    def costs(partial: bool, **micros: int) -> Delivered:
        rows = Rows({"entity": list(micros), "landed_cost": list(micros.values())})
        return Delivered([rows], partial=partial)

    book.book("shop", STREAMS["costs"], costs(False, s1=1, s2=2), at(0), "a")
    book.book("shop", STREAMS["costs"], costs(True, s2=5), at(1), "b")
    assert state(book, at(1), "costs", "landed_cost") == {"s1": 1, "s2": 5}
    book.book("shop", STREAMS["costs"], costs(False, s2=5), at(2), "c")
    assert state(book, at(2), "costs", "landed_cost") == {"s2": 5}


def test_days_told_in_part_leave_the_others_as_they_were_and_are_covered(book: Book, at: At) -> None:
    stream = STREAMS["sku_sales"]

    def sold(partial: bool, **units: int) -> Delivered:
        rows = Rows({"entity": list(units), "day": [DAY] * len(units), "units_ordered": list(units.values())})
        return Delivered([rows], ONE, partial=partial)

    book.book("shop", stream, sold(False, s1=1, s2=2), at(0), "a")
    book.book("shop", stream, sold(True, s2=5), at(1), "b")
    rows = book.known_at("shop", at(1)).increments(stream, ONE).group_by("entity").agg(pl.col("units_ordered").sum())
    assert dict(rows.collect().iter_rows()) == {"s1": 1, "s2": 5}
    assert book.known_at("shop", at(1)).covered(stream) == {DAY}


def test_moments_come_back_as_they_were(book: Book, at: At) -> None:
    moment = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    book.book("shop", STREAMS["events"], Delivered([Rows({"entity": ["e1"], "starts_at": [moment]})]), at(0), "a")
    assert state(book, at(0), "events", "starts_at") == {"e1": moment}
