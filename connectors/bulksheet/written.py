"""Putting a file where a person finds it: all of it or nothing, on disk before it is spoken of."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from decimal import Decimal
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from connectors.bulksheet.upload import COLUMNS, SHEET, Row

PRICE_COLUMNS = ("sku", "price")
"""Amazon: of the Price & Quantity file only the SKU is required; what is left out stays as it is."""


def workbook(rows: Sequence[Row]) -> bytes:
    """An upload workbook: one sheet, Amazon's header, ids and names as text, amounts as numbers."""
    from openpyxl import Workbook

    book = Workbook(write_only=False)
    book.remove(book.worksheets[0])
    sheet = book.create_sheet(SHEET)
    sheet.append(list(COLUMNS))
    for number, row in enumerate(rows, start=2):
        for position, name in enumerate(COLUMNS, start=1):
            if name not in row:
                continue
            value = row[name]
            cell = sheet.cell(number, position, value)
            if isinstance(value, Decimal):
                places = -int(value.as_tuple().exponent)
                cell.number_format = "0." + "0" * places if places > 0 else "0"
            else:
                # A name that begins with an equals sign is no formula, and an id is no number.
                cell.data_type, cell.number_format = "s", "@"
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def price_file(rows: Iterable[tuple[str, str]]) -> bytes:
    """SKU and price, separated by tabs."""
    return "".join("\t".join(line) + "\n" for line in (PRICE_COLUMNS, *rows)).encode()


def put(path: Path, body: bytes) -> str:
    """Write the file in place of an earlier one of the same name; returns its SHA-256.

    Raises ``OSError``; then the earlier one, or none, is still there.
    """
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return sha256(body).hexdigest()
