"""How old what comes in is."""

from datetime import UTC, date, datetime, timedelta

from agent.derive.asked import Asked
from agent.derive.desk import Desk
from agent.derive.feeds import derive
from agent.facts.book import Book
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.window import Span

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
TODAY = date(2026, 3, 20)


def feeds(book: Book) -> dict[str, tuple[float, float, int]]:
    desk = Desk(book.known_at("shop", NOW), Asked("shop", TODAY, NOW))
    rows = derive(desk).columns
    names = ("age_hours", "limit_hours", "missing_days")
    return {entity: tuple(rows[name][place] for name in names) for place, entity in enumerate(rows["entity"])}


def test_each_stream_that_ever_came_tells_how_old_it_is(tmp_path) -> None:
    book = Book(tmp_path)
    book.book("shop", STREAMS["costs"], Delivered([Rows({"entity": ["s1"], "landed_cost": [1]})]),
              NOW - timedelta(hours=30), "r1")  # fmt: skip
    assert feeds(book) == {"costs": (30.0, 24.0 * 400, 0)}


def test_settled_days_that_never_came_are_counted_since_the_stream_began(tmp_path) -> None:
    book, stream = Book(tmp_path), STREAMS["sku_sales"]
    newest = TODAY - timedelta(days=1 + stream.settle_days)
    for back in (5, 1, 0):
        day = newest - timedelta(days=back)
        book.book("shop", stream, Delivered([], Span(day, day)), NOW - timedelta(hours=back + 1), f"r{back}")
    assert feeds(book)["sku_sales"][2] == 3


def test_what_is_worked_out_here_is_no_feed(tmp_path) -> None:
    book = Book(tmp_path)
    book.book("shop", STREAMS["outlook"], Delivered([Rows({"entity": ["s1"]})]), NOW, "r1")
    assert feeds(book) == {}
