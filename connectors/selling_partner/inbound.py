"""Shipments on their way to Amazon (Fulfillment Inbound 2024-03-20), read only.

Amazon: shipments hang below plans, and their contents below them; how much of a shipment was received is not told here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from agent.model.fact import Delivered, Pending, Stream
from agent.model.window import Span
from agent.outbound import Reply
from connectors.selling_partner.client import Ask
from connectors.selling_partner.errand import Errand, Place, Step
from connectors.selling_partner.reading import (
    Item,
    Row,
    any_of,
    at,
    count,
    each,
    instant,
    may,
    need,
    next_token,
    promised,
    root,
    rows_of,
    text,
    word,
)
from connectors.selling_partner.streams import Source

COLUMNS = ("sku", "name", "status", "units_shipped", "expected_at")
_STATES = ("ACTIVE", "SHIPPED")
_PLANS, _PLAN, _SHIPMENT = "plans", "plan", "shipment"
_PAGE, _ITEMS_PAGE = 30, 1000
_OLDEST = timedelta(days=180)
"""A plan that nobody touched for longer is history."""
_STATUS: Mapping[str, str] = {
    "unconfirmed": "working", "working": "working", "ready_to_ship": "ready", "shipped": "shipped",
    "in_transit": "in_transit", "delivered": "receiving", "checked_in": "receiving", "receiving": "receiving",
    "closed": "closed", "cancelled": "cancelled", "deleted": "cancelled", "abandoned": "cancelled",
}  # fmt: skip
"""A word Amazon adds later is kept as it is."""
_OVER = frozenset({"closed", "cancelled"})
"""Nothing comes of these any more; to read them again every day would be most of all calls."""
_TOKEN = next_token("pagination.nextToken")


def read_shipments(source: Source, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
    """A row per shipment and SKU, SHIPMENT/SKU."""
    begin = [(_PLANS, state, "") for state in _STATES]
    found = Errand(source, stream.name, lambda: begin, lambda place: _go(source, place)).run(cursor)
    if isinstance(found, Pending):
        return found
    rows = list({row["entity"]: row for row in found}.values())
    return Delivered((rows_of(rows, COLUMNS),))


def _go(source: Source, place: Place) -> Step:
    if place[0] == _PLANS:
        return _plans(source, place[1], place[2])
    if place[0] == _PLAN:
        return _plan(source, place[1])
    return Step(_shipment(source, place[1], place[2]))


def _plans(source: Source, state: str, token: str) -> Step:
    reply = source.client.read(Ask("listInboundPlans", query={
        "pageSize": _PAGE, "status": state, "sortBy": "LAST_UPDATED_TIME", "sortOrder": "DESC",
        "paginationToken": token or None,
    }))  # fmt: skip
    with promised(reply):
        plans = any_of(root(reply), "inboundPlans")
        oldest = source.clock.now() - _OLDEST
        young = [plan for plan in plans if need(plan, "lastUpdatedAt", instant) >= oldest]
        places: list[Place] = [
            (_PLAN, need(plan, "inboundPlanId", text)) for plan in young if _is_for(plan, source.marketplace.id)
        ]
    further = _TOKEN(reply) if len(young) == len(plans) else None
    return Step(further=[*places, *([(_PLANS, state, further)] if further else [])])


def _is_for(plan: Item, marketplace_id: str) -> bool:
    places = at(plan, "marketplaceIds")
    return not isinstance(places, list) or marketplace_id in places


def _plan(source: Source, id: str) -> Step:
    reply = source.client.read(Ask("getInboundPlan", {"inboundPlanId": id}))
    with promised(reply):
        shipments = any_of(root(reply), "shipments")
        return Step(further=[(_SHIPMENT, id, need(shipment, "shipmentId", text)) for shipment in shipments
                             if _STATUS.get(may(shipment, "status", word) or "") not in _OVER])  # fmt: skip


def _shipment(source: Source, plan: str, id: str) -> Sequence[Row]:
    parts = {"inboundPlanId": plan, "shipmentId": id}
    reply = source.client.read(Ask("getShipment", parts))
    pages = source.client.pages(Ask("listShipmentItems", parts, {"pageSize": _ITEMS_PAGE}), _TOKEN, "paginationToken")
    return shipment_rows(reply, contents(pages))


def contents(pages: Iterable[Reply]) -> Mapping[str, int]:
    """Units by SKU. Amazon: a SKU has an entry for each expiry date and lot."""
    units: Counter[str] = Counter()
    for reply in pages:
        with promised(reply):
            for line in each(root(reply), "items"):
                units[need(line, "msku", text)] += need(line, "quantity", count)
    return units


def shipment_rows(reply: Reply, units: Mapping[str, int]) -> Sequence[Row]:
    """What one shipment holds. Amazon: the number people know, FBA…, is there once the shipment is confirmed."""
    with promised(reply):
        shipment = root(reply)
        id = may(shipment, "shipmentConfirmationId", text) or need(shipment, "shipmentId", text)
        status = may(shipment, "status", word)
        row: Row = {
            "name": may(shipment, "name", text), "status": _STATUS.get(status or "", status),
            "expected_at": may(shipment, "selectedDeliveryWindow.endDate", instant),
        }  # fmt: skip
        return [{**row, "entity": f"{id}/{sku}", "sku": sku, "units_shipped": count} for sku, count in units.items()]
