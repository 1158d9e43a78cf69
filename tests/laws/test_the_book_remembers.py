"""The laws of the book: what was known at a moment stays what was known at that moment."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.facts.book import Book
from agent.facts.view import View
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.window import Span

FULL = bool(os.environ.get("STEWARD_FULL"))
TRAFFIC, KEYWORDS = STREAMS["keyword_traffic"], STREAMS["keywords"]
FIRST = date(2026, 2, 26)  # the days lie in two months, so that a pull touches two parts of the table
WHOLE = Span(FIRST, FIRST + timedelta(days=5))
START = datetime(2026, 3, 10, tzinfo=UTC)
Figures = tuple[int, int, float | None]
Key = tuple[str, date]
law = settings(
    max_examples=200 if FULL else 8, deadline=None, derandomize=not FULL, suppress_health_check=list(HealthCheck)
)


@dataclass(frozen=True)
class Pull:
    """One pull over a span: clicks, cost in micros, share of top of search by entity and day."""

    span: Span
    rows: Mapping[Key, Figures]

    def delivered(self) -> Delivered:
        if not self.rows:
            return Delivered([], self.span)
        columns = {
            "entity": [entity for entity, _ in self.rows],
            "day": [day for _, day in self.rows],
            "clicks": [clicks for clicks, _, _ in self.rows.values()],
            "cost": [cost for _, cost, _ in self.rows.values()],
            "top_of_search_share": [share for _, _, share in self.rows.values()],
        }
        return Delivered([Rows(columns)], self.span)


@st.composite
def pulls(draw: st.DrawFn) -> Pull:
    first = draw(st.integers(0, 5))
    span = Span(FIRST + timedelta(days=first), FIRST + timedelta(days=draw(st.integers(first, 5))))
    keys = st.tuples(st.sampled_from("abc"), st.sampled_from(list(span)))
    figures = st.tuples(
        st.integers(0, 3), st.sampled_from([0, 70_000, 1_234_567_890_000]), st.sampled_from([None, 0.0, 0.25])
    )
    return Pull(span, draw(st.dictionaries(keys, figures, max_size=8)))


histories = st.lists(pulls(), min_size=1, max_size=5)


def moment(number: int) -> datetime:
    return START + timedelta(hours=number)


def booked(book: Book, history: Sequence[Pull], start: int = 0) -> None:
    for number, pull in enumerate(history, start):
        book.book("shop", TRAFFIC, pull.delivered(), moment(number), f"r{number}")


def truth(history: Sequence[Pull]) -> dict[Key, Figures]:
    """What the last covering pull of each day said, without rows that say nothing."""
    said: dict[Key, Figures] = {}
    for pull in history:
        said = {key: figures for key, figures in said.items() if key[1] not in pull.span} | dict(pull.rows)
    return {key: figures for key, figures in said.items() if figures != (0, 0, None)}


def told(view: View) -> dict[Key, Figures]:
    newest = pl.col("top_of_search_share").sort_by("observed_at").last()
    rows = view.increments(TRAFFIC, WHOLE).group_by("entity", "day").agg(pl.col("clicks", "cost").sum(), newest)
    figures = {(entity, day): (clicks, cost, share) for entity, day, clicks, cost, share in rows.collect().iter_rows()}
    return {key: each for key, each in figures.items() if each != (0, 0, None)}


@law
@given(histories)
def test_every_moment_shows_what_the_last_covering_pull_before_it_said(history: Sequence[Pull]) -> None:
    with TemporaryDirectory() as folder:
        book = Book(folder)
        booked(book, history)
        for number in range(-1, len(history)):
            view, known = book.known_at("shop", moment(number)), history[: number + 1]
            assert told(view) == truth(known)
            assert view.covered(TRAFFIC) == {day for pull in known for day in pull.span}
            assert view.observed_at(TRAFFIC) == (moment(number) if known else None)


@law
@given(histories)
def test_booking_twice_books_nothing(history: Sequence[Pull]) -> None:
    with TemporaryDirectory() as folder:
        book = Book(folder)
        booked(book, history)
        again = book.book("shop", TRAFFIC, history[-1].delivered(), moment(len(history)), "again")
        assert again.increments == 0
        assert told(book.known_at("shop", moment(len(history)))) == truth(history)


@law
@given(histories, histories, st.integers(0, 5))
def test_compaction_changes_no_answer(history: Sequence[Pull], later: Sequence[Pull], keep: int) -> None:
    keep = min(keep, len(history) - 1)
    with TemporaryDirectory() as folder:
        book = Book(folder)
        booked(book, history)
        book.compact("shop", TRAFFIC, moment(keep))
        booked(book, later, len(history))
        everything = [*history, *later]
        for _ in range(2):
            for number in range(keep, len(everything)):
                view = book.known_at("shop", moment(number))
                assert told(view) == truth(everything[: number + 1])
                assert view.covered(TRAFFIC) == {day for pull in everything[: number + 1] for day in pull.span}
            book.compact("shop", TRAFFIC, moment(keep))


listings = st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from([None, 1, 2]), max_size=3), max_size=6)


@law
@given(listings)
def test_a_listing_is_remembered_with_its_changes(history: Sequence[Mapping[str, int | None]]) -> None:
    with TemporaryDirectory() as folder:
        book = Book(Path(folder))
        for number, bids in enumerate(history):
            batches = [Rows({"entity": list(bids), "bid": list(bids.values())})] if bids else []
            book.book("shop", KEYWORDS, Delivered(batches), moment(number), f"r{number}")
        book.compact("shop", KEYWORDS, moment(len(history)))
        for number, bids in enumerate(history):
            state = book.known_at("shop", moment(number)).state(KEYWORDS).select("entity", "bid").collect()
            assert dict(state.iter_rows()) == dict(bids)
        changes = book.known_at("shop", moment(len(history))).changes(KEYWORDS, "bid").collect()
        assert sorted(changes.iter_rows(), key=str) == sorted(_changes(history), key=str)


def _changes(history: Sequence[Mapping[str, int | None]]) -> list[tuple[str, datetime, int | None, int | None, bool]]:
    seen: dict[str, int | None] = {}
    changes = []
    for number, bids in enumerate(history):
        for entity, bid in bids.items():
            if entity not in seen or seen[entity] != bid:
                changes.append((entity, moment(number), seen.get(entity), bid, entity not in seen))
        seen |= bids
    return changes
