"""What has come in: stream by stream how old it is, which days are there, which are missing and how ripe they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from markupsafe import Markup

from agent.facts.maturity import maturity_of
from agent.facts.view import View
from agent.language import _
from agent.model.fact import Grain, Stream
from agent.model.kinds import STREAMS
from agent.model.maturity import ORDERS, Maturity
from agent.model.window import Span
from agent.web.desk import Desk
from agent.wiring import marketplace_of

DAYS = 30
_CELL, _GAP, _HEIGHT = 6, 2, 16


class Day(StrEnum):
    """How a day of a stream stands."""

    SETTLED = "settled"
    MOVING = "moving"
    MISSING = "missing"
    AWAITED = "awaited"
    """Not there, and so young that it need not be."""
    BEFORE = "before"
    """Before the first day that ever came."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """One stream of one account. ``days``: the last ones up to yesterday, the oldest first; empty for a snapshot.

    ``settled``: the newest day whose figures hardly move any more. ``ripe``: the share of yesterday's orders that is
    known by now, where that is known. ``promised``: when the source is looked at again that owes an answer.
    """

    account: str
    stream: Stream
    observed_at: datetime
    fresh: bool
    days: Sequence[Day]
    missing: Sequence[date]
    settled: date | None
    ripe: float | None
    promised: datetime | None

    @property
    def derived(self) -> bool:
        """Worked out by the program itself."""
        return self.stream.unknown_when_stale


def coverage_of(desk: Desk, account: str) -> list[Coverage]:
    """Every stream that ever came in; what is too old or has holes first."""
    now = desk.clock.now()
    view, zone = desk.book.known_at(account, now), ZoneInfo(marketplace_of(desk.config, account).time_zone)
    today = now.astimezone(zone).date()
    promised = {each.stream: each.look_again_at for each in desk.ledger.pending(account)}
    seen = {name: at for name in STREAMS if (at := view.observed_at(STREAMS[name])) is not None}
    told = tuple(seen.get(name) for name, stream in STREAMS.items() if stream.product)
    known = desk.worked(f"maturity {account}", (today, told), lambda: maturity_of(view, zone))
    found = [
        _one(view, account, STREAMS[name], at, today, known, promised.get(name)) for name, at in seen.items()
    ]  # fmt: skip
    return sorted(found, key=lambda each: (each.fresh and not each.missing, each.derived))


def _one(view: View, account: str, stream: Stream, at: datetime, today: date, known: Maturity,
         promised: datetime | None) -> Coverage:  # fmt: skip
    fresh = view.moment - at <= timedelta(hours=stream.fresh_hours)
    if stream.grain is not Grain.DAY:
        return Coverage(account, stream, at, fresh, (), (), None, None, promised)
    covered, settle = view.covered(stream), known.settle_days(stream)
    settled = today - timedelta(days=1 + settle)
    span = Span(today - timedelta(days=DAYS), today - timedelta(days=1))
    first = min(covered, default=today)
    days = [_day(day, day in covered, day <= settled, day < first) for day in span]
    missing = [day for day, how in zip(span, days, strict=True) if how is Day.MISSING]
    curve = known.curve(stream, ORDERS)
    return Coverage(account, stream, at, fresh, days, missing, settled if settled in covered else None,
                    curve.at(1) if curve is not None else None, promised)  # fmt: skip


def _day(day: date, there: bool, settled: bool, before: bool) -> Day:
    if there:
        return Day.SETTLED if settled else Day.MOVING
    if before:
        return Day.BEFORE
    return Day.MISSING if settled else Day.AWAITED


def strip(coverage: Coverage) -> Markup:
    """The days as small boxes, drawn on the server; empty for a snapshot."""
    if not coverage.days:
        return Markup()
    boxes = Markup("").join(
        Markup('<rect class="day-{}" x="{}" y="0" width="{}" height="{}" rx="1"/>').format(
            how.value, at * (_CELL + _GAP), _CELL, _HEIGHT
        )
        for at, how in enumerate(coverage.days)
    )
    counted = {how: sum(each is how for each in coverage.days) for how in Day}
    told = _("of {days} days {settled} settled, {moving} still moving, {missing} missing").format(
        days=len(coverage.days), settled=counted[Day.SETTLED], moving=counted[Day.MOVING], missing=counted[Day.MISSING]
    )
    width = len(coverage.days) * (_CELL + _GAP) - _GAP
    frame = '<svg class="strip" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}</svg>'
    return Markup(frame).format(width, _HEIGHT, width, _HEIGHT, told, boxes)
