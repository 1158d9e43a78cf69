"""A seller without any API: exports go in, a workbook comes out, a later export closes the loop. By command line."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from connectors.bulksheet import read_workbook
from tests.office import Office, as_before, office
from tests.ran import Ran
from tests.schemas import faults

__all__ = ["as_before", "office"]

_CONFIG = """\
database = "sqlite:///steward.db"
facts = "facts"
rules = ["shipped"]
dry_run = false

[belts]
most_share = 1.0

[accounts.shop]
marketplace = "US"

[accounts.shop.settings]
target_acos = 0.30
break_even_acos = 0.40

[accounts.shop.file_drop]
folder = "exports"
"""
_HEAD = [
    "Product", "Entity", "Operation", "Campaign ID", "Ad Group ID", "Portfolio ID", "Ad ID", "Keyword ID",
    "Product Targeting ID", "Campaign Name", "Ad Group Name", "Targeting Type", "State", "Daily Budget", "SKU",
    "ASIN (Informational only)", "Ad Group Default Bid", "Bid", "Keyword Text", "Match Type", "Bidding Strategy",
    "Product Targeting Expression", "Impressions", "Clicks", "Spend", "Sales", "Orders", "Units",
]  # fmt: skip
_SHEET = "Sponsored Products Campaigns"
_COSTLY = 8
"""So many of the keywords are far above target."""


@dataclass(frozen=True, slots=True)
class Desk:
    office: Office

    @property
    def folder(self) -> Path:
        return self.office.folder

    def steward(self, *arguments: str) -> Ran:
        return self.office.steward(*arguments)

    @property
    def exports(self) -> Path:
        return self.folder / "exports"

    def export(self, minutes_ago: int, bids: dict[str, float] | None = None) -> Path:
        """A download of the console, made so long ago; ``bids``: those that are no longer 1.00."""
        today = datetime.now(UTC).date()
        first, last = today - timedelta(days=32), today - timedelta(days=2)
        path = self.exports / f"bulk-a1b2-{first:%Y%m%d}-{last:%Y%m%d}-{minutes_ago}.xlsx"
        book = Workbook()
        book.remove(book.worksheets[0])
        sheet = book.create_sheet(_SHEET)
        sheet.append(_HEAD)
        for row in _rows(bids or {}):
            sheet.append([row.get(name, "") for name in _HEAD])
        path.parent.mkdir(exist_ok=True)
        book.save(path)
        moment = datetime.now(UTC).timestamp() - minutes_ago * 60
        os.utime(path, (moment, moment))
        return path

    def approve_all(self) -> None:
        ran = self.steward("actions", "approve", "--filter", "", "--yes", "--json")
        assert ran.code == 0, ran.err


def _rows(bids: dict[str, float]) -> list[dict[str, Any]]:
    sp = {"Product": "Sponsored Products", "State": "enabled", "Campaign ID": "347066231335202"}
    group = {**sp, "Ad Group ID": "552161377274992"}
    rows = [
        {**sp, "Entity": "Campaign", "Campaign Name": "Chairs", "Targeting Type": "Manual", "Daily Budget": 50.0,
         "Bidding Strategy": "Fixed bid"},
        {**group, "Entity": "Ad Group", "Ad Group Name": "One", "Ad Group Default Bid": 0.75},
    ]  # fmt: skip
    for number in range(30):
        id = f"53859518345{number:04d}"
        sales = 40.0 if number < _COSTLY else 400.0
        rows.append({**group, "Entity": "Keyword", "Keyword ID": id, "Keyword Text": f"chair {number}",
                     "Match Type": "Exact", "Bid": bids.get(id, 1.0), "Impressions": 900.0, "Clicks": 40.0,
                     "Spend": 20.0, "Sales": sales, "Orders": 2.0, "Units": 2.0})  # fmt: skip
    return rows


def _uploaded(path: Path) -> dict[str, float]:
    """What Amazon makes of the workbook: the new bid of each keyword."""
    rows = load_workbook(path)[_SHEET].iter_rows(values_only=True)
    head = list(next(rows))
    found = [dict(zip(head, row, strict=True)) for row in rows]
    assert {row["Operation"] for row in found} == {"Update"}
    return {row["Keyword ID"]: row["Bid"] for row in found}


@pytest.fixture
def desk(office: Office) -> Desk:
    office.write(_CONFIG)
    return Desk(office)


def test_a_shop_without_an_api_goes_round_the_whole_loop(desk: Desk) -> None:
    desk.export(minutes_ago=30)
    (desk.exports / "notes.txt").write_text("buy milk\n", encoding="utf-8")
    taken = desk.steward("pull", "--from", str(desk.exports), "--json")
    assert taken.code == 0, taken.err
    assert faults(taken.json) == []
    by_state = {each["state"]: each for each in taken.json["files"]}
    assert by_state["unknown"]["file"] == "notes.txt"
    assert by_state["booked"]["kind"] == "bulk_workbook"
    assert by_state["booked"]["receipt"]["totals"]["Keyword: cost"] == 600_000_000

    plan = desk.steward("plan", "--json")
    assert plan.code == 0, plan.err
    assert faults(plan.json) == []
    proposed = {each["entity"]: each for each in plan.json["actions"] if each["state"] == "proposed"}
    assert len(proposed) == _COSTLY
    desk.approve_all()

    sent = desk.steward("apply", "--yes", "--json")
    assert (sent.code, sent.json["counts"]) == (0, {"waiting": _COSTLY}), "there is no API to send it to"

    out = desk.folder / "monday.xlsx"
    written = desk.steward("apply", "--to", "bulksheet", str(out), "--yes", "--json")
    assert written.code == 0, written.err
    assert faults(written.json) == []
    assert written.json["counts"]["accepted"] == _COSTLY
    assert written.json["files"][0]["rows"] == _COSTLY == read_workbook(out).operations
    bids = _uploaded(out)
    assert set(bids) == set(proposed)
    assert set(bids.values()) == {0.7}, "30 % at once is the most the rule allows"

    again = desk.steward("apply", "--to", "bulksheet", str(desk.folder / "tuesday.xlsx"), "--yes", "--json")
    assert (again.code, again.json["files"]) == (0, [])
    assert not (desk.folder / "tuesday.xlsx").exists(), "nothing is written twice"
    shown = desk.steward("actions", "show", next(iter(proposed.values()))["id"], "--json")
    assert shown.json["state"] == "accepted"
    assert "monday.xlsx, row" in json.dumps(shown.json)

    assert desk.steward("apply", "--yes", "--json").json["counts"] == {"accepted": _COSTLY}, "nobody waits for it"

    refused = next(iter(proposed))
    later = desk.export(minutes_ago=0, bids={id: bid for id, bid in bids.items() if id != refused})
    back = desk.steward("pull", "--from", str(later), "--json")
    assert back.json["read_back"] == {"done": _COSTLY - 1}
    states = desk.steward("status", "--json").json["accounts"]["shop"]["proposals"]
    assert (states["done"], states["accepted"]) == (_COSTLY - 1, 1)
    assert desk.steward("audit", "verify").code == 0


def test_the_workbook_we_wrote_is_no_export(desk: Desk) -> None:
    """Dropped into the watched folder by mistake, also saved anew, it changes nothing that is known."""
    desk.export(minutes_ago=30)
    desk.steward("pull")
    desk.steward("plan")
    desk.approve_all()
    out = desk.exports / "monday.xlsx"
    assert desk.steward("apply", "--to", "bulksheet", str(out), "--yes").code == 0
    same = desk.steward("pull", "--from", str(out), "--json").json
    assert [(each["state"], each["known"]) for each in same["files"]] == [("written", True)]
    book = load_workbook(out)
    book.properties.title = "saved anew"  # else the bytes may be the same, and with them the file
    book.save(desk.exports / "saved.xlsx")
    saved = desk.steward("pull", "--from", str(desk.exports / "saved.xlsx"), "--json").json
    assert saved["files"][0]["receipt"]["streams"] == []
    assert saved["read_back"] == {}
    assert desk.steward("status", "--json").json["accounts"]["shop"]["proposals"]["accepted"] == _COSTLY


def test_a_file_that_is_refused_says_where_and_what_to_do(desk: Desk) -> None:
    path = desk.export(minutes_ago=30, bids={"538595183450003": -1.0})
    ran = desk.steward("pull", "--from", str(path))
    assert ran.code == 2
    assert "row 7" in ran.out
    assert "'Bid'" in ran.out
    assert "What to do: " in ran.out
    assert "keywords" not in desk.steward("status", "--json").json["accounts"]["shop"]["streams"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("apply", "--to", "bulksheet", "{folder}/steward.toml"), "is no name of a workbook"),
        (("apply", "--to", "paper", "{folder}/out.xlsx"), "Steward writes no 'paper'"),
        (("apply", "--to", "bulksheet", "{folder}/gone/out.xlsx"), "There is no folder"),
        (("pull", "--from", "{folder}/gone"), "There is no file or folder"),
        (("files", "show", "feed"), "No file 'feed' was taken in"),
    ],
)
def test_wrong_use_is_told_with_exit_2(desk: Desk, arguments: tuple[str, ...], said: str) -> None:
    ran = desk.steward(*(each.format(folder=desk.folder) for each in arguments))
    assert ran.code == 2
    assert said in ran.err


def test_in_dry_run_no_file_is_written_either(desk: Desk) -> None:
    desk.office.write(_CONFIG.replace("dry_run = false", "dry_run = true"))
    ran = desk.steward("apply", "--to", "bulksheet", str(desk.folder / "out.xlsx"), "--yes")
    assert ran.code == 6
    assert "dry-run" in ran.err


def test_the_daemon_takes_the_folder_in_judges_and_reads_back(desk: Desk) -> None:
    desk.export(minutes_ago=30)
    turned = desk.steward("run", "--once")
    assert turned.code == 0, turned.err
    states = desk.steward("status", "--json").json["accounts"]["shop"]["proposals"]
    assert states["proposed"] == _COSTLY
