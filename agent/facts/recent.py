"""What the belts ask of the facts: when each lever was last moved, how many entities are enabled, what is spent."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from agent.facts.faults import door
from agent.model.entity import Entity
from agent.model.fact import Stream
from agent.model.kinds import STREAMS, Kind, population, stream_of_figure, stream_of_state
from agent.model.window import Span
from agent.ports import FactView


@dataclass(frozen=True, slots=True)
class Moved:
    """A change of a column that a pull saw at ``at``. Money in micros."""

    at: datetime
    after: Any


def newest_moves(view: FactView, kind: Kind, fields: Sequence[str]) -> Mapping[tuple[Entity, str], Moved]:
    """The newest change of each field of each entity, as two pulls saw it. A first sighting is no change."""
    newest: dict[tuple[Entity, str], Moved] = {}
    for field in fields:
        stream = stream_of_state(kind.name, field)
        if stream is None:
            continue
        last = pl.col("after").sort_by("at").last()
        moved = view.changes(stream, field).filter(~pl.col("first")).group_by("entity").agg(pl.col("at").max(), last)
        with door(view.account, stream.name):
            rows = moved.collect()
        for id, at, after in rows.iter_rows():
            newest[Entity(view.account, kind.name, id), field] = Moved(at, after)
    return newest


def highest_bids(view: FactView) -> Mapping[str, int]:
    """By campaign, the highest bid or default bid in it that is not archived, in micros."""
    found: dict[str, int] = {}
    for name, column in (("keywords", "bid"), ("product_targets", "bid"), ("ad_groups", "default_bid")):
        stream = STREAMS[name]
        with door(view.account, name):
            alive = view.state(stream).filter(pl.col("state") != "archived")
            rows = alive.group_by("campaign_id").agg(pl.col(column).max()).drop_nulls().collect()
        for campaign, bid in rows.iter_rows():
            found[campaign] = max(bid, found.get(campaign, 0))
    return found


def daily_budgets(view: FactView) -> int | None:
    """Of all enabled campaigns together, in micros; None where campaigns were never pulled."""
    stream = STREAMS["campaigns"]
    if view.observed_at(stream) is None:
        return None
    with door(view.account, stream.name):
        enabled = view.state(stream).filter(pl.col("state") == "enabled")
        return int(enabled.select(pl.col("budget").sum()).collect().item() or 0)


def daily_spend(view: FactView, span: Span) -> Mapping[date, int]:
    """What advertising cost on each day of the span that was delivered, in micros."""
    stream = STREAMS["campaign_traffic"]
    covered = [day for day in view.covered(stream) if day in span]
    if not covered:
        return {}
    with door(view.account, stream.name):
        rows = view.increments(stream, span).group_by("day").agg(pl.col("cost").sum()).collect()
    spent = {day: int(cost or 0) for day, cost in rows.iter_rows()}
    return {day: spent.get(day, 0) for day in sorted(covered)}


def spend_of(view: FactView, kind: Kind, ids: Collection[str], span: Span) -> int:
    """What advertising these entities cost within the span, in micros; nothing of a kind that has no cost."""
    stream = stream_of_figure(kind.name, "cost")
    if stream is None or not ids:
        return 0
    with door(view.account, stream.name):
        theirs = view.increments(stream, span).filter(pl.col("entity").is_in(list(ids)))
        return int(theirs.select(pl.col("cost").cast(pl.Int64).sum()).collect().item() or 0)


def enabled(view: FactView, kind: Kind) -> int:
    """How many entities of a kind are enabled; of a kind whose things have no such state, how many there are."""
    stream = population(kind, lambda stream: view.observed_at(stream) is not None)
    if stream is None:
        return 0
    there = view.state(stream)
    with door(view.account, stream.name):
        counted = there if stream.column("state") is None else there.filter(pl.col("state") == "enabled")
        return int(counted.select(pl.len()).collect().item())


def texts_of(view: FactView, stream: Stream, column: str) -> Iterator[tuple[str, str]]:
    """Each entity's newest known text of a column, where it has one."""
    with door(view.account, stream.name):
        rows = view.state(stream).select("entity", column).drop_nulls().collect()
    yield from rows.iter_rows()
