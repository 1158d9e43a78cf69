"""The same as ``missing``, of everybody at once."""

from __future__ import annotations

from functools import reduce

import polars as pl

from agent.engine import logic
from agent.engine.columns_expression import Program
from agent.engine.columns_rules import Sight
from agent.engine.missing import LEAST
from agent.model.expression import AllOf, AnyOf, Compare, Node, Not
from agent.model.rule import Rule


def all_missing(frame: pl.DataFrame, rule: Rule) -> pl.Series:
    """For each row, how much of the rule is missing in all."""
    program = Program()
    sight = Sight.of(rule, program)
    lines = [_missing(line.expression, sight, True) for line in rule.when]
    wanted = sight.wanted()
    if wanted is not None:
        lines.append(pl.when(wanted.column.is_null()).then(1.0).otherwise(0.0))
    whole = reduce(lambda a, b: a + b, lines, pl.lit(0.0))
    return program.run(frame.lazy()).with_columns(whole.alias("missing")).select("missing").collect()["missing"]


def _missing(node: Node, sight: Sight, wanted: bool) -> pl.Expr:
    match node:
        case Not(operand=operand):
            return _missing(operand, sight, not wanted)
        case AllOf(terms=terms) | AnyOf(terms=terms):
            parts = [_missing(term, sight, wanted) for term in terms]
            return reduce(lambda a, b: a + b, parts) if isinstance(node, AllOf) is wanted else pl.min_horizontal(parts)
    truth = sight.program.column(sight.term(node)).column
    holds = (truth if wanted else ~truth).fill_null(False)
    figures = isinstance(node, Compare) and node.left.unit not in logic.WORDS
    apart = _apart(node, sight) if isinstance(node, Compare) and figures else pl.lit(1.0)
    return pl.when(holds).then(0.0).otherwise(apart)


def _apart(node: Compare, sight: Sight) -> pl.Expr:
    left, right = (sight.program.column(sight.operand(side)).column for side in (node.left, node.right))
    larger = pl.max_horizontal(left.abs(), right.abs())
    share = pl.when(larger > 0).then((left - right).abs() / larger).otherwise(0.0)
    known = left.is_not_null() & right.is_not_null()
    return pl.when(known).then(share.clip(LEAST, 1.0)).otherwise(1.0)
