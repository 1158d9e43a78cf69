"""FBA stock as it is (FBA Inventory v1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agent.model.fact import Delivered, Pending, Stream
from agent.model.window import Span
from agent.outbound import Reply
from connectors.selling_partner.client import Ask
from connectors.selling_partner.reading import Item, Row, count, each, may, next_token, promised, root, rows_of, text
from connectors.selling_partner.streams import Source

_DETAILS = "inventoryDetails"
_UNITS: Mapping[str, str] = {
    "fulfillable": f"{_DETAILS}.fulfillableQuantity",
    "reserved": f"{_DETAILS}.reservedQuantity.totalReservedQuantity",
    "reserved_transfer": f"{_DETAILS}.reservedQuantity.pendingTransshipmentQuantity",
    "reserved_processing": f"{_DETAILS}.reservedQuantity.fcProcessingQuantity",
    "reserved_orders": f"{_DETAILS}.reservedQuantity.pendingCustomerOrderQuantity",
    "inbound_working": f"{_DETAILS}.inboundWorkingQuantity",
    "inbound_shipped": f"{_DETAILS}.inboundShippedQuantity",
    "inbound_receiving": f"{_DETAILS}.inboundReceivingQuantity",
    "unfulfillable": f"{_DETAILS}.unfulfillableQuantity.totalUnfulfillableQuantity",
    "researching": f"{_DETAILS}.researchingQuantity.totalResearchingQuantity",
}
_NAMES: Mapping[str, str] = {"asin": "asin", "fnsku": "fnSku", "name": "productName"}
COLUMNS = (*_NAMES, *_UNITS)

Key = tuple[str, str, str]
"""SKU, Amazon's number and condition: what one summary is about."""


def read_inventory(source: Source, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
    """All of it, page after page. Amazon: the token lives 30 s, and wants the other parameters again."""
    here = source.marketplace.id
    ask = Ask("getInventorySummaries", query={
        "details": True, "granularityType": "Marketplace", "granularityId": here, "marketplaceIds": here,
    })  # fmt: skip
    pages = source.client.pages(ask, next_token("pagination.nextToken"))
    found, nameless = summaries(pages)
    note = f"summaries without a SKU, left out: {nameless}" if nameless else ""
    return Delivered((rows_of(by_sku(found), COLUMNS),), note=note)


def summaries(pages: Iterable[Reply]) -> tuple[Mapping[Key, Row], int]:
    """Every summary once, as it was last seen, and how many name no SKU."""
    found: dict[Key, Row] = {}
    nameless = 0
    for reply in pages:
        with promised(reply):
            for summary in each(root(reply), "payload.inventorySummaries"):
                row = _row(summary)
                if row["entity"]:
                    condition = may(summary, "condition", text) or ""
                    found[str(row["entity"]), str(row["fnsku"] or ""), condition] = row
                else:
                    nameless += 1
    return found, nameless


def by_sku(found: Mapping[Key, Row]) -> list[Row]:
    """One row per SKU. Amazon: a SKU whose labelling was changed has a summary for each of its numbers."""
    rows: dict[str, Row] = {}
    for (sku, _, _), row in sorted(found.items()):
        if sku not in rows:
            rows[sku] = dict(row)
            continue
        for name in _UNITS:
            known = [units for units in (rows[sku][name], row[name]) if isinstance(units, int)]
            rows[sku][name] = sum(known) if known else None
    return list(rows.values())


def _row(summary: Item) -> Row:
    names = {name: may(summary, path, text) for name, path in _NAMES.items()}
    units = {name: may(summary, path, count) for name, path in _UNITS.items()}
    return {"entity": may(summary, "sellerSku", text), **names, **units}
