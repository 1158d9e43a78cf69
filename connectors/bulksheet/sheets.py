"""Opening the file and finding sheets by their header, wherever they stand and however they are called."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from agent.errors import ContractError
from connectors.bulksheet.language import column_of
from connectors.bulksheet.record import Record

_HEADER_WITHIN = 10
"""A metadata line or an empty row may come before the header."""
_LARGEST_BYTES = 500_000_000
_TORN = (BadZipFile, zlib.error, ParseError, EOFError, OSError, NotImplementedError)
"""What a torn archive or its XML raises: when it is opened, or only once a damaged row is reached."""
_AGAIN = "download it again"
_ENCRYPTED = b"\xd0\xcf\x11\xe0"


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The workbook, read row by row; ``ContractError`` where the file is none."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    _check(path)
    with path.open("rb") as file:
        try:
            with warnings.catch_warnings():
                # Amazon: the workbook has no default style; openpyxl warns and takes its own.
                warnings.simplefilter("ignore")
                book = load_workbook(file, read_only=True, data_only=True)
        except (*_TORN, InvalidFileException, KeyError, ValueError, TypeError, IndexError, AttributeError) as fault:
            raise _unreadable(path, "is not a complete .xlsx workbook", _AGAIN) from fault
        try:
            yield book
        except _TORN as fault:
            raise _unreadable(path, "is torn", _AGAIN) from fault
        finally:
            book.close()


def records(path: Path, sheet: Any, required: frozenset[str]) -> Iterator[Record] | None:
    """The filled rows below the header that has all ``required`` columns; None where the sheet has no such header."""
    # Amazon: every sheet declares itself as one cell (A1); without this, reading row by row gives that cell alone.
    sheet.reset_dimensions()
    rows = enumerate(sheet.iter_rows(values_only=True), start=1)
    for number, cells in rows:
        columns = _columns(cells)
        if required <= columns.keys():
            return (
                Record(path.name, sheet.title, below, columns, tuple(row)) for below, row in rows if _is_filled(row)
            )
        if number >= _HEADER_WITHIN:
            return None
    return None


def _columns(cells: tuple[Any, ...]) -> dict[str, int]:
    """Names to positions; of a name written twice the first."""
    columns: dict[str, int] = {}
    for position, cell in enumerate(cells):
        if isinstance(cell, str) and cell.strip():
            columns.setdefault(column_of(cell), position)
    return columns


def _is_filled(row: tuple[Any, ...]) -> bool:
    return any(cell not in (None, "") for cell in row)


def _check(path: Path) -> None:
    try:
        with path.open("rb") as file:
            begin = file.read(4)
        size = path.stat().st_size
    except OSError as fault:
        raise _unreadable(path, f"cannot be read: {fault.strerror}", "name a file that is there") from fault
    if begin == _ENCRYPTED:
        raise _unreadable(path, "is an old or encrypted workbook", "save it as .xlsx without a password")
    if begin[:2] != b"PK":
        raise _unreadable(path, "is no .xlsx workbook", "download 'Bulk operations' in the console as a spreadsheet")
    if size > _LARGEST_BYTES:
        raise _unreadable(path, "is larger than 500 MB", "download fewer campaigns at once")


def _unreadable(path: Path, message: str, hint: str) -> ContractError:
    return ContractError(f"{path.name} {message}", connector="bulksheet", operation="open", hint=hint)
