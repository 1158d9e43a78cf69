"""Bulk operations workbooks: the account's state and the figures of the period that was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent.language import _
from agent.model.fact import Delivered, Rows
from agent.model.parcel import FileReceipt, Ignored, Parcel, PeriodFrom
from connectors.bulksheet import Workbook, read_workbook
from connectors.bulksheet.language import column_of
from connectors.file_drop.ads import totals_delivery
from connectors.file_drop.form import Surroundings
from connectors.file_drop.grids import Grid

_SIGN = frozenset({"Product", "Entity", "Campaign ID", "Ad Group ID", "Daily Budget"})
_HEADER_WITHIN = 10
_MEASURES = ("impressions", "clicks", "cost", "purchases", "units", "sales")


def is_bulk(grids: Sequence[Grid]) -> bool:
    """Whether any sheet has the header of Sponsored Products campaigns, in English or German."""
    rows = (row for grid in grids for row in grid.rows[:_HEADER_WITHIN])
    return any({column_of(cell) for cell in row if isinstance(cell, str)} >= _SIGN for row in rows)


def bulk_parcel(path: Path, around: Surroundings) -> Parcel:
    """State as a whole snapshot, unless Amazon says that rows are missing; figures where the name tells the period."""
    book = read_workbook(path)
    if book.operations:
        left = Ignored(_("rows"), book.operations, _("made for upload: it says what shall be, not what is"))
        return Parcel("bulk_upload", (), FileReceipt(book.operations, ignored=[left]))
    if not book.totals:  # an empty template says nothing, least of all that everything is gone
        left = Ignored(_("sheets"), len(book.streams), _("a template without rows"))
        return Parcel("bulk_workbook", (), FileReceipt(ignored=[left]))
    partial = any(fault.product.startswith("Sponsored Products") for fault in book.faults)
    deliveries = [
        (stream, Delivered([rows] if len(rows) else [], partial=partial)) for stream, rows in book.streams.items()
    ]
    ignored = [
        Ignored(entity, count, _("Steward keeps no rows of this sort")) for entity, count in book.ignored.items()
    ]
    ignored += [Ignored(f"{fault.product}: {fault.rows}", 1, fault.message) for fault in book.faults]
    if around.span is not None:
        period = (around.span.first, around.span.last)
        deliveries += [(stream, _figures(rows, period)) for stream, rows in book.figures.items() if len(rows)]
    elif any(len(rows) for rows in book.figures.values()):
        count = sum(len(rows) for rows in book.figures.values())
        ignored.append(Ignored(_("figures"), count, _("neither the workbook nor its name tells their period")))
    receipt = FileReceipt(
        sum(total.rows for total in book.totals.values()), around.span,
        PeriodFrom.NAME if around.span else None, _sums(book), frozenset(n for n in _sums(book) if _is_money(n)),
        around.marketplace.currency, "xlsx", "en", "", ignored,
    )  # fmt: skip
    return Parcel("bulk_workbook", deliveries, receipt)


def _figures(rows: Rows, period: tuple[Any, Any]) -> Delivered:
    measures = {name: rows.columns[name] for name in _MEASURES}
    return totals_delivery(list(rows.columns["entity"]), [period] * len(rows), measures)


def _sums(book: Workbook) -> dict[str, int]:
    return {
        f"{entity}: {name}": getattr(total, name) for entity, total in book.totals.items()
        for name in ("impressions", "clicks", "cost", "purchases", "units", "sales")
    }  # fmt: skip


def _is_money(name: str) -> bool:
    return name.endswith((": cost", ": sales"))
