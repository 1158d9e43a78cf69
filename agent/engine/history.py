"""The belts that look back: breakers, values that somebody else changed, and levers that go to and fro."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from agent.engine.scene import Scene
from agent.engine.wish import Wish
from agent.model.change import Value
from agent.model.money import Money
from agent.model.past import OwnMove
from agent.model.percent import Percent
from agent.model.precedence import protects
from agent.model.rule import REST_AFTER_OTHERS, OnDrift

REMEMBERED = timedelta(days=30)
"""A lever that came back within so long after it went away rests for as long, from the day it came back."""
LOOKED_BACK = 2 * REMEMBERED
"""So far back our own moves are looked at: a lever that is to rest may have gone away so long ago."""
_NEAR = 10
"""A value is back where it was when it is off by no more than a tenth of the way it went."""
_PROTECTING = ("compliance", "stock", "account")


def breaker(wish: Wish, scene: Scene) -> Wish:
    """While anything has tripped, only what spends less goes through."""
    if not scene.breakers:
        return wish.passed("breaker")
    first = scene.breakers[0]
    note = "; ".join(each.name for each in scene.breakers)
    if wish.spends_less:
        return wish.passed("breaker", first.figure, first.limit, f"{note}; but this spends less")
    return wish.blocked_by("breaker", first.figure, first.limit, note)


def drift(wish: Wish, scene: Scene) -> Wish:
    """What the rule does about a value of ours that somebody else has changed since."""
    found = scene.outside.get((wish.change.entity, wish.change.field))
    if found is None:
        return wish.passed("drift")
    figure, on = f"{(scene.now - found.at) / timedelta(days=1):.1f} d", wish.rule.drift.on
    said = f"somebody else set {found.now} where we had set {found.ours.after}"
    if on is OnDrift.RESPECT:
        limit = f"{REST_AFTER_OTHERS.days} d"
        if scene.now - found.at < REST_AFTER_OTHERS:
            return wish.blocked_by("drift", figure, limit, f"{said}; the rule respects it")
        return wish.passed("drift", figure, limit, said)
    return wish.passed("drift", figure, "", f"{said}; a person decides" if on is OnDrift.ASK else said)


def has_drifted(wish: Wish, scene: Scene) -> bool:
    """Whether a person decides, whatever the rule's mode."""
    return wish.rule.drift.on is OnDrift.ASK and (wish.change.entity, wish.change.field) in scene.outside


def oscillation(wish: Wish, scene: Scene) -> Wish:
    """A lever that we moved away and back within a month rests until another has passed. What brakes for the sake of
    stock, account or compliance still passes."""
    swing = swung(scene.own.get((wish.change.entity, wish.change.field), ()), scene.now)
    if swing is None:
        return wish.passed("oscillation")
    figure, limit = " → ".join(str(value) for value in swing), f"{REMEMBERED.days} d"
    if wish.spends_less and protects(wish.rule.name, wish.change.field) in _PROTECTING:
        return wish.passed("oscillation", figure, limit, "it went to and fro, but this brakes")
    return wish.blocked_by("oscillation", figure, limit, "it went to and fro")


def swung(moves: Sequence[OwnMove], now: datetime) -> tuple[Value, Value, Value] | None:
    """The last time a value went away and came back, for which it still rests: where it was, how far it got, where it
    came back to."""
    values = [moves[0].before, *(move.after for move in moves)] if moves else []
    for back in range(len(values) - 1, 1, -1):
        came = moves[back - 1].at
        if now - came >= REMEMBERED:
            return None
        for start in range(back - 2, -1, -1):
            if came - moves[start].at >= REMEMBERED:
                break
            between = values[start + 1 : back]
            far = max(between, key=lambda value: _way(values[start], value))
            if _is_back(values[start], far, values[back]):
                return values[start], far, values[back]
    return None


def _is_back(start: Value, far: Value, back: Value) -> bool:
    away = _way(start, far)
    return away > 0 and _way(start, back) * _NEAR <= away


def _way(one: Value, other: Value) -> int:
    """How far apart, in micros or points; of what is no amount, whether it differs."""
    if isinstance(one, Money) and isinstance(other, Money):
        return abs(one.micros - other.micros)
    if isinstance(one, Percent) and isinstance(other, Percent):
        return abs(one.points - other.points)
    return 0 if one == other else 1
