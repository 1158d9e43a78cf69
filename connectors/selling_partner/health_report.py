"""Account health: the seller performance report, for the account's own marketplace."""

from __future__ import annotations

from collections.abc import Sequence

from agent.model.fact import Rows
from agent.model.window import Span
from connectors.selling_partner.document import Paper
from connectors.selling_partner.reading import Item, Unpromised, at, count, each, item, may, number, promised_by, text
from connectors.selling_partner.sheet import Desk, Read

_RATES = {
    "late_shipment_rate": ("lateShipmentRate",),
    # Amazon: its schema spells it in two ways.
    "cancellation_rate": ("preFulfillmentCancellationRate", "prefulfillmentCancelRate"),
    "valid_tracking_rate": ("validTrackingRate",),
    "on_time_delivery_rate": ("onTimeDeliveryRate",),
}
_VIOLATIONS = (
    "listingPolicyViolations", "receivedIntellectualPropertyComplaints", "suspectedIntellectualPropertyViolations",
    "productAuthenticityCustomerComplaints", "productConditionCustomerComplaints", "productSafetyCustomerComplaints",
    "foodAndProductSafetyIssues", "restrictedProductPolicyViolations", "customerProductReviewsPolicyViolations",
    "otherPolicyViolations",
)  # fmt: skip
_STATES = {
    "normal": "normal",
    "at_risk": "at_risk",
    "deactivated": "deactivated",
    "suspended": "deactivated",
}
# Amazon: the schema and its own examples call it differently.
_RATINGS = ("accountHealthRating.ahrStatus", "accountHealthRating.accountHealthRatingStatus")
_WARNED = {"warned", "warning", "at_risk"}


def account_health(desk: Desk, papers: Sequence[tuple[Span, Paper]]) -> Read:
    """One row. What the report does not tell of the marketplace is unknown."""
    paper = papers[-1][1]
    with promised_by(paper.fault):
        report = item(paper.json(), "an object")
        metrics, status = _mine(desk, report, "performanceMetrics"), _mine(desk, report, "accountStatuses")
        if metrics is None and status is None:
            raise Unpromised("tells nothing of the account's marketplace")
        row: dict[str, object] = {"status": _status(status or {}, metrics or {})}
        if metrics is not None:
            row["order_defect_rate"] = _defects(metrics)
            row |= {name: _first(metrics, keys) for name, keys in _RATES.items()}
            row["violations"] = _violations(metrics)
            row["health_rating"] = may(metrics, "accountHealthRating.ahrScore", number)
    return Read(Rows({"entity": [desk.account], **{name: [value] for name, value in row.items()}}))


def _mine(desk: Desk, report: Item, name: str) -> Item | None:
    return next((one for one in each(report, name) if at(one, "marketplaceId") == desk.marketplace.id), None)


def _status(account: Item, metrics: Item) -> str | None:
    said = (may(account, "status", text) or "").lower()
    status = _STATES.get(said, said or None)
    ratings = {(may(metrics, path, text) or "").lower() for path in _RATINGS}
    return "warning" if status == "normal" and ratings & _WARNED else status


def _defects(metrics: Item) -> float | None:
    """Amazon: told apart by who ships. Together they are weighed by their orders."""
    orders, defects = 0, 0.0
    for kind in ("afn", "mfn"):
        here = may(metrics, f"orderDefectRate.{kind}.orderCount", count)
        rate = may(metrics, f"orderDefectRate.{kind}.rate", number)
        if here and rate is not None:
            orders, defects = orders + here, defects + here * rate
    return defects / orders if orders else None


def _first(metrics: Item, keys: Sequence[str]) -> float | None:
    return next((value for key in keys if (value := may(metrics, f"{key}.rate", number)) is not None), None)


def _violations(metrics: Item) -> int | None:
    found = [value for name in _VIOLATIONS if (value := may(metrics, f"{name}.defectsCount", count)) is not None]
    return sum(found) if found else None
