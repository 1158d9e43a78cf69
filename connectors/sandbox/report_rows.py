"""A report's rows: figures of a span of days, grouped, filtered, written as a gzipped JSON array.

Rows without any activity are left out, and ids are numbers, as in Amazon's files.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from agent.model.money import MICROS
from connectors.sandbox.account import Account, Keyword, ProductAd, Target
from connectors.sandbox.chance import Counts, Floats
from connectors.sandbox.market import Figures, Market
from connectors.sandbox.report_request import ReportRequest
from connectors.sandbox.resources import units
from connectors.sandbox.search_terms import Terms, luck_of, terms_of

Labels = Mapping[str, str]
"""What stays the same for an entity: column name → its JSON text."""
_LEVEL = 3
_CENT = MICROS // 100
_TOTALS = ("impressions", "clicks", "cost", "purchases1", "purchases7", "purchases30", "units1", "units7", "units30",
           "sales1", "sales7", "sales30", "top")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slab:
    """Figures by (period, entity), money in micros; ``days`` are the periods' dates as JSON texts."""

    totals: Mapping[str, Counts | Floats]
    days: Sequence[str]


@dataclass(frozen=True, slots=True)
class Grouping:
    """Which entity each target counts for, and the labels of the entities."""

    of_target: Counts
    labels: Sequence[Labels]


def write_report(request: ReportRequest, account: Account, market: Market, now: datetime, currency: str) -> bytes:
    """The gzipped file of a report that is made at ``now``."""
    if request.type == "spSearchTerm":
        slab, grouping = _searched(request, account, market, now, currency)
    else:
        grouping = _grouping(request, account, market, currency)
        slab = _slab(request, market, grouping, now)
    return gzip.compress(_text(request, slab, grouping).encode(), _LEVEL, mtime=0)


def _slab(request: ReportRequest, market: Market, grouping: Grouping, now: datetime) -> Slab:
    days = [request.first + timedelta(days=n) for n in range((request.last - request.first).days + 1)]
    days = [day for day in days if day >= market.first]
    figures = [_columns(market.figures(day, now)) for day in days]
    groups = len(grouping.labels)
    totals = {name: _summed([one[name] for one in figures], grouping.of_target, groups) for name in _TOTALS}
    if not request.daily:
        totals = {name: values.sum(axis=0, keepdims=True) for name, values in totals.items()}
    return Slab(totals, [json.dumps(day.isoformat()) for day in days] if request.daily else [""])


def _searched(request: ReportRequest, account: Account, market: Market, now: datetime,
              currency: str) -> tuple[Slab, Grouping]:  # fmt: skip
    """Figures by term. Amazon: a term without a click on a day is not in that day's report."""
    targets = [thing for thing in market.targets if isinstance(thing, Keyword | Target)]
    terms = terms_of(targets, market.titles, market.seed)
    described = [_target_labels(account, thing, currency) for thing in targets]
    passes = np.array([_passes(request, labels) for labels in described], dtype=bool)[terms.place]
    days = [request.first + timedelta(days=n) for n in range((request.last - request.first).days + 1)]
    days = [day for day in days if day >= market.first]
    rows = [_dealt(terms, _columns(market.figures(day, now)), luck_of(day, len(targets), market.seed)) for day in days]
    totals: dict[str, Counts | Floats] = {
        name: np.array([row[name] * passes for row in rows]).reshape(len(rows), len(passes)) for name in _TOTALS
    }
    if not request.daily:
        totals = {name: values.sum(axis=0, keepdims=True) for name, values in totals.items()}
    labels = [{**described[place], "searchTerm": json.dumps(text)} for place, text in zip(terms.place, terms.text,
                                                                                         strict=True)]  # fmt: skip
    return Slab(totals, [json.dumps(day.isoformat()) for day in days] if request.daily else [""]), Grouping(
        np.arange(len(labels)), labels)  # fmt: skip


def _dealt(terms: Terms, whole: Mapping[str, Counts | Floats], luck: Floats) -> dict[str, Counts]:
    """One day's figures by term; money stays in whole cents."""
    clicks = terms.split(whole["clicks"], luck)
    clicked = clicks > 0
    found = {"clicks": clicks, "top": np.zeros_like(clicks),
             "impressions": np.where(clicked, terms.split(whole["impressions"] - whole["clicks"], luck) + clicks, 0),
             "cost": terms.split(whole["cost"] / _CENT, luck) * clicked * _CENT}  # fmt: skip
    for window in (1, 7, 30):
        found[f"purchases{window}"] = np.minimum(terms.split(whole[f"purchases{window}"], luck, orders=True), clicks)
        bought = found[f"purchases{window}"] > 0
        more = whole[f"units{window}"] - whole[f"purchases{window}"]
        found[f"units{window}"] = found[f"purchases{window}"] + terms.split(more, luck, orders=True) * bought
        cents = whole[f"sales{window}"] / _CENT
        found[f"sales{window}"] = terms.split(cents, luck, orders=True) * bought * _CENT
    return found


def _columns(figures: Figures) -> dict[str, Counts | Floats]:
    columns: dict[str, Counts | Floats] = {
        "impressions": figures.impressions,
        "clicks": figures.clicks,
        "cost": figures.cost,
        # A share does not add up: it is carried weighted by impressions and divided at the end.
        "top": figures.top_share * figures.impressions,
    }
    for window in (1, 7, 30):
        columns[f"purchases{window}"] = figures.purchases[window]
        columns[f"units{window}"] = figures.units[window]
        columns[f"sales{window}"] = figures.sales[window]
    return columns


def _summed(by_day: Sequence[Counts | Floats], of_target: Counts, groups: int) -> Floats:
    """(day, entity) from a list of arrays by target; targets with a negative entity are left out."""
    inside = of_target >= 0
    rows = [np.bincount(of_target[inside], weights=day[inside], minlength=groups) for day in by_day]
    return np.array(rows, dtype=np.float64).reshape(len(by_day), groups)


def _grouping(request: ReportRequest, account: Account, market: Market, currency: str) -> Grouping:
    keys: dict[str, int] = {}
    labels: list[Labels] = []
    of_target = np.full(len(market.targets), -1, dtype=np.int64)
    keyed = _KEYS[request.type](account, request, currency)
    for place, thing in enumerate(market.targets):
        if not isinstance(thing, Keyword | Target):
            continue
        key, describe = keyed(thing)
        if key not in keys:
            described = describe()
            keys[key] = len(labels) if _passes(request, described) else -1
            if keys[key] >= 0:
                labels.append(described)
        of_target[place] = keys[key]
    return Grouping(of_target, labels)


def _passes(request: ReportRequest, labels: Labels) -> bool:
    return all(json.loads(labels[_FILTERED.get(field, field)]) in values for field, values in request.filters.items())


_FILTERED = {"adCreativeStatus": "adStatus"}
_Describe = Callable[[], Labels]
_Keyed = Callable[[Keyword | Target], tuple[str, _Describe]]


def _by_target(account: Account, request: ReportRequest, currency: str) -> _Keyed:
    return lambda thing: (thing.id, lambda: _target_labels(account, thing, currency))


def _by_campaign(account: Account, request: ReportRequest, currency: str) -> _Keyed:
    def keyed(thing: Keyword | Target) -> tuple[str, _Describe]:
        by_group = "adGroup" in request.groups
        key = thing.ad_group_id if by_group else thing.campaign_id
        return key, lambda: {
            **_campaign_labels(account, thing.campaign_id, currency),
            **(_group_labels(account, thing.ad_group_id) if by_group else {}),
        }

    return keyed


def _by_ad(account: Account, request: ReportRequest, currency: str) -> _Keyed:
    ads = {ad.ad_group_id: ad for ad in account.all("product_ad") if isinstance(ad, ProductAd)}

    def keyed(thing: Keyword | Target) -> tuple[str, _Describe]:
        ad = ads[thing.ad_group_id]
        return ad.id, lambda: {
            **_campaign_labels(account, ad.campaign_id, currency),
            **_group_labels(account, ad.ad_group_id),
            "adId": ad.id, "advertisedAsin": json.dumps(ad.asin), "advertisedSku": json.dumps(ad.sku),
            "adStatus": json.dumps(ad.state),
        }  # fmt: skip

    return keyed


_KEYS = {"spTargeting": _by_target, "spCampaigns": _by_campaign, "spAdvertisedProduct": _by_ad}


def _campaign_labels(account: Account, id: str, currency: str) -> Labels:
    campaign = account.campaign(id)
    return {
        "campaignId": campaign.id,
        "campaignName": json.dumps(campaign.name),
        "campaignStatus": json.dumps(campaign.state),
        "campaignBudgetAmount": repr(units(campaign.budget)),
        "campaignBudgetCurrencyCode": json.dumps(currency),
        "campaignBudgetType": '"DAILY_BUDGET"',
        "campaignBiddingStrategy": json.dumps(campaign.strategy),
        "portfolioId": "null",
    }


def _group_labels(account: Account, id: str) -> Labels:
    group = account.ad_group(id)
    return {"adGroupId": group.id, "adGroupName": json.dumps(group.name), "adStatus": json.dumps(group.state)}


def _target_labels(account: Account, thing: Keyword | Target, currency: str) -> Labels:
    predefined = isinstance(thing, Target) and thing.expression_type == "AUTO"
    expression = "TARGETING_EXPRESSION_PREDEFINED" if predefined else "TARGETING_EXPRESSION"
    type = thing.match_type if isinstance(thing, Keyword) else expression
    bid = thing.bid if thing.bid is not None else account.ad_group(thing.ad_group_id).default_bid
    return {
        **_campaign_labels(account, thing.campaign_id, currency),
        **_group_labels(account, thing.ad_group_id),
        # Amazon: the report calls a product target's id ``keywordId`` too.
        "keywordId": thing.id, "keyword": json.dumps(thing.text), "targeting": json.dumps(thing.text),
        "keywordType": json.dumps(type), "matchType": json.dumps(type), "keywordBid": repr(units(bid)),
        "adKeywordStatus": json.dumps(thing.state),
    }  # fmt: skip


def _text(request: ReportRequest, slab: Slab, grouping: Grouping) -> str:
    active = (slab.totals["impressions"] > 0) | (slab.totals["clicks"] > 0) | (slab.totals["purchases30"] > 0)
    period, entity = np.nonzero(active)
    totals = {name: values[period, entity] for name, values in slab.totals.items()}
    columns = [list(_column(name, request, slab, grouping, period, entity, totals)) for name in request.columns]
    template = "{" + ",".join(f'"{name}":%s' for name in request.columns) + "}"
    return "[" + ",".join(template % row for row in zip(*columns, strict=True)) + "]"


def _column(name: str, request: ReportRequest, slab: Slab, grouping: Grouping, period: Counts, entity: Counts,
            totals: Mapping[str, Counts | Floats]) -> Iterator[object]:  # fmt: skip
    """One column's JSON texts or numbers, row by row."""
    if name == "date":
        return (slab.days[index] for index in period.tolist())
    if name in ("startDate", "endDate"):
        day: date = request.first if name == "startDate" else request.last
        return (json.dumps(day.isoformat()) for _ in period)
    if name in _MEASURED:
        return iter(_MEASURED[name](totals))
    texts = [labels.get(name, "null") for labels in grouping.labels]
    return (texts[index] for index in entity.tolist())


Totals = Mapping[str, Counts | Floats]


def _count(name: str) -> Callable[[Totals], Sequence[object]]:
    return lambda totals: totals[name].astype(np.int64).tolist()


def _money(name: str) -> Callable[[Totals], Sequence[object]]:
    return lambda totals: ["%.2f" % value for value in (totals[name] / MICROS).tolist()]  # noqa: UP031 - thrice as fast


def _ratio(over: str, under: str, factor: float = 1.0) -> Callable[[Totals], Sequence[object]]:
    def ratio(totals: Totals) -> Sequence[object]:
        top, bottom = totals[over].tolist(), totals[under].tolist()
        return [repr(round(a / b * factor, 6)) if b else "null" for a, b in zip(top, bottom, strict=True)]

    return ratio


def _zero(totals: Totals) -> Sequence[object]:
    return [0] * len(totals["clicks"])


_MEASURED: dict[str, Callable[[Totals], Sequence[object]]] = {
    "impressions": _count("impressions"),
    "clicks": _count("clicks"),
    "cost": _money("cost"),
    "spend": _money("cost"),
    "costPerClick": _ratio("cost", "clicks", 1 / MICROS),
    "clickThroughRate": _ratio("clicks", "impressions", 100),
    "acosClicks7d": _ratio("cost", "sales7", 100),
    "acosClicks14d": _ratio("cost", "sales30", 100),
    "roasClicks7d": _ratio("sales7", "cost"),
    "roasClicks14d": _ratio("sales30", "cost"),
    "topOfSearchImpressionShare": _ratio("top", "impressions"),
    "salesOtherSku7d": _zero,
    "unitsSoldOtherSku7d": _zero,
    "addToList": _zero,
}
for _suffix, _window in (("1d", 1), ("7d", 7), ("14d", 30), ("30d", 30)):
    # Every order falls into the 7 days after its click here, so longer windows hold nothing more.
    for _name in ("purchases", "purchasesSameSku"):
        _MEASURED[f"{_name}{_suffix}"] = _count(f"purchases{_window}")
    for _name in ("unitsSoldClicks", "unitsSoldSameSku"):
        _MEASURED[f"{_name}{_suffix}"] = _count(f"units{_window}")
    for _name in ("sales", "attributedSalesSameSku"):
        _MEASURED[f"{_name}{_suffix}"] = _money(f"sales{_window}")
