"""What a decision comes to, and what keeps a proposal from being decided: the same on the page and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from agent.language import _
from agent.model.money import MICROS, Money
from agent.model.proposal import Proposal, State
from agent.web.rows import Row

APPROVE: frozenset[State] = frozenset({State.PROPOSED})
REJECT = APPROVE | {State.APPROVED}
"""A no to what is approved withdraws the approval, as long as nothing was sent."""
STOP: frozenset[State] = frozenset({State.APPROVED})


def excluded(
    proposal: Proposal | None, version: int, allowed: frozenset[State], now: datetime | None = None
) -> str:  # fmt: skip
    """Why a proposal cannot be decided so; empty where it can. ``allowed``: the states in which it could be. ``now``:
    it must not have expired by then."""
    if proposal is None:
        return _("there is no such proposal")
    if proposal.version != version:
        return _("it has changed since you saw it")
    if proposal.state is State.HELD:
        return _("a belt holds it")
    if proposal.state not in allowed:
        return _("it is {state} already").format(state=_(str(proposal.state)))
    if now is not None and proposal.expires_at <= now:
        return _("it has expired")
    return ""


def costs_more(rows: Iterable[Row], limit: Decimal | None, before: Mapping[str, int] | None = None) -> bool:
    """Whether it may cost more than the limit in any currency; ``before``: what counts as well, in micros."""
    return limit is not None and any(each.micros > limit * MICROS for each in sums(rows, before))


def sums(rows: Iterable[Row], before: Mapping[str, int] | None = None) -> list[Money]:
    """What rows may cost more together, one sum for each currency."""
    found: dict[str, int] = dict(before or {})
    for row in rows:
        if row.cost is not None and row.cost.micros:
            found[row.cost.currency] = found.get(row.cost.currency, 0) + row.cost.micros
    return [Money(micros, currency) for currency, micros in sorted(found.items()) if micros]
