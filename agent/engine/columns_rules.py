"""Rules as columns: one outcome and one wanted value per rule, over any number of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import polars as pl

from agent.engine.columns_expression import Program, Term, all_of, literal
from agent.engine.lookups import OUT_OF_RANGE, Doubt, doubts
from agent.model.expression import Name, Node, Source
from agent.model.rule import Rule


@dataclass(frozen=True, slots=True)
class Sight:
    """How one rule's names are looked up: input columns by key, its params as constants, its lets as columns."""

    rule: Rule
    program: Program
    lets: Mapping[str, Term]

    @classmethod
    def of(cls, rule: Rule, program: Program) -> Sight:
        lets: dict[str, Term] = {}
        sight = cls(rule, program, lets)
        for let in rule.lets:
            lets[let.name] = program.column(sight.term(let.expression))
        return sight

    def term(self, node: Node) -> Term:
        return self.program.compile(node, self._look)

    def operand(self, node: Node) -> Term:
        """The node as a figure, or a text or flag as it is."""
        return self.program.operand(node, self._look)

    def lines(self) -> list[Term]:
        """The truth of each line of ``when``, and last whether it is known what the rule wants."""
        lines = [self.term(line.expression) for line in self.rule.when]
        wanted = self.wanted()
        if wanted is not None:
            known = pl.when(wanted.column.is_not_null()).then(pl.lit(True))
            lines.append(Term(known, f"certain({wanted.text})", wanted.level))
        return lines

    def outcome(self) -> Term:
        return all_of(self.lines())

    def wanted(self) -> Term | None:
        if self.rule.propose is None:
            return None
        return self.program.operand(self.rule.propose.to, self._look)

    def because(self, gaps: Mapping[str, str]) -> tuple[pl.Expr, list[str]]:
        """For an unknown row, the number of its reason in the list; the first unknown line explains it."""
        nodes = [line.expression for line in self.rule.when]
        nodes += [self.rule.propose.to] if self.rule.propose is not None else []
        texts: list[str] = []
        picks: list[pl.Expr] = []
        for node, line in zip(nodes, [term.column for term in self.lines()], strict=True):
            for doubt in doubts(node, self.rule, gaps):
                picks.append(pl.when(line.is_null() & self._holds(doubt)).then(pl.lit(len(texts))))
                texts.append(doubt.text)
            picks.append(pl.when(line.is_null()).then(pl.lit(len(texts))))
            texts.append(OUT_OF_RANGE)
        return pl.coalesce(picks), texts

    def _holds(self, doubt: Doubt) -> pl.Expr:
        value = self.term(doubt.node).column
        cause = (value == 0).fill_null(False) if doubt.zero else value.is_null()
        return reduce(lambda a, b: a & b, (self.term(node).column.is_null() for node in doubt.within), cause)

    def _look(self, name: Name) -> Term:
        if name.source is Source.PARAM:
            param = self.rule.params[name.name]
            return literal(param.value, param.unit)
        if name.source is Source.LET:
            return self.lets[name.name]
        return Term(pl.col(name.key), f"column {name.key}")


def outcome_column(rule: str) -> str:
    return f"{rule} outcome"


def wanted_column(rule: str) -> str:
    return f"{rule} wanted"


@dataclass(frozen=True, slots=True)
class Compiled:
    """Rules as columns, whatever the rows."""

    rules: tuple[Rule, ...]
    program: Program
    columns: Sequence[pl.Expr]

    @classmethod
    def of(cls, rules: Sequence[Rule]) -> Compiled:
        program, columns = Program(), []
        for rule in rules:
            sight = Sight.of(rule, program)
            outcome = program.column(sight.outcome()).column
            columns.append(outcome.alias(outcome_column(rule.name)))
            wanted = sight.wanted()
            if wanted is not None:
                columns.append(pl.when(outcome).then(wanted.column).alias(wanted_column(rule.name)))
        return cls(tuple(rules), program, columns)


_KEPT = 8
_compiled: dict[tuple[int, ...], Compiled] = {}
"""By the very objects that were compiled; while they are kept here no other object can have their identity."""


def compiled(rules: Sequence[Rule]) -> Compiled:
    """The rules compiled, once for judgings that follow one another: a replay of many days judges the same rules."""
    same = tuple(map(id, rules))
    found = _compiled.get(same)
    if found is None:
        while len(_compiled) >= _KEPT:
            _compiled.pop(next(iter(_compiled), same), None)
        found = _compiled[same] = Compiled.of(rules)
    return found


def judged(frame: pl.DataFrame, rules: list[Rule]) -> pl.DataFrame:
    """For each row, each rule's outcome (true, false, unknown) and, where it matched, what it wants."""
    ready = compiled(rules)
    return ready.program.run(frame.lazy()).select(ready.columns).collect(engine="streaming")


def unknown_because(frame: pl.DataFrame, rule: Rule, gaps: Mapping[str, str]) -> dict[str, int]:
    """How often each reason explains why the rows of ``frame``, all unknown to the rule, are unknown."""
    if frame.is_empty():
        return {}
    program = Program()
    pick, texts = Sight.of(rule, program).because(gaps)
    # Not ``select`` alone: a reason that is the same constant for all would come out as one row.
    reasons = program.run(frame.lazy()).with_columns(pick.alias("reason")).select("reason").collect()
    counted = reasons["reason"].value_counts()
    counts: dict[str, int] = {}
    for reason, count in counted.sort("count", "reason", descending=[True, False]).iter_rows():
        counts[texts[reason]] = counts.get(texts[reason], 0) + count
    return counts
