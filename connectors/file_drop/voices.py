"""Seller feedback and review exports. Who wrote them is dropped at the door."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from agent.model.fact import Delivered, Rows
from agent.model.metric import Unit
from agent.model.parcel import Parcel, PeriodFrom
from agent.model.window import Span
from connectors.file_drop.form import Form, Surroundings, form, numbered, private, receipt_of
from connectors.file_drop.table import Table

_ASIN = re.compile(r"(?<![A-Z0-9])B0[A-Z0-9]{8}(?![A-Z0-9])")
_REVIEW = re.compile(r"/(R[A-Z0-9]{9,15})(?:[/?]|$)")
_STARS = re.compile(r"\s*(\d)(?:[.,]0+)?(?:\s*(?:out of 5|von 5|sur 5|su 5|de 5|/\s*5|つ星).*)?\s*")


def feedback(form: Form, table: Table, around: Surroundings) -> Parcel:
    """Feedback about the seller, named by its order and day."""
    orders = table.ids("order_id")
    moments = table.values("left_at", Unit.INSTANT)
    columns: dict[str, list[Any]] = {
        "entity": [f"{order}/{moment.date() if moment else ''}" for order, moment in zip(orders, moments, strict=True)],
        "stars": _stars(table),
        "text": table.values("comments", Unit.TEXT),
        "left_at": moments,
        "answered": [text is not None for text in table.values("response", Unit.TEXT)],
    }
    return _parcel(form, table, "feedback", columns, "left_at")


def reviews(form: Form, table: Table, around: Surroundings) -> Parcel:
    """Product reviews, as several tools export them. One without an id is named by what it says."""
    texts, titles = table.texts("text"), table.values("title", Unit.TEXT)
    moments = table.values("reviewed_at", Unit.INSTANT)
    named = _ASIN.findall(around.name.upper())
    asins = (
        table.values("asin", Unit.TEXT) if table.has("asin") else [named[0] if len(named) == 1 else None] * len(table)
    )
    stars = _stars(table)
    ids, links = table.values("review_id", Unit.TEXT), table.values("url", Unit.TEXT)
    entities = [
        id or _linked(link) or _named(*parts)
        for id, link, *parts in zip(ids, links, asins, moments, stars, titles, texts, strict=True)
    ]
    columns = {
        "entity": numbered(entities), "asin": asins, "stars": stars, "title": titles, "text": texts,
        "reviewed_at": moments,
    }  # fmt: skip
    return _parcel(form, table, "reviews", columns, "reviewed_at")


def _stars(table: Table) -> list[int]:
    found: list[int] = []
    for index, cell in enumerate(table.cells("stars")):
        match = _STARS.fullmatch(str(cell))
        if match is None or not 1 <= int(match[1]) <= 5:
            raise table.fault(index, "stars", f"'{str(cell)[:20]}' is not 1 to 5 stars", "correct the cell")
        found.append(int(match[1]))
    return found


def _linked(link: str | None) -> str | None:
    match = _REVIEW.search(link or "")
    return match[1] if match else None


def _named(*parts: object) -> str:
    return blake2b(repr([str(part) for part in parts]).encode(), digest_size=10).hexdigest()


def _parcel(form: Form, table: Table, stream: str, columns: dict[str, list[Any]], when: str) -> Parcel:
    stars = columns["stars"]
    days = [moment.date() for moment in columns[when] if moment is not None]
    receipt = receipt_of(
        table, totals={f"stars_{count}": stars.count(count) for count in range(1, 6)},
        period=Span(min(days), max(days)) if days else None, period_from=PeriodFrom.CONTENT if days else None,
        ignored=private(table),
    )  # fmt: skip
    rows = [Rows(columns)] if columns["entity"] else []
    return Parcel(form.kind, [(stream, Delivered(rows, partial=True))], receipt)


VOICES: Sequence[Form] = (
    form("seller_feedback", "voices", "left_at stars comments response order_id", build=feedback,
         units={"left_at": Unit.INSTANT}),
    form("reviews_export", "voices", "stars text", build=reviews, units={"reviewed_at": Unit.INSTANT},
         one_of="title reviewed_at asin review_id url", without="order_id"),
)  # fmt: skip
