"""The limits of adjustments in percent: how far one step goes, and the range Amazon and the rule allow.

Steps are counted in points: from 50% a step of 25% leads to 75%. What is asked for beyond a limit is held back at it.
"""

from __future__ import annotations

from agent.engine.scene import Scene
from agent.engine.wish import Wish
from agent.model.actions import ACTIONS
from agent.model.expression import Literal
from agent.model.percent import Percent


def adjustment(wish: Wish, scene: Scene) -> Wish:
    """Holds an adjustment to its step, then to its range; nothing else is its business."""
    if not isinstance(wish.change.before, Percent) or not isinstance(wish.change.after, Percent):
        return wish
    return _ranged(_stepped(wish, scene))


def _stepped(wish: Wish, scene: Scene) -> Wish:
    belt, own = scene.limits.step.get(wish.change.field), wish.rule.limits.step
    step = min((each for each in (belt, own) if each is not None), default=None)
    if step is None:
        return wish
    before, after = _points(wish)
    reach = round(step * 100)
    held = max(before - reach, min(after, before + reach))
    return _held(wish, "step", held, f"{after - before:+d} points", f"{reach} points")


def _ranged(wish: Wish) -> Wish:
    least, most = bounds(wish)
    before, after = _points(wish)
    # A value that lies outside already may come nearer, and never goes further.
    held = max(after, min(least, before)) if after < before else min(after, max(most, before))
    name, limit = ("floor", least) if after < before else ("ceiling", most)
    return _held(wish, name, held, f"{after}%", f"{limit}%")


def bounds(wish: Wish) -> tuple[int, int]:
    """The range in points: Amazon's, or the rule's own where that is narrower."""
    action, limits = ACTIONS[(wish.change.entity.kind, wish.change.field)], wish.rule.limits
    least = max(_of(action.least or 0.0), _literal(limits.floor, 0))
    most = _of(action.most) if action.most is not None else _MOST
    return least, min(most, _literal(limits.ceiling, most))


_MOST = 100_000


def _held(wish: Wish, belt: str, held: int, figure: str, limit: str) -> Wish:
    before, after = _points(wish)
    if held == after:
        return wish.passed(belt, figure, limit)
    if held == before:
        return wish.blocked_by(belt, figure, limit, f"no room from {before}%")
    return wish.clamped(belt, Percent(held), figure, limit)


def _points(wish: Wish) -> tuple[int, int]:
    before, after = wish.change.before, wish.change.after
    if not isinstance(before, Percent) or not isinstance(after, Percent):
        raise TypeError(f"{wish.change.field} is no adjustment")
    return before.points, after.points


def _of(ratio: float) -> int:
    return round(ratio * 100)


def _literal(limit: Literal | None, otherwise: int) -> int:
    value = limit.value if limit is not None else None
    return _of(value) if isinstance(value, int | float) else otherwise
