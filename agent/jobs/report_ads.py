"""What advertising cost and brought, and what it left over by ad group."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from agent.facts.maturity import maturity_of
from agent.facts.totals import Sums, by_day, by_entity, state
from agent.jobs.report_days import charted, compared
from agent.model.kinds import STREAMS
from agent.model.report import AdFigures, AdGroupRow, Ads, Compared, DayAds, Period
from agent.model.setting import Scope
from agent.model.window import Span
from agent.ports import FactView

_COLUMNS = ("cost", "sales", "purchases", "clicks")
_STREAM = STREAMS["ad_group_traffic"]
_BREAK_EVEN = "break_even_acos"
_NOTHING = (0, 0, 0, 0)


def ads_of(period: Period, view: FactView, today: date, zone: ZoneInfo, scopes: Sequence[Scope]) -> Ads | None:
    """None where no figures of ads have ever come in. How long figures move is what the account's own pulls say."""
    stream = _STREAM if view.observed_at(_STREAM) is not None else STREAMS["campaign_traffic"]
    if view.observed_at(stream) is None:
        return None
    spans = compared(period, today, maturity_of(view, zone).settle_days(stream), view.covered(stream))
    days = by_day(view, stream, _COLUMNS, Span(min(spans.before.first, charted(spans).first), charted(spans).last))
    now, before = _figures(days, spans.now), _figures(days, spans.before)
    chart = tuple(DayAds(day, *(days[day][:2] if day in days else (None, None))) for day in charted(spans))
    found = Ads(spans, now, before, chart)
    if period is Period.DAILY or now is None or before is None or stream is not _STREAM:
        return found
    return _with_groups(found, view, spans, scopes)


def _figures(days: Mapping[date, Sums], span: Span) -> AdFigures | None:
    if any(day not in days for day in span):
        return None
    cost, sales, orders, clicks = (sum(days[day][at] for day in span) for at in range(4))
    return AdFigures(cost, sales, orders, clicks)


@dataclass(frozen=True, slots=True)
class _Group:
    name: str
    share: Decimal | None
    """The part of a sale that is left before ads."""

    def profit(self, figures: Sums) -> int | None:
        cost, sales = figures[:2]
        return None if self.share is None else int((sales * self.share).to_integral_value()) - cost


def _with_groups(found: Ads, view: FactView, spans: Compared, scopes: Sequence[Scope]) -> Ads:
    now, before = (by_entity(view, _STREAM, _COLUMNS, span) for span in (spans.now, spans.before))
    known = _groups(view, scopes)
    groups = {id: known(id) for id in sorted({*now, *before})}
    active = [id for id in groups if any(now.get(id, _NOTHING)[:2]) or any(before.get(id, _NOTHING)[:2])]
    rows = [
        AdGroupRow(groups[id].name, AdFigures(*now.get(id, _NOTHING)), groups[id].profit(now.get(id, _NOTHING)),
                   groups[id].profit(before.get(id, _NOTHING)))
        for id in active
    ]  # fmt: skip
    priced = [row for row in rows if row.profit is not None]
    unpriced = [row for row in rows if row.profit is None and row.now.cost]
    return Ads(
        found.spans, found.now, found.before, found.days,
        sum(row.profit or 0 for row in priced) if priced else None,
        sum(row.profit_before or 0 for row in priced) if priced else None,
        len(unpriced), sum(row.now.cost for row in unpriced),
        tuple(sorted(rows, key=lambda row: (row.profit is None, -(row.profit or 0), row.name))),
    )  # fmt: skip


def _groups(view: FactView, scopes: Sequence[Scope]) -> Callable[[str], _Group]:
    """Names and settings of ad groups. Settings come down from the account over the campaign, the narrowest wins."""
    campaigns = {id: name for id, (name,) in state(view, STREAMS["campaigns"], ["name"]).items()}
    named = state(view, STREAMS["ad_groups"], ["name", "campaign_id"])

    def group(id: str) -> _Group:
        name, campaign = named.get(id, ("", ""))
        above = campaigns.get(campaign) or ""
        levels = {"account": (), "campaign": (campaign, above), "ad_group": (id, name)}
        share: Decimal | None = None
        for kind, spellings in levels.items():
            for scope in scopes:
                value = scope.values.get(_BREAK_EVEN)
                if scope.kind == kind and isinstance(value, int | float) and scope.fits(*spellings):
                    share = Decimal(str(value))
        return _Group(_full_name(above, name) or id, share)

    return group


def _full_name(campaign: str, name: str) -> str:
    """A group that is called as its campaign is needs no second name."""
    return campaign if not name or campaign.casefold() == name.casefold() else f"{campaign} · {name}".strip(" ·")
