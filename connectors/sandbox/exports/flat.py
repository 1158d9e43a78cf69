"""Flat files that Seller Central offers for download: the same documents as the reports of the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from connectors.sandbox.exports.sheet import Sheet
from connectors.sandbox.sandbox import Sandbox
from connectors.sandbox.selling.report_jobs import Ask
from connectors.sandbox.selling.report_kinds import KINDS
from connectors.sandbox.selling.tables import Table
from connectors.sandbox.selling.telling import Telling

_ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
_FILES: Mapping[str, str] = {
    "fba-inventory.tsv": "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA",
    "fba-inventory-health.tsv": "GET_FBA_INVENTORY_PLANNING_DATA",
    "all-orders.tsv": _ORDERS,
    "fba-returns.tsv": "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA",
    "seller-feedback.tsv": "GET_SELLER_FEEDBACK_DATA",
    "all-listings.tsv": "GET_MERCHANT_LISTINGS_ALL_DATA",
    "fba-ledger.tsv": "GET_LEDGER_SUMMARY_VIEW_DATA",
}
_OPTIONS = {"GET_LEDGER_SUMMARY_VIEW_DATA": {"aggregateByLocation": "COUNTRY", "aggregatedByTimePeriod": "DAILY"}}


def flat_files(sandbox: Sandbox, span: Sequence[date]) -> Mapping[str, Sheet]:
    """By file name. One that has no data is left out, as Seller Central does."""
    now = sandbox.clock.now()
    since = datetime(span[0].year, span[0].month, span[0].day, 12, tzinfo=UTC)
    found = {}
    for name, type in _FILES.items():
        # Amazon: orders come 30 days at a time.
        start = max(since, now - timedelta(days=30)) if type == _ORDERS else since
        ask = Ask(type, start, now, _OPTIONS.get(type, {}), (), {})
        written = KINDS[type].write(Telling(sandbox, ask, now))
        if isinstance(written, Table):
            found[name] = Sheet(written.header, list(written.rows), "\t")
    return found
