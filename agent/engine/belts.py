"""The belts a single change goes through: each a pure function from wish to wish, adding its answer.

Order: the guards of the kind (``guards.py``), then freshness, lock, breaker, drift, oscillation (``history.py``),
cooldown, current, step, ceiling, effective CPC, floor. All answer, also after a block, so that a person sees every
reason at once. A belt only ever moves ``after`` towards ``before``, in whole steps of the marketplace, and never across
it; so whatever the order, a change can only become smaller, and keeps its direction.

How many changes a run may make is decided over all wishes together: ``caps.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from agent.engine.adjustments import adjustment
from agent.engine.bounds import bounded, towards
from agent.engine.clicks import effective_cpc
from agent.engine.exposure import factor
from agent.engine.guards import guarded
from agent.engine.history import breaker, drift, oscillation
from agent.engine.scene import Scene
from agent.engine.streams import can_do_without, streams_of
from agent.engine.wish import Wish
from agent.model.actions import CREATE
from agent.model.creation import Creation
from agent.model.kinds import STREAMS
from agent.model.money import Money, to_step

Belt = Callable[[Wish, Scene], Wish]

LARGEST_CUT = 0.50
"""However large a step a rule names for cutting, no cut at once is larger."""

STALE_FOR_CUTS = 3

_CLOCKS_DIFFER = timedelta(minutes=5)
_HOUR = timedelta(hours=1)


def freshness(wish: Wish, scene: Scene) -> Wish:
    """Every stream the rule read must have been pulled recently. A pull in the future means the clock was set back,
    and then nobody knows how old the figures are. What was never pulled is missed only where the rule needs it.

    What spends less may rest on figures up to ``STALE_FOR_CUTS`` times as old: better to stop too early than too late.
    """
    stale: tuple[str, str, str] | None = None
    for name in streams_of(wish.rule):
        observed, limit = scene.observed.get(name), f"{STREAMS[name].fresh_hours} h"
        if observed is None:
            if can_do_without(wish.rule, name):
                continue
            return wish.blocked_by("freshness", "never", limit, f"{name} was never pulled")
        age, fresh = scene.now - observed, timedelta(hours=STREAMS[name].fresh_hours)
        if age < -_CLOCKS_DIFFER:
            return wish.blocked_by("freshness", _hours(age), limit, f"{name} was pulled in the future")
        if age > fresh and not (wish.spends_less and age < STALE_FOR_CUTS * fresh):
            return wish.blocked_by("freshness", _hours(age), limit, f"{name} is too old")
        if age > fresh:
            stale = (_hours(age), limit, f"{name} is old, but this spends less")
    return wish.passed("freshness", *stale) if stale else wish.passed("freshness")


def lock(wish: Wish, scene: Scene) -> Wish:
    """The operator has taken the entity out of Steward's hands."""
    if wish.change.entity in scene.locked or wish.match.entity in scene.locked:
        return wish.blocked_by("lock", note="locked by the operator")
    return wish.passed("lock")


def cooldown(wish: Wish, scene: Scene) -> Wish:
    """A lever rests after any change, by anybody; a rule may ask for a longer rest, never a shorter one."""
    field = wish.change.field
    rest = max(scene.limits.cooldown.get(field, timedelta()), wish.rule.limits.cooldown or timedelta())
    changed = scene.last_change.get((wish.change.entity, field))
    if (wish.change.entity, field) in scene.pinned:
        return wish.passed("cooldown", limit=_hours(rest), note="the rule pins the value that we had set")
    if changed is None:
        return wish.passed("cooldown", limit=_hours(rest))
    passed = scene.now - changed
    if passed < rest:
        return wish.blocked_by("cooldown", _hours(passed), _hours(rest), f"changed {_moment(changed)}")
    return wish.passed("cooldown", _hours(passed), _hours(rest))


def current(wish: Wish, scene: Scene) -> Wish:
    """A change is from a known value to another; an entity without a value of its own has none to compare with."""
    if wish.change.field == CREATE:
        return wish.passed("current", note="it is not there yet")
    if wish.change.before is None:
        return wish.blocked_by("current", note=f"it has no {wish.change.field} of its own")
    return wish.passed("current", str(wish.change.before))


def step(wish: Wish, scene: Scene) -> Wish:
    """The largest change at once, as a share of the value.

    A rule may name a smaller step. Only for a cut may it name a larger one, up to ``LARGEST_CUT``: what loses money
    has to be stopped faster than anything may be raised.
    """
    limit, note = _step_limit(wish, scene)
    if limit is None or wish.amounts is None:
        return wish
    before, after = wish.amounts
    room = Decimal(str(limit)) * before.micros
    bound = before.micros - room if after < before else before.micros + room
    figure = _share(after, before)
    held = towards(before, after, bound, scene)
    if held == after:
        return wish.passed("step", figure, _percent(limit), note)
    return wish.clamped("step", held, figure, _percent(limit), note)


def ceiling(wish: Wish, scene: Scene) -> Wish:
    """The highest value: the marketplace's, the operator's or the rule's, whichever is lowest.

    It holds raises back. A cut that ends above the operator's ceiling passes: it leads there.
    """
    highest = _highest(wish, scene)
    if highest is None or wish.amounts is None:
        return wish
    (before, after), limit = wish.amounts, scene.marketplace.money(highest)
    if after < before:
        note = "still above the ceiling, on the way down" if limit < after else ""
        return wish.passed("ceiling", str(after), str(limit), note)
    return bounded(wish, scene, "ceiling", limit)


def floor(wish: Wish, scene: Scene) -> Wish:
    """The lowest value: the marketplace's, the operator's or the rule's, whichever is highest. A raise that ends
    below it is blocked, for lifting it to the floor would be more than the rule asked for."""
    lowest = _lowest(wish, scene)
    if lowest is None or wish.amounts is None:
        return wish
    (before, after), limit = wish.amounts, scene.marketplace.money(lowest)
    if before <= after:
        return wish.blocked_by("floor", str(after), str(limit)) if after < limit else wish.passed(
            "floor", str(after), str(limit))  # fmt: skip
    return bounded(wish, scene, "floor", limit)


def beginning(wish: Wish, scene: Scene) -> Wish:
    """What a new thing may begin with: the same range as any bid. Below the floor it is not made at all."""
    made = wish.change.after
    if not isinstance(made, Creation) or made.bid is None:
        return wish
    bids = replace(wish, change=replace(wish.change, field="bid"))
    highest, lowest = _highest(bids, scene), _lowest(bids, scene)
    if scene.limits.most_cpc is not None:
        # What its campaign puts on top is not known here: as much as a strategy may.
        highest = _least(highest, math.floor(scene.limits.most_cpc / factor(made.kind, {})))
    held = made.bid
    if highest is not None and made.bid.micros > highest:
        held = scene.marketplace.money(to_step(highest, scene.marketplace.step))
    if lowest is not None and held.micros < lowest:
        return wish.blocked_by("floor", str(held), str(scene.marketplace.money(lowest)))
    if held != made.bid:
        return wish.clamped("ceiling", replace(made, bid=held), str(made.bid), str(held))
    return wish.passed("ceiling", str(made.bid))


BELTS: tuple[Belt, ...] = (
    freshness, lock, breaker, drift, oscillation, cooldown, current, adjustment, beginning, step, ceiling,
    effective_cpc, floor,
)  # fmt: skip


def fastened(wish: Wish, scene: Scene) -> Wish:
    """The wish with every belt's answer, the guards of its kind first."""
    wish = guarded(wish, scene)
    for belt in BELTS:
        wish = belt(wish, scene)
    return wish


def _step_limit(wish: Wish, scene: Scene) -> tuple[float | None, str]:
    belt, own = scene.limits.step.get(wish.change.field), wish.rule.limits.step
    if own is None or belt is None:
        return (belt if own is None else own), ""
    if own <= belt:
        return own, "the rule's own step"
    cuts = wish.amounts is not None and wish.amounts[1] < wish.amounts[0]
    if not cuts:
        return belt, ""
    return max(belt, min(own, LARGEST_CUT)), "the rule cuts faster than others may"


def _highest(wish: Wish, scene: Scene) -> int | None:
    place, limits = scene.marketplace, scene.limits
    match wish.change.field:
        case "bid" | "default_bid":
            return _least(place.bid_ceiling, limits.bid_ceiling, _own(wish, "ceiling"))
        case "budget":
            return _least(place.budget_ceiling, limits.budget_ceiling, _own(wish, "ceiling"))
        case _:
            return _own(wish, "ceiling")


def _lowest(wish: Wish, scene: Scene) -> int | None:
    place, limits = scene.marketplace, scene.limits
    match wish.change.field:
        case "bid" | "default_bid":
            return _most(place.bid_floor, limits.bid_floor, _own(wish, "floor"))
        case "budget":
            return _most(place.budget_floor, _own(wish, "floor"))
        case _:
            return _own(wish, "floor")


def _own(wish: Wish, which: str) -> int | None:
    """The rule's own limit, in micros."""
    literal = wish.rule.limits.floor if which == "floor" else wish.rule.limits.ceiling
    return round(literal.value) if literal is not None and isinstance(literal.value, int | float) else None


def _least(*limits: int | None) -> int:
    return min(limit for limit in limits if limit is not None)


def _most(*limits: int | None) -> int:
    return max(limit for limit in limits if limit is not None)


def _share(after: Money, before: Money) -> str:
    return f"{(after.micros - before.micros) / before.micros:+.1%}" if before.micros else "from nothing"


def _percent(share: float) -> str:
    return f"{share * 100:g}%"


def _hours(span: timedelta) -> str:
    return f"{span / _HOUR:.1f} h" if span % _HOUR else f"{span // _HOUR} h"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
