"""Keepa, optional and off by default: price, rank, rating and offers of rivals, and the ratings of our own products.

Amazon's rules for API users may forbid services that pass on Amazon's data. Whoever switches this on decides that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import SecretStr

from agent.model.fact import Delivered, Pending, Rows, Stream
from agent.model.kinds import STREAMS
from agent.model.marketplace import Marketplace
from agent.model.window import Span
from agent.outbound import Outbound
from agent.ports import Clock
from connectors.keepa.client import MOST_AT_ONCE, NAME, TOKENS_PER_PRODUCT, Client
from connectors.keepa.products import Product, product_of

__all__ = ["Keepa", "Settings", "Watched"]

_KEPT_FOR = timedelta(hours=12)
"""How long an answer serves: both streams are filled by one."""
_WORTH_A_CALL = 25
"""So many products are waited for, and not for more at once."""
_SHORTEST_WAIT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Watched:
    """``rivals``: the ASIN of each watched rival, by the entity ``SKU/ASIN``. ``own``: our own ASINs."""

    rivals: Mapping[str, str] = field(default_factory=dict)
    own: Sequence[str] = ()


class Settings(Protocol):
    """What the configuration says of Keepa."""

    @property
    def key(self) -> SecretStr: ...
    @property
    def most_asins(self) -> int: ...
    @property
    def endpoint(self) -> str: ...


class Keepa:
    """A connector. ``watched`` is asked at each pull. Where tokens run out, the pull is pending until they are back."""

    name = NAME
    streams: Sequence[Stream] = (STREAMS["ratings"], STREAMS["rival_offers"])

    def __init__(self, client: Client, marketplace: Marketplace, clock: Clock, watched: Callable[[], Watched],
                 most_asins: int = 100) -> None:  # fmt: skip
        self._client, self._marketplace, self._clock = client, marketplace, clock
        self._watched, self._most = watched, most_asins
        self._told_at: datetime | None = None
        self._seen: dict[str, tuple[datetime, Product | None]] = {}

    @classmethod
    def of(cls, account: str, marketplace: Marketplace, settings: Settings, outbound: Outbound, clock: Clock,
           watched: Callable[[], Watched]) -> Keepa:  # fmt: skip
        client = Client(account, marketplace, settings.key, outbound, settings.endpoint)
        return cls(client, marketplace, clock, watched, settings.most_asins)

    def pull(self, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
        """See ``agent.ports.Connector``. Rivals go before our own products where ``most_asins`` does not reach."""
        watched = self._watched()
        wanted = list(dict.fromkeys([*watched.rivals.values(), *watched.own]))
        asked = wanted[: self._most]
        wait = self._fill(asked)
        if wait is not None:
            return Pending("tokens", max(_SHORTEST_WAIT_SECONDS, wait), "Keepa's tokens are used up")
        left = len(wanted) - len(asked)
        note = f"{left} ASINs were not asked for (keepa.most_asins)" if left else ""
        rows = self._rival_offers(watched.rivals) if stream.name == "rival_offers" else self._ratings(watched.own)
        return Delivered([rows] if len(rows) else [], note=note, partial=left > 0)

    def _fill(self, asins: Sequence[str]) -> float | None:
        """Ask for what is not known freshly; the seconds to wait where the tokens end before."""
        now = self._clock.now()
        stale = [asin for asin in asins if asin not in self._seen or self._seen[asin][0] + _KEPT_FOR < now]
        while stale:
            payable = self._payable(now)
            batch = stale[:payable]
            found = self._client.products(batch) if batch else None
            self._told_at = now if batch else self._told_at
            if found is None:
                return self._client.tokens.seconds_until(TOKENS_PER_PRODUCT * min(len(stale), _WORTH_A_CALL))
            products = {each.asin: each for each in (product_of(one, self._marketplace) for one in found)}
            for asin in batch:
                self._seen[asin] = (now, products.get(asin))
            stale = stale[len(batch) :]
        return None

    def _payable(self, now: datetime) -> int:
        """How many products the tokens pay for, those included that came back since Keepa last told."""
        tokens = self._client.tokens
        if tokens.left is None:
            return MOST_AT_ONCE
        minutes = (now - self._told_at).total_seconds() // 60 if self._told_at is not None else 0
        left = tokens.left + int(minutes * tokens.per_minute)
        return max(0, min(MOST_AT_ONCE, left // TOKENS_PER_PRODUCT))

    def _rival_offers(self, rivals: Mapping[str, str]) -> Rows:
        known = [(entity, product) for entity, asin in rivals.items() if (product := self._product(asin)) is not None]
        return Rows({
            "entity": [entity for entity, _ in known],
            "rival_price": [product.price for _, product in known],
            "rival_rank": [product.rank for _, product in known],
            "rival_rating": [product.rating for _, product in known],
            "rival_rating_count": [product.rating_count for _, product in known],
            "rival_offers": [product.offers for _, product in known],
        })  # fmt: skip

    def _ratings(self, own: Sequence[str]) -> Rows:
        known = [product for asin in own if (product := self._product(asin)) is not None and product.rating is not None]
        return Rows({
            "entity": [product.asin for product in known],
            "rating": [product.rating for product in known],
            "rating_count": [product.rating_count for product in known],
        })  # fmt: skip

    def _product(self, asin: str) -> Product | None:
        return self._seen[asin][1] if asin in self._seen else None
