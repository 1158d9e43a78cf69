"""What a scenario says: the account, the market, the campaigns, the wire and what goes wrong when. Read-only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from agent.model.marketplace import Marketplace
from agent.model.money import Money


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the token endpoint accepts."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)


ROLES = (
    "product_listing", "pricing", "inventory_and_order_tracking", "amazon_fulfillment", "brand_analytics",
    "selling_partner_insights", "finance_and_accounting", "buyer_solicitation", "buyer_communication",
)  # fmt: skip
"""What a seller can grant to an application of the Selling Partner API."""


@dataclass(frozen=True, slots=True)
class StoreAccount:
    """The seller's account: one advertising profile in one marketplace, and the roles it has granted."""

    name: str
    marketplace: Marketplace
    profile: int
    seller: str
    credentials: Credentials
    roles: tuple[str, ...] = ROLES


@dataclass(frozen=True, slots=True)
class Product:
    """One product on sale. ``cpc`` is paid at the rivals' bid, ``cvr`` is orders per ad click."""

    sku: str
    title: str
    category: str
    stage: str
    price: Money
    break_even_acos: Decimal
    units_per_day: float
    season: str
    cvr: float
    cpc: float


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """One campaign of every product whose stage is listed, named ``<sku> <name>``.

    ``weight`` is its part of the product's ad clicks; ``rival`` and ``cvr`` are factors on the product's own.
    """

    name: str
    kind: str
    """auto, keywords or products."""
    targets: int
    weight: float
    rival: float
    cvr: float
    stages: tuple[str, ...]
    match_types: tuple[str, ...] = ()
    negatives: int = 0


@dataclass(frozen=True, slots=True)
class MarketPlan:
    """The market's size and shape. Shares are fractions.

    ``ad_share``: orders that come through ads; ``zipf``: exponent of the volumes of a campaign's targets;
    ``dormant``: targets nobody looks for; ``paused``: targets the operator switched off; ``default_bids``: targets left
    to their ad group's bid; ``bid_spread``: how far (sigma of the logarithm) the operator's first bids lie from the
    rivals'; ``tight``: campaigns whose budget does not last the day.
    """

    scale: float
    ad_share: float
    history_days: int
    zipf: float
    click_through: float
    cvr_concentration: float
    dormant: float
    paused: float
    default_bids: float
    bid_bias: float
    bid_spread: float
    rival_spread: float
    tight: float


@dataclass(frozen=True, slots=True)
class WirePlan:
    """How the server answers. ``rate`` is calls per second and ``burst`` how many at once; rate 0 is unthrottled."""

    rate: float
    burst: int
    report_rate: float
    report_burst: int
    report_seconds: float
    link_seconds: float
    token_seconds: float
    read_lag_seconds: float
    refresh_minutes: int
    """Figures of reports are renewed at whole multiples of so many minutes."""
    page: int
    """Most entities of one page of a list."""
    selling_pace: float = 0
    """Selling Partner API: how many times Amazon's usage plans are multiplied; 1 is Amazon's own, 0 is unthrottled."""
    document_seconds: float = 300
    """Selling Partner API: how long a link to a document lives."""


MARKET_INCIDENTS = ("demand", "conversion", "rival", "price", "cpc")
SHOP_INCIDENTS = (
    "season", "shipment_delay", "aged_stock", "bulk_order", "rival_price", "hijack", "suppressed", "title_edit",
    "reviews", "feed_stale", "bids_by_hand",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that happens to one product from ``day`` to ``until``, counted from the day the clock starts (0).

    ``kind`` of ``MARKET_INCIDENTS``: figures are multiplied by ``factor`` for ``share`` of its targets. What
    ``factor``, ``amount`` and ``text`` mean for the others stands in docs/sandbox.md.
    """

    day: int
    until: int
    kind: str
    sku: str
    factor: float = 1.0
    share: float = 1.0
    amount: int = 0
    """Days of a delay, units of an order, reviews."""
    text: str = ""
    expect: tuple[str, ...] = ()
    """The rules of which any should report it."""
    forbid: tuple[str, ...] = ()
    """The rules of which none may report it; ``ads/*`` means all of a folder."""
    deadline: int | None = None
    """The last day on which a report of it is in time, or a forbidden one is wrong."""


@dataclass(frozen=True, slots=True)
class Goods:
    """What the shop knows of a product beyond its ads. Days; shares are fractions; ``cubic_feet`` by unit."""

    sku: str
    landed_cost: Money
    referral_rate: float
    fba_fee: Money
    cubic_feet: float
    return_rate: float
    session_cvr: float
    lead_time: int
    lead_time_sd: int
    rating: float
    ratings: int


@dataclass(frozen=True, slots=True)
class ShopPlan:
    """The shop behind the ads. ``quiet``: SKUs to which nothing out of the ordinary happens."""

    goods: Mapping[str, Goods]
    quiet: tuple[str, ...] = ()
    featured_share: float = 0.97
    rivals: int = 12
    close_rivals: int = 3


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """A fault of the wire that begins ``day`` days after the clock starts; see ``faults.Fault`` for its fields."""

    day: int
    kind: str
    operation: str = "*"
    count: int | None = None
    probability: float = 1.0
    values: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    account: StoreAccount
    products: tuple[Product, ...]
    campaigns: tuple[CampaignPlan, ...]
    market: MarketPlan
    wire: WirePlan
    target_share: Mapping[str, Decimal]
    """By stage: the ACoS to steer towards, as a share of the break-even ACoS."""
    start: datetime | None = None
    """When the clock starts; None is the moment the sandbox starts."""
    incidents: tuple[Incident, ...] = ()
    faults: tuple[PlantedFault, ...] = ()
    shop: ShopPlan | None = None
    """Without a shop, ads always find stock."""


Setting = Decimal | str | Money


def settings(scenario: Scenario) -> list[tuple[str, Mapping[str, Setting]]]:
    """What the operator of this account would configure: pattern of campaign names → values of settings."""
    return [(f"{product.sku} *", _settings_of(product, scenario.target_share)) for product in scenario.products]


def _settings_of(product: Product, target_share: Mapping[str, Decimal]) -> Mapping[str, Setting]:
    target = product.break_even_acos * target_share[product.stage]
    return {
        "target_acos": target.quantize(Decimal("0.001")),
        "break_even_acos": product.break_even_acos,
        "stage": product.stage,
        "price": product.price,
    }
