"""Reports about FBA stock and listings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    day_delivery,
    form,
    nothing_to_fill,
    plain,
    receipt_of,
    refuse_contradictions,
    totals,
    without_totals,
)  # fmt: skip
from connectors.file_drop.table import Table

_STATES = {
    "active": "enabled",
    "inactive": "paused",
    "incomplete": "paused",
    "アクティブ": "enabled",
    "aktiv": "enabled",
}
_LEDGER = "customer_shipments customer_returns receipts lost damaged disposed found"
_HEALTH_WORDS = {"low stock": "low_stock", "out of stock": "out_of_stock"}


def sellable_only(form: Form, table: Table, around: Surroundings) -> Parcel:
    """A row per SKU and condition: only what can be sold is stock."""
    keep = [(text or "SELLABLE").upper() == "SELLABLE" for text in table.texts("condition")]
    parcel = plain(form, table.only(keep), around)
    left = keep.count(False)
    ignored = [*parcel.receipt.ignored, *([Ignored(_("rows"), left, _("not in sellable condition"))] if left else [])]
    receipt = receipt_of(table, totals=parcel.receipt.totals, ignored=ignored)
    return Parcel(form.kind, parcel.deliveries, receipt)


def health(form: Form, table: Table, around: Surroundings) -> Parcel:
    """Inventory health. Units older than a year stand in one column or in two. It tells the stock too."""
    parcel = plain(form, table, around)
    stream, delivered = parcel.deliveries[0]
    rows = [Rows(_with_words(table, batch.columns)) for batch in delivered.batches if isinstance(batch, Rows)]
    deliveries = [(stream, Delivered(rows, partial=form.partial))]
    if table.has("available"):
        kept = without_totals(form, table, "sku")
        stock = {"entity": kept.ids("sku"), "fulfillable": kept.values("available", Unit.COUNT)}
        stock |= {name: kept.texts(name) for name in ("asin", "fnsku", "name") if kept.has(name)}
        deliveries.append(("inventory", Delivered([Rows(stock)] if len(kept) else [], partial=True)))
    return Parcel(form.kind, deliveries, parcel.receipt)


def _with_words(table: Table, columns: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
    found = dict(columns)
    if table.has("age_366_455", "age_456") and "age_over_365" not in found:
        parts = (table.values(name, Unit.COUNT) for name in ("age_366_455", "age_456"))
        found["age_over_365"] = [
            None if one is None or other is None else one + other for one, other in zip(*parts, strict=True)
        ]
    if "health" in found:
        words = [str(value).strip().casefold() if value else None for value in found["health"]]
        found["health"] = [_HEALTH_WORDS.get(word, word) if word else None for word in words]
    return found


def ledger(form: Form, table: Table, around: Surroundings) -> Parcel:
    """The ledger's summary. Amazon: what leaves is negative there, and sellable stock is a row of its own."""
    table = without_totals(form, table, "sku")
    sums, money = totals(form, table)
    keep = [(text or "SELLABLE").upper() == "SELLABLE" for text in table.values("disposition", Unit.TEXT)]
    stream = STREAMS["stock_ledger"]
    days = table.days("day")
    if None in days:
        raise table.fault(days.index(None), "day", "the row has no date", "export the report again")
    dated = [day for day in days if day is not None]
    keys: dict[tuple[str, object], int] = {}
    rows = [keys.setdefault(key, len(keys)) for key in zip(table.ids("sku"), dated, strict=True)]
    columns: dict[str, list[int | None]] = {}
    for column in stream.columns:
        if table.has(column.name):
            values = column_of(table, column)
            found: list[int | None] = [None] * len(keys)
            for row, value, sellable in zip(rows, values, keep, strict=True):
                if column.additive or sellable:
                    found[row] = (found[row] or 0) + (value or 0)
            columns[column.name] = found
    span = Span(min(dated), max(dated)) if dated else None
    receipt = receipt_of(table, totals=sums, money=money, period=span, period_from=PeriodFrom.CONTENT)
    if span is None:
        return Parcel(form.kind, (), receipt)
    entities, each = [key[0] for key in keys], [key[1] for key in keys]
    return Parcel(form.kind, [day_delivery(stream, entities, each, columns, span)], receipt)  # type: ignore[arg-type]


def listings(form: Form, table: Table, around: Surroundings) -> Parcel:
    """Listings: content, price and quantity as the report tells them."""
    table = without_totals(form, table, "sku")
    currency = table.currency("price")
    entities = table.ids("sku")
    stream = STREAMS["listings"]
    own = {"state", "channel"}
    columns = {
        column.name: column_of(table, column) for column in stream.columns
        if table.has(column.name) and column.name not in own
    }  # fmt: skip
    if table.has("state"):
        columns["state"] = [_STATES.get((text or "").casefold(), "paused") for text in table.texts("state")]
    if table.has("channel"):
        columns["channel"] = ["fba" if (text or "").upper().startswith("AMAZON") else "mfn"
                              for text in table.texts("channel")]  # fmt: skip
    refuse_contradictions(table, entities, columns, "sku")
    sums, _money = totals(form, table)
    rows = Rows({"entity": entities, **columns})
    receipt = receipt_of(table, totals={"quantity": sums.get("quantity", 0)}, currency=currency)
    partial = not table.has("state")
    return Parcel(form.kind, [("listings", Delivered([rows] if entities else [], partial=partial))], receipt)


STOCK: Sequence[Form] = (
    form("fba_inventory", "stock", "sku fnsku fulfillable afn_total", "inventory", "sku"),
    form("fba_available", "stock", "sku fnsku condition fulfillable", "inventory", "sku", build=sellable_only,
         partial=True),
    form("fba_restock", "stock", "sku fnsku fulfillable restock_alert recommended", "inventory", "sku", partial=True,
         without="afn_total"),
    form("fba_health", "stock", "sku fnsku age_0_90 age_91_180 available", "inventory_health", "sku", build=health,
         units={"available": Unit.COUNT, "snapshot": Unit.INSTANT}),
    form("fba_ledger", "stock", "day sku receipts customer_shipments ending_balance", "stock_ledger", "sku",
         build=ledger, absolute=_LEDGER),
    form("fba_ledger_detail", "stock", "day sku event_type reference", build=nothing_to_fill,
         units={"day": Unit.INSTANT}),
    form("listings", "stock", "sku title price listing_id", "listings", "sku", build=listings),
    form("open_listings", "stock", "sku asin price quantity", "listings", "sku", build=listings,
         without="fnsku listing_id currency channel"),
    form("fba_stranded", "stock", "sku stranded", build=nothing_to_fill),
    form("fba_storage_fees", "stock", "asin fnsku storage_fee", build=nothing_to_fill,
         units={"storage_fee": Unit.MONEY}),
    form("fba_removals", "stock", "sku fnsku removal_disposition removal_fee", build=nothing_to_fill,
         units={"removal_disposition": Unit.COUNT, "removal_fee": Unit.MONEY}),
    form("fba_removal_shipments", "stock", "sku fnsku removal_shipment shipment_date", build=nothing_to_fill),
)  # fmt: skip
