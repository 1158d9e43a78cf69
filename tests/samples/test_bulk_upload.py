"""What is written for upload, held against Amazon's own template and a real download."""

import warnings
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from agent.model.change import Change
from agent.model.entity import Entity
from agent.model.kinds import KINDS, STREAMS
from agent.model.marketplace import MARKETPLACES
from agent.model.money import Money
from agent.model.proposal import Fate
from connectors.bulksheet import BulkWorkbook, read_workbook
from connectors.bulksheet.upload import COLUMNS, EDITS, PLACEMENTS, SHAPES, SHEET, STRATEGIES
from tests.unit.connectors.bulksheet.test_actuators import Book

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def console(shared: Path) -> Path:
    return shared / "samples" / "ads-console"


@pytest.fixture(scope="module")
def template(console: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load_workbook(console / "AmazonAdvertisingBulksheetSellerTemplate.xlsx")


@pytest.fixture(scope="module")
def allowed(template: Any) -> dict[str, list[str]]:
    """The template's lists of allowed words and required columns."""
    rows = template["Config"].iter_rows(values_only=True)
    return {row[0]: [cell for cell in row[1:] if cell] for row in rows if row[0]}


def test_the_columns_are_those_of_the_template(template: Any) -> None:
    header = next(template[SHEET].iter_rows(max_row=1, values_only=True))
    assert tuple(header) == COLUMNS


def test_every_entity_and_field_the_template_wants_for_an_update_is_in_the_row(allowed: dict[str, list[str]]) -> None:
    """But for a campaign's start date, which no download of ours tells."""
    for shape in SHAPES.values():
        assert shape.entity in allowed["SponsoredProductsEntityNames"]
        names = {shape.id, *shape.required.values(), *shape.optional.values()}
        operation = "Archive" if shape.archives else "Update"
        wanted = allowed[f"SponsoredProducts{operation}{shape.entity.replace(' ', '')}RequiredHeaders"]
        assert {name.replace(" Id", " ID") for name in wanted} - names <= {"Start Date"}
    assert {"Update", "Archive"} <= set(allowed["SponsoredProductsOperationNames"])
    assert set(PLACEMENTS.values()) < set(allowed["SponsoredProductsUpdateBiddingAdjustmentPlacements"])
    assert set(STRATEGIES.values()) <= set(allowed["SponsoredProductsUpdateCampaignStrategys"])
    assert {"enabled", "paused"} <= set(allowed["SponsoredProductsUpdateKeywordStates"])


def test_a_change_of_every_entity_of_the_real_download_can_be_written_and_reads_back(
    console: Path, tmp_path: Path
) -> None:
    """Each thing's money or state is changed once; our reader finds exactly the new values, and nothing else moved."""
    download = read_workbook(console / "bulksheet_2025-11-18_2026-01-17.xlsx")
    book = Book()
    for name, rows in download.streams.items():
        for n, id in enumerate(rows.columns["entity"]):
            book.things[STREAMS[name].kind, id] = {column: values[n] for column, values in rows.columns.items()}
    sheet = BulkWorkbook(MARKETPLACES["US"], book, tmp_path / "up.xlsx")
    wanted: dict[tuple[str, str, str], Any] = {}
    for edit in sorted(EDITS, key=str):
        if edit.field == "state" and edit.kind != "ad_group":
            continue
        if edit.field in ("default_bid", "bidding_strategy", "create", *PLACEMENTS):
            continue
        changes = {}
        for kind, id in book.things:
            if kind == edit.kind:
                after = "paused" if edit.field == "state" else Money.of("0.77", "USD")
                changes[f"{edit.field}{id}"] = Change(Entity("north", kind, id), edit.field, None, after)
                wanted[kind, id, edit.field] = after
        receipts = sheet.apply(changes)
        assert {each.fate for each in receipts} == {Fate.ACCEPTED}
    assert len(wanted) == 5 + 5 + 125 + 57
    back = read_workbook(tmp_path / "up.xlsx")
    assert back.operations == len(wanted)
    assert back.ignored == {}
    for (kind, id, field), after in wanted.items():
        rows = back.streams[KINDS[kind].states[0]].columns
        at = rows["entity"].index(id)
        assert rows[field][at] == (after.micros if isinstance(after, Money) else after)
        told = {column for column in rows if column in SHAPES[kind].columns and column != field}
        assert {column: rows[column][at] for column in told} == {
            column: book.things[kind, id][column] for column in told if not (kind != "campaign" and column == "bid")
        } | ({"bid": None} if "bid" in told else {})  # fmt: skip
