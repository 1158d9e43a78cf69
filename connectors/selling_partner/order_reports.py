"""Orders by last update and customer returns. Columns about a buyer are not among those that are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from agent.model.fact import Rows
from agent.model.window import Span
from connectors.selling_partner.cells import count, instant, remark, text, word
from connectors.selling_partner.document import Paper
from connectors.selling_partner.flat_file import Wanted
from connectors.selling_partner.sheet import Desk, Read, Sheet

_CHANNELS = {"amazon": "fba", "afn": "fba", "merchant": "mfn", "mfn": "mfn", "seller": "mfn"}
_ORDERS = {
    "order_id": Wanted(("amazon-order-id",), needed=True),
    "purchased_at": Wanted(("purchase-date",), needed=True),
    "updated_at": Wanted(("last-updated-date",), needed=True),
    "status": Wanted(("order-status",), needed=True),
    "channel": Wanted(("fulfillment-channel",), needed=True),
    "sku": Wanted(("sku",), needed=True),
    "asin": Wanted(("asin",)),
    "units": Wanted(("quantity",), needed=True),
    "currency": Wanted(("currency",)),
    "amount": Wanted(("item-price",), needed=True),
}
_RETURNS = {
    "returned_at": Wanted(("return-date",), needed=True),
    "order_id": Wanted(("order-id",), needed=True),
    "sku": Wanted(("sku",), needed=True),
    "asin": Wanted(("asin",)),
    "units": Wanted(("quantity",), needed=True),
    "disposition": Wanted(("detailed-disposition",)),
    "reason": Wanted(("reason",), needed=True),
    "plate": Wanted(("license-plate-number",)),
    "text": Wanted(("customer-comments",)),
}


def order_lines(desk: Desk, papers: Sequence[tuple[Span, Paper]]) -> Read:
    """A row per order and SKU, as it was last updated; several lines of one SKU are one."""
    lines: dict[str, dict[str, Any]] = {}
    reads = [_orders_into(lines, Sheet.of(desk, paper, _ORDERS)) for _, paper in papers]
    return _gathered(lines, reads, without=("updated_at",))


def returns(desk: Desk, papers: Sequence[tuple[Span, Paper]]) -> Read:
    """A row per unit that came back, by order, SKU and number plate."""
    rows: dict[str, dict[str, Any]] = {}
    reads = [_returns_into(rows, Sheet.of(desk, paper, _RETURNS), span) for span, paper in papers]
    return _gathered(rows, reads)


def _orders_into(lines: dict[str, dict[str, Any]], sheet: Sheet) -> Read:
    sheet.check_currency("currency")
    names = {name: sheet.column(name, text) for name in ("order_id", "sku", "asin") if sheet.has(name)}
    columns: dict[str, Sequence[Any]] = {
        **names, "status": sheet.column("status", word), "units": sheet.column("units", count),
        "purchased_at": sheet.column("purchased_at", instant),
        "updated_at": sheet.column("updated_at", instant), "amount": sheet.money("amount"),
        "channel": sheet.column("channel", lambda cell: _CHANNELS.get(cell.strip().lower())),
    }  # fmt: skip
    here: dict[str, dict[str, Any]] = {}
    nameless = 0
    for row in _rows(columns):
        order, sku = row["order_id"], row["sku"]
        if order is None or sku is None:
            nameless += 1
            continue
        key = f"{order}/{sku}"
        here[key] = _added(here[key], row) if key in here else row
    sheet.leave_out("without an order or a SKU", nameless)
    for key, row in here.items():
        known = lines.get(key)
        # Amazon: an order that changed while reports were made stands in more than one of them.
        if known is None or (row["updated_at"] or _LONG_AGO) >= (known["updated_at"] or _LONG_AGO):
            lines[key] = row
    return sheet.read({"entity": []})


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def _added(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Two lines of one order and SKU; an amount that is unknown makes the sum unknown."""
    both = {name: None if one[name] is None or other[name] is None else one[name] + other[name]
            for name in ("units", "amount")}  # fmt: skip
    return {**one, **both}


def _returns_into(rows: dict[str, dict[str, Any]], sheet: Sheet, asked: Span) -> Read:
    columns: dict[str, Sequence[Any]] = {
        name: sheet.column(name, text) for name in ("order_id", "sku", "asin", "plate") if sheet.has(name)
    }
    columns |= {name: sheet.column(name, word) for name in ("reason", "disposition") if sheet.has(name)}
    if sheet.has("text"):
        columns["text"] = sheet.column("text", remark)
    columns |= {"units": sheet.column("units", count), "returned_at": _moments(sheet, "returned_at", asked)}
    nameless = 0
    for row in _rows(columns):
        order, sku, plate = row.pop("order_id"), row["sku"], row.pop("plate", None)
        if order is None or sku is None or row["returned_at"] is None:
            nameless += 1
            continue
        key = f"{order}/{sku}/{plate or row['returned_at'].date()}"
        if key in rows and plate is None:  # two units without a plate are two
            row["units"] = (rows[key]["units"] or 0) + (row["units"] or 0)
        rows[key] = row
    sheet.leave_out("without an order, a SKU or a day", nameless)
    return sheet.read({"entity": []})


def _moments(sheet: Sheet, name: str, asked: Span) -> list[datetime | None]:
    """Moments with a zone where they have one, else the beginnings of days."""
    cells = sheet.table[name]
    if all("T" in cell or ":" in cell for cell in cells):
        return sheet.column(name, instant)
    return [datetime.combine(day, time(), UTC) for day in sheet.days(name, asked)]


def _rows(columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    names = list(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _gathered(rows: Mapping[str, Mapping[str, Any]], reads: Sequence[Read], without: Sequence[str] = ()) -> Read:
    """Rows by key as columns; a column that one of the reports lacked is left out."""
    names = set.intersection(*(set(row) for row in rows.values())) if rows else set()
    columns: dict[str, Sequence[Any]] = {"entity": list(rows)}
    columns |= {name: [row[name] for row in rows.values()] for name in sorted(names) if name not in without}
    notes = [note for read in reads for note in read.notes]
    return Read(Rows(columns), notes, any(read.partial for read in reads))
