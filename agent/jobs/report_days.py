"""Which days of figures a report holds against which."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from agent.model.report import Compared, Period
from agent.model.window import Span

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
CHART_DAYS = 28


def compared(period: Period, today: date, settle_days: int, covered: Collection[date]) -> Compared:
    """The newest day against the same weekday before, or the seven newest settled days against the seven before.

    Where figures are late, the newest days that did come in, for up to a week; then the days are missing and said so.
    """
    yesterday = today - _DAY
    settled = yesterday - settle_days * _DAY
    come = max((day for day in covered if yesterday - _WEEK < day <= yesterday), default=yesterday)
    last = come if period is Period.DAILY else min(settled, come)
    now = Span(last - (period.days - 1) * _DAY, last)
    before = Span(now.first - _WEEK, now.last - _WEEK)
    missing = tuple(day for day in (*before, *now) if day not in covered)
    moving = tuple(day for day in Span(settled + _DAY, yesterday) if day in covered)
    return Compared(now, before, missing, moving)


def charted(spans: Compared) -> Span:
    """The four weeks that a chart shows, up to the newest day that has come in."""
    last = max((spans.now.last, *spans.moving))
    return Span(last - (CHART_DAYS - 1) * _DAY, last)
