"""Which stream is read how: the table a new reader is entered in."""

from __future__ import annotations

from collections.abc import Mapping

from agent.model.fact import Delivered, Pending, Stream
from agent.model.window import Span
from connectors.selling_partner import reports
from connectors.selling_partner.catalog import read_catalog
from connectors.selling_partner.economics import read_economics
from connectors.selling_partner.fees import read_fees
from connectors.selling_partner.finances import read_transactions
from connectors.selling_partner.inbound import read_shipments
from connectors.selling_partner.inventory import read_inventory
from connectors.selling_partner.listings import read_issues, read_listings
from connectors.selling_partner.orders import read_orders
from connectors.selling_partner.pricing import read_offer_prices, read_offers, read_rival_offers
from connectors.selling_partner.report_types import REPORT_TYPES
from connectors.selling_partner.streams import Reader, Source
from connectors.selling_partner.topics import read_topics


def _read_listings(source: Source, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
    """Item by item; where the seller's id is not known, from a report, which tells less."""
    read = read_listings if source.seller_id else reports.pull
    return read(source, stream, span, cursor)


READERS: Mapping[str, Reader] = {
    "inventory": read_inventory,
    **dict.fromkeys(REPORT_TYPES, reports.pull),
    "listings": _read_listings,
    "listing_issues": read_issues,
    "offer_prices": read_offer_prices,
    "offers": read_offers,
    "rival_offers": read_rival_offers,
    "orders": read_orders,
    "shipments": read_shipments,
    "transactions": read_transactions,
    "catalog": read_catalog,
    "fees": read_fees,
    "economics": read_economics,
    "review_topics": read_topics,
}
"""By the stream's name, in the order of their importance: the first to ask gets what the usage plans allow."""


_RESTS: Mapping[str, int] = {"catalog": 6, "fees": 20, "economics": 12, "review_topics": 20}
"""Hours in which what costs many calls does not change enough to ask again."""


def rest_hours(stream: str) -> int:
    """For how long after a pull a stream is not asked for again: most reports are made once a day."""
    return REPORT_TYPES[stream].rest_hours if READERS[stream] is reports.pull else _RESTS.get(stream, 0)
