"""The belt on what a single click may cost, once Amazon has put placement and bidding strategy on top of the bid."""

from __future__ import annotations

import math

from agent.engine.bounds import towards
from agent.engine.exposure import TOP_OF_SEARCH, bid_up, factor
from agent.engine.scene import Scene
from agent.engine.wish import Wish
from agent.model.creation import Creation
from agent.model.money import Money
from agent.model.percent import Percent

NAME = "effective cpc"
_NOTE = "by placement and bidding strategy"


def effective_cpc(wish: Wish, scene: Scene) -> Wish:
    """A raised bid, placement or strategy stays within ``most_cpc``; what lowers any of them passes.

    A campaign's adjustments are weighed with the highest bid in it, raised by one step: bids may move in the same run.
    """
    limit, field = scene.limits.most_cpc, wish.change.field
    if limit is None:
        return wish
    if field in ("bid", "default_bid"):
        return _bid(wish, scene, limit)
    if isinstance(wish.change.after, Creation):
        return _created(wish, scene, wish.change.after.bid, limit)
    if field == "bidding_strategy":
        return _strategy(wish, scene, limit)
    return _placement(wish, scene, limit) if isinstance(wish.change.after, Percent) else wish


def _bid(wish: Wish, scene: Scene, limit: int) -> Wish:
    if wish.amounts is None:
        return wish
    (before, after), times = wish.amounts, factor(wish.change.entity.kind, scene.guarded.get(wish.change.entity, {}))
    cost, most, highest = f"{after} × {times:g}", _money(limit, scene), math.floor(limit / times)
    if wish.spends_less or after.micros <= highest:
        return wish.passed(NAME, cost, most)
    held = towards(before, after, highest, scene)
    if held == before:
        return wish.blocked_by(NAME, cost, most, _NOTE)
    return wish.clamped(NAME, held, cost, most, _NOTE)


def _created(wish: Wish, scene: Scene, bid: Money | None, limit: int) -> Wish:
    """Which campaign it comes to stand in is not looked at, so its strategy is taken for the boldest."""
    if bid is None:
        return wish
    cost, most = f"{bid} × {TOP_OF_SEARCH:g}", _money(limit, scene)
    if bid.micros * TOP_OF_SEARCH <= limit:
        return wish.passed(NAME, cost, most)
    return wish.blocked_by(NAME, cost, most, _NOTE)


def _strategy(wish: Wish, scene: Scene, limit: int) -> Wish:
    highest, seen = _highest(wish, scene), scene.guarded.get(wish.change.entity, {})
    times = factor("campaign", seen, str(wish.change.after))
    cost, most = f"{_money(highest, scene)} × {times:g}", _money(limit, scene)
    if wish.spends_less or highest * times <= limit:
        return wish.passed(NAME, cost, most)
    return wish.blocked_by(NAME, cost, most, _NOTE)


def _placement(wish: Wish, scene: Scene, limit: int) -> Wish:
    before, after, highest = wish.change.before, wish.change.after, _highest(wish, scene)
    if not isinstance(before, Percent) or not isinstance(after, Percent):
        return wish
    times = bid_up("campaign", scene.guarded.get(wish.change.entity, {}), wish.change.field)
    cost, most = f"{_money(highest, scene)} × {times * (1 + after.ratio):g}", _money(limit, scene)
    if wish.spends_less or highest * times * (1 + after.ratio) <= limit:
        return wish.passed(NAME, cost, most)
    held = min(after.points, math.floor((limit / (highest * times) - 1) * 100))
    if held <= before.points:
        return wish.blocked_by(NAME, cost, most, _NOTE)
    return wish.clamped(NAME, Percent(held), cost, most, _NOTE)


def _highest(wish: Wish, scene: Scene) -> int:
    bid = scene.highest_bids.get(wish.change.entity.id, 0)
    return math.ceil(bid * (1 + scene.limits.step.get("bid", 1.0)))


def _money(micros: int, scene: Scene) -> str:
    return str(scene.marketplace.money(micros))
