"""From tokens to a tree that has a shape but no meaning yet: names are words, figures have no unit.

Binding power, weakest first: ``if else``, ``or``, ``and``, ``not``, comparison and ``in``, ``+ -``, ``* /``, sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from agent.rulebook.faults import Complaint, Complaints, quoted
from agent.rulebook.tokens import Token, tokens
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
    branches,
)  # fmt: skip

MOST_NODES = 200
MOST_DEPTH = 50
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
_POWER = {"if": 1, "or": 2, "and": 3, "in": 5, "not": 5, "+": 6, "-": 6, "*": 7, "/": 7} | dict.fromkeys(
    _COMPARISONS, 5
)
_NOT, _COMPARED, _SIGN = 4, 5, 8
_SPLIT = "give parts of it names under 'let'"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tree and the words in it, in the order written."""

    tree: Tree
    words: tuple[Word, ...]


def _depth(tree: Tree) -> int:
    """Levels of a tree, counted level by level: a long sum is as deep as it is long."""
    level, depth = [tree], 0
    while level:
        level, depth = [part for above in level for part in branches(above)], depth + 1
    return depth


@lru_cache(maxsize=4096)
def parse(text: str) -> Parsed:
    """Read one expression; complains of the first fault. Work and nesting are bounded.

    Remembered by text: the tests of a rule name the same figures again and again.
    """
    reader = _Reader(text)
    tree = reader.expression(0)
    reader.finish()
    if _depth(tree) > MOST_DEPTH:
        raise Complaints(Complaint(tree.at, "R022", f"more than {MOST_DEPTH} steps on one another", _SPLIT))
    return Parsed(tree, tuple(reader.words))


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens = tokens(text)
        self.now = next(self.tokens)
        self.words: list[Word] = []
        self.nodes = 0
        self.depth = 0

    def finish(self) -> None:
        if self.now.kind != "end":
            raise self._unexpected()

    def expression(self, floor: int) -> Tree:
        """An expression whose operators all bind more tightly than ``floor``."""
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise self._fault("R022", f"nested more than {MOST_DEPTH} deep", _SPLIT)
        tree = self._first()
        while _POWER.get(self._symbol(), 0) > floor:
            tree = self._more(tree)
        self.depth -= 1
        return tree

    def _symbol(self) -> str:
        return self.now.text if self.now.kind in ("operator", "word") else ""

    def _first(self) -> Tree:
        token = self._next()
        match token.kind, token.text:
            case "number", digits:
                return Number(Decimal(digits), token.mark, token.at)
            case "text", text:
                return Text(text[1:-1], token.at)
            case "word", "true" | "false":
                return Truth(token.text == "true", token.at)
            case "word", "not":
                return Prefix("not", self.expression(_NOT), token.at)
            case "operator", "-":
                return Prefix("-", self.expression(_SIGN), token.at)
            case "operator", "(":
                inner = self.expression(0)
                self._expect(")")
                return inner
            case "word", name if name not in _POWER and name != "else":
                return self._named(token)
        raise self._unexpected(token)

    def _named(self, token: Token) -> Tree:
        if self._symbol() == "(":
            return Apply(token.text, self._arguments(), token.at)
        word = Word(token.text, token.at)
        self.words.append(word)
        return word

    def _arguments(self) -> tuple[Tree, ...]:
        self._expect("(")
        found: list[Tree] = []
        while self._symbol() != ")":
            found.append(self.expression(0))
            if self._symbol() != ")":
                self._expect(",")
        self._expect(")")
        return tuple(found)

    def _more(self, left: Tree) -> Tree:
        """What follows ``left``, up to the end of one operator's reach."""
        symbol, at = self.now.text, self.now.at
        if symbol in ("and", "or"):
            return self._junction(left, symbol, at)
        if symbol in _COMPARISONS:
            return self._chain(left, at)
        self._next()
        if symbol == "if":
            return self._choice(left, at)
        if symbol in ("in", "not"):
            if symbol == "not":
                self._expect("in")
            return Member(left, self._choices(), symbol == "not", at)
        return Infix(symbol, left, self.expression(_POWER[symbol]), at)

    def _junction(self, left: Tree, symbol: str, at: int) -> Tree:
        terms = [left]
        while self._symbol() == symbol:
            self._next()
            terms.append(self.expression(_POWER[symbol]))
        return Junction(symbol, tuple(terms), at)

    def _chain(self, left: Tree, at: int) -> Tree:
        operands, operators = [left], []
        while self._symbol() in _COMPARISONS:
            token = self._next()
            operators.append((token.text, token.at))
            operands.append(self.expression(_COMPARED))
        return Chain(tuple(operands), tuple(operators), at)

    def _choice(self, then: Tree, at: int) -> Tree:
        condition = self.expression(_POWER["if"])
        self._expect("else")
        return Choice(then, condition, self.expression(0), at)

    def _choices(self) -> tuple[Number | Text | Truth, ...]:
        self._expect("[")
        found: list[Number | Text | Truth] = []
        while self._symbol() != "]":
            found.append(self._literal())
            if self._symbol() != "]":
                self._expect(",")
        self._expect("]")
        return tuple(found)

    def _literal(self) -> Number | Text | Truth:
        sign = self._symbol() == "-"
        if sign:
            self._next()
        token = self.now
        tree = self.expression(_SIGN)
        if isinstance(tree, Number):
            return Number(-tree.value if sign else tree.value, tree.mark, tree.at)
        if isinstance(tree, Text | Truth) and not sign:
            return tree
        raise Complaints(
            Complaint(token.at, "R020", "a list holds only figures and texts", 'such as ["exact", "phrase"]')
        )

    def _next(self) -> Token:
        """The current token, counted; the next one becomes current."""
        token = self.now
        if token.kind != "end":
            self.nodes += token.text not in ("(", ")", ",")
            if self.nodes > MOST_NODES:
                raise self._fault("R022", f"an expression has at most {MOST_NODES} parts", _SPLIT)
            self.now = next(self.tokens)
        return token

    def _expect(self, symbol: str) -> None:
        if self._symbol() != symbol:
            raise self._unexpected(hint=f"'{symbol}' is missing here")
        self._next()

    def _unexpected(self, token: Token | None = None, hint: str = "") -> Complaints:
        token = token or self.now
        if token.kind == "end":
            return Complaints(Complaint(max(0, token.at - 1), "R020", "the expression stops in the middle", hint))
        return Complaints(Complaint(token.at, "R020", f"{quoted(token.text)} is not expected here", hint))

    def _fault(self, code: str, message: str, hint: str) -> Complaints:
        return Complaints(Complaint(self.now.at, code, message, hint))
