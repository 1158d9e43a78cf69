"""Orders, returns and seller feedback as flat files.

Amazon: the orders' file holds where a buyer lives, and returns and feedback what a buyer wrote. The places here are
made up from the order's number, so that a reader can be held to leaving them out.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from connectors.sandbox.selling.tables import Table
from connectors.sandbox.selling.telling import Telling, decimals

_ORDERS = (
    "amazon-order-id", "merchant-order-id", "purchase-date", "last-updated-date", "order-status",
    "fulfillment-channel", "sales-channel", "order-channel", "ship-service-level", "product-name", "sku", "asin",
    "item-status", "quantity", "currency", "item-price", "item-tax", "shipping-price", "shipping-tax",
    "gift-wrap-price", "gift-wrap-tax", "item-promotion-discount", "ship-promotion-discount", "ship-city",
    "ship-state", "ship-postal-code", "ship-country", "promotion-ids", "is-business-order", "purchase-order-number",
    "price-designation",
)  # fmt: skip
_RETURNS = (
    "return-date", "order-id", "sku", "asin", "fnsku", "product-name", "quantity", "fulfillment-center-id",
    "detailed-disposition", "reason", "status", "license-plate-number", "customer-comments",
)  # fmt: skip
_FEEDBACK = ("Date", "Rating", "Comments", "Your Response", "Order ID", "Rater Email")
_FEEDBACK_IN = {
    "DE": ("Datum", "Bewertung", "Kommentare", "Ihre Antwort", "Bestellnummer", "E-Mail des Bewertenden"),
    "JP": ("日付", "評価", "コメント", "出品者の返答", "注文番号", "購入者のEメール"),
}
_PLACES = {
    "US": (("Springfield", "IL", "62704"), ("Franklin", "TN", "37064"), ("Riverside", "CA", "92501"),
           ("Georgetown", "TX", "78626"), ("Salem", "OR", "97301")),
    "DE": (("Neustadt", "", "67433"), ("Köln", "", "50667"), ("München", "", "80331"), ("Görlitz", "", "02826")),
    "JP": (("横浜市", "神奈川県", "220-0011"), ("札幌市", "北海道", "060-0001"), ("福岡市", "福岡県", "810-0001")),
}  # fmt: skip


def all_orders(telling: Telling) -> Table | None:
    """Every line of the orders that were updated in the range. Amazon: a pending order has no price yet."""
    table = Table(_ORDERS)
    start, end = telling.ask.start or telling.now, telling.ask.end or telling.now
    channel = channel_of(telling.marketplace.code)
    country, currency = telling.marketplace.code, telling.marketplace.currency
    for line in telling.shop.order_lines(start, end):
        city, state, post = place_of(line.order_id, country)
        pending = line.amount is None
        table.add({
            "amazon-order-id": line.order_id, "merchant-order-id": line.order_id,
            "purchase-date": _instant(line.purchased_at), "last-updated-date": _instant(line.updated_at),
            "order-status": line.status, "fulfillment-channel": "Amazon", "sales-channel": channel,
            "ship-service-level": "Expedited", "product-name": line.name, "sku": line.sku, "asin": line.asin,
            "item-status": "Unshipped" if pending else line.status, "quantity": line.units,
            "currency": "" if pending else currency, "item-price": decimals(line.amount),
            "item-tax": "" if pending else "0.00", "ship-city": city, "ship-state": state, "ship-postal-code": post,
            "ship-country": country, "is-business-order": "false",
        })  # fmt: skip
    return table if table.rows else None


def customer_returns(telling: Telling) -> Table | None:
    table = Table(_RETURNS)
    start, end = telling.ask.start or telling.now, telling.ask.end or telling.now
    for row in telling.shop.returns(start, end):
        table.add({
            "return-date": _instant(row.returned_at), "order-id": row.order_id, "sku": row.sku, "asin": row.asin,
            "fnsku": row.fnsku, "product-name": row.name, "quantity": row.units, "fulfillment-center-id": "ONT8",
            "detailed-disposition": row.disposition, "reason": row.reason, "status": "Unit returned to inventory",
            "license-plate-number": f"LPN{_digest(row.id)[:10].upper()}", "customer-comments": row.comment,
        })  # fmt: skip
    return table if table.rows else None


def seller_feedback(telling: Telling) -> Table | None:
    """Amazon: the headers of this file are in the marketplace's language, and the day is written its way."""
    names = _FEEDBACK_IN.get(telling.marketplace.code, _FEEDBACK)
    table = Table(names)
    start, end = telling.ask.start or telling.now, telling.ask.end or telling.now
    for row in telling.shop.feedback(start, end):
        cells = (_day(row.left_at, telling.marketplace.code), row.stars, row.text, "", row.order_id,
                 f"{_digest(row.order_id)[:12]}@marketplace.example")  # fmt: skip
        table.add(dict(zip(names, cells, strict=True)))
    return table if table.rows else None


def place_of(order: str, marketplace: str) -> tuple[str, str, str]:
    """City, state and postal code that nobody in particular lives in."""
    places = _PLACES.get(marketplace, _PLACES["US"])
    return places[int(_digest(order), 16) % len(places)]


def channel_of(place: str) -> str:
    """What Amazon calls the shop of a marketplace."""
    return {"US": "Amazon.com", "UK": "Amazon.co.uk", "JP": "Amazon.co.jp"}.get(place, f"Amazon.{place.lower()}")


def _day(moment: datetime, place: str) -> str:
    return {"US": f"{moment:%m/%d/%y}", "DE": f"{moment:%d.%m.%y}"}.get(place, f"{moment:%Y/%m/%d}")


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
