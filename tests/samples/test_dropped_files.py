"""Exported files of others meet the totals they print, or that are stated beside them."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from agent.facts.book import Book
from agent.model.fact import Rows
from agent.model.kinds import STREAMS
from agent.model.marketplace import MARKETPLACES
from agent.model.parcel import Parcel, PeriodFrom
from agent.model.window import Span
from connectors.file_drop import FileDrop

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def samples(shared: Path) -> Path:
    return shared / "samples"


def _read(path: Path) -> Parcel:
    return FileDrop("acme", MARKETPLACES["US"]).read(path)


def _rows(parcel: Parcel, stream: str) -> Rows:
    batches = [batch for name, delivered in parcel.deliveries if name == stream for batch in delivered.batches]
    assert isinstance(batches[0], Rows)
    return batches[0]


def test_the_bulk_workbook_fills_state_and_figures_of_the_period_in_its_name(samples: Path) -> None:
    parcel = _read(samples / "ads-console" / "bulksheet_2025-11-18_2026-01-17.xlsx")
    assert parcel.kind == "bulk_workbook"
    assert (parcel.receipt.period, parcel.receipt.period_from) == (
        Span(date(2025, 11, 18), date(2026, 1, 17)), PeriodFrom.NAME,
    )  # fmt: skip
    totals = parcel.receipt.totals
    assert {totals[f"{entity}: cost"] for entity in ("Campaign", "Ad Group", "Product Ad")} == {94_100_000}
    keywords, targets = _rows(parcel, "keyword_totals"), _rows(parcel, "product_target_totals")
    assert (sum(keywords.columns["total_cost"]), sum(targets.columns["total_cost"])) == (76_610_000, 17_490_000)
    assert sum(keywords.columns["total_sales"]) + sum(targets.columns["total_sales"]) == 79_470_000
    assert sum(_rows(parcel, "search_term_totals").columns["total_cost"]) == 89_170_000
    assert len(_rows(parcel, "keywords")) == 125


def test_an_empty_template_does_not_say_that_everything_is_gone(samples: Path) -> None:
    parcel = _read(samples / "ads-console" / "AmazonAdvertisingBulksheetSellerTemplate.xlsx")
    assert (parcel.is_known, parcel.deliveries) == (True, ())


def test_the_sales_dashboard_meets_its_snapshot_and_leaves_out_the_day_that_was_not_over(samples: Path) -> None:
    parcel = _read(samples / "ads-console" / "SalesDashboard-1-25-26.csv")
    assert (parcel.kind, parcel.receipt.rows) == ("sales_dashboard", 86)
    assert parcel.receipt.totals == {"dashboard_sales": 1_737_790_000, "dashboard_units": 76}
    (stream, delivered), *others = parcel.deliveries
    assert (stream, others, delivered.partial) == ("account_sales", [], True)
    assert delivered.span == Span(date(2025, 11, 1), date(2026, 1, 24))
    assert sum(_rows(parcel, "account_sales").columns["ordered_sales"]) == 1_737_790_000 - 25_950_000


def test_the_conversion_path_report_is_known_and_left_alone(samples: Path) -> None:
    parcel = _read(samples / "ads-console" / "All_Amazon_campaigns_Conversion_path_report.xlsx")
    assert parcel.kind == "ads_conversion_path"
    assert parcel.receipt.totals == {"sales": 400_590_000, "purchases": 14}


def test_search_query_performance_of_a_brand_is_read_below_its_line_of_filters(samples: Path) -> None:
    parcel = _read(
        samples / "ads-console" / "US_Search_Query_Performance_Brand_View_Comprehensive_Month_2025_11_30.csv"
    )
    assert (parcel.kind, parcel.receipt.rows) == ("search_query_performance", 111)  # 112 lines with the header
    assert parcel.receipt.period == Span(date(2025, 11, 1), date(2025, 11, 30))
    rows = _rows(parcel, "search_performance")
    assert rows.columns["entity"][0] == "/dihydroberberine/2025-11-30"
    assert (rows.columns["volume"][0], rows.columns["own_purchases"][0]) == (15_576, 1)
    assert parcel.receipt.totals["own_clicks"] == 165


def test_top_search_terms_are_read_with_shares_as_fractions(samples: Path) -> None:
    parcel = _read(samples / "ads-console" / "US_Top_search_terms_Simple_Month_2025_11_30.csv")
    assert (parcel.kind, parcel.receipt.rows) == ("top_search_terms", 103)
    rows = _rows(parcel, "top_search_terms")
    assert (rows.columns["term"][0], rows.columns["rank"][0]) == ("berberine", 953)
    assert rows.columns["first_click_share"][0] == pytest.approx(0.0844)


def test_weeks_without_a_date_are_counted_and_not_booked(samples: Path) -> None:
    parcel = _read(samples / "brand-analytics" / "sqp_weekly_asin_view.csv")
    assert (parcel.kind, parcel.receipt.rows, parcel.deliveries) == ("search_query_performance", 2_589, ())
    assert parcel.receipt.totals["volume"] == 15_079_543
    assert [each.count for each in parcel.receipt.ignored] == [2_589]


def test_the_settlement_adds_up_to_what_it_declares(samples: Path) -> None:
    parcel = _read(samples / "settlement" / "settlement-v2-sample.txt")
    assert (parcel.kind, parcel.receipt.rows) == ("settlement", 23)
    assert parcel.receipt.totals == {"amount": 582_890_000, "declared": 582_890_000}
    rows = _rows(parcel, "transactions")
    assert {"Subscription Fee", "LowInventoryLevelFee"} <= set(rows.columns["about"])
    assert rows.columns["type"].count("service_fee") == 3


def test_reviews_of_another_shop_are_read_without_their_writers(samples: Path) -> None:
    parcel = _read(samples / "reviews" / "womens_clothing_reviews_first_1000.csv")
    assert (parcel.kind, parcel.receipt.rows) == ("reviews_export", 1_000)
    assert [parcel.receipt.totals[f"stars_{count}"] for count in range(5, 0, -1)] == [546, 228, 127, 72, 27]
    assert len(_rows(parcel, "reviews")) == 1_000
    assert [(each.what, each.count) for each in parcel.receipt.ignored] == [("Age", 1_000)]


@pytest.mark.parametrize(
    "name", ["reviews/amazon_cells_labelled.txt", "demand/m5_8_items_daily.csv", "demand/uci_weekly_811_products.csv"]
)
def test_what_is_no_export_of_a_shop_is_left_alone(samples: Path, name: str) -> None:
    assert not _read(samples / name).is_known


def test_every_header_row_that_was_seen_is_recognised(samples: Path, tmp_path: Path) -> None:
    seen = json.loads((samples / "flat-file-headers" / "headers.json").read_text(encoding="utf-8"))
    unknown = []
    for number, each in enumerate(seen):
        comma = "comma" in each["delimiter"]
        row = ",".join(f'"{name}"' for name in each["columns"]) if comma else "\t".join(each["columns"])
        path = tmp_path / f"{number}.txt"
        path.write_text(row + "\n", encoding="utf-8")
        try:
            known = _read(path).is_known
        except Exception as fault:  # noqa: BLE001  a recognised settlement without rows is refused as incomplete
            known = type(fault).__name__ == "FileError" and "settlement" in str(fault)
        if not known:
            unknown.append(each["report"])
    assert unknown == []
    assert len(seen) == 18


def test_whatever_is_delivered_can_be_booked(samples: Path, tmp_path: Path) -> None:
    book, at = Book(tmp_path / "facts"), datetime(2026, 3, 1, tzinfo=UTC)
    booked: dict[str, int] = {}
    files = [*samples.glob("*/*.csv"), *samples.glob("*/*.xlsx"), samples / "settlement/settlement-v2-sample.txt"]
    for path in sorted(files):
        for stream, delivered in _read(path).deliveries:
            at += timedelta(seconds=1)
            booked[stream] = booked.get(stream, 0) + book.book("acme", STREAMS[stream], delivered, at, "r1").rows
    assert {stream: rows for stream, rows in booked.items() if rows} == {
        "account_sales": 85, "search_performance": 111, "top_search_terms": 103, "campaigns": 5, "ad_groups": 5,
        "keywords": 125, "product_targets": 57, "product_ads": 5, "keyword_totals": 125, "product_target_totals": 57,
        "search_term_totals": 26, "reviews": 1_000, "transactions": 23,
    }  # fmt: skip
