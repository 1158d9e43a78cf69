"""Which unit a part of an expression has by itself, before it is bound."""

from __future__ import annotations

from agent.model.metric import Unit
from agent.rulebook.faults import Complaints
from agent.rulebook.scope import Scope
from agent.rulebook.tree import Apply, Choice, Infix, Number, Prefix, Text, Tree, Word
from agent.rulebook.units import leading, product, quotient

_MARKED = {"%": Unit.RATIO, "d": Unit.DAYS, "h": Unit.DAYS}
_RETURNED = {
    "since_change": Unit.DAYS,
    "age": Unit.DAYS,
    "until": Unit.DAYS,
    "changes": Unit.COUNT,
    "known": Unit.FLAG,
    "contains": Unit.FLAG,
}


class Guesses:
    """Units by part, remembered; ``forget`` them when a param or let has got its own."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.units: dict[Tree, Unit | None] = {}

    def forget(self) -> None:
        self.units.clear()

    def free(self, word: Word) -> bool:
        """Whether nothing has decided the unit of a param or let yet."""
        return self.scope.own(word.text) and self.scope.units[word.text] is None

    def unit(self, part: Tree) -> Unit | None:
        """The unit a part has by itself; None when it would take any."""
        if part not in self.units:
            self.units[part] = self._unit(part)
        return self.units[part]

    def carries(self, part: Tree) -> int:
        """Whether a part could be money: 0 no, 1 by a number written in it, 2 by a param or let."""
        match part:
            case Number(mark=""):
                return 1
            case Word():
                return 2 if self.free(part) else 0
            case Prefix(operator="-", operand=only) | Infix(operator="/", left=only):
                return self.carries(only)
            case Infix(operator="*", left=left, right=right):
                return 0 if self.unit(part) is Unit.MONEY else max(self.carries(left), self.carries(right))
            case Infix(left=left, right=right) | Choice(then=left, otherwise=right):
                return min(self.carries(left), self.carries(right))
            case Apply(function=name, arguments=parts) if name not in _RETURNED:
                return min(map(self.carries, parts), default=0)
            case _:
                return 0

    def _unit(self, part: Tree) -> Unit | None:
        match part:
            case Number(mark=mark):
                return _MARKED.get(mark)
            case Text():
                return Unit.TEXT
            case Word():
                return self._unit_of_word(part)
            case Prefix(operator="-", operand=operand):
                return self.unit(operand)
            case Infix(operator="*" | "/" as operator, left=left, right=right):
                return _scaled(operator, self.unit(left), self.unit(right))
            case Infix(left=left, right=right) | Choice(then=left, otherwise=right):
                return leading((self.unit(left), self.unit(right)))
            case Apply(function="was", arguments=(column, *_)):
                return self.unit(column)
            case Apply(function=name, arguments=parts):
                return _RETURNED.get(name) or leading(map(self.unit, parts))
            case _:
                return Unit.FLAG

    def _unit_of_word(self, word: Word) -> Unit | None:
        if self.scope.own(word.text):
            return self.scope.units[word.text]
        try:
            return self.scope.node(word).unit
        except Complaints:
            return None


def _scaled(operator: str, left: Unit | None, right: Unit | None) -> Unit | None:
    if left is None and right is None:
        return None
    if operator == "/" and left is None:
        return Unit.NUMBER if right is Unit.MONEY else None
    combine = product if operator == "*" else quotient
    return combine(left or Unit.NUMBER, right or Unit.NUMBER)
