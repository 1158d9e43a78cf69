"""Business Reports by day and by product, and the Sales Dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from agent.language import _
from agent.model.fact import Grain
from agent.model.kinds import STREAMS
from agent.model.metric import Unit
from agent.model.parcel import Ignored, Parcel, PeriodFrom
from agent.model.window import Span
from connectors.file_drop import dates
from connectors.file_drop.form import (
    Form,
    Surroundings,
    column_of,
    day_delivery,
    form,
    must_name_days,
    receipt_of,
    refuse_contradictions,
    totals,
    without_totals,
)  # fmt: skip
from connectors.file_drop.names import folded
from connectors.file_drop.table import Table

_DASHBOARD = {"dashboard_sales": "ordered_sales", "dashboard_units": "units_ordered"}


def by_day(form: Form, table: Table, around: Surroundings) -> Parcel:
    """The account's figures, a row per day."""
    return _account(form, without_totals(form, table, "day"), around, "day", ())


def dashboard(form: Form, table: Table, around: Surroundings) -> Parcel:
    """The Sales Dashboard. The day it was made on was not over: it is left out."""
    made_on = _made_on(table)
    _check_snapshot(form, table)
    return _account(form, table, around, "time", () if made_on is None else (made_on,))


def _account(form: Form, table: Table, around: Surroundings, key: str, unfinished: Sequence[date]) -> Parcel:
    currency = table.currency("ordered_sales", *_DASHBOARD)
    sums, money = totals(form, table)
    days = [day for day in table.days(key) if day is not None]
    if len(days) != len(table):
        raise table.fault(table.days(key).index(None), key, "the row has no date", "export the report again")
    whole = [day not in unfinished for day in days]
    period = Span(min(days), max(days)) if days else None
    receipt = receipt_of(
        table, totals=sums, money=money, currency=currency, period=period, period_from=PeriodFrom.CONTENT,
        ignored=[Ignored(_("days"), whole.count(False), _("the day was not over"))] if not all(whole) else (),
    )  # fmt: skip
    kept = table.only(whole)
    finished = [day for day in days if day not in unfinished]
    if not finished:
        return Parcel(form.kind, (), receipt)
    stream = STREAMS["account_sales"]
    columns: dict[str, Any] = {
        column.name: column_of(kept, column) for column in stream.columns if kept.has(column.name)
    }
    columns |= {ours: kept.values(name, form.units[name]) for name, ours in _DASHBOARD.items() if kept.has(name)}
    refuse_contradictions(kept, [day.isoformat() for day in finished], columns, key)
    delivery = day_delivery(
        stream, [around.account] * len(finished), finished, columns, Span(min(finished), max(finished))
    )
    return Parcel(form.kind, [delivery], receipt)


def _made_on(table: Table) -> date | None:
    for row in table.preface:
        if len(row) > 1 and folded(row[0]) == "lastupdated":
            words = " ".join(str(cell) for cell in row[1:] if cell).replace(",", "").split()
            try:
                return dates.day(" ".join(words[:3]), table.order)
            except ValueError:
                return None
    return None


def _check_snapshot(form: Form, table: Table) -> None:
    """The snapshot above the days must say what they add up to."""
    sums, _money = totals(form, table)
    for row, below in zip(table.preface, table.preface[1:], strict=False):
        at = {folded(cell): position for position, cell in enumerate(row)}
        if "unitsordered" not in at or "orderedproductsales" not in at or len(below) < len(row):
            continue
        names = {"dashboard_units": "unitsordered", "dashboard_sales": "orderedproductsales"}
        for name, heading in names.items():
            said = table.read_one(below[at[heading]], form.units[name])
            if name in sums and said is not None and said != sums[name]:
                raise table.fault(
                    len(table) - 1, name, f"the snapshot above says {below[at[heading]]}, the days do not add up to it",
                    "export the dashboard again",
                )  # fmt: skip


def by_product(form: Form, table: Table, around: Surroundings) -> Parcel:
    """Figures by child ASIN, and by SKU where the report has one. It tells no days: its name has to."""
    table = without_totals(form, table, "child")
    currency = table.currency("ordered_sales")
    sums, money = totals(form, table)
    span = around.span
    if span is None:
        raise must_name_days(around, table, form.kind)
    several = len(span) > 1
    ignored = [Ignored(_("rows"), len(table), _("totals of several days; export one day per file"))] if several else []
    receipt = receipt_of(
        table, totals=sums, money=money, currency=currency, period=span, period_from=PeriodFrom.NAME, ignored=ignored
    )
    if several or not len(table):
        return Parcel(form.kind, (), receipt)
    wanted = {"asin_sales": "child"} | ({"sku_sales": "sku"} if table.has("sku") else {})
    return Parcel(form.kind, [_products(name, key, table, span) for name, key in wanted.items()], receipt)


def _products(name: str, key: str, table: Table, span: Span) -> Any:
    stream = STREAMS[name]
    assert stream.grain is Grain.DAY  # noqa: S101
    entities = table.ids(key)
    order: dict[str, int] = {}
    rows = [order.setdefault(entity, len(order)) for entity in entities]
    columns: dict[str, list[Any]] = {}
    for column in stream.columns:
        if table.has(column.name):
            values = column_of(table, column)
            columns[column.name] = _added(rows, values, len(order), column.additive)
    return day_delivery(stream, list(order), [span.first] * len(order), columns, span)


def _added(rows: Sequence[int], values: Sequence[Any], count: int, additive: bool) -> list[Any]:
    """Several SKUs of one ASIN are added up; a share is kept where it is the only one."""
    found: list[Any] = [None] * count
    seen = [0] * count
    for row, value in zip(rows, values, strict=True):
        seen[row] += 1
        if additive:
            found[row] = (found[row] or 0) + (value or 0)
        else:
            found[row] = value if seen[row] == 1 else None
    return found


BUSINESS: Sequence[Form] = (
    form("business_by_day", "business", "day ordered_sales units_ordered", "account_sales", build=by_day,
         without="child", one_of="sessions page_views order_items"),
    form("business_by_product", "business", "child sessions units_ordered ordered_sales", "asin_sales",
         build=by_product),
    form("sales_dashboard", "business", "time dashboard_sales dashboard_units", build=dashboard, sections=True,
         units={"dashboard_sales": Unit.MONEY, "dashboard_units": Unit.COUNT, "time": Unit.INSTANT}),
)  # fmt: skip
