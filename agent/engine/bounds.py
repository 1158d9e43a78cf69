"""Holding a change back at a limit it is heading for."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from agent.engine.scene import Scene
from agent.engine.wish import Wish
from agent.model.money import Money


def bounded(wish: Wish, scene: Scene, belt: str, limit: Money) -> Wish:
    """Held back at a limit it was heading for; blocked if there is no room between the value and the limit."""
    if wish.amounts is None:
        return wish
    before, after = wish.amounts
    within = after <= limit if before <= after else limit <= after
    if within:
        return wish.passed(belt, str(after), str(limit))
    held = towards(before, after, limit.micros, scene)
    if held == before:
        return wish.blocked_by(belt, str(after), str(limit), f"no room from {before}")
    return wish.clamped(belt, held, str(after), str(limit))


def towards(before: Money, after: Money, bound: Decimal | int, scene: Scene) -> Money:
    """``after``, or the last whole step on the way from ``before`` that does not pass the bound; at worst ``before``.

    A bound behind ``before`` leaves no room at all.
    """
    whole, steps = scene.marketplace.step, Decimal(bound) / scene.marketplace.step
    if after < before:
        nearest = int(steps.to_integral_value(rounding=ROUND_CEILING)) * whole
        micros = min(max(after.micros, nearest), before.micros)
    else:
        nearest = int(steps.to_integral_value(rounding=ROUND_FLOOR)) * whole
        micros = max(min(after.micros, nearest), before.micros)
    return scene.marketplace.money(micros)
