"""A real seller's bulk operations workbook, and Amazon's empty template."""

from pathlib import Path

import pytest

from connectors.bulksheet import read_workbook
from connectors.bulksheet.workbook import SEARCH_TERM

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def console(shared: Path) -> Path:
    return shared / "samples" / "ads-console"


def test_the_real_workbook_gives_every_entity_it_lists(console: Path) -> None:
    book = read_workbook(console / "bulksheet_2025-11-18_2026-01-17.xlsx")
    assert {name: len(rows) for name, rows in book.streams.items()} == {
        "campaigns": 5, "ad_groups": 5, "keywords": 125, "product_targets": 57, "product_ads": 5,
        "negative_keywords": 0,
    }  # fmt: skip
    assert book.ignored == {}
    campaigns = book.streams["campaigns"].columns
    assert campaigns["placement_top"][campaigns["entity"].index("347066231335202")] == 0.45
    assert all(value is not None for value in campaigns["placement_rest"])
    ids = [id for rows in book.streams.values() for id in rows.columns["entity"]]
    assert all(id.isdigit() and len(id) >= 12 for id in ids)
    assert len(set(ids)) == len(ids)


def test_the_real_workbook_adds_up_to_the_console_s_figures(console: Path) -> None:
    totals = read_workbook(console / "bulksheet_2025-11-18_2026-01-17.xlsx").totals
    for entity in ("Campaign", "Ad Group", "Product Ad"):
        assert (totals[entity].cost, totals[entity].sales) == (94_100_000, 79_470_000)
    assert totals["Keyword"].cost == 76_610_000
    assert totals["Product Targeting"].cost == 17_490_000
    assert totals["Bidding Adjustment"].cost == 96_060_000
    assert totals[SEARCH_TERM].cost == 89_170_000
    assert (totals["Campaign"].purchases, totals["Campaign"].clicks) == (3, 30)
    assert sum(total.unsold for name, total in totals.items() if name != SEARCH_TERM) == 31


def test_what_amazon_could_not_deliver_is_read_from_the_real_summary(console: Path) -> None:
    faults = read_workbook(console / "bulksheet_2025-11-18_2026-01-17.xlsx").faults
    assert [(fault.product, fault.rows) for fault in faults] == [("RMS", "Campaign")]


def test_the_empty_template_is_a_workbook_without_rows(console: Path) -> None:
    book = read_workbook(console / "AmazonAdvertisingBulksheetSellerTemplate.xlsx")
    assert {len(rows) for rows in book.streams.values()} == {0}
    assert book.totals == {}
