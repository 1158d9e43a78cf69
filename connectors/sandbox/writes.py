"""Updates and creates of Sponsored Products v3: each item judged for itself, as Amazon does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from agent.model.marketplace import Marketplace
from agent.model.money import MICROS
from connectors.sandbox.account import (
    ARCHIVED,
    PLACEMENTS,
    Account,
    AdGroup,
    Campaign,
    Keyword,
    NegativeKeyword,
    Target,
    Thing,
)
from connectors.sandbox.answers import ItemError, invalid, item_error
from connectors.sandbox.resources import Resource

_BATCH = 1000
_MOST_DIGITS = 12
_STATES = ("ENABLED", "PAUSED", "PROPOSED")
_STRATEGIES = ("LEGACY_FOR_SALES", "AUTO_FOR_SALES", "MANUAL", "RULE_BASED")
_MOST_PERCENT = 900
_MATCH_TYPES = {"keyword": ("BROAD", "PHRASE", "EXACT"), "negative_keyword": ("NEGATIVE_EXACT", "NEGATIVE_PHRASE")}
Item = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Wish:
    """One accepted item: the fields of a thing as they are to be. A created thing comes whole."""

    kind: str
    id: str
    fields: Mapping[str, object]
    created: Thing | None = None


def items_of(resource: Resource, body: Mapping[str, object]) -> list[Item]:
    """The items of a batch; a body of another shape is refused as a whole."""
    unknown = sorted(set(body) - {resource.key})
    items = body.get(resource.key)
    if unknown or not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise invalid(f"The request body must hold an array of objects under {resource.key}")
    if len(items) > _BATCH:
        raise invalid(f"{resource.key} has {len(items)} items; at most {_BATCH} are allowed")
    return items


def ids_of(resource: Resource, body: Mapping[str, object]) -> list[str]:
    """The ids of a call that archives; a body of another shape is refused as a whole."""
    clause = body.get(resource.filter)
    ids = clause.get("include") if isinstance(clause, Mapping) else None
    if set(body) != {resource.filter} or not isinstance(ids, list) or not all(isinstance(id, str) for id in ids):
        raise invalid(f"The request body must hold an array of ids under {resource.filter}.include")
    if len(ids) > _BATCH:
        raise invalid(f"{resource.filter} has {len(ids)} ids; at most {_BATCH} are allowed")
    return ids


class Judge:
    """Decides item by item what an update or create may do. Changes nothing itself."""

    def __init__(self, account: Account, place: Marketplace, resource: Resource) -> None:
        self._account, self._place, self._resource = account, place, resource

    def update(self, index: int, item: Item) -> Wish | ItemError:
        resource, at = self._resource, f"$.{self._resource.key}[{index}]"
        id = item.get(resource.id)
        if not isinstance(id, str):
            return item_error("missingValueError", "MISSING_VALUE", f"{resource.id} is required", f"{at}.{resource.id}")
        thing = self._open(id, f"{at}.{resource.id}")
        return thing if isinstance(thing, ItemError) else self._judged(thing, item, at)

    def archive(self, index: int, id: str) -> Wish | ItemError:
        thing = self._open(id, f"$.{self._resource.filter}.include[{index}]")
        return thing if isinstance(thing, ItemError) else Wish(thing.kind, thing.id, {"state": ARCHIVED})

    def _open(self, id: str, at: str) -> Thing | ItemError:
        """A thing that can still be changed."""
        thing = self._account.find(self._resource.kind, id)
        if thing is None:
            return self._unknown_entity(id, at)
        reason = self._closed(thing)
        if reason:
            message = "An archived entity cannot be modified"
            return item_error("entityStateError", reason, message, at, id, entityType=self._resource.entity_type)
        return thing

    def create(self, index: int, item: Item) -> Wish | ItemError:
        """A new keyword, negative keyword or product target. The same text and match type in an ad group is a
        duplicate."""
        at = f"$.{self._resource.key}[{index}]"
        if self._resource.kind == "target":
            return self._create_target(item, at)
        for name in ("campaignId", "adGroupId", "keywordText", "matchType", "state"):
            if not isinstance(item.get(name), str):
                return item_error("missingValueError", "MISSING_VALUE", f"{name} is required", f"{at}.{name}")
        fault = self._bad_create(item, at)
        if fault is not None:
            return fault
        bid = self._bid(item.get("bid"), f"{at}.bid")
        if isinstance(bid, ItemError):
            return bid
        thing = self._new(item, bid)
        return Wish(thing.kind, thing.id, {}, thing)

    def _create_target(self, item: Item, at: str) -> Wish | ItemError:
        for name in ("campaignId", "adGroupId", "expressionType", "state"):
            if not isinstance(item.get(name), str):
                return item_error("missingValueError", "MISSING_VALUE", f"{name} is required", f"{at}.{name}")
        fault = self._bad_parent(item, at)
        if fault is not None:
            return fault
        asin = _asin_of(item.get("expression"))
        if item["expressionType"] != "MANUAL" or asin is None:
            return item_error("otherError", "OTHER_ERROR", "The sandbox creates targets of one ASIN only",
                              f"{at}.expression")  # fmt: skip
        expression = ("ASIN_SAME_AS", asin)
        if any(isinstance(one, Target) and one.state != ARCHIVED and one.ad_group_id == item["adGroupId"]
               and one.expression == expression for one in self._account.all("target")):  # fmt: skip
            return item_error("duplicateValueError", "DUPLICATE_VALUE", "The ad group has this target",
                              f"{at}.expression", asin)  # fmt: skip
        bid = self._bid(item.get("bid"), f"{at}.bid")
        if isinstance(bid, ItemError):
            return bid
        thing = Target(self._account.mint("target"), str(item["campaignId"]), str(item["adGroupId"]), expression,
                       "MANUAL", str(item["state"]), bid)  # fmt: skip
        return Wish(thing.kind, thing.id, {}, thing)

    def _closed(self, thing: Thing) -> str:
        """Why this thing can no longer be changed, or nothing."""
        if thing.state == ARCHIVED:
            return "ARCHIVED_ENTITY_CANNOT_BE_MODIFIED"
        above = [] if isinstance(thing, Campaign) else [self._account.campaign(thing.campaign_id)]
        states = [campaign.state for campaign in above]
        if not isinstance(thing, Campaign | AdGroup):
            states.append(self._account.ad_group(thing.ad_group_id).state)
        return "PARENT_ARCHIVED_FORBIDS_UPDATES" if ARCHIVED in states else ""

    def _judged(self, thing: Thing, item: Item, at: str) -> Wish | ItemError:
        unknown = sorted(set(item) - self._resource.updates - {self._resource.id})
        if unknown:
            return item_error(
                "otherError", "OTHER_ERROR", f"{unknown[0]} cannot be updated in the sandbox", f"{at}.{unknown[0]}"
            )
        fields: dict[str, object] = {}
        for name, value in self._fields(thing, item, at):
            if isinstance(value, ItemError):
                return value
            fields[name] = value
        return Wish(thing.kind, thing.id, fields)

    def _fields(self, thing: Thing, item: Item, at: str) -> Iterator[tuple[str, object]]:
        if "state" in item:
            yield "state", _one_of(item["state"], _STATES, f"{at}.state")
        if "bid" in item:
            yield "bid", self._bid(item["bid"], f"{at}.bid")
        if "defaultBid" in item:
            yield "default_bid", self._bid(item["defaultBid"], f"{at}.defaultBid", required=True)
        if isinstance(thing, Campaign | AdGroup) and "name" in item:
            yield "name", self._name(thing, item["name"], f"{at}.name")
        if isinstance(thing, Campaign):
            yield from self._campaign_fields(item, at)

    def _campaign_fields(self, item: Item, at: str) -> Iterator[tuple[str, object]]:
        if "budget" in item:
            yield "budget", self._budget(item["budget"], f"{at}.budget")
        bidding = item.get("dynamicBidding")
        if isinstance(bidding, Mapping) and "strategy" in bidding:
            yield "strategy", _one_of(bidding["strategy"], _STRATEGIES, f"{at}.dynamicBidding.strategy")
        if isinstance(bidding, Mapping) and "placementBidding" in bidding:
            yield "placements", _placements(bidding["placementBidding"], f"{at}.dynamicBidding.placementBidding")

    def _bid(self, value: object, at: str, required: bool = False) -> int | ItemError | None:
        """Micros. Amazon: ``null`` hands a target back to its ad group's default."""
        if value is None and not required:
            return None
        micros = _micros(value)
        if micros is None:
            return item_error("malformedValueError", "PATTERN_NOT_MATCHED", "A bid is a number", at, value)
        place = self._place
        if not place.bid_floor <= micros <= place.bid_ceiling:
            return item_error(
                "biddingError", "BID_OUT_OF_MARKET_PLACE_RANGE", "The bid is outside the marketplace's range",
                at, value, lowerLimit=_decimal(place.bid_floor),
                upperLimit=_decimal(place.bid_ceiling), marketplace=place.code,
            )  # fmt: skip
        return micros

    def _budget(self, value: object, at: str) -> int | ItemError:
        micros = _micros(value.get("budget")) if isinstance(value, Mapping) else None
        if micros is None or not isinstance(value, Mapping) or value.get("budgetType") != "DAILY":
            return item_error("missingValueError", "MISSING_VALUE", "budget and budgetType DAILY are required", at)
        place = self._place
        if micros < place.budget_floor or micros > place.budget_ceiling:
            reason = "TOO_LOW" if micros < place.budget_floor else "TOO_HIGH"
            return item_error(
                "rangeError", reason, "The budget is outside the marketplace's range", f"{at}.budget",
                _decimal(micros), lowerLimit=_decimal(place.budget_floor), upperLimit=_decimal(place.budget_ceiling),
            )  # fmt: skip
        return micros

    def _name(self, thing: Campaign | AdGroup, value: object, at: str) -> str | ItemError:
        most = 128 if isinstance(thing, Campaign) else 255
        if not isinstance(value, str) or not value.strip():
            return item_error("malformedValueError", "BLANK", "The name is blank", at, value)
        if len(value) > most:
            return item_error("malformedValueError", "TOO_LONG", f"The name is longer than {most}", at, value)
        others = self._account.all("campaign") if isinstance(thing, Campaign) else ()
        if any(isinstance(one, Campaign) and one.name == value and one.id != thing.id for one in others):
            return item_error("duplicateValueError", "NAME_NOT_UNIQUE", "The name is taken", at, value)
        return value

    def _bad_create(self, item: Item, at: str) -> ItemError | None:
        fault = self._bad_parent(item, at)
        if fault is not None:
            return fault
        for name, allowed in (("matchType", _MATCH_TYPES[self._resource.kind]), ("state", _STATES)):
            word = _one_of(item[name], allowed, f"{at}.{name}")
            if isinstance(word, ItemError):
                return word
        text = str(item["keywordText"])
        if text != text.strip() or not text or len(text) > 80:
            reason = "TOO_LONG" if len(text) > 80 else "LEADING_OR_TRAILING_WHITESPACE" if text.strip() else "BLANK"
            return item_error("malformedValueError", reason, "The keyword is malformed", f"{at}.keywordText", text)
        if self._is_there(item):
            return item_error("duplicateValueError", "DUPLICATE_VALUE", "The ad group has this keyword",
                              f"{at}.keywordText", text)  # fmt: skip
        return None

    def _bad_parent(self, item: Item, at: str) -> ItemError | None:
        group = self._account.find("ad_group", str(item["adGroupId"]))
        if not isinstance(group, AdGroup) or group.campaign_id != item["campaignId"]:
            return item_error("parentEntityError", "PARENT_ENTITY_NOT_FOUND", "There is no such ad group",
                              f"{at}.adGroupId", item["adGroupId"])  # fmt: skip
        if ARCHIVED in (group.state, self._account.campaign(group.campaign_id).state):
            return item_error("entityStateError", "PARENT_ARCHIVED_FORBIDS_UPDATES", "The ad group is archived",
                              f"{at}.adGroupId", item["adGroupId"])  # fmt: skip
        automatic = self._account.campaign(group.campaign_id).targeting_type == "AUTO"
        if automatic and self._resource.kind != "negative_keyword":
            return item_error("otherError", "OTHER_ERROR", "An automatic campaign takes no targets of its own",
                              f"{at}.adGroupId", item["adGroupId"])  # fmt: skip
        return None

    def _is_there(self, item: Item) -> bool:
        key = (item["adGroupId"], str(item["keywordText"]).lower(), item["matchType"])
        return any(
            isinstance(one, Keyword | NegativeKeyword)
            and one.state != ARCHIVED
            and (one.ad_group_id, one.text.lower(), one.match_type) == key
            for one in self._account.all(self._resource.kind)
        )

    def _new(self, item: Item, bid: int | None) -> Keyword | NegativeKeyword:
        inside = (self._account.mint(self._resource.kind), str(item["campaignId"]), str(item["adGroupId"]))
        words = (str(item["keywordText"]), str(item["matchType"]), str(item["state"]))
        return Keyword(*inside, *words, bid) if self._resource.kind == "keyword" else NegativeKeyword(*inside, *words)

    def _unknown_entity(self, id: str, at: str) -> ItemError:
        return item_error("entityNotFoundError", "ENTITY_NOT_FOUND", f"There is no {self._resource.one} {id}", at, id,
                          entityType=self._resource.entity_type, entityId=id)  # fmt: skip


def changed(thing: Thing, fields: Mapping[str, object]) -> Thing:
    """The thing with these fields; those that are as they were do not count as a change."""
    return replace(thing, **fields)  # type: ignore[arg-type]


def _asin_of(expression: object) -> str | None:
    """The ASIN of an expression that names just one."""
    if not isinstance(expression, list) or len(expression) != 1 or not isinstance(expression[0], Mapping):
        return None
    asin = expression[0].get("value")
    named = expression[0].get("type") == "ASIN_SAME_AS" and isinstance(asin, str) and len(asin) == 10
    return str(asin) if named else None


def _one_of(value: object, allowed: tuple[str, ...], at: str) -> str | ItemError:
    if value in allowed:
        return str(value)
    return item_error("rangeError", "INVALID_ENUM_VALUE", "The value is not one of those allowed", at, value,
                      allowed=list(allowed))  # fmt: skip


def _placements(value: object, at: str) -> tuple[tuple[str, int], ...] | ItemError:
    """All placements as they are to be.

    Amazon: whether those that an update leaves out are kept is not stated; here they are lost, which is the worse.
    """
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        return item_error("malformedValueError", "PATTERN_NOT_MATCHED", "placementBidding is a list", at)
    found: dict[str, int] = {}
    for number, each in enumerate(value):
        placement = _one_of(each.get("placement"), PLACEMENTS, f"{at}[{number}].placement")
        percentage = each.get("percentage")
        if isinstance(placement, ItemError):
            return placement
        if isinstance(percentage, bool) or not isinstance(percentage, int) or not 0 <= percentage <= _MOST_PERCENT:
            return item_error("rangeError", "TOO_HIGH", "A percentage is a whole number from 0 to 900",
                              f"{at}[{number}].percentage", lowerLimit="0", upperLimit=str(_MOST_PERCENT))  # fmt: skip
        if placement in found:
            return item_error("duplicateValueError", "DUPLICATE_VALUE", "A placement is named twice", at, placement)
        found[placement] = percentage
    return tuple(found.items())


def _micros(value: object) -> int | None:
    """An amount as exact micros; nothing where it is no amount, or finer than a millionth."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    if abs(Decimal(value).adjusted()) > _MOST_DIGITS:  # looked at before any arithmetic, which could overflow
        return None
    micros = Decimal(value) * MICROS
    return int(micros) if micros == micros.to_integral_value() else None


def _decimal(micros: int) -> str:
    return f"{Decimal(micros) / MICROS:f}"
