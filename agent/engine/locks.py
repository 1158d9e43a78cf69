"""What belts ask of the facts by themselves: which entities the operator has locked, and what guards look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agent.engine.columns import judge
from agent.engine.columns_inputs import gather
from agent.engine.exposure import EXPOSED
from agent.engine.guards import GUARDED
from agent.engine.question import Question
from agent.model.entity import Entity
from agent.model.expression import Name, Scalar, Source
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


def guarded_facts(kinds: Iterable[str], view: FactView, question: Question) -> Mapping[Entity, Mapping[str, Scalar]]:
    """For every entity of these kinds, what their belts look at, by the names' keys."""
    looked_at = {kind: (*GUARDED.get(kind, ()), *EXPOSED.get(kind, ())) for kind in kinds}
    wanted = {kind: names for kind, names in looked_at.items() if names}
    return {
        Entity(question.account, kind, row["entity"]): row
        for kind, inputs in gather(wanted, view, question).items()
        for row in inputs.frame.iter_rows(named=True)
    }


def _rule(kind: str) -> Rule:
    """Read by the same engine as every rule, so that a setting means the same here and there."""
    line = Line("locked", _LOCKED, Place(1, 1))
    return Rule(
        name=_NAME, path="", digest="", text="", about="", judges=kind, when=(line,), mode=Mode.TELL,
        severity=Severity.S4,
    )  # fmt: skip
