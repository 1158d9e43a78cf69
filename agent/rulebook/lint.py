"""What can be read but is not let run, and what runs but is likely not meant.

Refused: a ratio without a floor on its volume, a condition that always comes out the same, a lever moved without a
cooldown. The rest are warnings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agent.errors import Diagnostic
from agent.model.expression import AllOf, Compare, Formula, How, Literal, Name, Node, Source, names, walk
from agent.model.rule import DUE, OWNER, Line, Mode, Place, Rule
from agent.model.window import Window
from agent.rulebook.certain import Certainty

REFUSED = frozenset({"R101", "R102", "R103"})
"""Codes of what is not let run."""

_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def lint(rule: Rule) -> Iterator[Diagnostic]:
    """Every finding of a rule, refused or not."""
    yield from _without_volume(rule)
    yield from _same_answers(rule)
    for line in rule.when:
        yield from _unnamed_thresholds(rule, line)
    moves = rule.propose is not None and not rule.propose.creates and rule.mode is not Mode.TELL
    if rule.propose is not None and moves and rule.limits.cooldown is None:
        said = f"'{rule.propose.field}' is moved without a cooldown of the rule's own"
        yield _finding(rule, rule.propose.place, "R103", said, "add  limits: {cooldown: 3d}")
    yield from _unused(rule)
    if not rule.tests:
        yield _finding(rule, Place(1, 1), "R106", "the rule has no tests", "add one that matches and one that does not")


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
            yield _finding(
                rule, place_in(rule, start, part.at), "R101", f"'{part.label}' is trusted at any volume", hint
            )


def _conditions(rule: Rule) -> Iterator[tuple[Place, Node]]:
    """The lines of ``when``, the value asked for, and the lets they need, each once."""
    asked = [(rule.propose.to_place, rule.propose.to)] if rule.propose is not None else []
    used = [*(line.expression for line in rule.when), *(node for _, node in asked)]
    needed = {name.name for node in used for name in names(node) if name.source is Source.LET}
    for let in reversed(rule.lets):
        if let.name in needed:
            needed |= {name.name for name in names(let.expression) if name.source is Source.LET}
    yield from ((line.place, line.expression) for line in rule.when)
    yield from ((let.place, let.expression) for let in rule.lets if let.name in needed)
    yield from asked


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
    return name.source is Source.MEASURE and name.how in (How.SUM, How.MATURE)


def _same_answers(rule: Rule) -> Iterator[Diagnostic]:
    """Lines and comparisons that no fact can change."""
    measured, always = _measured(rule), Certainty(rule)
    for number, line in enumerate(rule.when):
        if not _looks_up(line.expression, measured):
            code = "R109" if any(True for _ in names(line.expression)) else "R102"
            yield _finding(rule, line.place, code, "nothing that is measured decides this line", "remove it")
            continue
        found = list(_constant(rule, line, always))
        above = [each.expression for each in rule.when[:number]]
        yield from found or _beside_others(rule, line, above, always)


def _constant(rule: Rule, line: Line, always: Certainty) -> Iterator[Diagnostic]:
    for part in walk(line.expression):
        if isinstance(part, Compare) and not (always.can_be(part, True) and always.can_be(part, False)):
            said = "this comparison always gives the same answer"
            yield _finding(rule, place_in(rule, line.place, part.at), "R102", said, "remove it")
            return
    if not always.can_be(line.expression, False):
        yield _finding(rule, line.place, "R102", "this line is always true", "remove it")
    elif not always.can_be(line.expression, True):
        yield _finding(rule, line.place, "R102", "this line is never true, so the rule never matches", "remove it")


def _beside_others(rule: Rule, line: Line, above: list[Node], always: Certainty) -> Iterator[Diagnostic]:
    """What a line is worth beside those above it that look at the same, and with the params as they stand."""
    seen = _seen(line.expression)
    beside = [each for each in above if seen & _seen(each)]
    if beside and not always.can_be(line.expression, True, beside):
        said = "this line is never true where those above are, so the rule never matches"
        yield _finding(rule, line.place, "R102", said, "the two contradict one another: remove one")
        return
    values = Certainty(rule, by_value=True)
    if beside or any(name.source in (Source.PARAM, Source.LET) for name in names(line.expression)):
        yield from _by_value(rule, line, beside, values)


def _by_value(rule: Rule, line: Line, beside: list[Node], values: Certainty) -> Iterator[Diagnostic]:
    if not values.can_be(line.expression, False):
        said = "with the params as they stand this line is always true"
        yield _finding(rule, line.place, "R109", said, "choose other values, or remove it")
    elif not values.can_be(line.expression, True, beside):
        said = "with the params as they stand this line is never true, so the rule never matches"
        yield _finding(rule, line.place, "R109", said, "choose other values")
    elif beside and not values.can_be(line.expression, False, beside):
        yield _finding(rule, line.place, "R109", "the lines above say this already", "remove it")


def _seen(node: Node) -> set[str]:
    return {name.name if name.source is Source.LET else name.key for name in names(node)}


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


def _unnamed_thresholds(rule: Rule, line: Line) -> Iterator[Diagnostic]:
    for part in walk(line.expression):
        if isinstance(part, Compare):
            for side in (part.left, part.right):
                if isinstance(side, Literal) and not isinstance(side.value, str | bool) and side.value != 0:
                    said = "a threshold without a name"
                    hint = "declare it under 'params', so that an account can set its own"
                    yield _finding(rule, place_in(rule, line.place, side.at), "R104", said, hint)


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
            yield _finding(rule, Place(1, 1), "R105", f"the {what} '{name}' is never used", "remove it")


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


def place_in(rule: Rule, start: Place, offset: int) -> Place:
    """A place within an expression; where it is folded over lines of the file, its beginning."""
    line = rule.text.split("\n")[start.line - 1]
    return Place(start.line, start.column + offset) if start.column + offset <= len(line) else start


def _finding(rule: Rule, place: Place, code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(rule.path, place.line, place.column, code, message, hint)
