"""When each lever was last moved, by anybody, for the belts that wait after a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl

from agent.facts.faults import door
from agent.model.entity import Entity
from agent.model.kinds import STREAMS, Kind
from agent.ports import FactView


def newest_changes(view: FactView, kind: Kind, fields: Sequence[str]) -> Mapping[tuple[Entity, str], datetime]:
    """The newest change of each field of each entity, as two pulls saw it. A first sighting is no change."""
    if kind.state is None:
        return {}
    stream, newest = STREAMS[kind.state], {}
    for field in fields:
        if stream.column(field) is None:
            continue
        moved = view.changes(stream, field).filter(~pl.col("first")).group_by("entity").agg(pl.col("at").max())
        with door(view.account, stream.name):
            rows = moved.collect()
        for id, at in rows.iter_rows():
            newest[Entity(view.account, kind.name, id), field] = at
    return newest
