"""Which stream is read how: the table a new reader is entered in."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.selling_partner.catalog import read_catalog
from connectors.selling_partner.economics import read_economics
from connectors.selling_partner.fees import read_fees
from connectors.selling_partner.finances import read_transactions
from connectors.selling_partner.inbound import read_shipments
from connectors.selling_partner.inventory import read_inventory
from connectors.selling_partner.listings import read_issues, read_listings
from connectors.selling_partner.orders import read_orders
from connectors.selling_partner.pricing import read_offer_prices, read_offers, read_rival_offers
from connectors.selling_partner.streams import Reader
from connectors.selling_partner.topics import read_topics

READERS: Mapping[str, Reader] = {
    "inventory": read_inventory,
    "listings": read_listings,
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
