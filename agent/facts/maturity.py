"""What an account's own corrections say of how its figures mature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from agent.facts.faults import door
from agent.facts.streams import additive
from agent.methods.maturity import completeness
from agent.model.fact import Stream
from agent.model.kinds import STREAMS
from agent.model.maturity import DEFAULT, MOST_AGE, PUBLISHED, Curve, Maturity
from agent.model.window import Span
from agent.ports import FactView

LEARNT_DAYS = 60
"""How many days back corrections are looked at: longer than figures move, short enough to follow a change."""
_EVENTS = {"cost": "clicks", "sales": "purchases", "units": "purchases"}
"""What is counted where the figure itself is no count of events."""
_AGES = MOST_AGE + 1

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Looks:
    """When which days were delivered. ``ages``: day × age, whether somebody looked."""

    first: date
    ages: npt.NDArray[np.bool_]


def maturity_of(view: FactView, zone: ZoneInfo) -> Maturity:
    """The account's curves as far as its pulls tell, each pulled towards the published one.

    All streams of an ad product mature alike, so they are learned from the one with the fewest rows that was ever
    pulled twice.
    """
    learned = {product: dict(curves) for product, curves in PUBLISHED.items()}
    for product in PUBLISHED:
        stream = _told_by(product, view)
        if stream is not None:
            learned[product] |= _curves(stream, view, zone)
    return Maturity(learned) if learned != dict(PUBLISHED) else DEFAULT


def _told_by(product: str, view: FactView) -> Stream | None:
    """Campaigns are few, search terms many."""
    streams = [STREAMS[name] for name in _SMALLEST_FIRST if STREAMS[name].product == product]
    return next((stream for stream in streams if len(view.pulls_of(stream)) > 1), None)


_SMALLEST_FIRST = ("campaign_traffic", "ad_group_traffic", "keyword_traffic", "product_target_traffic")


def _curves(stream: Stream, view: FactView, zone: ZoneInfo) -> Mapping[str, Curve]:
    newest = max(at for at, _first, _last in view.pulls_of(stream)).astimezone(zone).date()
    span = Span(newest - timedelta(days=LEARNT_DAYS), newest - timedelta(days=1))
    looks = _looks(stream, view, zone, span)
    if not (looks.ages[:, :-1] & looks.ages[:, 1:]).any():
        return {}
    known = _known(stream, view, zone, span, looks)
    published, found = PUBLISHED[stream.product], {}
    ends = {name: np.nansum(np.nanmax(np.where(looks.ages, figures, -np.inf), axis=1, initial=0.0))
            for name, figures in known.items()}  # fmt: skip
    for name, figures in known.items():
        if name not in published:
            continue
        start = np.array([published[name].at(age) for age in range(_AGES)])
        events = ends.get(_EVENTS.get(name, name), 0.0)
        learned = completeness(figures, start, ends[name] / events if events else 1.0)
        found[name] = Curve(_rounded(learned.shares), _rounded(learned.low), _rounded(learned.high), learned.days)
    return found


def _rounded(shares: Floats) -> tuple[float, ...]:
    """To a hundred-thousandth, so that the last bits of a sum decide nothing."""
    return tuple(float(round(share, 5)) for share in shares)


def _looks(stream: Stream, view: FactView, zone: ZoneInfo, span: Span) -> _Looks:
    ages = np.zeros((len(span), _AGES), dtype=np.bool_)
    for seen, first, last in {(at.astimezone(zone).date(), first, last) for at, first, last in view.pulls_of(stream)}:
        for day in Span(max(first, span.first), min(last, span.last)):
            if (seen - day).days >= 0:
                ages[(day - span.first).days, min((seen - day).days, MOST_AGE)] = True
    return _Looks(span.first, ages)


def _known(stream: Stream, view: FactView, zone: ZoneInfo, span: Span, looks: _Looks) -> Mapping[str, Floats]:
    """By column, day × age: what was known of the day so many days later; NaN where nobody looked."""
    names = additive(stream)
    age = (pl.col("observed_at").dt.convert_time_zone(zone.key).dt.date() - pl.col("day")).dt.total_days()
    rows = view.increments(stream, span).group_by("day", age.clip(0, MOST_AGE).alias("age"))
    with door(view.account, stream.name):
        sums = rows.agg(pl.col(name).cast(pl.Int64).sum() for name in names).collect()
    place = ((sums["day"] - looks.first).dt.total_days().to_numpy(), sums["age"].to_numpy())
    return {name: _running(sums[name].to_numpy(), place, looks) for name in names}


def _running(booked: npt.NDArray[np.int64], place: Sequence[npt.NDArray[np.int64]], looks: _Looks) -> Floats:
    steps = np.zeros(looks.ages.shape)
    np.add.at(steps, (place[0], place[1]), booked)
    return np.where(looks.ages, np.cumsum(steps, axis=1), np.nan)
