"""Files as people have them, written on the spot."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.model.marketplace import MARKETPLACES
from agent.model.parcel import KnownAds, Parcel
from connectors.file_drop import FileDrop

Read = Callable[..., Parcel]

KNOWN = KnownAds(
    {"11": "Chairs", "12": "Tables"},
    {"21": ("11", "Green"), "22": ("12", "Green")},
    {"31": ("21", "garden chair", "exact"), "32": ("21", "garden chair", "phrase")},
    {"41": ("21", "close-match"), "42": ("21", "asin=B0FGJR1245")},
)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a file with this content and read it, as an account of a marketplace."""

    def written(content: str | bytes, name: str = "file.csv", marketplace: str = "US", **more: object) -> Parcel:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        reader = FileDrop("acme", MARKETPLACES[marketplace], known=lambda: KNOWN, **more)  # type: ignore[arg-type]
        return reader.read(path)

    return written


@pytest.fixture(scope="session")
def samples_free_workbook() -> bytes:
    """A targeting report as a workbook, made here."""
    from io import BytesIO

    from openpyxl import Workbook

    book, body = Workbook(), BytesIO()
    book.active.append(
        ["Date", "Campaign Name", "Ad Group Name", "Targeting", "Match Type", "Impressions", "Clicks", "Spend"]
    )
    book.active.append(["2026-01-02", "Chairs", "Green", "garden chair", "EXACT", 10, 1, 0.5])
    book.save(body)
    return body.getvalue()
