"""The shop: stock, sales, orders, returns, listings, rivals of the account, over the same market as its ads.

All that is told is a function of (scenario, seed, moment asked for) and of the prices and listings that were in force.
A day that is over never changes; what is known of it grows until it is two days old.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from connectors.sandbox.shop_rows import (
    AgeRow,
    CatalogRow,
    CostRow,
    EconomicsRow,
    EventRow,
    Expectation,
    FeedbackRow,
    FeeRow,
    LeadTimeRow,
    LedgerRow,
    LineRow,
    ListingRow,
    OfferPriceRow,
    OfferRow,
    OrderRow,
    PurchaseOrderRow,
    ReturnRow,
    ReviewRow,
    RivalRow,
    SalesRow,
    ShipmentRow,
    StandingRow,
    StockRow,
    SupplierRow,
    TargetRow,
    TopicRow,
    TransactionRow,
)


class Shop:
    """The shop of one account. Days are the marketplace's; ``now`` is never earlier than the sandbox's start."""

    first: date
    """The first day of its history."""

    @property
    def skus(self) -> tuple[str, ...]:
        """In the order of all rows."""
        raise NotImplementedError

    def asin(self, sku: str) -> str:
        """The SKU's ASIN; an unknown SKU is a ``KeyError``, as everywhere here."""
        raise NotImplementedError

    # Stock

    def stock(self, now: datetime) -> list[StockRow]:
        raise NotImplementedError

    def stock_health(self, now: datetime) -> list[AgeRow]:
        """As of the end of yesterday."""
        raise NotImplementedError

    def ledger(self, day: date, now: datetime) -> list[LedgerRow]:
        """Empty for a day that is not over."""
        raise NotImplementedError

    def shipments(self, now: datetime) -> list[ShipmentRow]:
        """Those not closed, and those closed within 60 days."""
        raise NotImplementedError

    # Sales

    def sales(self, day: date, now: datetime) -> list[SalesRow]:
        """What is known of the day by ``now``; rows of SKUs without any traffic are left out."""
        raise NotImplementedError

    def economics(self, day: date, now: datetime) -> list[EconomicsRow]:
        """Empty for a day younger than two days."""
        raise NotImplementedError

    def orders(self, since: datetime, until: datetime) -> list[OrderRow]:
        """Orders that were last updated at ``since`` <= t < ``until``, as they stand at ``until``, by that moment."""
        raise NotImplementedError

    def order(self, order_id: str, now: datetime) -> OrderRow | None:
        raise NotImplementedError

    def order_lines(self, since: datetime, until: datetime) -> list[LineRow]:
        """The lines of ``orders`` of the same stretch."""
        raise NotImplementedError

    def transactions(self, since: datetime, until: datetime) -> list[TransactionRow]:
        """Posted at ``since`` <= t < ``until``, oldest first."""
        raise NotImplementedError

    # Customers

    def returns(self, since: datetime, until: datetime) -> list[ReturnRow]:
        raise NotImplementedError

    def feedback(self, since: datetime, until: datetime) -> list[FeedbackRow]:
        raise NotImplementedError

    def reviews(self, since: datetime, until: datetime) -> list[ReviewRow]:
        """Reviews with a text. Amazon has no call for them: they are for exported files."""
        raise NotImplementedError

    def topics(self, asin: str, now: datetime) -> list[TopicRow]:
        raise NotImplementedError

    def standing(self, now: datetime) -> StandingRow:
        """The account's health over the last 60 days."""
        raise NotImplementedError

    def may_request_review(self, order_id: str, now: datetime) -> bool:
        """Whether Amazon would take a review request: shipped, 5 to 30 days after delivery, not yet asked."""
        raise NotImplementedError

    # Listings

    def listings(self, now: datetime) -> list[ListingRow]:
        raise NotImplementedError

    def listing(self, sku: str, now: datetime) -> ListingRow | None:
        raise NotImplementedError

    def offers(self, asin: str, now: datetime) -> list[OfferRow]:
        raise NotImplementedError

    def offer_price(self, sku: str, now: datetime) -> OfferPriceRow:
        raise NotImplementedError

    def rivals(self, sku: str, now: datetime) -> list[RivalRow]:
        raise NotImplementedError

    def catalog(self, asin: str, now: datetime) -> CatalogRow | None:
        """Our own products and the rivals'; None for an ASIN that exists nowhere."""
        raise NotImplementedError

    def fees(self, sku: str, price: int) -> FeeRow:
        raise NotImplementedError

    # The operator's own lists

    def costs(self, now: datetime) -> list[CostRow]:
        raise NotImplementedError

    def lead_times(self, now: datetime) -> list[LeadTimeRow]:
        raise NotImplementedError

    def suppliers(self, now: datetime) -> list[SupplierRow]:
        raise NotImplementedError

    def purchase_orders(self, now: datetime) -> list[PurchaseOrderRow]:
        """Those not wholly received, and those received within 60 days."""
        raise NotImplementedError

    def targets(self, now: datetime) -> list[TargetRow]:
        """Of the running month."""
        raise NotImplementedError

    def events(self, now: datetime) -> list[EventRow]:
        """The calendar from 30 days ago to a year ahead."""
        raise NotImplementedError

    # What may be done to it

    def set_price(self, sku: str, price: int, at: datetime) -> None:
        """The price shown changes at once; shoppers answer from the next marketplace day on."""
        raise NotImplementedError

    def edit_listing(self, sku: str, field: str, value: str, at: datetime, by: str) -> None:
        """Change ``title``, ``bullets`` (one a line), ``description``, ``main_image`` or ``other_images`` (one a line).

        ``by`` is ``us`` or ``outsider``. Another field is a ``ValueError``.
        """
        raise NotImplementedError

    def request_review(self, order_id: str, at: datetime) -> bool:
        """False, and nothing happens, where ``may_request_review`` says no."""
        raise NotImplementedError

    # What goes wrong

    def stalled(self, feed: str, now: datetime) -> datetime | None:
        """Since when a feed (``sales``, ``stock``, ``ads``) brings nothing new; None while it runs.

        A report of a stalled feed is never done; what a read shows is what was known at that moment.
        """
        raise NotImplementedError

    # Ground truth

    def expectations(self) -> list[Expectation]:
        """What the planted incidents must lead to."""
        raise NotImplementedError

    @property
    def quiet(self) -> tuple[str, ...]:
        """SKUs to which nothing out of the ordinary happens."""
        raise NotImplementedError

    def written_prices(self) -> Mapping[str, int]:
        """By SKU: the prices set through ``set_price`` that hold now."""
        raise NotImplementedError
