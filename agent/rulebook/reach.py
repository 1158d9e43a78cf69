"""Between which bounds an expression of a rule can lie, and of which figure it is a multiple."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from agent.model.expression import Arithmetic, Call, Formula, How, IfElse, Literal, Name, Negative, Node, Source
from agent.model.metric import Unit
from agent.model.money import MICROS
from agent.model.rule import Rule
from agent.rulebook.given import scope_of
from agent.rulebook.scope import Scope
from agent.rulebook.spelled import spelled
from agent.rulebook.units import FIGURES

Bounds = tuple[float, float]

ANYTHING: Bounds = (-math.inf, math.inf)
_UP: Bounds = (0.0, math.inf)


@dataclass(slots=True)
class Reach:
    """Of one rule. ``by_value``: params stand for their values; else they can be anything."""

    rule: Rule
    by_value: bool = False
    _scope: Scope = field(init=False)
    _lets: dict[str, Node] = field(init=False)
    _whole: set[str] = field(default_factory=set)
    _of_let: dict[str, Bounds] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._scope = scope_of(self.rule)
        self._lets = {let.name: let.expression for let in self.rule.lets}

    def expanded(self, node: Node) -> Node:
        """A let by what it stands for, and a param where its value counts."""
        while isinstance(node, Name) and node.source in (Source.PARAM, Source.LET):
            if node.source is Source.PARAM and not self.by_value:
                return node
            node = self.rule.params[node.name] if node.source is Source.PARAM else self._lets[node.name]
        return node

    def texts(self, node: Node) -> frozenset[object] | None:
        """All that a text or a flag can be, where that is known."""
        if node.unit is Unit.FLAG:
            return frozenset({True, False})
        choices = self._scope.choices(node) if isinstance(node, Name) else ()
        return frozenset(choices) or None

    def is_whole(self, key: str) -> bool:
        """Whether a figure of this spelling is a whole number; it must have been looked at before."""
        return key in self._whole

    def form(self, node: Node) -> tuple[str, float]:
        """The spelling of what the node is a multiple of, and the factor, above zero; none for a plain figure."""
        node = self.expanded(node)
        low, high = self.of(node)
        if low == high and math.isfinite(low):
            return "", 1.0
        if isinstance(node, Arithmetic) and node.operator in ("*", "/"):
            for part, other in ((node.left, node.right), (node.right, node.left))[: 1 + (node.operator == "*")]:
                factor, _ = bounds = self.of(other)
                if bounds == (factor, factor) and 0 < factor < math.inf:
                    base, times = self.form(part)
                    return base, times * factor if node.operator == "*" else times / factor
        if isinstance(node, Name) and _is_whole(node):
            self._whole.add(spelled(node))
        return spelled(node), 1.0

    def of(self, node: Node) -> Bounds:
        """The least and the most it can be, both included."""
        if isinstance(node, Name) and node.source is Source.LET:
            # Kept: lets that double one another would be unfolded without end.
            if node.name not in self._of_let:
                self._of_let[node.name] = self.of(self._lets[node.name])
            return self._of_let[node.name]
        node = self.expanded(node)
        match node:
            case Literal(value=value) if isinstance(value, int | float) and not isinstance(value, bool):
                return float(value), float(value)
            case Name():
                return _of_name(node, self._scope)
            case Formula(body=body):
                return self.of(body)
            case Negative(operand=operand):
                low, high = self.of(operand)
                return -high, -low
            case Arithmetic(operator=operator, left=left, right=right):
                return _computed(operator, self.of(left), self.of(right))
            case IfElse(then=then, otherwise=otherwise):
                return _either(self.of(then), self.of(otherwise))
            case Call(function=function, arguments=arguments) if function not in ("known", "contains"):
                return _called(function, [self.of(part) for part in arguments])
        return ANYTHING


def _of_name(name: Name, scope: Scope) -> Bounds:
    if name.source in (Source.SINCE, Source.CHANGES):
        return _UP
    if name.source is Source.MEASURE and name.how is How.DAYS:
        return 0.0, float(name.window.last) if name.window is not None else math.inf
    column = scope.described(name)
    if column is None or name.source is Source.SETTING or name.how is How.TREND or name.unit not in FIGURES:
        return ANYTHING
    least, most = column.least, column.most
    if name.how in (How.SUM, How.MATURE):
        return (0.0, math.inf) if least is not None else ANYTHING
    return -math.inf if least is None else _engine(least, name), math.inf if most is None else _engine(most, name)


def _engine(figure: float, name: Name) -> float:
    """A bound in the unit the engines compute in."""
    return figure * MICROS if name.unit is Unit.MONEY else figure


def _is_whole(name: Name) -> bool:
    counted = name.unit is Unit.COUNT and name.how in (How.SUM, How.MAX, How.MIN, How.LAST)
    return counted or name.source is Source.CHANGES or name.how is How.DAYS


def _either(one: Bounds, other: Bounds) -> Bounds:
    return min(one[0], other[0]), max(one[1], other[1])


def _computed(operator: str, left: Bounds, right: Bounds) -> Bounds:
    match operator:
        case "+":
            return left[0] + right[0], left[1] + right[1]
        case "-":
            return left[0] - right[1], left[1] - right[0]
        case "*":
            products = [_product(one, other) for one in left for other in right]
            return min(products), max(products)
    if left[0] >= 0 and right[0] >= 0:
        return (left[0] / right[1] if right[1] else 0.0), (left[1] / right[0] if right[0] else math.inf)
    return ANYTHING


def _product(one: float, other: float) -> float:
    return 0.0 if 0.0 in (one, other) else one * other


def _called(function: str, parts: list[Bounds]) -> Bounds:
    match function:
        case "min":
            return min(part[0] for part in parts), min(part[1] for part in parts)
        case "max":
            return max(part[0] for part in parts), max(part[1] for part in parts)
        case "clip":
            low = max(parts[0][0], parts[1][0])
            return min(low, parts[2][0]), parts[2][1]
        case "abs":
            return max(0.0, parts[0][0], -parts[0][1]), max(abs(parts[0][0]), abs(parts[0][1]))
        case "default":
            return _either(parts[0], parts[1])
        case "round":
            return (0.0, math.inf) if parts[0][0] >= 0 else ANYTHING
    return ANYTHING
