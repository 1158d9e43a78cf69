"""Flat files become rows: columns by name, cells by their kind, and nothing about a buyer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.errors import ContractError
from agent.model.kinds import STREAMS
from agent.model.marketplace import MARKETPLACES
from agent.model.window import Span
from connectors.selling_partner.document import Paper, charset_of
from connectors.selling_partner.report_types import REPORT_TYPES
from connectors.selling_partner.sheet import Desk, Read
from tests.unit.connectors.selling_partner.shelf import flat

MARCH = Span(date(2026, 3, 1), date(2026, 3, 20))
ORDER = "302-1234567-7654321"
Reading = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Read]:
    """Reads contents as the reports of a stream."""

    def of(stream: str, *contents: bytes, marketplace: str = "DE", span: Span = MARCH, charset: str = "") -> Read:
        desk = Desk("shop", MARKETPLACES[marketplace])
        papers = []
        for number, content in enumerate(contents):
            path = tmp_path / f"{stream}{number}"
            path.write_bytes(content)
            papers.append((span, Paper(path, REPORT_TYPES[stream].type_id, "req-1", charset, desk.code_page)))
        return REPORT_TYPES[stream].read(desk, papers)

    return of


@pytest.fixture
def rows(read: Callable[..., Read]) -> Reading:
    def of(stream: str, *contents: bytes, **how: Any) -> dict[str, dict[str, Any]]:
        columns = read(stream, *contents, **how).rows.columns
        days = columns.get("day", [""] * len(columns["entity"]))
        keys = [f"{entity} {day}".strip() for entity, day in zip(columns["entity"], days, strict=True)]
        assert len(set(keys)) == len(keys)
        others = [name for name in columns if name not in ("entity", "day")]
        return {key: {name: columns[name][n] for name in others} for n, key in enumerate(keys)}

    return of


PLANNING = (
    "snapshot-date|sku|fnsku|asin|marketplace|currency|inv-age-0-to-90-days|inv-age-91-to-180-days|"
    "inv-age-181-to-270-days|inv-age-271-to-365-days|inv-age-366-to-455-days|inv-age-456-plus-days|"
    "quantity-to-be-charged-ais-181-210-days|quantity-to-be-charged-ais-365-plus-days|estimated-ais-181-210-days|"
    "estimated-ais-365-plus-days|units-shipped-t7|units-shipped-t30|sell-through|days-of-supply|"
    "estimated-storage-cost-next-month|fba-inventory-level-health-status|fba-minimum-inventory-level|"
    "Exempted from Low-Inventory-Level fee?|Low-Inventory-Level fee applied in current week?|"
    "Short term historical days of supply|supplier"
)


def test_stock_by_age_with_the_newer_buckets(rows: Reading) -> None:
    row = ("2026-03-19|S1|X0|B01|DE|EUR|100|20|3|2|1|4|3|5|1.23|2.5|7|30|1.9|41|12.345678|Low stock|60|No|Yes|365+|"
           "unassigned")  # fmt: skip
    assert rows("inventory_health", flat(PLANNING, row))["S1"] == {
        "age_0_90": 100, "age_91_180": 20, "age_181_270": 3, "age_271_365": 2, "age_over_365": 5,
        "aged_fee_units": 8, "aged_fee": 3_730_000, "shipped_7d": 7, "shipped_30d": 30, "sell_through": 1.9,
        "amazon_days_of_supply": 41.0, "storage_cost": 12_345_678, "health": "low_stock", "minimum_level": 60,
        "low_inventory_exempt": False, "low_inventory_fee": True, "historical_days_short": 365.0,
    }  # fmt: skip


def test_a_column_the_report_lacks_is_left_out_and_one_that_is_empty_is_unknown(rows: Reading) -> None:
    found = rows("inventory_health", flat("sku|units-shipped-t30|days-of-supply", "S1|3|", "S2|--|Infinite"))
    assert found == {
        "S1": {"shipped_30d": 3, "amazon_days_of_supply": None},
        "S2": {"shipped_30d": None, "amazon_days_of_supply": None},
    }


def test_rows_of_another_marketplace_are_left_out(read: Callable[..., Read]) -> None:
    found = read("inventory_health", flat("sku|marketplace|units-shipped-t30|x", "S1|DE|1|", "S1|FR|9|", "|DE|5|"))
    assert found.rows.columns["entity"] == ["S1"]
    assert found.notes == ["2 rows: of another marketplace, or without a SKU", "1 other columns"]


LEDGER = (
    "Date|FNSKU|ASIN|MSKU|Title|Disposition|StartingWarehouseBalance|InTransitBetweenWarehouses|Receipts|"
    "CustomerShipments|CustomerReturns|VendorReturns|WarehouseTransferIn/Out|Found|Lost|Damaged|Disposed|OtherEvents|"
    "EndingWarehouseBalance|UnknownEvents|Location"
)


def moved(day: str, sku: str, disposition: str, *moves: int, ending: int, place: str = "DE") -> str:
    receipts, shipped, returned, found, lost, damaged, disposed = moves
    figures = (0, 0, receipts, shipped, returned, 0, 0, found, lost, damaged, disposed, 0, ending, 0)
    return "|".join([day, "X0", "B01", sku, "A title", disposition, *map(str, figures), place])


def test_the_ledger_of_a_day_is_the_sum_of_dispositions_and_places(rows: Reading) -> None:
    """What leaves is negative, and a unit that is damaged leaves one disposition for another: it counts once."""
    found = rows("stock_ledger", flat(
        LEDGER,
        moved("03/13/2026", "S1", "SELLABLE", 50, -3, 1, 2, -1, -1, 0, ending=148),
        moved("03/13/2026", "S1", "SELLABLE", 0, -2, 0, 0, 0, 0, 0, ending=20, place="FR"),
        moved("03/13/2026", "S1", "WAREHOUSE_DAMAGED", 0, 0, 0, 0, 0, 1, -4, ending=9),
        moved("03/14/2026", "S1", "SELLABLE", 0, 0, 0, 0, 0, 0, 0, ending=168),
    ))  # fmt: skip
    assert found == {
        "S1 2026-03-13": {"receipts": 50, "customer_shipments": 5, "customer_returns": 1, "found": 2, "lost": 1,
                          "damaged": 1, "disposed": 4, "ending_balance": 168},
        "S1 2026-03-14": {"receipts": 0, "customer_shipments": 0, "customer_returns": 0, "found": 0, "lost": 0,
                          "damaged": 0, "disposed": 0, "ending_balance": 168},
    }  # fmt: skip


@pytest.mark.parametrize(("texts", "marketplace", "days"), [
    (["03/13/2026", "03/02/2026"], "DE", ["2026-03-13", "2026-03-02"]),
    (["13/03/2026", "02/03/2026"], "US", ["2026-03-13", "2026-03-02"]),
    (["3/2/26"], "US", ["2026-03-02"]),
    (["2026-03-02"], "JP", ["2026-03-02"]),
    (["02.03.2026"], "DE", ["2026-03-02"]),
    (["03/02/2026"], "UK", ["2026-03-02"]),
])  # fmt: skip
def test_days_are_read_as_the_days_asked_for_allow(
    rows: Reading, texts: Sequence[str], marketplace: str, days: Sequence[str]
) -> None:
    lines = [moved(text, "S1", "SELLABLE", 0, 0, 0, 0, 0, 0, 0, ending=1) for text in texts]
    assert set(rows("stock_ledger", flat(LEDGER, *lines), marketplace=marketplace)) == {f"S1 {day}" for day in days}


def test_days_that_can_be_read_in_two_ways_are_read_as_the_marketplace_writes_them(rows: Reading) -> None:
    both = Span(date(2026, 1, 1), date(2026, 3, 31))
    line = moved("01/02/2026", "S1", "SELLABLE", 0, 0, 0, 0, 0, 0, 0, ending=1)
    assert set(rows("stock_ledger", flat(LEDGER, line), span=both, marketplace="US")) == {"S1 2026-01-02"}
    assert set(rows("stock_ledger", flat(LEDGER, line), span=both, marketplace="UK")) == {"S1 2026-02-01"}


def test_days_that_were_not_asked_for_are_refused(read: Callable[..., Read]) -> None:
    line = moved("07/13/2026", "S1", "SELLABLE", 0, 0, 0, 0, 0, 0, 0, ending=1)
    with pytest.raises(ContractError, match="no day between 2026-03-01 and 2026-03-20"):
        read("stock_ledger", flat(LEDGER, line))


ORDERS = (
    "amazon-order-id|merchant-order-id|purchase-date|last-updated-date|order-status|fulfillment-channel|sales-channel|"
    "product-name|sku|asin|item-status|quantity|currency|item-price|ship-city|ship-state|ship-postal-code|"
    "buyer-name|buyer-email|recipient-name|ship-address-1|buyer-phone-number"
)


def ordered(order: str, sku: str, units: int, price: str, status: str = "Shipped", updated: str = "10:00:00") -> str:
    return (f"{order}||2026-03-02T08:00:00+00:00|2026-03-05T{updated}+00:00|{status}|Amazon|Amazon.de|A \"7\" plate|"
            f"{sku}|B01||{units}|{'EUR' if price else ''}|{price}|Hamburg|HH|20095|Erika Mustermann|"
            "e.m@example.org|Erika Mustermann|Hauptstrasse 1|+49 40 1234567")  # fmt: skip


def test_lines_of_one_sku_are_one_and_pending_ones_have_no_amount(rows: Reading) -> None:
    found = rows("order_lines", flat(
        ORDERS, ordered(ORDER, "S1", 1, "19.99"), ordered(ORDER, "S1", 2, "39.98"),
        ordered(ORDER, "S2", 1, "", "Unshipped"),
    ))  # fmt: skip
    assert found == {
        f"{ORDER}/S1": {"order_id": ORDER, "sku": "S1", "asin": "B01", "status": "shipped", "units": 3,
                        "amount": 59_970_000, "channel": "fba",
                        "purchased_at": datetime(2026, 3, 2, 8, tzinfo=UTC)},
        f"{ORDER}/S2": {"order_id": ORDER, "sku": "S2", "asin": "B01", "status": "unshipped", "units": 1,
                        "amount": None, "channel": "fba", "purchased_at": datetime(2026, 3, 2, 8, tzinfo=UTC)},
    }  # fmt: skip


def test_of_an_order_in_two_reports_the_one_updated_last_holds(rows: Reading) -> None:
    newer, older = ordered(ORDER, "S1", 0, "0", "Cancelled", "12:00:00"), ordered(ORDER, "S1", 2, "39.98")
    for contents in ([newer, older], [older, newer]):
        (row,) = rows("order_lines", *(flat(ORDERS, line) for line in contents)).values()
        assert (row["status"], row["units"]) == ("cancelled", 0)


def test_amounts_in_two_currencies_are_refused(read: Callable[..., Read]) -> None:
    mixed = ordered(ORDER, "S2", 1, "5").replace("EUR", "PLN")
    with pytest.raises(ContractError, match="amounts in PLN, and the account is in EUR"):
        read("order_lines", flat(ORDERS, ordered(ORDER, "S1", 1, "5"), mixed))


RETURNS = (
    "return-date|order-id|sku|asin|fnsku|product-name|quantity|fulfillment-center-id|detailed-disposition|reason|status|"
    "license-plate-number|customer-comments"
)


def test_returns_are_told_apart_by_their_plate(rows: Reading) -> None:
    line = "2026-03-04T07:00:00+00:00|{order}|S1|B01|X0|A title|1|LEJ1|CUSTOMER_DAMAGED|DEFECTIVE|x|{plate}|{words}"
    found = rows("returns", flat(
        RETURNS, line.format(order=ORDER, plate="LPN1", words="broken, write me: a.b@example.org or +49 171 2345678"),
        line.format(order=ORDER, plate="LPN2", words=""), line.format(order=ORDER, plate="", words=""),
        line.format(order=ORDER, plate="", words=""),
    ))  # fmt: skip
    assert set(found) == {f"{ORDER}/S1/LPN1", f"{ORDER}/S1/LPN2", f"{ORDER}/S1/2026-03-04"}
    assert found[f"{ORDER}/S1/2026-03-04"]["units"] == 2
    assert found[f"{ORDER}/S1/LPN1"] == {
        "sku": "S1", "asin": "B01", "units": 1, "reason": "defective", "disposition": "customer_damaged",
        "returned_at": datetime(2026, 3, 4, 7, tzinfo=UTC), "text": "broken, write me: [e-mail] or [telephone]",
    }  # fmt: skip


FEEDBACK = {
    "US": ("Date|Rating|Comments|Your Response|Order ID|Rater Email", "3/4/26", "utf-8"),
    "DE": ("Datum|Bewertung|Kommentare|Ihre Antwort|Bestellnummer|E-Mail des Bewertenden", "04.03.26", "cp1252"),
    "FR": ("Date|Évaluation|Commentaires|Votre réponse|Numéro de commande|E-mail", "04/03/2026", "cp1252"),
    "JP": ("日付|評価|コメント|回答|注文番号|評価者のEメール", "2026/03/04", "cp932"),
}


@pytest.mark.parametrize("marketplace", FEEDBACK)
def test_feedback_is_read_in_the_marketplaces_language_and_alphabet(rows: Reading, marketplace: str) -> None:
    header, day, encoding = FEEDBACK[marketplace]
    words = {"cp932": "①箱が潰れていた", "cp1252": "Très déçu – zu spät"}.get(encoding, "Too late 😞")
    content = flat(header, f"{day}|2|{words}||{ORDER}|somebody@example.org", encoding=encoding)
    assert rows("feedback", content, marketplace=marketplace) == {f"{ORDER}/2026-03-04": {
        "stars": 2, "text": words, "left_at": datetime(2026, 3, 4, tzinfo=UTC), "answered": False}}  # fmt: skip


@pytest.mark.parametrize("spoilt", [f"3/4/26|6|x||{ORDER}|", "3/4/26|5|x||someone|"])
def test_feedback_whose_columns_were_mistaken_is_refused(read: Callable[..., Read], spoilt: str) -> None:
    with pytest.raises(ContractError, match="row 2"):
        read("feedback", flat(FEEDBACK["US"][0], spoilt), marketplace="US")


LISTINGS = (
    "item-name|item-description|listing-id|seller-sku|price|quantity|open-date|image-url|item-is-marketplace|"
    "product-id-type|asin1|product-id|fulfillment-channel|merchant-shipping-group|status"
)


def test_listings_tell_what_the_report_knows_and_nothing_else(rows: Reading) -> None:
    found = rows("listings", flat(
        LISTINGS,
        'Teller 7"|"quoted|L1|S1|19.99|5|2024-01-15 10:00:00 PST||y|1|B01|B01|DEFAULT|x|Active',
        "Tasse||L2|S2|1.234,50||15/01/2024 10:00:00 MEZ||y|1|B02|B02|AMAZON_EU|x|Inactive",
    ))  # fmt: skip
    assert found == {
        "S1": {"title": 'Teller 7"', "price": 19_990_000, "quantity": 5, "asin": "B01", "channel": "mfn",
               "state": "enabled", "opened_at": datetime(2024, 1, 15, 18, tzinfo=UTC)},
        "S2": {"title": "Tasse", "price": 1_234_500_000, "quantity": None, "asin": "B02", "channel": "fba",
               "state": "paused", "opened_at": None},
    }  # fmt: skip


def test_a_row_shifted_by_a_tab_makes_the_rest_a_part(read: Callable[..., Read]) -> None:
    """Nothing that is not mentioned may then count as gone."""
    good = "T||L1|S1|1|1|||y|1|B01|B01|DEFAULT|x|Active"
    found = read("listings", flat(LISTINGS, good, good.replace("T|", "T|x|y|", 1), good.replace("S1", "S2")))
    assert found.rows.columns["entity"] == ["S1", "S2"]
    assert found.partial
    assert "1 rows have more cells than the header" in found.notes


def test_old_japanese_listings_name_the_asin_by_its_type(rows: Reading) -> None:
    header = ("商品名|出品ID|出品者SKU|価格|数量|出品日|商品IDタイプ|コンディション|商品ID|"
              "フルフィルメント・チャンネル|ステータス")  # fmt: skip
    found = rows("listings", flat(header, "皿①|L1|S1|1980|5|2024/01/15|1|11|B01|DEFAULT|出品中", encoding="cp932"),
                 marketplace="JP")  # fmt: skip
    assert found["S1"]["asin"] == "B01"
    assert (found["S1"]["title"], found["S1"]["state"]) == ("皿①", "enabled")


def test_needed_columns_are_missed_loudly(read: Callable[..., Read]) -> None:
    for stream, header in (("order_lines", ORDERS), ("returns", RETURNS), ("stock_ledger", LEDGER),
                           ("listings", LISTINGS), ("feedback", FEEDBACK["US"][0])):  # fmt: skip
        with pytest.raises(ContractError, match="lacks the column"):
            read(stream, flat("|".join(f"new-{name}" for name in header.split("|"))))
        with pytest.raises(ContractError, match="not even a header"):
            read(stream, b"")


def test_a_cell_that_cannot_be_read_is_named_by_row_and_never_quoted(read: Callable[..., Read]) -> None:
    bad = ordered(ORDER, "S1", 1, "19.99").replace("|1|EUR|", "|Erika|EUR|")
    with pytest.raises(ContractError, match="in row 3 something under units") as fault:
        read("order_lines", flat(ORDERS, ordered(ORDER, "S1", 1, "19.99"), bad))
    assert "Erika" not in f"{fault.value}{fault.value.hint}{fault.value.__context__}"


@pytest.mark.parametrize(("charset", "encoding"), [
    ("cp1252", "cp1252"), ("utf-8", "utf-8"), ("", "utf-8"), ("", "cp1252"), ("utf-8", "cp1252"), ("x", "cp1252"),
])  # fmt: skip
def test_the_alphabet_is_what_the_download_says_else_what_fits(rows: Reading, charset: str, encoding: str) -> None:
    content = flat(LISTINGS, "Größe – 5\u00a0€||L1|S1|1|1|||y|1|B01|B01|DEFAULT|x|Active", encoding=encoding)
    assert rows("listings", content, charset=charset)["S1"]["title"] == "Größe – 5\u00a0€"


def test_odd_bytes_end_no_line_and_hide_no_cell(rows: Reading) -> None:
    """A byte order mark, NUL where nothing is, the byte 0x85, short rows, blank lines, no end of line at the end."""
    text = ("\ufeffsku|units-shipped-t30|days-of-supply \r\nS1|3|\x00\x00\r\n\r\nS\u0085 2|4\r\nS3|5|7").replace(
        "|", "\t"
    )
    found = rows("inventory_health", text.encode())
    assert {sku: (row["shipped_30d"], row["amazon_days_of_supply"]) for sku, row in found.items()} == {
        "S1": (3, None), "S\u0085 2": (4, None), "S3": (5, 7.0)}  # fmt: skip


def test_quoted_files_are_read_as_well(rows: Reading) -> None:
    content = b'"sku","units-shipped-t30","days-of-supply"\r\n"S,1","1,234","--"\r\n'
    assert rows("inventory_health", content) == {"S,1": {"shipped_30d": 1234, "amazon_days_of_supply": None}}


@pytest.mark.parametrize(("content_type", "charset"), [
    ("text/plain; charset=Cp1252", "cp1252"), ('text/plain;charset="UTF-8"', "utf-8"), ("text/plain", ""), ("", ""),
])  # fmt: skip
def test_the_charset_stands_in_the_content_type(content_type: str, charset: str) -> None:
    assert charset_of(content_type) == charset


BUYER = ("Mustermann", "example.org", "Hauptstrasse", "20095", "Hamburg", "1234567\t", "2345678")


def test_nothing_about_a_buyer_reaches_a_row(read: Callable[..., Read]) -> None:
    """Whatever a report brings along: only declared columns come through, and no planted word is among their values."""
    planted = "|buyer-name|buyer-email|ship-address-1|ship-postal-code|ship-city"
    person = "|Erika Mustermann|e@example.org|Hauptstrasse 1|20095|Hamburg"
    words = "late. e@example.org, +49 171 2345678"
    comments = f"{words}|{person[1:]}"
    contents = {
        "order_lines": flat(ORDERS, ordered(ORDER, "S1", 1, "19.99")),
        "returns": flat(RETURNS + planted, f"2026-03-04T07:00:00Z|{ORDER}|S1|B01|X0|T|1|F|OK|OTHER|x|L1|{comments}"),
        "feedback": flat(FEEDBACK["DE"][0] + planted, f"04.03.26|1|{words}||{ORDER}|e@example.org{person}"),
        "listings": flat(LISTINGS + planted, f"T||L1|S1|1|1|||y|1|B01|B01|DEFAULT|x|Active{person}"),
        "inventory_health": flat(PLANNING + planted, f"{'|'.join(['', 'S1'] + [''] * 25)}{person}"),
        "stock_ledger": flat(LEDGER + planted, moved("03/13/2026", "S1", "SELLABLE", *[0] * 7, ending=1) + person),
    }  # fmt: skip
    for stream, content in contents.items():
        columns = read(stream, content).rows.columns
        assert len(columns["entity"]) == 1
        assert set(columns) <= {"entity", "day"} | {column.name for column in STREAMS[stream].columns}
        told = " ".join(str(value) for values in columns.values() for value in values)
        assert not [word for word in BUYER if word in told]
