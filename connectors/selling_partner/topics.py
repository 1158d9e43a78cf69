"""What reviews of our products speak of (Customer Feedback 2024-06-01). No single review, no stars.

Amazon: refreshed weekly; a product with too few reviews has no answer at all (204).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from agent.model.fact import Delivered, Pending, Stream
from agent.model.window import Span
from agent.outbound import Reply
from connectors.selling_partner.client import Ask
from connectors.selling_partner.errand import Errand, Place, Step
from connectors.selling_partner.own import own_asins
from connectors.selling_partner.reading import (
    Item,
    Row,
    any_of,
    instant,
    item,
    may,
    need,
    number,
    percent,
    promised,
    root,
    rows_of,
    text,
)
from connectors.selling_partner.streams import Source

COLUMNS = ("worst_topic", "worst_share", "worst_impact", "worst_share_before")
MARKETS = frozenset({"US", "UK", "FR", "IT", "DE", "ES", "JP"})
_TOPICS = "topics"
_KEPT = timedelta(hours=20)
_UNKNOWN = frozenset({404})
_SHARE, _IMPACT = "asinMetrics.occurrencePercentage", "asinMetrics.starRatingImpact"
_MONTHS_BEFORE = 3


def read_topics(source: Source, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
    """The topic that costs each product most stars. Products with too few reviews are left out."""
    if source.marketplace.code not in MARKETS:
        return Delivered((), note=f"Amazon offers no customer feedback in {source.marketplace.code}")
    errand = Errand(
        source, stream.name, lambda: [(_TOPICS, asin) for asin in own_asins(source, stream.name)],
        lambda place: _go(source, place), _KEPT,
    )  # fmt: skip
    found = errand.run(cursor)
    return found if isinstance(found, Pending) else Delivered((rows_of(found, COLUMNS),))


def worst_topic(reply: Reply, asin: str) -> Row | None:
    """The topic that costs most stars; None where Amazon knows too little, an empty topic where none costs any."""
    if reply.status == 204:
        return None
    with promised(reply):
        topics = any_of(item(root(reply).get("topics"), "topics"), "negativeTopics")
        weighed = [(impact, topic) for topic in topics if (impact := may(topic, _IMPACT, number)) is not None]
        if not weighed:
            return {"entity": asin, "worst_topic": ""}
        impact, worst = min(weighed, key=lambda pair: pair[0])
        return {"entity": asin, "worst_topic": need(worst, "topic", text).strip(), "worst_impact": impact,
                "worst_share": may(worst, _SHARE, percent)}  # fmt: skip


def share_before(reply: Reply, topic: str) -> float | None:
    """The topic's mean share in the three months before the newest; None where fewer are known."""
    if reply.status == 204:
        return None
    with promised(reply):
        trends = any_of(item(root(reply).get("reviewTrends"), "reviewTrends"), "negativeTopics")
        fitting = next((trend for trend in trends if need(trend, "topic", text).strip() == topic), None)
        months = sorted(_months(fitting)) if fitting is not None else []
        before = [share for _, share in months[:-1]][-_MONTHS_BEFORE:]
    return sum(before) / len(before) if len(before) == _MONTHS_BEFORE else None


def _months(trend: Item) -> Sequence[tuple[float, float]]:
    """When each month began, and the topic's share. Amazon: a month's last day may be one that does not exist."""
    return [
        (need(month, "dateRange.startDate", instant).timestamp(), need(month, _SHARE, percent))
        for month in any_of(trend, "trendMetrics")
    ]


def _go(source: Source, place: Place) -> Step:
    _, asin = place
    about: dict[str, str] = {"marketplaceId": source.marketplace.id}
    ask = Ask("getItemReviewTopics", {"asin": asin}, {**about, "sortBy": "STAR_RATING_IMPACT"}, expects=_UNKNOWN)
    reply = source.client.read(ask)
    row = worst_topic(reply, asin) if reply.succeeded else None
    if row is None or not row["worst_topic"]:
        return Step([row] if row is not None else ())
    trends = source.client.read(Ask("getItemReviewTrends", {"asin": asin}, about, expects=_UNKNOWN))
    before = share_before(trends, str(row["worst_topic"])) if trends.succeeded else None
    return Step([{**row, "worst_share_before": before}])
