"""Bytes on disk become grids of cells: text files by encoding and delimiter, workbooks sheet by sheet."""

from __future__ import annotations

import codecs
import csv
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook

from agent.errors import FileError

Cell = Any
"""Text as written; of a workbook also a number, a flag, a date."""

LARGEST_BYTES = 500_000_000
_WORKBOOK, _OLD_WORKBOOK = b"PK", b"\xd0\xcf\x11\xe0"
_AGAIN = "download it again"
_TORN = (
    CalamineError, BadZipFile, zlib.error, ValueError, OverflowError, EOFError, NotImplementedError, RuntimeError,
    OSError,
)  # fmt: skip
"""What a torn archive or its XML raises."""
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DELIMITERS = ("\t", ",", ";")
_LONGEST_CELL = 1_000_000
_HEAD = 60_000
"""So many characters are enough to find a header in."""
_END = "\u241e"
"""A line after the last: a quotation that is still open swallows it."""


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet, or one reading of a text file. ``whole`` is false where the text ends inside a quotation or a
    character; ``ended`` where its last line has no end. Rows may differ in length."""

    name: str
    rows: Sequence[Sequence[Cell]]
    encoding: str = ""
    whole: bool = True
    ended: bool = True


def raw_bytes(path: Path) -> bytes:
    """The file's content. A file that is gone, unreadable or too large is a ``FileError``."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise FileError("is larger than 500 MB", file=path.name, hint="export fewer days at once")
        return path.read_bytes()
    except OSError as fault:
        raise FileError(f"cannot be read: {fault.strerror}", file=path.name, hint="put the file there again") from fault


def is_workbook(data: bytes) -> bool:
    return data[:2] == _WORKBOOK or data[:4] == _OLD_WORKBOOK


def sheets(path: Path, data: bytes) -> Sequence[Grid]:
    """All sheets of a workbook. Amazon: sheets declare themselves as one cell (A1); that is not believed."""
    if data[:4] == _OLD_WORKBOOK:
        raise FileError("is an old or encrypted workbook", file=path.name, hint="save it as .xlsx without a password")
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            torn = archive.testzip()
        if torn is not None:
            raise FileError(f"is damaged in {torn}", file=path.name, hint=_AGAIN)
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return [Grid(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names]
    except _TORN as fault:
        raise FileError("is not a complete .xlsx workbook", file=path.name, hint=_AGAIN) from fault
    except BaseException as fault:
        # The workbook library turns a panic of its own into this, which is no Exception.
        if type(fault).__name__ != "PanicException":
            raise
        raise FileError("is a workbook that cannot be understood", file=path.name, hint=_AGAIN) from fault


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a text file: ``head`` is its beginning, for who only wants to know what it is."""

    head: Grid
    text: str
    delimiter: str

    def whole(self) -> Grid:
        rows, closed = _rows(self.text, self.delimiter)
        return Grid("", rows, self.head.encoding, self.head.whole and closed, self.head.ended)


def readings(data: bytes, code_page: str) -> Iterator[Reading]:
    """Every way to read a text file, the likeliest first: whoever knows the header picks one.

    A byte order mark is believed; else strict UTF-8 is tried, then the marketplace's code page, then the others.
    Nothing is yielded where the bytes are no text at all.
    """
    for text, encoding, whole in _decoded(data, code_page):
        ended = text.endswith(("\n", "\r")) or not text
        for delimiter in _DELIMITERS:
            if delimiter in text[:_HEAD]:
                rows, _closed = _rows(text[:_HEAD], delimiter)
                yield Reading(Grid("", rows, encoding, whole, ended), text, delimiter)


def _decoded(data: bytes, code_page: str) -> Iterator[tuple[str, str, bool]]:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            text, whole = _strict(data, encoding)
            if text is not None:
                yield text, encoding.removesuffix("-sig"), whole
            return
    if b"\x00" in data[:4096]:
        return
    for encoding in dict.fromkeys(("utf-8", code_page, "cp932", "cp1252")):
        text, whole = _strict(data, encoding)
        if text is not None:
            yield text, encoding, whole
            if encoding == "utf-8":
                return


def _strict(data: bytes, encoding: str) -> tuple[str | None, bool]:
    """The text, and whether its last character is whole; None where it is another encoding."""
    try:
        return data.decode(encoding), True
    except UnicodeDecodeError as fault:
        if fault.start >= len(data) - 4 and fault.start > 0 and encoding in ("utf-8", "utf-8-sig", "utf-16"):
            try:
                return data[: fault.start].decode(encoding), False
            except UnicodeDecodeError:
                return None, False
        return None, False


def _rows(text: str, delimiter: str) -> tuple[list[list[str]], bool]:
    """The rows, and whether the last quotation was closed. Tab-separated reports quote nothing, unless their header
    does: a title may begin with a quotation mark."""
    csv.field_size_limit(_LONGEST_CELL)
    quoted = delimiter != "\t" or text.lstrip("\ufeff").startswith('"')
    text = text.removeprefix("\ufeff")
    if not quoted:
        return [line.split(delimiter) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")], True
    lines = io.StringIO(text, newline="")
    try:
        rows = list(csv.reader(chain(lines, [_END]), delimiter=delimiter))
    except csv.Error:
        return [], False
    closed = rows[-1] == [_END]
    return rows[:-1], closed
