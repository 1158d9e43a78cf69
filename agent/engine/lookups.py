"""What a rule looks up, and why a value it looked up may be unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from agent.engine import logic
from agent.model.expression import (
    AllOf,
    AnyOf,
    Arithmetic,
    Call,
    Formula,
    IfElse,
    Name,
    Node,
    Source,
    children,
    names,
    walk,
)
from agent.model.kinds import state_columns
from agent.model.metric import Unit
from agent.model.rule import Rule
from agent.model.verdict import is_cost

OUT_OF_RANGE = "a figure is out of range"
REMEMBERED_RULES = 2048
"""What follows from a rule's text alone is worked out once for so many rules: it is asked for at every match."""
_OWN = frozenset({Source.PARAM, Source.LET})


@lru_cache(REMEMBERED_RULES)
def looked_up(rule: Rule) -> tuple[Name, ...]:
    """Every name whose value comes from outside the rule, once each, in the order first used."""
    found = {name.key: name for node in _expressions(rule) for name in names(node) if name.source not in _OWN}
    current = proposed_field(rule)
    if current is not None:
        found.setdefault(current.key, current)
    return tuple(found.values())


@lru_cache(REMEMBERED_RULES)
def proposed_field(rule: Rule) -> Name | None:
    """The state column the rule proposes to change, as a name; None where it changes none."""
    if rule.propose is None or rule.propose.creates:
        return None
    column = state_columns(rule.judges).get(rule.propose.field)
    unit = column.unit if column is not None else Unit.TEXT
    return Name(Source.STATE, rule.propose.field, unit, rule.propose.field)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a verdict names with its value: by line of ``when``, and in what the rule says."""

    lines: tuple[tuple[Name | Formula, ...], ...]
    said: tuple[Name | Formula, ...]


@lru_cache(REMEMBERED_RULES)
def spoken(rule: Rule) -> Spoken:
    """The names and formulas that stand in the rule, as its author wrote them."""
    lines = (tuple(_named(line.expression)) for line in rule.when)
    said = (named for piece in rule.say if piece.value is not None for named in _named(piece.value))
    return Spoken(tuple(lines), tuple(said))


def _named(node: Node) -> Iterator[Name | Formula]:
    """Not what a formula is made of."""
    if isinstance(node, Name | Formula):
        yield node
        return
    for child in children(node):
        yield from _named(child)


def costs(rule: Rule) -> tuple[Node, ...]:
    """The costs among the values of a verdict of the rule: see ``Match.cost``."""
    named = spoken(rule)
    found: dict[str, Node] = {let.name: let.expression for let in rule.lets}
    found |= {node.label: node for nodes in (*named.lines, named.said) for node in nodes}
    return tuple(node for label, node in found.items() if is_cost(label) and node.unit not in logic.WORDS)


def needed(rule: Rule) -> tuple[Name, ...]:
    """What a conclusion cannot do without: not what the rule asks ``known`` or gives a ``default`` for, nor what it
    only speaks of."""
    nodes = list(_deciding(rule))
    spared = {
        name.key
        for node in nodes
        for part in walk(node)
        if isinstance(part, Call) and part.function in ("known", "default")
        for name in names(part.arguments[0])
    }
    return tuple(
        name for node in nodes for name in names(node) if name.source not in _OWN and name.key not in spared
    )  # fmt: skip


def _deciding(rule: Rule) -> Iterator[Node]:
    yield from (let.expression for let in rule.lets)
    yield from (line.expression for line in rule.when)
    if rule.propose is not None:
        yield rule.propose.to


def _expressions(rule: Rule) -> Iterator[Node]:
    yield from _deciding(rule)
    yield from (piece.value for piece in rule.say if piece.value is not None)


@dataclass(frozen=True, slots=True)
class Doubt:
    """One cause of an unknown value: ``node`` is unknown (or zero), while everything in ``within`` is unknown."""

    node: Node
    text: str
    zero: bool = False
    within: tuple[Node, ...] = ()


def doubts(node: Node, rule: Rule, gaps: Mapping[str, str]) -> list[Doubt]:
    """The causes that can make ``node`` unknown; the first that holds explains it.

    ``gaps`` says for the key of a name why it is unknown for every entity.
    """
    return list(_doubts(node, {let.name: let.expression for let in rule.lets}, gaps, ()))


def _doubts(node: Node, lets: dict[str, Node], gaps: Mapping[str, str], within: tuple[Node, ...]) -> Iterator[Doubt]:
    match node:
        case Name(source=Source.LET, name=name):
            expression = lets.pop(name, None)  # explained where it is first used
            if expression is not None:
                yield from _doubts(expression, lets, gaps, (*within, node))
        case Name():
            yield Doubt(node, gaps.get(node.key) or _missing(node), within=within)
        case AllOf(terms=terms) | AnyOf(terms=terms):
            for term in terms:
                yield from _doubts(term, lets, gaps, (*within, term))
        case IfElse(condition=condition, then=then, otherwise=otherwise):
            yield from _doubts(condition, lets, gaps, (*within, condition))
            yield from _doubts(then, lets, gaps, (*within, then))
            yield from _doubts(otherwise, lets, gaps, (*within, otherwise))
        case Call(function="known"):
            return
        case Call(function="default", arguments=(_, fallback)):
            yield from _doubts(fallback, lets, gaps, within)
        case _:
            for child in children(node):
                yield from _doubts(child, lets, gaps, within)
            if isinstance(node, Arithmetic) and node.operator == "/":
                yield Doubt(node.right, f"{_spelled(node.right)} is 0", zero=True, within=within)


def _missing(name: Name) -> str:
    match name.source:
        case Source.SETTING:
            return f"{name.label} is not set in the configuration"
        case Source.SINCE | Source.CHANGES | Source.WAS | Source.HELD:
            return f"{name.label} has no history"
        case Source.STATE | Source.AGE | Source.UNTIL:
            return f"{name.label} is empty"
        case _:
            return f"{name.label} is not known"


def _spelled(node: Node) -> str:
    label = getattr(node, "label", "")
    return label or "a divisor"
