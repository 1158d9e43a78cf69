"""Finances 2024-06-19: money that moved."""

from __future__ import annotations

from datetime import timedelta

from connectors.sandbox.answers import Answer, invalid, ok
from connectors.sandbox.operation import Visit
from connectors.sandbox.selling.order_reports import channel_of
from connectors.sandbox.selling.pages import page, seal, unseal
from connectors.sandbox.selling.query import Query
from connectors.sandbox.selling.report_jobs import Json, text
from connectors.sandbox.selling.telling import units
from connectors.sandbox.shop_rows import TransactionRow

_PAGE = 500
_MOST = timedelta(days=180)
_SETTLES = timedelta(minutes=2)
_STATUSES = ("DEFERRED", "RELEASED", "DEFERRED_RELEASED")


def transactions(visit: Visit) -> Answer:
    query, now = Query(visit), visit.now
    after, before = query.instant("postedAfter"), query.instant("postedBefore") or now - _SETTLES
    query.marketplace("marketplaceId", required=False)
    status, token = query.word("transactionStatus", _STATUSES, "RELEASED"), query.text("nextToken")
    query.done()
    if after is None:
        raise invalid("postedAfter is required")
    if before > now - _SETTLES:
        raise invalid("postedBefore must lie at least two minutes in the past")
    if before < after or before - after > _MOST:
        raise invalid(f"postedAfter and postedBefore must lie at most {_MOST.days} days apart, in this order")
    question, start = [after.isoformat(), status], 0
    if token:
        asked, start = unseal(token, now, timedelta(days=1))
        if asked != question:
            raise invalid("nextToken does not belong to these parameters")
    rows = visit.sandbox.selling.walked(
        ["transactions", *question],
        bool(token),
        lambda: visit.sandbox.shop.transactions(after, before) if status == "RELEASED" else [],
    )
    shown, more = page(rows, start, _PAGE)
    body: Json = {"transactions": [_shown(row, visit) for row in shown]}
    if more is not None:
        body["nextToken"] = seal(question, more, now)
    return ok({"payload": body})


def _shown(row: TransactionRow, visit: Visit) -> Json:
    account = visit.sandbox.scenario.account
    place = account.marketplace
    amount = {"currencyCode": place.currency, "currencyAmount": units(row.amount)}
    body: Json = {
        "sellingPartnerMetadata": {
            "sellingPartnerId": account.seller, "accountType": "Standard Orders", "marketplaceId": place.id},
        "transactionType": row.type, "transactionId": row.id, "transactionStatus": "RELEASED",
        "description": row.about, "postedDate": text(row.posted_at), "totalAmount": amount,
        "marketplaceDetails": {"marketplaceId": place.id, "marketplaceName": channel_of(place.code)},
        "relatedIdentifiers": [],
    }  # fmt: skip
    if row.order_id:
        body["relatedIdentifiers"] = [
            {"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": row.order_id}]  # fmt: skip
    if row.sku:
        context = {"contextType": "ProductContext", "sku": row.sku, "asin": visit.sandbox.shop.asin(row.sku)}
        body["items"] = [{"description": row.about, "totalAmount": amount, "contexts": [context]}]
    return body
