"""The dictionary: every entity kind, stream, metric and setting a rule can name, declared once, as data.

A new source of figures for an existing kind, or a new kind, is a declaration here and a connector that fills it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from agent.model.actions import MOST_PLACEMENT
from agent.model.fact import Absence, Grain, Stream
from agent.model.kind import SELF, Kind, Relation
from agent.model.kinds_shop import KIND_ROWS, STREAM_ROWS
from agent.model.maturity import SPONSORED_PRODUCTS
from agent.model.metric import Column, Metric, Unit

__all__ = [
    "KINDS",
    "SETTINGS",
    "STREAMS",
    "Kind",
    "Relation",
    "population",
    "state_columns",
    "stream_of_figure",
    "stream_of_state",
]


_AD_MEASURES = (
    Column("impressions", Unit.COUNT, "How often the ad was shown."),
    Column("clicks", Unit.COUNT, "Clicks; Amazon takes invalid ones back for three days.", within="impressions"),
    Column("cost", Unit.MONEY, "What the clicks cost."),
    Column(
        "purchases",
        Unit.COUNT,
        "Orders within 7 days after the click, booked on the day of the click.",
        attributed=True,
        within="units",
    ),
    Column("units", Unit.COUNT, "Units of those orders.", attributed=True),
    Column("sales", Unit.MONEY, "Sales of those orders.", attributed=True),
)
_AD_METRICS = (
    Metric("ctr", "clicks / impressions", Unit.RATIO, "Click-through rate."),
    Metric("cpc", "cost / clicks", Unit.MONEY, "Cost per click."),
    Metric("cvr", "purchases / clicks", Unit.RATIO, "Conversion rate: orders per click."),
    Metric("acos", "cost / sales", Unit.RATIO, "Advertising cost of sales."),
    Metric("roas", "sales / cost", Unit.NUMBER, "Return on ad spend."),
    Metric("rpc", "sales / clicks", Unit.MONEY, "Revenue per click."),
    Metric("aov", "sales / purchases", Unit.MONEY, "Average order value."),
)


def _traffic(name: str, kind: str, about: str, *more: Column) -> Stream:
    # Amazon: clicks settle after about 3 days, attributed sales after the 7-day window; rows without activity are left
    # out of reports. Conversions are restated up to 28 days later, so 31 days (one report) are read again.
    return Stream(
        name, kind, Grain.DAY, _AD_MEASURES + more, Absence.ZERO, about, settle_days=3, restate_days=31, fresh_hours=36,
        product=SPONSORED_PRODUCTS,
    )  # fmt: skip


def _snapshot(name: str, kind: str, about: str, *columns: Column) -> Stream:
    return Stream(name, kind, Grain.SNAPSHOT, columns, Absence.GONE, about, fresh_hours=36)


# A bulk workbook tells no days, only the totals of the period that was chosen when it was downloaded.
_TOTALS = (
    Column("period_first", Unit.INSTANT, "First day of the period of the totals."),
    Column("period_last", Unit.INSTANT, "Last day of that period."),
    Column("total_impressions", Unit.COUNT, "Impressions of the period."),
    Column("total_clicks", Unit.COUNT, "Clicks of the period.", within="total_impressions"),
    Column("total_cost", Unit.MONEY, "Cost of the period."),
    Column("total_purchases", Unit.COUNT, "Orders of the period.", within="total_units"),
    Column("total_units", Unit.COUNT, "Units of the period."),
    Column("total_sales", Unit.MONEY, "Sales of the period."),
)


def _totals(name: str, kind: str) -> Stream:
    about = f"Figures by {kind} over a whole period, from a workbook that tells no days."
    return Stream(name, kind, Grain.SNAPSHOT, _TOTALS, Absence.GONE, about, fresh_hours=24 * 9)


_STATE = Column("state", Unit.TEXT, "enabled, paused or archived.", choices=("enabled", "paused", "archived"))
_CAMPAIGN_ID = Column("campaign_id", Unit.TEXT, "Its campaign.")
_AD_GROUP_ID = Column("ad_group_id", Unit.TEXT, "Its ad group.")
_BID = Column("bid", Unit.MONEY, "The base bid; empty where the ad group's default holds.")

_STREAM_ROWS = (
    _snapshot(
        "campaigns", "campaign", "Sponsored Products campaigns as they are.",
        Column("name", Unit.TEXT, "The campaign's name."), _STATE,
        Column("targeting_type", Unit.TEXT, "auto or manual.", choices=("auto", "manual")),
        Column("budget", Unit.MONEY, "Daily budget."),
        Column("bidding_strategy", Unit.TEXT, "legacy_for_sales (down only), auto_for_sales, manual, rule_based.",
               choices=("legacy_for_sales", "auto_for_sales", "manual", "rule_based")),
        Column("placement_top", Unit.RATIO, "What is added to bids for the top of the search.", most=MOST_PLACEMENT),
        Column("placement_product_page", Unit.RATIO, "What is added to bids for product pages.", most=MOST_PLACEMENT),
        Column("placement_rest", Unit.RATIO, "What is added to bids for the rest of the search.", most=MOST_PLACEMENT),
        Column("portfolio_id", Unit.TEXT, "Its portfolio, where it has one."),
    ),
    _snapshot(
        "ad_groups", "ad_group", "Ad groups as they are.",
        Column("name", Unit.TEXT, "The ad group's name."), _STATE,
        Column("default_bid", Unit.MONEY, "The bid of targets that have none of their own."), _CAMPAIGN_ID,
    ),
    _snapshot(
        "keywords", "keyword", "Keywords as they are.",
        Column("text", Unit.TEXT, "The keyword."),
        Column("match_type", Unit.TEXT, "exact, phrase or broad.", choices=("exact", "phrase", "broad")),
        _STATE, _BID, _CAMPAIGN_ID, _AD_GROUP_ID,
    ),
    _snapshot(
        "product_targets", "product_target", "Product and automatic targets as they are.",
        Column("text", Unit.TEXT, "The target's expression, such as asin=B0… or close-match."),
        Column("target_type", Unit.TEXT, "auto or manual.", choices=("auto", "manual")),
        _STATE, _BID, _CAMPAIGN_ID, _AD_GROUP_ID,
    ),
    _snapshot(
        "product_ads", "product_ad", "Advertised products as they are.",
        Column("sku", Unit.TEXT, "The advertised SKU."), Column("asin", Unit.TEXT, "The advertised ASIN."),
        _STATE, _CAMPAIGN_ID, _AD_GROUP_ID,
    ),
    _snapshot(
        "negative_keywords", "negative_keyword", "Negative keywords of ad groups as they are.",
        Column("text", Unit.TEXT, "The negative keyword."),
        Column("match_type", Unit.TEXT, "negative_exact or negative_phrase.",
               choices=("negative_exact", "negative_phrase")), _STATE, _CAMPAIGN_ID, _AD_GROUP_ID,
    ),
    _traffic(
        "keyword_traffic", "keyword", "Daily figures by keyword (report spTargeting).",
        Column("top_of_search_share", Unit.RATIO, "Share of top-of-search impressions won.", additive=False, most=1.0),
    ),
    _traffic(
        "product_target_traffic", "product_target", "Daily figures by product target (report spTargeting).",
        Column("top_of_search_share", Unit.RATIO, "Share of top-of-search impressions won.", additive=False, most=1.0),
    ),
    _traffic("ad_group_traffic", "ad_group", "Daily figures by ad group (report spCampaigns)."),
    _traffic("campaign_traffic", "campaign", "Daily figures by campaign (report spCampaigns)."),
    _traffic("search_term_traffic", "search_term", "Daily figures by search term (CAMPAIGN/AD GROUP/TARGET/TERM)."),
    _snapshot(
        "search_terms", "search_term", "What was searched when our ads were clicked, of the last 65 days.",
        Column("term", Unit.TEXT, "What was searched; an ASIN where an ad was shown on a product's page."),
        _CAMPAIGN_ID, _AD_GROUP_ID,
        Column("target_id", Unit.TEXT, "The keyword or target that was found by it."),
        Column("is_asin", Unit.FLAG, "True: the term is a product, not words."),
        Column("exact_ad_group_id", Unit.TEXT,
               "The ad group with exact keywords for the same product, where there is one to send a term to."),
        Column("targeted", Unit.FLAG, "True: an exact keyword (of a product: a target) in that ad group bids on it."),
        Column("negated", Unit.FLAG, "True: a negative keyword of its ad group holds it off already."),
    ),
    _totals("keyword_totals", "keyword"),
    _totals("product_target_totals", "product_target"),
    Stream(
        "search_term_totals", "search_term", Grain.SNAPSHOT, _TOTALS, Absence.KEPT,
        "Figures by search term over a whole period (CAMPAIGN/AD GROUP/TARGET/TERM).", fresh_hours=24 * 9,
    ),
)  # fmt: skip

STREAMS: Mapping[str, Stream] = {stream.name: stream for stream in (*_STREAM_ROWS, *STREAM_ROWS)}

_CAMPAIGN = Relation("campaign", "campaign_id")
_AD_GROUP = Relation("ad_group", "ad_group_id")
_ADVERTISED = Relation("sku", "ad_group_id", through="product_ads", pair="ad_group_id", many="sku")
_IN_AD_GROUP = {"campaign": _CAMPAIGN, "ad_group": _AD_GROUP}
_TARGETED = {**_IN_AD_GROUP, "sku": _ADVERTISED}

_KIND_ROWS = (
    Kind("campaign", "A Sponsored Products campaign.", ("campaigns",), ("campaign_traffic",),
         {"sku": Relation("sku", SELF, through="product_ads", pair="campaign_id", many="sku")}, _AD_METRICS),
    Kind("ad_group", "An ad group.", ("ad_groups",), ("ad_group_traffic",),
         {"campaign": _CAMPAIGN, "sku": Relation("sku", SELF, through="product_ads", pair="ad_group_id", many="sku")},
         _AD_METRICS),
    Kind("keyword", "A keyword that is bid on.", ("keywords", "keyword_totals"), ("keyword_traffic",), _TARGETED,
         _AD_METRICS),
    Kind("product_target", "A product, category or automatic target that is bid on.",
         ("product_targets", "product_target_totals"), ("product_target_traffic",), _TARGETED, _AD_METRICS),
    Kind("product_ad", "An advertised product.", ("product_ads",), (),
         {**_IN_AD_GROUP, "item": Relation("sku", "sku")}),
    Kind("negative_keyword", "A negative keyword of an ad group.", ("negative_keywords",), (), _IN_AD_GROUP),
    Kind("search_term", "What was searched when an ad was clicked.", ("search_terms", "search_term_totals"),
         ("search_term_traffic",), _TARGETED, _AD_METRICS),
)  # fmt: skip

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (*_KIND_ROWS, *KIND_ROWS)}

SETTINGS: Mapping[str, Column] = {
    setting.name: setting
    for setting in (
        Column("target_acos", Unit.RATIO, "The ACoS to steer towards."),
        Column("break_even_acos", Unit.RATIO, "The ACoS at which an order earns nothing."),
        Column(
            "stage",
            Unit.TEXT,
            "launch, growth, mature or clearance.",
            choices=("launch", "growth", "mature", "clearance"),
        ),
        Column("owner", Unit.TEXT, "Who looks after it."),
        Column(
            "min_margin",
            Unit.RATIO,
            "The least margin of the price after fees and cost of goods.",
            least=None,
            most=1.0,
        ),
        Column(
            "own_brand",
            Unit.TEXT,
            "The brand's name in lower case; searches for it are never held off.",
        ),
        Column("brand_owner", Unit.FLAG, "True: the brand is ours, and nobody else should offer it."),
        Column("freeze_days", Unit.DAYS, "Days a listing is watched after a change, 3 to 7."),
        Column("review_requests", Unit.FLAG, "True: ask for a review of every order Amazon allows it for."),
        Column("price", Unit.MONEY, "The usual selling price, where no listing data is connected."),
        Column("locked", Unit.FLAG, "True: Steward proposes nothing here."),
    )
}


@cache
def state_columns(kind: str) -> Mapping[str, Column]:
    """Every state column of a kind, by name."""
    return {column.name: column for stream in KINDS[kind].states for column in STREAMS[stream].columns}


def stream_of_state(kind: str, column: str) -> Stream | None:
    """The snapshot in which a state column lies."""
    return next((STREAMS[name] for name in KINDS[kind].states if STREAMS[name].column(column)), None)


def stream_of_figure(kind: str, column: str) -> Stream | None:
    """The daily stream in which a measure lies."""
    return next((STREAMS[name] for name in KINDS[kind].traffics if STREAMS[name].column(column)), None)


def population(kind: Kind, is_there: Callable[[Stream], bool]) -> Stream | None:
    """The snapshot that says which entities of a kind there are: the first that ``is_there`` (was ever pulled)."""
    streams = [STREAMS[name] for name in kind.states]
    return next(filter(is_there, streams), streams[0] if streams else None)
