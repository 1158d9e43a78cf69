"""Answers of the lists become rows: our words, integer micros, ids as text. Pure; refuses what was not promised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from agent.model.change import Value
from agent.model.fact import Rows
from agent.model.money import Money
from agent.outbound import Reply
from connectors.amazon_ads.client import contract
from connectors.amazon_ads.resources import PLACEMENTS, Resource

Item = Mapping[str, object]
Cell = Value | float
_MOST_MICROS = 2**62
_WORDS_OF_PREDICATES: Mapping[str, str] = {
    "QUERY_HIGH_REL_MATCHES": "close-match",
    "QUERY_BROAD_REL_MATCHES": "loose-match",
    "ASIN_SUBSTITUTE_RELATED": "substitutes",
    "ASIN_ACCESSORY_RELATED": "complements",
    "ASIN_SAME_AS": "asin",
    "ASIN_EXPANDED_FROM": "asin-expanded",
    "ASIN_CATEGORY_SAME_AS": "category",
    "ASIN_BRAND_SAME_AS": "brand",
    "ASIN_PRICE_BETWEEN": "price",
    "ASIN_PRICE_GREATER_THAN": "price>",
    "ASIN_PRICE_LESS_THAN": "price<",
    "ASIN_REVIEW_RATING_BETWEEN": "rating",
    "ASIN_REVIEW_RATING_GREATER_THAN": "rating>",
    "ASIN_REVIEW_RATING_LESS_THAN": "rating<",
    "KEYWORD_GROUP_SAME_AS": "keyword-group",
}
"""As Amazon's own bulk sheets write them; any other predicate becomes its name in lower case."""


@dataclass(frozen=True, slots=True)
class Part:
    """Where a column comes from: a path of names into the item, and how the value there is read."""

    source: str
    read: Callable[[object], Cell]
    required: bool = True
    absent: Cell = None
    """What it means that a value which may be missing is missing."""


def text(value: object) -> str:
    """An id, name or keyword as it is. Amazon: some services write ids as numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return value
    raise ValueError("no text")


def word(value: object) -> str:
    """One of Amazon's capitals in our lower case; words we do not know are kept."""
    return text(value).lower()


def micros(value: object) -> int:
    """An amount, exactly. Amazon: amounts are JSON numbers, sometimes text."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError("no amount")
    amount = Money.of(value, "").micros
    if not 0 <= amount < _MOST_MICROS:
        raise ValueError("no amount of money anybody bids")
    return amount


def expression(value: object) -> str:
    """A target's expression as one line, such as ``asin=B0…`` or ``category=123 price<20``."""
    if not isinstance(value, list) or not value:
        raise ValueError("no list of predicates")
    return " ".join(map(_predicate, value))


def added_at(placement: str) -> Callable[[object], float]:
    """What is added to bids at a placement, as a ratio. Amazon: a placement that is not listed adds nothing."""

    def read(value: object) -> float:
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise ValueError("no list of placements")
        found = [each.get("percentage") for each in value if each.get("placement") == placement]
        percentage = found[0] if found else 0
        if len(found) > 1 or isinstance(percentage, bool) or not isinstance(percentage, int):
            raise ValueError("no percentage")
        return percentage / 100

    return read


def _predicate(value: object) -> str:
    if not isinstance(value, dict):
        raise ValueError("no predicate")
    name = text(value.get("type"))
    said = _WORDS_OF_PREDICATES.get(name, name.lower())
    argument = value.get("value")
    if argument is None or argument == "":
        return said
    return f"{said}{'' if said[-1] in '<>' else '='}{text(argument)}"


_STATE, _CAMPAIGN, _AD_GROUP = Part("state", word), Part("campaignId", text), Part("adGroupId", text)
_BID = Part("bid", micros, required=False)
_KEYWORD_TEXT = {"text": Part("keywordText", text), "match_type": Part("matchType", word)}

COLUMNS: Mapping[str, Mapping[str, Part]] = {
    "campaigns": {
        "name": Part("name", text), "state": _STATE, "targeting_type": Part("targetingType", word),
        "budget": Part("budget.budget", micros),
        "bidding_strategy": Part("dynamicBidding.strategy", word, required=False),
        "portfolio_id": Part("portfolioId", text, required=False),
        **{column: Part("dynamicBidding.placementBidding", added_at(name), required=False, absent=0.0)
           for column, name in PLACEMENTS.items()},
    },
    "ad_groups": {"name": Part("name", text), "state": _STATE, "default_bid": Part("defaultBid", micros),
                  "campaign_id": _CAMPAIGN},
    "keywords": {**_KEYWORD_TEXT, "state": _STATE, "bid": _BID, "campaign_id": _CAMPAIGN, "ad_group_id": _AD_GROUP},
    "product_targets": {"text": Part("expression", expression), "target_type": Part("expressionType", word),
                        "state": _STATE, "bid": _BID, "campaign_id": _CAMPAIGN, "ad_group_id": _AD_GROUP},
    # Amazon: sellers advertise a SKU, vendors an ASIN.
    "product_ads": {"sku": Part("sku", text, required=False), "asin": Part("asin", text, required=False),
                    "state": _STATE, "campaign_id": _CAMPAIGN, "ad_group_id": _AD_GROUP},
    "negative_keywords": {**_KEYWORD_TEXT, "state": _STATE, "campaign_id": _CAMPAIGN, "ad_group_id": _AD_GROUP},
}  # fmt: skip
"""For each list: our columns."""


def items(reply: Reply, resource: Resource) -> Sequence[Item]:
    """The things on one page."""
    page = reply.json()
    found = page.get(resource.key) if isinstance(page, dict) else None
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise contract(reply, f"has no list {resource.key}")
    return found


def rows(pages: Iterable[Reply], resource: Resource) -> Rows:
    """All pages as one batch. A thing that moved to a later page while they were read counts as it was last seen."""
    by_id: dict[str, dict[str, Cell]] = {}
    for reply in pages:
        for item in items(reply, resource):
            by_id[_id_of(reply, resource, item)] = {
                name: value_of(reply, item, part) for name, part in COLUMNS[resource.stream].items()
            }
    columns: dict[str, list[Cell]] = {"entity": list(by_id)}
    columns |= {name: [row[name] for row in by_id.values()] for name in COLUMNS[resource.stream]}
    return Rows(columns)


def values(pages: Iterable[Reply], resource: Resource, column: str) -> Mapping[str, Cell]:
    """One column of everything on the pages, by id."""
    part = COLUMNS[resource.stream][column]
    return {
        _id_of(reply, resource, item): value_of(reply, item, part)
        for reply in pages
        for item in items(reply, resource)
    }  # fmt: skip


def value_of(reply: Reply, item: Item, part: Part) -> Cell:
    """One value; what ``absent`` says where it may be missing."""
    found: object = item
    for name in part.source.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    if found is None and not part.required:
        return part.absent
    try:
        return part.read(found)
    except (ValueError, ArithmeticError):
        missing = "lacks" if found is None else "has an unreadable"
        raise contract(reply, f"{missing} {part.source}") from None


def _id_of(reply: Reply, resource: Resource, item: Item) -> str:
    found = value_of(reply, item, Part(resource.id, text))
    if not isinstance(found, str) or not found:
        raise contract(reply, f"lacks {resource.id}")
    return found
