"""The typed tree of an expression: what the rulebook binds and both engines compute.

Every node knows its unit and its column in the text. Values inside an engine are: money as micros (a whole number
while it is a sum, a float after division or scaling), ratio, number, count and days as numbers, text, flag; unknown is
None (a null). Arithmetic on figures is IEEE double in the order written, so that the set-based and the row-by-row
engine agree to the last bit. A division by zero is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from agent.model.metric import Unit
from agent.model.window import Window

Scalar = float | int | str | bool | None


class Source(StrEnum):
    """Where a name's value comes from."""

    STATE = "state"
    MEASURE = "measure"
    SETTING = "setting"
    PARAM = "param"
    LET = "let"
    SINCE = "since"
    """Days since the last change of a state column, by anybody, as of the moment of judging."""
    CHANGES = "changes"
    """How many changes of a state column in the ``window`` of days before the moment of judging."""
    WAS = "was"
    """The value of a state column the ``window`` of days before the moment of judging, as it is known now."""
    HELD = "held"
    """The mean of a state column over the ``window``'s days, each value for as long as it stood."""
    AGE = "age"
    """Days since the moment a state column holds, as of the moment of judging; negative for one to come."""
    UNTIL = "until"
    """Days until that moment; negative for one that has passed."""


class How(StrEnum):
    """How a column's days become one figure."""

    LAST = "last"
    SUM = "sum"
    MEAN = "mean"
    """Mean per day of the window, missing days counted as what absence means."""
    MAX = "max"
    MIN = "min"
    DAYS = "days"
    """Days on which the figure was above zero."""
    TREND = "trend"
    """Least-squares slope per day."""
    MATURE = "mature"
    """The sum with each day weighed by how complete the attribution of its orders is: what the orders that are known
    so far were clicked from."""


@dataclass(frozen=True, slots=True)
class Name:
    """A value looked up. ``path`` are the relations followed first (``campaign`` in ``campaign.state``)."""

    source: Source
    name: str
    unit: Unit
    label: str
    """As the author wrote it, for traces."""
    path: tuple[str, ...] = ()
    window: Window | None = None
    how: How = How.LAST
    at: int = 0
    key: str = field(init=False, repr=False, compare=False)
    """The same value has the same key in every rule, whatever its windows are called. Params and lets are a rule's
    own; an engine keeps those apart by rule. Spelled out once: every row that is judged is looked up by it."""

    def __post_init__(self) -> None:
        window = [str(self.window)] if self.window is not None else []
        object.__setattr__(self, "key", "|".join([*self.path, self.source, self.name, *window, self.how]))


@dataclass(frozen=True, slots=True)
class Literal:
    value: Scalar
    unit: Unit
    at: int = 0


@dataclass(frozen=True, slots=True)
class Formula:
    """A metric, spelled out over measures. ``label`` is what the author wrote (``recent.acos``)."""

    label: str
    body: Node
    unit: Unit
    at: int = 0


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``+ - * /``. A division by zero is unknown."""

    operator: str
    left: Node
    right: Node
    unit: Unit
    at: int = 0


@dataclass(frozen=True, slots=True)
class Negative:
    operand: Node
    unit: Unit
    at: int = 0


@dataclass(frozen=True, slots=True)
class Compare:
    """``< <= > >= == !=``; a chain ``a < b < c`` is bound as ``AllOf`` of two comparisons."""

    operator: str
    left: Node
    right: Node
    at: int = 0
    unit: Unit = Unit.FLAG


@dataclass(frozen=True, slots=True)
class AllOf:
    """Kleene's and."""

    terms: tuple[Node, ...]
    at: int = 0
    unit: Unit = Unit.FLAG


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Kleene's or."""

    terms: tuple[Node, ...]
    at: int = 0
    unit: Unit = Unit.FLAG


@dataclass(frozen=True, slots=True)
class Not:
    operand: Node
    at: int = 0
    unit: Unit = Unit.FLAG


@dataclass(frozen=True, slots=True)
class In:
    """Membership in a list of literals; an unknown item is unknown."""

    item: Node
    choices: tuple[Scalar, ...]
    at: int = 0
    unit: Unit = Unit.FLAG


@dataclass(frozen=True, slots=True)
class IfElse:
    """``then if condition else otherwise``; an unknown condition is unknown."""

    condition: Node
    then: Node
    otherwise: Node
    unit: Unit
    at: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """One of the closed list of functions: min max abs round clip default known contains.

    ``min``, ``max``, ``clip`` and ``abs`` of an unknown are unknown; ``default(x, y)`` is y where x is unknown;
    ``known(x)`` is never unknown; ``round(x, step)`` rounds half to even to a multiple of step.
    """

    function: str
    arguments: tuple[Node, ...]
    unit: Unit
    at: int = 0


Node = Name | Literal | Formula | Arithmetic | Negative | Compare | AllOf | AnyOf | Not | In | IfElse | Call


def children(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node, in the order written."""
    match node:
        case Arithmetic(left=left, right=right) | Compare(left=left, right=right):
            return (left, right)
        case Negative(operand=operand) | Not(operand=operand):
            return (operand,)
        case AllOf(terms=terms) | AnyOf(terms=terms):
            return terms
        case In(item=item):
            return (item,)
        case IfElse(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case Call(arguments=arguments):
            return arguments
        case Formula(body=body):
            return (body,)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def names(node: Node) -> Iterator[Name]:
    """Every name the node looks up, below formulas too."""
    return (part for part in walk(node) if isinstance(part, Name))
