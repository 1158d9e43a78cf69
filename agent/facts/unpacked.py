"""Whether a downloaded file is a whole gzipped JSON array, before anybody parses it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

_CHUNK_BYTES = 1 << 20
_HEAD_BYTES = 60


def fault_of_archive(path: Path) -> str:
    """What is wrong with the file as a gzipped JSON array, in words; empty if nothing is.

    Every byte is unpacked once, because duckdb verifies neither the checksum nor that there is anything inside.
    """
    head = b""
    try:
        for piece in _unpacked(path):
            if len(head) < _HEAD_BYTES:
                head = (head + piece[:_HEAD_BYTES]).lstrip()
    except (zlib.error, EOFError) as fault:
        return _fault_of_gzip(path, fault)
    return "" if head.startswith(b"[") else f"is not a JSON array; it begins {_shown(head)}"


def _unpacked(path: Path) -> Iterator[bytes]:
    """The content in pieces; several gzip members in one file are one content."""
    with path.open("rb") as file:
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        while packed := file.read(_CHUNK_BYTES):
            while packed:
                if member.eof:
                    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
                yield member.decompress(packed)
                packed = member.unused_data
        if not member.eof:
            raise EOFError("it ends before its checksum")


def _fault_of_gzip(path: Path, fault: Exception) -> str:
    with path.open("rb") as file:
        begins = file.read(_HEAD_BYTES)
    if begins.startswith(b"\x1f\x8b"):
        return f"is torn or damaged: {fault}"
    return f"is not gzipped; it begins {_shown(begins)}" if begins else "is empty"


def _shown(head: bytes) -> str:
    return repr(head[:_HEAD_BYTES].decode("utf-8", "replace"))
