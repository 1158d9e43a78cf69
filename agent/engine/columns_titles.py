"""What people call an entity, from its state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from agent.model.fact import Stream
from agent.model.kinds import KINDS, STREAMS, population
from agent.ports import FactView

_CALLED_BY_ID = frozenset({"sku", "listing", "asin"})
"""Kinds whose ids are words that people know."""
_LONGEST = 80


def titles(kind: str, view: FactView) -> Mapping[str, str]:
    """By entity id: ``exact “usb c hub” · DM-21 exact`` for a keyword, the name for what has one."""
    described = KINDS[kind]
    stream = population(described, lambda stream: view.observed_at(stream) is not None)
    if stream is None:
        return {}
    frame = view.state(stream)
    parts = list(_own(stream))
    campaign = described.relations.get("campaign")
    if campaign is not None:
        names = view.state(STREAMS["campaigns"]).select(
            pl.col("entity").cast(pl.String).alias(campaign.column), pl.col("name").alias("of campaign")
        )
        frame = frame.join(names, on=campaign.column, how="left")
        parts.append(pl.col("of campaign"))
    title = pl.concat_str(parts, separator=" · ", ignore_nulls=True) if parts else pl.col("entity")
    rows = frame.select(pl.col("entity").cast(pl.String), title.alias("title")).collect(engine="streaming")
    return dict(zip(rows["entity"], rows["title"], strict=True))


def _own(stream: Stream) -> Iterator[pl.Expr]:
    columns = {column.name for column in stream.columns}
    if "match_type" in columns or stream.kind == "product_target":
        quoted = pl.concat_str(pl.lit("“"), pl.col("text"), pl.lit("”"))
        yield pl.concat_str(pl.col("match_type"), quoted, separator=" ") if "match_type" in columns else quoted
        return
    if stream.kind in _CALLED_BY_ID:
        yield pl.col("entity").cast(pl.String)
    found = next((name for name in ("name", "title", "sku", "asin", "text") if name in columns), None)
    if found is not None:
        yield pl.col(found).cast(pl.String).str.slice(0, _LONGEST)
