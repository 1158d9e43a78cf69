"""Judging set by set: all rules over one kind share one scan of the facts, and a rule costs an expression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import polars as pl

from agent.engine.columns_inputs import Inputs, gather
from agent.engine.columns_judgement import Judgement
from agent.engine.columns_titles import titles
from agent.engine.columns_types import type_of
from agent.engine.lookups import looked_up
from agent.engine.question import Question
from agent.model.entity import Entity
from agent.model.expression import Name, Scalar
from agent.model.rule import Rule
from agent.model.verdict import Verdict
from agent.ports import FactView, FigureShelf

__all__ = ["Judgement", "judge", "judge_rows"]


def judge(
    rules: Sequence[Rule], view: FactView, question: Question, shelf: FigureShelf | None = None
) -> Mapping[str, Judgement]:
    """By entity kind, what every rule concludes about every entity of the account. ``shelf``: where figures of an
    earlier judging are, for those of whom nothing has changed since."""
    by_kind: dict[str, list[Rule]] = {}
    for rule in rules:
        by_kind.setdefault(rule.judges, []).append(rule)
    inputs = gather({kind: _looked_up(some) for kind, some in by_kind.items()}, view, question, shelf)
    return {
        kind: Judgement(kind, some, inputs[kind], question, partial(titles, kind, view))
        for kind, some in by_kind.items()
    }


def judge_rows(
    rule: Rule, rows: Sequence[Mapping[str, Scalar]], entities: Sequence[Entity], question: Question
) -> Sequence[Verdict]:
    """The same on given input rows, keyed by ``Name.key``; what a row lacks is unknown."""
    columns = [_given(name, rows) for name in looked_up(rule)]
    frame = pl.DataFrame([pl.Series("entity", [entity.id for entity in entities], dtype=pl.String), *columns])
    verdicts = Judgement(rule.judges, [rule], Inputs(frame, {}), question).verdicts(rule.name)
    return [replace(verdict, entity=entity) for verdict, entity in zip(verdicts, entities, strict=True)]


def _looked_up(rules: Sequence[Rule]) -> list[Name]:
    return list({name.key: name for rule in rules for name in looked_up(rule)}.values())


def _given(name: Name, rows: Sequence[Mapping[str, Scalar]]) -> pl.Series:
    values = [row.get(name.key) for row in rows]
    fractions = type_of(name) == pl.Int64() and any(isinstance(value, float) for value in values)
    column = pl.Series(name.key, values, dtype=pl.Float64() if fractions else type_of(name), strict=False)
    return column.set(~column.is_finite(), None) if column.dtype == pl.Float64() else column
