"""What a change of an advertising lever may cost at worst: per click, and on one day.

Nothing here is a forecast. Each figure is an upper bound, from what Amazon may do at most with what is known of the
campaign; where too little is known, the answer is None.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

from agent.model.change import Change
from agent.model.creation import Creation
from agent.model.expression import How, Name, Scalar, Source
from agent.model.kinds import state_columns
from agent.model.metric import Unit
from agent.model.money import Money
from agent.model.percent import Percent
from agent.model.window import Window

# Amazon: on a single day a campaign may spend up to twice its daily budget; the month's average stays within it.
OVERSPEND = 2
# Amazon: "up and down" raises a bid by up to 100 % at the top of search and by up to 50 % elsewhere. Rule-based bidding
# names no bound, so it is taken for no better than that.
TOP_OF_SEARCH, ELSEWHERE = 2.0, 1.5
_RAISING = ("auto_for_sales", "rule_based")
_PLACEMENTS = {
    "placement_top": TOP_OF_SEARCH,
    "placement_product_page": ELSEWHERE,
    "placement_rest": ELSEWHERE,
}
_TARGETS = ("keyword", "product_target", "ad_group")
_SEARCHED = "search_term"
_RECENT = Window(14)

Seen = Mapping[str, Scalar]
"""Facts about one entity, by the keys of names."""


@cache
def _campaign(column: str, path: tuple[str, ...]) -> Name:
    return Name(Source.STATE, column, state_columns("campaign")[column].unit, ".".join((*path, column)), path)


def _columns() -> tuple[str, ...]:
    """Of a campaign; a placement counts where the dictionary has it."""
    return ("budget", "bidding_strategy", *(name for name in _PLACEMENTS if name in state_columns("campaign")))


_COLUMNS = _columns()
_CLICKS = Name(Source.MEASURE, "clicks", Unit.COUNT, "max(recent.clicks)", window=_RECENT, how=How.MAX)
_COST = Name(Source.MEASURE, "cost", Unit.MONEY, "max(recent.cost)", window=_RECENT, how=How.MAX)
EXPOSED: Mapping[str, tuple[Name, ...]] = {
    "campaign": (_COST, *(_campaign(column, ()) for column in _COLUMNS)),
    "search_term": (_CLICKS,),
    "product_ad": (_campaign("budget", ("campaign",)),),
    **{kind: (_CLICKS, *(_campaign(column, ("campaign",)) for column in _COLUMNS)) for kind in (*_TARGETS, _SEARCHED)},
}
"""By kind, what has to be known of an entity."""


def factor(kind: str, seen: Seen, strategy: Scalar = None) -> float:
    """How many times the bid a click may cost: the dearest placement, with what the strategy may put on top.

    ``strategy``: as it would be under this one. An unknown strategy is taken for the one that raises most; an unknown
    placement for one without an adjustment.
    """
    return max((1 + _adjustment(kind, name, seen)) * bid_up(kind, seen, name, strategy) for name in _PLACEMENTS)


def bid_up(kind: str, seen: Seen, placement: str, strategy: Scalar = None) -> float:
    """How many times its bid Amazon may offer at a placement, by the bidding strategy alone."""
    found = strategy or _of_campaign(kind, "bidding_strategy", seen)
    return _PLACEMENTS[placement] if found is None or found in _RAISING else 1.0


def added_spend(change: Change, seen: Seen) -> int | None:
    """What the change may add to a day's spend at worst, in micros; None where that cannot be told.

    A raised bid: the clicks of the busiest day of two weeks (at least one) grow as much as the bid does, and each costs
    the most it can. Whatever is raised or switched on, no more than the campaign can spend on a day.
    """
    kind, budget = change.entity.kind, _figure(_of_campaign(change.entity.kind, "budget", seen))
    most = OVERSPEND * budget if budget is not None else None
    match change.field:
        case _ if isinstance(change.after, Creation):
            return _created(change.after, seen)
        case "budget":
            return _raise_of_budget(change)
        case "bid" | "default_bid":
            return _least(_raise_of_bid(change, seen, factor(kind, seen)), most)
        case "state":
            return 0 if change.after != "enabled" else _rounded(most)
        case "bidding_strategy":
            return _least(_dearer(seen, _strategy_growth(change)), most)
        case _:
            return _least(_dearer(seen, _placement_growth(change)), most) if isinstance(change.after, Percent) else 0


def exposes(change: Change) -> bool:
    """Whether the change is one of advertising."""
    return change.entity.kind in EXPOSED


def _created(made: Creation, seen: Seen) -> int | None:
    """A new target may get the clicks of what it is made for, on its busiest day, at up to twice its bid. Which
    campaign it comes to stand in is not looked at, so no budget bounds it."""
    clicks = _figure(seen.get(_CLICKS.key))
    if made.bid is None:
        return 0
    return None if clicks is None else math.ceil(max(1.0, clicks) * TOP_OF_SEARCH * made.bid.micros)


def _raise_of_budget(change: Change) -> int | None:
    amounts = _amounts(change)
    return None if amounts is None else max(0, OVERSPEND * (amounts[1] - amounts[0]))


def _raise_of_bid(change: Change, seen: Seen, times: float) -> float | None:
    amounts, clicks = _amounts(change), _figure(seen.get(_CLICKS.key))
    if amounts is None:
        return None
    before, after = amounts
    if after <= before:
        return 0
    if clicks is None or before <= 0:
        return None
    busiest = max(1.0, clicks)
    return (busiest * after / before * after - busiest * before) * times


def _dearer(seen: Seen, growth: float | None) -> float | None:
    """What clicks that become dearer may add: the dearest day of two weeks, with as many more clicks."""
    cost = _figure(seen.get(_COST.key))
    if growth is not None and growth <= 1:
        return 0
    return None if growth is None or cost is None else cost * (growth**2 - 1)


def _placement_growth(change: Change) -> float | None:
    before, after = change.before, change.after
    if not isinstance(before, Percent) or not isinstance(after, Percent):
        return None
    return (1 + after.ratio) / (1 + before.ratio)


def _strategy_growth(change: Change) -> float:
    """At the top of the search, where it makes the most difference."""
    before, after = (TOP_OF_SEARCH if each in _RAISING else 1.0 for each in (change.before, change.after))
    if change.before == "legacy_for_sales" and change.after == "manual":
        # Amazon: down only may offer as little as nothing, so what fixed bids add has no bound of its own.
        return math.inf
    return after / before


def _least(one: float | None, other: float | None) -> int | None:
    known = [amount for amount in (one, other) if amount is not None]
    return _rounded(min(known)) if known else None


def _rounded(amount: float | None) -> int | None:
    return None if amount is None or math.isinf(amount) else math.ceil(amount)


def _amounts(change: Change) -> tuple[int, int] | None:
    before, after = change.before, change.after
    return (before.micros, after.micros) if isinstance(before, Money) and isinstance(after, Money) else None


def _adjustment(kind: str, name: str, seen: Seen) -> float:
    return _figure(_of_campaign(kind, name, seen)) or 0.0 if name in _COLUMNS else 0.0


def _of_campaign(kind: str, column: str, seen: Seen) -> Scalar:
    return seen.get(_campaign(column, () if kind == "campaign" else ("campaign",)).key)


def _figure(value: Scalar) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
