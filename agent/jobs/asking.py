"""Why, and why not: what rules say of anything, from the stored facts, at any moment that they reach back to.

Asked with the rules and settings of today; the facts are those that were known at the moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.engine.columns import Judgement
from agent.jobs.judge import Court
from agent.model.rule import Rule
from agent.model.verdict import Near, Verdict


@dataclass(frozen=True, slots=True)
class Answer:
    """What one rule says of one entity. ``title``: what people call it."""

    rule: Rule
    title: str
    near: Near

    @property
    def verdict(self) -> Verdict:
        return self.near.verdict


def answers(court: Court, entity: str, moment: datetime | None = None) -> Sequence[Answer]:
    """Every rule's answer for whatever has this id: what comes closest to a match first. None where no rule judges
    a thing of that id, or it was not known at the moment."""
    judgements = court.judgements(moment)
    found = [_answer(rule, judgements, judgements[rule.judges].answer(rule.name, entity)) for rule in court.rules]
    return sorted((each for each in found if each is not None), key=lambda each: (each.near.missing, each.rule.name))


def nearest(court: Court, rule: Rule, limit: int, moment: datetime | None = None) -> Sequence[Answer]:
    """The near misses of one rule, least missing first."""
    judgements = court.judgements(moment)
    found = (_answer(rule, judgements, near) for near in judgements[rule.judges].near(rule.name, limit))
    return [each for each in found if each is not None]


def _answer(rule: Rule, judgements: Mapping[str, Judgement], near: Near | None) -> Answer | None:
    if near is None:
        return None
    return Answer(rule, judgements[rule.judges].title(near.verdict.entity.id), near)
