"""Two judgings of one population side by side: which decisions the second would not have made, or made otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from agent.engine.columns_judgement import Judgement
from agent.engine.columns_rules import outcome_column, wanted_column
from agent.model.rule import Rule

SAME = 0.05
"""Two figures that are no further apart than this share ask for the same."""
_OTHER = " of the other"

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Marks:
    """One rule, one flag per entity. ``made``: the first judging decides; ``would``: the second does; ``otherwise``:
    both do, and want different values."""

    made: Flags
    would: Flags
    otherwise: Flags


@dataclass(frozen=True, slots=True)
class Compared:
    """``entities``: who was judged by the first, sorted."""

    entities: Sequence[str]
    by_rule: Mapping[str, Marks]


def compared(one: Judgement, other: Judgement, rules: Sequence[Rule]) -> Compared:
    """Whoever only the second judged is left out."""
    names = [rule.name for rule in rules]
    theirs = other.conclusions(names)
    both = one.conclusions(names).join(theirs, on="entity", how="left", suffix=_OTHER, maintain_order="left")
    columns: list[pl.Expr] = []
    for number, rule in enumerate(rules):
        made, would = _true(outcome_column(rule.name)), _true(outcome_column(rule.name) + _OTHER)
        columns += [made.alias(f"made {number}"), would.alias(f"would {number}")]
        differs = _differs(both, wanted_column(rule.name)) if rule.propose is not None else pl.lit(False)
        columns.append((made & would & differs).alias(f"otherwise {number}"))
    found = both.select("entity", *columns)
    by_rule = {
        rule.name: Marks(*(found[f"{what} {number}"].to_numpy() for what in ("made", "would", "otherwise")))
        for number, rule in enumerate(rules)
    }
    return Compared(found["entity"].to_list(), by_rule)


def _true(column: str) -> pl.Expr:
    return pl.col(column).fill_null(False)


def _differs(frame: pl.DataFrame, column: str) -> pl.Expr:
    one, other = pl.col(column), pl.col(column + _OTHER)
    if not frame.schema[column].is_numeric():
        return one.ne_missing(other)
    return ((one - other).abs() > SAME * pl.max_horizontal(one.abs(), other.abs())).fill_null(False)
