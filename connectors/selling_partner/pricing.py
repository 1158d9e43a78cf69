"""Offers and prices on our products and on those we watch (Product Pricing 2022-05-01).

Amazon: one call in 30 s, of 20 products or 40 SKUs. All three streams read the same summaries, and so make the same
batches of the same products: what one stream has asked for serves the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.model.fact import Delivered, Pending, Stream
from agent.model.window import Span
from agent.outbound import Encodable
from connectors.selling_partner import catalog
from connectors.selling_partner.client import Ask
from connectors.selling_partner.errand import Errand, Place, Step, batches
from connectors.selling_partner.own import own_asins, own_listings, rivals
from connectors.selling_partner.pricing_facts import expected_prices, offer_rows, standing, summaries
from connectors.selling_partner.reading import Row, rows_of
from connectors.selling_partner.streams import Source

PRICE_COLUMNS = (
    "featured_price", "featured_own", "expected_price", "competitive_price", "lowest_price", "offer_count",
)  # fmt: skip
OFFER_COLUMNS = ("asin", "seller_id", "own", "featured", "price", "channel")
RIVAL_COLUMNS = ("rival_price", "rival_rank", "rival_offers")
SUMMARY, EXPECTED = "summary", "expected"
SUMMARY_BATCH, EXPECTED_BATCH = 20, 40
_PATH = "/products/pricing/2022-05-01"
_OFFER, _STANDING = "offer", "standing"
"""What a gathered row is; kept under ``is`` beside the columns."""


def read_offer_prices(source: Source, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
    """For each listing on sale, what its product's offers come to and the price at which ours would be featured."""

    def begin() -> Sequence[Place]:
        own = own_listings(source, stream.name)
        skus = [listing.sku for listing in own]
        return [*batches(SUMMARY, [listing.asin for listing in own], SUMMARY_BATCH),
                *batches(EXPECTED, skus, EXPECTED_BATCH)]  # fmt: skip

    found = Errand(source, stream.name, begin, lambda place: _go(source, place)).run(cursor)
    if isinstance(found, Pending):
        return found
    standings = {str(row["entity"]): row for row in found if row["is"] == _STANDING}
    expected = {str(row["entity"]): row["expected_price"] for row in found if row["is"] == EXPECTED}
    rows = [
        {**standings[own.asin], "entity": own.sku, "expected_price": expected.get(own.sku)}
        for own in own_listings(source, stream.name) if own.asin in standings
    ]  # fmt: skip
    return Delivered((rows_of(rows, PRICE_COLUMNS),))


def read_offers(source: Source, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
    """Who else sells our products, as far as Amazon tells: the featured and the lowest priced new offers."""
    begin = lambda: batches(SUMMARY, own_asins(source, stream.name), SUMMARY_BATCH)  # noqa: E731
    found = Errand(source, stream.name, begin, lambda place: _go(source, place)).run(cursor)
    if isinstance(found, Pending):
        return found
    return Delivered((rows_of([row for row in found if row["is"] == _OFFER], OFFER_COLUMNS),))


def read_rival_offers(source: Source, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
    """What the watched products cost and how they sell. Nothing where the operator watches none."""

    def begin() -> Sequence[Place]:
        asins = list(rivals(source).values())
        return [*batches(SUMMARY, asins, SUMMARY_BATCH), *batches(catalog.CATALOG, asins, catalog.BATCH)]

    found = Errand(source, stream.name, begin, lambda place: _go(source, place)).run(cursor)
    if isinstance(found, Pending):
        return found
    standings = {str(row["entity"]): row for row in found if row.get("is") == _STANDING}
    ranks = {str(row["entity"]): row["sales_rank"] for row in found if "sales_rank" in row}
    rows = [_rival(entity, asin, standings, ranks) for entity, asin in rivals(source).items()
            if asin in standings or asin in ranks]  # fmt: skip
    return Delivered((rows_of(rows, RIVAL_COLUMNS),))


def _rival(entity: str, asin: str, standings: Mapping[str, Row], ranks: Mapping[str, object]) -> Row:
    standing = standings.get(asin, {})
    featured, lowest = standing.get("featured_price"), standing.get("lowest_price")
    return {"entity": entity, "rival_price": lowest if featured is None else featured,
            "rival_rank": ranks.get(asin), "rival_offers": standing.get("offer_count")}  # fmt: skip


def _go(source: Source, place: Place) -> Step:
    kind, *ids = place
    if kind == catalog.CATALOG:
        return catalog.go(source, place)
    return _summaries(source, ids) if kind == SUMMARY else _expected(source, ids)


def _summaries(source: Source, asins: Sequence[str]) -> Step:
    here, uri = source.marketplace.id, f"{_PATH}/items/competitiveSummary"
    requests: list[Encodable] = [{
        "asin": asin, "marketplaceId": here, "method": "GET", "uri": uri,
        "includedData": ["featuredBuyingOptions", "referencePrices", "lowestPricedOffers"],
        "lowestPricedOffersInputs": [{"itemCondition": "New", "offerType": "Consumer"}],
    } for asin in asins]  # fmt: skip
    reply = source.client.read(Ask("getCompetitiveSummary", body={"requests": requests}))
    rows: list[Row] = []
    for summary in summaries(reply, source.marketplace.currency):
        rows.append({"is": _STANDING, **standing(summary, source.seller_id)})
        rows += [{"is": _OFFER, **row} for row in offer_rows(summary, source.seller_id)]
    return Step(rows)


def _expected(source: Source, skus: Sequence[str]) -> Step:
    uri = f"{_PATH}/offer/featuredOfferExpectedPrice"
    requests: list[Encodable] = [
        {"marketplaceId": source.marketplace.id, "sku": sku, "method": "GET", "uri": uri} for sku in skus
    ]
    reply = source.client.read(Ask("getFeaturedOfferExpectedPriceBatch", body={"requests": requests}))
    prices = expected_prices(reply, source.marketplace.currency)
    return Step([{"is": EXPECTED, "entity": sku, "expected_price": price} for sku, price in prices.items()])
