"""What of a listing only Listings Items knows: the offer's price limits, its sale and its price for businesses."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from connectors.sandbox.calls import Effect
from connectors.sandbox.selling.attributes import OFFER, attributes, content_of, first_offers, price_of, with_price
from connectors.sandbox.selling.patches import Attributes, Values
from connectors.sandbox.shop_rows import ListingRow

if TYPE_CHECKING:
    from connectors.sandbox.sandbox import Sandbox

_PRICE = "price"


class Shelf:
    """The listings of a sandbox with all their attributes."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._place = sandbox.scenario.account.marketplace

    def attributes(self, row: ListingRow, now: datetime, visible: bool = True) -> Attributes:
        """All attributes of a row; ``visible`` ones lag behind what was accepted."""
        return attributes(row, self.offers(row, now, visible), self._place)

    def offers(self, row: ListingRow, now: datetime, visible: bool = True) -> Values:
        lag = timedelta(seconds=self._sandbox.scenario.wire.read_lag_seconds if visible else 0)
        kept = self._sandbox.selling.offers.get(row.sku, [])
        values = next((values for at, values in reversed(kept) if at <= now - lag), None)
        if values is None:
            opening = self._sandbox.shop.listing(row.sku, self._sandbox.started) or row
            values = first_offers(opening.price, self._place)
        return with_price(values, row.price)

    def store(self, row: ListingRow, new: Attributes, at: datetime, through: str) -> None:
        """Let new attributes take effect: the price and the content in the shop, the rest here."""
        shop, log = self._sandbox.shop, self._sandbox.log.effects
        offers = new.get(OFFER, [])
        self._sandbox.selling.offers.setdefault(row.sku, []).append((at, offers))
        price = price_of(offers)
        if price is not None and price != row.price:
            shop.set_price(row.sku, price, at)
            log.append(Effect(at, "listing", row.sku, _PRICE, row.price, price, through))
        before = content_of(self.attributes(row, at, visible=False))
        for field, value in content_of(new).items():
            if value != before[field]:
                shop.edit_listing(row.sku, field, value, at, "us")
                log.append(Effect(at, "listing", row.sku, field, before[field], value, through))
