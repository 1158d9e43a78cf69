"""An expression as it was written: a shape without meaning, names are words and figures have no unit yet.

Two parts are never equal, however alike they look: each stands at its own place.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """``mark`` is ``%``, ``d`` (days), ``h`` (hours) or empty: then the unit comes from what it stands beside."""

    value: Decimal
    mark: str
    at: int


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    value: str
    at: int


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    value: bool
    at: int


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """A name with its points: ``recent.acos``."""

    text: str
    at: int


@dataclass(frozen=True, slots=True, eq=False)
class Prefix:
    """``-`` or ``not``."""

    operator: str
    operand: Tree
    at: int


@dataclass(frozen=True, slots=True, eq=False)
class Infix:
    """``+ - * /``."""

    operator: str
    left: Tree
    right: Tree
    at: int


@dataclass(frozen=True, slots=True, eq=False)
class Junction:
    """``and`` or ``or`` of two or more terms."""

    operator: str
    terms: tuple[Tree, ...]
    at: int


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """``a < b <= c``: one operator fewer than operands, each with its place."""

    operands: tuple[Tree, ...]
    operators: tuple[tuple[str, int], ...]
    at: int


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    item: Tree
    choices: tuple[Number | Text | Truth, ...]
    negated: bool
    at: int


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    then: Tree
    condition: Tree
    otherwise: Tree
    at: int


@dataclass(frozen=True, slots=True, eq=False)
class Apply:
    function: str
    arguments: tuple[Tree, ...]
    at: int


Tree = Number | Text | Truth | Word | Prefix | Infix | Junction | Chain | Member | Choice | Apply


def branches(tree: Tree) -> tuple[Tree, ...]:
    """The direct parts of a tree."""
    match tree:
        case Prefix(operand=operand):
            return (operand,)
        case Infix(left=left, right=right):
            return (left, right)
        case Junction(terms=parts) | Chain(operands=parts) | Apply(arguments=parts):
            return parts
        case Member(item=item):
            return (item,)
        case Choice(then=then, condition=condition, otherwise=otherwise):
            return (then, condition, otherwise)
        case _:
            return ()
