"""What a condition can come out as, as far as reading it tells: whether it can be true, whether it can be false.

A condition is taken apart into comparisons; each narrows what a figure or a text can be, until nothing is left or every
way has been tried. What cannot be told counts as possible, so that "cannot be false" is always proven.
Unknown is left aside: it never acts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from agent.model.expression import (
    AllOf,
    AnyOf,
    Call,
    Compare,
    Formula,
    IfElse,
    In,
    Literal,
    Name,
    Node,
    Not,
    Source,
)
from agent.model.metric import Unit
from agent.model.rule import Rule
from agent.rulebook.reach import Reach
from agent.rulebook.spelled import spelled

_MOST_STEPS = 2_000
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_WORDS = (Unit.TEXT, Unit.FLAG)

Goal = tuple[Node, bool]
Form = tuple[str, float]
"""A multiple, above zero, of what has this spelling."""


class _TooLong(Exception):  # noqa: N818  given up, which is an answer
    pass


@dataclass(slots=True)
class Certainty:
    """One rule's conditions. ``by_value``: params stand for their values; else they can be anything."""

    rule: Rule
    by_value: bool = False
    _steps: int = 0
    _reach: Reach = field(init=False)

    def __post_init__(self) -> None:
        self._reach = Reach(self.rule, self.by_value)

    def can_be(self, node: Node, truth: bool, given: Iterable[Node] = ()) -> bool:
        """Whether the condition can come out so, where all of ``given`` are true."""
        self._steps = 0
        try:
            return self._possible([*((each, True) for each in given), (node, truth)], _Store(self._reach))
        except _TooLong:
            return True

    def _possible(self, goals: list[Goal], store: _Store) -> bool:
        """Whether all goals can be reached together; ``store`` holds what those before have left."""
        while goals:
            self._steps += 1
            if self._steps > _MOST_STEPS:
                raise _TooLong
            node, truth = goals.pop(0)
            node = self._reach.expanded(node)
            ways = self._ways(node, truth)
            if len(ways) != 1:
                return any(self._possible([*way, *goals], store.copy()) for way in ways)
            if ways[0] == [(node, truth)]:
                if not store.take(node, truth):
                    return False
            else:
                goals = [*ways[0], *goals]
        return True

    def _ways(self, node: Node, truth: bool) -> list[list[Goal]]:
        """The ways a goal can be reached, each by smaller goals; one way of itself alone where nothing is smaller."""
        match node:
            case Not(operand=operand):
                return [[(operand, not truth)]]
            case AllOf(terms=terms) | AnyOf(terms=terms):
                together = isinstance(node, AllOf) is truth
                goals = [(term, truth) for term in terms]
                return [goals] if together else [[goal] for goal in goals]
            case IfElse(condition=condition, then=then, otherwise=otherwise) if node.unit is Unit.FLAG:
                return [[(condition, True), (then, truth)], [(condition, False), (otherwise, truth)]]
            case Compare():
                return self._of_compare(node, truth)
        return [[(node, truth)]]

    def _of_compare(self, node: Compare, truth: bool) -> list[list[Goal]]:
        """A comparison with a choice on one side becomes comparisons with what it chooses from."""
        operator = node.operator if truth else _OPPOSITE[node.operator]
        for side, other, sign in ((node.left, node.right, operator), (node.right, node.left, _TURNED[operator])):
            side = self._reach.expanded(side)
            if isinstance(side, IfElse):
                return [[(side.condition, True), (Compare(sign, side.then, other), True)],
                        [(side.condition, False), (Compare(sign, side.otherwise, other), True)]]  # fmt: skip
            if isinstance(side, Call) and side.function == "default":
                return [[(Compare(sign, part, other), True)] for part in side.arguments]
            if isinstance(side, Call) and side.function in ("min", "max") and sign in _TURNED and sign[0] in "<>":
                goals: list[Goal] = [(Compare(sign, part, other), True) for part in side.arguments]
                return [goals] if (side.function == "max") == (sign[0] == "<") else [[goal] for goal in goals]
        return [[(node, truth)]]


@dataclass(slots=True)
class _Store:
    """What the goals so far have left of each figure and text."""

    reach: Reach
    figures: dict[str, Figures] = field(default_factory=dict)
    texts: dict[str, frozenset[object]] = field(default_factory=dict)
    never: dict[str, frozenset[object]] = field(default_factory=dict)
    known: dict[str, bool] = field(default_factory=dict)

    def copy(self) -> _Store:
        return _Store(self.reach, dict(self.figures), dict(self.texts), dict(self.never), dict(self.known))

    def take(self, node: Node, truth: bool) -> bool:
        """Whether the goal can be reached beside what was taken before."""
        match node:
            case Literal(value=value):
                return value is truth
            case Compare(operator=operator, left=left, right=right):
                return self._compared(operator if truth else _OPPOSITE[operator], left, right)
            case In(item=item, choices=choices) if item.unit is Unit.TEXT:
                return self._know(item) and self._text(item, frozenset(choices), truth)
            case Call(function="known", arguments=(argument,)):
                return self._known(self.reach.expanded(argument), truth)
            case Name() | Formula():
                return self._text(node, frozenset({True}), truth)
        return self._text(node, frozenset({True}), truth)

    def _known(self, node: Node, truth: bool) -> bool:
        if isinstance(node, Literal) or (isinstance(node, Name) and node.source is Source.PARAM):
            return truth
        if isinstance(node, Call) and node.function == "known":
            return truth
        if isinstance(node, Call) and node.function == "default":
            return truth or all(self._known(self.reach.expanded(part), False) for part in node.arguments)
        return self.known.setdefault(spelled(node), truth) is truth

    def _know(self, *nodes: Node) -> bool:
        """What is compared is known; whether it can be."""
        plain = [node for node in map(self.reach.expanded, nodes) if isinstance(node, Name | Formula)]
        return all(self.known.setdefault(spelled(node), True) for node in plain)

    def _compared(self, operator: str, left: Node, right: Node) -> bool:
        left, right = self.reach.expanded(left), self.reach.expanded(right)
        if not self._know(left, right):
            return False
        if spelled(left) == spelled(right):
            return operator in ("<=", ">=", "==")
        if left.unit in _WORDS or right.unit in _WORDS:
            return self._words(operator, left, right)
        return self._figures(operator, left, right)

    def _words(self, operator: str, left: Node, right: Node) -> bool:
        for one, other in ((left, right), (right, left)):
            if isinstance(other, Literal):
                return self._text(one, frozenset({other.value}), operator == "==")
        return self._narrowed(f"{spelled(left)} and {spelled(right)}", operator, 1.0, Figures())

    def _text(self, item: Node, choices: frozenset[object], truth: bool) -> bool:
        item = self.reach.expanded(item)
        if isinstance(item, Literal):
            return (item.value in choices) is truth
        key = spelled(item)
        if truth:
            self.texts[key] = self.texts.get(key, choices) & choices
        else:
            self.never[key] = self.never.get(key, frozenset()) | choices
        possible = self.texts.get(key) or (frozenset() if key in self.texts else self.reach.texts(item))
        return possible is None or bool(possible - self.never.get(key, frozenset()))

    def _figures(self, operator: str, left: Node, right: Node) -> bool:
        one, two = Figures(*self.reach.of(left)), Figures(*self.reach.of(right))
        if not one.can(operator, two):
            return False
        (base, times), (other, others) = self.reach.form(left), self.reach.form(right)
        if base and base == other:
            return self._same_base(operator, times, others, left)
        if base and not other and two.low == two.high:
            return self._narrowed(base, operator, two.low / times, one.over(times), whole=self.reach.is_whole(base))
        if other and not base and one.low == one.high:
            return self._narrowed(other, _TURNED[operator], one.low / others, two.over(others),
                                  whole=self.reach.is_whole(other))  # fmt: skip
        if base and other and (times == others or (one.low >= 0 and two.low >= 0)):
            if base > other:
                base, other, times, others, operator = other, base, others, times, _TURNED[operator]
            return self._narrowed(f"{base} by {other}", operator, others / times, Figures())
        return True

    def _same_base(self, operator: str, times: float, others: float, left: Node) -> bool:
        """Two multiples of one figure that is never below zero; of one that may be, nothing is told."""
        if self.reach.of(left)[0] < 0:
            return True
        return operator in ("<=", ">=", "==") or Figures(times, times).can(operator, Figures(others, others))

    def _narrowed(self, key: str, operator: str, limit: float, domain: Figures, *, whole: bool = False) -> bool:
        if operator == "!=":
            self.never[key] = self.never.get(key, frozenset()) | {limit}
        else:
            beside = _beside(operator, limit, whole)
            self.figures[key] = self.figures.get(key, domain).within(beside)
        found = self.figures.get(key, domain)
        only = found.low if found.low == found.high else None
        return not found.empty and (only is None or only not in self.never.get(key, frozenset()))


@dataclass(frozen=True, slots=True)
class Figures:
    """From ``low`` to ``high``; ``open`` ends are not part of it."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False

    @property
    def empty(self) -> bool:
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def within(self, other: Figures) -> Figures:
        low = max(self, other, key=lambda each: (each.low, each.low_open))
        high = min(self, other, key=lambda each: (each.high, not each.high_open))
        return Figures(low.low, high.high, low.low_open, high.high_open)

    def over(self, times: float) -> Figures:
        return replace(self, low=self.low / times, high=self.high / times)

    def can(self, operator: str, other: Figures) -> bool:
        """Whether some figure of these stands so to some figure of those."""
        match operator:
            case "<":
                return self.low < other.high
            case "<=":
                return self.low <= other.high
            case ">":
                return self.high > other.low
            case ">=":
                return self.high >= other.low
            case "==":
                return self.low <= other.high and other.low <= self.high
        return not self.low == self.high == other.low == other.high


def _beside(operator: str, limit: float, whole: bool) -> Figures:
    """What stands so to the limit; whole figures begin at the next whole one."""
    if whole and math.isfinite(limit):
        match operator:
            case "<":
                return Figures(high=math.ceil(limit) - 1)
            case ">":
                return Figures(low=math.floor(limit) + 1)
    return {
        "<": Figures(high=limit, high_open=True), "<=": Figures(high=limit), "==": Figures(limit, limit),
        ">": Figures(low=limit, low_open=True), ">=": Figures(low=limit),
    }[operator]  # fmt: skip
