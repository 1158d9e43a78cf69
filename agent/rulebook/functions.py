"""The closed list of functions an expression may call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto


class Arity(Enum):
    """What a function takes."""

    FIGURES = auto()
    """Figures of one unit, which is also the unit of the result."""
    ANY = auto()
    """Values of one unit, texts too."""
    KNOWN = auto()
    TEXTS = auto()
    HISTORY = auto()


@dataclass(frozen=True, slots=True)
class Function:
    usage: str
    about: str
    arity: Arity
    least: int
    most: int


FUNCTIONS: Mapping[str, Function] = {
    "min": Function("min(a, b, …)", "the smallest", Arity.FIGURES, 2, 10),
    "max": Function("max(a, b, …)", "the largest", Arity.FIGURES, 2, 10),
    "abs": Function("abs(x)", "without its sign", Arity.FIGURES, 1, 1),
    "round": Function("round(x, step)", "to a multiple of the step, half to even", Arity.FIGURES, 1, 2),
    "clip": Function("clip(x, least, most)", "kept between two bounds", Arity.FIGURES, 3, 3),
    "default": Function("default(x, instead)", "the second where the first is unknown", Arity.ANY, 2, 2),
    "known": Function("known(x)", "whether there is a value", Arity.KNOWN, 1, 1),
    "contains": Function('contains(text, "part")', "whether a text holds another", Arity.TEXTS, 2, 2),
    "since_change": Function("since_change(bid)", "days since anybody changed it", Arity.HISTORY, 1, 1),
    "age": Function("age(returned_at)", "days since that moment", Arity.HISTORY, 1, 1),
    "until": Function("until(starts_at)", "days until that moment", Arity.HISTORY, 1, 1),
    "was": Function("was(bid, 30d)", "its value that many days ago", Arity.HISTORY, 2, 2),
    "changes": Function("changes(bid, 14d)", "how often anybody changed it in that span", Arity.HISTORY, 2, 2),
}
