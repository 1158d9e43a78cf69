"""Keywords, negative keywords and product targets that are to be made: looked for and written by natural key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice

from agent.model.actions import CREATE
from agent.model.change import Change, Edit
from agent.model.creation import MATCH_TYPES, Creation
from agent.model.entity import Entity
from agent.model.money import MICROS, Money
from agent.outbound import Encodable, Reply
from connectors.amazon_ads.client import Client, contract
from connectors.amazon_ads.facts import COLUMNS, Item, items, text, value_of
from connectors.amazon_ads.resources import BATCH, BY_KIND, Resource

CREATES = frozenset(Edit(kind, CREATE) for kind in MATCH_TYPES)
DUPLICATE = "duplicateValueError"
_AD_GROUPS_AT_ONCE = 100
"""Amazon: ids of something else than the listed thing itself in one filter."""


def live(client: Client, entities: Sequence[Entity], currency: str) -> Mapping[Entity, Creation | None]:
    """What of these is there already; None where it is not. What belongs to no listed ad group is left out."""
    wanted = {entity: Creation.of_key(entity.kind, entity.id) for entity in entities}
    listed = ad_groups(client, [each.ad_group_id for each in wanted.values()])
    found: dict[Creation, Creation] = {}
    for kind in {entity.kind for entity in entities}:
        groups = iter(dict.fromkeys(each.ad_group_id for each in wanted.values()
                                    if each.kind == kind and each.ad_group_id in listed))  # fmt: skip
        while some := list(islice(groups, _AD_GROUPS_AT_ONCE)):
            found |= {each: each for each in _there(client, BY_KIND[kind], some, currency)}
    return {entity: found.get(each) for entity, each in wanted.items() if each.ad_group_id in listed}


def ad_groups(client: Client, ids: Sequence[str]) -> Mapping[str, Item]:
    """The ad groups of these ids that are enabled or paused. Raises ``SourceError``."""
    resource = BY_KIND["ad_group"]
    found: dict[str, Item] = {}
    left = iter(dict.fromkeys(ids))
    while some := list(islice(left, BATCH)):
        for reply in client.listed(resource, some):
            found |= {text(item.get(resource.id)): item for item in items(reply, resource)}
    return found


def parents(client: Client, changes: Sequence[Change]) -> Mapping[str, Item]:
    """The ad groups in which something is to be made; nothing where nothing is."""
    made = [change.after.ad_group_id for change in changes if isinstance(change.after, Creation)]
    return ad_groups(client, made) if made else {}


def unsendable(change: Change, parents: Mapping[str, Item], currency: str) -> str | None:
    """Why Amazon must not see this."""
    after = change.after
    if not isinstance(after, Creation) or after.kind != change.entity.kind or after.key != change.entity.id:
        return f"{after} is nothing that can be made of {change.entity}."
    if after.match_type not in MATCH_TYPES[after.kind]:
        return f"A {after.kind} cannot match {after.match_type!r}."
    if after.ad_group_id not in parents:
        return "The ad group is no longer listed."
    if after.bid is not None and after.bid.currency != currency:
        return f"{after.bid} is not in the account's currency, {currency}."
    return None


def written(creation: Creation, parent: Item) -> Mapping[str, Encodable]:
    """The item of a create."""
    item: dict[str, Encodable] = {"campaignId": text(parent.get("campaignId")), "adGroupId": creation.ad_group_id,
                                  "state": "ENABLED"}  # fmt: skip
    if creation.kind == "product_target":
        item |= {"expressionType": "MANUAL", "expression": [{"type": "ASIN_SAME_AS", "value": creation.text}]}
    else:
        item |= {"keywordText": creation.text, "matchType": creation.match_type.upper()}
    if creation.bid is not None:
        item["bid"] = Decimal(creation.bid.micros) / MICROS
    return item


def _there(client: Client, resource: Resource, ad_group_ids: Sequence[str], currency: str) -> Iterator[Creation]:
    for reply in client.listed(resource, ad_group_ids, "adGroupIdFilter"):
        for item in items(reply, resource):
            made = _creation(reply, resource, item, currency)
            if made is not None:
                yield made


def _creation(reply: Reply, resource: Resource, item: Item, currency: str) -> Creation | None:
    """A listed thing as one that could have been made; None for another form of target."""
    parts = COLUMNS[resource.stream]
    row = {name: value_of(reply, item, parts[name]) for name in ("text", "ad_group_id", "match_type", "bid")
           if name in parts}  # fmt: skip
    said, match_type, bid = str(row["text"]), str(row.get("match_type", "asin")), row.get("bid")
    if resource.kind == "product_target":
        if not said.startswith("asin=") or " " in said:
            return None
        said = said.removeprefix("asin=")
    id = item.get(resource.id)
    if id is None:
        raise contract(reply, f"lacks {resource.id}")
    made = Creation.of(resource.kind, str(row["ad_group_id"]), match_type, said,
                       Money(bid, currency) if isinstance(bid, int) else None)  # fmt: skip
    return Creation(made.kind, made.ad_group_id, made.match_type, made.text, made.bid, text(id))
