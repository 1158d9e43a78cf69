"""From a tree of words and figures to the typed tree the engines compute.

A figure without a unit (a bare number, a param, a let made of such) takes the unit of what it stands beside: in
``recent.cost >= 20`` the 20 is money. So every binding has two halves: ``_guess`` says which unit a part has by
itself, if any; ``bind`` builds it, with ``want`` as the unit its free figures take.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from agent.model.expression import (
    AllOf,
    AnyOf,
    Arithmetic,
    Call,
    Compare,
    Formula,
    IfElse,
    In,
    Literal,
    Name,
    Negative,
    Node,
    Not,
    Scalar,
    Source,
)  # fmt: skip
from agent.model.metric import Unit
from agent.model.money import MICROS
from agent.model.window import Anchor, Window
from agent.rulebook.faults import Complaint, Complaints, each, listed, nearest, quoted
from agent.rulebook.functions import FUNCTIONS, Arity
from agent.rulebook.guess import Guesses
from agent.rulebook.literals import literal
from agent.rulebook.scope import Scope
from agent.rulebook.tree import (
    Apply,
    Chain,
    Choice,
    Infix,
    Junction,
    Member,
    Number,
    Prefix,
    Text,
    Tree,
    Truth,
    Word,
)  # fmt: skip
from agent.rulebook.units import FIGURES, joined, leading, product, quotient, spoken


class Binder:
    """Binds the expressions of one rule; decides the units of its params as it meets them."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.guesses = Guesses(scope)
        self.decided = False
        """Whether a param or let has got its unit since this was last set."""

    def bind(self, tree: Tree, want: Unit | None = None) -> Node:
        """The typed tree; complains of everything in it that does not fit."""
        match tree:
            case Number():
                return literal(tree, want)
            case Text(value=text, at=at):
                return Literal(text, Unit.TEXT, at)
            case Truth(value=truth, at=at):
                return Literal(truth, Unit.FLAG, at)
            case Word():
                return self._word(tree, want)
            case Prefix(operator="not"):
                return Not(self.condition(tree.operand), tree.at)
            case Prefix():
                operand = self._figure(tree.operand, want)
                return Negative(operand, operand.unit, tree.at)
            case Infix(operator="+" | "-"):
                return self._sum(tree, want)
            case Infix(operator="*"):
                return self._product(tree, want)
            case Infix():
                return self._quotient(tree, want)
            case Junction(operator=operator, terms=terms, at=at):
                bound = tuple(each(self.condition, terms))
                return AllOf(bound, at) if operator == "and" else AnyOf(bound, at)
            case Chain():
                return self._chain(tree)
            case Member():
                return self._member(tree)
            case Choice():
                return self._choice(tree, want)
            case Apply():
                return self._call(tree, want)

    def condition(self, tree: Tree) -> Node:
        """Bind what must be true or false."""
        node = self.bind(tree)
        if node.unit is not Unit.FLAG:
            raise _complaint(
                tree.at, "R041", f"this is {spoken(node.unit)}, not a condition", "compare it with something"
            )
        return node

    def settled(self, tree: Tree) -> bool:
        """Whether an expression has a unit by itself, whatever it is used for."""
        return self.guesses.unit(tree) is not None

    # Words and figures

    def _word(self, word: Word, want: Unit | None) -> Node:
        if want is not None and self.guesses.free(word) and want in FIGURES:
            self.scope.units[word.text] = want
            self.guesses.forget()
            self.decided = True
        return self.scope.node(word)

    def _figure(self, tree: Tree, want: Unit | None) -> Node:
        node = self.bind(tree, want)
        if node.unit not in FIGURES:
            raise _complaint(tree.at, "R042", f"{self._spelled(tree)} is {spoken(node.unit)}; a figure belongs here")
        return node

    def _figures_of(self, *parts: tuple[Tree, Unit | None]) -> list[Node]:
        return each(lambda part: self._figure(*part), parts)

    def _spelled(self, tree: Tree) -> str:
        match tree:
            case Word(text=text):
                return f"'{text}'"
            case Text(value=text):
                return quoted(f'"{text}"')
            case _:
                return "this"

    # Arithmetic

    def _alike(self, trees: Sequence[Tree], want: Unit | None) -> list[Node]:
        """Bind parts that must have one unit: free figures take that of the others."""
        target = self._target(trees, want)
        return each(lambda tree: self.bind(tree, target), trees)

    def _sum(self, tree: Infix, want: Unit | None) -> Node:
        target = self._target((tree.left, tree.right), want)
        left, right = self._figures_of((tree.left, target), (tree.right, target))
        return Arithmetic(tree.operator, left, right, self._join(left, right, tree.at), tree.at)

    def _target(self, trees: Sequence[Tree], want: Unit | None) -> Unit | None:
        if want is Unit.MONEY and all(self.guesses.carries(tree) for tree in trees):
            return want
        return leading(self.guesses.unit(tree) for tree in trees) or want

    def _join(self, left: Node, right: Node, at: int) -> Unit:
        unit = joined(left.unit, right.unit)
        if unit is None:
            raise self._mismatch(left, right, at)
        return unit

    def _mismatch(self, left: Node, right: Node, at: int) -> Complaints:
        units = {left.unit, right.unit}
        if units & {Unit.TEXT, Unit.FLAG}:
            code, hint = "R042", "a text stands in quotes, a figure without" if Unit.FLAG not in units else ""
        else:
            code, hint = "R040", _elsewhere(left) or _elsewhere(right) or _remedy(left, right)
        return _complaint(
            at, code, f"{_called(left)} is {spoken(left.unit)}, {_called(right)} is {spoken(right.unit)}", hint
        )

    def _product(self, tree: Infix, want: Unit | None) -> Node:
        left_want, right_want = self._shares(tree, want)
        left, right = self._figures_of((tree.left, left_want), (tree.right, right_want))
        unit = product(left.unit, right.unit)
        if unit is None:
            raise _complaint(tree.at, "R040", "money times money is nothing", "multiply money by a count or a ratio")
        return Arithmetic("*", left, right, unit, tree.at)

    def _shares(self, tree: Infix, want: Unit | None) -> tuple[Unit | None, Unit | None]:
        """Which factor takes the unit that is wanted; the other is a plain factor."""
        guesses = (self.guesses.unit(tree.left), self.guesses.unit(tree.right))
        if want is None or Unit.MONEY in guesses or (want is not Unit.MONEY and any(guesses)):
            return None, None
        left, right = self.guesses.carries(tree.left), self.guesses.carries(tree.right)
        if left == right == 2 and want is Unit.MONEY:
            both = f"{self._spelled(tree.left)} and {self._spelled(tree.right)}"
            hint = "write the factor with a percent sign, such as 150%"
            raise _complaint(tree.at, "R044", f"one of {both} must be money, and it cannot be told which", hint)
        return (want, None) if left >= right else (None, want)

    def _quotient(self, tree: Infix, want: Unit | None) -> Node:
        above, below = self.guesses.unit(tree.left), self.guesses.unit(tree.right)
        share = want if above is None or want is Unit.MONEY else None
        if below is Unit.MONEY and above is None:
            share = Unit.MONEY
        left, right = self._figures_of((tree.left, share), (tree.right, None))
        unit = quotient(left.unit, right.unit)
        if unit is None:
            hint = "turn it round: recent.cost / recent.clicks is the cost of a click"
            raise _complaint(tree.at, "R040", f"{spoken(left.unit)} divided by money is nothing", hint)
        return Arithmetic("/", left, right, unit, tree.at)

    # Conditions

    def _chain(self, tree: Chain) -> Node:
        bound = self._alike(tree.operands, None)
        pairs = zip(bound, bound[1:], tree.operators, strict=False)
        terms = tuple(each(lambda pair: self._compared(*pair), pairs))
        return terms[0] if len(terms) == 1 else AllOf(terms, tree.at)

    def _compared(self, left: Node, right: Node, operator: tuple[str, int]) -> Node:
        symbol, at = operator
        unit = self._join(left, right, at)
        if unit not in FIGURES and symbol not in ("==", "!="):
            raise _complaint(at, "R042", f"{spoken(unit)} has no order", "use ==, != or in")
        for name, value in ((left, right), (right, left)):
            if isinstance(name, Name) and isinstance(value, Literal):
                self._possible(name, value.value, value.at)
        return Compare(symbol, left, right, at)

    def _possible(self, name: Name, value: Scalar, at: int) -> None:
        """Refuse a text that the column never holds: it would never match, silently."""
        choices = self.scope.choices(name)
        if choices and isinstance(value, str) and value not in choices:
            hint = nearest(value, choices, f"it is {listed(choices)}")
            raise _complaint(at, "R045", f"'{name.label}' is never {quoted(value)}", hint)

    def _member(self, tree: Member) -> Node:
        item = self.bind(tree.item, leading(self.guesses.unit(choice) for choice in tree.choices))
        choices = [self._literal_like(choice, item, tree.at) for choice in tree.choices]
        if not choices:
            raise _complaint(tree.at, "R020", "the list is empty, so nothing is ever in it")
        node = In(item, tuple(choices), tree.at)
        return Not(node, tree.at) if tree.negated else node

    def _literal_like(self, choice: Number | Text | Truth, item: Node, at: int) -> Scalar:
        node = self.bind(choice, item.unit)
        if not isinstance(node, Literal) or joined(item.unit, node.unit) is None:
            raise self._mismatch(item, node, choice.at)
        if isinstance(item, Name):
            self._possible(item, node.value, choice.at)
        return node.value

    def _choice(self, tree: Choice, want: Unit | None) -> Node:
        branches = (tree.then, tree.otherwise)
        parts: tuple[Callable[[], list[Node]], ...] = (
            lambda: [self.condition(tree.condition)],
            lambda: self._alike(branches, want),
        )
        (condition,), (then, otherwise) = each(lambda part: part(), parts)
        return IfElse(condition, then, otherwise, self._join(then, otherwise, tree.at), tree.at)

    # Functions

    def _call(self, tree: Apply, want: Unit | None) -> Node:
        if tree.function not in FUNCTIONS:
            hint = nearest(tree.function, FUNCTIONS, f"there are {listed(FUNCTIONS)}")
            raise _complaint(tree.at, "R032", f"there is no function {quoted(tree.function)}", hint)
        function = FUNCTIONS[tree.function]
        if not function.least <= len(tree.arguments) <= function.most:
            raise _complaint(tree.at, "R032", f"'{tree.function}' takes other arguments than these",
                             f"{function.usage}: {function.about}")  # fmt: skip
        match function.arity:
            case Arity.HISTORY:
                return self._history(tree)
            case Arity.KNOWN:
                return Call("known", (self.bind(tree.arguments[0]),), Unit.FLAG, tree.at)
            case Arity.TEXTS:
                return self._contains(tree)
            case Arity.FIGURES | Arity.ANY:
                return self._figures(tree, want, any_unit=function.arity is Arity.ANY)

    def _figures(self, tree: Apply, want: Unit | None, *, any_unit: bool) -> Node:
        arguments = self._alike(tree.arguments, want)
        unit = arguments[0].unit
        for node in arguments[1:]:
            if joined(unit, node.unit) is None:
                raise self._mismatch(arguments[0], node, node.at)
            unit = joined(unit, node.unit) or unit
        if not any_unit and unit not in FIGURES:
            raise _complaint(tree.at, "R042", f"'{tree.function}' takes figures, not {spoken(unit)}")
        if tree.function == "round" and len(arguments) == 1:
            arguments.append(Literal(MICROS if unit is Unit.MONEY else 1, unit, tree.at))
        return Call(tree.function, tuple(arguments), unit, tree.at)

    def _contains(self, tree: Apply) -> Node:
        arguments = tuple(each(self.bind, tree.arguments))
        for node in arguments:
            if node.unit is not Unit.TEXT:
                raise _complaint(node.at, "R042", f"'contains' takes texts, not {spoken(node.unit)}",
                                 FUNCTIONS["contains"].usage)  # fmt: skip
        return Call("contains", arguments, Unit.FLAG, tree.at)

    def _history(self, tree: Apply) -> Node:
        """``since_change(…)``, ``age(…)`` and ``until(…)`` in days, ``changes(column, span)`` as a count."""
        word = tree.arguments[0]
        if not isinstance(word, Word):
            raise _complaint(word.at, "R032", "a state column belongs here", FUNCTIONS[tree.function].usage)
        column = self.scope.column(word)
        if tree.function == "since_change":
            label = f"since_change({word.text})"
            return Name(Source.SINCE, column.name, Unit.DAYS, label, column.path, at=tree.at)
        if tree.function in (Source.AGE, Source.UNTIL):
            return self._moment(tree, column, word)
        days = _whole_days(tree.arguments[1])
        label = f"{tree.function}({word.text}, {days}d)"
        if tree.function == Source.WAS:
            return Name(Source.WAS, column.name, column.unit, label, column.path, Window(days, Anchor.NOW), at=tree.at)
        return Name(Source.CHANGES, column.name, Unit.COUNT, label, column.path, Window(days, Anchor.NOW), at=tree.at)

    def _moment(self, tree: Apply, column: Name, word: Word) -> Name:
        if column.unit is not Unit.INSTANT:
            raise _complaint(word.at, "R042", f"{quoted(word.text)} is {spoken(column.unit)}, not a moment",
                             FUNCTIONS[tree.function].usage)  # fmt: skip
        label = f"{tree.function}({word.text})"
        return Name(Source(tree.function), column.name, Unit.DAYS, label, column.path, at=tree.at)


def _whole_days(tree: Tree) -> int:
    if isinstance(tree, Number) and tree.mark:
        days = tree.value if tree.mark == "d" else tree.value / 24
        if 1 <= days <= 366 and days == int(days):
            return int(days)
    raise _complaint(tree.at, "R032", "a span of whole days belongs here", "such as 14d or 24h")


def _called(node: Node) -> str:
    match node:
        case Literal(value=str() as text):
            return quoted(f'"{text}"')
        case Literal(value=value, unit=unit):
            return (
                "the number" if unit is not Unit.RATIO else f"{value:.0%}" if isinstance(value, float) else str(value)
            )
        case Name(label=label) | Formula(label=label):
            return f"'{label}'"
        case _:
            return "one side"


def _elsewhere(node: Node) -> str:
    if isinstance(node, Name) and node.source in (Source.PARAM, Source.LET):
        return f"'{node.label}' is {spoken(node.unit)} elsewhere in this rule"
    return ""


def _remedy(left: Node, right: Node) -> str:
    units = {left.unit, right.unit}
    if units == {Unit.MONEY, Unit.RATIO}:
        return "multiply the ratio by an amount of money"
    if Unit.MONEY in units:
        return "compare money with money: recent.cost, price, bid"
    return "bring both sides to one unit"


def _complaint(at: int, code: str, message: str, hint: str = "") -> Complaints:
    return Complaints(Complaint(at, code, message, hint))
