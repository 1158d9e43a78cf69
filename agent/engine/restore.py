"""The belts that an undo goes through: what bounds a value holds, what slows a change down does not.

An undo restores. It waits for no cooldown and no step; the lock, the kill switch, floors and ceilings hold.
"""

from __future__ import annotations

from agent.engine.belts import Belt, ceiling, floor, lock
from agent.engine.clicks import effective_cpc
from agent.engine.guards import fair_price, margin
from agent.engine.scene import Scene
from agent.engine.wish import Wish
from agent.model.change import Change
from agent.model.rule import Mode, Rule, Severity
from agent.model.verdict import Outcome, Verdict

UNDO = "undo"
"""The rule that proposals of an undo name."""

_EXEMPT = ("cooldown", "step")
_PRICES: tuple[Belt, ...] = (margin, fair_price)


def restored(change: Change, scene: Scene, stopped: str) -> Wish:
    """The wish to set a value back, with every belt's answer. ``stopped``: what the kill switch says, if it is on."""
    verdict = Verdict(UNDO, "", change.entity, scene.today, scene.known_at, Outcome.MATCH, ())
    wish = Wish(undo_rule(change.entity.kind), verdict, change)
    for belt in _belts(change):
        wish = belt(wish, scene)
    for name in _EXEMPT:
        wish = wish.passed(name, note="an undo restores: it does not hold")
    if stopped:
        return wish.blocked_by("kill switch", note=stopped)
    return wish.passed("kill switch")


def undo_rule(kind: str) -> Rule:
    """What stands for a rule where a person asks, without limits of its own."""
    return Rule(name=UNDO, path="", digest="", text="", about="", judges=kind, when=(), mode=Mode.ASK,
                severity=Severity.S3)  # fmt: skip


def _belts(change: Change) -> tuple[Belt, ...]:
    price = (change.entity.kind, change.field) == ("listing", "price")
    return (*(_PRICES if price else ()), lock, ceiling, effective_cpc, floor)
