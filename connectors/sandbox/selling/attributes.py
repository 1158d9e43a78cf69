"""A listing's attributes as Listings Items knows them, made from the shop's row, and read back from a patch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from agent.model.marketplace import Marketplace
from agent.model.money import MICROS
from connectors.sandbox.selling.patches import Attributes, Values
from connectors.sandbox.selling.report_jobs import Json
from connectors.sandbox.selling.telling import units
from connectors.sandbox.shop_rows import ListingRow

OFFER = "purchasable_offer"
_LANGUAGES = {"US": "en_US", "UK": "en_GB", "CA": "en_CA", "DE": "de_DE", "FR": "fr_FR", "IT": "it_IT",
              "ES": "es_ES", "JP": "ja_JP"}  # fmt: skip
_IMAGE = "other_product_image_locator_{}"
_MOST_IMAGES = 8
_BUSINESS_SHARE, _LOWEST, _HIGHEST = 0.95, 0.7, 1.6


def attributes(row: ListingRow, offers: Values, place: Marketplace) -> Attributes:
    """All attributes that are simulated."""
    text = {"language_tag": _LANGUAGES.get(place.code, "en_US"), "marketplace_id": place.id}
    here = {"marketplace_id": place.id}
    found: Attributes = {
        "item_name": [{"value": row.title, **text}],
        "brand": [{"value": row.brand, **text}],
        "bullet_point": [{"value": bullet, **text} for bullet in row.bullets],
        "product_description": [{"value": row.description, **text}] if row.description else [],
        "main_product_image_locator": [{"media_location": row.main_image, **here}] if row.main_image else [],
        OFFER: offers,
        "fulfillment_availability": [{"fulfillment_channel_code": "AMAZON_NA"}] if row.channel == "fba" else [
            {"fulfillment_channel_code": "DEFAULT", "quantity": row.quantity}],
        "condition_type": [{"value": "new_new", **here}],
    }  # fmt: skip
    for number, image in enumerate(row.other_images[:_MOST_IMAGES], 1):
        found[_IMAGE.format(number)] = [{"media_location": image, **here}]
    return {name: values for name, values in found.items() if values}


def first_offers(price: int, place: Marketplace) -> Values:
    """The offer as the seller once set it up: with limits of its own, and another one for businesses."""

    def schedule(micros: float) -> list[Json]:
        return [{"schedule": [{"value_with_tax": units(round(micros))}]}]

    here: Json = {"marketplace_id": place.id, "currency": place.currency}
    return [
        {**here, "audience": "ALL", "our_price": schedule(price),
         "minimum_seller_allowed_price": schedule(price * _LOWEST),
         "maximum_seller_allowed_price": schedule(price * _HIGHEST)},
        {**here, "audience": "B2B", "our_price": schedule(price * _BUSINESS_SHARE)},
    ]  # fmt: skip


def with_price(offers: Values, price: int) -> Values:
    """The same offers with the price that holds for everybody."""
    said = [{"schedule": [{"value_with_tax": units(price)}]}]
    return [{**one, "our_price": said} if _for_all(one) else one for one in offers]


def price_of(offers: Sequence[Mapping[str, object]]) -> int | None:
    """The price for everybody in micros; None where the offers name none."""
    for one in offers:
        value = _value(one.get("our_price")) if _for_all(one) else None
        if value is not None:
            return int(value * MICROS)
    return None


def sale_of(offers: Sequence[Mapping[str, object]], now: datetime) -> int | None:
    """The reduced price that runs now, in micros."""
    for one in offers:
        sale = one.get("discounted_price") if _for_all(one) else None
        schedule = _schedule(sale)
        if schedule and _runs(schedule, now):
            value = _number(schedule.get("value_with_tax"))
            return None if value is None else int(value * MICROS)
    return None


def content_of(found: Mapping[str, Values]) -> dict[str, str]:
    """What the shop's listing holds, by the shop's names."""
    images = [_first(found, _IMAGE.format(number), "media_location") for number in range(1, _MOST_IMAGES + 1)]
    return {
        "title": _first(found, "item_name", "value"),
        "bullets": "\n".join(str(one.get("value", "")) for one in found.get("bullet_point", [])),
        "description": _first(found, "product_description", "value"),
        "main_image": _first(found, "main_product_image_locator", "media_location"),
        "other_images": "\n".join(image for image in images if image),
    }


def _first(found: Mapping[str, Values], name: str, field: str) -> str:
    return next((str(one.get(field, "")) for one in found.get(name, [])), "")


def _for_all(one: Mapping[str, object]) -> bool:
    return one.get("audience", "ALL") == "ALL"


def _value(prices: object) -> Decimal | None:
    schedule = _schedule(prices)
    return _number(schedule.get("value_with_tax")) if schedule else None


def _number(value: object) -> Decimal | None:
    return Decimal(str(value)) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None


def _schedule(prices: object) -> Mapping[str, object] | None:
    first = prices[0] if isinstance(prices, list) and prices else None
    schedules = first.get("schedule") if isinstance(first, Mapping) else None
    schedule = schedules[0] if isinstance(schedules, list) and schedules else None
    return schedule if isinstance(schedule, Mapping) else None


def _runs(schedule: Mapping[str, object], now: datetime) -> bool:
    try:
        start, end = (datetime.fromisoformat(str(schedule[name])) for name in ("start_at", "end_at"))
        return start <= now < end
    except (KeyError, ValueError, TypeError):
        return False
