"""Every deriver, in the order in which they are done."""

from __future__ import annotations

from agent.derive import diagnosis, feeds, listing_control, outlook, return_rates, rivalry, search_terms, texts
from agent.derive.asked import Deriver

DERIVERS: tuple[Deriver, ...] = (
    outlook.DERIVER,
    diagnosis.DERIVER,
    return_rates.DERIVER,
    rivalry.DERIVER,
    listing_control.DERIVER,
    *texts.DERIVERS,
    search_terms.DERIVER,
    feeds.DERIVER,
)
