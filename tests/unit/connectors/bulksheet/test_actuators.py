"""Approved changes as files for upload: what stands in them, what is refused, and how they are read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from agent.errors import SourceError
from agent.model.actions import CREATE
from agent.model.change import Change, Value
from agent.model.creation import Creation
from agent.model.entity import Entity
from agent.model.marketplace import MARKETPLACES
from agent.model.money import Money
from agent.model.percent import Percent
from agent.model.proposal import Fate
from agent.model.recorded import Recorded
from connectors.bulksheet import BulkWorkbook, PriceFile, prices_beside, read_workbook
from connectors.bulksheet.upload import COLUMNS, EDITS, SHEET

NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)
LONG = "347066231335202123"
_TARGETED = {"campaign_id": LONG, "ad_group_id": "552161377274992", "state": "enabled"}


@dataclass
class Book:
    """What the newest export told."""

    things: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    at: datetime | None = NOON

    def rows(self, kind: str, columns: Sequence[str], ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        found = {id: self.things[kind, id] for id in ids if (kind, id) in self.things}
        return {id: {name: row.get(name) for name in columns} for id, row in found.items()}

    def within(self, kind: str, columns: Sequence[str], ad_groups: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        ids = [id for of, id in self.things if of == kind and self.things[of, id].get("ad_group_id") in ad_groups]
        return self.rows(kind, columns, ids)

    def observed_at(self, kind: str, column: str) -> datetime | None:
        return self.at


@pytest.fixture
def book() -> Book:
    return Book({
        ("campaign", LONG): {"name": "=Summer & exact", "state": "enabled", "budget": 8_100_000,
                             "targeting_type": "manual", "bidding_strategy": "legacy_for_sales",
                             "portfolio_id": "95232512935825"},
        ("ad_group", "552161377274992"): {"name": "Group 1", "campaign_id": LONG, "state": "enabled",
                                          "default_bid": 1_090_000},
        ("keyword", "538595183451071"): {**_TARGETED, "bid": 830_000, "text": "garden chair", "match_type": "phrase"},
        ("keyword", "538595183451072"): {**_TARGETED, "bid": 500_000, "state": "paused"},
        ("product_target", "552161875214843"): {**_TARGETED, "bid": None},
        ("listing", "GC-1"): {"price": 24_990_000},
    })  # fmt: skip


def change(kind: str, id: str, field: str, after: Value, before: Value = None) -> Change:
    return Change(Entity("north", kind, id), field, before, after)


def dollars(amount: str) -> Money:
    return Money.of(amount, "USD")


def written(path: Path) -> list[dict[str, Any]]:
    rows = load_workbook(path)[SHEET].iter_rows()
    assert [cell.value for cell in next(rows)] == list(COLUMNS)
    return [{name: cell for name, cell in zip(COLUMNS, row, strict=True) if cell.value is not None} for row in rows]


def test_a_row_has_ids_as_text_amounts_as_numbers_and_nothing_that_is_not_needed(tmp_path: Path, book: Book) -> None:
    path = tmp_path / "up.xlsx"
    sheet = BulkWorkbook(MARKETPLACES["US"], book, path)
    receipts = sheet.apply({
        "p1": change("keyword", "538595183451071", "bid", dollars("0.70")),
        "p2": change("keyword", "538595183451072", "bid", dollars("0.40")),
    })  # fmt: skip
    assert [(each.proposal, each.fate, each.message) for each in receipts] == [
        ("p1", Fate.ACCEPTED, "written to up.xlsx, row 2"), ("p2", Fate.ACCEPTED, "written to up.xlsx, row 3"),
    ]  # fmt: skip
    assert receipts[1].request_id == f"up.xlsx, row 3, sha256 {sha256(path.read_bytes()).hexdigest()}"
    first, second = written(path)
    assert {name: cell.value for name, cell in first.items()} == {
        "Product": "Sponsored Products", "Entity": "Keyword", "Operation": "Update", "Campaign ID": LONG,
        "Ad Group ID": "552161377274992", "Keyword ID": "538595183451071", "State": "enabled", "Bid": 0.7,
        "Keyword Text": "garden chair", "Match Type": "Phrase",
    }  # fmt: skip
    assert second["State"].value == "paused"
    for name in ("Campaign ID", "Ad Group ID", "Keyword ID"):
        assert (first[name].data_type, first[name].number_format) == ("s", "@")
    assert (first["Bid"].data_type, first["Bid"].number_format) == ("n", "0.00")


def test_batches_of_different_fields_share_one_sheet(tmp_path: Path, book: Book) -> None:
    path = tmp_path / "up.xlsx"
    sheet = BulkWorkbook(MARKETPLACES["US"], book, path)
    sheet.apply({"p1": change("keyword", "538595183451071", "state", "paused")})
    sheet.apply({"p2": change("campaign", LONG, "budget", dollars("10"))})
    sheet.apply({"p3": change("product_target", "552161875214843", "bid", dollars("0.31"))})
    (last,) = sheet.apply({"p4": change("ad_group", "552161377274992", "default_bid", dollars("1"))})
    assert last.message == "written to up.xlsx, row 5"
    rows = [{name: cell.value for name, cell in row.items()} for row in written(path)]
    assert [row["Entity"] for row in rows] == ["Keyword", "Campaign", "Product Targeting", "Ad Group"]
    assert rows[0]["State"] == "paused"
    assert rows[1]["Campaign Name"] == "=Summer & exact"
    assert rows[1]["Daily Budget"] == 10
    assert rows[1]["Bidding Strategy"] == "Dynamic bids - down only"
    assert rows[1]["Portfolio ID"] == "95232512935825"
    assert rows[3]["Ad Group Name"] == "Group 1"
    assert sheet.rows == 4
    assert [each.name for each in tmp_path.iterdir()] == ["up.xlsx"], "no half of a file is left"


def test_our_own_reader_takes_it_for_what_it_is(tmp_path: Path, book: Book) -> None:
    path = tmp_path / "up.xlsx"
    BulkWorkbook(MARKETPLACES["US"], book, path).apply(
        {"p1": change("keyword", "538595183451071", "bid", dollars("0.40"))}
    )
    assert read_workbook(path).operations == 1


def test_yen_have_no_decimals(tmp_path: Path, book: Book) -> None:
    path = tmp_path / "up.xlsx"
    sheet = BulkWorkbook(MARKETPLACES["JP"], book, path)
    sheet.apply({"p1": change("keyword", "538595183451071", "bid", Money.of(31, "JPY"))})
    (row,) = written(path)
    assert (row["Bid"].value, row["Bid"].number_format) == (31, "0")


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (change("keyword", "1", "bid", dollars("0.40")), "not listed in the newest export"),
        (change("keyword", "538595183451071", "bid", None), "cannot be taken away by a file"),
        (change("keyword", "538595183451071", "bid", Money.of("0.4", "EUR")), "not in the account's currency"),
        (change("keyword", "538595183451071", "bid", dollars("0.405")), "is finer than 0.01 USD"),
        (change("keyword", "538595183451071", "state", "archived"), "'archived' is no state that can be written"),
    ],
)
def test_what_must_not_stand_in_the_file_is_refused_with_the_reason(
    tmp_path: Path, book: Book, wanted: Change, said: str
) -> None:
    sheet = BulkWorkbook(MARKETPLACES["US"], book, tmp_path / "up.xlsx")
    (receipt,) = sheet.apply({"p1": wanted})
    assert (receipt.fate, receipt.code) == (Fate.REFUSED, "NOT_WRITTEN")
    assert said in receipt.message
    assert not list(tmp_path.iterdir()), "nothing to write, no file"


def test_a_thing_whose_parents_are_not_known_is_refused_and_the_others_are_written(tmp_path: Path, book: Book) -> None:
    book.things["keyword", "7"] = {"state": "enabled", "bid": 1}
    sheet = BulkWorkbook(MARKETPLACES["US"], book, tmp_path / "up.xlsx")
    receipts = sheet.apply({
        "p1": change("keyword", "7", "bid", dollars("0.40")),
        "p2": change("keyword", "538595183451071", "bid", dollars("0.40")),
    })  # fmt: skip
    assert {each.proposal: each.fate for each in receipts} == {"p1": Fate.REFUSED, "p2": Fate.ACCEPTED}
    assert len(written(tmp_path / "up.xlsx")) == 1


def test_a_file_that_cannot_be_written_leaves_the_changes_for_later_and_the_earlier_rows_alone(
    tmp_path: Path, book: Book
) -> None:
    folder = tmp_path / "gone"
    sheet = BulkWorkbook(MARKETPLACES["US"], book, folder / "up.xlsx")
    wanted = {"p1": change("keyword", "538595183451071", "bid", dollars("0.40"))}
    (receipt,) = sheet.apply(wanted)
    assert receipt.fate is Fate.NOT_APPLIED
    assert receipt.retry_after_seconds > 60
    folder.mkdir()
    (receipt,) = sheet.apply(wanted)
    assert receipt.message == "written to up.xlsx, row 2"


def test_what_is_live_is_what_the_newest_export_told_and_from_when(book: Book) -> None:
    sheet = BulkWorkbook(MARKETPLACES["US"], book)
    known, unknown = Entity("north", "keyword", "538595183451071"), Entity("north", "keyword", "9")
    live = sheet.live([known, unknown], "bid")
    assert live == {known: dollars("0.83")}
    assert isinstance(live, Recorded)
    assert live.at == NOON
    assert sheet.live([known], "state") == {known: "enabled"}
    target = Entity("north", "product_target", "552161875214843")
    assert sheet.live([target], "bid") == {target: None}


def test_without_any_export_nothing_is_live(book: Book) -> None:
    book.at = None
    with pytest.raises(SourceError, match="no export has told the bid of any keyword yet"):
        BulkWorkbook(MARKETPLACES["US"], book).live([Entity("north", "keyword", "538595183451071")], "bid")


def test_prices_go_into_a_flat_file_beside_it(tmp_path: Path, book: Book) -> None:
    book.things["listing", "DÉ 2"] = {"price": 9_000_000}
    path = prices_beside(tmp_path / "up.xlsx")
    prices = PriceFile(MARKETPLACES["US"], book, path)
    receipts = prices.apply({
        "p1": change("listing", "GC-1", "price", dollars("23.49")),
        "p2": change("listing", "DÉ 2", "price", dollars("9")),
        "p3": change("listing", "GC-9", "price", dollars("9")), "p4": change("listing", "GC-1", "price", dollars("0")),
    })  # fmt: skip
    assert path.name == "up.prices.txt"
    assert path.read_bytes() == "sku\tprice\nGC-1\t23.49\nDÉ 2\t9.00\n".encode()
    assert {each.proposal: each.fate for each in receipts if each.fate is Fate.REFUSED} == {
        "p3": Fate.REFUSED, "p4": Fate.REFUSED,
    }  # fmt: skip
    assert prices.live([Entity("north", "listing", "GC-1")], "price") == {
        Entity("north", "listing", "GC-1"): dollars("24.99")
    }


def test_edits_of_another_actuator_are_not_taken(book: Book) -> None:
    sheet = BulkWorkbook(MARKETPLACES["US"], book, without=EDITS)
    assert sheet.edits == frozenset()
    assert BulkWorkbook(MARKETPLACES["US"], book).edits == EDITS


def test_amounts_are_exact(tmp_path: Path, book: Book) -> None:
    for index in range(50):
        book.things["keyword", f"{index}"] = {**_TARGETED, "bid": 1}
    wanted = {f"p{n}": change("keyword", f"{n}", "bid", Money(20_000 + n * 10_000, "USD")) for n in range(50)}
    BulkWorkbook(MARKETPLACES["US"], book, tmp_path / "up.xlsx").apply(wanted)
    found = [Decimal(str(row["Bid"].value)) for row in written(tmp_path / "up.xlsx")]
    assert found == [Decimal(n + 2) / 100 for n in range(50)]


def test_a_placement_becomes_a_row_of_its_own_and_a_strategy_amazon_s_words(book: Book, tmp_path: Path) -> None:
    sheet = BulkWorkbook(MARKETPLACES["US"], book, tmp_path / "up.xlsx")
    campaign = Entity("north", "campaign", LONG)
    top = Change(campaign, "placement_top", Percent(45), Percent(60))
    fixed = Change(campaign, "bidding_strategy", "legacy_for_sales", "manual")
    assert {each.fate for each in sheet.apply({"a": top})} == {Fate.ACCEPTED}
    assert {each.fate for each in sheet.apply({"b": fixed})} == {Fate.ACCEPTED}
    back = read_workbook(tmp_path / "up.xlsx").streams["campaigns"].columns
    assert (back["placement_top"], back["placement_rest"], back["bidding_strategy"]) == ([0.6], [None], ["manual"])
    (refused,) = sheet.apply({"c": Change(campaign, "placement_top", Percent(45), Percent(901))})
    assert refused.fate is Fate.REFUSED


def test_a_placement_is_read_back_in_percent(book: Book) -> None:
    book.things["campaign", LONG]["placement_top"] = 0.6
    campaign = Entity("north", "campaign", LONG)
    assert BulkWorkbook(MARKETPLACES["US"], book).live([campaign], "placement_top") == {campaign: Percent(60)}


GROUP = "552161377274992"


def _new(kind: str, match: str, text: str, bid: str | None) -> Change:
    made = Creation.of(kind, GROUP, match, text, Money.of(bid, "USD") if bid else None)
    return Change(Entity("north", kind, made.key), CREATE, None, made)


def test_what_is_to_be_made_becomes_rows_that_create_it(book: Book, tmp_path: Path) -> None:
    sheet = BulkWorkbook(MARKETPLACES["US"], book, tmp_path / "up.xlsx")
    changes = [
        _new("keyword", "exact", "garden chair", "0.60"),
        _new("product_target", "asin", "b0abcdefgh", "0.50"),
        _new("negative_keyword", "negative_exact", "free", None),
    ]
    for change in changes:
        assert {each.fate for each in sheet.apply({"p": change})} == {Fate.ACCEPTED}
    rows = list(load_workbook(tmp_path / "up.xlsx")[SHEET].iter_rows(min_row=2, values_only=True))
    told = [{name: value for name, value in zip(COLUMNS, row, strict=True) if value is not None} for row in rows]
    assert {(row["Operation"], row["Campaign ID"], row["Ad Group ID"], row["State"]) for row in told} == {
        ("Create", LONG, GROUP, "enabled")
    }
    assert [(row["Entity"], row.get("Keyword Text"), row.get("Match Type"), row.get("Bid")) for row in told] == [
        ("Keyword", "garden chair", "exact", 0.6), ("Product Targeting", None, None, 0.5),
        ("Negative Keyword", "free", "negativeExact", None),
    ]  # fmt: skip
    assert told[1]["Product Targeting Expression"] == 'asin="B0ABCDEFGH"'


def test_what_goes_into_an_ad_group_nobody_listed_is_refused(book: Book, tmp_path: Path) -> None:
    del book.things["ad_group", GROUP]
    sheet = BulkWorkbook(MARKETPLACES["US"], book, tmp_path / "up.xlsx")
    (receipt,) = sheet.apply({"p": _new("keyword", "exact", "garden chair", "0.60")})
    assert receipt.fate is Fate.REFUSED


def test_what_was_made_is_found_in_a_later_export_by_its_words(book: Book) -> None:
    sheet = BulkWorkbook(MARKETPLACES["US"], book)
    wanted, absent = _new("keyword", "phrase", "Garden  Chair", "0.60"), _new("keyword", "exact", "sofa", "0.60")
    book.things["keyword", "538595183451071"]["ad_group_id"] = GROUP
    found = sheet.live([wanted.entity, absent.entity], CREATE)
    assert isinstance(found, Recorded)
    assert found == {wanted.entity: wanted.after, absent.entity: None}
    there = found[wanted.entity]
    assert isinstance(there, Creation)
    assert (there.id, there.bid) == ("538595183451071", Money.of("0.83", "USD"))
