"""How columns are described: unit, measure, metric."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a figure counts. Two units meet in an expression only where that makes sense."""

    COUNT = "count"
    MONEY = "money"
    RATIO = "ratio"
    """A fraction: 0.35 is shown as 35 %."""
    NUMBER = "number"
    """A plain factor without unit."""
    DAYS = "days"
    INSTANT = "instant"
    TEXT = "text"
    FLAG = "flag"


class Rollup(StrEnum):
    """How a figure of several related entities becomes one (the SKUs of an ad group)."""

    MIN = "min"
    MAX = "max"
    SUM = "sum"
    MEAN = "mean"
    SAME = "same"
    """The value where all agree, else unknown."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a stream or a setting.

    ``additive`` is true for an amount that may be summed over days. A daily figure that does not add up
    (a share, an average) is booked as a value, newest known wins.
    """

    name: str
    unit: Unit
    about: str
    additive: bool = True
    choices: tuple[str, ...] = ()
    """The only texts the column ever holds, where that is known; a rule that compares with another is refused."""
    rollup: Rollup = Rollup.SAME
    attributed: bool = False
    """Booked on the day of the click, and still coming in for days afterwards."""
    least: float | None = 0.0
    """No figure of it is ever below this, in its unit; None: what is paid back, taken away or changed by."""
    most: float | None = None
    """No figure of it is ever above this."""
    within: str = ""
    """Another column of the stream that is never below this one: what this one is a part of."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A formula over additive measures, in the rule language: a ratio of sums, never a mean of ratios."""

    name: str
    formula: str
    unit: Unit
    about: str
