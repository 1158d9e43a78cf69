"""Taking files in, by the job on a real ledger, a real book and real folders; only the reader is a small one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from agent.clock import SetClock
from agent.errors import FactsError, FileError
from agent.facts.book import Book
from agent.facts.known import KnownState
from agent.jobs.drop_folder import Watch
from agent.jobs.take_in import Intake, TakeReport
from agent.ledger import SqlLedger
from agent.model.dropped import FileState
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.parcel import UNKNOWN, FileReceipt, Ignored, Parcel, PeriodFrom
from agent.model.window import Span

NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)
DAY = date(2026, 3, 1)


class Reader:
    """Reads lines such as ``costs GC-1 4.20``, ``orders 7 shipped``, ``sales GC-1 3 5`` (day of March, units)."""

    def read(self, path: Path) -> Parcel:
        lines = [line.split() for line in path.read_text().splitlines()]
        if not lines or lines[0][0] not in ("costs", "orders", "sales", "terms"):
            return Parcel(UNKNOWN)
        if any("?" in line for line in lines):
            raise FileError("'?' is no amount", file=path.name, place="row 1", hint="export it again")
        kind = lines[0][0]
        receipt = FileReceipt(
            len(lines), Span(DAY, DAY), PeriodFrom.NAME, {"n": len(lines)}, ignored=[Ignored("x", 1, "y")]
        )
        return Parcel(kind, [getattr(self, f"_{kind}")(lines)], receipt, ["costs"] if kind == "terms" else ())

    def _costs(self, lines: list[list[str]]) -> tuple[str, Delivered]:
        return "costs", Delivered([_rows(lines, landed_cost=[int(each[2]) for each in lines])])

    def _orders(self, lines: list[list[str]]) -> tuple[str, Delivered]:
        return "orders", Delivered([_rows(lines, status=[each[2] for each in lines])])

    def _terms(self, lines: list[list[str]]) -> tuple[str, Delivered]:
        return "orders", Delivered([_rows(lines, status=["term" for _ in lines])])

    def _sales(self, lines: list[list[str]]) -> tuple[str, Delivered]:
        days = [DAY.replace(day=int(each[2])) for each in lines]
        rows = _rows(lines, day=days, units_ordered=[int(each[3]) for each in lines])
        return "sku_sales", Delivered([rows], Span(min(days), max(days)))


def _rows(lines: list[list[str]], **columns: Sequence[object]) -> Rows:
    return Rows({"entity": [each[1] for each in lines], **columns})


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "steward.db"
    SqlLedger.open(f"sqlite:///{path}").close()
    return path


@dataclass
class Desk:
    """An account with a watched folder."""

    folder: Path
    ledger: SqlLedger
    book: Book
    clock: SetClock = field(default_factory=lambda: SetClock(NOON))
    runs: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.intake = self.started()

    def started(self) -> Intake:
        """As the daemon has it when it starts."""
        known = KnownState(self.book, "north", self.clock)
        return Intake("north", Reader(), self.book, self.ledger, self.clock, self._mint, known.ids, Watch(self.folder))

    def _mint(self, prefix: str) -> str:
        self.runs += 1
        return f"{prefix}_{self.runs}"

    def drop(self, name: str, text: str, age: timedelta = timedelta(minutes=1)) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        moment = (self.clock.now() - age).timestamp()
        os.utime(path, (moment, moment))
        return path

    def look(self) -> TakeReport:
        self.clock.sleep(20)
        return self.intake.look()

    def states(self) -> dict[str, FileState]:
        return {record.name: record.state for record in self.ledger.files("north")}

    def column(self, stream: str, column: str) -> dict[str, object]:
        frame = self.book.known_at("north", self.clock.now()).state(STREAMS[stream]).collect()
        return dict(frame.select("entity", column).rows())

    def units(self) -> dict[tuple[str, int], int]:
        view = self.book.known_at("north", self.clock.now())
        rows = view.increments(STREAMS["sku_sales"], Span(DAY, DAY.replace(day=31))).collect()
        told: dict[tuple[str, int], int] = {}
        for id, day, units in rows.select("entity", "day", "units_ordered").rows():
            told[id, day.day] = told.get((id, day.day), 0) + units
        return told


@pytest.fixture
def desk(tmp_path: Path, migrated: Path) -> Iterator[Desk]:
    ledger = SqlLedger.open(f"sqlite:///{shutil.copy(migrated, tmp_path)}")
    yield Desk(tmp_path / "drop", ledger, Book(tmp_path / "facts"))
    ledger.close()


def test_a_file_is_booked_once_with_a_receipt(desk: Desk) -> None:
    desk.drop("march/costs.csv", "costs GC-1 4200000\ncosts GC-2 900000\n")
    (taken,) = desk.look().files
    record = taken.record
    assert (record.name, record.state, record.kind) == ("march/costs.csv", FileState.BOOKED, "costs")
    assert record.receipt["rows"] == 2
    assert record.receipt["period"] == ["2026-03-01", "2026-03-01"]
    assert record.receipt["ignored"] == [{"what": "x", "count": 1, "why": "y"}]
    assert record.receipt["streams"][0]["increments"] == 2
    assert desk.column("costs", "landed_cost") == {"GC-1": 4_200_000, "GC-2": 900_000}
    assert desk.look().files == []
    runs = desk.ledger.runs(job="take_in")
    assert [(run.counts["booked"], run.counts["increments"]) for run in runs] == [(1, 2)]
    assert desk.ledger.verify().ok


def test_the_same_content_books_nothing_whatever_it_is_called(desk: Desk) -> None:
    desk.drop("a.csv", "costs GC-1 4200000\n")
    desk.look()
    desk.drop("b.csv", "costs GC-1 4200000\n")
    (again,) = desk.look().files
    assert again.known
    assert len(desk.ledger.runs(job="take_in")) == 1
    assert len(desk.ledger.files()) == 1


def test_after_a_restart_nothing_is_read_again(desk: Desk) -> None:
    desk.drop("a.csv", "costs GC-1 4200000\n")
    desk.drop("b.csv", "what is this\n")
    desk.look()
    desk.intake = desk.started()
    assert all(taken.known for taken in desk.look().files)
    assert len(desk.ledger.runs(job="take_in")) == 1


def test_a_file_that_still_grows_is_left_until_it_rests(desk: Desk) -> None:
    desk.drop("a.csv", "costs GC-1 4200000\n", age=-timedelta(seconds=19))
    assert desk.look().files == []
    desk.drop("a.csv", "costs GC-1 4200000\ncosts GC-2 1\n", age=-timedelta(seconds=19))
    assert desk.look().files == []
    (taken,) = desk.look().files
    assert taken.record.receipt["rows"] == 2


def test_hidden_and_temporary_files_are_not_even_seen(desk: Desk) -> None:
    for name in (".a.csv", "~$a.xlsx", "a.csv.part", "b.crdownload", ".git/a.csv", "a.csv~"):
        desk.drop(name, "costs GC-1 1\n")
    assert desk.look().files == []


def test_an_unknown_file_is_named_once_and_left_alone(desk: Desk) -> None:
    path = desk.drop("notes.txt", "buy milk\n")
    (taken,) = desk.look().files
    assert (taken.record.state, taken.fault) == (FileState.UNKNOWN, None)
    assert desk.look().files == []
    assert path.read_text() == "buy milk\n"


def test_a_refused_file_says_where_stays_and_is_tried_again_once_it_changed(desk: Desk) -> None:
    path = desk.drop("costs.csv", "costs GC-1 ?\n")
    (taken,) = desk.look().files
    assert taken.record.state is FileState.REFUSED
    assert taken.record.fault == "costs.csv: row 1: '?' is no amount"
    assert taken.record.hint == "export it again"
    assert path.exists()
    assert desk.look().files == []
    assert desk.column("costs", "landed_cost") == {}
    desk.drop("costs.csv", "costs GC-1 5\n")
    assert [each.record.state for each in desk.look().files] == [FileState.BOOKED]


def test_asked_for_by_hand_what_was_refused_is_tried_again_and_what_was_booked_is_not(desk: Desk) -> None:
    desk.drop("bad.csv", "costs GC-1 ?\n")
    desk.drop("good.csv", "costs GC-1 5\n")
    desk.look()
    report = desk.intake.take(desk.folder)
    assert {taken.record.name: taken.known for taken in report.files} == {"bad.csv": False, "good.csv": True}


def test_a_file_we_wrote_ourselves_is_never_taken_in(desk: Desk) -> None:
    from dataclasses import replace

    desk.drop("up.xlsx", "costs GC-1 5\n")
    (taken,) = desk.look().files
    desk.ledger.file_put(replace(taken.record, account="north", state=FileState.WRITTEN))
    (again,) = desk.intake.take(desk.folder).files
    assert (again.known, again.record.state) == (True, FileState.WRITTEN)


def test_of_overlapping_exports_the_one_made_last_wins_whichever_comes_first(desk: Desk) -> None:
    desk.drop("new.csv", "sales GC-1 10 7\nsales GC-1 20 3\n", age=timedelta(hours=1))
    desk.look()
    desk.drop("old.csv", "sales GC-1 5 2\nsales GC-1 10 99\nsales GC-1 25 4\n", age=timedelta(hours=9))
    (taken,) = desk.look().files
    assert taken.record.receipt["streams"][0]["told_later"]
    assert desk.units() == {("GC-1", 5): 2, ("GC-1", 10): 7, ("GC-1", 20): 3, ("GC-1", 25): 4}
    desk.drop("newest.csv", "sales GC-1 10 8\n", age=timedelta())
    desk.clock.sleep(10)
    desk.look()
    assert desk.units()["GC-1", 10] == 8


def test_an_older_snapshot_does_not_turn_a_newer_one_back(desk: Desk) -> None:
    desk.drop("new.csv", "costs GC-1 5\n", age=timedelta(hours=1))
    desk.look()
    desk.drop("old.csv", "costs GC-1 4\ncosts GC-9 1\n", age=timedelta(hours=9))
    desk.look()
    assert desk.column("costs", "landed_cost") == {"GC-1": 5}


def test_older_exports_of_what_happened_add_only_what_nobody_told(desk: Desk) -> None:
    desk.drop("new.csv", "orders 2 shipped\n", age=timedelta(hours=1))
    desk.look()
    desk.drop("old.csv", "orders 1 shipped\norders 2 pending\n", age=timedelta(hours=9))
    desk.look()
    assert desk.column("orders", "status") == {"1": "shipped", "2": "shipped"}


def test_what_waited_for_names_is_read_again_once_they_came(desk: Desk) -> None:
    desk.drop("terms.csv", "terms 1\n", age=timedelta(hours=1))
    desk.look()
    assert desk.look().files[0].known, "nothing came yet"
    desk.book.book("north", STREAMS["costs"], Delivered([]), desk.clock.now(), "r_by_another_source")
    (again,) = desk.look().files
    assert not again.known
    assert again.record.receipt["streams"][0]["increments"] == 0, "booked once"
    assert desk.look().files[0].known


def test_within_one_pass_what_waited_is_read_again_at_its_end(desk: Desk) -> None:
    desk.drop("terms.csv", "terms 1\n", age=timedelta(hours=1))
    desk.drop("costs.csv", "costs GC-1 5\n")
    report = desk.intake.take(desk.folder)
    assert [taken.record.receipt["streams"][0]["increments"] for taken in report.files] == [1, 1]
    events = [event.payload["name"] for event in desk.ledger.events() if event.kind == "file"]
    assert events == ["terms.csv", "costs.csv", "terms.csv"]


def test_where_booking_fails_for_no_fault_of_the_file_it_is_tried_again_later(desk: Desk) -> None:
    facts = desk.book.folder
    facts.write_text("in the way")
    desk.drop("costs.csv", "costs GC-1 5\n")
    (taken,) = desk.look().files
    assert isinstance(taken.fault, FactsError)
    assert desk.ledger.files() == []
    assert desk.look().files == [], "not at once"
    facts.unlink()
    desk.clock.sleep(600)
    assert [each.record.state for each in desk.look().files] == [FileState.BOOKED]


def test_a_folder_that_is_not_there_holds_nothing(desk: Desk) -> None:
    desk.folder.rmdir()
    assert desk.look().files == []


_DIES = """
import os, sys
from pathlib import Path
from tests.unit.jobs.test_take_in import Desk
from agent.facts.book import Book
from agent.ledger import SqlLedger

class Dying(SqlLedger):
    def file_put(self, record):
        os.kill(os.getpid(), 9)

folder = Path(sys.argv[1])
desk = Desk(folder / "drop", Dying.open(f"sqlite:///{folder / 'steward.db'}"), Book(folder / "facts"))
desk.intake.take(desk.folder)
"""


def test_killed_between_booking_and_receipt_nothing_is_booked_twice(desk: Desk) -> None:
    desk.drop("sales.csv", "sales GC-1 5 2\nsales GC-1 6 1\n")
    folder = desk.folder.parent
    died = subprocess.run([sys.executable, "-c", _DIES, str(folder)], timeout=60, cwd=Path(__file__).parents[3])
    assert died.returncode == -9
    desk.runs = 10
    assert desk.ledger.files() == []
    assert desk.units() == {("GC-1", 5): 2, ("GC-1", 6): 1}
    (taken,) = desk.look().files
    assert taken.record.receipt["streams"][0]["increments"] == 0
    assert desk.units() == {("GC-1", 5): 2, ("GC-1", 6): 1}
