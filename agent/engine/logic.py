"""Three-valued logic and arithmetic on single values: what every operator means.

Unknown is None. Figures are computed as IEEE doubles; a result that is no finite number (x / 0, an overflow) is
unknown. The set-based engine computes the same in columns; the law test holds the two together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from agent.model.expression import How, Name, Scalar, Source
from agent.model.metric import Unit

Truth = bool | None

WORDS = frozenset({Unit.TEXT, Unit.FLAG})
"""The units that are no figures."""


def is_whole(name: Name) -> bool:
    """Whether a looked-up figure is a whole number: micros, a count, a number of days with something on them."""
    if name.source is Source.CHANGES or name.how is How.DAYS:
        return True
    if name.how in (How.MEAN, How.TREND, How.MATURE) or name.source in (Source.SINCE, Source.AGE, Source.UNTIL):
        return False
    return name.unit in (Unit.COUNT, Unit.MONEY)


def figure(value: Scalar) -> float | None:
    """The value as a double; unknown stays unknown."""
    if value is None or isinstance(value, str):
        return None
    return finite(float(value))


def finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def all_of(terms: Iterable[Truth]) -> Truth:
    """False if one is false, else unknown if one is unknown."""
    result: Truth = True
    for term in terms:
        if term is False:
            return False
        result = None if term is None else result
    return result


def any_of(terms: Iterable[Truth]) -> Truth:
    """True if one is true, else unknown if one is unknown."""
    result: Truth = False
    for term in terms:
        if term is True:
            return True
        result = None if term is None else result
    return result


def opposite(term: Truth) -> Truth:
    return None if term is None else not term


def compare(operator: str, left: Scalar, right: Scalar) -> Truth:
    """Both sides of one type: two doubles, two texts or two flags."""
    if left is None or right is None:
        return None
    match operator:
        case "==":
            return left == right
        case "!=":
            return left != right
        case "<":
            return left < right  # type: ignore[operator]
        case "<=":
            return left <= right  # type: ignore[operator]
        case ">":
            return left > right  # type: ignore[operator]
        case ">=":
            return left >= right  # type: ignore[operator]
    raise ValueError(f"{operator!r} compares nothing")


def arithmetic(operator: str, left: float | None, right: float | None) -> float | None:
    if left is None or right is None:
        return None
    match operator:
        case "+":
            return finite(left + right)
        case "-":
            return finite(left - right)
        case "*":
            return finite(left * right)
        case "/":
            return finite(left / right) if right else None
    raise ValueError(f"{operator!r} computes nothing")


def least(figures: Sequence[float | None]) -> float | None:
    """The smallest; of equal ones the first. Unknown if one is unknown."""
    return _fold(figures, lambda best, more: more if more < best else best)


def greatest(figures: Sequence[float | None]) -> float | None:
    """The largest; of equal ones the first. Unknown if one is unknown."""
    return _fold(figures, lambda best, more: more if more > best else best)


def _fold(figures: Sequence[float | None], better: Callable[[float, float], float]) -> float | None:
    best = figures[0]
    for more in figures[1:]:
        best = None if best is None or more is None else better(best, more)
    return best


def round_to(value: float | None, step: float | None) -> float | None:
    """To the nearest multiple of ``step``, halves to the even one; never minus zero."""
    steps = arithmetic("/", value, step)
    if steps is None or step is None:
        return None
    return finite(float(round(steps)) * step + 0.0)  # −0.0 + 0.0 is 0.0


def is_in(item: Scalar, choices: Sequence[Scalar]) -> Truth:
    """Unknown if the item is, or if it is not among the known choices and one choice is unknown."""
    if item is None:
        return None
    return any_of(None if choice is None else item == choice for choice in choices)


def contains(text: Scalar, part: Scalar) -> Truth:
    """Whether a text contains another, letter by letter."""
    if not isinstance(text, str) or not isinstance(part, str):
        return None
    return part in text
