"""Which columns, groupings and filters each report of Sponsored Products knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_WINDOWS = ("1d", "7d", "14d", "30d")
STATES = ("ENABLED", "PAUSED", "ARCHIVED")
KEYWORD_TYPES = ("BROAD", "PHRASE", "EXACT", "TARGETING_EXPRESSION", "TARGETING_EXPRESSION_PREDEFINED")


def _by_window(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}{window}" for name in names for window in _WINDOWS)


_MEASURES = (
    "date", "startDate", "endDate", "impressions", "clicks", "cost", "costPerClick", "clickThroughRate", "addToList",
    "qualifiedBorrows", "royaltyQualifiedBorrows", "kindleEditionNormalizedPagesRead14d",
    "kindleEditionNormalizedPagesRoyalties14d",
    *_by_window("purchases", "purchasesSameSku", "unitsSoldClicks", "unitsSoldSameSku", "sales",
                "attributedSalesSameSku"),
)  # fmt: skip
_RETURNS = ("acosClicks7d", "acosClicks14d", "roasClicks7d", "roasClicks14d", "salesOtherSku7d", "unitsSoldOtherSku7d")
_BUDGET = ("campaignBudgetAmount", "campaignBudgetCurrencyCode", "campaignBudgetType")
_CAMPAIGN = ("campaignId", "campaignName", "campaignStatus", *_BUDGET)
_GROUP = ("adGroupId", "adGroupName")
_RULES = ("campaignApplicableBudgetRuleId", "campaignApplicableBudgetRuleName", "campaignRuleBasedBudgetAmount")


@dataclass(frozen=True, slots=True)
class ReportType:
    """``groups``: columns that each grouping adds; ``together``: whether several groupings may be combined."""

    columns: frozenset[str]
    groups: Mapping[str, frozenset[str]]
    filters: Mapping[str, tuple[str, ...]]
    together: bool = False

    def allowed(self, groups: tuple[str, ...]) -> frozenset[str]:
        return self.columns.union(*(self.groups[group] for group in groups))


REPORT_TYPES: Mapping[str, ReportType] = {
    "spCampaigns": ReportType(
        frozenset((*_MEASURES, "spend", "campaignBiddingStrategy")),
        {
            "campaign": frozenset((*_CAMPAIGN, *_RULES, "topOfSearchImpressionShare")),
            "adGroup": frozenset((*_GROUP, "adStatus")),
        },
        {"campaignStatus": STATES, "adStatus": STATES},
        together=True,
    ),
    "spTargeting": ReportType(
        frozenset((*_MEASURES, *_RETURNS, *_CAMPAIGN, *_GROUP, "portfolioId", "keyword", "keywordBid", "keywordId",
                   "keywordType", "matchType", "targeting", "topOfSearchImpressionShare")),
        {"targeting": frozenset(("adKeywordStatus",))},
        {"adKeywordStatus": STATES, "keywordType": KEYWORD_TYPES},
    ),
    "spSearchTerm": ReportType(
        frozenset((*_MEASURES, *_RETURNS, *_CAMPAIGN, *_GROUP, "portfolioId", "keyword", "keywordBid", "keywordId",
                   "keywordType", "matchType", "targeting", "searchTerm", "adKeywordStatus")),
        {"searchTerm": frozenset()},
        {"adKeywordStatus": STATES, "keywordType": KEYWORD_TYPES},
    ),
    "spAdvertisedProduct": ReportType(
        frozenset((*_MEASURES, *_RETURNS, *_CAMPAIGN, *_GROUP, "portfolioId", "spend", "adId", "advertisedAsin",
                   "advertisedSku")),
        {"advertiser": frozenset()},
        {"adCreativeStatus": STATES},
    ),
}  # fmt: skip
"""The report types the sandbox offers. Placements are not simulated and are refused by name."""
