"""Product Fees v0: what Amazon would take of one unit, for many SKUs or ASINs at once."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from agent.model.money import MICROS
from connectors.sandbox.answers import Answer, invalid, ok
from connectors.sandbox.operation import Visit
from connectors.sandbox.selling.report_jobs import Json
from connectors.sandbox.selling.telling import units
from connectors.sandbox.shop_rows import FeeRow

_MOST = 20
_TYPES = (("ReferralFee", "referral_fee"), ("FBAFees", "fulfillment_fee"), ("VariableClosingFee", "other_fees"))


def estimates(visit: Visit) -> Answer:
    """Amazon: a bare array comes back, and every item says for itself whether it succeeded."""
    requests = visit.call.json_list()
    if not 0 < len(requests) <= _MOST:
        raise invalid(f"between 1 and {_MOST} requests are taken")
    return ok([_estimate(visit, request) for request in requests])


def _estimate(visit: Visit, request: object) -> Json:
    wanted = request.get("FeesEstimateRequest") if isinstance(request, Mapping) else None
    if not isinstance(request, Mapping) or not isinstance(wanted, Mapping):
        raise invalid("every request needs IdType, IdValue and FeesEstimateRequest")
    type, value = request.get("IdType"), str(request.get("IdValue", ""))
    if type not in ("ASIN", "SellerSKU"):
        raise invalid("IdType must be ASIN or SellerSKU")
    price = _price(wanted, visit.sandbox.scenario.account.marketplace.currency)
    if not wanted.get("Identifier") or not wanted.get("MarketplaceId"):
        raise invalid("FeesEstimateRequest needs MarketplaceId and Identifier")
    identifier = {
        "MarketplaceId": wanted["MarketplaceId"], "SellerId": visit.sandbox.scenario.account.seller, "IdType": type,
        "IdValue": value, "IsAmazonFulfilled": wanted.get("IsAmazonFulfilled") is True,
        "PriceToEstimateFees": {"ListingPrice": _amount(visit, price)}, "SellerInputIdentifier": wanted["Identifier"],
    }  # fmt: skip
    sku = _sku(visit, str(type), value)
    if wanted["MarketplaceId"] != visit.sandbox.scenario.account.marketplace.id or sku is None:
        return {
            "Status": "ClientError",
            "FeesEstimateIdentifier": identifier,
            "Error": {
                "Type": "Sender",
                "Code": "InvalidParameterValue",
                "Message": f"There is no {type} {value}",
                "Detail": [],
            },
        }
    return {"Status": "Success", "FeesEstimateIdentifier": identifier,
            "FeesEstimate": _fees(visit, visit.sandbox.shop.fees(sku, price))}  # fmt: skip


def _price(wanted: Mapping[str, object], currency: str) -> int:
    prices = wanted.get("PriceToEstimateFees")
    listing = prices.get("ListingPrice") if isinstance(prices, Mapping) else None
    amount = listing.get("Amount") if isinstance(listing, Mapping) else None
    if not isinstance(listing, Mapping) or not isinstance(amount, int | Decimal) or amount < 0:
        raise invalid("PriceToEstimateFees needs a ListingPrice with an Amount")
    if listing.get("CurrencyCode") != currency:
        raise invalid(f"the currency of this marketplace is {currency}")
    return int(amount * MICROS)


def _sku(visit: Visit, type: str, value: str) -> str | None:
    shop = visit.sandbox.shop
    return next((sku for sku in shop.skus if value == (sku if type == "SellerSKU" else shop.asin(sku))), None)


def _fees(visit: Visit, row: FeeRow) -> Json:
    total = row.referral_fee + row.fulfillment_fee + row.other_fees
    nothing = _amount(visit, 0)
    details = [
        {"FeeType": name, "FeeAmount": _amount(visit, getattr(row, field)), "FeePromotion": nothing,
         "FinalFee": _amount(visit, getattr(row, field))}
        for name, field in _TYPES
    ]  # fmt: skip
    return {"TimeOfFeesEstimation": visit.now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "TotalFeesEstimate": _amount(visit, total), "FeeDetailList": details}  # fmt: skip


def _amount(visit: Visit, micros: int) -> Json:
    return {"CurrencyCode": visit.sandbox.scenario.account.marketplace.currency, "Amount": units(micros)}
