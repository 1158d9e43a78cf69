"""Reports of the advertising console: daily rows become traffic, rows about a whole period become totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from agent.errors import FileError
from agent.language import _
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.metric import Unit
from agent.model.parcel import Ignored, Parcel, PeriodFrom
from agent.model.window import Span
from connectors.file_drop import dates
from connectors.file_drop.ads_names import Resolved, resolver_of
from connectors.file_drop.form import (
    Form,
    Surroundings,
    day_delivery,
    form,
    midnight,
    must_name_days,
    nothing_to_fill,
    receipt_of,
    totals,
    without_totals,
)  # fmt: skip
from connectors.file_drop.table import Table

_MEASURES = {
    "impressions": Unit.COUNT, "clicks": Unit.COUNT, "cost": Unit.MONEY, "purchases": Unit.COUNT, "units": Unit.COUNT,
    "sales": Unit.MONEY,
}  # fmt: skip
_UNITS = {**_MEASURES, "day": Unit.INSTANT, "first": Unit.INSTANT, "last": Unit.INSTANT}
_PATH_UNITS = {"sales": Unit.MONEY, "purchases": Unit.COUNT, "first": Unit.INSTANT, "last": Unit.INSTANT}
_SPONSORED_PRODUCTS = "sponsored products"


@dataclass(frozen=True, slots=True)
class _Days:
    """When the rows happened: a day each, or one period for all."""

    span: Span
    origin: PeriodFrom
    days: Sequence[date] | None
    firsts: Sequence[date]
    lasts: Sequence[date]


def report(form: Form, table: Table, around: Surroundings) -> Parcel:
    """Rows of Sponsored Products by search term, target, product or campaign."""
    table = without_totals(form, table, "campaign" if table.has("campaign") else "campaign_id")
    currency = table.currency("cost", "sales")
    sums, money = totals(form, table)
    table, ignored = _of_sponsored_products(table)
    when = _days(table, around, form.kind)
    resolve = resolver_of(form.kind, table, around)
    deliveries: list[tuple[str, Delivered]] = []
    waits: Sequence[str] = ()
    if len(table):
        for stream, found in resolve.by_stream(with_days=when.days is not None).items():
            deliveries.append(_delivery(stream, found, table, when))
        ignored += resolve.ignored(daily=when.days is not None)
        waits = resolve.waits_for
    receipt = receipt_of(
        table, totals=sums, money=money, currency=currency, ignored=ignored, period=when.span, period_from=when.origin
    )
    return Parcel(form.kind, deliveries, receipt, waits)


def _of_sponsored_products(table: Table) -> tuple[Table, list[Ignored]]:
    if not table.has("product"):
        return table, []
    ours = [(text or "").casefold() == _SPONSORED_PRODUCTS for text in table.texts("product")]
    other = ours.count(False)
    left = [Ignored(_("rows of other ad products"), other, _("only Sponsored Products are kept"))] if other else []
    return table.only(ours), left


def _days(table: Table, around: Surroundings, kind: str) -> _Days:
    if not len(table):
        span = around.span or Span(date(1970, 1, 1), date(1970, 1, 1))
        return _Days(span, PeriodFrom.NAME, None, (), ())
    if table.has("day"):
        days = _all(table, "day", table.days("day"))
        return _Days(Span(min(days), max(days)), PeriodFrom.CONTENT, days, days, days)
    if table.has("first", "last"):
        firsts, lasts = (_all(table, name, table.days(name)) for name in ("first", "last"))
        daily = firsts == lasts and len(set(firsts)) > 1
        span = Span(min(firsts), max(lasts))
        return _Days(span, PeriodFrom.CONTENT, firsts if daily or len(span) == 1 else None, firsts, lasts)
    if table.has("date_range"):
        spans = [_span_of(table, index, text) for index, text in enumerate(table.texts("date_range"))]
        firsts, lasts = [span.first for span in spans], [span.last for span in spans]
        whole = Span(min(firsts), max(lasts))
        daily = firsts == lasts and (len(set(firsts)) > 1 or len(whole) == 1)
        return _Days(whole, PeriodFrom.CONTENT, firsts if daily else None, firsts, lasts)
    if around.span is None:
        raise must_name_days(around, table, kind)
    firsts, lasts = [around.span.first] * len(table), [around.span.last] * len(table)
    return _Days(around.span, PeriodFrom.NAME, firsts if len(around.span) == 1 else None, firsts, lasts)


def _all(table: Table, name: str, days: Sequence[date | None]) -> list[date]:
    for index, day in enumerate(days):
        if day is None:
            raise table.fault(index, name, "the row has no date", "export the report again")
    return [day for day in days if day is not None]


def _span_of(table: Table, index: int, text: str | None) -> Span:
    for mark in (" - ", " – ", " ~ ", " to ", " bis "):
        if text and mark in text:
            first, _mark, last = text.partition(mark)
            try:
                begin, end = dates.day(first.strip(), table.order), dates.day(last.strip(), table.order)
            except ValueError:
                break
            if begin is not None and end is not None and begin <= end:
                return Span(begin, end)
    try:
        day = dates.day(text or "", table.order)
    except ValueError:
        day = None
    if day is None:
        raise table.fault(index, "date_range", f"'{text}' is no range of days", "export the report again")
    return Span(day, day)


def _delivery(stream: str, found: Resolved, table: Table, when: _Days) -> tuple[str, Delivered]:
    """The rows that were matched, added up where several are one entity (on one day)."""
    measures = {name: table.values(name, unit) for name, unit in _MEASURES.items()}
    share = table.values("top_of_search_share", Unit.RATIO) if table.has("top_of_search_share") else None
    keys: dict[tuple[str, date, date], int] = {}
    sums: dict[str, list[int]] = {name: [] for name in _MEASURES}
    shares: list[float | None] = []
    for index in found.rows:
        key = (found.entities[index] or "", when.firsts[index], when.lasts[index])
        at = keys.setdefault(key, len(keys))
        if at == len(shares):
            shares.append(share[index] if share is not None else None)
            for name in sums:
                sums[name].append(measures[name][index] or 0)
        else:
            for name in sums:
                sums[name][at] += measures[name][index] or 0
    kept = {name: values for name, values in sums.items() if table.has(name)}
    entities = [entity for entity, _first, _last in keys]
    if when.days is not None:
        takes_share = share is not None and STREAMS[stream].column("top_of_search_share") is not None
        extra = {"top_of_search_share": shares} if takes_share else {}
        return day_delivery(STREAMS[stream], entities, [first for _e, first, _l in keys], {**kept, **extra}, when.span)
    return stream, totals_delivery(entities, [key[1:] for key in keys], kept)


def totals_delivery(
    entities: Sequence[str], periods: Sequence[tuple[date, date]], measures: Mapping[str, Sequence[Any]]
) -> Delivered:
    """Figures of a whole period, of a part of the account."""
    columns: dict[str, Sequence[Any]] = {
        "entity": entities,
        "period_first": [midnight(first) for first, _last in periods],
        "period_last": [midnight(last) for _first, last in periods],
    }
    columns |= {f"total_{name}": values for name, values in measures.items()}
    return Delivered([Rows(columns)] if entities else [], partial=True)


def other_window(form: Form, table: Table, around: Surroundings) -> Parcel:
    """Attributed over 14 days: other figures than the ones we keep."""
    parcel = nothing_to_fill(form, table, around)
    if not len(table):
        raise FileError("has no rows", file=table.place.file)
    return parcel


def outdated(form: Form, table: Table, around: Surroundings) -> Parcel:
    """A bulk file of the generation that Amazon gave up in 2022: what it says is long past, and is not booked."""
    left = Ignored(_("rows"), len(table), _("an old bulk file, long out of date; download a new one"))
    return Parcel(form.kind, (), receipt_of(table, totals={}, ignored=[left]))


def _ads(kind: str, sign: str, **more: Any) -> Form:
    return form(kind, "ads", sign, units=_UNITS, percent="top_of_search_share" if kind == "none" else "",
                build=more.pop("build", report), **more)  # fmt: skip


ADS: Sequence[Form] = (
    _ads("ads_search_term", "campaign search_term impressions clicks cost sales"),
    _ads("ads_purchased_product", "campaign purchased_asin asin", build=nothing_to_fill),
    _ads("ads_placement", "campaign placement impressions clicks cost", build=nothing_to_fill),
    _ads("ads_advertised_product", "campaign ad_group asin impressions clicks cost", without="placement"),
    _ads("ads_targeting", "campaign ad_group targeting match_type impressions clicks cost",
         without="search_term placement"),
    _ads("ads_campaign", "campaign impressions clicks cost", without="search_term targeting placement asin ad_group"),
    form("ads_conversion_path", "ads", "first last conversion_path sales purchases", units=_PATH_UNITS,
         build=nothing_to_fill),
    form("bulk_old", "ads", "record_id record_type old_campaign_id", build=outdated),
    form("ads_14_days", "ads", "campaign impressions clicks cost sales_14", units=_UNITS, build=other_window,
         without="sales"),
)  # fmt: skip
