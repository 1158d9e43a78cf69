"""What Amazon would charge for one unit at the present price (Product Fees v0)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from agent.errors import SourceError
from agent.model.fact import Delivered, Pending, Stream
from agent.model.marketplace import Marketplace
from agent.model.window import Span
from agent.outbound import Encodable, Reply
from connectors.selling_partner.client import Ask
from connectors.selling_partner.errand import Errand, Place, Step
from connectors.selling_partner.own import Own, own_listings
from connectors.selling_partner.reading import (
    Item,
    Row,
    Unpromised,
    any_of,
    item,
    may,
    money,
    need,
    promised,
    rows_of,
    text,
)
from connectors.selling_partner.streams import Source

COLUMNS = ("referral_fee", "fulfillment_fee", "other_fees")
BATCH = 20
_FEES = "fees"
_KEPT = timedelta(hours=20)
"""Estimates change when the price does, which makes another place, or with Amazon's yearly tables."""
_NAMES, _WHERE = ("Amount", "CurrencyCode"), "FeesEstimateIdentifier.MarketplaceId"
_REFERRAL, _FULFILLMENT = "ReferralFee", "FBA"
"""How the types begin. Amazon: FBAFees holds the parts of the fulfilment fee; where it is missing they stand alone."""
_NOT_OURS = frozenset({"ServerError", "InternalError", "ServiceError", "Throttled"})


def read_fees(source: Source, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
    """For each listing on sale that has a price. One that Amazon has no estimate for is left out."""

    def begin() -> Sequence[Place]:
        priced = sorted((own for own in own_listings(source, stream.name) if own.price), key=lambda own: own.sku)
        return [(_FEES, *map(_asked, priced[start : start + BATCH])) for start in range(0, len(priced), BATCH)]

    found = Errand(source, stream.name, begin, lambda place: _go(source, place), _KEPT).run(cursor)
    return found if isinstance(found, Pending) else Delivered((rows_of(found, COLUMNS),))


def estimates(reply: Reply, marketplace: Marketplace) -> Sequence[Row]:
    """Amazon: the answer is a bare list, each part with a status of its own."""
    with promised(reply):
        parts = reply.json()
        if not isinstance(parts, list):
            raise Unpromised("is no list")
        found = [item(part, "objects in its list") for part in parts]
        ours = [part for part in found if may(part, _WHERE, text) in (None, marketplace.id)]
        rows = [_row(reply, part, marketplace.currency) for part in ours]
        return [row for row in rows if row is not None]


def _row(reply: Reply, part: Item, currency: str) -> Row | None:
    status = need(part, "Status", text)
    if status != "Success":
        if status in _NOT_OURS:
            raise _again(reply, status)
        return None
    total = money(part, "FeesEstimate.TotalFeesEstimate", currency, names=_NAMES)
    fees = any_of(part, "FeesEstimate.FeeDetailList")
    referral = _sum(fees, _REFERRAL, currency)
    fulfillment = _sum(fees, _FULFILLMENT, currency)
    if total is None:
        return None
    return {"entity": need(part, "FeesEstimateIdentifier.IdValue", text), "referral_fee": referral,
            "fulfillment_fee": fulfillment, "other_fees": total - referral - fulfillment}  # fmt: skip


def _sum(fees: Sequence[Item], beginning: str, currency: str) -> int:
    fitting = (fee for fee in fees if need(fee, "FeeType", text).startswith(beginning))
    return sum(money(fee, "FinalFee", currency, names=_NAMES) or 0 for fee in fitting)


def _go(source: Source, place: Place) -> Step:
    requests = [_request(source, asked) for asked in place[1:]]
    reply = source.client.read(Ask("getMyFeesEstimates", body=requests))
    return Step(estimates(reply, source.marketplace))


def _asked(own: Own) -> str:
    """What is asked for, as one text: price in micros, whether Amazon sends it, SKU."""
    return f"{own.price} {'fba' if own.channel == 'fba' else 'mfn'} {own.sku}"


def _request(source: Source, asked: str) -> Mapping[str, Encodable]:
    price, channel, sku = asked.split(" ", 2)
    amount = source.marketplace.money(int(price)).amount
    return {
        "IdType": "SellerSKU", "IdValue": sku,
        "FeesEstimateRequest": {
            "MarketplaceId": source.marketplace.id, "IsAmazonFulfilled": channel == "fba", "Identifier": sku,
            "PriceToEstimateFees": {"ListingPrice": {"CurrencyCode": source.marketplace.currency, "Amount": amount}},
        },
    }  # fmt: skip


def _again(reply: Reply, status: str) -> SourceError:
    return SourceError(
        f"A part of the answer to {reply.operation} has the status {status}.",
        connector=reply.connector, operation=reply.operation, status=reply.status, request_id=reply.request_id,
        hint="It is tried again with the next pass.",
    )  # fmt: skip
