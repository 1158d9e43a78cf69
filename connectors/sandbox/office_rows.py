"""The operator's own lists, and what the scenario expects to be reported. Money is micros."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class CostRow:
    sku: str
    landed_cost: int
    min_price: int
    max_price: int
    cost_since: date


@dataclass(frozen=True, slots=True)
class LeadTimeRow:
    sku: str
    supplier_id: str
    lead_time: int
    lead_time_sd: int
    review_days: int
    order_minimum: int
    carton: int
    cover_wanted: int
    service_level: float


@dataclass(frozen=True, slots=True)
class SupplierRow:
    supplier_id: str
    name: str
    country: str
    closed_from: date | None
    closed_until: date | None


@dataclass(frozen=True, slots=True)
class PurchaseOrderRow:
    """``units_received`` are those the supplier has handed over: from then on they are in a shipment to Amazon."""

    order_id: str
    sku: str
    supplier_id: str
    units_ordered: int
    units_received: int
    ordered_at: date
    due_at: date


@dataclass(frozen=True, slots=True)
class TargetRow:
    sku: str
    month: str
    units: int
    sales: int


@dataclass(frozen=True, slots=True)
class EventRow:
    event_id: str
    name: str
    category: str
    """deal, holiday, season or closure."""
    starts: date
    ends: date
    sku: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """Ground truth: what a planted incident must lead to, and by when."""

    number: int
    day: date
    sku: str
    incident: str
    rules: tuple[str, ...]
    """Any of these rules counts as a report of it; empty where the incident is to be passed over."""
    forbidden: tuple[str, ...]
    """None of these may speak of the SKU from ``day`` to the deadline; ``ads/*`` means all of a folder."""
    deadline: date
    at: datetime
    """The moment it strikes on its day; what was said earlier that day does not speak of it."""
