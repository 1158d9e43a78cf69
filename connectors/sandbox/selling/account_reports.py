"""What Amazon measures the account by, and the list of its listings."""

from __future__ import annotations

import json
from datetime import timedelta

from connectors.sandbox.selling.tables import Table
from connectors.sandbox.selling.telling import Telling, decimals
from connectors.sandbox.shop_rows import StandingRow

_LISTINGS = (
    "item-name", "item-description", "listing-id", "seller-sku", "price", "quantity", "open-date", "image-url",
    "item-is-marketplace", "product-id-type", "zshop-shipping-fee", "item-note", "item-condition",
    "zshop-category1", "zshop-browse-path", "zshop-storefront-feature", "asin1", "asin2", "asin3",
    "will-ship-internationally", "expedited-shipping", "zshop-boldface", "product-id",
    "bid-for-featured-placement", "add-delete", "pending-quantity", "fulfillment-channel", "merchant-shipping-group",
    "status",
)  # fmt: skip
_STATUSES = {"normal": "NORMAL", "warning": "NORMAL", "at_risk": "AT_RISK", "deactivated": "DEACTIVATED"}
_ASIN_ID, _NEW = "1", "11"
Json = dict[str, object]


def merchant_listings(telling: Telling) -> Table | None:
    """Amazon: the quantity of what Amazon ships is left empty here."""
    table = Table(_LISTINGS)
    for row in telling.shop.listings(telling.now):
        table.add({
            "item-name": row.title, "item-description": row.description, "listing-id": f"{row.asin[1:]}LST",
            "seller-sku": row.sku, "price": decimals(row.price),
            "quantity": "" if row.channel == "fba" else row.quantity,
            "open-date": row.opened_at.strftime("%Y-%m-%d %H:%M:%S UTC"), "image-url": row.main_image,
            "item-is-marketplace": "y", "product-id-type": _ASIN_ID, "item-condition": _NEW, "asin1": row.asin,
            "product-id": row.asin, "pending-quantity": 0,
            "fulfillment-channel": "AMAZON_NA" if row.channel == "fba" else "DEFAULT",
            "merchant-shipping-group": "Migrated Template", "status": "Active" if row.buyable else "Inactive",
        })  # fmt: skip
    return table if table.rows else None


def seller_performance(telling: Telling) -> str:
    """Amazon: rates run from 0 to 1 here, unlike in Sales & Traffic."""
    health = telling.shop.standing(telling.now)
    span: Json = {"reportingDateFrom": (telling.now - timedelta(days=60)).strftime("%Y-%m-%dT%H:%MZ"),
                  "reportingDateTo": telling.now.strftime("%Y-%m-%dT%H:%MZ")}  # fmt: skip
    rating = "GREAT" if health.status == "normal" else "WARNED"
    metrics: Json = {
        "marketplaceId": telling.marketplace.id,
        "orderDefectRate": {"afn": _defects(span, health), "mfn": _defects(span, None)},
        **_own_shipments(span, health),
        "invoiceDefectRate": {**_rate(span, 0.0, 0.05, "LESS_THAN"), "orderCount": 0, **_counts(
            invoiceDefect=0, missingInvoice=0, lateInvoice=0)},
        "warningStates": [],
        "accountHealthRating": {"ahrStatus": rating, "reportingDateRange": span, "accountHealthRatingStatus": rating},
        **{name: _violations(span, health.violations if name == _VIOLATED else 0) for name in _POLICIES},
    }  # fmt: skip
    status = {"marketplaceId": telling.marketplace.id, "status": _STATUSES[health.status]}
    report = {"accountStatuses": [status],
              "performanceMetrics": [metrics]}  # fmt: skip
    return json.dumps(report, separators=(",", ":"))


_VIOLATED = "listingPolicyViolations"
_POLICIES = (
    _VIOLATED, "productAuthenticityCustomerComplaints", "productConditionCustomerComplaints",
    "productSafetyCustomerComplaints", "receivedIntellectualPropertyComplaints", "restrictedProductPolicyViolations",
    "suspectedIntellectualPropertyViolations", "foodAndProductSafetyIssues", "otherPolicyViolations",
    "documentRequests",
)  # fmt: skip


def _defects(span: Json, health: StandingRow | None) -> Json:
    """Of what Amazon ships, or (None) of what the seller ships, which is nothing."""
    orders, rate = (health.orders, health.order_defect_rate) if health else (0, None)
    counts = _counts(
        orderWithDefects=round((rate or 0.0) * orders), claims=health.claims if health else 0,
        chargebacks=health.chargebacks if health else 0,
        negativeFeedback=health.negative_feedback if health else 0,
    )  # fmt: skip
    return {**_rate(span, rate, 0.01, "LESS_THAN"), **counts, "orderCount": orders,
            "fulfillmentType": "afn" if health else "mfn"}  # fmt: skip


def _own_shipments(span: Json, health: StandingRow) -> Json:
    return {
        "lateShipmentRate": {**_rate(span, health.late_shipment_rate, 0.04, "LESS_THAN"), "orderCount": 0,
                             "lateShipmentCount": 0},
        "preFulfillmentCancellationRate": {**_rate(span, health.cancellation_rate, 0.025, "LESS_THAN"),
                                           "orderCount": 0, "cancellationCount": 0},
        "validTrackingRate": {**_rate(span, health.valid_tracking_rate, 0.95, "GREATER_THAN"), "shipmentCount": 0,
                              "validTrackingCount": 0},
        "onTimeDeliveryRate": {**_rate(span, health.on_time_delivery_rate, 0.9, "GREATER_THAN"),
                               "shipmentCountWithValidTracking": 0, "onTimeDeliveryCount": 0},
        "unitOnTimeDeliveryRate": {**_rate(span, health.on_time_delivery_rate, 0.9, "GREATER_THAN"),
                                   "unitOnTimeDeliveryCount": 0, "totalUnitCount": 0},
    }  # fmt: skip


def _counts(**counts: int) -> Json:
    return {name: {"count": count, "status": "NONE"} for name, count in counts.items()}


def _rate(span: Json, rate: float | None, target: float, condition: str) -> Json:
    """A rate without anything to count is 0 and judged NONE."""
    good = rate is None or (rate < target if condition == "LESS_THAN" else rate > target)
    return {"reportingDateRange": span, "status": "NONE" if rate is None else _judged(good), "rate": rate or 0.0,
            "targetValue": target, "targetCondition": condition}  # fmt: skip


def _violations(span: Json, count: int) -> Json:
    return {"reportingDateRange": span, "defectsCount": count, "status": _judged(count == 0), "targetValue": 0,
            "targetCondition": "EQUALS"}  # fmt: skip


def _judged(good: bool) -> str:
    return "GOOD" if good else "BAD"
