"""What a rule declares: params, windows and lets, each name checked and none twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from agent.model.kinds import Kind
from agent.model.window import Anchor, Window
from agent.rulebook.faults import Complaint, Complaints, Faults, nearest, quoted
from agent.rulebook.functions import FUNCTIONS
from agent.rulebook.nodes import Scalar
from agent.rulebook.plain import Plain, plain
from agent.rulebook.scope import ANCHORS, taken
from agent.rulebook.shape import RuleShape, WindowShape
from agent.rulebook.syntax import Parsed, parse

LONGEST_WINDOW = 366
LONGEST_BUFFER = 60
LONGEST_CHAIN = 8

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_DAYS = re.compile(r"([0-9]{1,6})d\Z")


class Declared:
    """The names of one rule. ``broken`` ones are declared, but wrongly: whoever uses them need not complain again."""

    def __init__(self, rule: RuleShape, kind: Kind | None, faults: Faults) -> None:
        self.faults = faults
        self.broken: set[str] = set()
        self._names(rule, kind)
        self.params: dict[str, tuple[Scalar, Plain]] = dict(self._params(rule))
        self.windows: dict[str, Window] = self._windows({window.name.text: window for window in rule.windows})
        self.lets: dict[str, tuple[Scalar, Parsed]] = self._ordered(dict(self._lets(rule)))

    def _names(self, rule: RuleShape, kind: Kind | None) -> None:
        seen: dict[str, Scalar] = {}
        reserved = taken(kind) | FUNCTIONS.keys()
        for name in [key for key, _ in (*rule.params, *rule.lets)] + [window.name for window in rule.windows]:
            if not _NAME.match(name.text):
                hint = "names are lower case: letters, digits and _, at most 40"
                self._break(name, "R016", f"{quoted(name.text)} is not a usable name", hint)
            elif name.text in reserved:
                self._break(name, "R017", f"the name '{name.text}' is already taken", "choose another")
            elif name.text in seen:
                line = seen[name.text].place.line
                self._break(name, "R017", f"the name '{name.text}' is already taken", f"by line {line}")
            seen.setdefault(name.text, name)

    def _break(self, name: Scalar, code: str, message: str, hint: str = "") -> None:
        self.faults.add(name.place, code, message, hint)
        self.broken.add(name.text)

    def _params(self, rule: RuleShape) -> Iterable[tuple[str, tuple[Scalar, Plain]]]:
        for name, value in rule.params:
            try:
                yield name.text, (value, plain(value))
            except Complaints as complaints:
                self.faults.take(value, complaints)
                self.broken.add(name.text)

    # Windows

    def _windows(self, shapes: Mapping[str, WindowShape]) -> dict[str, Window]:
        found: dict[str, Window] = {}
        for name in shapes:
            self._window(name, shapes, found, ())
        return found

    def _window(self, name: str, shapes: Mapping[str, WindowShape], found: dict[str, Window],
                above: tuple[str, ...]) -> Window | None:  # fmt: skip
        """The window of that name with all it leans on; None where something of it is wrong."""
        if name in found or name in self.broken:
            return found.get(name)
        try:
            window = self._resolved(shapes[name], shapes, found, (*above, name))
        except Complaints as complaints:
            self.faults.take(shapes[name].until or shapes[name].last, complaints)
            window = None
        if window is None:
            self.broken.add(name)
            return None
        found[name] = window
        return window

    def _resolved(self, shape: WindowShape, shapes: Mapping[str, WindowShape], found: dict[str, Window],
                  path: tuple[str, ...]) -> Window | None:  # fmt: skip
        try:
            last = days(shape.last.text, LONGEST_WINDOW)
        except Complaints as complaints:
            self.faults.take(shape.last, complaints)
            return None
        until = shape.until.text if shape.until is not None else str(Anchor.SETTLED)
        if until in ANCHORS:
            return Window(last, ANCHORS[until], settle=self._buffer(shape, until))
        if shape.settle is not None:
            raise Complaints(Complaint(0, "R013", f"'settle' goes with the window '{until}' that this one ends before"))
        if len(path) > LONGEST_CHAIN:
            raise Complaints(Complaint(0, "R034", f"more than {LONGEST_CHAIN} windows lean on one another"))
        if until in path:
            raise Complaints(Complaint(0, "R034", f"the windows {' → '.join((*path, until))} need each other"))
        if until not in shapes:
            hint = nearest(until, [*ANCHORS, *shapes], "it is settled, yesterday, now or another window")
            raise Complaints(Complaint(0, "R013", f"'until' cannot be {quoted(until)}", hint))
        after = self._window(until, shapes, found, path)
        return Window(last, after.anchor, after.back + after.last, after.settle) if after is not None else None

    def _buffer(self, shape: WindowShape, until: str) -> int | None:
        """The days a window waits for figures to settle, where its author says so."""
        if shape.settle is None:
            return None
        if until != str(Anchor.SETTLED):
            raise Complaints(Complaint(0, "R013", f"a window until {until} waits for nothing", "leave 'settle' out"))
        try:
            return days(shape.settle.text, LONGEST_BUFFER)
        except Complaints as complaints:
            self.faults.take(shape.settle, complaints)
            return None

    # Lets

    def _lets(self, rule: RuleShape) -> Iterable[tuple[str, tuple[Scalar, Parsed]]]:
        for name, value in rule.lets:
            try:
                yield name.text, (value, parse(value.text))
            except Complaints as complaints:
                self.faults.take(value, complaints)
                self.broken.add(name.text)

    def _ordered(self, lets: dict[str, tuple[Scalar, Parsed]]) -> dict[str, tuple[Scalar, Parsed]]:
        """Lets so that each uses only earlier ones; those in a circle are a fault and left out."""
        needs = {name: {word.text for word in parsed.words if word.text in lets} for name, (_, parsed) in lets.items()}
        order: list[str] = []
        while ready := [name for name in needs if name not in order and needs[name] <= set(order)]:
            order += ready
        for name in (name for name in needs if name not in order):
            self._circle(name, lets, needs)
        self.broken.update(name for name in needs if name not in order)
        return {name: lets[name] for name in order}

    def _circle(self, name: str, lets: Mapping[str, tuple[Scalar, Parsed]], needs: Mapping[str, set[str]]) -> None:
        """Complain at the name that closes the circle, for a let that is part of one."""
        path = _way_back(name, needs)
        if path is not None:
            text, parsed = lets[name]
            at = next(word.at for word in parsed.words if word.text == path[0])
            circle = " → ".join((name, *path))
            self.faults.take(text, Complaints(Complaint(at, "R033", f"the lets {circle} need each other")))


def _way_back(name: str, needs: Mapping[str, set[str]]) -> list[str] | None:
    """The shortest way from a let through what it needs back to itself."""
    ways: dict[str, list[str]] = {need: [need] for need in sorted(needs[name])}
    queue = list(ways)
    for step in queue:
        if step == name:
            return ways[step]
        for need in sorted(needs[step]):
            if need not in ways:
                ways[need] = [*ways[step], need]
                queue.append(need)
    return None


def days(text: str, most: int) -> int:
    """A whole number of days, written ``30d``."""
    found = _DAYS.match(text.strip())
    if found is None:
        hint = f"write {text.strip()}d" if text.strip().isdecimal() else "such as 30d"
        raise Complaints(Complaint(0, "R012", f"{quoted(text)} is no number of days", hint))
    number = int(found[1])
    if not 1 <= number <= most:
        raise Complaints(Complaint(0, "R051", f"{number} days is out of bounds", f"from 1d to {most}d"))
    return number
