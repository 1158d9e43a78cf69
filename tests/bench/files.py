"""How long exported files take from the disk into the book.

    python tests/bench/files.py [--tsv 250000] [--xlsx 25000] [--seed 1]

Prints seconds and rows; asserts nothing about time. Budgets: an all-orders report of 250,000 rows (TSV) 5 s, a search
term report of 25,000 rows (XLSX) 10 s, read and booked.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from openpyxl import Workbook

from agent.facts.book import Book
from agent.model.kinds import STREAMS
from agent.model.marketplace import MARKETPLACES
from agent.model.parcel import KnownAds
from connectors.file_drop import FileDrop

_ORDERS = [
    "amazon-order-id", "merchant-order-id", "purchase-date", "last-updated-date", "order-status",
    "fulfillment-channel", "sales-channel", "ship-service-level", "product-name", "sku", "asin", "item-status",
    "quantity", "currency", "item-price", "item-tax", "shipping-price", "ship-city", "ship-state",
    "ship-postal-code", "ship-country", "promotion-ids", "is-business-order",
]  # fmt: skip
_TERMS = [
    "Date", "Portfolio name", "Currency", "Campaign Name", "Ad Group Name", "Targeting", "Match Type",
    "Customer Search Term", "Impressions", "Clicks", "Click-Thru Rate (CTR)", "Cost Per Click (CPC)", "Spend",
    "7 Day Total Sales ", "Total ACOS", "7 Day Total Orders (#)", "7 Day Total Units (#)", "7 Day Conversion Rate",
]  # fmt: skip
_CAMPAIGNS, _WORDS = 50, 200
_KNOWN = KnownAds(
    {f"c{each}": f"Campaign {each}" for each in range(_CAMPAIGNS)},
    {f"g{each}": (f"c{each}", "Group") for each in range(_CAMPAIGNS)},
    {f"k{each}-{word}": (f"g{each}", f"word {word}", "exact") for each in range(_CAMPAIGNS) for word in range(_WORDS)},
)


def orders(path: Path, rows: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with path.open("w", encoding="utf-8") as file:
        file.write("\t".join(_ORDERS) + "\n")
        for row in range(rows):
            at = (start + timedelta(seconds=20 * row)).isoformat()
            line = [
                f"111-{row:07d}-{row % 999_983:07d}", "", at, at, "Shipped", "Amazon", "Amazon.com", "Expedited",
                "Chair", f"SKU-{row % 400}", f"B0{row % 400:08d}", "Shipped", str(1 + row % 3), "USD",
                f"{10 + row % 500 / 10:.2f}", "1.00", "", "Springfield", "IL", "62704", "US", "", "false",
            ]  # fmt: skip
            file.write("\t".join(line) + "\n")


def terms(path: Path, rows: int, seed: int) -> None:
    dice, book = random.Random(seed), Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(_TERMS)
    for row in range(rows):
        clicks = dice.randrange(9)
        sheet.append([f"2026-01-{1 + row % 30:02d}", "", "USD", f"Campaign {row % _CAMPAIGNS}", "Group",
                      f"word {row % _WORDS}", "EXACT", f"term {row // 30}", clicks * 90, clicks, 0.011, 0.5,
                      round(clicks * 0.5, 2), 24.99, 0.2, 1, 1, 0.1])  # fmt: skip
    book.save(path)


def measure(path: Path, folder: Path) -> None:
    begun = time.perf_counter()
    parcel = FileDrop("bench", MARKETPLACES["US"], known=lambda: _KNOWN).read(path)
    read = time.perf_counter()
    book = Book(folder / "facts")
    for stream, delivered in parcel.deliveries:
        book.book("bench", STREAMS[stream], delivered, datetime(2026, 3, 1, tzinfo=UTC), "bench")
    done = time.perf_counter()
    size = path.stat().st_size / 1e6
    print(f"{path.name:12} {parcel.receipt.rows:>9,} rows {size:6.1f} MB   read {read - begun:5.2f} s   "
          f"booked {done - read:5.2f} s   together {done - begun:5.2f} s")  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--tsv", type=int, default=250_000)
    asked.add_argument("--xlsx", type=int, default=25_000)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        orders(folder / "orders.txt", given.tsv)
        terms(folder / "terms.xlsx", given.xlsx, given.seed)
        for path in (folder / "orders.txt", folder / "terms.xlsx"):
            measure(path, folder)


if __name__ == "__main__":
    main()
