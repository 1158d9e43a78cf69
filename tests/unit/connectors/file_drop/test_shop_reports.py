"""Reports of Seller Central, each into its stream."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from agent.errors import FileError
from agent.model.parcel import Parcel
from tests.parcels import rows_of

Read = Callable[..., Parcel]

_PRODUCTS = {
    "en": "(Parent) ASIN,(Child) ASIN,Title,SKU,Sessions - Total,Page Views - Total,"
          "Featured Offer (Buy Box) Percentage,Units Ordered,Units Ordered - B2B,"
          "Ordered Product Sales,Total Order Items",
    "de": "(Übergeordnete) ASIN,(Untergeordnete) ASIN,Titel,SKU,Sitzungen – Summe,Seitenaufrufe – Summe,"
          "Prozentsatz der Einkaufswagenfeld-Platzierungen,Bestellte Einheiten,Bestellte Einheiten – B2B,"
          "Durch bestellte Produkte erzielter Umsatz,Zahl der Bestellposten",
    "zh": "（父）ASIN,（子）ASIN,标题,SKU,会话次数 – 总计,页面浏览量 – 总计,推荐报价（推荐报价展示位）百分比,"
          "已订购商品数量,已订购商品数量 – B2B,已订购商品销售额,订单商品总数",
    "ja": "（親）ASIN,（子）ASIN,タイトル,SKU,セッション数 - 合計,ページビュー数 - 合計,"
          "おすすめ出品（おすすめ商品）の獲得率,"
          "注文された商品点数,注文点数 - B2B,注文商品の売上額,注文品目総数",
}  # fmt: skip


@pytest.mark.parametrize("language", _PRODUCTS)
def test_a_report_by_product_fills_asins_and_skus_of_the_day_in_its_name(read: Read, language: str) -> None:
    rows = "B0P,B0C1,Chair,A,100,150,98.5%,4,0,99.96,3\nB0P,B0C1,Chair,B,20,30,90%,1,0,24.99,1\n"
    parcel = read(f"{_PRODUCTS[language]}\n{rows}", "BusinessReport_2026-03-01.csv")
    asins, skus = rows_of(parcel, "asin_sales"), rows_of(parcel, "sku_sales")
    assert asins.columns["entity"] == ["B0C1"]
    assert (asins.columns["units_ordered"], asins.columns["ordered_sales"]) == ([5], [124_950_000])
    assert asins.columns["featured_offer_share"] == [None]  # a share of two SKUs is not known
    assert skus.columns["featured_offer_share"] == [0.985, 0.9]
    assert skus.columns["sessions"] == [100, 20]


def test_a_report_by_product_without_a_day_is_refused_and_one_of_several_days_not_booked(read: Read) -> None:
    text = f"{_PRODUCTS['en']}\nB0P,B0C1,Chair,A,100,150,98.5%,4,0,99.96,3\n"
    with pytest.raises(FileError, match="does not tell which days") as caught:
        read(text, "BusinessReport-3-2-26.csv")
    assert "2026-01-24" in caught.value.hint
    parcel = read(text, "BusinessReport_2026-03-01_2026-03-07.csv")
    assert (parcel.deliveries, parcel.receipt.totals["units_ordered"]) == ((), 4)


def test_the_console_s_stock_is_split_as_amazon_splits_it(read: Read) -> None:
    header = ('"sku","fnsku","asin","product-name","condition","afn-fulfillable-quantity","afn-unsellable-quantity",'
              '"afn-reserved-quantity","afn-total-quantity",'
              '"afn-inbound-working-quantity",'
              '"afn-inbound-shipped-quantity","afn-inbound-receiving-quantity",'
              '"afn-researching-quantity"\n')  # fmt: skip
    rows = rows_of(read(header + '"A","X","B0","Chair","New","10","1","2","20","3","4","5","6"\n'), "inventory")
    assert {name: values[0] for name, values in rows.columns.items() if name not in ("asin", "fnsku", "name")} == {
        "entity": "A", "fulfillable": 10, "reserved": 2, "inbound_working": 3, "inbound_shipped": 4,
        "inbound_receiving": 5, "unfulfillable": 1, "researching": 6,
    }  # fmt: skip


def test_the_ledger_s_departures_are_counted_as_things(read: Read) -> None:
    header = ("Date\tFNSKU\tASIN\tMSKU\tTitle\tDisposition\tStarting Warehouse Balance\tReceipts\tCustomer Shipments\t"
              "Customer Returns\tFound\tLost\tDamaged\tDisposed\tEnding Warehouse Balance\tLocation\n")  # fmt: skip
    line = "03/{day}/2026\tX\tB0\tA\tChair\t{state}\t10\t5\t-3\t1\t0\t0\t0\t0\t{end}\tUS\n"
    text = header + line.format(day=13, state="SELLABLE", end=13) + line.format(day=13, state="DEFECTIVE", end=2)
    rows = rows_of(read(text), "stock_ledger")
    assert (rows.columns["customer_shipments"], rows.columns["ending_balance"]) == ([6], [13])


def test_listings_say_how_they_are_fulfilled_and_whether_they_are_active(read: Read) -> None:
    header = "item-name\tlisting-id\tseller-sku\tprice\tquantity\topen-date\tasin1\tfulfillment-channel\tstatus\n"
    line = "Chair\tL1\tA\t24.99\t\t2026-01-02 03:04:05 PST\tB0\tAMAZON_NA\tInactive\n"
    rows = rows_of(read(header + line), "listings")
    assert (rows.columns["channel"], rows.columns["state"]) == (["fba"], ["paused"])
    assert rows.columns["opened_at"] == [datetime(2026, 1, 2, 11, 4, 5, tzinfo=UTC)]
    assert (rows.columns["title"], rows.columns["price"]) == (["Chair"], [24_990_000])


def test_returns_keep_what_the_customer_wrote_and_tell_two_units_apart(read: Read) -> None:
    header = ("return-date,order-id,sku,asin,fnsku,product-name,quantity,fulfillment-center-id,detailed-disposition,"
              "reason,status,license-plate-number,customer-comments\n")  # fmt: skip
    line = "2026-03-01T10:00:00+01:00,111-1,A,B0,X,Chair,1,LEJ1,CUSTOMER_DAMAGED,NOT_AS_DESCRIBED,,{plate},Too small\n"
    rows = rows_of(read(header + line.format(plate="LPN1") + line.format(plate="")), "returns")
    assert rows.columns["entity"] == ["111-1/A/LPN1", "111-1/A/2026-03-01"]
    assert rows.columns["returned_at"][0] == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert (rows.columns["reason"][0], rows.columns["text"][0]) == ("not_as_described", "Too small")


def test_feedback_is_kept_without_whoever_left_it(read: Read) -> None:
    header = "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email\n"
    parcel = read(header + '3/13/26\t2\tLate, and "broken"\t\t111-1\tx@example.com\n')
    rows = rows_of(parcel, "feedback")
    assert (rows.columns["stars"], rows.columns["answered"]) == ([2], [False])
    assert [each.what for each in parcel.receipt.ignored] == ["Rater Email"]
    assert "example" not in str(rows.columns)


def test_a_settlement_that_does_not_add_up_is_refused(read: Read) -> None:
    header = ("settlement-id\tsettlement-start-date\tsettlement-end-date\tdeposit-date\ttotal-amount\tcurrency\t"
              "transaction-type\torder-id\tamount-type\tamount-description\tamount\tposted-date\tsku\n")  # fmt: skip
    head = "7\t01.03.2026 00:00:00 UTC\t14.03.2026 00:00:00 UTC\t16.03.2026\t{total}\tEUR\t\t\t\t\t\t\t\n"
    line = "7\t\t\t\t\tEUR\tOrder\t305-1\tItemPrice\tPrincipal\t1.012,50\t03.03.2026\tA\n"
    parcel = read(header + head.format(total="1.012,50") + line, marketplace="DE")
    assert rows_of(parcel, "transactions").columns["amount"] == [1_012_500_000]
    with pytest.raises(FileError, match=r"declares 1013\.50 and its rows add up to 1012\.50"):
        read(header + head.format(total="1.013,50") + line, marketplace="DE")


def test_transactions_below_their_definitions_are_read_without_addresses(read: Read) -> None:
    text = (
        '"Includes Amazon Marketplace transactions"\n"All amounts in USD, unless specified"\n'
        '"date/time","settlement id","type","order id","sku","description","quantity",'
        '"order city","product sales","total"\n'
        '"Jan 1, 2026 12:00:11 AM PST","9","Order","111-1","A","Chair","1","Springfield","24.99","17.40"\n'
        '"Jan 1, 2026 12:00:11 AM PST","9","Order","111-1","A","Chair","1","Springfield","24.99","17.40"\n'
    )
    parcel = read(text)
    rows = rows_of(parcel, "transactions")
    assert rows.columns["amount"] == [17_400_000, 17_400_000]
    assert len(set(rows.columns["entity"])) == 2
    assert rows.columns["posted_at"][0] == datetime(2026, 1, 1, 8, 0, 11, tzinfo=UTC)
    assert "Springfield" not in str(rows.columns)
    assert rows_of(read(text), "transactions").columns["entity"] == rows.columns["entity"]


def test_review_exports_of_tools_are_read_with_the_asin_of_their_name(read: Read) -> None:
    text = ("Date,Author,Verified,Helpful,Title,Body,Rating,URL\n"
            '"March 13, 2026",Jo,Yes,2,Wobbly,Too short,2,https://example.com/x/R1ABCDEFGHIJKL/\n')  # fmt: skip
    parcel = read(text, "B0DTDZFMY7-reviews.csv")
    rows = rows_of(parcel, "reviews")
    assert (rows.columns["entity"], rows.columns["asin"]) == (["R1ABCDEFGHIJKL"], ["B0DTDZFMY7"])
    assert "Jo" not in str(rows.columns)
    with pytest.raises(FileError, match="is not 1 to 5 stars"):
        read(text.replace(",2,https", ",9,https"))
