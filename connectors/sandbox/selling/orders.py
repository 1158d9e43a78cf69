"""Orders 2026-01-01: orders without anything about their buyers, who are not simulated."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.sandbox.answers import Answer, Refusal, invalid, ok
from connectors.sandbox.operation import Visit
from connectors.sandbox.selling.order_reports import channel_of
from connectors.sandbox.selling.pages import page, seal, unseal
from connectors.sandbox.selling.query import Query
from connectors.sandbox.selling.report_jobs import Json, text
from connectors.sandbox.selling.telling import decimals
from connectors.sandbox.shop_rows import OrderRow

_STATUSES = {"Pending": "PENDING", "Shipped": "SHIPPED", "Cancelled": "CANCELLED"}
_ALL = ("PENDING_AVAILABILITY", "PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED", "UNFULFILLABLE")
_INCLUDED = ("BUYER", "RECIPIENT", "PROCEEDS", "EXPENSE", "PROMOTION", "CANCELLATION", "FULFILLMENT", "PACKAGES",
             "TAX", "PAYMENT", "FULFILLMENT_ORDERS")  # fmt: skip
_SETTLES = timedelta(minutes=2)
_TOKEN_LIVES = timedelta(hours=24)


def search(visit: Visit) -> Answer:
    query, now = Query(visit), visit.now
    created, updated = query.instant("createdAfter"), query.instant("lastUpdatedAfter")
    if (created is None) == (updated is None):
        raise invalid("exactly one of createdAfter and lastUpdatedAfter is required")
    kind = "created" if created is not None else "lastUpdated"
    latest = now - _SETTLES
    before = query.instant(f"{kind}Before") or latest
    if before > latest:
        raise invalid(f"{kind}Before must lie at least two minutes in the past")
    query.marketplace(required=False)
    statuses, included = query.listed("fulfillmentStatuses", _ALL), query.listed("includedData", _INCLUDED)
    by, size = query.listed("fulfilledBy", ("MERCHANT", "AMAZON")), query.whole("maxResultsPerPage", 100, 1, 100)
    token = query.text("paginationToken")
    query.done()
    after = created or updated or now
    question, start = [kind, after.isoformat(), list(statuses), list(by), size], 0
    if token:
        asked, start = unseal(token, now, _TOKEN_LIVES, "paginationToken")
        if asked != question:
            raise invalid("paginationToken does not belong to these parameters")
    orders = visit.sandbox.selling.walked(
        ["orders", *question], bool(token), lambda: _between(visit, kind, after, before)
    )
    found = [order for order in orders if not statuses or _STATUSES[order.status] in statuses]
    if by == ("MERCHANT",):
        found = []  # everything here is shipped by Amazon
    shown, more = page(found, start, size)
    body: Json = {"orders": [_shown(order, included, visit) for order in shown], f"{kind}Before": text(before)}
    if more is not None:
        body["pagination"] = {"nextToken": seal(question, more, now)}
    return ok(body)


def get(visit: Visit) -> Answer:
    query = Query(visit)
    included = query.listed("includedData", _INCLUDED)
    query.done()
    order = visit.sandbox.shop.order(visit.found[0], visit.now)
    if order is None:
        raise Refusal(404, "NotFound", f"There is no order {visit.found[0]}")
    return ok({"order": _shown(order, included, visit)})


def _between(visit: Visit, kind: str, after: datetime, before: datetime) -> list[OrderRow]:
    if kind == "created":
        # An order is never updated before it was created.
        orders = visit.sandbox.shop.orders(after, visit.now)
        return [order for order in orders if after <= order.purchased_at <= before]
    return visit.sandbox.shop.orders(after, before)


def _shown(order: OrderRow, included: tuple[str, ...], visit: Visit) -> Json:
    place = visit.sandbox.scenario.account.marketplace
    line = order.line
    item: Json = {
        "orderItemId": f"{line.order_id.replace('-', '')[-14:]}", "quantityOrdered": line.units,
        "product": {"asin": line.asin, "title": line.name, "sellerSku": line.sku},
    }  # fmt: skip
    body: Json = {
        "orderId": order.order_id, "createdTime": text(order.purchased_at), "lastUpdatedTime": text(order.updated_at),
        "programs": ["PRIME"], "salesChannel": {
            "channelName": "AMAZON", "marketplaceId": place.id, "marketplaceName": channel_of(place.code)},
    }  # fmt: skip
    if "FULFILLMENT" in included:
        body["fulfillment"] = {
            "fulfillmentStatus": _STATUSES[order.status], "fulfilledBy": "AMAZON", "deliverByWindow": {
                "earliestDateTime": text(order.delivery_earliest), "latestDateTime": text(order.delivery_latest)},
        }  # fmt: skip
        shipped = line.units if order.status == "Shipped" else 0
        item["fulfillment"] = {"quantityFulfilled": shipped, "quantityUnfulfilled": line.units - shipped}
    if "PROCEEDS" in included and line.amount is not None:
        total = {"amount": decimals(line.amount), "currencyCode": place.currency}
        item["proceeds"] = {"proceedsTotal": total}
        body["proceeds"] = {"grandTotal": total}
    return {**body, "orderItems": [item]}
