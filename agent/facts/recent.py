"""What the belts ask of the facts: when each lever was last moved, and how many entities are enabled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import polars as pl

from agent.facts.faults import door
from agent.model.entity import Entity
from agent.model.fact import Stream
from agent.model.kinds import Kind, population, stream_of_state
from agent.ports import FactView


def newest_changes(view: FactView, kind: Kind, fields: Sequence[str]) -> Mapping[tuple[Entity, str], datetime]:
    """The newest change of each field of each entity, as two pulls saw it. A first sighting is no change."""
    newest: dict[tuple[Entity, str], datetime] = {}
    for field in fields:
        stream = stream_of_state(kind.name, field)
        if stream is None:
            continue
        moved = view.changes(stream, field).filter(~pl.col("first")).group_by("entity").agg(pl.col("at").max())
        with door(view.account, stream.name):
            rows = moved.collect()
        for id, at in rows.iter_rows():
            newest[Entity(view.account, kind.name, id), field] = at
    return newest


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
