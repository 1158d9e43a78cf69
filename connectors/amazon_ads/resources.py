"""The dialect of Sponsored Products v3, as a table: where each kind is listed and changed, and under which names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ENDPOINTS: Mapping[str, str] = {
    "NA": "https://advertising-api.amazon.com",
    "EU": "https://advertising-api-eu.amazon.com",
    "FE": "https://advertising-api-fe.amazon.com",
}
BATCH = 1000
"""Amazon: items per write and ids per filter of a resource's own list."""


PLACEMENTS: Mapping[str, str] = {
    "placement_top": "PLACEMENT_TOP",
    "placement_product_page": "PLACEMENT_PRODUCT_PAGE",
    "placement_rest": "PLACEMENT_REST_OF_SEARCH",
}
"""Our columns of a campaign, and what Amazon calls the placement. There are others, which are left as they are."""
DYNAMIC = ("bidding_strategy", *PLACEMENTS)
"""The fields that Amazon keeps in one object and takes only together."""


@dataclass(frozen=True, slots=True)
class Resource:
    """``key`` holds the items of requests and answers; ``id`` is an item's own id; ``edits`` are our field names.

    ``archives``: its state is set by archiving alone. Amazon: that is a call of its own, and final.
    """

    stream: str
    kind: str
    path: str
    media_name: str
    key: str
    id: str
    id_filter: str
    edits: Mapping[str, str] = field(default_factory=dict)
    archives: bool = False

    @property
    def answer_id(self) -> str:
        """Amazon: a negative keyword's id has another name in answers to writes than in lists."""
        return "negativeKeywordId" if self.kind == "negative_keyword" else self.id

    @property
    def media_type(self) -> str:
        """Amazon: the same vendor type goes into both Content-Type and Accept."""
        return f"application/vnd.{self.media_name}.v3+json"


RESOURCES: tuple[Resource, ...] = (
    Resource("campaigns", "campaign", "/sp/campaigns", "spCampaign", "campaigns", "campaignId", "campaignIdFilter",
             {"state": "state", "budget": "budget", **dict.fromkeys(DYNAMIC, "dynamicBidding")}),
    Resource("ad_groups", "ad_group", "/sp/adGroups", "spAdGroup", "adGroups", "adGroupId", "adGroupIdFilter",
             {"state": "state", "default_bid": "defaultBid"}),
    Resource("keywords", "keyword", "/sp/keywords", "spKeyword", "keywords", "keywordId", "keywordIdFilter",
             {"state": "state", "bid": "bid"}),
    Resource("product_targets", "product_target", "/sp/targets", "spTargetingClause", "targetingClauses", "targetId",
             "targetIdFilter", {"state": "state", "bid": "bid"}),
    Resource("product_ads", "product_ad", "/sp/productAds", "spProductAd", "productAds", "adId", "adIdFilter",
             {"state": "state"}),
    # Amazon: a negative keyword's id is called keywordId in lists, and its filter is not named after that.
    Resource("negative_keywords", "negative_keyword", "/sp/negativeKeywords", "spNegativeKeyword", "negativeKeywords",
             "keywordId", "negativeKeywordIdFilter", {"state": "state"}, archives=True),
)  # fmt: skip

BY_STREAM: Mapping[str, Resource] = {resource.stream: resource for resource in RESOURCES}
BY_KIND: Mapping[str, Resource] = {resource.kind: resource for resource in RESOURCES}
