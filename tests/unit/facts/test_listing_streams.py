"""Snapshots: what is true now, booked when it changes."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from agent.facts.book import Book
from agent.facts.recent import Moved, newest_moves
from agent.model.entity import Entity
from agent.model.fact import Delivered, Rows
from agent.model.kinds import KINDS, STREAMS

KEYWORDS = STREAMS["keywords"]
At = Callable[[int], datetime]
Change = tuple[str, datetime, Any, Any, bool]


def listed(bids: Mapping[str, int | None], state: str = "enabled") -> Delivered:
    return Delivered([Rows({"entity": list(bids), "bid": list(bids.values()), "state": [state] * len(bids)})])


def bids(book: Book, moment: datetime) -> dict[str, int | None]:
    return dict(book.known_at("shop", moment).state(KEYWORDS).select("entity", "bid").collect().iter_rows())


def changes(book: Book, moment: datetime, column: str = "bid") -> list[Change]:
    return sorted(book.known_at("shop", moment).changes(KEYWORDS, column).collect().iter_rows(), key=str)


def test_only_what_changed_is_booked(book: Book, at: At) -> None:
    assert book.book("shop", KEYWORDS, listed({"a": 100, "b": 200}), at(0), "r1").increments == 2
    assert book.book("shop", KEYWORDS, listed({"a": 100, "b": 200}), at(1), "r2").increments == 0
    assert book.book("shop", KEYWORDS, listed({"a": 100, "b": 300}), at(2), "r3").increments == 1
    assert bids(book, at(1)) == {"a": 100, "b": 200}
    assert bids(book, at(2)) == {"a": 100, "b": 300}


def test_an_entity_no_longer_listed_is_gone_and_may_come_back(book: Book, at: At) -> None:
    book.book("shop", KEYWORDS, listed({"a": 100, "b": 200}), at(0), "r1")
    book.book("shop", KEYWORDS, listed({"b": 200}), at(1), "r2")
    assert book.book("shop", KEYWORDS, listed({"b": 200}), at(2), "r3").increments == 0
    book.book("shop", KEYWORDS, listed({"a": 100, "b": 200}), at(3), "r4")
    assert bids(book, at(2)) == {"b": 200}
    assert bids(book, at(3)) == {"a": 100, "b": 200}
    assert changes(book, at(3)) == [("a", at(0), None, 100, True), ("b", at(0), None, 200, True)]


def test_coming_back_with_another_value_is_a_change(book: Book, at: At) -> None:
    for hour, wanted in enumerate([{"a": 100}, {}, {"a": 150}]):
        book.book("shop", KEYWORDS, listed(wanted), at(hour), "r")
    assert changes(book, at(2)) == [("a", at(0), None, 100, True), ("a", at(2), 100, 150, False)]


def test_a_value_that_appears_or_vanishes_is_a_change(book: Book, at: At) -> None:
    for hour, bid in enumerate([None, 100, None]):
        book.book("shop", KEYWORDS, listed({"a": bid}), at(hour), "r")
    assert changes(book, at(2)) == [
        ("a", at(0), None, None, True), ("a", at(1), None, 100, False), ("a", at(2), 100, None, False),
    ]  # fmt: skip
    assert changes(book, at(0)) == [("a", at(0), None, None, True)]


def test_a_change_of_one_column_is_none_of_another(book: Book, at: At) -> None:
    book.book("shop", KEYWORDS, listed({"a": 100}), at(0), "r1")
    book.book("shop", KEYWORDS, listed({"a": 100}, "paused"), at(1), "r2")
    assert changes(book, at(1)) == [("a", at(0), None, 100, True)]
    assert changes(book, at(1), "state")[1] == ("a", at(1), "enabled", "paused", False)


def test_a_column_the_source_did_not_speak_of_is_left_alone(book: Book, at: At) -> None:
    book.book("shop", KEYWORDS, listed({"a": 100}), at(0), "r1")
    book.book("shop", KEYWORDS, Delivered([Rows({"entity": ["a"], "state": ["paused"]})]), at(1), "r2")
    assert bids(book, at(1)) == {"a": 100}


def test_an_empty_listing_says_that_all_are_gone(book: Book, at: At) -> None:
    book.book("shop", KEYWORDS, listed({"a": 100}), at(0), "r1")
    book.book("shop", KEYWORDS, Delivered([]), at(1), "r2")
    assert bids(book, at(1)) == {}
    assert book.known_at("shop", at(1)).observed_at(KEYWORDS) == at(1)


def test_a_lever_remembers_when_it_last_moved(book: Book, at: At) -> None:
    for hour, bid in enumerate([100, 150, 150, 120]):
        book.book("shop", KEYWORDS, listed({"a": bid, "b": 7}), at(hour), "r")
    newest = newest_moves(book.known_at("shop", at(9)), KINDS["keyword"], ["bid", "state", "budget"])
    assert newest == {(Entity("shop", "keyword", "a"), "bid"): Moved(at(3), 120)}
