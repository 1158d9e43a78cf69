"""Listings: what is written on them, what they ask, whether they can be bought, and who else offers there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.sandbox.catalogue import BRAND, Article
from connectors.sandbox.happenings import Happenings
from connectors.sandbox.market import Market
from connectors.sandbox.scenario import Incident
from connectors.sandbox.shop_rows import IssueRow, ListingRow, OfferPriceRow, OfferRow
from connectors.sandbox.trade import Trade
from connectors.sandbox.words import asins

FIELDS = ("title", "bullets", "description", "main_image", "other_images")
_PICTURES = 7
_EXPECTED_ABOVE = 1.02


@dataclass(frozen=True, slots=True)
class Edit:
    """``by`` is ``us`` or ``outsider``; lists are one entry a line."""

    at: datetime
    place: int
    field: str
    value: str
    by: str


class Pages:
    def __init__(self, articles: tuple[Article, ...], seller: str, market: Market, trade: Trade,
                 happenings: Happenings) -> None:  # fmt: skip
        self._articles, self._seller, self._market, self._trade = articles, seller, market, trade
        self._happenings = happenings
        self.edits = [self._planted(place, incident) for place, incident in happenings.of("title_edit")]

    def row(self, article: Article, now: datetime, sellable: int) -> ListingRow:
        """``sellable``: units in stock; without them Amazon does not call a listing buyable."""
        texts, changed = self._texts(article), self._market.bounds(self._trade.first)[0] - timedelta(days=400)
        opened = changed
        for edit in sorted((one for one in self.edits if one.place == article.place), key=lambda one: one.at):
            if edit.at <= now:
                texts[edit.field], changed = edit.value, edit.at
        issues = tuple(self._issues(article, now))
        suppressed = {issue.enforcement for issue in issues}
        return ListingRow(
            article.sku, article.asin, article.parent_asin, article.fnsku, texts["title"],
            tuple(texts["bullets"].splitlines()), texts["description"], texts["main_image"],
            tuple(texts["other_images"].splitlines()), article.product_type, BRAND, self.price(article, now), 0, "fba",
            sellable > 0 and "LISTING_SUPPRESSED" not in suppressed,
            not suppressed & {"LISTING_SUPPRESSED", "SEARCH_SUPPRESSED"}, opened, changed, issues,
        )  # fmt: skip

    def price(self, article: Article, now: datetime) -> int:
        """Micros, in whole cents."""
        value = float(self._trade.prices.at(now + timedelta(microseconds=1))[article.place])
        factor = float(self._happenings.market(self._market.today(now), "price")[article.place])
        return round(value * factor / 10_000) * 10_000

    def offers(self, article: Article, now: datetime, sellable: int) -> Iterator[OfferRow]:
        price = self.price(article, now)
        intruders = [one for place, one in self._happenings.running(now, "hijack") if place == article.place]
        if sellable > 0:
            yield OfferRow(article.asin, self._seller, True, not intruders, price, "fba")
        for incident in intruders:
            seller = "A3" + asins(f"{article.sku} hijacker", 1)[0]
            asked = round(price * incident.factor / 10_000) * 10_000
            yield OfferRow(article.asin, seller, False, True, asked, "mfn")

    def offer_price(self, article: Article, now: datetime, sellable: int) -> OfferPriceRow:
        offers = list(self.offers(article, now, sellable))
        featured = next((offer for offer in offers if offer.featured), None)
        expected = round(self.price(article, now) * _EXPECTED_ABOVE / 10_000) * 10_000
        if featured and not featured.own:
            expected = featured.price
        lowest = min((offer.price for offer in offers), default=None)
        return OfferPriceRow(article.sku, article.asin, featured.price if featured else None,
                             bool(featured and featured.own), expected, None, lowest, len(offers))  # fmt: skip

    def _texts(self, article: Article) -> dict[str, str]:
        return {
            "title": f"{article.name} – {article.product.category} Essential with 2-Year Promise",
            "bullets": "\n".join(article.bullets),
            "description": article.description,
            "main_image": article.image(0),
            "other_images": "\n".join(article.image(number) for number in range(1, _PICTURES)),
        }

    def _planted(self, place: int, incident: Incident) -> Edit:
        article = self._articles[place]
        before = self._texts(article)[incident.text]
        after = article.image(99) if incident.text == "main_image" else f"{before} NEW 2-in-1 Edition"
        return Edit(self._happenings.moment(incident.day), place, incident.text, after, "outsider")

    def _issues(self, article: Article, now: datetime) -> Iterator[IssueRow]:
        for place, incident in self._happenings.running(now, "suppressed"):
            if place == article.place:
                yield IssueRow(
                    "90220", "'material' is required but not supplied.", "ERROR", ("material",), incident.text,
                    self._happenings.moment(incident.day),
                )  # fmt: skip
