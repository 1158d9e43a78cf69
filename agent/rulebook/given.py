"""What the tests of a rule give and expect: checked against the names the rule can see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from agent.model.belt import NAMES
from agent.model.expression import Formula, Name, Scalar, Source, names
from agent.model.kinds import KINDS
from agent.model.metric import Unit
from agent.model.rule import Rule, RuleTest
from agent.rulebook import nodes
from agent.rulebook.expression import Binder
from agent.rulebook.faults import Complaint, Complaints, Faults, listed, nearest, quoted
from agent.rulebook.keys import SPECIAL_EXPECTED, TEXTS_TO_SET
from agent.rulebook.plain import as_written, in_unit, plain, scalar_of
from agent.rulebook.possible import Given as GivenValue
from agent.rulebook.possible import more_than_the_whole, must_be_possible
from agent.rulebook.scope import Scope
from agent.rulebook.shape import TestShape
from agent.rulebook.syntax import parse
from agent.rulebook.tree import Text

UNKNOWN = frozenset({"", "null", "~", "unknown"})
"""Spellings of a value that is given as unknown."""

_BLOCKED = "blocked by "

Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """The field a rule sets."""

    field: str
    unit: Unit


class Tests:
    """Reads the tests of one rule; faults are added where they stand."""

    def __init__(self, scope: Scope, target: Target | None, faults: Faults) -> None:
        self.scope = scope
        self.target = target
        self.binder = Binder(scope)
        self.faults = faults
        self.names: dict[str, Name] = {}
        self.values: dict[str, GivenValue] = {}
        """What the test that is being read gives, by label."""

    def read(self, shape: TestShape) -> RuleTest:
        self.values = {}
        given = self._given(shape.given, "")
        for text, complaints in more_than_the_whole(self.values, self.scope):
            self.faults.take(text, complaints)
        expect = self._expected(shape.expect)
        return RuleTest(shape.name.text, given, expect, shape.name.place)

    def _given(self, node: nodes.Mapping, above: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, (key, value) in node.entries.items():
            label = f"{above}.{name}" if above else name
            try:
                if isinstance(value, nodes.Mapping):
                    found[name] = self._given(value, label)
                elif isinstance(value, nodes.Scalar):
                    found[name] = self._value(label, key, value)
                else:
                    self.faults.add(value.place, "R012", f"{quoted(label)} takes one value")
            except Complaints as complaints:
                self.faults.take(key, Complaints(*(_at_start(item) for item in complaints.items)))
        return found

    def _value(self, label: str, key: nodes.Scalar, text: nodes.Scalar) -> Decimal | str | bool | None:
        if label not in self.names:
            self.names[label] = self._name(named(self.binder, label), label)
        name = self.names[label]
        unit = name.unit
        if text.plain and text.text in UNKNOWN:
            return None
        try:
            value = plain(text)
            if unit is Unit.TEXT and text.plain:
                value = Text(text.text, 0)
            in_unit(value, unit)
            must_be_possible(name, as_written(value), self.scope)
            self.values[label] = GivenValue(name, as_written(value), text)
            return as_written(value)
        except Complaints as complaints:
            self.faults.take(text, complaints)
            return None

    def _name(self, node: Name | Formula, label: str) -> Name:
        if isinstance(node, Formula):
            parts = " and ".join(f"'{name.name}'" for name in names(node))
            raise Complaints(
                Complaint(0, "R061", f"{quoted(label)} is a metric, which follows from its measures", f"give {parts}")
            )
        if node.source is Source.LET:
            raise Complaints(Complaint(0, "R060", f"'{label}' is computed by the rule and cannot be given"))
        return node

    def _expected(self, node: nodes.Scalar | nodes.Mapping) -> str | dict[str, Any]:
        if isinstance(node, nodes.Mapping):
            if not node.entries:
                self.faults.add(node.place, "R062", "the test expects nothing", "write match, or {bid: 0.75}")
            return dict(self._fields(node))
        words = node.text.strip()
        blocked = words.startswith(_BLOCKED) and len(words) > len(_BLOCKED)
        if blocked and self.target is None:
            self.faults.add(node.place, "R062", "the rule proposes nothing, so nothing is ever blocked")
        elif blocked and words.removeprefix(_BLOCKED) not in NAMES:
            belt = words.removeprefix(_BLOCKED)
            self.faults.add(node.place, "R062", f"there is no belt {quoted(belt)}",
                            nearest(belt, NAMES, f"there are {listed(NAMES)}"))  # fmt: skip
        elif not blocked and words not in SPECIAL_EXPECTED:
            hint = nearest(words, SPECIAL_EXPECTED, "match, no match, unknown, blocked by BELT, or {bid: 0.75}")
            self.faults.add(node.place, "R062", f"{quoted(words)} is no outcome", hint)
        return words

    def _fields(self, node: nodes.Mapping) -> Iterator[tuple[str, Any]]:
        units = {name: self.scope.units[name] or Unit.NUMBER for name in self.scope.lets - self.scope.broken}
        if self.target is not None:
            units[self.target.field] = self.target.unit
        for name, (key, text) in node.entries.items():
            if name not in units:
                hint = nearest(name, units, f"it sets {self.target.field}" if self.target else "it proposes nothing")
                self.faults.add(key.place, "R062", f"the rule does not set {quoted(name)}", hint)
            elif not isinstance(text, nodes.Scalar):
                self.faults.add(text.place, "R012", f"{quoted(name)} takes one value")
            else:
                yield name, self._expected_value(name, text, units[name])

    def _expected_value(self, name: str, text: nodes.Scalar, unit: Unit) -> Decimal | str | bool | None:
        if text.plain and text.text in UNKNOWN:
            return None
        try:
            value = plain(text)
            in_unit(value, unit)
            if self.target is not None and name == self.target.field:
                _must_be_askable(name, as_written(value))
            return as_written(value)
        except Complaints as complaints:
            self.faults.take(text, complaints)
            return None


def _must_be_askable(field: str, value: Decimal | str | bool) -> None:
    """Complain of a value that no rule can ask for."""
    texts = TEXTS_TO_SET.get(field, ())
    if isinstance(value, str) and texts and value not in texts:
        hint = nearest(value, texts, f"it is {listed(texts)}")
        raise Complaints(Complaint(0, "R062", f"no rule can ask for {quoted(value)}", hint))
    if isinstance(value, Decimal) and value < 0:
        raise Complaints(Complaint(0, "R062", f"'{field}' never becomes {value}", "it is 0 or more"))


def named(binder: Binder, label: str) -> Name | Formula:
    """The value that a key of ``given`` stands for, such as ``recent.clicks`` or ``since_change(bid)``."""
    try:
        node = binder.bind(parse(label).tree)
    except Complaints as complaints:
        unreadable = any(item.code in ("R020", "R021", "R022") for item in complaints.items)
        if unreadable or not complaints.items:
            raise
        raise Complaints(*(Complaint(0, "R060", item.message, item.hint) for item in complaints.items)) from None
    if not isinstance(node, Name | Formula):
        raise Complaints(Complaint(0, "R060", f"{quoted(label)} is no name"))
    return node


def scope_of(rule: Rule) -> Scope:
    """The scope of a rule that was loaded, for reading its tests again."""
    units = {name: param.unit for name, param in rule.params.items()}
    units |= {let.name: let.expression.unit for let in rule.lets}
    return Scope(KINDS[rule.judges], rule.windows, dict(units), frozenset(let.name for let in rule.lets))


def values_given(rule: Rule, given: Given) -> Iterator[tuple[Name, Scalar]]:
    """What a test gives, as the engines take it: the name looked up and its value, money in micros."""
    binder = Binder(scope_of(rule))
    for label, value in _leaves(given, ""):
        node = named(binder, label)
        if isinstance(node, Name):
            yield node, scalar_of(value, node.unit)


def _leaves(given: Given, above: str) -> Iterator[tuple[str, Decimal | str | bool | None]]:
    for name, value in given.items():
        label = f"{above}.{name}" if above else name
        if isinstance(value, Mapping):
            yield from _leaves(value, label)
        else:
            yield label, value


def _at_start(item: Complaint) -> Complaint:
    return Complaint(0, item.code, item.message, item.hint)
