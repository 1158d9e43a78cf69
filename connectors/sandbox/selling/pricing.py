"""Product Pricing 2022-05-01: batches whose items succeed or fail one by one inside a 200."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from connectors.sandbox.answers import Answer, Refusal, invalid, ok
from connectors.sandbox.operation import Visit
from connectors.sandbox.selling.report_jobs import Json
from connectors.sandbox.selling.telling import units
from connectors.sandbox.shop_rows import OfferRow

_SUMMARY = "/products/pricing/2022-05-01/items/competitiveSummary"
_EXPECTED = "/products/pricing/2022-05-01/offer/featuredOfferExpectedPrice"
_INCLUDED = ("featuredBuyingOptions", "referencePrices", "lowestPricedOffers", "similarItems")
_MOST_ASINS, _MOST_SKUS, _MOST_OFFERS = 20, 40, 20
Request = Mapping[str, object]


def summary(visit: Visit) -> Answer:
    """What competes for the featured offer of up to 20 ASINs."""
    requests = _requests(visit, _SUMMARY, _MOST_ASINS)
    return ok({"responses": [_each(visit, request, "asin", _summary) for request in requests]})


def expected(visit: Visit) -> Answer:
    """For up to 40 SKUs the price at or below which our offer is likely to be featured."""
    requests = _requests(visit, _EXPECTED, _MOST_SKUS)
    found = [(request, _each(visit, request, "sku", _expected)) for request in requests]
    return ok({"responses": [
        {**answer, "headers": {}, "request": {
            "marketplaceId": str(request.get("marketplaceId", "")), "sku": str(request.get("sku", ""))}}
        for request, answer in found
    ]})  # fmt: skip


def _requests(visit: Visit, uri: str, most: int) -> Sequence[Request]:
    requests = visit.call.json().get("requests")
    if not isinstance(requests, list) or not 0 < len(requests) <= most:
        raise invalid(f"requests must be a list of 1 to {most} requests")
    for request in requests:
        if not isinstance(request, Mapping) or request.get("uri") != uri or request.get("method") != "GET":
            raise invalid(f"every request needs method GET and uri {uri}")
    return requests


def _each(visit: Visit, request: Request, key: str, answer: Callable[[Visit, Request], Json]) -> Json:
    place = visit.sandbox.scenario.account.marketplace.id
    told = {"asin": str(request.get("asin", "")), "marketplaceId": place} if key == "asin" else {}
    try:
        if request.get("marketplaceId") != place:
            raise invalid("marketplaceId is not a marketplace of this account")
        body = answer(visit, request)
    except Refusal as refusal:
        errors = [{"code": "INVALID_INPUT" if refusal.status == 400 else "NOT_FOUND", "message": refusal.message}]
        return {"status": {"statusCode": refusal.status, "reasonPhrase": "Bad Request" if refusal.status == 400 else
                           "Not Found"}, "body": {**told, "errors": errors}}  # fmt: skip
    return {"status": {"statusCode": 200, "reasonPhrase": "Success"}, "body": body}


def _summary(visit: Visit, request: Request) -> Json:
    shop, now, asin = visit.sandbox.shop, visit.now, str(request.get("asin", ""))
    included = request.get("includedData")
    if not isinstance(included, list) or not included or set(included) - set(_INCLUDED):
        raise invalid(f"includedData must name some of: {', '.join(_INCLUDED)}")
    if shop.catalog(asin, now) is None:
        raise Refusal(404, "NOT_FOUND", f"There is no ASIN {asin} in this marketplace")
    currency = visit.sandbox.scenario.account.marketplace.currency
    offers = sorted(shop.offers(asin, now) or _rival_offers(visit, asin), key=lambda offer: offer.price)
    body: Json = {"asin": asin, "marketplaceId": request["marketplaceId"]}
    if "featuredBuyingOptions" in included:
        featured = [{**_offer(one, currency), "featuredOfferSegments": [
            {"customerMembership": "PRIME", "segmentDetails": {"glanceViewWeightPercentage": 100}}]}
            for one in offers if one.featured]  # fmt: skip
        body["featuredBuyingOptions"] = (
            [{"buyingOptionType": "New", "segmentedFeaturedOffers": featured}] if featured else []
        )
    if "lowestPricedOffers" in included:
        asked = request.get("lowestPricedOffersInputs")
        if not isinstance(asked, list) or not asked:
            asked = [{"itemCondition": "New", "offerType": "Consumer"}]
        shown = [_offer(one, currency) for one in offers[:_MOST_OFFERS]]
        body["lowestPricedOffers"] = [
            {"lowestPricedOffersInput": one, "offers": shown} for one in asked]  # fmt: skip
    if "referencePrices" in included:
        body["referencePrices"] = _references(visit, asin, currency)
    if "similarItems" in included:
        body["similarItems"] = []
    return body


def _rival_offers(visit: Visit, asin: str) -> Sequence[OfferRow]:
    """Of a rival's product: the offer of its brand, where it is in stock."""
    shop = visit.sandbox.shop
    rivals = visit.sandbox.selling.kept(("rivals", visit.now), lambda: {
        row.asin: row for sku in shop.skus for row in shop.rivals(sku, visit.now)})  # fmt: skip
    row = rivals.get(asin)
    if row is None or row.price is None:
        return ()
    return (OfferRow(asin, f"A{asin[1:]}RIVAL", own=False, featured=True, price=row.price, channel="fba"),)


def _references(visit: Visit, asin: str, currency: str) -> list[Json]:
    shop = visit.sandbox.shop
    for sku in shop.skus:
        if shop.asin(sku) == asin:
            price = shop.offer_price(sku, visit.now).competitive_price
            return [] if price is None else [
                {"name": "CompetitivePriceThreshold", "price": _money(price, currency)}]  # fmt: skip
    return []


def _offer(row: OfferRow, currency: str) -> Json:
    return {
        "sellerId": row.seller_id, "condition": "New", "fulfillmentType": "AFN" if row.channel == "fba" else "MFN",
        "listingPrice": _money(row.price, currency), "primeDetails": {"eligibility": "NATIONAL"},
        "shippingOptions": [{"shippingOptionType": "DEFAULT", "price": _money(0, currency)}],
    }  # fmt: skip


def _expected(visit: Visit, request: Request) -> Json:
    shop, now, sku = visit.sandbox.shop, visit.now, str(request.get("sku", ""))
    if sku not in shop.skus:
        raise Refusal(404, "NOT_FOUND", f"There is no SKU {sku}")
    account, asin = visit.sandbox.scenario.account, shop.asin(sku)
    row = shop.offer_price(sku, now)
    identifier = {"marketplaceId": account.marketplace.id, "asin": asin, "fulfillmentType": "AFN"}
    result: Json = {
        "resultStatus": "VALID_FOEP",
        "featuredOfferExpectedPrice": {"listingPrice": _money(row.expected_price, account.marketplace.currency)},
    }  # fmt: skip
    featured = next((one for one in shop.offers(asin, now) if one.featured), None)
    if featured is not None:
        result["currentFeaturedOffer"] = {
            "offerIdentifier": {**identifier, "sellerId": featured.seller_id}, "condition": "New",
            "price": {"listingPrice": _money(featured.price, account.marketplace.currency)},
        }  # fmt: skip
    return {"offerIdentifier": {**identifier, "sellerId": account.seller, "sku": sku},
            "featuredOfferExpectedPriceResults": [result]}  # fmt: skip


def _money(micros: int, currency: str) -> Json:
    return {"currencyCode": currency, "amount": units(micros)}
