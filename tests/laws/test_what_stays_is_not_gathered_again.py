"""Judging that takes over figures of an earlier one concludes what judging everything anew concludes."""

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from agent.engine.columns_inputs import gather
from agent.engine.question import Question
from agent.facts.book import Book
from agent.facts.kept import FigureFiles
from agent.model.expression import How, Name, Source
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.metric import Unit
from agent.model.window import Span, Window

FIRST, KEYWORDS = date(2026, 1, 1), [f"k{number}" for number in range(40)]
NAMES = [
    *(Name(Source.MEASURE, "clicks", Unit.COUNT, f"{how}", window=Window(days), how=how)
      for days in (3, 10) for how in (How.SUM, How.MEAN, How.MAX, How.MIN, How.DAYS, How.TREND, How.LAST)),
    Name(Source.MEASURE, "cost", Unit.MONEY, "cost", window=Window(7, back=7), how=How.SUM),
    Name(Source.MEASURE, "top_of_search_share", Unit.RATIO, "share", window=Window(5), how=How.MEAN),
    Name(Source.STATE, "bid", Unit.MONEY, "bid"),
]  # fmt: skip


def noon(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def pull(book: Book, dice: random.Random, span: Span, at: datetime, share: float) -> None:
    """Traffic of a part of the keywords, and bids that somebody may have moved."""
    seen = [(id, day) for day in span for id in KEYWORDS if dice.random() < share]
    columns = {
        "entity": [id for id, _ in seen], "day": [day for _, day in seen],
        "impressions": [dice.randrange(50) for _ in seen], "clicks": [dice.randrange(5) for _ in seen],
        "cost": [dice.randrange(9) * 10_000 for _ in seen], "purchases": [0 for _ in seen], "units": [0 for _ in seen],
        "sales": [0 for _ in seen], "top_of_search_share": [dice.choice([None, 0.1, 0.7]) for _ in seen],
    }  # fmt: skip
    book.book("a", STREAMS["keyword_traffic"], Delivered([Rows(columns)], span), at, "r")
    states = {
        "entity": KEYWORDS, "text": KEYWORDS, "match_type": ["exact"] * 40, "state": ["enabled"] * 40,
        "bid": [dice.choice([500_000, 700_000]) for _ in KEYWORDS], "campaign_id": ["c"] * 40,
        "ad_group_id": ["g"] * 40,
    }  # fmt: skip
    book.book("a", STREAMS["keywords"], Delivered([Rows(states)]), at, "r")


def gathered(book: Book, today: date, at: datetime, shelf: FigureFiles | None) -> pl.DataFrame:
    question = Question("a", today, at, "EUR")
    return gather({"keyword": NAMES}, book.known_at("a", at), question, shelf)["keyword"].frame.sort("entity")


@pytest.mark.parametrize("seed", range(4))
def test_taken_over_figures_are_what_gathering_all_of_them_gives(seed: int, tmp_path: Path) -> None:
    dice, book, today, taken_over = random.Random(seed), Book(tmp_path), FIRST + timedelta(days=20), 0
    pull(book, dice, Span(FIRST, today - timedelta(days=1)), noon(today, 1), 0.3)
    for hour in range(2, 12):
        at = noon(today, hour)
        match dice.randrange(4):
            case 0:
                last = today - timedelta(days=1)
                pull(book, dice, Span(last - timedelta(days=dice.randrange(3)), last), at, dice.choice([0.0, 0.1, 0.9]))
            case 1:
                today, at = today + timedelta(days=1), noon(today + timedelta(days=1), hour)
                pull(book, dice, Span(today - timedelta(days=1), today - timedelta(days=1)), at, 0.2)
            case 2:
                book.compact("a", STREAMS["keyword_traffic"], at - timedelta(days=dice.randrange(3)))
        shelf = FigureFiles(tmp_path, "a")
        assert gathered(book, today, at, shelf).equals(gathered(book, today, at, None))
        taken_over += shelf.gathered["keyword_traffic"] < len(KEYWORDS) // 2
    assert taken_over >= 3


def test_only_whoever_has_new_rows_is_gathered_again(tmp_path: Path) -> None:
    book, today, dice = Book(tmp_path), FIRST + timedelta(days=20), random.Random(1)
    pull(book, dice, Span(FIRST, today - timedelta(days=1)), noon(today, 1), 0.9)
    counts = []
    for hour in range(2, 5):
        if hour == 4:
            day = today - timedelta(days=6)
            rows = Rows({"entity": ["k7"], "day": [day], "clicks": [400]})
            delivered = Delivered([rows], Span(day, day), partial=True)
            book.book("a", STREAMS["keyword_traffic"], delivered, noon(today, hour), "r")
        shelf = FigureFiles(tmp_path, "a")
        gathered(book, today, noon(today, hour), shelf)
        counts.append(shelf.gathered["keyword_traffic"])
    assert counts == [40, 0, 1]


def test_figures_of_another_table_are_not_taken_over(tmp_path: Path) -> None:
    """As after facts were restored from a backup."""
    today, at = FIRST + timedelta(days=20), noon(FIRST + timedelta(days=20), 3)
    for name, hour in (("one", 1), ("two", 2)):
        pull(Book(tmp_path / name), random.Random(hour), Span(FIRST, today - timedelta(days=1)), noon(today, hour), 0.5)
    shelf, other = FigureFiles(tmp_path, "a"), Book(tmp_path / "two")
    gathered(Book(tmp_path / "one"), today, at, shelf)
    assert gathered(other, today, at, shelf).equals(gathered(other, today, at, None))


def test_a_damaged_file_of_figures_is_no_loss(tmp_path: Path) -> None:
    book, today, at = Book(tmp_path), FIRST + timedelta(days=20), noon(FIRST + timedelta(days=20), 3)
    pull(book, random.Random(1), Span(FIRST, today - timedelta(days=1)), noon(today, 1), 0.5)
    gathered(book, today, at, FigureFiles(tmp_path, "a"))
    (file,) = (tmp_path / "a/.figures").glob("*.parquet")
    file.write_bytes(file.read_bytes()[:200])
    assert gathered(book, today, at, FigureFiles(tmp_path, "a")).equals(gathered(book, today, at, None))
