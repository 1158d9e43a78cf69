"""A book in an empty folder, and documents as Amazon sends them."""

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.facts.book import Book
from agent.model.fact import Document, Field
from agent.model.window import Span

DAY = date(2026, 3, 18)
SPAN = Span(DAY, DAY + timedelta(days=1))
FIELDS = {
    "entity": Field("keywordId"),
    "day": Field("date"),
    "impressions": Field("impressions"),
    "clicks": Field("clicks"),
    "cost": Field("cost"),
    "purchases": Field("purchases7d"),
    "units": Field("unitsSoldClicks7d"),
    "sales": Field("sales7d"),
    "top_of_search_share": Field("topOfSearchImpressionShare", required=False),
    "campaign": Field("campaignId", expect="77"),
}
ROW = {
    "date": "2026-03-18", "keywordId": 281474976710657, "campaignId": 77, "keyword": "usb c hub", "impressions": 120,
    "clicks": 3, "cost": 4.2, "purchases7d": 1, "unitsSoldClicks7d": 1, "sales7d": 6.0,
    "topOfSearchImpressionShare": 0.25,
}  # fmt: skip
Write = Callable[..., Document]


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path / "facts")


@pytest.fixture
def at() -> Callable[[int], datetime]:
    """The moment so many hours after midnight."""
    return lambda hours: datetime(2026, 3, 20, tzinfo=UTC) + timedelta(hours=hours)


@pytest.fixture
def row() -> Callable[..., dict[str, Any]]:
    """A row of a report, with other values for some fields; None as a field's name's value leaves the field as null."""
    return lambda **other: ROW | other


@pytest.fixture
def document(tmp_path: Path) -> Write:
    """Write a report: from rows, or from the very bytes of the file."""

    def write(
        rows: Sequence[Mapping[str, Any]] | bytes,
        *,
        fields: Mapping[str, Field] = FIELDS,
        span: Span = SPAN,
        name: str = "report.json.gz",
    ) -> Document:
        path = tmp_path / name
        path.write_bytes(rows if isinstance(rows, bytes) else gzip.compress(json.dumps(rows).encode()))
        return Document(path, fields, span, connector="amazon_ads", request_id="req-1")

    return write
