"""Readers in other processes, and what is not a table of ours."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from deltalake import write_deltalake

from agent.errors import FactsError
from agent.facts.book import Book
from agent.facts.streams import PULLS
from agent.facts.table import Beaten, Table
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.window import Span

TRAFFIC, KEYWORDS = STREAMS["keyword_traffic"], STREAMS["keywords"]
DAY = date(2026, 3, 1)
ENTITIES = 40
At = Callable[[int], datetime]

READER = """
import json, sys
from datetime import UTC, date, datetime
from pathlib import Path
import polars as pl
from agent.facts.book import Book
from agent.model.kinds import STREAMS
from agent.model.window import Span
folder, stop, ready = map(Path, sys.argv[1:])
traffic, span, seen = STREAMS["keyword_traffic"], Span(date(2026, 3, 1), date(2026, 3, 31)), []
for _ in range(3000):
    view = Book(folder).known_at("shop", datetime(2027, 1, 1, tzinfo=UTC))
    clicks = view.increments(traffic, span).select(pl.col("clicks").sum()).collect().item()
    seen.append((len(view.covered(traffic)), clicks))
    ready.touch()
    if stop.exists():
        break
print(json.dumps(seen))
"""


def pull(number: int) -> Delivered:
    """``number`` days, on each of which every entity has ``number`` clicks."""
    span = Span(DAY, DAY + timedelta(days=number - 1))
    keys = [(f"e{entity}", day) for entity in range(ENTITIES) for day in span]
    columns = {
        "entity": [entity for entity, _ in keys],
        "day": [day for _, day in keys],
        "clicks": [number] * len(keys),
    }
    return Delivered([Rows(columns)], span)


def test_a_reader_in_another_process_never_sees_half_a_pull(book: Book, at: At, tmp_path: Path) -> None:
    """Rows and coverage of every read belong to one pull, while pulls and a compaction go on."""
    stop, ready = tmp_path / "stop", tmp_path / "ready"
    book.book("shop", TRAFFIC, pull(1), at(1), "r1")
    command = [sys.executable, "-c", READER, str(book.folder), str(stop), str(ready)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]) as reader:
        hour = 1
        while not ready.exists() and reader.poll() is None and hour < 1000:
            hour += 1
            book.book("shop", TRAFFIC, pull(1), at(hour), f"r{hour}")
        for number in range(2, 20):
            book.book("shop", TRAFFIC, pull(number), at(hour + number), f"r{hour + number}")
            if number == 10:
                book.compact("shop", TRAFFIC, at(hour + number))
        stop.touch()
        output, _ = reader.communicate(timeout=120)
    seen = [tuple(each) for each in json.loads(output)]
    assert len(set(seen)) > 2
    assert {days for days, clicks in seen if clicks != ENTITIES * days * days} == set()


def test_what_a_view_has_opened_stays_as_it_was(book: Book, at: At) -> None:
    book.book("shop", TRAFFIC, pull(1), at(1), "r1")
    view = book.known_at("shop", at(9))
    assert view.covered(TRAFFIC) == {DAY}
    book.book("shop", TRAFFIC, pull(2), at(2), "r2")
    book.compact("shop", TRAFFIC, at(3))
    rows = view.increments(TRAFFIC, Span(DAY, DAY + timedelta(days=9))).select(pl.col("clicks").sum()).collect()
    assert (rows.item(), view.covered(TRAFFIC)) == (ENTITIES, {DAY})


def test_of_two_writers_from_one_state_the_second_is_told_to_look_again(book: Book, at: At) -> None:
    book.book("shop", TRAFFIC, pull(1), at(1), "r1")
    opened = Table("shop", TRAFFIC, book.folder / "shop" / TRAFFIC.name).open()
    book.book("shop", TRAFFIC, pull(2), at(2), "r2")
    mark = pl.DataFrame({"part": [PULLS], "pull": [2]}, schema={"part": pl.String, "pull": pl.Int32})
    with pytest.raises(Beaten):
        opened.append(pl.DataFrame(schema={"part": pl.String}), mark)
    assert book.listing("shop")[0].pulls == 2


def refusal(book: Book, at: At) -> FactsError:
    with pytest.raises(FactsError) as reading:
        book.known_at("shop", at(9)).covered(TRAFFIC)
    with pytest.raises(FactsError) as writing:
        book.book("shop", TRAFFIC, pull(2), at(2), "r2")
    fault = reading.value
    assert (fault.account, fault.stream) == (writing.value.account, writing.value.stream) == ("shop", TRAFFIC.name)
    assert "backup" in fault.hint
    assert "backup" in writing.value.hint
    return fault


@pytest.fixture
def folder(book: Book, at: At) -> Path:
    """The folder of a table with one pull, beside another, healthy one."""
    book.book("shop", TRAFFIC, pull(1), at(1), "r1")
    book.book("shop", KEYWORDS, Delivered([Rows({"entity": ["a"], "bid": [5]})]), at(1), "r1")
    return book.folder / "shop" / TRAFFIC.name


def others_are_unharmed(book: Book, at: At) -> bool:
    return book.known_at("shop", at(9)).state(KEYWORDS).select("bid").collect().item() == 5


def test_a_torn_log_is_named_and_other_tables_are_unharmed(book: Book, at: At, folder: Path) -> None:
    log = next((folder / "_delta_log").glob("*.json"))
    log.write_bytes(log.read_bytes()[:200])
    assert "keyword_traffic of shop" in refusal(book, at).message
    assert others_are_unharmed(book, at)


@pytest.mark.parametrize("harm", [lambda file: file.unlink(), lambda file: file.write_bytes(file.read_bytes()[:-9])])
def test_a_torn_or_lost_file_is_named(book: Book, at: At, folder: Path, harm: Callable[[Path], None]) -> None:
    for file in folder.rglob("*.parquet"):
        harm(file)
    assert "keyword_traffic of shop" in refusal(book, at).message
    with pytest.raises(FactsError):
        book.known_at("shop", at(9)).increments(TRAFFIC, Span(DAY, DAY))
    assert others_are_unharmed(book, at)


def test_a_table_of_somebody_else_is_left_alone(book: Book, at: At) -> None:
    theirs = book.folder / "shop" / TRAFFIC.name
    write_deltalake(str(theirs), pl.DataFrame({"x": [1]}))
    assert "somebody else" in refusal(book, at).message


def test_a_folder_of_something_else_is_left_alone(book: Book, at: At) -> None:
    theirs = book.folder / "shop" / TRAFFIC.name
    theirs.mkdir(parents=True)
    (theirs / "holiday.jpg").write_bytes(b"...")
    assert refusal(book, at).message
    assert [each.name for each in theirs.iterdir()] == ["holiday.jpg"]


def test_a_first_pull_that_died_before_its_commit_is_healed_by_the_next(book: Book, at: At) -> None:
    debris = book.folder / "shop" / TRAFFIC.name / "part=2026-03"
    debris.mkdir(parents=True)
    (debris / "part-00000-dead.parquet").write_bytes(b"PAR1")
    assert book.known_at("shop", at(9)).covered(TRAFFIC) == frozenset()
    assert book.book("shop", TRAFFIC, pull(1), at(1), "r1").increments == ENTITIES
