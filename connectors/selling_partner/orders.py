"""Shipped orders, for asking for reviews: when they were promised to arrive (Orders 2026-01-01). Nothing of the buyer.

Amazon: after a burst of 20 pages one page in three minutes, so a long list is read over several looks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta

from agent.model.fact import Delivered, Pending, Stream
from agent.model.window import Span
from agent.outbound import Reply
from connectors.selling_partner.client import Ask
from connectors.selling_partner.errand import Errand, Place, Step
from connectors.selling_partner.reading import (
    Item,
    Row,
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

COLUMNS = ("purchased_at", "status", "channel", "units", "delivery_earliest", "delivery_latest")
_REQUEST = "review_request"
_ORDERS = "orders"
_PAGE = 100
_FIRST_DAYS = 40
"""How far back the first pull goes: a review can be asked for until 30 days after delivery."""
_INCLUDED = ("FULFILLMENT",)
"""Amazon: BUYER and RECIPIENT would bring names and addresses; they are never asked for."""
_CHANNELS = {"AMAZON": "fba", "MERCHANT": "mfn"}


def read_orders(source: Source, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
    """What was shipped or changed since the last pulls."""
    days = stream.restate_days if source.pulled(stream.name) else _FIRST_DAYS
    since = datetime.combine(span.first - timedelta(days=days), time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    errand = Errand(source, stream.name, lambda: [(_ORDERS, since, "")], lambda place: _go(source, place), timedelta())
    found = errand.run(cursor)
    if isinstance(found, Pending):
        return found
    rows = list({row["entity"]: row for row in found}.values())  # an order on two pages counts as it was last seen
    asked = source.asked()
    if asked is None:  # nobody can tell, so nothing is said of review requests
        return Delivered((rows_of(rows, COLUMNS),))
    told = [{**row, _REQUEST: asked.get(str(row["entity"]), "open")} for row in rows]
    told += _asked_since(source, asked, {row["entity"] for row in rows})
    return Delivered((rows_of(told, (*COLUMNS, _REQUEST)),))


def orders(reply: Reply) -> Sequence[Row]:
    """The orders of an answer. What else it holds, asked for or not, is left where it is."""
    with promised(reply):
        return [_row(order) for order in each(root(reply), "orders")]


def _row(order: Item) -> Row:
    return {
        "entity": need(order, "orderId", text), "purchased_at": need(order, "createdTime", instant),
        "status": may(order, "fulfillment.fulfillmentStatus", word),
        "channel": _CHANNELS.get(may(order, "fulfillment.fulfilledBy", text) or ""),
        "units": sum(need(line, "quantityOrdered", count) for line in each(order, "orderItems")),
        "delivery_earliest": may(order, "fulfillment.deliverByWindow.earliestDateTime", instant),
        "delivery_latest": may(order, "fulfillment.deliverByWindow.latestDateTime", instant),
    }  # fmt: skip


def _go(source: Source, place: Place) -> Step:
    _, since, token = place
    ask = Ask("searchOrders", query={
        "lastUpdatedAfter": since, "marketplaceIds": source.marketplace.id, "fulfillmentStatuses": "SHIPPED",
        "maxResultsPerPage": _PAGE, "includedData": _INCLUDED, "paginationToken": token or None,
    })  # fmt: skip
    reply = source.client.read(ask)
    further = next_token("pagination.nextToken")(reply)
    return Step(orders(reply), [(_ORDERS, since, further)] if further else ())


def _asked_since(source: Source, asked: Mapping[str, str], told: Collection[object]) -> Sequence[Row]:
    """Orders that Amazon no longer mentions, and of which we have asked for a review since we were told of them."""
    if not asked.keys() - told:
        return ()
    known = ((str(row["entity"]), row) for row in source.known(_ORDERS) or ())
    return [
        {**{name: row.get(name) for name in COLUMNS}, "entity": id, _REQUEST: asked[id]}
        for id, row in known if id in asked and id not in told and row.get(_REQUEST) != asked[id]
    ]  # fmt: skip
