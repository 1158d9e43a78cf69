"""What is legal in a rule but likely not meant. These are warnings: the rule runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agent.errors import Diagnostic
from agent.model.expression import AllOf, Compare, Formula, How, Literal, Name, Node, Source, names, walk
from agent.model.metric import Unit
from agent.model.rule import DUE, OWNER, Line, Place, Rule
from agent.model.window import Window

_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def lint(rule: Rule) -> Iterator[Diagnostic]:
    """Every warning of a rule."""
    yield from _without_volume(rule)
    measured = _measured(rule)
    for line in rule.when:
        yield from _constant(rule, line, measured)
        yield from _unnamed_thresholds(rule, line)
    if rule.propose is not None and rule.limits.cooldown is None and not rule.propose.creates:
        said = f"'{rule.propose.field}' is moved without a cooldown of the rule's own"
        yield _warning(rule, rule.propose.place, "R103", said, "add  limits: {cooldown: 3d}")
    yield from _unused(rule)
    if not rule.tests:
        yield _warning(rule, Place(1, 1), "R106", "the rule has no tests", "add one that matches and one that does not")


def _without_volume(rule: Rule) -> Iterator[Diagnostic]:
    """A ratio over three clicks says nothing: some amount of the same window needs a floor."""
    floors = {window for line in rule.when for window in _floors(line.expression)}
    told: set[str] = set()
    for start, expression in _conditions(rule):
        for part in walk(expression):
            if not isinstance(part, Formula) or part.label in told or floors & _windows(part):
                continue
            told.add(part.label)
            hint = f"add a line such as  {part.label.rsplit('.', 1)[0]}.clicks >= min_clicks"
            yield _warning(rule, _at(start, part.at), "R101", f"'{part.label}' is trusted at any volume", hint)


def _conditions(rule: Rule) -> Iterator[tuple[Place, Node]]:
    """The lines of ``when`` and the lets they need, each once."""
    needed = {name.name for line in rule.when for name in names(line.expression) if name.source is Source.LET}
    for let in reversed(rule.lets):
        if let.name in needed:
            needed |= {name.name for name in names(let.expression) if name.source is Source.LET}
    yield from ((line.place, line.expression) for line in rule.when)
    yield from ((let.place, let.expression) for let in rule.lets if let.name in needed)


def _windows(node: Node) -> set[Window]:
    return {name.window for name in names(node) if name.window is not None}


def _floors(node: Node) -> Iterator[Window]:
    """Windows of amounts that a line holds above something, for certain: not below an ``or`` or ``not``."""
    if isinstance(node, AllOf):
        for term in node.terms:
            yield from _floors(term)
    if isinstance(node, Compare):
        for low, operator in ((node.left, node.operator), (node.right, _TURNED.get(node.operator, ""))):
            if operator in (">", ">=") and isinstance(low, Name) and _is_amount(low) and low.window is not None:
                yield low.window


def _is_amount(name: Name) -> bool:
    return name.source is Source.MEASURE and name.how is How.SUM


def _constant(rule: Rule, line: Line, measured: frozenset[str]) -> Iterator[Diagnostic]:
    """Lines and comparisons that no fact can change. ``measured``: the lets that look something up."""
    if not _looks_up(line.expression, measured):
        yield _warning(rule, line.place, "R102", "nothing that is measured decides this line", "remove it")
        return
    for part in walk(line.expression):
        if isinstance(part, Compare) and _always(part):
            said = "this comparison always gives the same answer"
            yield _warning(rule, _at(line.place, part.at), "R102", said, "remove it")


def _measured(rule: Rule) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for let in rule.lets:
        if _looks_up(let.expression, found):
            found |= {let.name}
    return found


def _looks_up(node: Node, measured: frozenset[str]) -> bool:
    """Whether a fact or a setting can change the value."""
    return any(
        name.name in measured if name.source is Source.LET else name.source is not Source.PARAM for name in names(node)
    )


def _always(part: Compare) -> bool:
    """An amount at or above zero (or below it), or a thing compared with itself."""
    for low, high, operator in (
        (part.left, part.right, part.operator),
        (part.right, part.left, _TURNED.get(part.operator, part.operator)),
    ):
        zero = isinstance(high, Literal) and high.unit is not Unit.TEXT and high.value == 0
        if zero and operator in (">=", "<") and isinstance(low, Name) and _is_amount(low):
            return True
    return isinstance(part.left, Name) and isinstance(part.right, Name) and part.left.label == part.right.label


def _unnamed_thresholds(rule: Rule, line: Line) -> Iterator[Diagnostic]:
    for part in walk(line.expression):
        if isinstance(part, Compare):
            for side in (part.left, part.right):
                if isinstance(side, Literal) and not isinstance(side.value, str | bool) and side.value != 0:
                    said = "a threshold without a name"
                    hint = "declare it under 'params', so that an account can set its own"
                    yield _warning(rule, _at(line.place, side.at), "R104", said, hint)


def _unused(rule: Rule) -> Iterator[Diagnostic]:
    """Params, lets and windows that nothing names."""
    expressions = list(_expressions(rule))
    used = {name.name for node in expressions for name in names(node) if name.source in (Source.PARAM, Source.LET)}
    windows = {window for node in expressions for window in _windows(node)}
    for what, unused in (
        ("param", [name for name in rule.params if name not in used]),
        ("let", [let.name for let in rule.lets if let.name not in (*used, DUE, OWNER)]),
        ("window", [name for name, window in rule.windows.items() if not _serves(window, windows, rule)]),
    ):
        for name in unused:
            yield _warning(rule, Place(1, 1), "R105", f"the {what} '{name}' is never used", "remove it")


def _serves(window: Window, used: set[Window], rule: Rule) -> bool:
    """Whether a window is looked into, or another one that is ends where it begins."""
    return window in used or any(
        other in used and other.anchor is window.anchor and other.back == window.back + window.last
        for other in rule.windows.values()
    )


def _expressions(rule: Rule) -> Iterable[Node]:
    yield from (let.expression for let in rule.lets)
    yield from (line.expression for line in rule.when)
    if rule.propose is not None:
        yield rule.propose.to
    yield from (piece.value for piece in rule.say if piece.value is not None)


def _at(start: Place, offset: int) -> Place:
    """A place within an expression; exact where it stands on one line of the file."""
    return Place(start.line, start.column + offset)


def _warning(rule: Rule, place: Place, code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(rule.path, place.line, place.column, code, message, hint)
