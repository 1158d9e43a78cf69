"""Which stream is read how: the table a new reader is entered in."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.selling_partner.inventory import read_inventory
from connectors.selling_partner.listings import read_issues, read_listings
from connectors.selling_partner.streams import Reader

READERS: Mapping[str, Reader] = {
    "inventory": read_inventory,
    "listings": read_listings,
    "listing_issues": read_issues,
}
"""By the stream's name, in the order of their importance: the first to ask gets what the usage plans allow."""
