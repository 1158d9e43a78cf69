"""The calls of the Selling Partner API that the sandbox answers, with Amazon's usage plans and the roles they need."""

from __future__ import annotations

from collections.abc import Callable

from connectors.sandbox.answers import Answer, Style
from connectors.sandbox.operation import Operation, Usage, Visit
from connectors.sandbox.selling import (
    catalog,
    feedback,
    fees,
    finances,
    inbound,
    inventory,
    kiosk,
    listings,
    orders,
    pricing,
    reports,
    sellers,
    solicitations,
)
from connectors.sandbox.selling.links import download


def _call(name: str, method: str, path: str, handle: Callable[[Visit], Answer], rate: float, burst: int,
          role: str = "") -> Operation:  # fmt: skip
    """``path`` with ``{}`` for each variable part."""
    return Operation(name, method, path.replace(".", r"\.").replace("{}", "([^/]+)"), handle, scoped=False,
                     style=Style.SELLING, usage=Usage(rate, burst, role))  # fmt: skip


_REPORTS = "/reports/2021-06-30"
_KIOSK = "/dataKiosk/2023-11-15"
_LISTINGS = "/listings/2021-08-01/items"
_PRICING = "/batches/products/pricing/2022-05-01"
_FEEDBACK = "/customerFeedback/2024-06-01/items/{}/reviews"
_INBOUND = "/inbound/fba/2024-03-20/inboundPlans"
_ORDERS = "/orders/2026-01-01/orders"
_ASKING = "/solicitations/v1/orders/{}"

SELLING_OPERATIONS: tuple[Operation, ...] = (
    _call("createReport", "POST", f"{_REPORTS}/reports", reports.create, 0.0167, 15),
    _call("getReports", "GET", f"{_REPORTS}/reports", reports.listed, 0.0222, 10),
    _call("getReport", "GET", f"{_REPORTS}/reports/{{}}", reports.look, 2, 15),
    _call("cancelReport", "DELETE", f"{_REPORTS}/reports/{{}}", reports.cancel, 0.0222, 10),
    _call("getReportDocument", "GET", f"{_REPORTS}/documents/{{}}", reports.document, 0.0167, 15),
    _call("createQuery", "POST", f"{_KIOSK}/queries", kiosk.create, 0.0167, 15, "brand_analytics"),
    _call("getQueries", "GET", f"{_KIOSK}/queries", kiosk.listed, 0.0222, 10, "brand_analytics"),
    _call("getQuery", "GET", f"{_KIOSK}/queries/{{}}", kiosk.look, 2, 15, "brand_analytics"),
    _call("cancelQuery", "DELETE", f"{_KIOSK}/queries/{{}}", kiosk.cancel, 0.0222, 10, "brand_analytics"),
    _call("getDocument", "GET", f"{_KIOSK}/documents/{{}}", kiosk.document, 0.0167, 15, "brand_analytics"),
    _call("getInventorySummaries", "GET", "/fba/inventory/v1/summaries", inventory.summaries, 2, 2,
          "amazon_fulfillment"),
    _call("getListingsItem", "GET", f"{_LISTINGS}/{{}}/{{}}", listings.get, 5, 10, "product_listing"),
    _call("searchListingsItems", "GET", f"{_LISTINGS}/{{}}", listings.search, 5, 5, "product_listing"),
    _call("patchListingsItem", "PATCH", f"{_LISTINGS}/{{}}/{{}}", listings.patch, 5, 5, "product_listing"),
    _call("getCompetitiveSummary", "POST", f"{_PRICING}/items/competitiveSummary", pricing.summary, 0.033, 1,
          "pricing"),
    _call("getFeaturedOfferExpectedPriceBatch", "POST", f"{_PRICING}/offer/featuredOfferExpectedPrice",
          pricing.expected, 0.033, 1, "pricing"),
    _call("searchCatalogItems", "GET", "/catalog/2022-04-01/items", catalog.search, 2, 2, "product_listing"),
    _call("getMyFeesEstimates", "POST", "/products/fees/v0/feesEstimate", fees.estimates, 0.5, 1, "pricing"),
    _call("listTransactions", "GET", "/finances/2024-06-19/transactions", finances.transactions, 0.5, 10,
          "finance_and_accounting"),
    _call("getItemReviewTopics", "GET", f"{_FEEDBACK}/topics", feedback.topics, 1, 5, "selling_partner_insights"),
    _call("getItemReviewTrends", "GET", f"{_FEEDBACK}/trends", feedback.trends, 1, 5, "selling_partner_insights"),
    _call("getSolicitationActionsForOrder", "GET", _ASKING, solicitations.actions, 1, 5, "buyer_solicitation"),
    _call("createProductReviewAndSellerFeedbackSolicitation", "POST",
          f"{_ASKING}/solicitations/productReviewAndSellerFeedback", solicitations.ask, 1, 5, "buyer_solicitation"),
    _call("listInboundPlans", "GET", _INBOUND, inbound.plans, 2, 6, "amazon_fulfillment"),
    _call("getInboundPlan", "GET", f"{_INBOUND}/{{}}", inbound.plan, 2, 6, "amazon_fulfillment"),
    _call("listInboundPlanItems", "GET", f"{_INBOUND}/{{}}/items", inbound.plan_items, 2, 6, "amazon_fulfillment"),
    _call("getShipment", "GET", f"{_INBOUND}/{{}}/shipments/{{}}", inbound.shipment, 2, 6, "amazon_fulfillment"),
    _call("listShipmentItems", "GET", f"{_INBOUND}/{{}}/shipments/{{}}/items", inbound.items, 2, 30,
          "amazon_fulfillment"),
    _call("searchOrders", "GET", _ORDERS, orders.search, 0.0056, 20, "inventory_and_order_tracking"),
    _call("getOrder", "GET", f"{_ORDERS}/{{}}", orders.get, 0.5, 30, "inventory_and_order_tracking"),
    _call("getMarketplaceParticipations", "GET", "/sellers/v1/marketplaceParticipations", sellers.participations,
          0.016, 15),
    Operation("downloadDocument", "GET", "/spdocs/([^/]+)", download, scoped=False, open=True, style=Style.SELLING),
)  # fmt: skip
