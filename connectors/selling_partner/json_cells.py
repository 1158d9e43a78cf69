"""Values out of JSON: by a path of names, of the type that was promised, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from agent.errors import ContractError
from connectors.selling_partner.cells import micros

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Node:
    """An object of an answer or a document; ``fault`` makes the error for what is wrong with it."""

    data: Json
    fault: Callable[[str], ContractError]

    @classmethod
    def of(cls, data: object, fault: Callable[[str], ContractError]) -> Node:
        if not isinstance(data, dict):
            raise fault("is no object")
        return cls(data, fault)

    def get(self, path: str) -> object:
        """What stands there; None where nothing does."""
        found: object = self.data
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        return found

    def nodes(self, path: str) -> Iterator[Node]:
        """The objects of a list that has to be there."""
        found = self.get(path)
        if not isinstance(found, list):
            raise self.fault(f"has no list {path}")
        for each in found:
            if not isinstance(each, dict):
                raise self.fault(f"has something in {path} that is no object")
            yield Node(each, self.fault)

    def text(self, path: str) -> str | None:
        found = self.get(path)
        if found is None or isinstance(found, str):
            return found or None
        raise self.fault(f"has a {path} that is no text")

    def whole(self, path: str) -> int | None:
        found = self.get(path)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | Decimal) or found != int(found):
            raise self.fault(f"has a {path} that is no whole number")
        return int(found)

    def number(self, path: str) -> float | None:
        found = self.get(path)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | Decimal):
            raise self.fault(f"has a {path} that is no number")
        return float(found)

    def money(self, path: str, currency: str) -> int | None:
        """An amount in micros. Amazon: a number or a text, beside its ``currencyCode``; another currency is refused."""
        found, code = self.get(f"{path}.amount"), self.get(f"{path}.currencyCode")
        if found is None:
            return None
        try:
            amount = None if isinstance(found, bool) else Decimal(str(found))
        except ArithmeticError:
            amount = None
        if amount is None or not amount.is_finite():
            raise self.fault(f"has a {path} that is no amount")
        if code != currency:
            raise self.fault(f"has a {path} in {code}, and the account is in {currency}")
        return micros(amount)

    def must(self, path: str) -> str:
        """A text that has to be there."""
        found = self.text(path)
        if found is None:
            raise self.fault(f"lacks {path}")
        return found
