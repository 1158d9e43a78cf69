"""Strategy and placements of a campaign: Amazon keeps them in one object, and one of them is written with all others.

# Amazon: whether an update keeps placements that it leaves out is not stated, so what is there is read just before and
# sent along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.model.actions import MOST_PLACEMENT, STRATEGIES
from agent.model.change import Change, Value
from agent.model.percent import Percent
from agent.outbound import Encodable, Reply
from connectors.amazon_ads.client import Client
from connectors.amazon_ads.facts import Item, items, text
from connectors.amazon_ads.resources import BY_KIND, DYNAMIC, PLACEMENTS

_WRITABLE = frozenset({"MANUAL", "LEGACY_FOR_SALES", "AUTO_FOR_SALES", "RULE_BASED"})
_MOST_POINTS = round(MOST_PLACEMENT * 100)
Held = Mapping[str, Item]
"""``dynamicBidding`` as it is now, by campaign id."""


def held_now(client: Client, changes: Sequence[Change]) -> Held:
    """What the campaigns of these changes hold now; nothing where another field is changed. Raises ``SourceError``."""
    ids = [change.entity.id for change in changes if change.field in DYNAMIC]
    if not ids:
        return {}
    resource = BY_KIND["campaign"]
    return {text(item.get(resource.id)): _bidding(item)
            for reply in client.listed(resource, ids) for item in _items(reply)}  # fmt: skip


def unsendable(change: Change, held: Held) -> str | None:
    """Why Amazon must not see this change of a strategy or placement."""
    now, after = held.get(change.entity.id), change.after
    if now is None:
        return "The campaign is no longer listed, so its other placements are not known."
    if now and now.get("strategy") not in _WRITABLE:
        return f"The campaign has the strategy {now.get('strategy')!r}, which cannot be written back."
    if change.field == "bidding_strategy":
        return None if after in STRATEGIES else f"{after!r} is no strategy that can be written."
    if not isinstance(after, Percent) or not 0 <= after.points <= _MOST_POINTS:
        return f"{after} is no adjustment from 0% to {_MOST_POINTS}%."
    return None


def written(field: str, after: Value, now: Item) -> Encodable:
    """The whole object with one part of it changed."""
    whole: dict[str, Encodable] = {}
    if "strategy" in now:
        whole["strategy"] = str(now["strategy"])
    if field == "bidding_strategy":
        whole["strategy"] = str(after).upper()
    whole["placementBidding"] = [*_placements(now, field, after)]
    if now.get("shopperCohortBidding"):
        whole["shopperCohortBidding"] = now["shopperCohortBidding"]  # type: ignore[assignment]
    return whole


def _placements(now: Item, field: str, after: Value) -> Sequence[Encodable]:
    listed = now.get("placementBidding")
    kept = [dict(each) for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    if not isinstance(after, Percent):
        return kept
    name = PLACEMENTS[field]
    changed: dict[str, Encodable] = {"placement": name, "percentage": after.points}
    places = [number for number, each in enumerate(kept) if each.get("placement") == name]
    for number in places:
        kept[number] = {**kept[number], **changed}
    return kept if places else [*kept, changed]


def _items(reply: Reply) -> Sequence[Item]:
    return items(reply, BY_KIND["campaign"])


def _bidding(item: Item) -> Item:
    found = item.get("dynamicBidding")
    return found if isinstance(found, dict) else {}
