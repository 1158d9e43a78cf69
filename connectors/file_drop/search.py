"""Brand analytics: search query performance and top search terms."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from agent.language import _
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.metric import Unit
from agent.model.parcel import Ignored, Parcel, PeriodFrom
from agent.model.window import Span
from connectors.file_drop.form import (
    Form,
    Surroundings,
    column_of,
    form,
    midnight,
    receipt_of,
    refuse_contradictions,
    totals,
    without_totals,
)  # fmt: skip
from connectors.file_drop.table import Table

_ASIN = re.compile(r"\bB0[A-Z0-9]{8}\b")
_LENGTHS = {"weekly": 7, "wöchentlich": 7, "hebdomadaire": 7, "settimanale": 7, "semanal": 7, "週次": 7, "每周": 7}
_MONTHLY = frozenset({"monthly", "monatlich", "mensuel", "mensile", "mensual", "月次", "每月"})
_QUARTERLY = frozenset({"quarterly", "vierteljährlich", "trimestriel", "trimestrale", "trimestral", "四半期", "每季度"})


def performance(form: Form, table: Table, around: Surroundings) -> Parcel:
    """A row per query, with our part of it. A file that names its weeks without dates tells no period."""
    table = without_totals(form, table, "query")
    sums, _money = totals(form, table)
    if not table.has("last"):
        left = [Ignored(_("rows"), len(table), _("the weeks are numbered and have no dates"))]
        return Parcel(form.kind, (), receipt_of(table, totals=sums, ignored=left))
    lasts = _lasts(table)
    asins = table.values("asin", Unit.TEXT) if table.has("asin") else [_asin_of(table)] * len(table)
    queries = table.ids("query")
    entities = [f"{asin or ''}/{query}/{last}" for asin, query, last in zip(asins, queries, lasts, strict=True)]
    columns = _periods(table, lasts) | {"asin": list(asins), "query": list(queries)}
    return _kept("search_performance", form, table, entities, columns, lasts, sums)


def top_terms(form: Form, table: Table, around: Surroundings) -> Parcel:
    """The marketplace's terms by rank, with the product that is clicked most."""
    table = without_totals(form, table, "term")
    lasts = _lasts(table)
    terms = table.ids("term")
    entities = [f"{term}/{last}" for term, last in zip(terms, lasts, strict=True)]
    return _kept("top_search_terms", form, table, entities, _periods(table, lasts), lasts, {})


def _kept(
    stream_name: str, form: Form, table: Table, entities: list[str], columns: dict[str, list[Any]],
    lasts: Sequence[date], sums: Any,
) -> Parcel:  # fmt: skip
    stream = STREAMS[stream_name]
    for column in stream.columns:
        if column.name not in columns and table.has(column.name):
            columns[column.name] = column_of(table, column)
    refuse_contradictions(table, entities, columns, "last")
    firsts = [moment.date() for moment in columns["period_first"]]
    period = Span(min(firsts), max(lasts)) if entities else None
    receipt = receipt_of(table, totals=sums, period=period, period_from=PeriodFrom.CONTENT)
    rows = Rows({"entity": entities, **columns})
    return Parcel(form.kind, [(stream_name, Delivered([rows] if entities else [], partial=True))], receipt)


def _lasts(table: Table) -> list[date]:
    days = table.days("last")
    if None in days:
        raise table.fault(days.index(None), "last", "the row has no date", "export the report again")
    return [day for day in days if day is not None]


def _periods(table: Table, lasts: Sequence[date]) -> dict[str, list[Any]]:
    said = " ".join(str(cell) for row in table.preface for cell in row)
    words = {word.casefold() for word in re.findall(r"\w+", said)}
    return {
        "period_first": [midnight(_first(last, words)) for last in lasts],
        "period_last": [midnight(last) for last in lasts],
    }


def _first(last: date, words: set[str]) -> date:
    if words & _MONTHLY:
        return last.replace(day=1)
    if words & _QUARTERLY:
        month = last.month - 2
        return date(last.year - (month < 1), (month - 1) % 12 + 1, 1)
    if any(word in words for word in _LENGTHS) or not _ends_a_month(last):
        return last - timedelta(days=6)
    return last.replace(day=1)


def _ends_a_month(day: date) -> bool:
    return day.day == monthrange(day.year, day.month)[1]


def _asin_of(table: Table) -> str | None:
    """The one ASIN that the lines above the header name."""
    named = {asin for row in table.preface for cell in row for asin in _ASIN.findall(str(cell))}
    return named.pop() if len(named) == 1 else None


_PERFORMANCE = "query volume total_impressions own_impressions total_clicks own_clicks total_purchases own_purchases"
SEARCH: Sequence[Form] = (
    form("search_query_performance", "search", _PERFORMANCE, "search_performance", build=performance, decimal=None,
         units={"last": Unit.INSTANT}),
    form("top_search_terms", "search", "term rank first_asin first_click_share last", "top_search_terms",
         build=top_terms, percent="first_click_share first_conversion_share", units={"last": Unit.INSTANT}),
)  # fmt: skip
