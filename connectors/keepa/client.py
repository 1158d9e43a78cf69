"""Asks Keepa for products, as many as the tokens pay for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pydantic import SecretStr

from agent.errors import ConfigError, ContractError, CredentialError
from agent.model.marketplace import Marketplace
from agent.outbound import Call, Outbound, Rate, Reply

NAME = "keepa"
ENDPOINT = "https://api.keepa.com"
DOMAINS: Mapping[str, int] = {
    "US": 1, "UK": 2, "DE": 3, "FR": 4, "JP": 5, "CA": 6, "IT": 8, "ES": 9, "IN": 10, "MX": 11, "BR": 12,
}  # fmt: skip
TOKENS_PER_PRODUCT = 4
"""Keepa: 1 for the product, 2 for the featured offer, up to 1 for rating and count."""
MOST_AT_ONCE = 100
_PACE = Rate(1, 2)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What is left, and when the next ones come. ``left`` is None until Keepa has said so."""

    left: int | None = None
    refill_seconds: float = 60.0
    per_minute: float = 1.0

    def seconds_until(self, wanted: int) -> float:
        """How long until so many are there."""
        lacking = wanted - (self.left or 0)
        if lacking <= 0:
            return 0.0
        minutes = -(-lacking // max(1, round(self.per_minute)))
        return self.refill_seconds + 60.0 * (minutes - 1)


class Client:
    """One key, one marketplace. A key that may be rotated is read again for each call."""

    def __init__(self, account: str, marketplace: Marketplace, key: SecretStr | Callable[[], str], outbound: Outbound,
                 endpoint: str = "") -> None:  # fmt: skip
        if marketplace.code not in DOMAINS:
            raise ConfigError(
                f"Keepa does not know the marketplace {marketplace.code}", setting=f"accounts.{account}.keepa",
                hint=f"remove the section; Keepa knows {' '.join(DOMAINS)}",
            )  # fmt: skip
        self._account, self._domain, self._key = account, DOMAINS[marketplace.code], key
        self._outbound, self._endpoint = outbound, endpoint or ENDPOINT
        self.tokens = Tokens()

    def products(self, asins: Sequence[str]) -> Sequence[Mapping[str, Any]] | None:
        """The products, at most 100; None where the tokens are used up. Asks once: a call costs tokens."""
        reply = self._outbound.send(Call(
            NAME, self._account, "product", "GET", self._address(asins), rate=_PACE, expects=frozenset({402, 429}),
            tries=1,
        ))  # fmt: skip
        if reply.status == 402:
            raise CredentialError(
                "Keepa asks for a payment.", connector=NAME, operation="product", status=402,
                hint="look at the subscription of the key, or set enabled = false",
            )  # fmt: skip
        answer = _object(reply)
        self.tokens = _tokens(answer)
        if reply.status == 429:
            return None
        found = answer.get("products")
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise _contract(reply, "has no list of products")
        return found

    def _address(self, asins: Sequence[str]) -> str:
        key = self._key() if callable(self._key) else self._key.get_secret_value()
        if not key:
            raise CredentialError(
                "the key of Keepa is missing", connector=NAME, operation="product",
                hint=f"write accounts.{self._account}.keepa.key, or set enabled = false",
            )  # fmt: skip
        asked = {"key": key, "domain": self._domain, "asin": ",".join(asins), "stats": 1, "history": 0, "rating": 1,
                 "buybox": 1}  # fmt: skip
        return f"{self._endpoint}/product?{urlencode(asked)}"


def _tokens(answer: Mapping[str, Any]) -> Tokens:
    left, refill, rate = (answer.get(name) for name in ("tokensLeft", "refillIn", "refillRate"))
    return Tokens(
        left if isinstance(left, int) else None,
        refill / 1000 if isinstance(refill, int) and refill >= 0 else 60.0,
        float(rate) if isinstance(rate, int) and rate > 0 else 1.0,
    )


def _object(reply: Reply) -> Mapping[str, Any]:
    answer = reply.json()
    if not isinstance(answer, dict):
        raise _contract(reply, "is no object")
    return answer


def _contract(reply: Reply, says: str) -> ContractError:
    return ContractError(
        f"The answer of Keepa {says}.", connector=NAME, operation="product", status=reply.status,
        hint="Nothing of it was booked; the next pull asks again.",
    )  # fmt: skip
