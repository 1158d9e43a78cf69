"""From the shape of a file to a rule: every name resolved, every figure with its unit, every limit in bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TypeVar

from agent.model.expression import Literal, Node
from agent.model.kinds import KINDS, Kind, state_columns
from agent.model.metric import Unit
from agent.model.rule import Let, Limits, Line, Mode, Place, Propose, Rule, RuleTest, Said, Severity
from agent.rulebook import create, ticket
from agent.rulebook.bounds import read_drift, read_limits, read_priority
from agent.rulebook.create import Wanted
from agent.rulebook.declared import Declared
from agent.rulebook.expression import Binder
from agent.rulebook.faults import Complaint, Complaints, Faults, each, listed, nearest, quoted
from agent.rulebook.given import Target, Tests
from agent.rulebook.impartial import impartial, refuse_a_cap
from agent.rulebook.keys import LEVERS, TEXTS_TO_SET
from agent.rulebook.nodes import Scalar
from agent.rulebook.plain import in_unit, own_unit
from agent.rulebook.said import Piece, pieces
from agent.rulebook.scope import Scope
from agent.rulebook.shape import RuleShape
from agent.rulebook.syntax import Parsed, parse
from agent.rulebook.tree import Choice, Text, Tree
from agent.rulebook.units import spoken

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class File:
    """A rule file as read."""

    path: str
    text: str
    digest: str

    @classmethod
    def of(cls, path: str, data: bytes) -> File:
        return cls(path, data.decode("utf-8-sig", "replace"), sha256(data).hexdigest())


@dataclass(frozen=True, slots=True)
class Written:
    """An expression of the file, read but not bound. ``shift``: its offset in a longer text."""

    text: Scalar
    parsed: Parsed
    shift: int = 0


def bind(shape: RuleShape, file: File, faults: Faults) -> Rule | None:
    """The rule, or None with every fault added."""
    judges = shape.scalars.get("judges")
    kind = KINDS.get(judges.text) if judges is not None else None
    declared = Declared(shape, kind, faults)
    return _RuleBinder(shape, kind, declared, file, faults).rule() if kind is not None else None


class _RuleBinder:
    def __init__(self, shape: RuleShape, kind: Kind, declared: Declared, file: File, faults: Faults) -> None:
        self.shape = shape
        self.kind = kind
        self.declared = declared
        self.file = file
        self.faults = faults
        units = {name: own_unit(value) for name, (_, value) in declared.params.items()}
        units |= dict.fromkeys(declared.lets)
        self.scope = Scope(kind, declared.windows, units, frozenset(declared.lets), frozenset(declared.broken))
        self.binder = Binder(self.scope)
        self.field: str | None = None
        self.read: dict[tuple[Place, str], Written | None] = {}

    def rule(self) -> Rule | None:
        """Bind everything, in the order in which units become known."""
        lines = [self._parsed(text) for text in self.shape.when]
        target = self._target()
        self.field = target.field if target is not None else None
        wanted = self._wanted(target)
        said = list(self._pieces())
        unit = Unit.DAYS if self.opens else target.unit if target is not None else None
        self._decide([*lines, *(written for _, written in said)], wanted, unit)
        lets = [let for let in map(self._let, self.declared.lets) if let is not None]
        when = [line for line in (self._line(written) for written in lines if written) if line is not None]
        made = self._made(target)
        propose = made.propose if made is not None else None if self.creates else self._propose(target, wanted)
        lets += made.lets if made is not None else ()
        task, more = self._task()
        lets += more
        params = dict(self._params())
        limits = read_limits(self.shape, target.unit if target is not None else None, self.faults)
        refuse_a_cap(self.field, self.shape, self.faults)
        priority, drift = read_priority(self.shape, self.faults), read_drift(self.shape, self.faults)
        say = tuple(part for part in (self._said(piece, written) for piece, written in said) if part is not None)
        tests = self._tests(target)
        mode = self._mode()
        if self.faults.found:
            return None
        whole = self._whole(tuple(lets), tuple(when), propose, params, limits, say, tuple(tests), mode, priority)
        return replace(whole, drift=drift, ticket=task)

    def _whole(self, lets: tuple[Let, ...], when: tuple[Line, ...], propose: Propose | None,
               params: Mapping[str, Literal], limits: Limits, say: tuple[Said, ...], tests: tuple[RuleTest, ...],
               mode: Mode, priority: int) -> Rule:  # fmt: skip
        text = self.shape.scalars
        return Rule(
            name=text["rule"].text, path=self.file.path, digest=self.file.digest, text=self.file.text,
            about=text["about"].text, judges=self.kind.name, when=when, mode=mode,
            severity=Severity(text["severity"].text) if "severity" in text else Severity.S4,
            params=params, windows=self.declared.windows, lets=lets, propose=propose, limits=limits, say=say,
            tests=tests, priority=priority,
        )  # fmt: skip

    # Units of params and lets

    def _decide(self, expressions: list[Written | None], wanted: Written | None, unit: Unit | None) -> None:
        """Bind until no param or let gets a unit any more. Faults are told later, when all units are known."""
        conditions = [written.parsed for written in expressions if written is not None]
        for _ in range(len(self.scope.units) + 1):
            if all(self.scope.units.values()):
                return
            self.binder.decided = False
            for name, (_, parsed) in self.declared.lets.items():
                self._unit_of_let(name, parsed)
            for parsed in conditions:
                self._quietly(parsed, None)
            if wanted is not None:
                self._quietly(wanted.parsed, unit)
            if not self.binder.decided:
                return

    def _quietly(self, parsed: Parsed, want: Unit | None) -> Node | None:
        try:
            return self.binder.bind(parsed.tree, want)
        except Complaints:
            return None

    def _unit_of_let(self, name: str, parsed: Parsed) -> None:
        """A let of free figures waits for its use; any other has the unit of its expression."""
        unit = self.scope.units[name]
        node = self._quietly(parsed, unit)
        if unit is None and node is not None and self.binder.settled(parsed.tree):
            self.scope.units[name] = node.unit
            self.binder.decided = True
            self.binder.guesses.forget()

    # Expressions

    def _parsed(self, text: Scalar) -> Written | None:
        """Read once, however often it is asked for, so that its faults are told once."""
        at = (text.place, text.text)
        if at not in self.read:
            self.read[at] = self._read(text)
        return self.read[at]

    def _read(self, text: Scalar) -> Written | None:
        try:
            return Written(text, parse(text.text))
        except Complaints as complaints:
            self.faults.take(text, complaints)
            return None

    def _bound(self, written: Written, do: Callable[[], Part]) -> Part | None:
        try:
            return do()
        except Complaints as complaints:
            self.faults.take(written.text, _shifted(complaints, written.shift))
            return None

    def _let(self, name: str) -> Let | None:
        text, parsed = self.declared.lets[name]
        unit = self.scope.units[name]
        node = self._bound(Written(text, parsed), lambda: self._allowed(self.binder.bind(parsed.tree, unit)))
        return Let(name, node, text.place_at(0)) if node is not None else None

    def _line(self, written: Written) -> Line | None:
        node = self._bound(written, lambda: self._allowed(self.binder.condition(written.parsed.tree)))
        return Line(written.text.text.strip(), node, written.text.place_at(0)) if node is not None else None

    def _allowed(self, node: Node) -> Node:
        return impartial(self.field, node)

    def _pieces(self) -> Iterator[tuple[Piece, Written | None]]:
        say = self.shape.scalars.get("say")
        if say is None:
            return
        try:
            for piece in pieces(say.text):
                if piece.text:
                    yield piece, None
                elif piece.at:
                    yield piece, self._piece(say, piece)
        except Complaints as complaints:
            self.faults.take(say, complaints)

    def _piece(self, say: Scalar, piece: Piece) -> Written | None:
        try:
            return Written(say, parse(piece.expression), piece.at)
        except Complaints as complaints:
            self.faults.take(say, _shifted(complaints, piece.at))
            return None

    def _said(self, piece: Piece, written: Written | None) -> Said | None:
        if written is None:
            return Said(piece.text) if piece.text else None
        node = self._bound(written, lambda: self.binder.bind(written.parsed.tree))
        if node is None:
            return None
        percent = piece.spec.endswith("%")
        if piece.spec and (node.unit in (Unit.TEXT, Unit.FLAG) or (percent and node.unit in (Unit.MONEY, Unit.COUNT))):
            place = written.text.place_at(piece.at)
            fit = f"the format '{piece.spec}' does not fit {quoted(piece.expression)}"
            self.faults.add(place, "R052", fit, "leave it out")
        return Said(value=node, spec=piece.spec)

    # What is proposed

    def _target(self) -> Target | None:
        """The field that is set, where it is one that can be."""
        asked = self.shape.propose or {}
        if self.creates:
            made = create.kind_of(asked, self.faults)
            return Target(create.BID, create.unit_of(made)) if made is not None else None
        field = asked.get("set")
        if field is None:
            return None
        levers = LEVERS[self.kind.name]
        column = state_columns(self.kind.name)[field.text] if field.text in levers else None
        if column is None:
            hint = nearest(field.text, levers, f"it can set {listed(levers)}" if levers else "nothing of it can be set")
            self.faults.add(field.place, "R050", f"a {self.kind.name} has no {quoted(field.text)} to set", hint)
            return None
        return Target(column.name, column.unit)

    def _wanted(self, target: Target | None) -> Written | None:
        """The expression after ``to``; a state and the like may be written as the bare word."""
        text = (self.shape.propose or {}).get(create.BID if self.creates else "due" if self.opens else "to")
        if text is None:
            return None
        if target is not None and text.text.strip() in TEXTS_TO_SET.get(target.field, ()):
            return Written(text, Parsed(Text(text.text.strip(), 0), ()))
        return self._parsed(text)

    @property
    def creates(self) -> bool:
        return "create" in (self.shape.propose or {})

    @property
    def opens(self) -> bool:
        """Whether it opens tickets; one that cannot be read whole has its fault already."""
        return {"ticket", "due"} <= (self.shape.propose or {}).keys()

    def _made(self, target: Target | None) -> Wanted | None:
        """What is to be created, where everything of it can be bound."""
        if target is None or not self.creates:
            return None
        asked = dict(self.shape.propose or {})
        kind = asked["create"]
        asked.setdefault("ad_group", replace(kind, text="ad_group_id"))
        match = create.match_of(kind.text, asked, self.faults)
        return create.wanted(kind.text, match, asked, self._of_unit) if match is not None else None

    def _of_unit(self, text: Scalar, unit: Unit) -> Node | None:
        """An expression of just this unit."""
        parsed = self._parsed(text)
        if parsed is None:
            return None
        node = self._bound(parsed, lambda: self._allowed(self.binder.bind(parsed.parsed.tree, unit)))
        if node is not None and node.unit is not unit:
            self.faults.add(text.place, "R050", f"this must be {spoken(unit)}, and it is {spoken(node.unit)}")
            return None
        return node

    def _task(self) -> tuple[str, tuple[Let, ...]]:
        """What a person is to do, and the lets of when and who."""
        asked = self.shape.propose or {}
        return (ticket.text_of(asked, self.faults), ticket.lets_of(asked, self._of_unit)) if self.opens else ("", ())

    def _propose(self, target: Target | None, written: Written | None) -> Propose | None:
        if target is None or written is None:
            return None
        node = self._bound(written, lambda: self._fitting(written.parsed.tree, target))
        place = (self.shape.propose or {})["set"].place
        if node is None:
            return None
        return Propose("set", target.field, node, place, to_place=written.text.place_at(0))

    def _fitting(self, tree: Tree, target: Target) -> Node:
        """What ``to`` asks for: an amount for money, one of its texts for a state and the like."""
        node = self._allowed(self.binder.bind(tree, target.unit))
        if target.unit is Unit.TEXT:
            each(lambda outcome: _a_text(outcome, target.field), _outcomes(tree))
        elif node.unit is not target.unit:
            said = f"'to' must be {spoken(target.unit)}, and this is {spoken(node.unit)}"
            raise Complaints(Complaint(tree.at, "R050", said, "such as bid * 0.75"))
        return node

    def _tests(self, target: Target | None) -> list[RuleTest]:
        """Not read where the proposal itself is wrong: what they expect could not be judged."""
        if not self.shape.tells and target is None:
            return []
        reader = Tests(self.scope, target, self.faults)
        return [reader.read(test) for test in self.shape.tests]

    def _params(self) -> Iterator[tuple[str, Literal]]:
        for name, (text, value) in self.declared.params.items():
            try:
                yield name, in_unit(value, self.scope.units[name] or Unit.NUMBER)
            except Complaints as complaints:
                self.faults.take(text, complaints)

    def _mode(self) -> Mode:
        text = self.shape.scalars.get("mode")
        proposes = not self.shape.tells
        if text is None:
            return Mode.ASK if proposes else Mode.TELL
        if text.text in ("ask", "auto") and not proposes:
            said = f"the mode '{text.text}' needs a change to propose"
            hint = "tickets are opened unasked: write  mode: tell" if self.opens else "write  mode: tell"
            self.faults.add(text.place, "R018", said, hint)
        return Mode(text.text) if text.text in tuple(Mode) else Mode.ASK


def _outcomes(tree: Tree) -> Iterator[Tree]:
    """What a value can become: its branches, not their conditions."""
    if isinstance(tree, Choice):
        yield from _outcomes(tree.then)
        yield from _outcomes(tree.otherwise)
    else:
        yield tree


def _a_text(tree: Tree, field: str) -> str:
    """Refuse anything but the texts a rule may ask for, written out."""
    allowed = TEXTS_TO_SET[field]
    if isinstance(tree, Text) and tree.value in allowed:
        return tree.value
    written = tree.value if isinstance(tree, Text) else ""
    said = f"no rule can ask for {quoted(written)}" if written else f"a {field} is written out"
    raise Complaints(Complaint(tree.at, "R050", said, nearest(written, allowed, f"it is {listed(allowed)}")))


def _shifted(complaints: Complaints, shift: int) -> Complaints:
    return Complaints(*(Complaint(item.at + shift, item.code, item.message, item.hint) for item in complaints.items))
