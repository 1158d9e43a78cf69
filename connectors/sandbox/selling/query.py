"""Reading the query of a call of the Selling Partner API, as strictly as its models are written."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from urllib.parse import parse_qs

from connectors.sandbox.answers import Refusal, invalid
from connectors.sandbox.operation import Visit


class Query:
    """The parameters of one call. Everything that is asked for is taken; ``done`` refuses what is left over."""

    def __init__(self, visit: Visit) -> None:
        found = parse_qs(visit.call.query, keep_blank_values=True)
        # Amazon: a list comes as one value with commas, or as the same name again.
        self._values = {name: ",".join(values) for name, values in found.items()}
        self._market = visit.sandbox.scenario.account.marketplace.id

    def has(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, default: str = "") -> str:
        return self._values.pop(name, default)

    def required(self, name: str, one_of: Collection[str] = ()) -> str:
        value = self.text(name)
        if not value:
            raise invalid(f"{name} is required")
        return _known(name, value, one_of)

    def word(self, name: str, one_of: Collection[str], default: str) -> str:
        return _known(name, self.text(name, default) or default, one_of)

    def listed(self, name: str, one_of: Collection[str] = (), most: int = 100) -> tuple[str, ...]:
        values = tuple(one for one in self.text(name).split(",") if one)
        if len(values) > most:
            raise invalid(f"{name} must have at most {most} values")
        return tuple(_known(name, value, one_of) for value in values)

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        text = self.text(name, str(default))
        if not text.isdigit() or not low <= int(text) <= high:
            raise invalid(f"{name} must be a whole number from {low} to {high}")
        return int(text)

    def flag(self, name: str) -> bool:
        return self.word(name, ("true", "false"), "false") == "true"

    def instant(self, name: str) -> datetime | None:
        text = self.text(name)
        return instant(name, text) if text else None

    def marketplace(self, name: str = "marketplaceIds", required: bool = True) -> None:
        """The call must be about the account's one marketplace."""
        values = self.listed(name, most=50)
        if required and not values:
            raise invalid(f"{name} is required")
        if any(value != self._market for value in values):
            raise Refusal(400, "InvalidInput", f"{name} is not a marketplace of this account")

    def done(self) -> None:
        if self._values:
            raise invalid(f"there is no parameter {min(self._values)} here")


def instant(name: str, value: object) -> datetime:
    """An ISO 8601 instant with a zone; a bare date is its midnight in UTC."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise invalid(f"{name} must be an ISO 8601 date-time") from None
    if moment.tzinfo is None:
        if len(str(value)) > len("2026-11-01"):
            raise invalid(f"{name} must name its zone, such as 2026-11-01T00:00:00Z")
        return moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def _known(name: str, value: str, one_of: Collection[str]) -> str:
    if one_of and value not in one_of:
        raise invalid(f"{name}: {value} is not one of: {', '.join(one_of)}")
    return value
