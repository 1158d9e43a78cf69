"""From nodes to the shape of a rule file: every key in its place, every value of its form, nothing yet bound.

Faults are gathered, so what is returned may have holes; it is whole when no fault was added.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from agent.model.rule import Place
from agent.rulebook.faults import Faults, listed, nearest, quoted
from agent.rulebook.keys import LANGUAGE, LIMIT_KEYS, PROPOSALS, RULE_KEYS, TEST_KEYS, WINDOW_KEYS, Key
from agent.rulebook.nodes import Mapping, Node, Scalar, Sequence

MOST_ENTRIES = 200

Item = TypeVar("Item")
Named = tuple[tuple[Scalar, Scalar], ...]


@dataclass(frozen=True, slots=True)
class WindowShape:
    name: Scalar
    last: Scalar
    until: Scalar | None
    settle: Scalar | None = None


@dataclass(frozen=True, slots=True)
class TestShape:
    """``given`` and ``expect`` are still nodes: their keys are names of the rule's own world."""

    name: Scalar
    given: Mapping
    expect: Scalar | Mapping


@dataclass(slots=True)
class RuleShape:
    """A rule file, key by key. ``scalars`` holds the keys whose value is one text."""

    place: Place
    scalars: dict[str, Scalar] = field(default_factory=dict)
    params: Named = ()
    windows: tuple[WindowShape, ...] = ()
    lets: Named = ()
    when: tuple[Scalar, ...] = ()
    propose: dict[str, Scalar] | None = None
    limits: dict[str, Scalar] = field(default_factory=dict)
    limits_place: Place | None = None
    tests: tuple[TestShape, ...] = ()

    @property
    def tells(self) -> bool:
        """Whether it asks for no change at Amazon: it only tells, or opens tickets."""
        return self.propose is None or "ticket" in self.propose


def shape(root: Node, faults: Faults) -> RuleShape | None:
    """Sort a file's nodes by key."""
    if not isinstance(root, Mapping):
        faults.add(root.place, "R012", "a rule file holds keys with values", "start with 'rule: folder/name'")
        return None
    return _Shaper(faults).rule(root) if _is_readable(root, faults) else None


def _is_readable(root: Mapping, faults: Faults) -> bool:
    """Whether the file is written in a version of the language that is known here.

    What a newer one says would only be misread, so nothing else is told of it.
    """
    _key, text = root.entries.get("language", (None, None))
    if text is None:
        return True
    if not isinstance(text, Scalar) or not text.plain or not text.text.isdecimal() or int(text.text[:9]) < 1:
        faults.add(text.place, "R013", "'language' is the number of a version", f"this Steward reads {LANGUAGE}")
        return True
    if int(text.text[:9]) > LANGUAGE:
        said = f"the rule is written in version {text.text[:9]} of the rule language; this Steward reads {LANGUAGE}"
        faults.add(text.place, "R008", said, "upgrade steward, or use an older text of the rule")
        return False
    return True


class _Shaper:
    def __init__(self, faults: Faults) -> None:
        self.faults = faults

    def rule(self, root: Mapping) -> RuleShape:
        found = self.keys(root, RULE_KEYS, "a rule")
        rule = RuleShape(root.place)
        for name in ("rule", "about", "judges", "mode", "severity", "priority", "drift", "say"):
            if name in found and (text := self.text(found[name], name)) is not None:
                rule.scalars[name] = text
        for key in RULE_KEYS:
            if key.choices and key.name in rule.scalars:
                self.choice(rule.scalars[key.name], key)
        rule.params = self.named(found.get("params"), "params")
        rule.lets = self.named(found.get("let"), "let")
        rule.windows = tuple(self.windows(found.get("windows")))
        rule.when = self.lines(found.get("when"))
        rule.tests = tuple(self.tests(found.get("tests")))
        if "propose" in found:
            rule.propose = self.proposal(found["propose"])
        if "limits" in found:
            rule.limits, rule.limits_place = self.scalars(found["limits"], LIMIT_KEYS, "limits"), found["limits"].place
        return rule

    def proposal(self, node: Node) -> dict[str, Scalar]:
        """``set`` with ``to``, or ``create`` or ``ticket`` with what belongs to it."""
        wanted = node.entries if isinstance(node, Mapping) else {}
        what = next((word for word in PROPOSALS if word in wanted), "set")
        return self.scalars(node, PROPOSALS[what], "propose")

    def keys(self, node: Mapping, known: tuple[Key, ...], what: str) -> dict[str, Node]:
        """The values of known keys; unknown and missing ones are faults."""
        names = [key.name for key in known]
        found: dict[str, Node] = {}
        for name, (key, value) in node.entries.items():
            if name in names:
                found[name] = value
            elif name:
                hint = nearest(name, names, f"{what} has {listed(names)}")
                self.faults.add(key.place, "R010", f"{what} has no key {quoted(name)}", hint)
        for missing in known:
            if missing.required and missing.name not in found:
                self.faults.add(node.place, "R011", f"{what} needs the key '{missing.name}'", missing.about)
        return found

    def text(self, node: Node, name: str) -> Scalar | None:
        """One text that is not empty."""
        if not isinstance(node, Scalar):
            self.faults.add(
                node.place, "R012", f"{quoted(name)} takes one text", "put it in quotes if it holds : { or ["
            )
            return None
        if not node.text.strip():
            self.faults.add(node.place, "R012", f"{quoted(name)} is empty")
            return None
        return node

    def choice(self, text: Scalar, key: Key) -> None:
        if text.text not in key.choices:
            hint = nearest(text.text, key.choices, f"it is {listed(key.choices)}")
            self.faults.add(text.place, "R013", f"'{key.name}' cannot be {quoted(text.text)}", hint)

    def mapping(self, node: Node | None, name: str) -> Iterable[tuple[Scalar, Node]]:
        """The entries of a mapping, in order and bounded."""
        if node is None:
            return ()
        if not isinstance(node, Mapping):
            self.faults.add(node.place, "R012", f"'{name}' takes names with values", "such as {min_clicks: 15}")
            return ()
        return self.bounded(list(node.entries.values()), node.place, name)

    def sequence(self, node: Node | None, name: str) -> Iterable[Node]:
        if node is None:
            return ()
        if not isinstance(node, Sequence):
            self.faults.add(node.place, "R012", f"'{name}' takes a list", "start each entry with a dash")
            return ()
        return self.bounded(node.items, node.place, name)

    def bounded(self, items: list[Item], place: Place, name: str) -> list[Item]:
        if len(items) > MOST_ENTRIES:
            self.faults.add(place, "R002", f"'{name}' has more than {MOST_ENTRIES} entries")
        return items[:MOST_ENTRIES]

    def named(self, node: Node | None, name: str) -> Named:
        entries = ((key, self.text(value, key.text)) for key, value in self.mapping(node, name) if key.text)
        return tuple((key, value) for key, value in entries if value is not None)

    def windows(self, node: Node | None) -> Iterable[WindowShape]:
        for name, value in self.mapping(node, "windows"):
            found = self.scalars(value, WINDOW_KEYS, f"the window '{name.text}'")
            if "last" in found:
                yield WindowShape(name, found["last"], found.get("until"), found.get("settle"))

    def lines(self, node: Node | None) -> tuple[Scalar, ...]:
        lines = [self.text(item, "a line of when") for item in self.sequence(node, "when")]
        if isinstance(node, Sequence) and not lines:
            self.faults.add(node.place, "R012", "'when' is empty: the rule would match everything")
        return tuple(line for line in lines if line is not None)

    def scalars(self, node: Node, known: tuple[Key, ...], what: str) -> dict[str, Scalar]:
        """A mapping whose values are all one text."""
        if not isinstance(node, Mapping):
            names = listed(key.name for key in known)
            self.faults.add(node.place, "R012", f"{what} takes keys with values", f"its keys are {names}")
            return {}
        texts = {name: self.text(value, name) for name, value in self.keys(node, known, what).items()}
        return {name: text for name, text in texts.items() if text is not None}

    def tests(self, node: Node | None) -> Iterable[TestShape]:
        for item in self.sequence(node, "tests"):
            if not isinstance(item, Mapping):
                self.faults.add(item.place, "R012", "a test has the keys name, given and expect")
                continue
            found = self.keys(item, TEST_KEYS, "a test")
            name = self.text(found["name"], "name") if "name" in found else None
            given, expect = found.get("given"), found.get("expect")
            if given is not None and not isinstance(given, Mapping):
                self.faults.add(given.place, "R012", "'given' takes names with values", "such as {bid: 1.00}")
            if isinstance(expect, Sequence):
                self.faults.add(expect.place, "R012", "'expect' takes an outcome, or fields with values")
            if name and isinstance(given, Mapping) and isinstance(expect, Scalar | Mapping):
                yield TestShape(name, given, expect)
