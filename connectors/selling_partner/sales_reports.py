"""Sales & Traffic: by day for the account, and by SKU or child ASIN from one report per day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from agent.model.fact import Rows
from agent.model.window import Span
from connectors.selling_partner.document import Paper
from connectors.selling_partner.json_cells import Node
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
_PERCENT = 100


def account_sales(desk: Desk, papers: Sequence[tuple[Span, Paper]]) -> Read:
    """A row per day."""
    columns = _Columns()
    for span, paper in papers:
        for row in _report(desk, paper, span, "").nodes("salesAndTrafficByDate"):
            day = _day(row)
            if day not in span:
                raise row.fault(f"has figures of {day}, which was not asked for")
            figures = {name: _counted(row, path) for name, path in _OF_THE_ACCOUNT.items()}
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
        report = _report(desk, paper, span, granularity)
        if not any(True for _ in report.nodes("salesAndTrafficByDate")):
            silent.add(span.first)
            continue
        for row in report.nodes("salesAndTrafficByAsin"):
            entity = row.text(key)
            if entity is None:
                nameless += 1
                continue
            share = row.number("trafficByAsin.buyBoxPercentage")
            columns.add(entity=entity, day=span.first, **_figures(row, "ByAsin", desk),
                        featured_offer_share=None if share is None else share / _PERCENT)  # fmt: skip
    notes = [f"{nameless} rows: without {key}"] if nameless else []
    return Read(Rows(columns.lists), notes, silent=frozenset(silent))


def _report(desk: Desk, paper: Paper, span: Span, granularity: str) -> Node:
    """The document, if it is the one that was asked for: its own description says which it is."""
    report = Node.of(paper.json(), paper.fault)
    days = (report.must("reportSpecification.dataStartTime")[:10], report.must("reportSpecification.dataEndTime")[:10])
    if days != (str(span.first), str(span.last)):
        raise paper.fault(f"is about {' to '.join(days)}, and {span.first} to {span.last} was asked for")
    places = report.get("reportSpecification.marketplaceIds")
    if places != [desk.marketplace.id]:
        raise paper.fault("is about another marketplace")
    options = {"dateGranularity": "DAY", **({"asinGranularity": granularity} if granularity else {})}
    for name, wanted in options.items():
        if report.get(f"reportSpecification.reportOptions.{name}") != wanted:
            raise paper.fault(f"is another one: its {name} is not {wanted}")
    return report


def _figures(row: Node, by: str, desk: Desk) -> Mapping[str, int | None]:
    figures: dict[str, int | None] = {name: _counted(row, path.format(By=by)) for name, path in _MEASURES.items()}
    figures["ordered_sales"] = row.money(_SALES.format(By=by), desk.marketplace.currency)
    return figures


def _counted(row: Node, path: str) -> int | None:
    value = row.whole(path)
    if value is not None and value < 0:
        raise row.fault(f"has a negative {path}")
    return value


def _day(row: Node) -> date:
    said = row.must("date")
    try:
        return date.fromisoformat(said[:10])
    except ValueError:
        pass
    raise row.fault("has a date that is none")


class _Columns:
    """Rows that are added one by one, kept by column."""

    def __init__(self) -> None:
        self.lists: dict[str, list[Any]] = {"entity": [], "day": []}

    def add(self, **values: object) -> None:
        for name, value in values.items():
            self.lists.setdefault(name, []).append(value)
