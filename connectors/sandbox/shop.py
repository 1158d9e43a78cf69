"""The shop: stock, sales, orders, returns, listings, rivals of the account, over the same market as its ads.

All that is told is a function of (scenario, seed, moment asked for) and of the prices and listings that were in force.
A day that is over never changes; what is known of it grows until it is two days old.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import numpy as np

from agent.model.money import Money
from connectors.sandbox.books import Books
from connectors.sandbox.catalogue import BRAND, Article, articles
from connectors.sandbox.customers import Customers
from connectors.sandbox.happenings import Happenings, expected_of
from connectors.sandbox.levers import Levers
from connectors.sandbox.market import Market
from connectors.sandbox.office import Office
from connectors.sandbox.office_rows import (
    CostRow,
    EventRow,
    Expectation,
    LeadTimeRow,
    PurchaseOrderRow,
    SupplierRow,
    TargetRow,
)
from connectors.sandbox.orders import Orders
from connectors.sandbox.pages import FIELDS, Edit, Pages
from connectors.sandbox.rivals import Rivals
from connectors.sandbox.scenario import Goods, Incident, Product, Scenario, ShopPlan
from connectors.sandbox.shop_rows import (
    AccountSalesRow,
    AgeRow,
    CatalogRow,
    EconomicsRow,
    FeedbackRow,
    FeeRow,
    LedgerRow,
    LineRow,
    ListingRow,
    OfferPriceRow,
    OfferRow,
    OrderRow,
    ReturnRow,
    ReviewRow,
    RivalRow,
    SalesRow,
    ShipmentRow,
    StandingRow,
    StockRow,
    TopicRow,
    TransactionRow,
)
from connectors.sandbox.stockroom import Stockroom
from connectors.sandbox.trade import Trade

_ASK_FROM, _ASK_UNTIL = timedelta(days=5), timedelta(days=30)
_RANK_DAYS = 7


class Shop:
    """The shop of one account. Days are the marketplace's; ``now`` is never earlier than the sandbox's start."""

    def __init__(self, scenario: Scenario, seed: int, market: Market, begins: date) -> None:
        plan = scenario.shop or _usual_shop(scenario)
        goods = [plan.goods[product.sku] for product in scenario.products]
        prices = np.array([product.price.micros for product in scenario.products], dtype=np.float64)
        skus = tuple(product.sku for product in scenario.products)
        self.first = market.first
        self.happenings = Happenings(scenario.incidents, skus, begins, market.zone)
        self.trade = Trade(scenario, seed, market, begins, goods, self.happenings, Levers(prices))
        self._market, self._plan = market, plan
        self._articles = articles(scenario.products, goods, plan.quiet)
        self._places = {article.sku: article for article in self._articles}
        self._by_asin = {article.asin: article for article in self._articles}
        self._orders = Orders(self._articles, seed, market, self.trade)
        self._stockroom = Stockroom(self._articles, market, self.trade, self._orders)
        self._customers = Customers(self._articles, seed, market, self.trade, self.happenings)
        self._books = Books(self._articles, seed, market, self.trade, plan, self.happenings, self._orders,
                            self._customers)  # fmt: skip
        self._pages = Pages(self._articles, scenario.account.seller, market, self.trade, self.happenings)
        self._rivals = Rivals(self._articles, seed, market, plan, self.happenings)
        self._office = Office(self._articles, market, self.trade)
        self._requested: set[str] = set()
        self._counted: tuple[datetime, list[int]] | None = None

    @property
    def skus(self) -> tuple[str, ...]:
        """In the order of all rows."""
        return tuple(self._places)

    def asin(self, sku: str) -> str:
        """The SKU's ASIN; an unknown SKU is a ``KeyError``, as everywhere here."""
        return self._places[sku].asin

    def sku_of(self, asin: str) -> str | None:
        """The SKU under which we sell an ASIN; None where it is not ours."""
        article = self._by_asin.get(asin)
        return article.sku if article else None

    # Stock

    def stock(self, now: datetime) -> list[StockRow]:
        return list(self._stockroom.stock(now))

    def stock_health(self, now: datetime) -> list[AgeRow]:
        """As of the end of yesterday."""
        return list(self._stockroom.ages(now))

    def ledger(self, day: date, now: datetime) -> list[LedgerRow]:
        """Empty for a day that is not over."""
        return list(self._stockroom.ledger(day, now))

    def shipments(self, now: datetime) -> list[ShipmentRow]:
        """Those not closed, and those closed within 60 days."""
        self._sellable(now)
        return list(self._stockroom.shipments(now))

    # Sales

    def sales(self, day: date, now: datetime) -> list[SalesRow]:
        """What is known of the day by ``now``; nothing before it is over; SKUs without any view are left out."""
        return list(self._books.sales(day, now))

    def account_sales(self, day: date, now: datetime) -> AccountSalesRow | None:
        """The sum of ``sales``, and what customers did that day; None where ``sales`` is empty."""
        return self._books.account_sales(day, now)

    def economics(self, day: date, now: datetime) -> list[EconomicsRow]:
        """Empty for a day that ended less than two days ago."""
        return list(self._books.economics(day, now))

    def orders(self, since: datetime, until: datetime) -> list[OrderRow]:
        """Orders whose last update by ``until`` lies at ``since`` or later, as they stand at ``until``."""
        return list(self._orders.updated(since, until))

    def orders_placed(self, since: datetime, until: datetime, now: datetime) -> list[OrderRow]:
        """Orders placed at ``since`` <= t < ``until``, as they stand at ``now``.

        Those through ads are told once their day is over; the update by which they appear lies after that moment.
        """
        return list(self._orders.placed(since, until, now))

    def order(self, order_id: str, now: datetime) -> OrderRow | None:
        found = self._orders.find(order_id, now)
        return self._orders.row(found, now) if found else None

    def order_lines(self, since: datetime, until: datetime) -> list[LineRow]:
        """The lines of ``orders`` of the same stretch."""
        return [order.line for order in self._orders.updated(since, until)]

    def transactions(self, since: datetime, until: datetime) -> list[TransactionRow]:
        """Posted at ``since`` <= t < ``until``, oldest first."""
        return list(self._books.transactions(since, until))

    # Customers

    def returns(self, since: datetime, until: datetime) -> list[ReturnRow]:
        """Returned at ``since`` <= t < ``until``, of days that are over at ``until``."""
        return list(self._customers.returns(since, until))

    def feedback(self, since: datetime, until: datetime) -> list[FeedbackRow]:
        return list(self._customers.feedback(since, until))

    def reviews(self, since: datetime, until: datetime) -> list[ReviewRow]:
        """Reviews with a text. Amazon has no call for them: they are for exported files."""
        return list(self._customers.reviews(since, until))

    def topics(self, asin: str, now: datetime) -> list[TopicRow]:
        """Empty for an ASIN that is not ours."""
        article = self._by_asin.get(asin)
        return list(self._customers.topics(article.place, now)) if article else []

    def standing(self, now: datetime) -> StandingRow:
        """The account's health over the last 60 days."""
        return self._books.standing(now)

    def may_request_review(self, order_id: str, now: datetime) -> bool:
        """Whether Amazon would take a review request: shipped, 5 to 30 days after delivery, not yet asked."""
        found = self._orders.find(order_id, now)
        if found is None or found.cancelled or order_id in self._requested:
            return False
        return found.latest_delivery + _ASK_FROM <= now <= found.latest_delivery + _ASK_UNTIL

    def review_requested(self, order_id: str) -> bool:
        return order_id in self._requested

    # Listings

    def listings(self, now: datetime) -> list[ListingRow]:
        stock = self._sellable(now)
        return [self._pages.row(article, now, stock[article.place]) for article in self._articles]

    def listing(self, sku: str, now: datetime) -> ListingRow | None:
        """None for a SKU that does not exist."""
        article = self._places.get(sku)
        return self._pages.row(article, now, self._sellable(now)[article.place]) if article else None

    def offers(self, asin: str, now: datetime) -> list[OfferRow]:
        """Of our ASINs; empty for any other."""
        article = self._by_asin.get(asin)
        return list(self._pages.offers(article, now, self._sellable(now)[article.place])) if article else []

    def offer_price(self, sku: str, now: datetime) -> OfferPriceRow:
        article = self._places[sku]
        return self._pages.offer_price(article, now, self._sellable(now)[article.place])

    def rivals(self, sku: str, now: datetime) -> list[RivalRow]:
        return list(self._rivals.of(self._places[sku], now))

    def rival(self, asin: str, now: datetime) -> RivalRow | None:
        """A rival by its ASIN, as it stands beside the first product it competes with."""
        return self._rivals.find(asin, now)

    def catalog(self, asin: str, now: datetime) -> CatalogRow | None:
        """Our own products and the rivals'; None for an ASIN that exists nowhere."""
        article = self._by_asin.get(asin)
        if article is not None:
            rating, ratings = self._customers.rated(article.place, now)
            title = self._pages.row(article, now, 1).title
            return CatalogRow(asin, title, BRAND, article.parent_asin, article.product_type, self._rank(article, now),
                              article.product.category, rating, ratings)  # fmt: skip
        rival = self._rivals.find(asin, now)
        if rival is None:
            return None
        ours = self._places[rival.sku]
        return CatalogRow(asin, rival.name, rival.brand, "", ours.product_type, rival.rank, ours.product.category,
                          rival.rating, rival.rating_count)  # fmt: skip

    def fees(self, sku: str, price: int) -> FeeRow:
        return self._books.fees(self._places[sku], price)

    # The operator's own lists

    def costs(self, now: datetime) -> list[CostRow]:
        return list(self._office.costs())

    def lead_times(self, now: datetime) -> list[LeadTimeRow]:
        return list(self._office.lead_times())

    def suppliers(self, now: datetime) -> list[SupplierRow]:
        return list(self._office.suppliers(now))

    def purchase_orders(self, now: datetime) -> list[PurchaseOrderRow]:
        """Those whose units are not all in stock yet, and those that came in within 60 days."""
        self._sellable(now)
        return list(self._office.purchase_orders(now))

    def targets(self, now: datetime) -> list[TargetRow]:
        """Of the running month."""
        return list(self._office.targets(now))

    def events(self, now: datetime) -> list[EventRow]:
        """The calendar from 30 days ago to a year ahead."""
        return list(self._office.events(now))

    # What may be done to it

    def set_price(self, sku: str, price: int, at: datetime) -> None:
        """The price shown changes at once; shoppers answer from the next marketplace day on."""
        if price <= 0:
            raise ValueError("a price is above 0")
        prices = self.trade.prices.now.copy()
        prices[self._places[sku].place] = price
        self.trade.prices.set(prices, at)

    def edit_listing(self, sku: str, field: str, value: str, at: datetime, by: str) -> None:
        """Change ``title``, ``bullets`` (one a line), ``description``, ``main_image`` or ``other_images`` (one a line).

        ``by`` is ``us`` or ``outsider``. Another field is a ``ValueError``.
        """
        if field not in FIELDS or by not in ("us", "outsider"):
            raise ValueError(f"there is no {field} by {by}; there are: {', '.join(FIELDS)} by us or outsider")
        self._pages.edits.append(Edit(at, self._places[sku].place, field, value, by))

    def request_review(self, order_id: str, at: datetime) -> bool:
        """False, and nothing happens, where ``may_request_review`` says no."""
        if not self.may_request_review(order_id, at):
            return False
        self._requested.add(order_id)
        return True

    # What goes wrong

    def stalled(self, feed: str, now: datetime) -> datetime | None:
        """Since when a feed (``sales``, ``stock``, ``ads``) brings nothing new; None while it runs.

        A report of a stalled feed is never done; what a read shows is what was known at that moment.
        """
        running = self.happenings.running(now, "feed_stale")
        return min((self.happenings.moment(one.day) for _, one in running if one.text == feed), default=None)

    def stalled_seconds(self, feed: str, now: datetime) -> float:
        """How long a stalled feed will bring nothing; 0 while it runs."""
        running = self.happenings.running(now, "feed_stale")
        ends = [self.happenings.moment(one.until) for _, one in running if one.text == feed]
        return max(((end - now).total_seconds() for end in ends), default=0.0)

    # Ground truth

    def expectations(self) -> list[Expectation]:
        """What the planted incidents must lead to, numbered in the order of the scenario."""
        rows = expected_of([one for one in self.happenings.incidents if one.sku in self._places])
        return [
            Expectation(number, self._knowable(one), one.sku, one.kind, one.expect, one.forbid,
                        self.happenings.day(one.deadline), self.happenings.moment(one.day))
            for number, one in rows if one.deadline is not None
        ]  # fmt: skip

    def _knowable(self, incident: Incident) -> date:
        """The first day on which telling it is no guess: what will be charged is seen since the 15th before."""
        day = self.happenings.day(incident.day)
        if incident.kind != "aged_stock" or day.day == 15:
            return day
        return day.replace(day=15) if day.day > 15 else (day.replace(day=1) - timedelta(days=1)).replace(day=15)

    @property
    def quiet(self) -> tuple[str, ...]:
        """SKUs to which nothing out of the ordinary happens."""
        return tuple(sku for sku in self._plan.quiet if sku in self._places)

    def written_prices(self) -> Mapping[str, int]:
        """By SKU: the prices set through ``set_price`` that hold now."""
        return {
            article.sku: int(self.trade.prices.now[article.place])
            for article in self._articles
            if self.trade.prices.now[article.place] != article.product.price.micros
        }

    def _sellable(self, now: datetime) -> list[int]:
        """Sellable units by place. Many listings are read at one moment, so the last moment's answer is kept."""
        if self._counted is None or self._counted[0] != now:
            self._counted = now, [row.fulfillable for row in self._stockroom.stock(now)]
        return self._counted[1]

    def _rank(self, article: Article, now: datetime) -> int:
        """Better the more was sold in the last week."""
        today = self._market.today(now)
        week = [self.trade.closed(today - timedelta(days=n), now) for n in range(1, _RANK_DAYS + 1)]
        sold = sum(int(done.units[article.place]) for done in week if done) / _RANK_DAYS
        return max(1, round(float(60_000 / (sold + 0.2) ** 1.1)))


def _usual_shop(scenario: Scenario) -> ShopPlan:
    """The shop of a scenario that says nothing of one: middling goods, and ads that always find stock."""
    return ShopPlan({product.sku: _usual_goods(product) for product in scenario.products})


def _usual_goods(product: Product) -> Goods:
    price = product.price
    return Goods(
        product.sku, Money(price.micros // 4, price.currency), 0.15, Money(price.micros // 6, price.currency), 0.2,
        0.06, min(0.9, product.cvr * 1.2), 45, 9, 4.2, 300,
    )  # fmt: skip
