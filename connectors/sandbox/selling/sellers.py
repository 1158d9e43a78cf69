"""Sellers v1: where the account sells."""

from __future__ import annotations

from connectors.sandbox.answers import Answer, ok
from connectors.sandbox.operation import Visit

_PLACES = {
    "US": ("Amazon.com", "en_US", "www.amazon.com"), "CA": ("Amazon.ca", "en_CA", "www.amazon.ca"),
    "MX": ("Amazon.com.mx", "es_MX", "www.amazon.com.mx"), "UK": ("Amazon.co.uk", "en_GB", "www.amazon.co.uk"),
    "DE": ("Amazon.de", "de_DE", "www.amazon.de"), "FR": ("Amazon.fr", "fr_FR", "www.amazon.fr"),
    "IT": ("Amazon.it", "it_IT", "www.amazon.it"), "ES": ("Amazon.es", "es_ES", "www.amazon.es"),
    "JP": ("Amazon.co.jp", "ja_JP", "www.amazon.co.jp"),
}  # fmt: skip


def participations(visit: Visit) -> Answer:
    account = visit.sandbox.scenario.account
    place = account.marketplace
    name, language, domain = _PLACES.get(place.code, (f"Amazon {place.code}", "en_US", "www.amazon.com"))
    marketplace = {
        "id": place.id, "name": name, "countryCode": "GB" if place.code == "UK" else place.code,
        "defaultCurrencyCode": place.currency, "defaultLanguageCode": language, "domainName": domain,
    }  # fmt: skip
    participation = {"isParticipating": True, "hasSuspendedListings": False}
    return ok({"payload": [
        {"marketplace": marketplace, "participation": participation, "storeName": account.name},
    ]})  # fmt: skip
