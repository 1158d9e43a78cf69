"""What the simulated shop tells, a plain row per thing. Money is micros, instants are UTC, days the marketplace's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class StockRow:
    """FBA stock of a SKU as it is at a moment."""

    sku: str
    asin: str
    fnsku: str
    name: str
    fulfillable: int
    reserved_orders: int
    reserved_transfer: int
    reserved_processing: int
    inbound_working: int
    inbound_shipped: int
    inbound_receiving: int
    unfulfillable: int
    researching: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class AgeRow:
    """Sellable stock by age at the end of the day before, and what follows from it."""

    day: date
    sku: str
    asin: str
    fnsku: str
    name: str
    available: int
    age_0_90: int
    age_91_180: int
    age_181_270: int
    age_271_365: int
    age_over_365: int
    aged_fee_units: int
    """Units that will be older than 180 days on the next 15th, if sales go on as in the last 30 days."""
    aged_fee: int
    days_of_supply: int | None
    """None where nothing was sold in 30 days."""
    historical_days_short: float | None
    historical_days_long: float | None
    minimum_level: int
    health: str
    """healthy, low_stock, excess or out_of_stock."""
    excess_units: int
    sell_through: float
    shipped_7d: int
    shipped_30d: int
    shipped_60d: int
    shipped_90d: int
    storage_cost: int
    low_inventory_fee: bool
    low_inventory_exempt: bool


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """What moved in a SKU's sellable stock on one day; all figures are counts, none negative.

    starting + receipts − customer_shipments + customer_returns + found − lost − damaged − disposed = ending, of the
    sellable disposition: units that come back unsellable are not in it.
    """

    day: date
    sku: str
    asin: str
    fnsku: str
    name: str
    starting_balance: int
    receipts: int
    customer_shipments: int
    customer_returns: int
    found: int
    lost: int
    damaged: int
    disposed: int
    ending_balance: int


@dataclass(frozen=True, slots=True)
class SalesRow:
    """Sales and traffic of a SKU on one day, as far as they are known."""

    day: date
    sku: str
    asin: str
    parent_asin: str
    sessions: int
    page_views: int
    units_ordered: int
    order_items: int
    ordered_sales: int
    featured_offer_share: float
    units_refunded: int
    complete: bool
    """Whether nothing of this day can change any more."""


@dataclass(frozen=True, slots=True)
class AccountSalesRow:
    """The same of the whole account."""

    day: date
    sessions: int
    page_views: int
    units_ordered: int
    order_items: int
    ordered_sales: int
    featured_offer_share: float
    units_refunded: int
    feedback_received: int
    negative_feedback: int
    claims_granted: int
    complete: bool


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of an order. ``amount`` is None while the order is pending."""

    order_id: str
    sku: str
    asin: str
    name: str
    purchased_at: datetime
    updated_at: datetime
    status: str
    """Pending, Shipped or Cancelled."""
    units: int
    amount: int | None


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order, without anything about its buyer. Every order here has one line."""

    order_id: str
    purchased_at: datetime
    updated_at: datetime
    status: str
    delivery_earliest: datetime
    delivery_latest: datetime
    line: LineRow


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """A unit that came back. ``reason`` and ``disposition`` are Amazon's words."""

    id: str
    order_id: str
    sku: str
    asin: str
    fnsku: str
    name: str
    returned_at: datetime
    units: int
    reason: str
    disposition: str
    comment: str


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """Seller feedback, 1 to 5 stars."""

    id: str
    order_id: str
    left_at: datetime
    stars: int
    text: str


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A product review, as an export has it."""

    id: str
    asin: str
    stars: int
    title: str
    text: str
    reviewed_at: datetime


@dataclass(frozen=True, slots=True)
class StandingRow:
    """What Amazon measures the account by. Rates are fractions; those of own shipping are None without own shipping."""

    order_defect_rate: float
    orders: int
    negative_feedback: int
    claims: int
    chargebacks: int
    late_shipment_rate: float | None
    cancellation_rate: float | None
    valid_tracking_rate: float | None
    on_time_delivery_rate: float | None
    health_rating: int
    status: str
    violations: int


@dataclass(frozen=True, slots=True)
class IssueRow:
    """What Amazon has against a listing. ``enforcement`` is Amazon's word, or empty."""

    code: str
    message: str
    severity: str
    attributes: tuple[str, ...]
    enforcement: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ListingRow:
    """A listing as it stands at a moment."""

    sku: str
    asin: str
    parent_asin: str
    fnsku: str
    title: str
    bullets: tuple[str, ...]
    description: str
    main_image: str
    other_images: tuple[str, ...]
    product_type: str
    brand: str
    price: int
    quantity: int
    channel: str
    buyable: bool
    discoverable: bool
    opened_at: datetime
    changed_at: datetime
    issues: tuple[IssueRow, ...]


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An offer of anybody on one of our ASINs."""

    asin: str
    seller_id: str
    own: bool
    featured: bool
    price: int
    channel: str


@dataclass(frozen=True, slots=True)
class OfferPriceRow:
    """What competes for the featured offer of a SKU."""

    sku: str
    asin: str
    featured_price: int | None
    featured_own: bool
    expected_price: int
    competitive_price: int | None
    lowest_price: int | None
    offer_count: int


@dataclass(frozen=True, slots=True)
class RivalRow:
    """A rival product watched for one of our SKUs. ``price`` is None while it is out of stock."""

    sku: str
    asin: str
    name: str
    brand: str
    close: bool
    price: int | None
    rank: int
    rating: float
    rating_count: int
    offers: int


@dataclass(frozen=True, slots=True)
class CatalogRow:
    asin: str
    title: str
    brand: str
    parent_asin: str
    product_type: str
    sales_rank: int
    rank_category: str
    rating: float
    rating_count: int


@dataclass(frozen=True, slots=True)
class FeeRow:
    """Amazon's fees for one unit at a price."""

    sku: str
    price: int
    referral_fee: int
    fulfillment_fee: int
    other_fees: int


@dataclass(frozen=True, slots=True)
class ShipmentRow:
    """One SKU in a shipment to Amazon.

    ``status``: working, shipped, in_transit, receiving, closed. ``expected_at`` is the newest estimate: it moves when
    the shipment is late.
    """

    shipment_id: str
    name: str
    sku: str
    fnsku: str
    status: str
    units_shipped: int
    units_received: int
    created_at: datetime
    shipped_at: datetime | None
    expected_at: datetime


@dataclass(frozen=True, slots=True)
class TransactionRow:
    """Money that moved; to the seller positive. ``type``: Shipment, Refund, ServiceFee."""

    id: str
    posted_at: datetime
    type: str
    about: str
    sku: str
    order_id: str
    amount: int


@dataclass(frozen=True, slots=True)
class EconomicsRow:
    """What the sales of one SKU and day left over before the cost of goods."""

    day: date
    sku: str
    asin: str
    net_units: int
    net_sales: int
    amazon_fees: int
    ad_spend: int
    net_proceeds: int


@dataclass(frozen=True, slots=True)
class TopicRow:
    """What reviews of an ASIN speak of. Shares are fractions of the reviews of the last three months."""

    asin: str
    topic: str
    positive: bool
    share: float
    impact: float
    """On the star rating; negative for complaints."""
    share_by_month: tuple[float, ...]
    """The last six months, oldest first."""
