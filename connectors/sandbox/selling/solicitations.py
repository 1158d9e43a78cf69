"""Solicitations v1: one request for a review per order, ever, and only some days after it was delivered."""

from __future__ import annotations

from connectors.sandbox.answers import Answer, Refusal, ok
from connectors.sandbox.operation import Visit
from connectors.sandbox.selling.query import Query

_ACTION = "productReviewAndSellerFeedback"
_HAL = "application/hal+json"


def actions(visit: Visit) -> Answer:
    """Which requests the order allows now; an order that allows none has an empty list."""
    order = _order(visit)
    place, path = visit.sandbox.scenario.account.marketplace.id, f"/solicitations/v1/orders/{order}"
    link = {"href": f"{path}/solicitations/{_ACTION}?marketplaceIds={place}", "name": _ACTION}
    schema = {"_links": {"self": {"href": f"{link['href']}/schema"}},
              "payload": {"title": _ACTION, "type": "object", "properties": {}}}  # fmt: skip
    action = {"_links": {"self": link, "schema": {"href": f"{link['href']}/schema"}}, "_embedded": {"schema": schema},
              "payload": {"name": _ACTION}}  # fmt: skip
    may = visit.sandbox.shop.may_request_review(order, visit.now)
    links = {"self": {"href": f"{path}?marketplaceIds={place}"}, "actions": [link] if may else []}
    return ok({"_links": links, "_embedded": {"actions": [action] if may else []}}, _HAL)


def ask(visit: Visit) -> Answer:
    """Amazon: too early, too late and once too often all answer 403."""
    order = _order(visit)
    if not visit.sandbox.shop.request_review(order, visit.now):
        raise Refusal(403, "Unauthorized", "You can not request a review for this order, or have already requested it")
    return ok({}, _HAL, 201)


def _order(visit: Visit) -> str:
    query = Query(visit)
    query.marketplace()
    query.done()
    if visit.sandbox.shop.order(visit.found[0], visit.now) is None:
        raise Refusal(404, "NotFound", f"There is no order {visit.found[0]}")
    return visit.found[0]
