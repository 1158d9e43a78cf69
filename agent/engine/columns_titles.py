"""What people call an entity, from its state."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from agent.model.kinds import KINDS, STREAMS, Kind
from agent.ports import FactView


def titles(kind: str, view: FactView) -> Mapping[str, str]:
    """By entity id: ``exact “usb c hub” · DM-21 exact`` for a keyword, the name for what has one."""
    described = KINDS[kind]
    if described.state is None:
        return {}
    frame = view.state(STREAMS[described.state])
    parts = [part for part in (_own(described), None) if part is not None]
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


def _own(kind: Kind) -> pl.Expr | None:
    columns = {column.name for column in STREAMS[kind.state].columns} if kind.state is not None else set()
    if "text" in columns:
        quoted = pl.concat_str(pl.lit("“"), pl.col("text"), pl.lit("”"))
        return pl.concat_str(pl.col("match_type"), quoted, separator=" ") if "match_type" in columns else quoted
    return next((pl.col(name).cast(pl.String) for name in ("name", "sku") if name in columns), None)
