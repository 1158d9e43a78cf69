"""How the rules of one kind judged its whole population."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

import polars as pl

from agent.engine.columns_inputs import Inputs
from agent.engine.columns_match import COST, Matches, with_costs
from agent.engine.columns_missing import all_missing
from agent.engine.columns_rules import judged, outcome_column, unknown_because, wanted_column
from agent.engine.lookups import looked_up
from agent.engine.match import Match
from agent.engine.missing import missing
from agent.engine.question import Question
from agent.engine.rowwise import judge_row
from agent.errors import AgentError
from agent.model.entity import Entity
from agent.model.rule import Rule
from agent.model.verdict import Near, Outcome, Tally, Verdict

Titles = Callable[[], Mapping[str, str]]


class Judgement:
    """One kind. Results stay columns; only what is asked for becomes a ``Verdict`` with its trace.

    A verdict is spelled out by the row-by-row engine and has to say what the columns said, so nothing acts that the
    two do not agree on.
    """

    def __init__(
        self, kind: str, rules: Sequence[Rule], inputs: Inputs, question: Question, titles: Titles = dict
    ) -> None:
        self._kind = kind
        self._rules = {rule.name: rule for rule in rules}
        self._question = question
        self._gaps = inputs.gaps
        self._titles_of = titles
        self._frame = inputs.frame.hstack(judged(inputs.frame, list(rules)))

    @property
    def population(self) -> int:
        return self._frame.height

    @cached_property
    def tallies(self) -> Sequence[Tally]:
        return [self._tally(rule) for rule in self._rules.values()]

    def tally(self, rule: str, *, because: bool = True) -> Tally:
        """How one rule judged everybody; without ``because``, not why they were unknown."""
        return self._tally(self._rules[rule], because=because)

    def entities(self, limit: int) -> Sequence[str]:
        """Some of the judged ids, in no particular order."""
        return self._frame["entity"].head(limit).to_list()

    def decisions(self, rule: str) -> pl.DataFrame:
        """``entity`` and ``wanted`` of every match, as columns."""
        wanted = pl.lit(None) if self._rules[rule].propose is None else pl.col(wanted_column(rule))
        return self._rows(pl.col(outcome_column(rule))).select("entity", wanted.alias("wanted")).collect()

    def conclusions(self, rules: Sequence[str]) -> pl.DataFrame:
        """``entity``, sorted, and what these rules concluded of everybody, as columns."""
        proposing = [name for name in rules if self._rules[name].propose is not None]
        names = [*map(outcome_column, rules), *map(wanted_column, proposing)]
        return self._frame.select("entity", *names).sort("entity")

    def concluded(self, rule: str, outcome: Outcome) -> frozenset[str]:
        """The ids of everybody of whom the rule concluded this."""
        column = pl.col(outcome_column(rule))
        wanted = {Outcome.MATCH: column, Outcome.NO_MATCH: ~column, Outcome.UNKNOWN: column.is_null()}[outcome]
        return frozenset(self._rows(wanted).select("entity").collect()["entity"])

    def matches(self, rule: str, limit: int | None = None, without: Collection[str] = (),
                among: Collection[str] | None = None) -> Sequence[Match]:  # fmt: skip
        """Every match, or the first ``limit``, sorted by entity id, but for those of ``without``; of those of
        ``among`` where it is given. They can be spelled out."""
        whom, asked = pl.col(outcome_column(rule)), self._rules[rule]
        if without:
            whom = whom & ~pl.col("entity").is_in(list(without))
        if among is not None:
            whom = whom & pl.col("entity").is_in(list(among))
        rows = with_costs(self._rows(whom), asked).select(*_columns_of(asked), COST).sort("entity")
        found = Matches(asked, (rows if limit is None else rows.head(limit)).collect(), partial(self._spell, asked))
        return list(found.of(self._question.account))

    def differing(self, rule: str, other: str) -> frozenset[str]:
        """The ids of everybody whom one of the two rules matches and the other does not, or of whom they want another
        value."""
        one, two = (pl.col(outcome_column(name)).fill_null(False) for name in (rule, other))
        wanted = [pl.col(wanted_column(name)) for name in (rule, other) if self._rules[name].propose is not None]
        same = wanted[0].eq_missing(wanted[1]) if len(wanted) == 2 else pl.lit(not wanted)
        return frozenset(self._rows((one | two) & ~(one & two & same)).select("entity").collect()["entity"])

    def verdict(self, rule: str, entity_id: str) -> Verdict | None:
        """What the rule says of one entity, whatever it says; None if there is no such entity."""
        return next(self._spelled(rule, self._seen_by(rule, pl.col("entity") == entity_id)), None)

    def verdicts(self, rule: str) -> Sequence[Verdict]:
        """Every entity in the order given. For small populations: an object each."""
        return list(self._spelled(rule, self._seen_by(rule)))

    def near(self, rule: str, limit: int) -> Sequence[Near]:
        """Those that came closest to a match without being one, least missing first."""
        others = self._seen_by(rule, ~pl.col(outcome_column(rule)).fill_null(False))
        ranked = others.with_columns(all_missing(others, self._rules[rule]))
        return list(self._near(rule, ranked.sort("missing", "entity").head(limit)))

    def answer(self, rule: str, entity_id: str) -> Near | None:
        """What the rule says of one entity and how much is missing, whatever it says; None without such an entity."""
        return next(self._near(rule, self._seen_by(rule, pl.col("entity") == entity_id)), None)

    def _near(self, rule: str, rows: pl.DataFrame) -> Iterator[Near]:
        for row, verdict in zip(rows.iter_rows(named=True), self._spelled(rule, rows), strict=True):
            yield Near(verdict, missing(self._rules[rule], row))

    def title(self, entity_id: str) -> str:
        """What people call the entity; its id where nothing better is known."""
        return self._titles.get(entity_id, entity_id)

    @cached_property
    def _titles(self) -> Mapping[str, str]:
        return self._titles_of()

    @cached_property
    def _counts(self) -> Mapping[str, tuple[int, int]]:
        """How many match and how many are unknown, by rule."""
        outcomes = [pl.col(outcome_column(name)) for name in self._rules]
        matched = self._frame.select(column.sum() for column in outcomes).row(0)
        unknown = self._frame.select(column.null_count() for column in outcomes).row(0)
        return {
            name: (int(holds or 0), doubts) for name, holds, doubts in zip(self._rules, matched, unknown, strict=True)
        }

    def _tally(self, rule: Rule, *, because: bool = True) -> Tally:
        matched, unknown = self._counts[rule.name]
        reasons: Mapping[str, int] = {}
        if unknown and because:
            doubtful = self._seen_by(rule.name, pl.col(outcome_column(rule.name)).is_null())
            reasons = unknown_because(doubtful, rule, self._gaps)
        return Tally(rule.name, rule.digest, self.population, matched, unknown, reasons)

    def _seen_by(self, name: str, whom: pl.Expr | None = None) -> pl.DataFrame:
        """What one rule looked up and concluded, of everybody or of some."""
        columns = _columns_of(self._rules[name])
        if whom is None:
            return self._frame.select(columns)
        return self._rows(whom).select(columns).collect()

    def _rows(self, whom: pl.Expr) -> pl.LazyFrame:
        """Some rows, lazily: of a wide frame only the columns that are asked for then are touched."""
        return self._frame.lazy().filter(whom)

    def _spelled(self, name: str, rows: pl.DataFrame) -> Iterator[Verdict]:
        """One verdict per row of ``_seen_by``."""
        return (self._spell(self._rules[name], row) for row in rows.iter_rows(named=True))

    def _spell(self, rule: Rule, row: Mapping[str, Any]) -> Verdict:
        entity = Entity(self._question.account, self._kind, row["entity"])
        verdict = judge_row(rule, row, entity, self._question, self._gaps)
        wanted = verdict.wanted if verdict.outcome is Outcome.MATCH else None
        concluded = Outcome.of(row[outcome_column(rule.name)])
        if concluded is not verdict.outcome or row.get(wanted_column(rule.name)) != wanted:
            raise AgentError(
                f"the two ways of judging disagree on {entity} under {rule.name}",
                hint="this is a fault of Steward; please report it with the rule's text",
            )
        return verdict


def _columns_of(rule: Rule) -> list[str]:
    """What a rule looked up and concluded."""
    concluded = [outcome_column(rule.name), *([wanted_column(rule.name)] if rule.propose is not None else [])]
    return ["entity", *(looked.key for looked in looked_up(rule)), *concluded]
