"""A downloaded report as text: unpacked, and in the right alphabet."""

from __future__ import annotations

import codecs
import gzip
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, cast

from agent.errors import ContractError
from connectors.selling_partner.faults import NAME

_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
_CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
# Amazon: plain Shift-JIS lacks characters that Japanese reports use.
_WIDER = {"shift_jis": "cp932", "ascii": "cp1252", "iso8859-1": "cp1252", "utf-8": "utf-8-sig"}


@dataclass(frozen=True, slots=True)
class Paper:
    """One document of a report. ``charset`` is what its download said; ``code_page`` the marketplace's own."""

    path: Path
    report: str
    request_id: str = ""
    charset: str = ""
    code_page: str = "cp1252"

    def lines(self) -> Iterator[str]:
        """The lines, one after the other, without their ends. Only a line feed ends one.

        Amazon: some reports write NUL bytes where there is nothing, and a lone carriage return inside of a text.
        """
        with self._opened() as file:
            decoder = codecs.getincrementaldecoder(self._encoding())("replace")
            rest = ""
            while piece := self._read(file):
                text = (rest + decoder.decode(piece)).replace("\x00", "").replace("\r\n", "\n")
                *whole, rest = text.split("\n")
                yield from (line.replace("\r", " ") for line in whole) if "\r" in text else whole
            rest += decoder.decode(b"", final=True)
            if rest:
                yield rest.replace("\r", " ")

    def json(self) -> object:
        """The whole as JSON, with fractions as ``Decimal``."""
        body = bytearray()
        with self._opened() as file:
            while piece := self._read(file):
                body += piece
        try:
            return json.loads(body.decode("utf-8-sig"), parse_float=Decimal)
        except (ValueError, RecursionError):
            pass
        raise self.fault("is no JSON")

    def head(self, characters: int) -> str:
        """The beginning, for a person to read."""
        with self._opened() as file:
            return file.read(characters * 4).decode("utf-8-sig", "replace")[:characters]

    def fault(self, says: str) -> ContractError:
        return ContractError(
            f"The report {self.report} {says}.", connector=NAME, operation=self.report, request_id=self.request_id,
            hint="Nothing of it was booked; the next pull asks anew. If it stays, Amazon has changed the report.",
        )  # fmt: skip

    def _encoding(self) -> str:
        """What the download said; else UTF-8 if every byte is; else the marketplace's code page."""
        try:
            said = codecs.lookup(self.charset).name if self.charset else ""
        except LookupError:
            said = ""
        said = _WIDER.get(said, said)
        if said and said != "utf-8-sig":
            return said
        return "utf-8-sig" if self._is_utf8() else self.code_page

    def _is_utf8(self) -> bool:
        decoder = codecs.getincrementaldecoder("utf-8")("strict")
        with self._opened() as file:
            try:
                while piece := self._read(file):
                    decoder.decode(piece)
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                return False
        return True

    def _read(self, file: BinaryIO) -> bytes:
        try:
            return file.read(_CHUNK)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            pass
        raise self.fault("is torn: its archive ends too early or is damaged")

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        """Amazon: whether a document is packed is told apart by its own first bytes, whatever was said of it."""
        with self.path.open("rb") as raw:
            packed = raw.read(2) == _GZIP
            raw.seek(0)
            if not packed:
                yield raw
                return
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield cast(BinaryIO, unpacked)


def charset_of(content_type: str) -> str:
    """The charset a Content-Type names; empty where it names none."""
    found = _CHARSET.search(content_type)
    return found[1].lower() if found else ""
