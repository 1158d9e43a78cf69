"""The advertising console's exports: a targeting report by day, and the bulk operations workbook."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from io import BytesIO
from typing import Any

from connectors.sandbox.account import AdGroup, Campaign, Keyword, NegativeKeyword, ProductAd, Target, Thing
from connectors.sandbox.exports.sheet import Sheet
from connectors.sandbox.report_request import ReportRequest
from connectors.sandbox.report_rows import write_report
from connectors.sandbox.resources import units
from connectors.sandbox.sandbox import Sandbox

_TARGETING: Mapping[str, str] = {
    "date": "Date", "portfolioId": "Portfolio name", "campaignBudgetCurrencyCode": "Currency",
    "campaignName": "Campaign Name", "adGroupName": "Ad Group Name", "targeting": "Targeting",
    "matchType": "Match Type", "impressions": "Impressions", "topOfSearchImpressionShare":
    "Top-of-search Impression Share", "clicks": "Clicks", "clickThroughRate": "Click-Thru Rate (CTR)",
    "costPerClick": "Cost Per Click (CPC)", "cost": "Spend", "acosClicks7d":
    "Total Advertising Cost of Sales (ACOS)", "roasClicks7d": "Total Return on Advertising Spend (ROAS)",
    "sales7d": "7 Day Total Sales", "purchases7d": "7 Day Total Orders (#)", "unitsSoldClicks7d":
    "7 Day Total Units (#)",
}  # fmt: skip
_SHARES = frozenset({"topOfSearchImpressionShare", "clickThroughRate", "acosClicks7d"})
_TOTALS = {"Impressions": "impressions", "Clicks": "clicks", "Spend": "cost", "Sales": "sales7d",
           "Orders": "purchases7d", "Units": "unitsSoldClicks7d"}  # fmt: skip
_BULK = (
    "Product", "Entity", "Operation", "Campaign ID", "Ad Group ID", "Portfolio ID", "Ad ID", "Keyword ID",
    "Product Targeting ID", "Campaign Name", "Ad Group Name", "Start Date", "End Date", "Targeting Type", "State",
    "Daily Budget", "SKU", "ASIN (Informational only)", "Ad Group Default Bid", "Bid", "Keyword Text", "Match Type",
    "Bidding Strategy", "Placement", "Percentage", "Product Targeting Expression", *_TOTALS,
)  # fmt: skip
_STRATEGIES = {"LEGACY_FOR_SALES": "Dynamic bids - down only", "AUTO_FOR_SALES": "Dynamic bids - up and down",
               "MANUAL": "Fixed bid", "RULE_BASED": "Rule-based bidding"}  # fmt: skip
_PLACEMENTS = {"PLACEMENT_TOP": "Placement Top", "PLACEMENT_PRODUCT_PAGE": "Placement Product Page",
               "PLACEMENT_REST_OF_SEARCH": "Placement Rest Of Search",
               "SITE_AMAZON_BUSINESS": "Placement Amazon Business"}  # fmt: skip
_IDS = ("keywordId", "adGroupId", "campaignId")
_KINDS = ("campaign", "ad_group", "product_ad", "keyword", "negative_keyword", "target")
Cells = dict[str, object]


def targeting_report(sandbox: Sandbox, span: Sequence[date]) -> Sheet:
    """Sponsored Products by target and day. The console writes names, and no ids."""
    sheet = Sheet(tuple(_TARGETING.values()))
    for row in _report(sandbox, span, tuple(_TARGETING), daily=True):
        sheet.rows.append([_console(name, row[name]) for name in _TARGETING])
    return sheet


def _console(name: str, value: Any) -> object:
    if name == "date":
        return f"{date.fromisoformat(value):%b %d, %Y}"
    if name == "portfolioId":
        return "Not grouped"
    if name == "matchType" and str(value).startswith("TARGETING"):
        return "-"
    if name in _SHARES and value is not None:
        return f"{value * (100 if name == 'topOfSearchImpressionShare' else 1):.4f}%"
    return value


def bulk_workbook(sandbox: Sandbox, span: Sequence[date]) -> tuple[bytes, int]:
    """The workbook of all Sponsored Products, with totals over the span; and how many rows it has."""
    from openpyxl import Workbook

    totals = _by_thing(_report(sandbox, span, (*_IDS, *_TOTALS.values()), daily=False))
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sponsored Products Campaigns")
    sheet.append(list(_BULK))
    count = 0
    for kind in _KINDS:
        for thing in sandbox.account.all(kind):
            cells = {"Product": "Sponsored Products", **_cells(thing), **_totals(totals.get(thing.id, {}))}
            rows = [cells, *(_adjustments(thing) if isinstance(thing, Campaign) else ())]
            for row in rows:
                sheet.append([row.get(name) for name in _BULK])
            count += len(rows)
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue(), count


def _report(sandbox: Sandbox, span: Sequence[date], columns: tuple[str, ...], daily: bool) -> list[dict[str, Any]]:
    """Rows of the advertising report by target, without the wire."""
    request = ReportRequest("spTargeting", span[0], span[-1], columns, ("targeting",), {}, daily, None, {})
    currency = sandbox.scenario.account.marketplace.currency
    file = write_report(request, sandbox.account, sandbox.market, sandbox.clock.now(), currency)
    rows: list[dict[str, Any]] = json.loads(gzip.decompress(file))
    return rows


def _by_thing(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Mapping[str, float]]:
    """Totals of every target, and what they add up to for its ad group and its campaign."""
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        for id in {str(row[name]) for name in _IDS}:
            total = found.setdefault(id, dict.fromkeys(_TOTALS.values(), 0.0))
            for name in total:
                total[name] = round(total[name] + row[name], 2)
    return found


def _totals(row: Mapping[str, Any]) -> Cells:
    return {name: row.get(column, 0) for name, column in _TOTALS.items()}


def _cells(thing: Thing) -> Cells:
    match thing:
        case Campaign():
            return {"Entity": "Campaign", "Campaign ID": thing.id, "Campaign Name": thing.name,
                    "Start Date": thing.start_date.replace("-", ""), "Targeting Type": thing.targeting_type.title(),
                    "State": thing.state.lower(), "Daily Budget": units(thing.budget),
                    "Bidding Strategy": _STRATEGIES.get(thing.strategy, thing.strategy)}  # fmt: skip
        case AdGroup():
            return {"Entity": "Ad Group", "Campaign ID": thing.campaign_id, "Ad Group ID": thing.id,
                    "Ad Group Name": thing.name, "State": thing.state.lower(),
                    "Ad Group Default Bid": units(thing.default_bid)}  # fmt: skip
        case ProductAd():
            return {"Entity": "Product Ad", **_inside(thing), "Ad ID": thing.id, "SKU": thing.sku,
                    "ASIN (Informational only)": thing.asin}  # fmt: skip
        case Keyword():
            return {"Entity": "Keyword", **_inside(thing), "Keyword ID": thing.id, "Bid": _bid(thing.bid),
                    "Keyword Text": thing.text, "Match Type": thing.match_type.title()}  # fmt: skip
        case NegativeKeyword():
            return {"Entity": "Negative Keyword", **_inside(thing), "Keyword ID": thing.id,
                    "Keyword Text": thing.text, "Match Type": thing.match_type.replace("_", " ").title()}  # fmt: skip
        case Target():
            return {"Entity": "Product Targeting", **_inside(thing), "Product Targeting ID": thing.id,
                    "Bid": _bid(thing.bid), "Product Targeting Expression": thing.text}  # fmt: skip


def _adjustments(campaign: Campaign) -> Iterator[Cells]:
    """A row for each placement, also where nothing is added."""
    added = dict(campaign.placements)
    for placement, name in _PLACEMENTS.items():
        yield {"Product": "Sponsored Products", "Entity": "Bidding Adjustment", "Campaign ID": campaign.id,
               "State": campaign.state.lower(), "Placement": name, "Percentage": added.get(placement, 0)}  # fmt: skip


def _inside(thing: ProductAd | Keyword | NegativeKeyword | Target) -> Cells:
    return {"Campaign ID": thing.campaign_id, "Ad Group ID": thing.ad_group_id, "State": thing.state.lower()}


def _bid(bid: int | None) -> float | None:
    return None if bid is None else units(bid)
