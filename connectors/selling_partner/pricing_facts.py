"""What competes for a product (Product Pricing 2022-05-01). Prices are what a shopper pays: with shipping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.errors import SourceError, ThrottledError
from agent.outbound import Reply
from connectors.selling_partner.reading import (
    Item,
    Row,
    Unpromised,
    any_of,
    at,
    count,
    each,
    item,
    may,
    money,
    need,
    number,
    promised,
    root,
    text,
)

_CHANNELS = {"AFN": "fba", "MFN": "mfn"}
_NEW = "New"
_THRESHOLD = "CompetitivePriceThreshold"
_VALID = "VALID_FOEP"
_QUOTA_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Offer:
    """One seller's best new offer on an ASIN. ``weight``: for how many of a hundred views it is the featured one."""

    seller: str
    price: int
    channel: str | None
    weight: float | None = None

    @property
    def featured(self) -> bool:
        return self.weight is not None


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of one ASIN. ``threshold``: the price outside Amazon above which nothing is featured."""

    asin: str
    offers: Sequence[Offer]
    threshold: int | None = None

    @property
    def featured(self) -> Offer | None:
        """Amazon: another offer may be featured for some shoppers; this is the one that most see."""
        seen = [offer for offer in self.offers if offer.weight is not None]
        return max(seen, key=lambda offer: offer.weight or 0.0, default=None)

    @property
    def lowest(self) -> int | None:
        return min((offer.price for offer in self.offers), default=None)


@dataclass(slots=True)
class _Gathered:
    by_seller: dict[str, Offer] = field(default_factory=dict)

    def add(self, offer: Offer) -> None:
        known = self.by_seller.get(offer.seller)
        if known is None:
            self.by_seller[offer.seller] = offer
            return
        cheaper = min(known, offer, key=lambda one: one.price)
        weights = [one.weight for one in (known, offer) if one.weight is not None]
        weight = max(weights, default=None)
        self.by_seller[offer.seller] = Offer(offer.seller, cheaper.price, cheaper.channel, weight)


def answered(reply: Reply) -> Sequence[tuple[Item, Item]]:
    """The parts of a batch's answer that brought something, each with its body.

    Amazon: each part has a status of its own inside a 200. A part Amazon says no to (it knows no such product) is left
    out; where Amazon failed or has had too much, the whole batch is asked for again, by the error raised here.
    """
    found: list[tuple[Item, Item]] = []
    for part in each(root(reply), "responses"):
        status = need(part, "status.statusCode", count)
        if status == 429 or status >= 500:
            raise _again(reply, status)
        if 200 <= status < 300:
            found.append((part, item(at(part, "body"), "body")))
    return found


def summaries(reply: Reply, currency: str) -> Sequence[Summary]:
    """The competitive summaries of an answer."""
    with promised(reply):
        return [_summary(body, currency) for _, body in answered(reply)]


def expected_prices(reply: Reply, currency: str) -> Mapping[str, int | None]:
    """By SKU, the featured offer expected price; None where Amazon works none out, such as without a competitor."""
    with promised(reply):
        return {need(part, "request.sku", text): _expected(body, currency) for part, body in answered(reply)}


def _summary(body: Item, currency: str) -> Summary:
    gathered = _Gathered()
    for option in any_of(body, "featuredBuyingOptions"):
        if may(option, "buyingOptionType", text) == _NEW:
            for segmented in each(option, "segmentedFeaturedOffers"):
                gathered.add(_offer(segmented, currency, _weight(segmented)))
    for lowest in any_of(body, "lowestPricedOffers"):
        for cheap in each(lowest, "offers"):
            if may(cheap, "condition", text) == _NEW:
                gathered.add(_offer(cheap, currency, None))
    thresholds = [one for one in any_of(body, "referencePrices") if may(one, "name", text) == _THRESHOLD]
    threshold = money(thresholds[0], "price", currency) if thresholds else None
    return Summary(need(body, "asin", text), list(gathered.by_seller.values()), threshold)


def _offer(data: Item, currency: str, weight: float | None) -> Offer:
    price = money(data, "listingPrice", currency)
    if price is None:
        raise Unpromised("lacks listingPrice")
    shipping = [money(option, "price", currency) or 0 for option in any_of(data, "shippingOptions")]
    channel = _CHANNELS.get(may(data, "fulfillmentType", text) or "")
    return Offer(need(data, "sellerId", text), price + (shipping[0] if shipping else 0), channel, weight)


def _weight(segmented: Item) -> float:
    segments = any_of(segmented, "featuredOfferSegments")
    return sum(may(segment, "segmentDetails.glanceViewWeightPercentage", number) or 0.0 for segment in segments)


def _expected(body: Item, currency: str) -> int | None:
    for result in any_of(body, "featuredOfferExpectedPriceResults"):
        if may(result, "resultStatus", text) == _VALID:
            return money(result, "featuredOfferExpectedPrice.listingPrice", currency)
    return None


def _again(reply: Reply, status: int) -> SourceError:
    if status == 429:
        return ThrottledError(
            f"A part of the answer to {reply.operation} was refused because of too many calls.",
            retry_after_seconds=_QUOTA_SECONDS, connector=reply.connector, operation=reply.operation, status=status,
            request_id=reply.request_id, hint="Steward slows down by itself; there is nothing to do.",
        )  # fmt: skip
    return SourceError(
        f"A part of the answer to {reply.operation} has the status {status}.",
        connector=reply.connector, operation=reply.operation, status=status, request_id=reply.request_id,
        hint="It is tried again with the next pass.",
    )  # fmt: skip


def _is_ours(offer: Offer | None, seller_id: str) -> bool | None:
    """None where our own id is not configured."""
    return offer is not None and offer.seller == seller_id if seller_id else None


def offer_rows(summary: Summary, seller_id: str) -> list[Row]:
    """One row per offer, ASIN/SELLER."""
    return [
        {
            "entity": f"{summary.asin}/{offer.seller}", "asin": summary.asin, "seller_id": offer.seller,
            "own": _is_ours(offer, seller_id), "featured": offer.featured, "price": offer.price,
            "channel": offer.channel,
        }
        for offer in summary.offers
    ]  # fmt: skip


def standing(summary: Summary, seller_id: str) -> Row:
    """What the offers of one ASIN come to."""
    featured = summary.featured
    return {
        "entity": summary.asin, "featured_price": featured.price if featured else None,
        "featured_own": _is_ours(featured, seller_id),
        "competitive_price": summary.threshold, "lowest_price": summary.lowest, "offer_count": len(summary.offers),
    }  # fmt: skip
