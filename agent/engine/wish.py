"""What a rule asks for, on its way through the belts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from agent.engine.lookups import proposed_field
from agent.engine.match import Match
from agent.model.actions import CREATE
from agent.model.change import Change, Value
from agent.model.creation import Creation
from agent.model.entity import Entity
from agent.model.marketplace import Marketplace
from agent.model.metric import Unit
from agent.model.money import Money, to_step
from agent.model.percent import Percent
from agent.model.proposal import Answer, BeltAnswer
from agent.model.rule import AD_GROUP, TEXT, Propose, Rule
from agent.model.verdict import Outcome, Verdict

_WHOLE = frozenset({Unit.COUNT, Unit.DAYS})


@dataclass(frozen=True, slots=True)
class Wish:
    """A match with the absolute change it asks for, and what the belts have said of it so far."""

    rule: Rule
    match: Match
    change: Change
    answers: tuple[BeltAnswer, ...] = ()
    blocked: bool = False
    """Whether any of the answers blocks it."""

    @classmethod
    def of(cls, rule: Rule, match: Match, marketplace: Marketplace) -> Wish:
        """Money is rounded down to the marketplace's step. Anything but a match with a value is a ``ValueError``:
        what is unknown never comes this far."""
        if rule.propose is not None and rule.propose.creates and match.outcome is Outcome.MATCH:
            return cls(rule, match, _creation(rule.propose, match.spelled(), marketplace))
        field = proposed_field(rule)
        if field is None or match.outcome is not Outcome.MATCH or match.wanted is None:
            raise ValueError(f"{rule.name} asks nothing of {match.entity}: {match.outcome}")
        before = _value(match.before, field.unit, marketplace)
        after = _value(match.wanted, field.unit, marketplace, step=marketplace.step)
        return cls(rule, match, Change(match.entity, field.name, before, after))

    @property
    def lever(self) -> tuple[str, str, str]:
        """Kind, entity and field: what may be changed once in a run."""
        return (self.change.entity.kind, self.change.entity.id, self.change.field)

    @property
    def idle(self) -> bool:
        """Nothing would change."""
        return self.change.before == self.change.after

    @property
    def amounts(self) -> tuple[Money, Money] | None:
        """Before and after, where both are money."""
        before, after = self.change.before, self.change.after
        return (before, after) if isinstance(before, Money) and isinstance(after, Money) else None

    @property
    def looked_at(self) -> Entity:
        """Whose facts say what the change may cost: of what is new, those of what it is made for."""
        return self.match.entity if self.change.field == CREATE else self.change.entity

    @property
    def spends_less(self) -> bool:
        """A change that can only make advertising spend less, whatever else is so."""
        change = self.change
        if change.field == CREATE:
            return change.entity.kind == "negative_keyword"
        if change.field == "state":
            return change.after == "paused"
        if change.field == "bidding_strategy":
            return _boldness(change.after) <= _boldness(change.before)
        if isinstance(change.before, Percent) and isinstance(change.after, Percent):
            return change.after <= change.before
        if self.amounts is None or change.field not in ("bid", "default_bid", "budget"):
            return False
        return self.amounts[1] <= self.amounts[0]

    def passed(self, belt: str, figure: str = "", limit: str = "", note: str = "") -> Wish:
        return self._said(BeltAnswer(belt, Answer.PASS, figure, limit, note))

    def blocked_by(self, belt: str, figure: str = "", limit: str = "", note: str = "") -> Wish:
        return self._said(BeltAnswer(belt, Answer.BLOCK, figure, limit, note))

    def clamped(self, belt: str, after: Value, figure: str = "", limit: str = "", note: str = "") -> Wish:
        """The same wish, asking for less."""
        said = self._said(BeltAnswer(belt, Answer.CLAMP, figure, limit, note))
        return replace(said, change=replace(self.change, after=after))

    def _said(self, answer: BeltAnswer) -> Wish:
        blocked = self.blocked or answer.answer is Answer.BLOCK
        return Wish(self.rule, self.match, self.change, (*self.answers, answer), blocked)


_BOLDER = ("legacy_for_sales", "manual", "auto_for_sales", "rule_based")
"""Bidding strategies, the one that bids least first: down only, fixed, up and down."""


def _boldness(strategy: Value) -> int:
    """Of what is not known nothing can be said: as a value it is the boldest, so that it never counts as a cut."""
    return _BOLDER.index(strategy) if isinstance(strategy, str) and strategy in _BOLDER else len(_BOLDER)


def _creation(propose: Propose, verdict: Verdict, marketplace: Marketplace) -> Change:
    """The change from nothing to a new thing, whose entity is what makes it unique."""
    bid = marketplace.money(to_step(verdict.wanted, marketplace.step)) if propose.to.unit is Unit.MONEY else None
    made = Creation.of(propose.field, str(verdict.values[AD_GROUP]), propose.match_type, str(verdict.values[TEXT]), bid)
    return Change(Entity(verdict.entity.account, made.kind, made.key), CREATE, None, made)


def _value(value: Any, unit: Unit, marketplace: Marketplace, step: int | None = None) -> Value:
    """A figure of the engine as a value of a change: micros become money, counts whole numbers."""
    if value is None:
        return None
    if unit is Unit.MONEY:
        return marketplace.money(to_step(value, step) if step is not None else round(value))
    if unit is Unit.RATIO:
        return Percent.of(value)
    if unit is Unit.TEXT:
        return str(value)
    if unit in _WHOLE:
        return int(value)
    raise ValueError(f"a {unit} cannot be set")
