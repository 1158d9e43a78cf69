"""The advertiser's account: campaigns and what is in them, as Amazon keeps them. Money is integer micros."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

ENABLED, PAUSED, ARCHIVED = "ENABLED", "PAUSED", "ARCHIVED"


@dataclass(frozen=True, slots=True)
class Campaign:
    kind: ClassVar[str] = "campaign"
    id: str
    name: str
    state: str
    targeting_type: str
    budget: int
    strategy: str
    start_date: str
    placements: tuple[tuple[str, int], ...] = ()
    """Percent added to bids, by placement."""


@dataclass(frozen=True, slots=True)
class AdGroup:
    kind: ClassVar[str] = "ad_group"
    id: str
    campaign_id: str
    name: str
    state: str
    default_bid: int


@dataclass(frozen=True, slots=True)
class Keyword:
    """``bid`` None: the ad group's default holds."""

    kind: ClassVar[str] = "keyword"
    id: str
    campaign_id: str
    ad_group_id: str
    text: str
    match_type: str
    state: str
    bid: int | None


@dataclass(frozen=True, slots=True)
class Target:
    """A product target or one of the four automatic ones; ``expression`` is one predicate: type and value."""

    kind: ClassVar[str] = "target"
    id: str
    campaign_id: str
    ad_group_id: str
    expression: tuple[str, str | None]
    expression_type: str
    state: str
    bid: int | None

    @property
    def text(self) -> str:
        """The expression as reports spell it."""
        type, value = self.expression
        return f'asin="{value}"' if value else _AUTO_NAMES[type]


@dataclass(frozen=True, slots=True)
class ProductAd:
    kind: ClassVar[str] = "product_ad"
    id: str
    campaign_id: str
    ad_group_id: str
    sku: str
    asin: str
    state: str


@dataclass(frozen=True, slots=True)
class NegativeKeyword:
    kind: ClassVar[str] = "negative_keyword"
    id: str
    campaign_id: str
    ad_group_id: str
    text: str
    match_type: str
    state: str


Thing = Campaign | AdGroup | Keyword | Target | ProductAd | NegativeKeyword

PLACEMENTS = ("PLACEMENT_TOP", "PLACEMENT_PRODUCT_PAGE", "PLACEMENT_REST_OF_SEARCH", "SITE_AMAZON_BUSINESS")

AUTO_TARGETS = (
    "QUERY_HIGH_REL_MATCHES",
    "QUERY_BROAD_REL_MATCHES",
    "ASIN_SUBSTITUTE_RELATED",
    "ASIN_ACCESSORY_RELATED",
)
_AUTO_NAMES = dict(zip(AUTO_TARGETS, ("close-match", "loose-match", "substitutes", "complements"), strict=True))

_FIRST_ID = {
    "campaign": 318_000_000_000_001,
    "ad_group": 427_000_000_000_001,
    "keyword": 536_000_000_000_001,
    "target": 645_000_000_000_001,
    "product_ad": 754_000_000_000_001,
    "negative_keyword": 863_000_000_000_001,
}
_ID_STEP = 7919


class Account:
    """Everything in the account, by kind and id, in the order of creation. Ids of reports are numbers of the same."""

    def __init__(self) -> None:
        self._things: dict[str, dict[str, Thing]] = {kind: {} for kind in _FIRST_ID}

    def mint(self, kind: str) -> str:
        """The id of the next new thing of this kind."""
        return str(_FIRST_ID[kind] + _ID_STEP * len(self._things[kind]))

    def put(self, thing: Thing) -> None:
        self._things[thing.kind][thing.id] = thing

    def find(self, kind: str, id: str) -> Thing | None:
        return self._things[kind].get(id)

    def campaign(self, id: str) -> Campaign:
        thing = self._things["campaign"][id]
        if not isinstance(thing, Campaign):
            raise TypeError(f"{id} is no campaign")
        return thing

    def ad_group(self, id: str) -> AdGroup:
        thing = self._things["ad_group"][id]
        if not isinstance(thing, AdGroup):
            raise TypeError(f"{id} is no ad group")
        return thing

    def all(self, kind: str) -> Iterator[Thing]:
        return iter(self._things[kind].values())

    def count(self, kind: str) -> int:
        return len(self._things[kind])
