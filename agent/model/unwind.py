"""Taking back what we wrote to one lever: the value we wrote, the value now, the value before.

Only our own newest writes are taken back, newest first. Where the value is no longer the one we wrote, somebody else
has been there since: that stays, and is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from agent.model.change import Change, Value
from agent.model.proposal import OPEN_STATES, Proposal, State


class Why(StrEnum):
    """Why a change of ours is not taken back."""

    CHANGED_SINCE = "changed since"
    ALREADY = "already as before"
    GONE = "no longer listed"
    IN_FLIGHT = "still in flight"
    UNSEEN = "not seen since"
    FINAL = "cannot be taken back"
    NO_VALUE = "had no value before"
    WAITING = "another change waits"
    UNREADABLE = "could not be read"


CONFLICTS = frozenset({Why.CHANGED_SINCE, Why.GONE, Why.FINAL, Why.NO_VALUE})
"""What a person has to look at; the others settle, or are as they shall be."""


@dataclass(frozen=True, slots=True)
class Which:
    """Which of an account's writes are to be taken back; all parts must hold, None holds always.

    ``run``: the run of judging that proposed them, or the pass that sent them. ``since``: sent at that moment or later.
    ``entity``: its kind and id.
    """

    run: str | None = None
    rule: str | None = None
    since: datetime | None = None
    entity: tuple[str, str] | None = None

    def __str__(self) -> str:
        """As the command line writes it."""
        parts = {
            "run": self.run, "rule": self.rule, "since": self.since and self.since.isoformat(),
            "entity": self.entity and ":".join(self.entity),
        }  # fmt: skip
        return " ".join(f"{name}={value}" for name, value in parts.items() if value)


@dataclass(frozen=True, slots=True)
class Landed:
    """One write of ours that may have landed. ``chosen``: it is among those to be taken back."""

    proposal: Proposal
    sent_at: datetime
    chosen: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A change that stays, and the value now where it was read."""

    proposal: Proposal
    why: Why
    live: Value = None


@dataclass(frozen=True, slots=True)
class Unwound:
    """``change``: back to the oldest value, or None. ``undone``: what it takes back, newest first; also newer writes
    of ours that nobody chose, for they stand on the chosen ones."""

    change: Change | None = None
    undone: tuple[Proposal, ...] = ()
    kept: tuple[Kept, ...] = ()


def unwound(writes: Sequence[Landed], live: Value) -> Unwound:
    """``writes``: all of ours on one lever, oldest first. ``live``: its value now."""
    if any(each.proposal.state in OPEN_STATES for each in writes):
        return stays(writes, Why.IN_FLIGHT, live)
    value, back = live, live
    passed: list[Landed] = []
    undone: list[Landed] = []
    left = list(writes)
    while left:
        each = left.pop()
        change = each.proposal.change
        if change.after == value:
            value = change.before
            passed.append(each)
            if each.chosen:
                back, undone = value, list(passed)
        elif not (each.proposal.state is State.CONFLICT and change.before == value):
            # A conflict whose value never landed is stepped over; anything else ends the way back.
            left.append(each)
            break
    kept = [Kept(each.proposal, _why(each.proposal, live), live) for each in left if each.chosen]
    if not undone or back == live or back is None:
        why = Why.NO_VALUE if back is None and live is not None else Why.ALREADY
        return Unwound(kept=(*stays(undone, why, live).kept, *kept))
    lever = writes[0].proposal.change
    change = Change(lever.entity, lever.field, live, back)
    return Unwound(change, tuple(each.proposal for each in undone), tuple(kept))


def stays(writes: Sequence[Landed], why: Why, live: Value = None) -> Unwound:
    """Nothing of it is taken back, for one reason."""
    return Unwound(kept=tuple(Kept(each.proposal, why, live) for each in writes if each.chosen))


def _why(proposal: Proposal, live: Value) -> Why:
    return Why.ALREADY if live == proposal.change.before else Why.CHANGED_SINCE
