"""Whatever is in a file, reading it ends in a parcel that can be booked or in an error with the file's name.

Files are damaged as bytes (flips, cuts, repeats, foreign pieces). ``STEWARD_FULL=1`` tries 20,000.
"""

import os
import random
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook

from agent.errors import ContractError
from agent.facts.delivery import gather
from agent.model.kinds import STREAMS
from agent.model.marketplace import MARKETPLACES
from agent.model.parcel import KnownAds, Parcel
from connectors.file_drop import FileDrop

_FILES = 20_000 if os.environ.get("STEWARD_FULL") else 1_200
_BATCHES = 6
_KNOWN = KnownAds({"1": "C"}, {"2": ("1", "G")}, {"3": ("2", "chair", "exact")}, {"4": ("2", "close-match")})
_PIECES = [
    b"", b",", b"\t", b";", b'"', b"\n", b"\r\n", b"\0", b"\xff", b"\x85", b"\xef\xbb\xbf", b"\xff\xfe", b"=", b"--",
    b"Infinite", b"365+", b"-", b"1e9", b"1e999", b"nan", b"9" * 40, b"1.234", b"1,234", "€".encode(), b"USD", b"GBP",
    b"03/04/2026", b"31/02/2026", b"2026-13-40", b"2026-03-01T25:00:00", b"Total", b"x" * 2000, "子".encode(), b"%",
    b"0x10", b"\xf0\x9f\x92\xa9", b"true", b"(1)", b'="7"', b"'", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"<xml/>",
]  # fmt: skip
_TEXTS = [
    "Date,Campaign Name,Ad Group Name,Targeting,Match Type,Customer Search Term,Impressions,Clicks,Spend,"
    "7 Day Total Sales\n2026-03-01,C,G,chair,EXACT,a,1,1,0.5,0\n2026-03-02,C,G,close-match,-,b,2,0,0.0,0\n",
    "sku,fnsku,asin,product-name,afn-fulfillable-quantity,afn-total-quantity\nA,X,B0,Chair,1,2\nB,Y,B1,Table,3,4\n",
    "sku,landed_cost,min_price,cost_since\nA,1.25,3,2026-03-01\nB,2,4,\n",
    "Datum;Durch bestellte Produkte erzielter Umsatz;Bestellte Einheiten;Sitzungen – Summe\n"
    "01.03.2026;1.234,56 €;3;9\n",
    "settlement-id\tsettlement-start-date\tsettlement-end-date\ttotal-amount\tcurrency\ttransaction-type\tamount-type\t"
    "amount-description\tamount\tposted-date\tsku\n7\t2026-03-01\t2026-03-14\t1.00\tUSD\t\t\t\t\t\t\n"
    "7\t\t\t\tUSD\tOrder\tItemPrice\tPrincipal\t1.00\t2026-03-02\tA\n",
    "amazon-order-id\tpurchase-date\tlast-updated-date\torder-status\tfulfillment-channel\tsku\tasin\tquantity\tcurrency"
    "\titem-price\n1-1\t2026-03-01T01:02:03Z\t2026-03-01T01:02:03Z\tShipped\tAmazon\tA\tB0\t1\tUSD\t9.99\n",
    'Brand=["X"],Reporting Range=["Monthly"]\nSearch Query,Search Query Volume,Impressions: Total Count,'
    "Impressions: Brand Count,Clicks: Total Count,Clicks: Brand Count,Purchases: Total Count,Purchases: Brand Count,"
    "Reporting Date\nchair,10,9,8,7,6,5,4,2026-02-28\n",
    "Date,Rating,Title,Body\n2026-03-01,4,Good,Nice\n",
]  # fmt: skip


def _workbook() -> bytes:
    book, body = Workbook(), BytesIO()
    for line in _TEXTS[0].splitlines():
        book.active.append(line.split(","))
    book.save(body)
    return body.getvalue()


def _damaged(dice: random.Random, data: bytes) -> bytes:
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(data) + 1)
        match dice.randrange(5):
            case 0:
                data = data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :]
            case 1:
                data = data[:at]
            case 2:
                end = min(len(data), at + dice.randrange(60))
                data = data[:end] + data[at:end] + data[end:]
            case 3:
                data = data[:at] + dice.choice(_PIECES) + data[at + dice.randrange(12) :]
            case _:
                data = data[:at] + dice.choice(_PIECES) + data[at:]
    return data


def _is_bookable(parcel: Parcel) -> bool:
    for stream, delivered in parcel.deliveries:
        try:
            gather(STREAMS[stream], delivered)
        except ContractError as fault:  # the book's own rule, said with the stream's name
            assert "not Int" not in fault.message, fault
    return True


@pytest.mark.parametrize("batch", range(_BATCHES))
def test_a_damaged_file_is_read_or_refused_by_name(batch: int, tmp_path: Path) -> None:
    dice = random.Random(f"files {batch}")
    sources = [text.encode("utf-8") for text in _TEXTS] + [_workbook()]
    path = tmp_path / "file_2026-03-01.csv"
    for _ in range(_FILES // _BATCHES):
        data = _damaged(dice, dice.choice(sources))
        path.write_bytes(data)
        marketplace = MARKETPLACES[dice.choice(("US", "DE", "JP", "CA"))]
        try:
            parcel = FileDrop("main", marketplace, known=lambda: _KNOWN).read(path)
        except ContractError as fault:
            assert path.name in fault.message
            assert fault.hint
        else:
            assert _is_bookable(parcel)


@pytest.mark.parametrize("number", range(len(_TEXTS)))
def test_the_files_are_whole_before_they_are_damaged(number: int, tmp_path: Path) -> None:
    path = tmp_path / "file_2026-03-01.csv"
    path.write_text(_TEXTS[number], encoding="utf-8")
    marketplace = MARKETPLACES["DE" if "€" in _TEXTS[number] else "US"]
    parcel = FileDrop("main", marketplace, known=lambda: _KNOWN).read(path)
    assert parcel.deliveries
    for stream, delivered in parcel.deliveries:
        assert gather(STREAMS[stream], delivered).came > 0
