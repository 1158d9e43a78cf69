"""A file that was exchanged with a person, as the ledger remembers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class FileState(StrEnum):
    """What became of a file."""

    BOOKED = "booked"
    """Read and booked; the receipt says what."""
    UNKNOWN = "unknown"
    """Not recognised: named once and left alone."""
    REFUSED = "refused"
    """Recognised, but damaged or ambiguous: nothing of it was booked. It is tried again once it has changed."""
    WRITTEN = "written"
    """Made by Steward for a person to upload or apply. It says what shall be, not what is, and is never taken in."""
    APPLIED = "applied"
    """A plan file that was used, once."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One content of one account. ``modified`` is the file's own time; ``name`` where it was seen last.

    ``receipt`` is plain JSON: rows, period, totals, what was ignored and why, and each stream that was told.
    """

    account: str
    sha256: str
    name: str
    size: int
    modified: datetime
    state: FileState
    at: datetime
    run: str
    kind: str = ""
    receipt: Mapping[str, Any] = field(default_factory=dict)
    fault: str = ""
    hint: str = ""
