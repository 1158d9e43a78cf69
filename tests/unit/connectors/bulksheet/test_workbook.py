"""A small workbook made here, with the oddities of Amazon's own."""

import random
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook as Book

from agent.errors import ContractError
from agent.model.kinds import STREAMS
from connectors.bulksheet import read_workbook
from connectors.bulksheet.workbook import SEARCH_TERM

_HEAD = [
    "Product", "Entity", "Operation", "Campaign ID", "Ad Group ID", "Portfolio ID", "Ad ID", "Keyword ID",
    "Product Targeting ID", "Campaign Name", "Ad Group Name", "Campaign Name (Informational only)", "Targeting Type",
    "State", "Daily Budget", "SKU", "ASIN (Informational only)", "Ad Group Default Bid", "Bid", "Keyword Text",
    "Match Type", "Bidding Strategy", "Placement", "Percentage", "Product Targeting Expression",
    "Impressions", "Clicks", "Spend", "Sales",
    "Orders", "Units", "ACOS",
]  # fmt: skip
_SP = {"Product": "Sponsored Products", "State": "enabled", "Impressions": 10.0, "Clicks": 2.0, "Spend": 0.0,
       "Sales": 0.0, "Orders": 0.0, "Units": 0.0, "ACOS": 0.0}  # fmt: skip
_IDS = {"Campaign ID": "347066231335202", "Ad Group ID": "552161377274992"}
_CAMPAIGN = {**_SP, "Entity": "Campaign", "Campaign ID": "347066231335202", "Campaign Name": "Summer exact",
             "Targeting Type": "Manual", "Daily Budget": 8.1, "Bidding Strategy": "Dynamic bids - down only",
             "Spend": 3.3}  # fmt: skip
_AD_GROUP = {**_SP, **_IDS, "Entity": "Ad Group", "Ad Group Name": "Group 1", "Ad Group Default Bid": 1.09}
_KEYWORD = {**_SP, **_IDS, "Entity": "Keyword", "Keyword ID": "538595183451071", "Keyword Text": "garden chair",
            "Match Type": "Phrase", "Bid": 0.83, "Spend": 1.1}  # fmt: skip
_TARGET = {**_SP, **_IDS, "Entity": "Product Targeting", "Product Targeting ID": "552161875214843",
           "Product Targeting Expression": 'asin="B0FGJR1245"', "Bid": "", "Spend": 2.2, "Sales": 20.0,
           "Orders": 1.0, "Units": 2.0}  # fmt: skip
_AD = {**_SP, **_IDS, "Entity": "Product Ad", "Ad ID": "365114421776578", "SKU": "GC-1",
       "ASIN (Informational only)": "B0DTDZFMY7"}  # fmt: skip
_NEGATIVE = {**_SP, **_IDS, "Entity": "Negative Keyword", "Keyword ID": "538595183451099", "Keyword Text": "free",
             "Match Type": "Negative Exact"}  # fmt: skip
_PLACEMENT = {
    **_SP,
    "Entity": "Bidding Adjustment",
    "Campaign ID": "347066231335202",
    "Spend": 5.0,
    "Placement": "Placement Top",
    "Percentage": 45.0,
}
_ALL = [_CAMPAIGN, _PLACEMENT, _AD_GROUP, _KEYWORD, _TARGET, _AD, _NEGATIVE]


def _written(folder: Path, rows: list[dict[str, Any]], *, above: int = 0) -> Path:
    """A workbook as Amazon writes it: other sheets around, and each sheet declared as one cell."""
    book = Book()
    book.active.title = "Portfolios"
    book.active.append(["Product", "Entity", "Portfolio ID"])
    sheet = book.create_sheet("Anything")
    for _ in range(above):
        sheet.append(["Made on", "2026-03-01"])
    sheet.append(_HEAD)
    for row in rows:
        sheet.append([row.get(column, "") for column in _HEAD])
    terms = book.create_sheet("Terms")
    terms.append(["Product", "Campaign ID", "Customer Search Term", "Clicks", "Spend", "Sales"])
    terms.append(["Sponsored Products", "347066231335202", "chair for garden", 1.0, 0.15, 0.0])
    errors = book.create_sheet("Download Error Summary")
    errors.append(["This sheet contains a list of errors."])
    errors.append([])
    errors.append(["Product", "Type of rows affected", "Error Message"])
    errors.append(["Sponsored Brands", "Campaign", "Try again later."])
    book.create_sheet("Sheet10").append(["Version", "Version (1.0)"])
    plain, path = folder / "plain.xlsx", folder / "bulk.xlsx"
    book.save(plain)
    _declared_as_one_cell(plain, path)
    return path


def _declared_as_one_cell(source: Path, target: Path) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name.startswith("xl/worksheets/"):
                body = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', body)
            new.writestr(name, body)


def test_every_entity_type_fills_its_stream(tmp_path: Path) -> None:
    streams = read_workbook(_written(tmp_path, _ALL)).streams
    assert {name: len(rows) for name, rows in streams.items()} == dict.fromkeys(streams, 1)
    assert streams["campaigns"].columns == {
        "entity": ["347066231335202"], "name": ["Summer exact"], "state": ["enabled"], "targeting_type": ["manual"],
        "budget": [8_100_000], "bidding_strategy": ["legacy_for_sales"], "portfolio_id": [None],
            "placement_top": [0.45], "placement_product_page": [None], "placement_rest": [None],
    }  # fmt: skip
    assert streams["keywords"].columns["match_type"] == ["phrase"]
    assert streams["keywords"].columns["bid"] == [830_000]
    assert streams["product_targets"].columns["text"] == ["asin=B0FGJR1245"]
    assert streams["product_targets"].columns["bid"] == [None]
    assert streams["product_ads"].columns["asin"] == ["B0DTDZFMY7"]
    assert streams["negative_keywords"].columns["match_type"] == ["negative_exact"]


def test_batches_have_the_columns_their_streams_declare(tmp_path: Path) -> None:
    for name, rows in read_workbook(_written(tmp_path, _ALL)).streams.items():
        assert list(rows.columns) == ["entity", *(column.name for column in STREAMS[name].columns)]


def test_each_level_is_added_up_by_itself(tmp_path: Path) -> None:
    totals = read_workbook(_written(tmp_path, _ALL)).totals
    assert totals["Campaign"].cost == totals["Keyword"].cost + totals["Product Targeting"].cost == 3_300_000
    assert totals["Bidding Adjustment"].cost == 5_000_000
    assert totals[SEARCH_TERM].cost == 150_000


def test_cost_without_sales_is_no_acos_of_zero(tmp_path: Path) -> None:
    totals = read_workbook(_written(tmp_path, _ALL)).totals
    assert totals["Keyword"].acos is None
    assert totals["Keyword"].unsold == 1
    assert totals["Product Targeting"].acos == pytest.approx(0.11)


def test_what_amazon_could_not_deliver_is_told(tmp_path: Path) -> None:
    book = read_workbook(_written(tmp_path, _ALL))
    assert [(fault.product, fault.message) for fault in book.faults] == [("Sponsored Brands", "Try again later.")]


def test_what_a_campaign_adds_at_a_placement_stands_with_the_campaign(tmp_path: Path) -> None:
    elsewhere = {**_PLACEMENT, "Placement": "Placement Amazon Business", "Percentage": 20.0}
    campaigns = read_workbook(_written(tmp_path, [*_ALL, elsewhere])).streams["campaigns"].columns
    assert campaigns["placement_top"] == [0.45]
    assert campaigns["placement_rest"] == [None]


def test_the_header_is_found_below_a_line_of_metadata(tmp_path: Path) -> None:
    assert len(read_workbook(_written(tmp_path, _ALL, above=2)).streams["keywords"]) == 1


def test_rows_of_other_products_are_left_alone(tmp_path: Path) -> None:
    other = {**_KEYWORD, "Product": "Sponsored Brands"}
    assert len(read_workbook(_written(tmp_path, [other, _KEYWORD])).streams["keywords"]) == 1


def test_an_id_that_became_a_number_is_taken_while_it_is_exact(tmp_path: Path) -> None:
    book = read_workbook(_written(tmp_path, [{**_KEYWORD, "Keyword ID": 538595183451071.0}]))
    assert book.streams["keywords"].columns["entity"] == ["538595183451071"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"Keyword ID": 5385951834510712345}, "column 'Keyword ID' (H): the id 5.385951834510713e+18 was turned into"),
        ({"Keyword ID": ""}, "column 'Keyword ID' (H): the cell is empty"),
        ({"Bid": "cheap"}, "column 'Bid' (S): 'cheap' is not a number"),
        ({"Bid": -1.0}, "column 'Bid' (S): '-1' is not an amount"),
        ({"Bid": "1e999999999"}, "column 'Bid' (S): '1e999999999' is not an amount"),
        ({"Clicks": 1.5}, "column 'Clicks' (AA): 1.5 is not a whole number"),
        ({"State": "启用"}, "column 'State' (N): '启用' is not one of enabled, paused, archived"),
        ({"Match Type": "Fuzzy"}, "column 'Match Type' (U): 'Fuzzy' is not one of exact, phrase, broad"),
    ],
)
def test_a_wrong_cell_is_named_by_sheet_row_and_column(tmp_path: Path, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ContractError) as caught:
        read_workbook(_written(tmp_path, [_CAMPAIGN, {**_KEYWORD, **wrong}], above=1))
    assert caught.value.message.startswith(f"bulk.xlsx: sheet 'Anything', row 4, {said}")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"Product,Entity\n", "is no .xlsx workbook"),
        (b"", "is no .xlsx workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "is an old or encrypted workbook"),
        (b"PK\x03\x04 and then nothing", "is not a complete .xlsx workbook"),
    ],
)
def test_a_file_that_is_no_workbook_is_refused_by_name(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "bulk.xlsx"
    path.write_bytes(content)
    with pytest.raises(ContractError, match=re.escape(said)):
        read_workbook(path)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"gone\.xlsx cannot be read"):
        read_workbook(tmp_path / "gone.xlsx")


def test_a_workbook_without_campaigns_is_refused(tmp_path: Path) -> None:
    Book().save(tmp_path / "other.xlsx")
    with pytest.raises(ContractError, match="no sheet of Sponsored Products"):
        read_workbook(tmp_path / "other.xlsx")


def test_a_damaged_workbook_reads_as_before_or_is_refused(tmp_path: Path) -> None:
    """Two hundred files with torn ends and flipped bytes: never another error than ours."""
    whole = _written(tmp_path, _ALL).read_bytes()
    random_ = random.Random(5)
    path = tmp_path / "damaged.xlsx"
    refused = 0
    for _ in range(200):
        body = bytearray(whole)
        if random_.random() < 0.4:
            del body[random_.randrange(len(body)) :]
        else:
            for _ in range(random_.randint(1, 30)):
                body[random_.randrange(len(body))] ^= random_.randint(1, 255)
        path.write_bytes(body)
        try:
            read_workbook(path)
        except ContractError:
            refused += 1
    assert refused > 100


def test_a_german_workbook_says_the_same(tmp_path: Path) -> None:
    names = [
        "Produkt", "Entität", "Operation", "Kampagnen-ID", "Anzeigengruppen-ID", "Portfolio-ID", "Anzeigen-ID",
        "Keyword-ID", "Produkt-Targeting-ID", "Kampagnenname", "Name der Anzeigengruppe", "Targeting-Typ", "Zustand",
        "Tagesbudget", "SKU", "ASIN (Nur zu Informationszwecken)", "Standardgebot für die Anzeigengruppe", "Gebot",
        "Keyword-Text", "Übereinstimmungstyp", "Gebotsstrategie", "Ausdruck für Produkt-Targeting", "Impressions",
        "Klicks", "Ausgaben", "Verkäufe", "Bestellungen", "Einheiten",
    ]  # fmt: skip
    here = {
        "Produkt": "Sponsored Products",
        "Kampagnen-ID": "347",
        "Anzeigengruppen-ID": "552",
        "Zustand": "Angehalten",
    }
    rows = [
        {**here, "Entität": "Kampagne", "Kampagnenname": "Stühle", "Targeting-Typ": "Manuell", "Tagesbudget": 8.5,
         "Gebotsstrategie": "Dynamische Gebote\u00a0– nur senken", "Ausgaben": 1.5},
        {**here, "Entität": "Keyword", "Keyword-ID": "538", "Keyword-Text": "stuhl", "Übereinstimmungstyp":
         "Genau Passend", "Gebot": 0.8, "Ausgaben": 1.5},
        {**here, "Entität": "Produktanzeige", "Anzeigen-ID": "365", "SKU": "A",
         "ASIN (Nur zu Informationszwecken)": "B0DTDZFMY7"},
    ]  # fmt: skip
    book = Book()
    book.active.append(names)
    for row in rows:
        book.active.append([row.get(name, "") for name in names])
    book.save(tmp_path / "bulk.xlsx")
    found = read_workbook(tmp_path / "bulk.xlsx")
    assert found.streams["campaigns"].columns["bidding_strategy"] == ["legacy_for_sales"]
    assert found.streams["campaigns"].columns["state"] == ["paused"]
    assert found.streams["keywords"].columns["match_type"] == ["exact"]
    assert found.streams["product_ads"].columns["asin"] == ["B0DTDZFMY7"]
    assert found.figures["keyword_totals"].columns["cost"] == [1_500_000]
