"""The rivals of every product: a few close ones and more that are not, with prices that move in steps and deals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache

from connectors.sandbox.catalogue import Article
from connectors.sandbox.chance import Floats, stream
from connectors.sandbox.happenings import Happenings
from connectors.sandbox.market import Market
from connectors.sandbox.scenario import ShopPlan
from connectors.sandbox.shop_rows import RivalRow
from connectors.sandbox.words import asins

_RIVAL, _STEP, _DEAL, _GONE = 30, 31, 32, 33
_CLOSE = (0.97, 1.08, 1.17)
"""What the close rivals ask, over our usual price; more close ones ask more."""
_STEP_DAYS, _DEAL_DAYS, _GONE_DAYS = 20, 45, 10
_NAMES = ("Alder", "Birch", "Cedar", "Dover", "Elm", "Fjord", "Grove", "Harbor", "Iris", "Juno", "Kite", "Lark")


class Rivals:
    def __init__(self, articles: tuple[Article, ...], seed: int, market: Market, plan: ShopPlan,
                 happenings: Happenings) -> None:  # fmt: skip
        self._articles, self._seed, self._market, self._plan = articles, seed, market, plan
        self._happenings = happenings
        self._owners = {asin: (article.place, number) for article in articles
                        for number, asin in enumerate(self.asins(article))}  # fmt: skip

    def asins(self, article: Article) -> list[str]:
        """The same that the product campaigns target."""
        return list(_asins(article.sku, self._plan.rivals))

    def close(self, number: int) -> bool:
        return number < self._plan.close_rivals

    def name(self, number: int) -> str:
        return _NAMES[number % len(_NAMES)]

    def of(self, article: Article, now: datetime) -> Iterator[RivalRow]:
        return (self.row(article, number, now) for number in range(self._plan.rivals))

    def find(self, asin: str, now: datetime) -> RivalRow | None:
        if asin not in self._owners:
            return None
        place, number = self._owners[asin]
        return self.row(self._articles[place], number, now)

    def row(self, article: Article, number: int, now: datetime) -> RivalRow:
        luck = _luck(5, self._seed, _RIVAL, article.place, number)
        day = self._market.today(now)
        price = self._price(article, number, now, day, float(luck[0]))
        rank = round(800 * 40 ** float(luck[1]) * (1 + 0.1 * self._luck(_STEP, article, number, day.toordinal())[3]))
        rating = 4.0 + 0.6 * float(luck[2]) if self.close(number) else 3.5 + 1.3 * float(luck[2])
        ratings = round(60 * 60 ** float(luck[3])) + (day - self._market.first).days // 4
        return RivalRow(
            article.sku, self.asins(article)[number], f"{self.name(number)} {article.product.title}", self.name(number),
            self.close(number), price, rank, round(rating, 1), ratings, 0 if price is None else 1 + int(luck[4] * 3),
        )  # fmt: skip

    def _price(self, article: Article, number: int, now: datetime, day: date, luck: float) -> int | None:
        """Micros, in whole cents less one; None while it is out of stock. The closest rival never is."""
        usual = _CLOSE[min(number, 2)] + 0.06 * max(0, number - 2) if self.close(number) else 0.65 * 2.6**luck
        factor = usual * self._step(article, number, day)
        if number > 0 and not article.quiet:
            if self._luck(_GONE, article, number, day.toordinal() // _GONE_DAYS)[0] < 0.04:
                return None
            factor *= self._deal(article, number, day)
        if number == 0:
            for place, incident in self._happenings.running(now, "rival_price"):
                factor *= incident.factor if place == article.place else 1.0
        dollars = max(1, round(article.product.price.micros * factor / 1_000_000))
        return dollars * 1_000_000 - 10_000

    def _step(self, article: Article, number: int, day: date) -> float:
        """In most stretches of twenty days a lower price for a while; small where the rival is the closest."""
        chance, start, length, depth = self._luck(_STEP, article, number, day.toordinal() // _STEP_DAYS)
        position = day.toordinal() % _STEP_DAYS - start * 12
        if chance > 0.63 or not 0 <= position < 3 + 5 * length or (article.quiet and self.close(number)):
            return 1.0
        return float(1 - (0.01 + 0.03 * depth)) if number == 0 else float(1 - (0.03 + 0.09 * depth))

    def _deal(self, article: Article, number: int, day: date) -> float:
        chance, start, length, depth = self._luck(_DEAL, article, number, day.toordinal() // _DEAL_DAYS)
        position = day.toordinal() % _DEAL_DAYS - start * 38
        return float(0.85 - 0.05 * depth) if chance < 0.63 and 0 <= position < 2 + 4 * length else 1.0

    def _luck(self, purpose: int, article: Article, number: int, block: int) -> Floats:
        return _luck(4, self._seed, purpose, article.place, number, block)


@lru_cache(maxsize=20_000)
def _luck(many: int, *keys: int) -> Floats:
    """Read at every look at a rival, and the same for as long as a block of days lasts. Not to be written to."""
    luck = stream(*keys).random(many)
    luck.flags.writeable = False
    return luck


@lru_cache(maxsize=1000)
def _asins(sku: str, many: int) -> tuple[str, ...]:
    return tuple(asins(f"{sku} rivals", many))
