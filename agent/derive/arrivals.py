"""What is on its way to a SKU's stock, and when it will be there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from agent.methods.reorder import lead_quantile

if TYPE_CHECKING:
    from agent.derive.desk import Desk

_DONE = frozenset({"closed", "cancelled", "deleted", "error"})
_OVERDUE_DAYS = 7.0
"""What is overdue is taken to come within a week, give or take a week: nobody told anything better."""
_USUAL_SPREAD = 0.2
"""Standard deviation of a lead time over its mean where the operator gave none."""


@dataclass(frozen=True, slots=True)
class Lead:
    """Per SKU, nan where not known."""

    days: NDArray[np.float64]
    sd: NDArray[np.float64]
    review: NDArray[np.float64]
    service: NDArray[np.float64]
    minimum: NDArray[np.float64]
    carton: NDArray[np.float64]
    cover: NDArray[np.float64]


def lead_of(desk: Desk) -> Lead:
    """Lead times as the operator gave them, lengthened by a closure of the supplier that falls into them."""
    names = ("lead_time", "lead_time_sd", "review_days", "service_level", "order_minimum", "carton", "cover_wanted")
    given = [_numbers(desk, name) for name in names]
    days, sd, review, service, minimum, carton, cover = given
    days = days + np.array([_closed_days(desk, sku, days[n]) for n, sku in enumerate(desk.skus)])
    review = np.where(np.isnan(review), 0.0, review)
    return Lead(days, np.where(np.isnan(sd), _USUAL_SPREAD * days, sd), review,
                np.clip(np.where(np.isnan(service), 0.95, service), 0.5, 0.995), minimum, carton,
                np.where(np.isnan(cover), np.maximum(review, 30.0), cover))  # fmt: skip


def _numbers(desk: Desk, column: str) -> NDArray[np.float64]:
    values = (desk.of("lead_times", sku, column) for sku in desk.skus)
    return np.array([np.nan if value is None else float(value) for value in values])


def _closed_days(desk: Desk, sku: str, lead: float) -> float:
    """Days of a supplier's closure that lie within the lead time from now."""
    supplier = desk.state("suppliers").get(desk.of("lead_times", sku, "supplier_id") or "", {})
    first, last = supplier.get("closed_from"), supplier.get("closed_until")
    if first is None or last is None or np.isnan(lead):
        return 0.0
    starts, ends = (_days_until(desk, each) for each in (first, last))
    return max(0.0, ends + 1 - max(starts, 0.0)) if starts < lead and ends >= 0 else 0.0


@dataclass(frozen=True, slots=True)
class Coming:
    """Per SKU: units of open purchase orders; days until the next arrival, its standard deviation, the late case."""

    ordered: NDArray[np.float64]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    late: NDArray[np.float64]


def coming(desk: Desk, lead: Lead) -> Coming:
    """From fresh shipments and purchase orders; what has no date cannot be expected at any time."""
    count = len(desk.skus)
    ordered, mean = np.zeros(count), np.full(count, np.nan)
    for order in desk.state("purchase_orders").values():
        open_ = (order["units_ordered"] or 0) - (order["units_received"] or 0)
        if order["sku"] in desk.row and open_ > 0:
            ordered[desk.row[order["sku"]]] += open_
            _earlier(desk, mean, order["sku"], order["due_at"])
    for shipment in desk.state("shipments").values():
        open_ = (shipment["units_shipped"] or 0) - (shipment["units_received"] or 0)
        if shipment["sku"] in desk.row and open_ > 0 and (shipment["status"] or "") not in _DONE:
            _earlier(desk, mean, shipment["sku"], shipment["expected_at"])
    return _spread(ordered, mean, lead)


def _spread(ordered: NDArray[np.float64], mean: NDArray[np.float64], lead: Lead) -> Coming:
    """The rest of a way varies as the whole does, by the square root of its part; overdue things by a week."""
    overdue = mean <= 0
    mean = np.where(overdue, _OVERDUE_DAYS, mean)
    known = ~np.isnan(lead.days) & (lead.days > 0)
    part = np.divide(mean, lead.days, out=np.ones_like(mean), where=known)
    sd = np.where(known, lead.sd * np.sqrt(np.minimum(part, 1.0)), _USUAL_SPREAD * mean)
    sd = np.where(overdue, _OVERDUE_DAYS, sd)
    return Coming(ordered, mean, sd, lead_quantile(0.8, mean, sd))


def _earlier(desk: Desk, mean: NDArray[np.float64], sku: str, at: Any) -> None:
    if at is not None:
        n = desk.row[sku]
        mean[n] = np.fmin(mean[n], _days_until(desk, at))


def _days_until(desk: Desk, moment: Any) -> float:
    return float((moment - desk.asked.known_at).total_seconds() / 86400)
