"""The types of input columns, and division that is the same in every column."""

from __future__ import annotations

import polars as pl

from agent.engine.logic import is_whole
from agent.model.expression import Name, Source
from agent.model.kind import SELF, Relation
from agent.model.metric import Unit


def type_of(name: Name) -> pl.DataType:
    """The type of a name's column."""
    if name.unit is Unit.TEXT:
        return pl.String()
    if name.unit is Unit.FLAG:
        return pl.Boolean()
    return pl.Int64() if is_whole(name) else pl.Float64()


def typed(column: pl.Expr, name: Name) -> pl.Expr:
    """The column in its type; a figure that is no finite number is unknown."""
    cast = column.cast(type_of(name))
    return pl.when(cast.is_finite()).then(cast) if type_of(name) == pl.Float64() else cast


def quotient(above: pl.Expr, below: pl.Expr) -> pl.Expr:
    """IEEE division of finite doubles, element by element.

    polars divides a longer column by a constant as a product with its reciprocal, which is off by one bit every few
    values, and which values depends on how the engine cut the column. Adding nothing of the dividend to the divisor
    makes that a column as well.
    """
    return above / (below + above * 0.0)


def state_text(column: str) -> Name:
    """A text column of a state, such as the id of a related entity."""
    return Name(Source.STATE, column, Unit.TEXT, column)


def link_of(relation: Relation) -> str:
    """The column of a kind's frame by which a related kind is joined on."""
    return SELF if relation.column == SELF else state_text(relation.column).key
