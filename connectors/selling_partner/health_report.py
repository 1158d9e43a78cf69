"""Account health: the seller performance report, for the account's own marketplace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.model.fact import Rows
from agent.model.window import Span
from connectors.selling_partner.document import Paper
from connectors.selling_partner.json_cells import Node
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
    report = Node.of(papers[-1][1].json(), papers[-1][1].fault)
    metrics = _mine(desk, report, "performanceMetrics")
    status = _mine(desk, report, "accountStatuses")
    if metrics is None and status is None:
        raise report.fault("tells nothing of the account's marketplace")
    row: dict[str, Any] = {"status": _status(status, metrics)}
    if metrics is not None:
        row["order_defect_rate"] = _defects(metrics)
        row |= {name: _first(metrics, keys) for name, keys in _RATES.items()}
        row["violations"] = _violations(metrics)
        rating = metrics.get("accountHealthRating.ahrScore")
        row["health_rating"] = None if rating is None else metrics.number("accountHealthRating.ahrScore")
    return Read(Rows({"entity": [desk.account], **{name: [value] for name, value in row.items()}}))


def _mine(desk: Desk, report: Node, name: str) -> Node | None:
    return next((each for each in report.nodes(name) if each.text("marketplaceId") == desk.marketplace.id), None)


def _status(account: Node | None, metrics: Node | None) -> str | None:
    said = (account.text("status") or "").lower() if account is not None else ""
    status = _STATES.get(said, said or None)
    ratings = {(metrics.text(path) or "").lower() for path in _RATINGS} if metrics is not None else set()
    return "warning" if status == "normal" and ratings & _WARNED else status


def _defects(metrics: Node) -> float | None:
    """Amazon: told apart by who ships. Together they are weighed by their orders."""
    orders, defects = 0, 0.0
    for kind in ("afn", "mfn"):
        count, rate = (
            metrics.whole(f"orderDefectRate.{kind}.orderCount"),
            metrics.number(f"orderDefectRate.{kind}.rate"),
        )
        if count and rate is not None:
            orders, defects = orders + count, defects + count * rate
    return defects / orders if orders else None


def _first(metrics: Node, keys: Sequence[str]) -> float | None:
    return next((value for key in keys if (value := metrics.number(f"{key}.rate")) is not None), None)


def _violations(metrics: Node) -> int | None:
    found = [value for name in _VIOLATIONS if (value := metrics.whole(f"{name}.defectsCount")) is not None]
    return sum(found) if found else None
