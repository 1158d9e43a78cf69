"""Amazon's words for the six things of Sponsored Products v3: paths, media types, keys, and how each is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.model.money import MICROS
from connectors.sandbox.account import AdGroup, Campaign, Keyword, NegativeKeyword, ProductAd, Target, Thing

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Resource:
    """``key`` holds the items of lists and writes, ``one`` a single item of an answer.

    ``updates``: the fields an update may carry; others exist at Amazon, are not simulated, and are refused by name.
    """

    kind: str
    key: str
    one: str
    id: str
    filter: str
    media: str
    entity_type: str
    updates: frozenset[str]
    creates: bool = False
    path: str = ""

    @property
    def media_type(self) -> str:
        return f"application/vnd.{self.media}.v3+json"

    @property
    def answer_id(self) -> str:
        """Amazon: a write's answer calls a negative keyword's id otherwise than lists and requests do."""
        return "negativeKeywordId" if self.kind == "negative_keyword" else self.id

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]


def _resource(path: str, kind: str, key: str, one: str, id: str, media: str, entity_type: str, updates: str,
              filter: str = "", creates: bool = False) -> Resource:  # fmt: skip
    return Resource(kind, key, one, id, filter or f"{id}Filter", media, entity_type, frozenset(updates.split()),
                    creates, path)  # fmt: skip


RESOURCES = (
    _resource("/sp/campaigns", "campaign", "campaigns", "campaign", "campaignId", "spCampaign", "CAMPAIGN",
              "state budget name dynamicBidding"),
    _resource("/sp/adGroups", "ad_group", "adGroups", "adGroup", "adGroupId", "spAdGroup", "AD_GROUP",
              "state defaultBid name"),
    _resource("/sp/keywords", "keyword", "keywords", "keyword", "keywordId", "spKeyword", "KEYWORD", "state bid",
              creates=True),
    _resource("/sp/targets", "target", "targetingClauses", "targetingClause", "targetId", "spTargetingClause",
              "TARGETING_CLAUSE", "state bid", creates=True),
    _resource("/sp/productAds", "product_ad", "productAds", "productAd", "adId", "spProductAd", "PRODUCT_AD", "state"),
    _resource("/sp/negativeKeywords", "negative_keyword", "negativeKeywords", "negativeKeyword", "keywordId",
              "spNegativeKeyword", "NEGATIVE_KEYWORD", "state", filter="negativeKeywordIdFilter", creates=True),
)  # fmt: skip

BY_KIND: Mapping[str, Resource] = {resource.kind: resource for resource in RESOURCES}


def units(micros: int) -> float:
    """Micros as the JSON number Amazon sends, such as 0.82."""
    return micros / MICROS


def shown(thing: Thing) -> Json:
    """A thing as lists and ``Prefer: return=representation`` show it. Ids are text; an absent bid is left out."""
    match thing:
        case Campaign():
            return _campaign(thing)
        case AdGroup():
            return {"adGroupId": thing.id, "campaignId": thing.campaign_id, "name": thing.name, "state": thing.state,
                    "defaultBid": units(thing.default_bid)}  # fmt: skip
        case Keyword():
            return {"keywordId": thing.id, **_inside(thing), "keywordText": thing.text,
                    "matchType": thing.match_type, **_bid(thing.bid)}  # fmt: skip
        case Target():
            return _target(thing)
        case ProductAd():
            return {"adId": thing.id, **_inside(thing), "sku": thing.sku, "asin": thing.asin}
        case NegativeKeyword():
            return {"keywordId": thing.id, **_inside(thing), "keywordText": thing.text, "matchType": thing.match_type}


def _campaign(thing: Campaign) -> Json:
    return {
        "campaignId": thing.id,
        "name": thing.name,
        "state": thing.state,
        "targetingType": thing.targeting_type,
        "startDate": thing.start_date,
        "budget": {"budget": units(thing.budget), "budgetType": "DAILY", "effectiveBudget": units(thing.budget)},
        "dynamicBidding": {
            "strategy": thing.strategy,
            "placementBidding": [
                {"placement": placement, "percentage": percentage} for placement, percentage in thing.placements
            ],
        },
    }


def _target(thing: Target) -> Json:
    type, value = thing.expression
    expression = [{"type": type, **({"value": value} if value else {})}]
    return {
        "targetId": thing.id, **_inside(thing), "expressionType": thing.expression_type,
        "expression": expression, "resolvedExpression": expression, **_bid(thing.bid),
    }  # fmt: skip


def _inside(thing: Keyword | Target | ProductAd | NegativeKeyword) -> Json:
    return {"campaignId": thing.campaign_id, "adGroupId": thing.ad_group_id, "state": thing.state}


def _bid(bid: int | None) -> Json:
    return {} if bid is None else {"bid": units(bid)}
