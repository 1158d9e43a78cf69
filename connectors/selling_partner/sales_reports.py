"""Sales & Traffic: by day for the account, and by SKU or child ASIN from one report per day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from agent.model.fact import Rows
from agent.model.window import Span
from connectors.selling_partner.document import Paper
from connectors.selling_partner.reading import (
    Item,
    Unpromised,
    at,
    count,
    each,
    item,
    may,
    money,
    need,
    percent,
    promised_by,
    text,
)
from connectors.selling_partner.sheet import Desk, Read

_MEASURES: Mapping[str, str] = {
    "sessions": "traffic{By}.sessions", "page_views": "traffic{By}.pageViews",
    "units_ordered": "sales{By}.unitsOrdered", "order_items": "sales{By}.totalOrderItems",
}  # fmt: skip
_OF_THE_ACCOUNT: Mapping[str, str] = {
    "units_refunded": "salesByDate.unitsRefunded", "claims_granted": "salesByDate.claimsGranted",
    "feedback_received": "trafficByDate.feedbackReceived",
    "negative_feedback": "trafficByDate.negativeFeedbackReceived",
}  # fmt: skip
_SALES = "sales{By}.orderedProductSales"


def account_sales(desk: Desk, papers: Sequence[tuple[Span, Paper]]) -> Read:
    """A row per day."""
    columns = _Columns()
    for span, paper in papers:
        with promised_by(paper.fault):
            for row in each(_report(desk, paper, span, "PARENT"), "salesAndTrafficByDate"):
                day = need(row, "date", _day)
                if day not in span:
                    raise Unpromised(f"has figures of {day}, which was not asked for")
                figures = {name: may(row, path, count) for name, path in _OF_THE_ACCOUNT.items()}
                columns.add(entity=desk.account, day=day, **_figures(row, "ByDate", desk), **figures)
    told = set(columns.lists["day"])
    return Read(Rows(columns.lists), silent=frozenset(day for span, _ in papers for day in span if day not in told))


def sku_sales(desk: Desk, papers: Sequence[tuple[Span, Paper]]) -> Read:
    """A row per SKU and day."""
    return _by_asin(desk, papers, "SKU", "sku")


def asin_sales(desk: Desk, papers: Sequence[tuple[Span, Paper]]) -> Read:
    """A row per child ASIN and day."""
    return _by_asin(desk, papers, "CHILD", "childAsin")


def _by_asin(desk: Desk, papers: Sequence[tuple[Span, Paper]], granularity: str, key: str) -> Read:
    """Amazon: this part covers the whole range of a report, which is why a report has one day."""
    columns = _Columns()
    nameless, silent = 0, set[date]()
    for span, paper in papers:
        with promised_by(paper.fault):
            report = _report(desk, paper, span, granularity)
            if not each(report, "salesAndTrafficByDate"):
                silent.add(span.first)
                continue
            for row in each(report, "salesAndTrafficByAsin"):
                entity = may(row, key, text)
                if not entity:
                    nameless += 1
                    continue
                share = may(row, "trafficByAsin.buyBoxPercentage", percent)
                columns.add(entity=entity, day=span.first, **_figures(row, "ByAsin", desk), featured_offer_share=share)
    notes = [f"{nameless} rows: without {key}"] if nameless else []
    return Read(Rows(columns.lists), notes, silent=frozenset(silent))


def _report(desk: Desk, paper: Paper, span: Span, granularity: str) -> Item:
    """The document, if it is the one that was asked for: its own description says which it is."""
    report = item(paper.json(), "an object")
    days = tuple(need(report, f"reportSpecification.{name}", text)[:10] for name in ("dataStartTime", "dataEndTime"))
    if days != (str(span.first), str(span.last)):
        raise Unpromised(f"is about {' to '.join(days)}, and {span.first} to {span.last} was asked for")
    if at(report, "reportSpecification.marketplaceIds") != [desk.marketplace.id]:
        raise Unpromised("is about another marketplace")
    for name, wanted in {"dateGranularity": "DAY", "asinGranularity": granularity}.items():
        if at(report, f"reportSpecification.reportOptions.{name}") != wanted:
            raise Unpromised(f"is another one: its {name} is not {wanted}")
    return report


def _figures(row: Item, by: str, desk: Desk) -> Mapping[str, int | None]:
    figures: dict[str, int | None] = {name: may(row, path.format(By=by), count) for name, path in _MEASURES.items()}
    figures["ordered_sales"] = money(row, _SALES.format(By=by), desk.marketplace.currency)
    return figures


def _day(value: object) -> date:
    return date.fromisoformat(text(value)[:10])


class _Columns:
    """Rows that are added one by one, kept by column."""

    def __init__(self) -> None:
        self.lists: dict[str, list[Any]] = {"entity": [], "day": []}

    def add(self, **values: object) -> None:
        for name, value in values.items():
            self.lists.setdefault(name, []).append(value)
