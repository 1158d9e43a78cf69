"""Real exports through the command line: receipts that add up, and nothing twice."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.office import Office, as_before, office
from tests.schemas import faults

__all__ = ["as_before", "office"]

pytestmark = pytest.mark.shared

_CONFIG = """\
database = "sqlite:///steward.db"
facts = "facts"
rules = ["shipped"]

[accounts.shop]
marketplace = "US"

[accounts.shop.file_drop]
folder = "exports"
"""
_BULK = "bulksheet_2025-11-18_2026-01-17.xlsx"


@pytest.fixture
def taken(office: Office, shared: Path) -> dict[str, Any]:
    office.write(_CONFIG)
    shutil.copytree(shared / "samples" / "ads-console", office.folder / "exports")
    ran = office.steward("pull", "--from", "exports", "--json")
    assert ran.code == 0, ran.err
    assert faults(ran.json) == []
    return {each["file"]: each for each in ran.json["files"]}


def test_the_receipts_of_real_exports_add_up(taken: dict[str, Any]) -> None:
    receipt = taken[_BULK]["receipt"]
    assert (receipt["period"], receipt["period_from"]) == (["2025-11-18", "2026-01-17"], "name")
    totals = receipt["totals"]
    for entity, cost in {"Campaign": 94.10, "Ad Group": 94.10, "Keyword": 76.61, "Product Targeting": 17.49}.items():
        assert totals[f"{entity}: cost"] == round(cost * 1_000_000)
    told = {each["stream"]: each["increments"] for each in receipt["streams"]}
    assert (told["campaigns"], told["ad_groups"], told["keywords"], told["product_targets"]) == (5, 5, 125, 57)
    assert {each["state"] for each in taken.values()} == {"booked", "unknown"}
    assert {name for name, each in taken.items() if each["state"] == "unknown"} == {"SOURCES.md", "LICENSE.txt"}


def test_the_same_folder_again_books_nothing(office: Office, taken: dict[str, Any]) -> None:
    again = office.steward("pull", "--from", "exports", "--json").json["files"]
    booked = [each for each in again if each["state"] == "booked"]
    assert all(each["known"] for each in booked)
    watched = office.steward("pull", "--json")
    assert watched.code == 0, watched.err
    assert all(each["known"] for each in watched.json["files"])
    listed = office.steward("files", "list", "--json").json["files"]
    assert {each["sha256"] for each in listed} == {each["sha256"] for each in taken.values()}


def test_a_receipt_can_be_read_again_later(office: Office, taken: dict[str, Any]) -> None:
    shown = office.steward("files", "show", taken[_BULK]["sha256"][:8])
    assert shown.code == 0
    for words in (_BULK, "243 rows", "Campaign: cost 94.10 USD"):
        assert words in shown.out
