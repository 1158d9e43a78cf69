"""FBA Inventory v1: what lies in Amazon's warehouses."""

from __future__ import annotations

from datetime import timedelta

from connectors.sandbox.answers import Answer, invalid, ok
from connectors.sandbox.operation import Visit
from connectors.sandbox.selling.pages import page, seal, unseal
from connectors.sandbox.selling.query import Query
from connectors.sandbox.selling.report_jobs import text
from connectors.sandbox.selling.stock_reports import reserved
from connectors.sandbox.shop_rows import StockRow

_PAGE = 50
_TOKEN_LIVES = timedelta(seconds=30)
Json = dict[str, object]


def summaries(visit: Visit) -> Answer:
    query, now = Query(visit), visit.now
    query.required("granularityType", ("Marketplace",))
    if query.required("granularityId") != visit.sandbox.scenario.account.marketplace.id:
        raise invalid("granularityId is not a marketplace of this account")
    query.marketplace()
    details, wanted, since = query.flag("details"), query.listed("sellerSkus", most=50), query.instant("startDateTime")
    one, token = query.text("sellerSku"), query.text("nextToken")
    query.done()
    skus = sorted({*wanted, *([one] if one else [])})
    question = [details, skus, since.isoformat() if since else None]
    start = 0
    if token:
        # Amazon: the token lives half a minute, and the other parameters have to come with it again.
        asked, start = unseal(token, now, _TOKEN_LIVES)
        if asked != question:
            raise invalid("nextToken does not belong to these parameters")
    rows = [
        row for row in _stock(visit) if (not skus or row.sku in skus) and (since is None or row.updated_at >= since)
    ]
    shown, more = page(rows, start, _PAGE)
    place = visit.sandbox.scenario.account.marketplace.id
    body: Json = {"payload": {
        "granularity": {"granularityType": "Marketplace", "granularityId": place},
        "inventorySummaries": [_shown(row, details) for row in shown],
    }}  # fmt: skip
    if more is not None:
        body["pagination"] = {"nextToken": seal(question, more, now)}
    return ok(body)


def _stock(visit: Visit) -> list[StockRow]:
    """While the feed stalls, what was known when it stopped."""
    shop = visit.sandbox.shop
    return shop.stock(shop.stalled("stock", visit.now) or visit.now)


def _shown(row: StockRow, details: bool) -> Json:
    inbound = row.inbound_working + row.inbound_shipped + row.inbound_receiving
    body: Json = {
        "asin": row.asin, "fnSku": row.fnsku, "sellerSku": row.sku, "condition": "NewItem",
        "lastUpdatedTime": text(row.updated_at), "productName": row.name, "stores": [],
        "totalQuantity": row.fulfillable + reserved(row) + row.unfulfillable + row.researching + inbound,
    }  # fmt: skip
    return {**body, "inventoryDetails": _details(row)} if details else body


def _details(row: StockRow) -> Json:
    return {
        "fulfillableQuantity": row.fulfillable, "inboundWorkingQuantity": row.inbound_working,
        "inboundShippedQuantity": row.inbound_shipped, "inboundReceivingQuantity": row.inbound_receiving,
        "reservedQuantity": {
            "totalReservedQuantity": reserved(row), "pendingCustomerOrderQuantity": row.reserved_orders,
            "pendingTransshipmentQuantity": row.reserved_transfer, "fcProcessingQuantity": row.reserved_processing,
        },
        "researchingQuantity": {
            "totalResearchingQuantity": row.researching,
            "researchingQuantityBreakdown": [
                {"name": "researchingQuantityInShortTerm", "quantity": row.researching},
                {"name": "researchingQuantityInMidTerm", "quantity": 0},
                {"name": "researchingQuantityInLongTerm", "quantity": 0},
            ],
        },
        "unfulfillableQuantity": {
            "totalUnfulfillableQuantity": row.unfulfillable, "customerDamagedQuantity": row.unfulfillable,
            "warehouseDamagedQuantity": 0, "distributorDamagedQuantity": 0, "carrierDamagedQuantity": 0,
            "defectiveQuantity": 0, "expiredQuantity": 0,
        },
    }  # fmt: skip
