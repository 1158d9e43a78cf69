"""What programs may decide: through the same ledger as the page, for all that is named or for none of it.

A person is asked to type a count, or for a password, before much is decided at once. A program can do neither; so it
may decide no more than a person may without being asked, and an hour of calls counts as one: nobody gets around a limit
in small steps.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from agent.language import _, money, ngettext
from agent.model.money import Money
from agent.model.proposal import API, HELD_FOR, Decision, Proposal, State
from agent.model.risk import Risk
from agent.web.api import shapes
from agent.web.api.asked import ApproveBody, BecauseBody, Pick, Picks
from agent.web.api.call import Call
from agent.web.api.problems import Problem, Stale
from agent.web.rows import Row
from agent.web.weighing import APPROVE, STOP, costs_more, excluded

Word = Literal["approve", "reject", "stop"]
_TOGETHER = timedelta(hours=1)
_ONE_AT_A_TIME = threading.Lock()
"""What was approved within the hour is read before it is added to."""


def approve(call: Call) -> shapes.Verdict:
    told = call.told(ApproveBody)
    with _ONE_AT_A_TIME:
        found = _as_seen(call, told.proposals, APPROVE, call.desk.clock.now())
        _must_be_within_limits(call, found)
        return _decided(call, told.proposals, verdict="approve", note=told.note)


def reject(call: Call) -> shapes.Verdict:
    """What is open, not what was approved: that is stopped."""
    told = call.told(BecauseBody)
    _as_seen(call, told.proposals, APPROVE)
    most = max(1, call.desk.config.page.type_count_above)
    if len(told.proposals) > most:
        raise _on_the_page(_("More than {most} at once.").format(most=most))
    return _decided(call, told.proposals, verdict="reject", note=told.note)


def stop(call: Call) -> shapes.Verdict:
    """No limit: stopping costs nothing."""
    told = call.told(BecauseBody)
    _as_seen(call, told.proposals, STOP)
    return _decided(call, told.proposals, verdict="stop", note=told.note)


def undo(call: Call) -> shapes.Undone:
    """One's own approvals, as long as nothing of them was sent."""
    picks = call.told(Picks).proposals
    versions = {pick.id: pick.version for pick in picks}
    _as_seen(call, picks, STOP)
    back = call.desk.ledger.recall(list(versions), call.caller.name, call.desk.clock.now(), versions)
    if not back:
        raise Problem(
            409, "stale", _("There is nothing to take back"), _("Somebody else approved it, or it was just sent."),
            place="body.proposals", remedy=_("Stop it instead, or propose an undo: steward undo"),
        )  # fmt: skip
    return shapes.Undone(open=back)


def _as_seen(call: Call, picks: Sequence[Pick], allowed: frozenset[State],
             now: datetime | None = None) -> list[Proposal]:  # fmt: skip
    """The proposals that are named. Raises where one is not as it was seen, or has expired by ``now``."""
    found = {each.id: each for each in call.desk.ledger.proposals(ids=[pick.id for pick in picks])}
    faults = [(pick, why) for pick in picks if (why := excluded(found.get(pick.id), pick.version, allowed, now))]
    if faults:
        raise _stale([_stale_of(pick.id, why, found.get(pick.id)) for pick, why in faults])
    return [found[pick.id] for pick in picks]


def _stale_of(id: str, why: str, found: Proposal | None) -> Stale:
    if found is None:
        return Stale(id=id, reason=why, version=None, state=None)
    return Stale(id=id, reason=why, version=found.version, state=found.state)


def _stale(faults: Sequence[Stale]) -> Problem:
    text = ngettext("{count} is not as you saw it.", "{count} are not as you saw them.", len(faults))
    return Problem(
        409, "stale", _("Nothing was decided"), text.format(count=len(faults)), place="body.proposals",
        remedy=_("Read them again, and decide on what they are now."), stale=faults,
    )  # fmt: skip


def _must_be_within_limits(call: Call, found: Sequence[Proposal]) -> None:
    desk, limits, now = call.desk, call.desk.config.page, call.desk.clock.now()
    rows = [Row.of(each, desk, now) for each in found]
    if len(rows) > 1 and any(row.risk == Risk.HIGH for row in rows):
        raise _on_the_page(_("Something of high risk is among several."))
    before = desk.ledger.pages.approved_by_programs(call.caller.name, now - _TOGETHER)
    most = max(1, limits.type_count_above)
    if len(rows) + sum(each.count for each in before) > most:
        raise _on_the_page(_("More than {most} within an hour.").format(most=most))
    costs: dict[str, int] = {}
    for each in before:
        currency = desk.currency(each.account)
        costs[currency] = costs.get(currency, 0) + each.cost
    if costs_more(rows, limits.type_count_above_cost, costs):
        raise _on_the_page(_("It may cost more than {limit} within an hour.").format(limit=_limit(call, found[0])))


def _limit(call: Call, proposal: Proposal) -> str:
    limit = call.desk.config.page.type_count_above_cost
    return money(Money.of(str(limit), call.desk.currency(proposal.change.entity.account) or "EUR"))


def _on_the_page(detail: str) -> Problem:
    return Problem(
        403, "limit", _("A person has to decide this"), detail, place="body.proposals",
        remedy=_("Decide it on the page, or decide less at once."),
    )  # fmt: skip


def _decided(call: Call, picks: Sequence[Pick], *, verdict: Word, note: str) -> shapes.Verdict:
    approve = verdict == "approve"
    desk, now = call.desk, call.desk.clock.now()
    through = f"{API} {call.caller.token.id}"
    decisions = [Decision(pick.id, pick.version, approve, call.caller.name, through, note) for pick in picks]
    late = desk.ledger.decide(decisions, now, whole=True)
    if late:
        states = _states(call, late)
        raise _stale([_stale_of(id, _("it was decided just now"), states.get(id)) for id in late])
    ids = [pick.id for pick in picks]
    waiting = [each.id for each in desk.ledger.proposals(ids=ids, states=[State.PROPOSED])] if approve else []
    done = [id for id in ids if id not in set(waiting)]
    return shapes.Verdict(
        verdict=verdict, decided=done, waiting=waiting, held_until=now + HELD_FOR if approve and done else None
    )


def _states(call: Call, ids: Sequence[str]) -> Mapping[str, Proposal]:
    return {each.id: each for each in call.desk.ledger.proposals(ids=ids)}
