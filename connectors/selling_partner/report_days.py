"""Which days a pull asks reports for, and how Amazon is told them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agent.model.fact import Stream
from agent.model.window import Span
from connectors.selling_partner.report_cursor import Piece, Thread
from connectors.selling_partner.report_types import Reach, ReportType
from connectors.selling_partner.streams import Source

_LONGEST_MEMORY_DAYS = 365


@dataclass(frozen=True, slots=True)
class Bounds:
    """The moments a report is asked for; None: not told."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def since_text(self) -> str | None:
        return None if self.since is None else f"{self.since:%Y-%m-%dT%H:%M:%SZ}"

    @property
    def until_text(self) -> str | None:
        return None if self.until is None else f"{self.until:%Y-%m-%dT%H:%M:%SZ}"


def today_of(source: Source) -> date:
    """The marketplace's day."""
    return source.clock.now().astimezone(ZoneInfo(source.marketplace.time_zone)).date()


def begun(source: Source, stream: Stream, type: ReportType, span: Span) -> Thread:
    """A new thread over what the pull is to bring."""
    today = today_of(source)
    match type.reach:
        case Reach.NOW:
            spans = [Span(today, today)]
        case Reach.DAYS:
            spans = list(span.pieces(type.days))
        case Reach.SINCE:
            spans = list(Span(_since(source, stream, type, today), today).pieces(type.days))
    return Thread(stream.name, source.clock.now(), tuple(Piece(each) for each in spans))


def bounds_of(source: Source, type: ReportType, span: Span) -> Bounds:
    """What to tell Amazon of a report's days."""
    if type.reach is Reach.NOW:
        return Bounds()
    if type.by_date:
        # Amazon: only the date of these moments is read. At noon it is the same by UTC and by every marketplace.
        return Bounds(datetime.combine(span.first, time(12), UTC), datetime.combine(span.last, time(12), UTC))
    zone = ZoneInfo(source.marketplace.time_zone)
    until = datetime.combine(span.last + timedelta(days=1), time(), zone).astimezone(UTC) - timedelta(seconds=1)
    since = datetime.combine(span.first, time(), zone).astimezone(UTC)
    return Bounds(since, until if until < source.clock.now() or type.reach is Reach.DAYS else None)


def _since(source: Source, stream: Stream, type: ReportType, today: date) -> date:
    """As far back as things may still change, or as what is known ends; all of the first reach where nothing is."""
    rows = source.known(stream.name)
    if rows is None:
        return today - timedelta(days=type.first_days)
    newest = max(_moments(rows, type.moment), default=None)
    behind = (today - newest.date()).days + 1 if newest is not None else type.first_days
    return today - timedelta(days=min(max(behind, stream.restate_days), _LONGEST_MEMORY_DAYS))


def _moments(rows: Sequence[Mapping[str, object]], name: str) -> Iterator[datetime]:
    return (moment for row in rows if isinstance(moment := row.get(name), datetime))
