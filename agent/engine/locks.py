"""Which entities the operator's settings take out of Steward's hands."""

from __future__ import annotations

from collections.abc import Iterable

from agent.engine.columns import judge
from agent.engine.question import Question
from agent.model.entity import Entity
from agent.model.expression import Name, Source
from agent.model.metric import Unit
from agent.model.rule import Line, Mode, Place, Rule, Severity
from agent.ports import FactView

_LOCKED = Name(Source.SETTING, "locked", Unit.FLAG, "locked")
_NAME = "locked"


def locked_entities(kinds: Iterable[str], view: FactView, question: Question) -> frozenset[Entity]:
    """All entities of these kinds for which the setting ``locked`` is true, inherited as any setting is."""
    if not any(_LOCKED.name in scope.values for scope in question.settings):
        return frozenset()
    judgements = judge([_rule(kind) for kind in kinds], view, question)
    return frozenset(
        Entity(question.account, kind, id)
        for kind, judgement in judgements.items()
        for id in judgement.decisions(_NAME)["entity"]
    )


def _rule(kind: str) -> Rule:
    """Read by the same engine as every rule, so that a setting means the same here and there."""
    line = Line("locked", _LOCKED, Place(1, 1))
    return Rule(
        name=_NAME, path="", digest="", text="", about="", judges=kind, when=(line,), mode=Mode.TELL,
        severity=Severity.S4,
    )  # fmt: skip
