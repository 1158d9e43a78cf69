"""Customer Feedback 2024-06-01: what reviews speak of, by topic; no single review, no stars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from connectors.sandbox.answers import Answer, Refusal, ok
from connectors.sandbox.operation import Visit
from connectors.sandbox.selling.query import Query
from connectors.sandbox.selling.report_jobs import Json, text
from connectors.sandbox.shop_rows import TopicRow

_MOST, _MONTH = 10, timedelta(days=30)
_MENTIONS = 200
"""Reviews that a share of 1 stands for."""


def topics(visit: Visit) -> Answer:
    query = Query(visit)
    query.marketplace("marketplaceId")
    by = query.required("sortBy", ("MENTIONS", "STAR_RATING_IMPACT"))
    query.done()
    rows = sorted(_rows(visit), key=lambda row: row.share if by == "MENTIONS" else abs(row.impact), reverse=True)
    if not rows:
        return Answer(204, b"")
    lists = {f"{kind}Topics": [_topic(row) for row in rows if row.positive is good][:_MOST]
             for kind, good in (("positive", True), ("negative", False))}  # fmt: skip
    return ok({**_head(visit, _last_week(visit), 3), "topics": lists})


def trends(visit: Visit) -> Answer:
    query = Query(visit)
    query.marketplace("marketplaceId")
    query.done()
    rows, end = _rows(visit), _last_week(visit)
    if not rows:
        return Answer(204, b"")
    lists = {f"{kind}Topics": [_trend(row, end) for row in rows if row.positive is good][:_MOST]
             for kind, good in (("positive", True), ("negative", False))}  # fmt: skip
    return ok({**_head(visit, end, 6), "reviewTrends": lists})


def _rows(visit: Visit) -> Sequence[TopicRow]:
    """Of one of our own products; any other is not ours to ask for."""
    shop, asin = visit.sandbox.shop, visit.found[0]
    if asin not in {shop.asin(sku) for sku in shop.skus}:
        raise Refusal(404, "NotFound", f"There is no ASIN {asin} of this seller")
    return shop.topics(asin, _last_week(visit))


def _last_week(visit: Visit) -> datetime:
    """Amazon: figures are renewed once a week."""
    week = visit.now - timedelta(days=visit.now.weekday())
    return max(week.replace(hour=0, minute=0, second=0, microsecond=0), visit.sandbox.started)


def _head(visit: Visit, end: datetime, months: int) -> Json:
    asin, place = visit.found[0], visit.sandbox.scenario.account.marketplace
    row = visit.sandbox.shop.catalog(asin, visit.now)
    return {
        "asin": asin, "itemName": row.title if row else asin, "marketplaceId": place.id,
        "countryCode": "GB" if place.code == "UK" else place.code, "dateRange": _span(end - months * _MONTH, end),
    }  # fmt: skip


def _topic(row: TopicRow) -> Json:
    """Amazon: shares are percentages here."""
    mentions = {"numberOfMentions": round(row.share * _MENTIONS), "occurrencePercentage": round(row.share * 100, 2)}
    return {
        "topic": row.topic, "asinMetrics": {**mentions, "starRatingImpact": round(row.impact, 2)},
        "reviewSnippets": [], "subtopics": [],
    }  # fmt: skip


def _trend(row: TopicRow, end: datetime) -> Json:
    shares = row.share_by_month[-6:]
    return {"topic": row.topic, "trendMetrics": [
        {"dateRange": _span(end - (len(shares) - place) * _MONTH, end - (len(shares) - place - 1) * _MONTH),
         "asinMetrics": {"occurrencePercentage": round(share * 100, 2)}}
        for place, share in enumerate(shares)
    ]}  # fmt: skip


def _span(start: datetime, end: datetime) -> Json:
    return {"startDate": text(start), "endDate": text(end)}
