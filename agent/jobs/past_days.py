"""At which moments the days of a backtest are judged, and what the facts can say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agent.engine.lookups import looked_up
from agent.engine.streams import streams_of
from agent.errors import FactsError
from agent.facts.held import Held
from agent.model.fact import Grain
from agent.model.kinds import STREAMS
from agent.model.marketplace import Marketplace
from agent.model.proposal import Run
from agent.model.rule import Rule
from agent.model.window import Anchor, Span

_NOON = time(12)


@dataclass(frozen=True, slots=True)
class PastDay:
    """``moment``: when that day was judged; where no run is known, when its last pull had come. ``pulled``: whether
    anything the rules read was pulled on that day, or before anything ever was."""

    day: date
    moment: datetime
    pulled: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """``days``: oldest first. ``facts_from``: the first day of which there are figures; None where the rules read none.
    ``observed_from``: when the first of the streams was pulled; before it nobody knows what was known."""

    days: Sequence[PastDay]
    facts_from: date | None
    observed_from: datetime
    asked: int

    @property
    def span(self) -> Span:
        return Span(self.days[0].day, self.days[-1].day)


def past_days(rules: Sequence[Rule], held: Held, marketplace: Marketplace, runs: Sequence[Run], days: int) -> Reach:
    """The newest ``days`` days, as far as the facts reach. They end on the day of the newest pull, not today, so that
    the same facts give the same days. Raises ``FactsError`` where nothing the rules read was ever pulled."""
    zone = ZoneInfo(marketplace.time_zone)
    names = sorted({name for rule in rules for name in streams_of(rule)})
    pulled = held.pulled_on(names, zone)
    if not pulled:
        raise FactsError(
            f"nothing that these rules read was ever pulled for {held.account}", account=held.account, stream="",
            hint="run 'steward pull' first",
        )  # fmt: skip
    last, begun = max(pulled), min(pulled)
    figures = _first_day(names, held)
    first = max(last - timedelta(days=days - 1), (figures + timedelta(days=1)) if figures is not None else begun)
    judged = _judged(runs, pulled, zone)
    span = Span(min(first, last), last)
    found = [PastDay(day, judged.get(day) or _moment(day, pulled, zone), day in pulled or day < begun) for day in span]
    return Reach(found, figures, pulled[begun][0], days)


def looks_back(rule: Rule, own: int) -> int:
    """How many days before the day of judging the oldest figure lies that the rule reads; ``own``: its buffer."""
    found = 0
    for name in looked_up(rule):
        if name.window is not None:
            behind = {Anchor.NOW: 0, Anchor.YESTERDAY: 1, Anchor.SETTLED: 1 + own}[name.window.anchor]
            found = max(found, behind + name.window.back + name.window.last - 1)
    return found


def _first_day(names: Sequence[str], held: Held) -> date | None:
    firsts = [held.pulls(STREAMS[name])["day"].min() for name in names if STREAMS[name].grain is Grain.DAY]
    days = [first for first in firsts if isinstance(first, date)]
    return max(days, default=None)


def _moment(day: date, pulled: Mapping[date, Sequence[datetime]], zone: ZoneInfo) -> datetime:
    """When the day's last pull had come; of a day without any, noon."""
    return pulled[day][-1] if day in pulled else datetime.combine(day, _NOON, zone).astimezone(UTC)


def _judged(runs: Sequence[Run], pulled: Mapping[date, Sequence[datetime]], zone: ZoneInfo) -> Mapping[date, datetime]:
    """By day, the first run that began when something had been pulled that day; else the day's first run."""
    found: dict[date, datetime] = {}
    for run in sorted(runs, key=lambda run: run.started):
        day = run.started.astimezone(zone).date()
        first = pulled.get(day, [run.started])[0]
        if run.fault or (day in found and (found[day] >= first or run.started < first)):
            continue
        found[day] = run.started
    return found
