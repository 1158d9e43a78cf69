"""How little was missing for a rule to match: per line, 0 where it holds, up to 1 for each comparison that does not.

A comparison of figures misses by the distance of its sides as a share of the larger one; a text, a flag and everything
unknown misses by 1. Of an ``and`` the parts add up, of an ``or`` the least counts.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.engine import logic
from agent.engine.rowwise import Look, evaluate, sight
from agent.model.expression import AllOf, AnyOf, Compare, Node, Not, Scalar
from agent.model.rule import Rule

LEAST = 1e-9
"""What is missing where the two sides are equal and should not be."""


def missing(rule: Rule, row: Mapping[str, Scalar]) -> tuple[float, ...]:
    """One figure per line of ``when``, and last one for the value asked for, where the rule asks for one."""
    look, _ = sight(rule, row)
    found = [_missing(line.expression, look, True) for line in rule.when]
    if rule.propose is not None:
        found.append(0.0 if evaluate(rule.propose.to, look) is not None else 1.0)
    return tuple(found)


def _missing(node: Node, look: Look, wanted: bool) -> float:
    match node:
        case Not(operand=operand):
            return _missing(operand, look, not wanted)
        case AllOf(terms=terms) | AnyOf(terms=terms):
            parts = [_missing(term, look, wanted) for term in terms]
            return sum(parts) if isinstance(node, AllOf) is wanted else min(parts)
    if evaluate(node, look) is wanted:
        return 0.0
    if not isinstance(node, Compare) or node.left.unit in logic.WORDS:
        return 1.0
    return _apart(logic.figure(evaluate(node.left, look)), logic.figure(evaluate(node.right, look)))


def _apart(left: float | None, right: float | None) -> float:
    if left is None or right is None:
        return 1.0
    larger = max(abs(left), abs(right))
    return max(LEAST, min(1.0, abs(left - right) / larger)) if larger else LEAST
