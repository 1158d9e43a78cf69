"""Fulfillment Inbound 2024-03-20, as far as it is read: plans, their shipments, and what is in them.

Here every shipment has a plan of its own. Amazon: how much of a shipment has been received is not told by this version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from connectors.sandbox.answers import Answer, Refusal, invalid, ok
from connectors.sandbox.operation import Visit
from connectors.sandbox.selling.pages import page, seal, unseal
from connectors.sandbox.selling.query import Query
from connectors.sandbox.selling.report_jobs import Json, text
from connectors.sandbox.shop_rows import ShipmentRow

_STATUSES = {"working": "WORKING", "shipped": "SHIPPED", "in_transit": "IN_TRANSIT", "receiving": "RECEIVING",
             "closed": "CLOSED"}  # fmt: skip
_ADDRESS = {
    "name": "Demo Warehouse", "addressLine1": "1 Harbor Road", "city": "Long Beach", "stateOrProvinceCode": "CA",
    "postalCode": "90802", "countryCode": "US",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Load:
    """A shipment with all its SKUs."""

    id: str
    plan: str
    rows: Sequence[ShipmentRow]

    @property
    def status(self) -> str:
        return _STATUSES[self.rows[0].status]

    @property
    def updated(self) -> datetime:
        return max(row.shipped_at or row.created_at for row in self.rows)


def plans(visit: Visit) -> Answer:
    query = Query(visit)
    status, size = query.text("status"), query.whole("pageSize", 10, 1, 30)
    by = query.word("sortBy", ("LAST_UPDATED_TIME", "CREATION_TIME"), "LAST_UPDATED_TIME")
    order, token = query.word("sortOrder", ("ASC", "DESC"), "DESC"), query.text("paginationToken")
    query.done()
    if status and status not in ("ACTIVE", "VOIDED", "SHIPPED"):
        raise invalid("status must be ACTIVE, VOIDED or SHIPPED")
    question = [status, size, by, order]
    start = _start(token, question, visit)
    loads = [load for load in _loads(visit) if status in ("", _plan_status(load))]
    loads.sort(key=lambda load: (load.updated if by == "LAST_UPDATED_TIME" else load.rows[0].created_at, load.id),
               reverse=order == "DESC")  # fmt: skip
    shown, more = page(loads, start, size)
    body: Json = {"inboundPlans": [_plan(load, visit) for load in shown]}
    return ok({**body, "pagination": {"nextToken": seal(question, more, visit.now)}} if more is not None else body)


def plan(visit: Visit) -> Answer:
    load = _of_plan(visit)
    return ok({**_plan(load, visit), "shipments": [{"shipmentId": load.id, "status": load.status}]})


def shipment(visit: Visit) -> Answer:
    load = _found(visit)
    row = load.rows[0]
    body: Json = {
        "shipmentId": load.id, "placementOptionId": _id("pl", row.shipment_id), "name": row.name,
        "status": load.status, "shipmentConfirmationId": row.shipment_id, "amazonReferenceId": row.shipment_id[-8:],
        "source": {"sourceType": "SELLER_FACILITY", "address": _ADDRESS},
        "destination": {"destinationType": "AMAZON_WAREHOUSE", "warehouseId": "ONT8"},
        "selectedDeliveryWindow": {
            "availabilityType": "AVAILABLE", "deliveryWindowOptionId": _id("dw", row.shipment_id),
            "startDate": text(row.expected_at - timedelta(days=3)), "endDate": text(row.expected_at),
        },
    }  # fmt: skip
    if row.shipped_at is not None:
        body["dates"] = {"readyToShipWindow": {
            "start": text(row.shipped_at), "end": text(row.shipped_at + timedelta(days=1))}}  # fmt: skip
    return ok(body)


def items(visit: Visit) -> Answer:
    return _items(visit, _found(visit))


def plan_items(visit: Visit) -> Answer:
    return _items(visit, _of_plan(visit))


def _items(visit: Visit, load: _Load) -> Answer:
    query = Query(visit)
    size, token = query.whole("pageSize", 10, 1, 1000), query.text("paginationToken")
    query.done()
    question = [load.id, size]
    shown, more = page(load.rows, _start(token, question, visit), size)
    body: Json = {"items": [
        {"asin": visit.sandbox.shop.asin(row.sku), "fnsku": row.fnsku, "msku": row.sku, "labelOwner": "SELLER",
         "prepInstructions": [], "quantity": row.units_shipped}
        for row in shown
    ]}  # fmt: skip
    return ok({**body, "pagination": {"nextToken": seal(question, more, visit.now)}} if more is not None else body)


def _start(token: str, question: object, visit: Visit) -> int:
    if not token:
        return 0
    asked, start = unseal(token, visit.now, timedelta(hours=1), "paginationToken")
    if asked != question:
        raise invalid("paginationToken does not belong to these parameters")
    return start


def _loads(visit: Visit) -> list[_Load]:
    """Shipments move from day to day, so that a day's are found once."""
    today = visit.sandbox.market.today(visit.now)
    rows = visit.sandbox.selling.kept(("shipments", today), lambda: visit.sandbox.shop.shipments(visit.now))
    found: dict[str, list[ShipmentRow]] = {}
    for row in rows:
        found.setdefault(row.shipment_id, []).append(row)
    return [_Load(_id("sh", id), _id("wf", id), rows) for id, rows in found.items()]


def _of_plan(visit: Visit) -> _Load:
    for load in _loads(visit):
        if load.plan == visit.found[0]:
            return load
    raise Refusal(404, "NotFound", f"There is no inbound plan {visit.found[0]}")


def _found(visit: Visit) -> _Load:
    load = _of_plan(visit)
    if load.id != visit.found[1]:
        raise Refusal(404, "NotFound", f"There is no shipment {visit.found[1]}")
    return load


def _plan(load: _Load, visit: Visit) -> Json:
    row = load.rows[0]
    return {
        "inboundPlanId": load.plan, "name": row.name, "status": _plan_status(load), "createdAt": text(row.created_at),
        "lastUpdatedAt": text(load.updated), "sourceAddress": _ADDRESS,
        "marketplaceIds": [visit.sandbox.scenario.account.marketplace.id],
    }  # fmt: skip


def _plan_status(load: _Load) -> str:
    return "ACTIVE" if load.status == "WORKING" else "SHIPPED"


@lru_cache(maxsize=10_000)
def _id(prefix: str, of: str) -> str:
    """Amazon: two letters and a UUID, 38 characters."""
    digits = hashlib.sha256(f"{prefix} {of}".encode()).hexdigest()
    return prefix + "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))
