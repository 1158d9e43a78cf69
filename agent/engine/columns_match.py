"""Matches as the columns found them: objects without a reason, until somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import polars as pl

from agent.engine.columns_expression import Program
from agent.engine.columns_rules import Sight, wanted_column
from agent.engine.lookups import REMEMBERED_RULES, costs, proposed_field
from agent.engine.match import Match
from agent.model.entity import Entity
from agent.model.rule import Rule
from agent.model.verdict import Outcome, Verdict

Spell = Callable[[Mapping[str, Any]], Verdict]
"""From the row of a match to its verdict."""
COST = "largest cost"
"""The column of what ``with_costs`` adds."""


@dataclass(frozen=True)
class Matches:
    """The matches of one rule: ``rows`` hold what it looked up and concluded, and ``COST``."""

    rule: Rule
    rows: pl.DataFrame
    spell: Spell

    def of(self, account: str) -> Iterator[Match]:
        """In the order of the rows."""
        before, wanted = proposed_field(self.rule), self.rule.propose
        nothing = pl.repeat(None, self.rows.height, eager=True)
        columns = (
            self.rows["entity"],
            nothing if before is None else self.rows[before.key],
            nothing if wanted is None else self.rows[wanted_column(self.rule.name)],
            self.rows[COST],
        )
        for number, (id, was, to, cost) in enumerate(zip(*columns, strict=True)):
            yield Unspelled(Entity(account, self.rule.judges, id), was, to, cost, self, number)

    @cached_property
    def seen(self) -> list[dict[str, Any]]:
        return self.rows.drop(COST).to_dicts()


@dataclass(frozen=True, slots=True)
class Unspelled:
    """One of them."""

    entity: Entity
    before: Any
    wanted: Any
    cost: float
    among: Matches
    number: int
    outcome: ClassVar[Outcome] = Outcome.MATCH

    def spelled(self) -> Verdict:
        return self.among.spell(self.among.seen[self.number])


def with_costs(rows: pl.LazyFrame, rule: Rule) -> pl.LazyFrame:
    """The rows with the largest cost that the rule saw."""
    program, cost = _largest(rule)
    return program.run(rows).with_columns(cost.alias(COST))


@lru_cache(REMEMBERED_RULES)
def _largest(rule: Rule) -> tuple[Program, pl.Expr]:
    program = Program()
    sight = Sight.of(rule, program)
    figures = [sight.operand(node).column for node in costs(rule)]
    return program, (pl.max_horizontal(figures) if figures else pl.lit(0.0)).fill_null(0.0)
