"""What real exports look like, and what is refused with its place instead of guessed."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.errors import FileError
from agent.model.parcel import Parcel
from tests.parcels import rows_of

Read = Callable[..., Parcel]
_STOCK = (
    "sku,fnsku,asin,product-name,afn-fulfillable-quantity,afn-unsellable-quantity,afn-reserved-quantity,"
    "afn-total-quantity\n"
)
_DAYS_DE = "Datum;Durch bestellte Produkte erzielter Umsatz;Bestellte Einheiten;Sitzungen – Summe\n"
_DAYS = "Date,Ordered Product Sales,Units Ordered,Sessions - Total\n"


def test_the_name_of_a_file_does_not_matter(read: Read) -> None:
    for name in ("stock.csv", "IMG_0001.bin", "Campaign report.txt"):
        assert read(_STOCK + "A,X1,B001,Chair,1,0,0,1\n", name).kind == "fba_inventory"


@pytest.mark.parametrize("text", ["", "\n\n", "hello", "a,b,c\n1,2,3\n", "{}", "\x00\x01\x02", "Date,Sessions\n1,2\n"])
def test_a_file_it_does_not_know_is_named_unknown(read: Read, text: str) -> None:
    parcel = read(text)
    assert (parcel.kind, parcel.deliveries) == ("unknown", ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_encoding_is_found_out(read: Read, encoding: str) -> None:
    parcel = read((_STOCK + "A,X1,B001,Stühle – grün,1,0,0,1\n").encode(encoding))
    assert rows_of(parcel, "inventory").columns["name"] == ["Stühle – grün"]
    assert parcel.receipt.encoding == encoding.removesuffix("-sig")


def test_japanese_files_are_read_in_their_code_page(read: Read) -> None:
    text = "日付,注文商品の売上額,注文された商品点数,セッション数 - 合計\n2026/01/02,￥1\\,234,2,9\n".replace("\\,", "")
    parcel = read(text.encode("cp932"), marketplace="JP")
    assert rows_of(parcel, "account_sales").columns["ordered_sales"] == [1_234_000_000]
    assert (parcel.receipt.encoding, parcel.receipt.language) == ("cp932", "ja")


def test_german_numbers_and_dates_are_read_as_germans_write_them(read: Read) -> None:
    parcel = read(_DAYS_DE + "03.01.2026;1.234,56 €;7;1.001\n", marketplace="DE")
    rows = rows_of(parcel, "account_sales")
    assert rows.columns["ordered_sales"] == [1_234_560_000]
    assert rows.columns["sessions"] == [1001]
    assert str(rows.columns["day"][0]) == "2026-01-03"
    assert (parcel.receipt.language, parcel.receipt.currency, parcel.receipt.locale) == ("de", "EUR", "1.234,5")


@pytest.mark.parametrize("amount", ["$1,234.50", "1234.5", "USD 1,234.50", "1,234.50 USD", " $ 1,234.50 "])
def test_amounts_are_read_however_the_currency_is_written(read: Read, amount: str) -> None:
    rows = rows_of(read(_DAYS + f'2026-01-02,"{amount}",1,2\n'), "account_sales")
    assert rows.columns["ordered_sales"] == [1_234_500_000]


def test_excel_s_text_preface_lines_blanks_in_headers_and_short_rows_do_no_harm(read: Read) -> None:
    parcel = read('Report made on 3 March\n\nsku ,landed_cost, min_price ,max_price\n"=""00123""",4.20,9,12\nB,3\n\n')
    rows = rows_of(parcel, "costs")
    assert rows.columns["entity"] == ["00123", "B"]
    assert rows.columns["max_price"] == [12_000_000, None]


@pytest.mark.parametrize("nothing", ["--", "", "N/A", "Infinite"])
def test_words_for_no_figure_are_no_zero(read: Read, nothing: str) -> None:
    header = "sku,inv-age-0-to-90-days,inv-age-91-to-180-days,available,fnsku,sell-through,days-of-supply\n"
    rows = rows_of(read(header + f"A,1,2,3,X,{nothing},365+\n"), "inventory_health")
    assert rows.columns["sell_through"] == [None]
    assert rows.columns["amazon_days_of_supply"] == [365.0]


def test_a_misspelt_header_is_known(read: Read) -> None:
    text = "seller-sku,fulfillment-channel-sku,asin,Warehouse-Condition-code,avaliable-quantity(sellable)\n"
    parcel = read((text + "A,X,B001,SELLABLE,7\nA,X,B001,UNSELLABLE,2\n").replace(",", "\t"))
    assert rows_of(parcel, "inventory").columns["fulfillable"] == [7]


def test_a_date_that_could_be_two_days_is_refused_where_nothing_tells(read: Read) -> None:
    with pytest.raises(FileError, match=r"row 2, column 'Date' \(A\): '03/04/2026' could be day-month or month-day"):
        read(_DAYS + "03/04/2026,CA$1.00,1,2\n", marketplace="CA")


@pytest.mark.parametrize(
    ("other", "marketplace", "day"), [("13/04/2026", "CA", "2026-04-03"), ("04/13/2026", "CA", "2026-03-04")]
)
def test_other_rows_decide_which_of_day_and_month_comes_first(
    read: Read, other: str, marketplace: str, day: str
) -> None:
    parcel = read(_DAYS + f"{other},1.00,1,2\n03/04/2026,1.00,1,2\n", marketplace=marketplace)
    assert str(rows_of(parcel, "account_sales").columns["day"][1]) == day


@pytest.mark.parametrize(("marketplace", "day"), [("US", "2026-03-04"), ("UK", "2026-04-03")])
def test_the_marketplace_decides_where_no_row_does(read: Read, marketplace: str, day: str) -> None:
    parcel = read(_DAYS + "03/04/2026,1.00,1,2\n", marketplace=marketplace)
    assert str(rows_of(parcel, "account_sales").columns["day"][0]) == day


def test_dates_that_contradict_each_other_are_refused(read: Read) -> None:
    with pytest.raises(FileError, match="the day first and others with the month first"):
        read(_DAYS + "13/04/2026,1.00,1,2\n04/14/2026,1.00,1,2\n")


def test_two_currencies_are_refused_with_their_rows(read: Read) -> None:
    with pytest.raises(FileError, match="EUR in row 3; USD in row 2"):
        read(_DAYS + '2026-01-02,"$1.00",1,2\n2026-01-03,"€1.00",1,2\n')


def test_another_marketplace_s_money_is_refused(read: Read) -> None:
    with pytest.raises(FileError, match="has amounts in GBP, this account's are in USD"):
        read(_DAYS + "2026-01-02,£1.00,1,2\n")


@pytest.mark.parametrize("text", [_STOCK + "A,X1,B001,Chair,1,0,0,1\nB,X2,B0", _STOCK + 'A,X1,B001,"Chair with a quot'])
def test_a_file_cut_in_the_middle_is_refused_with_its_row(read: Read, text: str) -> None:
    with pytest.raises(FileError, match="ends in the middle of a row") as caught:
        read(text)
    assert caught.value.place.startswith("row ")


def test_a_cut_workbook_is_refused(read: Read, samples_free_workbook: bytes) -> None:
    for length in (30, len(samples_free_workbook) // 2, len(samples_free_workbook) - 10):
        with pytest.raises(FileError):
            read(samples_free_workbook[:length], "file.xlsx")


def test_a_total_is_left_out_and_has_to_be_right(read: Read) -> None:
    rows = "sku,landed_cost\nA,1\nB,2\n"
    assert rows_of(read(rows + "Total,3\n"), "costs").columns["entity"] == ["A", "B"]
    with pytest.raises(FileError, match=r"row 4.*the total is 4000000, the rows add up to 3000000"):
        read(rows + "Total,4\n")


def test_numbers_that_contradict_each_other_are_refused(read: Read) -> None:
    with pytest.raises(FileError, match="a decimal comma and others with a decimal point"):
        read('sku,landed_cost\nA,"1,25"\nB,1.25\n')


def test_a_cell_that_is_no_number_is_named(read: Read) -> None:
    with pytest.raises(FileError, match=r"file.csv: row 3, column 'landed_cost' \(B\): 'four' is no number"):
        read("sku,landed_cost\nA,1\nB,four\n")


def test_the_same_name_twice_with_different_values_is_refused_with_both_rows(read: Read) -> None:
    assert len(rows_of(read("sku,landed_cost\nA,1\nA,1\n"), "costs")) == 2
    with pytest.raises(FileError, match=r"row 3, .* says something else of 'A' than row 2"):
        read("sku,landed_cost\nA,1\nA,2\n")


def test_the_buyer_is_dropped_at_the_door_and_counted(read: Read) -> None:
    header = (
        "amazon-order-id\tpurchase-date\tlast-updated-date\torder-status\tfulfillment-channel\tsku\tasin\t"
        "quantity\tcurrency\titem-price\tship-city\tbuyer-email\n"
    )
    line = "111-1\t2026-01-02T03:04:05Z\t2026-01-03T03:04:05Z\tShipped\tAmazon\tA\tB001\t2\tUSD\t9.98\tOslo\tx@y\n"
    parcel = read(header + line + line.replace("2026-01-03", "2026-01-04").replace("Shipped", "Cancelled"))
    rows = rows_of(parcel, "order_lines")
    assert rows.columns["status"] == ["cancelled"]
    assert rows.columns["purchased_at"] == [datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)]
    assert [(each.what, each.count) for each in parcel.receipt.ignored] == [("ship-city", 2), ("buyer-email", 2)]
    assert not any("Oslo" in str(values) or "x@y" in str(values) for values in rows.columns.values())


def test_a_file_that_is_gone_is_an_error_with_its_name(read: Read, tmp_path: Path) -> None:
    from agent.model.marketplace import MARKETPLACES
    from connectors.file_drop import FileDrop

    with pytest.raises(FileError, match=r"gone\.csv"):
        FileDrop("acme", MARKETPLACES["US"]).read(tmp_path / "gone.csv")
