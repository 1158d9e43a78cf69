"""Several related entities as one: the SKUs that an ad group advertises."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from agent.engine.columns_types import type_of
from agent.model.expression import Name, Source
from agent.model.kinds import STREAMS, Relation, state_columns
from agent.model.metric import Rollup
from agent.ports import FactView


def rolled_up(relation: Relation, related: pl.DataFrame, asked: Mapping[str, Name], view: FactView) -> pl.DataFrame:
    """A row for each entity that the relation pairs, under the name of its ``pair`` column, and a column per key.

    What is not known of one of several is not known of them together.
    """
    if relation.through is None:
        raise ValueError(f"the relation to {relation.kind} leads to one entity")
    stream = STREAMS[relation.through]
    pairs = view.state(stream)
    if stream.column("state") is not None:
        pairs = pairs.filter(pl.col("state") == "enabled")
    unique = pairs.select(pl.col(relation.pair).cast(pl.String), pl.col(relation.many).cast(pl.String)).drop_nulls()
    both = unique.unique().collect().join(related, left_on=relation.many, right_on="entity", how="left")
    together = (_together(name, relation.kind).alias(key) for key, name in asked.items())
    return both.group_by(relation.pair).agg(together)


def _together(name: Name, kind: str) -> pl.Expr:
    value = pl.col(name.key)
    match _rollup(name, kind):
        case Rollup.MIN:
            figure = value.min()
        case Rollup.MAX:
            figure = value.max()
        case Rollup.SUM:
            figure = value.sum()
        case Rollup.MEAN:
            figure = value.cast(pl.Float64).mean()
        case Rollup.SAME:
            return pl.when(value.n_unique() == 1).then(value.first())
    return pl.when(~value.has_nulls()).then(figure).cast(type_of(name))


def _rollup(name: Name, kind: str) -> Rollup:
    match name.source:
        case Source.MEASURE | Source.CHANGES:
            return Rollup.SUM
        case Source.SINCE | Source.AGE:
            return Rollup.MIN
        case Source.STATE | Source.UNTIL:
            return state_columns(kind)[name.name].rollup
        case _:
            return Rollup.SAME
