"""Expressions as columns: each node of a tree becomes a polars expression with the meaning ``logic`` gives it.

A guard needs its operand twice (x where x is finite). Were operands simply repeated, a tree of depth n would cost
2^n nodes, so such an operand becomes a column of its own, computed once, whichever rules use it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import reduce
from typing import assert_never

import polars as pl

from agent.engine import logic
from agent.engine.columns_types import quotient
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
)
from agent.model.metric import Unit

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class Term:
    """A compiled value: ``text`` is the same for the same value, ``level`` counts the columns to be computed before."""

    column: pl.Expr
    text: str
    level: int = 0


Look = Callable[[Name], Term]


@dataclass(slots=True)
class Program:
    """Intermediate columns in the order in which they can be computed, shared by everything compiled with it."""

    levels: list[list[pl.Expr]] = field(default_factory=list)
    known: dict[str, Term] = field(default_factory=dict)

    def column(self, term: Term) -> Term:
        """The term as a column of its own, computed once."""
        if term.text not in self.known:
            name = f"step {len(self.known)}"
            while len(self.levels) <= term.level:
                self.levels.append([])
            self.levels[term.level].append(term.column.alias(name))
            self.known[term.text] = Term(pl.col(name), name, term.level + 1)
        return self.known[term.text]

    def run(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The frame with all intermediate columns."""
        return reduce(lambda wider, level: wider.with_columns(level), self.levels, frame)

    def compile(self, node: Node, look: Look) -> Term:
        match node:
            case Name():
                return look(node)
            case Literal(value=value, unit=unit):
                return literal(value, unit)
            case Formula(body=body):
                return self.compile(body, look)
            case Arithmetic(operator=operator, left=left, right=right):
                return self._arithmetic(operator, self.operand(left, look), self.operand(right, look))
            case Negative(operand=operand):
                return self._arithmetic("*", literal(-1.0, Unit.NUMBER), self.operand(operand, look))
            case Compare(operator=operator, left=left, right=right):
                return _compare(operator, self.operand(left, look), self.operand(right, look))
            case AllOf(terms=terms):
                return all_of(self.compile(term, look) for term in terms)
            case AnyOf(terms=terms):
                return any_of(self.compile(term, look) for term in terms)
            case Not(operand=operand):
                return _made("not", lambda flag: ~flag, self.compile(operand, look))
            case In(item=item, choices=choices):
                return _is_in(self.operand(item, look), choices)
            case IfElse(condition=condition, then=then, otherwise=otherwise):
                return self._either(
                    self.compile(condition, look), self.operand(then, look), self.operand(otherwise, look)
                )
            case Call(function=function, arguments=arguments):
                return self._call(function, [self.operand(argument, look) for argument in arguments])
            case _ as never:
                assert_never(never)

    def operand(self, node: Node, look: Look) -> Term:
        term = self.compile(node, look)
        return term if node.unit in logic.WORDS else figure(term)

    def _arithmetic(self, operator: str, left: Term, right: Term) -> Term:
        compute: Callable[[pl.Expr, pl.Expr], pl.Expr] = {
            "+": lambda a, b: a + b,
            "-": lambda a, b: a - b,
            "*": lambda a, b: a * b,
            "/": quotient,
        }[operator]
        return self.finite(_made(operator, compute, self.column(left) if operator == "/" else left, right))

    def finite(self, term: Term) -> Term:
        """The term where it is a finite number: x / 0 is an infinity or no number at all, hence unknown."""
        return _made("finite", lambda value: pl.when(value.is_finite()).then(value), self.column(term))

    def _either(self, condition: Term, then: Term, otherwise: Term) -> Term:
        return _made(
            "if",
            lambda flag, yes, no: pl.when(flag).then(yes).when(~flag).then(no),
            self.column(condition), then, otherwise,
        )  # fmt: skip

    def _call(self, function: str, terms: list[Term]) -> Term:
        match function:
            case "known":
                return _made("known", lambda value: value.is_not_null(), terms[0])
            case "default":
                return _made("default", lambda value, other: pl.coalesce(value, other), *terms)
            case "contains":
                return _made("contains", lambda text, part: text.str.contains(part, literal=True), *terms)
            case "min":
                return reduce(self._least, terms)
            case "max":
                return reduce(self._greatest, terms)
            case "clip":
                return self._least(self._greatest(terms[0], terms[1]), terms[2])
            case "abs":
                return _made("abs", lambda value: value.abs(), terms[0])
            case "round":
                return self._round(terms[0], terms[1] if len(terms) > 1 else literal(1.0, Unit.NUMBER))
        raise ValueError(f"{function!r} is no function of the rule language")

    def _least(self, best: Term, more: Term) -> Term:
        return _made(
            "min", lambda a, b: pl.when(b < a).then(b).when(b >= a).then(a), self.column(best), self.column(more)
        )

    def _greatest(self, best: Term, more: Term) -> Term:
        return _made(
            "max", lambda a, b: pl.when(b > a).then(b).when(b <= a).then(a), self.column(best), self.column(more)
        )

    def _round(self, value: Term, step: Term) -> Term:
        steps = self._arithmetic("/", value, step)
        rounded = _made("round", lambda a, b: a.round(0, mode="half_to_even") * b, steps, step)
        return _made("zero", lambda value: pl.when(value == 0).then(0.0).otherwise(value),
                     self.column(self.finite(rounded)))  # fmt: skip


def literal(value: Scalar, unit: Unit) -> Term:
    """A constant column; None becomes an unknown of the unit's type."""
    if unit is Unit.TEXT:
        dtype: pl.DataType = pl.String()
    elif unit is Unit.FLAG:
        dtype = pl.Boolean()
    else:
        whole = isinstance(value, int) and _SMALLEST <= value <= _LARGEST
        dtype = pl.Int64() if whole else pl.Float64()
    return Term(pl.lit(value, dtype=dtype), f"{value!r} {dtype}")


def figure(term: Term) -> Term:
    """The term as doubles. polars divides whole numbers its own way, and adds them with overflow."""
    return _made("figure", lambda value: value.cast(pl.Float64), term)


def _made(word: str, make: Callable[..., pl.Expr], *terms: Term) -> Term:
    text = f"{word}({', '.join(term.text for term in terms)})"
    return Term(make(*(term.column for term in terms)), text, max(term.level for term in terms))


def _compare(operator: str, left: Term, right: Term) -> Term:
    compared = {
        "==": lambda a, b: a == b,
        "!=": lambda a, b: a != b,
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
    }[operator]
    return _made(operator, compared, left, right)


def all_of(terms: Iterable[Term]) -> Term:
    """polars' & and | on flags are Kleene's."""
    return reduce(lambda a, b: _made("and", lambda x, y: x & y, a, b), terms, literal(True, Unit.FLAG))


def any_of(terms: Iterable[Term]) -> Term:
    return reduce(lambda a, b: _made("or", lambda x, y: x | y, a, b), terms, literal(False, Unit.FLAG))


def _is_in(item: Term, choices: tuple[Scalar, ...]) -> Term:
    # polars: ``in`` of a list that holds a null is null or not by version, so unknown choices are kept apart.
    known = [choice if isinstance(choice, str | bool) else float(choice) for choice in choices if choice is not None]
    doubt = pl.lit(None, dtype=pl.Boolean) if len(known) < len(choices) else pl.lit(False)
    if not known:
        return _made(f"in {choices!r}", lambda value: (value != value) | doubt, item)
    return _made(f"in {choices!r}", lambda value: value.is_in(known) | doubt, item)
