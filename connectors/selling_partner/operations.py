"""The operations of the Selling Partner API that Steward calls, as data: address, usage plan, role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.outbound import Rate

ENDPOINTS: Mapping[str, str] = {
    "NA": "https://sellingpartnerapi-na.amazon.com",
    "EU": "https://sellingpartnerapi-eu.amazon.com",
    "FE": "https://sellingpartnerapi-fe.amazon.com",
}
JSON = "application/json"
_SLOW = 0.1
"""Calls per second. What allows fewer is paced by looking again later, not by waiting or by repeating at once."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. ``path`` has the names of its variable parts in braces; ``role`` is for a person to look up.

    Amazon: a usage plan is a token bucket per seller and application; all report types share one.
    """

    name: str
    method: str
    path: str
    rate: Rate
    role: str

    @property
    def accept(self) -> str:
        """The media type that is wanted. Amazon: one family of operations speaks another."""
        return "application/hal+json" if self.path.startswith(_SOLICITATIONS) else JSON

    @property
    def patience_seconds(self) -> float:
        """How long a call may wait for its turn."""
        return 1.5 if self.rate.per_second < _SLOW else 60.0

    @property
    def tries(self) -> int:
        """How often a read is made where that may help. Amazon: repeating what creates makes another one."""
        return 1 if self.name.startswith("create") else 2 if self.rate.per_second < _SLOW else 5


def _row(name: str, method: str, path: str, per_second: float, burst: int, role: str) -> Operation:
    return Operation(name, method, path, Rate(per_second, burst, published=True), role)


_REPORTS, _KIOSK, _INBOUND = "/reports/2021-06-30", "/dataKiosk/2023-11-15", "/inbound/fba/2024-03-20/inboundPlans"
_LISTINGS, _CATALOG = "/listings/2021-08-01/items/{sellerId}", "/catalog/2022-04-01/items"
_PRICING, _SOLICITATIONS = "/batches/products/pricing/2022-05-01", "/solicitations/v1/orders/{amazonOrderId}"
_TOPICS = "/customerFeedback/2024-06-01/items/{asin}/reviews"
_FULFILLMENT, _LISTING, _PRICE = "Amazon Fulfillment", "Product Listing", "Pricing"
_ANALYTICS, _INSIGHTS = "Brand Analytics", "Selling Partner Insights"
_ORDERS = "Inventory and Order Tracking"
_ANY = "that of the report"

OPERATIONS: Mapping[str, Operation] = {
    row.name: row
    for row in (
        _row("createReport", "POST", f"{_REPORTS}/reports", 1 / 60, 15, _ANY),
        _row("getReport", "GET", f"{_REPORTS}/reports/{{reportId}}", 2, 15, _ANY),
        _row("getReports", "GET", f"{_REPORTS}/reports", 1 / 45, 10, _ANY),
        _row("getReportDocument", "GET", f"{_REPORTS}/documents/{{reportDocumentId}}", 1 / 60, 15, _ANY),
        _row("createQuery", "POST", f"{_KIOSK}/queries", 1 / 60, 15, _ANALYTICS),
        _row("getQueries", "GET", f"{_KIOSK}/queries", 1 / 45, 10, _ANALYTICS),
        _row("getQuery", "GET", f"{_KIOSK}/queries/{{queryId}}", 2, 15, _ANALYTICS),
        _row("getDocument", "GET", f"{_KIOSK}/documents/{{documentId}}", 1 / 60, 15, _ANALYTICS),
        _row("getInventorySummaries", "GET", "/fba/inventory/v1/summaries", 2, 2, _FULFILLMENT),
        _row("getListingsItem", "GET", f"{_LISTINGS}/{{sku}}", 5, 10, _LISTING),
        _row("patchListingsItem", "PATCH", f"{_LISTINGS}/{{sku}}", 5, 5, _LISTING),
        _row("searchListingsItems", "GET", _LISTINGS, 5, 5, _LISTING),
        _row("searchCatalogItems", "GET", _CATALOG, 2, 2, _LISTING),
        _row("getCatalogItem", "GET", f"{_CATALOG}/{{asin}}", 2, 2, _LISTING),
        _row("getCompetitiveSummary", "POST", f"{_PRICING}/items/competitiveSummary", 1 / 31, 1, _PRICE),
        _row("getFeaturedOfferExpectedPriceBatch", "POST", f"{_PRICING}/offer/featuredOfferExpectedPrice",
             1 / 31, 1, _PRICE),
        _row("getMyFeesEstimates", "POST", "/products/fees/v0/feesEstimate", 0.5, 1, _PRICE),
        _row("listTransactions", "GET", "/finances/2024-06-19/transactions", 0.5, 10, "Finance and Accounting"),
        _row("searchOrders", "GET", "/orders/2026-01-01/orders", 1 / 180, 20, _ORDERS),
        _row("getOrder", "GET", "/orders/2026-01-01/orders/{orderId}", 0.5, 30, _ORDERS),
        _row("getSolicitationActionsForOrder", "GET", _SOLICITATIONS, 1, 5, "Buyer Solicitation"),
        _row("createProductReviewAndSellerFeedbackSolicitation", "POST",
             f"{_SOLICITATIONS}/solicitations/productReviewAndSellerFeedback", 1, 5, "Buyer Solicitation"),
        # Amazon: no usage plan is published for customer feedback; this is what another client found.
        _row("getItemReviewTopics", "GET", f"{_TOPICS}/topics", 1, 5, _ANALYTICS),
        _row("getItemReviewTrends", "GET", f"{_TOPICS}/trends", 1, 5, _ANALYTICS),
        _row("listInboundPlans", "GET", _INBOUND, 2, 6, _FULFILLMENT),
        _row("getInboundPlan", "GET", f"{_INBOUND}/{{inboundPlanId}}", 2, 6, _FULFILLMENT),
        _row("listInboundPlanItems", "GET", f"{_INBOUND}/{{inboundPlanId}}/items", 2, 6, _FULFILLMENT),
        _row("getShipment", "GET", f"{_INBOUND}/{{inboundPlanId}}/shipments/{{shipmentId}}", 2, 6, _FULFILLMENT),
        _row("listShipmentItems", "GET", f"{_INBOUND}/{{inboundPlanId}}/shipments/{{shipmentId}}/items", 2, 30,
             _FULFILLMENT),
        _row("getMarketplaceParticipations", "GET", "/sellers/v1/marketplaceParticipations", 0.016, 15, _INSIGHTS),
    )
}  # fmt: skip
