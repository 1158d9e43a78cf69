"""A shop's book on disk, filled day by day, and what is derived from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.derive.asked import Asked, Deriver
from agent.derive.desk import Desk
from agent.facts.book import Book
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.window import Span

TODAY = date(2026, 6, 30)
NOW = datetime(2026, 6, 30, 15, tzinfo=UTC)


@dataclass
class Shop:
    """``tell`` books rows as a pull of a stream would have brought them; ``derive`` gives rows by entity."""

    book: Book
    asked: Asked = field(default_factory=lambda: Asked("shop", TODAY, NOW))

    def tell(self, stream: str, rows: Iterable[Mapping[str, Any]], *, hours_ago: float = 1) -> None:
        listed = list(rows)
        names = {"entity": None} | {name: None for row in listed for name in row}
        columns = {name: [row.get(name) for row in listed] for name in names}
        at = NOW - timedelta(hours=hours_ago)
        self.book.book("shop", STREAMS[stream], Delivered([Rows(columns)] if listed else []), at, "r1")

    def tell_days(self, stream: str, by_entity: Mapping[str, Mapping[str, Sequence[Any]]], last: date,
                  *, hours_ago: float = 1) -> None:  # fmt: skip
        """``by_entity``: per entity and column one value a day, the last one on ``last``."""
        rows = []
        for entity, columns in by_entity.items():
            length = len(next(iter(columns.values())))
            for n in range(length):
                day = last - timedelta(days=length - 1 - n)
                rows.append({"entity": entity, "day": day, **{name: values[n] for name, values in columns.items()}})
        names = list(dict.fromkeys(name for row in rows for name in row))
        batch = Rows({name: [row.get(name) for row in rows] for name in names})
        span = Span(min(row["day"] for row in rows), last)
        self.book.book("shop", STREAMS[stream], Delivered([batch], span), NOW - timedelta(hours=hours_ago), "r1")

    def sells(self, units: Mapping[str, Sequence[int]], *, price: int = 20_000_000, rate: float = 0.1,
              hours_ago: float = 1) -> None:  # fmt: skip
        """Sales & Traffic up to the newest settled day."""
        figures = {
            sku: {"units_ordered": list(row), "sessions": [round(each / rate) for each in row],
                  "ordered_sales": [each * price for each in row]}
            for sku, row in units.items()
        }  # fmt: skip
        self.tell_days("sku_sales", figures, TODAY - timedelta(days=2), hours_ago=hours_ago)

    def asks(self, **other: Any) -> None:
        self.asked = replace(self.asked, **other)

    def derive(self, deriver: Deriver) -> dict[str, dict[str, Any]]:
        """What the deriver gives, booked and read back: so it is what the book takes."""
        rows = deriver.derive(Desk(self.book.known_at("shop", NOW), self.asked))
        self.book.book("shop", deriver.gives, Delivered([rows]), NOW, "r2")
        read = self.book.known_at("shop", NOW).state(deriver.gives).collect().to_dicts()
        return {row["entity"]: row for row in read}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(Book(tmp_path / "facts"))
