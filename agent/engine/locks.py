"""What belts ask of the facts by themselves: which entities the operator has locked, and what guards look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agent.engine.columns import judge
from agent.engine.columns_inputs import gather
from agent.engine.columns_some import Some
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


def guarded_facts(
    entities: Iterable[Entity], view: FactView, question: Question
) -> Mapping[Entity, Mapping[str, Scalar]]:
    """For each of these entities, what the belts of its kind look at, by the names' keys."""
    by_kind: dict[str, set[str]] = {}
    for entity in entities:
        by_kind.setdefault(entity.kind, set()).add(entity.id)
    found: dict[Entity, Mapping[str, Scalar]] = {}
    for kind, ids in by_kind.items():
        names = (*GUARDED.get(kind, ()), *EXPOSED.get(kind, ()))
        if names:
            inputs = gather({kind: names}, Some(view, kind, ids), question)[kind]
            found |= {Entity(question.account, kind, row["entity"]): row for row in inputs.frame.iter_rows(named=True)}
    return found


def _rule(kind: str) -> Rule:
    """Read by the same engine as every rule, so that a setting means the same here and there."""
    line = Line("locked", _LOCKED, Place(1, 1))
    return Rule(
        name=_NAME, path="", digest="", text="", about="", judges=kind, when=(line,), mode=Mode.TELL,
        severity=Severity.S4,
    )  # fmt: skip
