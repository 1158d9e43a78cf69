"""What the tests of a rule do not see: lines of ``when`` that never come out one way, branches that are never taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from agent.engine.rowwise import Look, evaluate, sight
from agent.errors import Diagnostic
from agent.model.expression import Formula, IfElse, Node, Scalar, Source, children, names, walk
from agent.model.rule import Place, Rule
from agent.model.verdict import Outcome
from agent.rulebook.lint import place_in


@dataclass(frozen=True, slots=True)
class Branch:
    """One way of an ``x if c else y``. ``expression``: a let's name, ``to``, or the number of a line of ``when``."""

    expression: str
    at: int
    truth: bool


class Seen(Protocol):
    """What a test has seen."""

    @property
    def rule(self) -> str: ...
    @property
    def lines(self) -> tuple[Outcome, ...]: ...
    @property
    def branches(self) -> frozenset[Branch]: ...


def uncovered(rules: Sequence[Rule], results: Sequence[Seen]) -> Sequence[Diagnostic]:
    """The lines that no test has seen both true and false (R107), and the branches of values none has reached (R110).

    A branch of what is asked for is reached by tests that match; one that conditions look at, by any test.
    """
    found: list[Diagnostic] = []
    for rule in rules:
        mine = [one for one in results if one.rule == rule.name]
        found += _lines(rule, mine)
        found += _branches(rule, frozenset().union(*(one.branches for one in mine)))
    return found


def taken_branches(rule: Rule, row: Mapping[str, Scalar], *, matched: bool) -> Iterator[Branch]:
    """The branches one entity takes."""
    look, _values = sight(rule, row)
    looked_at = _looked_at(rule)
    for name, node, _place in _valued(rule):
        if matched or name in looked_at:
            yield from _taken(name, node, look)


def _taken(name: str, node: Node, look: Look) -> Iterator[Branch]:
    if not isinstance(node, IfElse):
        for child in children(node):
            yield from _taken(name, child, look)
        return
    yield from _taken(name, node.condition, look)
    truth = evaluate(node.condition, look)
    if isinstance(truth, bool):
        yield Branch(name, node.at, truth)
        yield from _taken(name, node.then if truth else node.otherwise, look)


def _lines(rule: Rule, results: Sequence[Seen]) -> Iterator[Diagnostic]:
    for index, line in enumerate(rule.when):
        seen = {result.lines[index] for result in results if len(result.lines) > index}
        missing = [
            word for word, outcome in (("true", Outcome.MATCH), ("false", Outcome.NO_MATCH)) if outcome not in seen
        ]
        if missing:
            said = f"no test sees this line {' or '.join(missing)}: {line.text}"
            yield Diagnostic(rule.path, line.place.line, line.place.column, "R107", said, "add a test")


def _branches(rule: Rule, taken: Iterable[Branch]) -> Iterator[Diagnostic]:
    done = set(taken)
    for name, node, place in _valued(rule):
        for part in walk(node):
            if not isinstance(part, IfElse) or part.then is part.otherwise:
                continue
            for truth, branch in ((True, part.then), (False, part.otherwise)):
                if Branch(name, part.at, truth) not in done:
                    done.add(Branch(name, part.at, truth))
                    yield _missed(rule, place, part, branch, truth=truth)


def _missed(rule: Rule, place: Place, choice: IfElse, branch: Node, *, truth: bool) -> Diagnostic:
    at, condition = (place_in(rule, place, _start(each)) for each in (branch, choice.condition))
    where = f"the condition at {condition.line}:{condition.column} is {'true' if truth else 'false'}"
    said = f"no test reaches this branch of the value, where {where}"
    return Diagnostic(rule.path, at.line, at.column, "R110", said, "add a test that does")


def _start(node: Node) -> int:
    """Where a part of an expression begins; what a metric is made of was never written."""
    parts = () if isinstance(node, Formula) else children(node)
    return min([node.at, *map(_start, parts)])


def _valued(rule: Rule) -> Iterator[tuple[str, Node, Place]]:
    """Every expression of a rule, with a name and where it begins."""
    yield from ((let.name, let.expression, let.place) for let in rule.lets)
    yield from ((str(number), line.expression, line.place) for number, line in enumerate(rule.when))
    if rule.propose is not None:
        yield "to", rule.propose.to, rule.propose.to_place


def _looked_at(rule: Rule) -> frozenset[str]:
    """The lines of ``when``, and the lets they need."""
    needed = {name.name for line in rule.when for name in names(line.expression) if name.source is Source.LET}
    for let in reversed(rule.lets):
        if let.name in needed:
            needed |= {name.name for name in names(let.expression) if name.source is Source.LET}
    return frozenset(needed | {str(number) for number in range(len(rule.when))})
