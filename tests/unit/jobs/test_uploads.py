"""Carrying out by way of a file: the same protocol, on a real ledger, a real book and real workbooks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from agent.clock import SetClock
from agent.facts.book import Book
from agent.facts.known import KnownState
from agent.jobs.act import ActReport, act
from agent.jobs.settle import Patience, SettleReport, settle
from agent.ledger import SqlLedger
from agent.model.entity import Entity
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.marketplace import MARKETPLACES
from agent.model.proposal import Fate, State
from connectors.bulksheet import BulkWorkbook, PriceFile, prices_beside
from tests.wishes import NOW, approved, wish, wishes

DAY, WEEK = timedelta(days=1), timedelta(days=7)
SLOW = {"keyword": WEEK}
PATIENCE = Patience(settle_by_kind=SLOW, give_up_by_kind=SLOW, attempts_by_kind={"keyword": 1})


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "steward.db"
    SqlLedger.open(f"sqlite:///{path}").close()
    return path


@dataclass
class Desk:
    """An account that is known from exports alone."""

    folder: Path
    ledger: SqlLedger
    book: Book
    clock: SetClock = field(default_factory=lambda: SetClock(NOW + timedelta(minutes=1)))
    runs: int = 0

    def export(self, **bids: int) -> None:
        """A download of now: these bids in cents, all others 1.00."""
        ids = [f"k{number}" for number in range(1, 6)]
        columns = {
            "entity": ids, "text": ids, "match_type": ["exact"] * 5, "state": ["enabled"] * 5,
            "bid": [bids.get(id, 100) * 10_000 for id in ids], "campaign_id": ["c1"] * 5, "ad_group_id": ["a1"] * 5,
        }  # fmt: skip
        self.book.book("north", STREAMS["keywords"], Delivered([Rows(columns)]), self.clock.now(), "r_export")

    def write(self, name: str) -> ActReport:
        return act(self.ledger, [self.workbook(self.folder / name)], self.clock, account="north", run=self._run(),
                   may_write=lambda: None, patience=PATIENCE)  # fmt: skip

    def settle(self) -> SettleReport:
        return settle(self.ledger, [self.workbook()], self.clock, account="north", run=self._run(), patience=PATIENCE)

    def workbook(self, path: Path | None = None) -> BulkWorkbook:
        return BulkWorkbook(MARKETPLACES["DE"], KnownState(self.book, "north", self.clock), path)

    def later(self, span: timedelta) -> None:
        self.clock.sleep(span.total_seconds())

    def states(self) -> dict[str, State]:
        return {proposal.id: proposal.state for proposal in self.ledger.in_state(*State)}

    def written(self, name: str) -> list[str]:
        """The keywords in a workbook."""
        (sheet,) = load_workbook(self.folder / name).worksheets
        rows = sheet.iter_rows(values_only=True)
        place = next(rows).index("Keyword ID")
        return [str(row[place]) for row in rows]

    def _run(self) -> str:
        self.runs += 1
        return f"r_{self.runs}"


@pytest.fixture
def desk(tmp_path: Path, migrated: Path) -> Iterator[Desk]:
    ledger = SqlLedger.open(f"sqlite:///{shutil.copy(migrated, tmp_path)}")
    desk = Desk(tmp_path, ledger, Book(tmp_path / "facts"))
    desk.export()
    desk.later(timedelta(minutes=1))
    yield desk
    ledger.close()


def test_what_was_written_is_accepted_and_done_once_a_later_export_shows_it(desk: Desk) -> None:
    ids = approved(desk.ledger, wishes(2))
    assert +desk.write("up.xlsx").counts == {State.ACCEPTED: 2}
    assert desk.written("up.xlsx") == ["k1", "k2"]
    executions = desk.ledger.executions(ids)
    assert [executions[id][0].message for id in ids] == ["written to up.xlsx, row 2", "written to up.xlsx, row 3"]
    assert {executions[id][0].fate for id in ids} == {Fate.ACCEPTED}
    assert desk.settle().open == {State.ACCEPTED: 2}
    desk.later(DAY)
    desk.export(k1=75)
    desk.settle()
    assert desk.states() == {"p_1": State.DONE, "p_2": State.ACCEPTED}
    assert desk.ledger.verify().ok


def test_the_intent_is_on_disk_before_the_file_is(desk: Desk) -> None:
    (id,) = approved(desk.ledger, wishes(1))
    desk.write("up.xlsx")
    assert [event.kind for event in desk.ledger.events(proposal=id)][-2:] == ["intent", "accepted"]
    assert desk.ledger.events(proposal=id)[-1].payload["request_id"] == desk.ledger.executions([id])[id][0].request_id


def test_a_second_workbook_holds_only_what_is_newly_approved(desk: Desk) -> None:
    approved(desk.ledger, wishes(2))
    desk.write("one.xlsx")
    approved(desk.ledger, [wish(3)])
    desk.write("two.xlsx")
    desk.write("three.xlsx")
    assert desk.written("two.xlsx") == ["k3"]
    assert not (desk.folder / "three.xlsx").exists()


def test_a_value_that_moved_in_a_newer_export_is_left_alone(desk: Desk) -> None:
    approved(desk.ledger, wishes(2))
    desk.export(k1=50)
    desk.write("up.xlsx")
    assert desk.states() == {"p_1": State.SUPERSEDED, "p_2": State.ACCEPTED}
    assert desk.written("up.xlsx") == ["k2"]


def test_exports_of_the_first_days_prove_nothing_and_without_a_later_one_nothing_is_settled(desk: Desk) -> None:
    approved(desk.ledger, wishes(1))
    desk.write("up.xlsx")
    desk.later(3 * DAY)
    desk.export()
    desk.later(5 * DAY)
    desk.settle()
    assert desk.states() == {"p_1": State.ACCEPTED}, "the newest export is older than the settle time"


def test_what_a_late_export_still_does_not_show_is_left_to_a_person_and_never_written_again(desk: Desk) -> None:
    approved(desk.ledger, [wish(1, expires_at=NOW + timedelta(days=90))])
    desk.write("up.xlsx")
    desk.later(8 * DAY)
    desk.export()
    desk.settle()
    assert desk.states() == {"p_1": State.IN_DOUBT}
    desk.settle()
    assert desk.states() == {"p_1": State.CONFLICT}
    desk.write("again.xlsx")
    assert not (desk.folder / "again.xlsx").exists()


def test_another_value_in_a_late_export_is_a_conflict(desk: Desk) -> None:
    approved(desk.ledger, wishes(1))
    desk.write("up.xlsx")
    desk.later(8 * DAY)
    desk.export(k1=42)
    report = desk.settle()
    assert [each.note for each in report.conflicts] == ["neither before nor after: 0.42 EUR"]


def test_without_any_later_export_it_is_given_up_loudly_in_the_end(desk: Desk) -> None:
    approved(desk.ledger, wishes(1))
    desk.write("up.xlsx")
    desk.later(15 * DAY)
    for state in (State.IN_DOUBT, State.CONFLICT):
        desk.settle()
        assert desk.states() == {"p_1": state}


def test_prices_go_the_same_way_by_a_file_of_their_own(desk: Desk) -> None:
    at = desk.clock.now()
    price = Rows({"entity": ["GC-1"], "price": [1_000_000]})
    desk.book.book("north", STREAMS["listings"], Delivered([price]), at, "r_export")
    change = replace(wish(1).change, entity=Entity("north", "listing", "GC-1"), field="price")
    approved(desk.ledger, [wish(1, change=change), wish(2)])
    known, path = KnownState(desk.book, "north", desk.clock), desk.folder / "up.xlsx"
    prices = PriceFile(MARKETPLACES["DE"], known, prices_beside(path))
    act(desk.ledger, [desk.workbook(path), prices], desk.clock, account="north", run="r_both",
        may_write=lambda: None, patience=PATIENCE)  # fmt: skip
    assert (desk.folder / "up.prices.txt").read_text() == "sku\tprice\nGC-1\t0.75\n"
    assert desk.written("up.xlsx") == ["k2"]
    desk.later(DAY)
    price = Rows({"entity": ["GC-1"], "price": [750_000]})
    desk.book.book("north", STREAMS["listings"], Delivered([price]), desk.clock.now(), "r_export")
    settle(desk.ledger, [desk.workbook(), PriceFile(MARKETPLACES["DE"], known)], desk.clock, account="north",
           run="r_read", patience=PATIENCE)  # fmt: skip
    assert desk.states() == {"p_1": State.DONE, "p_2": State.ACCEPTED}


def test_before_any_export_nothing_is_written_and_everything_waits(tmp_path: Path, desk: Desk) -> None:
    desk.book = Book(tmp_path / "empty")
    approved(desk.ledger, wishes(1))
    report = desk.write("up.xlsx")
    assert "no export has told the bid of any keyword yet" in report.faults[0].message
    assert desk.states() == {"p_1": State.APPROVED}


_DIES = """
import os, sys
from pathlib import Path
from agent.facts.book import Book
from agent.ledger import SqlLedger
from tests.unit.jobs.test_uploads import Desk

class Dying(SqlLedger):
    def receive(self, *_):
        os.kill(os.getpid(), 9)

folder = Path(sys.argv[1])
desk = Desk(folder, Dying.open(f"sqlite:///{folder / 'steward.db'}"), Book(folder / "facts"), runs=10)
desk.clock.sleep(60)
desk.write("up.xlsx")
"""


def test_killed_between_the_file_and_its_receipt_nothing_is_written_a_second_time(desk: Desk) -> None:
    approved(desk.ledger, wishes(2))
    died = subprocess.run(
        [sys.executable, "-c", _DIES, str(desk.folder)], timeout=60, cwd=Path(__file__).parents[3],
        capture_output=True, text=True,
    )  # fmt: skip
    assert died.returncode == -9, died.stderr
    assert desk.written("up.xlsx") == ["k1", "k2"]
    desk.runs = 20
    assert desk.write("again.xlsx").counts["recovered"] == 2
    assert not (desk.folder / "again.xlsx").exists()
    desk.later(8 * DAY)
    desk.export(k1=75)
    desk.settle()
    assert desk.states() == {"p_1": State.DONE, "p_2": State.CONFLICT}


def test_what_nobody_here_can_write_stands_in_nobody_s_way(desk: Desk) -> None:
    approved(desk.ledger, [wish(1, field="name"), wish(2), wish(3)])
    report = act(desk.ledger, [desk.workbook(desk.folder / "up.xlsx")], desk.clock, account="north", run="r_few",
                 may_write=lambda: None, patience=PATIENCE, most=2)  # fmt: skip
    assert (report.counts["accepted"], report.counts["waiting"]) == (2, 1)
    assert desk.written("up.xlsx") == ["k2", "k3"]


def test_nobody_waits_in_front_of_records_that_cannot_change_meanwhile(desk: Desk) -> None:
    approved(desk.ledger, wishes(1))
    desk.write("up.xlsx")
    before = desk.clock.now()
    settle(desk.ledger, [desk.workbook()], desk.clock, account="north", run="r_wait", wait_seconds=600,
           patience=PATIENCE)  # fmt: skip
    assert desk.clock.now() == before
