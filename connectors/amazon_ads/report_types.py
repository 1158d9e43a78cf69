"""The reports behind the daily streams: Reporting v3, one request body and one reading for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.model.fact import Field
from agent.model.window import Span
from agent.outbound import Encodable

AD_PRODUCT = "SPONSORED_PRODUCTS"
LONGEST_DAYS = 31
"""Amazon: days per request."""
KEPT_DAYS = 95
"""Amazon: how far back Sponsored Products reports reach."""

# Amazon: sales are those within 7 days after the click, as the console shows sellers, booked on the day of the click.
_FIGURES: Mapping[str, str] = {
    "impressions": "impressions",
    "clicks": "clicks",
    "cost": "cost",
    "purchases": "purchases7d",
    "units": "unitsSoldClicks7d",
    "sales": "sales7d",
}
_SHARE = {"top_of_search_share": Field("topOfSearchImpressionShare", required=False)}


@dataclass(frozen=True, slots=True)
class ReportType:
    """``fields`` says which column of ours comes from which of the report's."""

    stream: str
    type_id: str
    group_by: str
    fields: Mapping[str, Field]
    keyword_types: tuple[str, ...] = ()

    def order(self, span: Span) -> Mapping[str, Encodable]:
        """The body of a request. The same stream and days give the same bytes, so a repeated one is recognised."""
        filters: list[Encodable] = [{"field": "keywordType", "values": list(self.keyword_types)}]
        configuration: dict[str, Encodable] = {
            "adProduct": AD_PRODUCT, "reportTypeId": self.type_id, "groupBy": [self.group_by],
            "columns": [each for field in self.fields.values() for each in (field.source, *field.then)],
            "timeUnit": "DAILY", "format": "GZIP_JSON",
        }  # fmt: skip
        if self.keyword_types:
            configuration["filters"] = filters
        return {
            "name": f"steward {self.stream} {span.first} {span.last}",
            "startDate": str(span.first), "endDate": str(span.last), "configuration": configuration,
        }  # fmt: skip


def _fields(entity: str, more: Mapping[str, Field] | None = None, then: tuple[str, ...] = ()) -> Mapping[str, Field]:
    figures = {name: Field(source) for name, source in _FIGURES.items()}
    return {"entity": Field(entity, then=then), "day": Field("date"), **figures, **(more or {})}


REPORT_TYPES: Mapping[str, ReportType] = {
    each.stream: each
    for each in (
        # Amazon: keywords and product targets share one report; in both, the id is called keywordId.
        ReportType("keyword_traffic", "spTargeting", "targeting", _fields("keywordId", _SHARE),
                   ("BROAD", "PHRASE", "EXACT")),
        ReportType("product_target_traffic", "spTargeting", "targeting", _fields("keywordId", _SHARE),
                   ("TARGETING_EXPRESSION", "TARGETING_EXPRESSION_PREDEFINED")),
        ReportType("ad_group_traffic", "spCampaigns", "adGroup", _fields("adGroupId")),
        ReportType("campaign_traffic", "spCampaigns", "campaign", _fields("campaignId")),
        # Amazon: only terms with at least one click are in the report.
        ReportType("search_term_traffic", "spSearchTerm", "searchTerm",
                   _fields("campaignId", then=("adGroupId", "keywordId", "searchTerm"))),
    )
}  # fmt: skip
