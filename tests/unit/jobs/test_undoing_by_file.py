"""What a workbook made is taken back by another one: keywords and targets are paused, negative keywords archived."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from agent.clock import SetClock
from agent.facts.book import Book
from agent.facts.known import KnownState
from agent.jobs.act import act
from agent.jobs.judge import Court
from agent.jobs.settle import Patience, settle
from agent.jobs.undo import UndoReport, undo
from agent.ledger import SqlLedger
from agent.model.actions import CREATE
from agent.model.belt import BeltLimits
from agent.model.change import Change
from agent.model.creation import Creation
from agent.model.entity import Entity
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.marketplace import MARKETPLACES
from agent.model.money import Money
from agent.model.proposal import State
from agent.model.unwind import Which, Why
from connectors.bulksheet import BulkWorkbook
from tests.wishes import NOW, approved, wish, yes

WEEK = timedelta(days=7)
KINDS = ("keyword", "negative_keyword", "product_target")
SLOW = dict.fromkeys(KINDS, WEEK)
PATIENCE = Patience(settle_by_kind=SLOW, give_up_by_kind=SLOW, attempts_by_kind=dict.fromkeys(KINDS, 1))
_INSIDE = {"campaign_id": "c1", "ad_group_id": "g1"}
_BID = Money.of("0.50", "EUR")
MADE = (
    Creation.of("keyword", "g1", "exact", "usb hub", _BID),
    Creation.of("negative_keyword", "g1", "negative_exact", "free"),
    Creation.of("product_target", "g1", "asin", "B000000001", _BID),
)  # fmt: skip
GROUP = {"entity": "g1", "name": "Group", "state": "enabled", "default_bid": 500_000, "campaign_id": "c1"}
KEYWORD = {"entity": "k1", "text": "usb hub", "match_type": "exact", "state": "enabled", "bid": 500_000, **_INSIDE}
TARGET = {"entity": "t1", "text": "asin=B000000001", "target_type": "manual", "state": "enabled", "bid": 500_000,
          **_INSIDE}  # fmt: skip
NEGATIVE = {"entity": "n1", "text": "free", "match_type": "negative_exact", "state": "enabled", **_INSIDE}


class Desk:
    """An account that is known from exports alone."""

    def __init__(self, folder: Path, ledger: SqlLedger) -> None:
        self.folder, self.ledger, self.book = folder, ledger, Book(folder / "facts")
        self.clock, self.ids = SetClock(NOW + timedelta(minutes=1)), count()

    def mint(self, prefix: str) -> str:
        return f"{prefix}_u{next(self.ids)}"

    def export(self, **told: list[Mapping[str, Any]]) -> None:
        """A download of now."""
        self.clock.sleep(3600)
        for name in ("ad_groups", "keywords", "product_targets", "negative_keywords"):
            rows, stream = told.get(name, [GROUP] if name == "ad_groups" else []), STREAMS[name]
            columns = {each: [row[each] for row in rows] for each in ("entity", *(one.name for one in stream.columns))}
            self.book.book("north", stream, Delivered([Rows(columns)]), self.clock.now(), self.mint("r"))
        self.clock.sleep(3600)

    def sheet(self, path: Path | None = None) -> BulkWorkbook:
        return BulkWorkbook(MARKETPLACES["DE"], KnownState(self.book, "north", self.clock), path)

    def write(self, name: str) -> list[dict[str, Any]]:
        """The rows of a workbook with all that is approved."""
        act(self.ledger, [self.sheet(self.folder / name)], self.clock, account="north", run=self.mint("r"),
            may_write=lambda: None, patience=PATIENCE)  # fmt: skip
        (sheet,) = load_workbook(self.folder / name).worksheets
        rows = sheet.iter_rows(values_only=True)
        head = next(rows)
        return [{name: cell for name, cell in zip(head, row, strict=True) if cell is not None} for row in rows]

    def settle(self) -> None:
        settle(self.ledger, [self.sheet()], self.clock, account="north", run=self.mint("r"), patience=PATIENCE)

    def undo(self) -> UndoReport:
        court = Court("north", MARKETPLACES["DE"], (), (), BeltLimits(), self.book, self.clock, self.mint)
        return undo(court, self.ledger, [self.sheet()], Which(run="r_1"))

    def states(self) -> set[State]:
        return {each.state for each in self.ledger.in_state(*State)}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    ledger = SqlLedger.open(f"sqlite:///{tmp_path / 'steward.db'}")
    desk = Desk(tmp_path, ledger)
    desk.export()
    approved(ledger, [wish(number, change=Change(Entity("north", new.kind, new.key), CREATE, None, new))
                      for number, new in enumerate(MADE, start=1)])  # fmt: skip
    assert {row["Operation"] for row in desk.write("made.xlsx")} == {"Create"}
    yield desk
    ledger.close()


def test_before_an_export_shows_what_was_made_nothing_of_it_can_be_taken_back(desk: Desk) -> None:
    assert {each.why for each in desk.undo().kept} == {Why.IN_FLIGHT}


def test_what_a_workbook_made_is_switched_off_by_another_under_the_ids_of_a_later_export(desk: Desk) -> None:
    desk.export(keywords=[KEYWORD], product_targets=[TARGET], negative_keywords=[NEGATIVE])
    desk.settle()
    assert desk.states() == {State.DONE}
    found = desk.undo()
    assert {(each.change.entity.id, each.change.after) for each in found.fresh} == {
        ("k1", "paused"), ("n1", "archived"), ("t1", "paused"),
    }  # fmt: skip
    assert desk.ledger.decide([yes(each) for each in found.fresh], desk.clock.now()) == []
    rows = {row["Entity"]: row for row in desk.write("back.xlsx")}
    assert {name: (row["Operation"], row.get("State")) for name, row in rows.items()} == {
        "Keyword": ("Update", "paused"), "Product Targeting": ("Update", "paused"),
        "Negative Keyword": ("Archive", None),
    }  # fmt: skip
    assert rows["Negative Keyword"]["Keyword ID"] == "n1"
    desk.settle()
    assert State.ACCEPTED in desk.states()
    # A download without what is archived, and with what is paused.
    desk.export(keywords=[{**KEYWORD, "state": "paused"}], product_targets=[{**TARGET, "state": "paused"}])
    desk.settle()
    assert desk.states() == {State.DONE}
    assert {each.why for each in desk.undo().kept} <= {Why.ALREADY, Why.GONE}
    assert desk.ledger.verify().ok
