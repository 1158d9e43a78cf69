"""What a rule's conditions say of its figures, as ranges beside a base: ``recent.acos`` above 1.1 × ``target_acos``.

Only lines that must hold are read; what stands below ``or`` and ``not`` says nothing for certain. Figures of the
dictionary are never below zero, and neither are settings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from agent.model.expression import (
    AllOf,
    Arithmetic,
    Call,
    Compare,
    Formula,
    In,
    Literal,
    Name,
    Node,
    Not,
    Source,
    names,
)
from agent.model.rule import Rule

Key = str
ALONE: Key = ""
"""The base of plain numbers."""
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}
_IMPLIES = {"clicks": "impressions", "purchases": "units"}
"""An amount above zero in the same window makes the other one so."""


@dataclass(frozen=True, slots=True)
class Range:
    """From ``low`` to ``high``; ``open`` ends are not part of it."""

    low: float = 0.0
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False

    def meets(self, other: Range) -> bool:
        """Whether any figure lies in both."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        if low < high:
            return True
        opened = any(
            (each.low == low and each.low_open) or (each.high == high and each.high_open) for each in (self, other)
        )
        return low == high and not opened

    def within(self, other: Range) -> Range:
        """What lies in both."""
        low, high = (
            max(self, other, key=lambda each: (each.low, each.low_open)),
            min(self, other, key=lambda each: (each.high, not each.high_open)),
        )
        return Range(low.low, high.high, low.low_open, high.high_open)

    def times(self, factor: Range) -> Range:
        return Range(_product(self.low, factor.low), _product(self.high, factor.high), self.low_open, self.high_open)

    def turned(self) -> Range:
        """One over it."""
        return Range(_inverse(self.high), _inverse(self.low), self.high_open, self.low_open)


@dataclass(slots=True)
class Known:
    """``ranges``: of a key, beside a base; ``texts``: the texts a key can have; ``labels``: keys as authors write.

    ``missing``: daily figures that must be unknown; ``needed``: those that must be known.
    """

    rule: Rule
    ranges: dict[tuple[Key, Key], Range] = field(default_factory=dict)
    texts: dict[Key, frozenset[object]] = field(default_factory=dict)
    labels: dict[Key, str] = field(default_factory=dict)
    missing: set[Key] = field(default_factory=set)
    needed: set[Key] = field(default_factory=set)

    @classmethod
    def of(cls, rule: Rule) -> Known:
        known = cls(rule)
        for line in rule.when:
            for term in _certain(line.expression):
                known._learn(term)
        return known

    def wanted(self) -> Range | str | None:
        """What the rule asks for, beside the field as it is; a text where it asks for one; None: it cannot be told."""
        if self.rule.propose is None:
            return None
        to, field = self.rule.propose.to, self.rule.propose.field
        if isinstance(to, Literal) and isinstance(to.value, str):
            return to.value
        key = Name(Source.STATE, field, to.unit, field).key
        asked = self.ranges.get((_spelled(self._expanded(to)), key))
        found = self._beside(to, key)
        return found.within(asked) if found is not None and asked is not None else found or asked

    # Conditions

    def _learn(self, term: Node) -> None:
        if isinstance(term, Not) and isinstance(term.operand, Call) and term.operand.function == "known":
            self.missing.add(self._key(term.operand.arguments[0]))
        if isinstance(term, Compare):
            self.needed |= {name.key for name in names(term) if name.source is Source.MEASURE}
        if isinstance(term, In) and all(isinstance(each, str) for each in term.choices):
            self._text(term.item, frozenset(term.choices))
        if not isinstance(term, Compare) or term.operator not in _TURNED:
            return
        for left, right, operator in ((term.left, term.right, term.operator),
                                      (term.right, term.left, _TURNED[term.operator])):  # fmt: skip
            right = self._expanded(right)
            if isinstance(right, Literal) and isinstance(right.value, str):
                self._text(left, frozenset({right.value}))
            else:
                self._figure(left, right, operator)

    def _text(self, item: Node, choices: frozenset[object]) -> None:
        key = self._key(item)
        if key:
            self.texts[key] = self.texts.get(key, choices) & choices

    def _figure(self, left: Node, right: Node, operator: str) -> None:
        left = self._expanded(left)
        found, key = self._value(right), self._key(left) or _spelled(left)
        if found is None or key == found[0]:
            return
        base, range = found
        limit = {
            "<": Range(0.0, range.high, high_open=True), "<=": Range(0.0, range.high),
            ">": Range(range.low, low_open=True), ">=": Range(range.low), "==": range,
        }[operator]  # fmt: skip
        self._keep(key, base, limit)
        for name in names(left) if isinstance(left, Name) and limit.low > 0 else ():
            if name.name in _IMPLIES and base == ALONE:
                implied = Name(name.source, _IMPLIES[name.name], name.unit, _IMPLIES[name.name], name.path, name.window,
                               name.how)  # fmt: skip
                self.labels[implied.key] = name.label.replace(name.name, implied.name)
                self._keep(implied.key, base, Range(0.0, low_open=True))

    def _keep(self, key: Key, base: Key, limit: Range) -> None:
        self.labels.setdefault(key, key)
        self.ranges[key, base] = self.ranges.get((key, base), Range()).within(limit)
        if base != ALONE:
            self.labels.setdefault(base, base)
            self.ranges[base, key] = self.ranges.get((base, key), Range()).within(limit.turned())

    # Values

    def _value(self, node: Node) -> tuple[Key, Range] | None:
        """A node as a range of multiples of a base; None where it is neither."""
        node = self._expanded(node)
        if isinstance(node, Literal):
            number = isinstance(node.value, int | float) and not isinstance(node.value, bool) and node.value >= 0
            return (ALONE, Range(float(node.value or 0), float(node.value or 0))) if number else None
        if isinstance(node, Name | Formula):
            return self._key(node), Range(1.0, 1.0)
        if isinstance(node, Arithmetic):
            return self._computed(node) or (_spelled(node), Range(1.0, 1.0))
        if isinstance(node, Call) and node.function in ("min", "max"):
            return self._chosen(node)
        return None

    def _computed(self, node: Arithmetic) -> tuple[Key, Range] | None:
        left, right = self._value(node.left), self._value(node.right)
        if left is None or right is None:
            return None
        (base, one), (other, two) = left, right
        match node.operator:
            case "*" if ALONE in (base, other):
                return base or other, one.times(two)
            case "/" if other == ALONE:
                return base, one.times(two.turned())
            case "/" if (base, other) in self.ranges:
                return ALONE, one.times(two.turned()).times(self.ranges[base, other])
            case "+" if base == other:
                return base, Range(one.low + two.low, one.high + two.high)
            case "-" if base == other and one.low >= two.high:
                return base, Range(one.low - two.high, one.high - two.low)
        return None

    def _chosen(self, node: Call) -> tuple[Key, Range] | None:
        """Of parts that have one base: the least or the most of them."""
        found = [self._value(part) for part in node.arguments]
        bases = {part[0] for part in found if part is not None}
        if None in found or len(bases) != 1:
            return None
        return bases.pop(), _picked(min if node.function == "min" else max, [part[1] for part in found if part])

    def _beside(self, node: Node, base: Key) -> Range | None:
        """A node as multiples of the base, by way of what the conditions say where it has another one."""
        node = self._expanded(node)
        if isinstance(node, Call) and node.function in ("min", "max"):
            return self._chosen_beside(node, base)
        found = self._value(node)
        if found is None:
            return None
        if found[0] == base:
            return found[1]
        between = self.ranges.get((found[0], base))
        return found[1].times(between) if between is not None else None

    def _chosen_beside(self, node: Call, base: Key) -> Range | None:
        """Of a least, one known part bounds it from above; of a most, from below."""
        found = [part for part in (self._beside(part, base) for part in node.arguments) if part is not None]
        if not found:
            return None
        whole = _picked(min if node.function == "min" else max, found)
        if len(found) == len(node.arguments):
            return whole
        return Range(0.0, whole.high) if node.function == "min" else Range(whole.low)

    def _expanded(self, node: Node) -> Node:
        """A param or let by what it stands for."""
        while isinstance(node, Name) and node.source in (Source.PARAM, Source.LET):
            lets = {let.name: let.expression for let in self.rule.lets}
            node = self.rule.params[node.name] if node.source is Source.PARAM else lets[node.name]
        return node

    def _key(self, node: Node) -> Key:
        key = _key_of(node)
        if key:
            self.labels[key] = getattr(node, "label", key)
        return key


def _certain(node: Node) -> Iterator[Node]:
    if isinstance(node, AllOf):
        for term in node.terms:
            yield from _certain(term)
    else:
        yield node


def _key_of(node: Node) -> Key:
    """The same figure has the same key in every rule."""
    if isinstance(node, Formula):
        inner = "+".join(sorted({name.key for name in names(node.body)}))
        return f"{node.label.rpartition('.')[2]}({inner})"
    return node.key if isinstance(node, Name) else ""


def _spelled(node: Node) -> Key:
    """A key for anything else, within one rule."""
    return _key_of(node) or repr(node)


def _picked(choose: Callable[[list[float]], float], parts: list[Range]) -> Range:
    return Range(choose([part.low for part in parts]), choose([part.high for part in parts]))


def _product(one: float, other: float) -> float:
    return 0.0 if 0.0 in (one, other) else one * other


def _inverse(figure: float) -> float:
    return math.inf if figure == 0 else 0.0 if math.isinf(figure) else 1 / figure
