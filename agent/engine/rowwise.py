"""One entity at a time, in plain Python: the meaning of a rule, written to be read.

The set-based engine must conclude the same to the last bit. Traces are spelled out here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agent.engine import logic
from agent.engine.lookups import OUT_OF_RANGE, Doubt, doubts, proposed_field, spoken
from agent.engine.question import Question
from agent.model.entity import Entity
from agent.model.expression import (
    AllOf,
    AnyOf,
    Arithmetic,
    Call,
    Compare,
    Formula,
    IfElse,
    In,
    Literal,
    Name,
    Negative,
    Node,
    Not,
    Scalar,
    Source,
)
from agent.model.rule import Line, Rule
from agent.model.say import render
from agent.model.verdict import Outcome, Step, Verdict

Look = Callable[[Name], Scalar]


def judge_row(
    rule: Rule, row: Mapping[str, Scalar], entity: Entity, question: Question, gaps: Mapping[str, str] | None = None
) -> Verdict:
    """What the rule concludes of one entity. ``row`` holds its input values by ``Name.key``; what it lacks is unknown.

    A rule that cannot say what it wants is unknown, even where every line holds.
    ``gaps`` says for a key why its value is missing for every entity.
    """
    look, values = sight(rule, row)
    named = spoken(rule)
    trace = [_step(line, seen, rule, look, gaps or {}) for line, seen in zip(rule.when, named.lines, strict=True)]
    wanted: Scalar = None
    if rule.propose is not None:
        wanted = _operand(rule.propose.to, look)
        if wanted is None and outcome_of(trace) is Outcome.MATCH:
            text = f"{rule.propose.action} {rule.propose.field}"
            trace.append(Step(text, Outcome.UNKNOWN, {}, _because(rule.propose.to, rule, look, gaps or {})))
    outcome, current = outcome_of(trace), proposed_field(rule)
    return Verdict(
        rule.name, rule.digest, entity, question.today, question.known_at, outcome, tuple(trace),
        reason=_reason(rule, look, question) if outcome is Outcome.MATCH else "",
        values=values | _values(named.said, look), wanted=wanted,
        before=None if current is None else row.get(current.key),
    )  # fmt: skip


def _reason(rule: Rule, look: Look, question: Question) -> str:
    return render(rule.say, lambda node: evaluate(node, look), question.currency)


def outcome_of(trace: list[Step]) -> Outcome:
    """Every line must hold."""
    truth = {Outcome.MATCH: True, Outcome.NO_MATCH: False, Outcome.UNKNOWN: None}
    return Outcome.of(logic.all_of(truth[step.outcome] for step in trace))


def evaluate(node: Node, look: Look) -> Scalar:
    """The value of an expression, its names looked up by ``look``."""
    match node:
        case Name():
            return look(node)
        case Literal(value=value):
            return value
        case Formula(body=body):
            return evaluate(body, look)
        case Arithmetic(operator=operator, left=left, right=right):
            return logic.arithmetic(operator, _figure(left, look), _figure(right, look))
        case Negative(operand=operand):
            return logic.arithmetic("*", -1.0, _figure(operand, look))
        case Call(function=function, arguments=arguments):
            return _call(function, arguments, look)
        case IfElse(condition=condition, then=then, otherwise=otherwise):
            truth = _truth(condition, look)
            return None if truth is None else _operand(then if truth else otherwise, look)
        case _:
            return _truth(node, look)


def _truth(node: Node, look: Look) -> bool | None:
    match node:
        case Compare(operator=operator, left=left, right=right):
            return logic.compare(operator, _operand(left, look), _operand(right, look))
        case AllOf(terms=terms):
            return logic.all_of([_truth(term, look) for term in terms])
        case AnyOf(terms=terms):
            return logic.any_of([_truth(term, look) for term in terms])
        case Not(operand=operand):
            return logic.opposite(_truth(operand, look))
        case In(item=item, choices=choices):
            return logic.is_in(_operand(item, look), choices)
        case _:
            value = evaluate(node, look)
            return value if isinstance(value, bool) else None


def _call(function: str, arguments: tuple[Node, ...], look: Look) -> Scalar:
    match function:
        case "known":
            return evaluate(arguments[0], look) is not None
        case "default":
            first = _operand(arguments[0], look)
            return _operand(arguments[1], look) if first is None else first
        case "contains":
            return logic.contains(evaluate(arguments[0], look), evaluate(arguments[1], look))
    figures = [_figure(argument, look) for argument in arguments]
    match function:
        case "min":
            return logic.least(figures)
        case "max":
            return logic.greatest(figures)
        case "clip":
            return logic.least([logic.greatest(figures[:2]), figures[2]])
        case "abs":
            return None if figures[0] is None else abs(figures[0])
        case "round":
            return logic.round_to(figures[0], figures[1] if len(figures) > 1 else 1.0)
    raise ValueError(f"{function!r} is no function of the rule language")


def _operand(node: Node, look: Look) -> Scalar:
    value = evaluate(node, look)
    return value if node.unit in logic.WORDS else logic.figure(value)


def _figure(node: Node, look: Look) -> float | None:
    return logic.figure(evaluate(node, look))


def sight(rule: Rule, row: Mapping[str, Scalar]) -> tuple[Look, dict[str, Any]]:
    """How the rule's names are looked up, and the values of its lets."""
    lets: dict[str, Any] = {}

    def look(name: Name) -> Scalar:
        if name.source is Source.PARAM:
            return rule.params[name.name].value
        value: Scalar = lets[name.name] if name.source is Source.LET else row.get(name.key)
        return None if isinstance(value, float) and logic.finite(value) is None else value

    for let in rule.lets:
        lets[let.name] = evaluate(let.expression, look)
    return look, lets


def _values(named: Sequence[Name | Formula], look: Look) -> dict[str, Any]:
    """Each under the words its author used."""
    return {node.label: evaluate(node, look) for node in named}


def _step(line: Line, named: Sequence[Name | Formula], rule: Rule, look: Look, gaps: Mapping[str, str]) -> Step:
    truth = _truth(line.expression, look)
    because = _because(line.expression, rule, look, gaps) if truth is None else ""
    return Step(line.text, Outcome.of(truth), _values(named, look), because)


def _because(node: Node, rule: Rule, look: Look, gaps: Mapping[str, str]) -> str:
    return next((doubt.text for doubt in doubts(node, rule, gaps) if _holds(doubt, look)), OUT_OF_RANGE)


def _holds(doubt: Doubt, look: Look) -> bool:
    value = evaluate(doubt.node, look)
    return value == (0 if doubt.zero else None) and all(evaluate(node, look) is None for node in doubt.within)
