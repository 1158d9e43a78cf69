from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import polars as pl
import pytest

from agent.errors import ContractError, FactsError
from agent.facts.book import Book
from agent.facts.naming import folder_of
from agent.facts.table import Beaten, Table
from agent.model.fact import Absence, Delivered, Document, Grain, Rows, Stream
from agent.model.kinds import STREAMS
from agent.model.metric import Column, Unit
from agent.model.window import Span

TRAFFIC = STREAMS["keyword_traffic"]
DAY = date(2026, 3, 18)
ONE, TWO = Span(DAY, DAY), Span(DAY, DAY + timedelta(days=1))
At = Callable[[int], datetime]
Write = Callable[..., Document]
Row = Callable[..., dict[str, Any]]


def clicks(**by_entity: int) -> Rows:
    return Rows({"entity": list(by_entity), "day": [DAY] * len(by_entity), "clicks": list(by_entity.values())})


def known(book: Book, moment: datetime, account: str = "shop", stream: Stream = TRAFFIC) -> dict[str, int]:
    rows = book.known_at(account, moment).increments(stream, TWO).group_by("entity").agg(pl.col("clicks").sum())
    return dict(rows.collect().iter_rows())


def test_a_restated_day_is_booked_as_the_difference(book: Book, at: At) -> None:
    book.book("shop", TRAFFIC, Delivered([clicks(a=3, b=5)], ONE), at(0), "r1")
    booked = book.book("shop", TRAFFIC, Delivered([clicks(a=2, b=5)], ONE), at(1), "r2")
    assert (booked.rows, booked.increments) == (2, 1)
    rows = book.known_at("shop", at(1)).increments(TRAFFIC, ONE).filter(pl.col("entity") == "a").sort("observed_at")
    assert rows.select("clicks", "observed_at").collect().rows() == [(3, at(0)), (-1, at(1))]
    assert known(book, at(0)) == {"a": 3, "b": 5}
    assert known(book, at(1)) == {"a": 2, "b": 5}


def test_a_row_a_covering_pull_no_longer_contains_is_booked_back_to_zero(book: Book, at: At) -> None:
    book.book("shop", TRAFFIC, Delivered([clicks(a=3, b=5)], ONE), at(0), "r1")
    book.book("shop", TRAFFIC, Delivered([clicks(b=5)], ONE), at(1), "r2")
    assert known(book, at(1)) == {"a": 0, "b": 5}


def test_days_outside_the_pulled_span_stay_as_they_are(book: Book, at: At) -> None:
    tomorrow = Rows({"entity": ["a"], "day": [TWO.last], "clicks": [7]})
    book.book("shop", TRAFFIC, Delivered([clicks(a=3), tomorrow], TWO), at(0), "r1")
    book.book("shop", TRAFFIC, Delivered([], ONE), at(1), "r2")
    assert known(book, at(1)) == {"a": 7}


def test_a_pull_without_rows_still_marks_its_days_complete(book: Book, at: At) -> None:
    booked = book.book("shop", TRAFFIC, Delivered([], TWO), at(0), "r1")
    view = book.known_at("shop", at(0))
    assert (booked.rows, booked.increments) == (0, 0)
    assert view.covered(TRAFFIC) == {DAY, TWO.last}
    assert view.observed_at(TRAFFIC) == at(0)
    assert book.known_at("shop", at(0) - timedelta(microseconds=1)).covered(TRAFFIC) == frozenset()


def test_what_was_never_pulled_is_empty_and_not_covered(book: Book, at: At) -> None:
    view = book.known_at("shop", at(0))
    assert view.increments(TRAFFIC, TWO).collect().columns == [
        "entity", "day", *(column.name for column in TRAFFIC.columns), "observed_at"
    ]  # fmt: skip
    assert view.covered(TRAFFIC) == frozenset()
    assert view.observed_at(TRAFFIC) is None
    assert view.state(STREAMS["keywords"]).collect().is_empty()
    assert book.listing("shop") == []


def test_a_share_is_a_value_whose_newest_counts(book: Book, at: At) -> None:
    def share(value: float | None) -> Delivered:
        return Delivered([Rows({"entity": ["a"], "day": [DAY], "top_of_search_share": [value]})], ONE)

    for hour, value in enumerate([0.2, 0.3, 0.3, None]):
        book.book("shop", TRAFFIC, share(value), at(hour), "r")
    rows = book.known_at("shop", at(9)).increments(TRAFFIC, ONE).sort("observed_at").collect()
    assert rows["top_of_search_share"].to_list() == [0.2, 0.3, None]
    assert rows["clicks"].to_list() == [0, 0, 0]


def test_a_column_that_did_not_come_stays_as_it_was(book: Book, at: At) -> None:
    first = Rows({"entity": ["a"], "day": [DAY], "clicks": [3], "cost": [70_000], "top_of_search_share": [0.5]})
    book.book("shop", TRAFFIC, Delivered([first], ONE), at(0), "r1")
    book.book("shop", TRAFFIC, Delivered([clicks(a=4)], ONE), at(1), "r2")
    rows = book.known_at("shop", at(1)).increments(TRAFFIC, ONE).sort("observed_at").collect()
    assert (rows["clicks"].sum(), rows["cost"].sum()) == (4, 70_000)
    assert rows["top_of_search_share"].to_list() == [0.5, 0.5]


def test_where_a_missing_row_is_unknown_a_row_of_zeros_is_booked(book: Book, at: At) -> None:
    stream = Stream("ranks", "keyword", Grain.DAY, (Column("clicks", Unit.COUNT, ""),), Absence.UNKNOWN, "")
    assert book.book("shop", stream, Delivered([clicks(a=0)], ONE), at(0), "r1").increments == 1
    assert book.book("shop", stream, Delivered([clicks(a=0)], ONE), at(1), "r2").increments == 0
    assert book.book("shop", TRAFFIC, Delivered([clicks(a=0)], ONE), at(1), "r2").increments == 0


def test_pieces_of_a_report_are_one_delivery(book: Book, at: At, document: Write, row: Row) -> None:
    first = document([row()], span=ONE, name="1.gz")
    second = document([row(date="2026-03-19", clicks=4)], span=Span(TWO.last, TWO.last), name="2.gz")
    book.book("shop", TRAFFIC, Delivered([first, second], TWO), at(0), "r1")
    assert known(book, at(0)) == {"281474976710657": 7}


def test_nothing_is_booked_of_a_delivery_with_one_bad_piece(book: Book, at: At, document: Write, row: Row) -> None:
    first = document([row()], span=ONE, name="1.gz")
    second = document(b"<html>", span=Span(TWO.last, TWO.last), name="2.gz")
    with pytest.raises(ContractError):
        book.book("shop", TRAFFIC, Delivered([first, second], TWO), at(0), "r1")
    assert book.known_at("shop", at(0)).covered(TRAFFIC) == frozenset()
    assert not book.folder.exists()


def test_pieces_that_leave_out_a_day_are_refused(book: Book, at: At, document: Write, row: Row) -> None:
    with pytest.raises(ContractError, match=r"leaves out 2026-03-19, a day it calls complete"):
        book.book("shop", TRAFFIC, Delivered([document([row()], span=ONE)], TWO), at(0), "r1")


def test_a_row_sent_twice_word_for_word_counts_once(book: Book, at: At, document: Write, row: Row) -> None:
    booked = book.book("shop", TRAFFIC, Delivered([document([row(), row(), row(keywordId=9)])], TWO), at(0), "r1")
    assert (booked.rows, booked.increments, booked.totals["repeated"]) == (3, 2, 1)
    assert known(book, at(0))["281474976710657"] == 3


def test_two_rows_that_contradict_are_refused(book: Book, at: At, document: Write, row: Row) -> None:
    with pytest.raises(ContractError, match=r"two different things of 281474976710657 on 2026-03-18") as caught:
        book.book("shop", TRAFFIC, Delivered([document([row(), row(clicks=4)])], TWO), at(0), "r1")
    assert caught.value.request_id == "req-1"


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"entity": ["a"], "clicks": [1]}, "has rows without day"),
        ({"day": [DAY], "clicks": [1]}, "has rows without entity"),
        ({"entity": [None], "day": [DAY], "clicks": [1]}, "has rows without entity"),
        ({"entity": [""], "day": [DAY]}, "name no entity"),
        ({"entity": [5], "day": [DAY]}, "values in entity that are not String"),
        ({"entity": ["a"], "day": ["18 March"]}, "values in day that are not Date"),
        ({"entity": ["a"], "day": [DAY], "cost": [4.2]}, "values in cost that are not Int64"),
        ({"entity": ["a"], "day": [DAY], "clicks": ["1"]}, "values in clicks that are not Int32"),
        ({"entity": ["a"], "day": [DAY], "clicks": [2**40]}, "values in clicks that are not Int32"),
        ({"entity": ["a"], "day": [DAY], "clicks": [-1]}, "has a negative clicks"),
        ({"entity": ["a"], "day": [DAY], "top_of_search_share": [float("nan")]}, "that is not a number"),
        ({"entity": ["a", "b"], "day": [DAY, DAY], "clicks": [1]}, "columns of different lengths"),
        ({"entity": ["a"], "day": [date(2026, 3, 17)]}, "has rows of 2026-03-17, outside the days asked for"),
    ],
)
def test_rows_that_break_the_promise_are_refused(book: Book, at: At, columns: Any, says: str) -> None:
    with pytest.raises(ContractError, match=says):
        book.book("shop", TRAFFIC, Delivered([Rows(columns)], ONE), at(0), "r1")


def test_a_day_stream_must_say_which_days_are_complete(book: Book, at: At) -> None:
    with pytest.raises(ContractError, match="which days are complete"):
        book.book("shop", TRAFFIC, Delivered([clicks(a=1)]), at(0), "r1")


def test_a_clock_set_back_stops_the_pull_and_the_next_one_heals(book: Book, at: At) -> None:
    book.book("shop", TRAFFIC, Delivered([clicks(a=1)], ONE), at(24), "r1")
    with pytest.raises(FactsError, match=r"The clock says .*but keyword_traffic of shop was last pulled at") as caught:
        book.book("shop", TRAFFIC, Delivered([clicks(a=2)], ONE), at(0), "r2")
    assert "clock" in caught.value.hint
    assert known(book, at(24)) == {"a": 1}
    book.book("shop", TRAFFIC, Delivered([clicks(a=2)], ONE), at(25), "r3")
    assert known(book, at(25)) == {"a": 2}


def test_an_instant_without_a_zone_is_refused(book: Book) -> None:
    with pytest.raises(ValueError, match="time zone"):
        book.book("shop", TRAFFIC, Delivered([], ONE), datetime(2026, 3, 20), "r1")  # noqa: DTZ001


def test_a_column_declared_later_is_empty_before_and_booked_from_then_on(book: Book, at: At) -> None:
    old = replace(TRAFFIC, columns=TRAFFIC.columns[:2])
    book.book("shop", old, Delivered([clicks(a=3)], ONE), at(0), "r1")
    rows = Rows({"entity": ["a"], "day": [DAY], "clicks": [3], "cost": [70_000]})
    book.book("shop", TRAFFIC, Delivered([rows], ONE), at(1), "r2")
    for moment, cost in ((at(0), 0), (at(1), 70_000)):
        view = book.known_at("shop", moment).increments(TRAFFIC, ONE).select(pl.col("clicks", "cost").sum())
        assert view.collect().row(0) == (3, cost)
    book.book("shop", old, Delivered([clicks(a=4)], ONE), at(2), "r3")
    assert known(book, at(2)) == {"a": 4}


def test_writers_at_the_same_time_book_one_after_the_other(book: Book, at: At) -> None:
    """Each says the same; had both booked from the same state, the sum would be a multiple."""
    writers = [
        Thread(target=book.book, args=("shop", TRAFFIC, Delivered([clicks(a=5, b=n)], ONE), at(0), f"r{n}"))
        for n in range(3)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert known(book, at(0))["a"] == 5
    assert known(book, at(0))["b"] in (0, 1, 2)


def test_a_table_that_somebody_began_since_we_looked_is_not_written_to_blindly(book: Book, at: At) -> None:
    """Two first writers: the one that comes second must look again, or both would count."""
    table = Table("shop", TRAFFIC, folder_of(book.folder, "shop", TRAFFIC))
    late = table.open()
    book.book("shop", TRAFFIC, Delivered([clicks(a=5)], ONE), at(0), "r1")
    rows = pl.DataFrame({"part": ["2026-03"], "entity": ["a"], "day": [DAY], "clicks": [5]})
    with pytest.raises(Beaten):
        late.append(rows.cast({"clicks": pl.Int32}), pl.DataFrame({"part": ["pulls"]}))
    assert known(book, at(0)) == {"a": 5}


def test_accounts_and_streams_are_tables_of_their_own(book: Book, at: At) -> None:
    accounts = ["shop", "Shop", "de main", "de/main", "../up", "旗舰店", "a" * 200, "%41"]
    for number, account in enumerate(accounts):
        book.book(account, TRAFFIC, Delivered([clicks(a=number)], ONE), at(0), "r")
    assert [known(book, at(0), account).get("a", 0) for account in accounts] == list(range(len(accounts)))
    folders = list(book.folder.iterdir())
    assert len({folder.name.lower() for folder in folders}) == len(accounts)
    assert list(book.folder.parent.iterdir()) == [book.folder]


def test_a_folder_with_spaces_and_chinese_in_its_name_will_do(tmp_path: Path, at: At) -> None:
    book = Book(str(tmp_path / "my 店 50%"))
    book.book("shop", TRAFFIC, Delivered([clicks(a=1)], ONE), at(0), "r")
    assert known(book, at(0)) == {"a": 1}


def test_the_listing_says_how_far_each_stream_reaches(book: Book, at: At) -> None:
    book.book("shop", TRAFFIC, Delivered([clicks(a=1)], TWO), at(0), "r1")
    book.book("shop", TRAFFIC, Delivered([clicks(a=2)], ONE), at(1), "r2")
    book.book("shop", STREAMS["keywords"], Delivered([Rows({"entity": ["a"]})]), at(2), "r3")
    listed = {each.stream: (each.observed_at, each.newest_day, each.pulls, each.rows) for each in book.listing("shop")}
    assert listed == {"keyword_traffic": (at(1), TWO.last, 2, 2), "keywords": (at(2), None, 1, 1)}
