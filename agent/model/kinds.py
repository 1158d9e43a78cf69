"""The dictionary: every entity kind, stream, metric and setting a rule can name, declared once, as data.

A new source of figures for an existing kind, or a new kind, is a declaration here and a connector that fills it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.model.fact import Absence, Grain, Stream
from agent.model.metric import Column, Metric, Unit


@dataclass(frozen=True, slots=True)
class Relation:
    """Many to one: the ``column`` of the state holds the id of an entity of ``kind``."""

    kind: str
    column: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One entity kind. ``state`` and ``traffic`` name its snapshot and its daily stream, where it has them."""

    name: str
    about: str
    state: str | None
    traffic: str | None
    relations: Mapping[str, Relation]
    metrics: tuple[Metric, ...] = ()

    def metric(self, name: str) -> Metric | None:
        return next((metric for metric in self.metrics if metric.name == name), None)


_AD_MEASURES = (
    Column("impressions", Unit.COUNT, "How often the ad was shown."),
    Column("clicks", Unit.COUNT, "Clicks; Amazon takes invalid ones back for three days."),
    Column("cost", Unit.MONEY, "What the clicks cost."),
    Column("purchases", Unit.COUNT, "Orders within 7 days after the click, booked on the day of the click."),
    Column("units", Unit.COUNT, "Units of those orders."),
    Column("sales", Unit.MONEY, "Sales of those orders."),
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
        name, kind, Grain.DAY, _AD_MEASURES + more, Absence.ZERO, about, settle_days=3, restate_days=31, fresh_hours=36
    )


def _snapshot(name: str, kind: str, about: str, *columns: Column) -> Stream:
    return Stream(name, kind, Grain.SNAPSHOT, columns, Absence.GONE, about, fresh_hours=36)


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
        Column("top_of_search_share", Unit.RATIO, "Share of top-of-search impressions won.", additive=False),
    ),
    _traffic(
        "product_target_traffic", "product_target", "Daily figures by product target (report spTargeting).",
        Column("top_of_search_share", Unit.RATIO, "Share of top-of-search impressions won.", additive=False),
    ),
    _traffic("ad_group_traffic", "ad_group", "Daily figures by ad group (report spCampaigns)."),
    _traffic("campaign_traffic", "campaign", "Daily figures by campaign (report spCampaigns)."),
)  # fmt: skip

STREAMS: Mapping[str, Stream] = {stream.name: stream for stream in _STREAM_ROWS}

_CAMPAIGN = Relation("campaign", "campaign_id")
_AD_GROUP = Relation("ad_group", "ad_group_id")
_IN_AD_GROUP = {"campaign": _CAMPAIGN, "ad_group": _AD_GROUP}

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("campaign", "A Sponsored Products campaign.", "campaigns", "campaign_traffic", {}, _AD_METRICS),
        Kind("ad_group", "An ad group.", "ad_groups", "ad_group_traffic", {"campaign": _CAMPAIGN}, _AD_METRICS),
        Kind("keyword", "A keyword that is bid on.", "keywords", "keyword_traffic", _IN_AD_GROUP, _AD_METRICS),
        Kind("product_target", "A product, category or automatic target that is bid on.",
             "product_targets", "product_target_traffic", _IN_AD_GROUP, _AD_METRICS),
        Kind("product_ad", "An advertised product.", "product_ads", None, _IN_AD_GROUP),
        Kind("negative_keyword", "A negative keyword of an ad group.", "negative_keywords", None, _IN_AD_GROUP),
    )
}  # fmt: skip

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
        Column("price", Unit.MONEY, "The usual selling price, where no listing data is connected."),
        Column("locked", Unit.FLAG, "True: Steward proposes nothing here."),
    )
}
