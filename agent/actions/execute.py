"""Approved → accepted: look, write down the intent, send once, keep the answer.

Nothing is judged again here. A proposal is sent only if the live value is still its ``before``, and at most once
before somebody has read back what became of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from agent.actions.batches import Batch, batches_of, first_per_entity, payload_hash
from agent.actions.effects import (
    Executions,
    HoldBack,
    InState,
    Intend,
    LastChanges,
    MayWrite,
    Move,
    Now,
    Program,
    ReadLive,
    Receive,
    Send,
    SentSince,
    Sleep,
    Tell,
)
from agent.actions.patience import Patience
from agent.actions.purse import Purse
from agent.errors import AgentError, SourceError
from agent.model.change import Edit, Value
from agent.model.entity import Entity
from agent.model.proposal import OPEN_STATES, Execution, Fate, Proposal, ProposalId, Receipt, State
from agent.model.risk import risked
from agent.ports import Actuator

Lately = Mapping[tuple[Entity, str], datetime]

_STATE_BY_FATE: Mapping[Fate, State] = {
    Fate.ACCEPTED: State.ACCEPTED,
    Fate.REFUSED: State.FAILED,
    Fate.NOT_APPLIED: State.APPROVED,
    Fate.UNKNOWN: State.IN_DOUBT,
}
_SHORTEST_REST = 1.0
"""Seconds to wait where a source says "later" without saying when."""


@dataclass(slots=True)
class ActReport:
    """What one pass did. ``counts``: by the state in which proposals ended, and ``waiting`` (they stay approved),
    ``throttled`` (answers that said "later"), ``recovered`` (intents of a pass that died).

    ``stopped``: why nothing more was sent. ``faults``: sources that could not be read. ``held``: what stays approved
    because a belt lets no more through on this day, with its figures.
    """

    account: str
    run: str
    counts: Counter[str] = field(default_factory=Counter)
    stopped: str = ""
    faults: list[AgentError] = field(default_factory=list)
    held: dict[ProposalId, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Pass:
    """One pass under way. ``rest``: how much longer it may wait for sources that say "later"."""

    report: ActReport
    rest: timedelta
    tired: set[int] = field(default_factory=set)
    """Actuators that are left alone for the rest of the pass."""


class Executor:
    """Carries out one account's approved proposals.

    ``plan``: only proposals of this run of judging. ``only``: only these. ``most``: at most so many in this pass.
    ``purse``: what raises may add to one day's spend; None where nothing bounds it.
    """

    def __init__(
        self, account: str, run: str, actuators: Sequence[Actuator], patience: Patience,
        plan: str | None = None, most: int | None = None, only: Collection[ProposalId] | None = None,
        purse: Purse | None = None,
    ) -> None:  # fmt: skip
        self.account = account
        self.run = run
        self.actuators = actuators
        self.patience = patience
        self.plan = plan
        self.most = most
        self.only = only
        self.purse = purse

    def act(self) -> Program[ActReport]:
        """One pass. May be run again at any moment, also after a crash in the middle of another."""
        now = _Pass(ActReport(self.account, self.run), self.patience.throttled)
        yield from self.recover(now.report)
        yield from self._expire(now.report)
        approved = yield from InState((State.APPROVED,), self.account)
        in_flight = yield from InState(tuple(sorted(OPEN_STATES)), self.account)
        wanted = [proposal for proposal in approved if self.is_asked_for(proposal) and self.can_write(proposal)]
        ready = self.ready(wanted, {proposal.change.entity for proposal in in_flight})[: self.most]
        for batch in batches_of(ready, self.actuators):
            yield from Tell(f"{batch.kind} {batch.field}: {len(batch.proposals)}")
            yield from self._until_answered(batch, now)
            if now.report.stopped:
                break
        left = yield from InState((State.APPROVED,), self.account)
        now.report.counts["waiting"] = len(left)
        return now.report

    def recover(self, report: ActReport) -> Program[None]:
        """Whatever is found in intent was perhaps sent by a pass that died."""
        found = yield from InState((State.INTENT,), self.account)
        if found:
            at = yield from Now()
            notes = {proposal.id: "found in intent at the start" for proposal in found}
            moved = yield from Move(tuple(notes), State.INTENT, State.IN_DOUBT, at, notes)
            report.counts["recovered"] += len(moved)

    def ready(self, approved: Sequence[Proposal], busy: Collection[Entity]) -> list[Proposal]:
        """One per entity, oldest first, and none for an entity with a change in flight."""
        return first_per_entity(approved, busy)

    def is_asked_for(self, proposal: Proposal) -> bool:
        """Whether it is among those this pass is for."""
        return self.plan in (None, proposal.run) and (self.only is None or proposal.id in self.only)

    def can_write(self, proposal: Proposal) -> bool:
        """Whether any of the actuators takes it; what none takes waits, and stands in nobody's way."""
        edit = Edit(proposal.change.entity.kind, proposal.change.field)
        return any(edit in actuator.edits for actuator in self.actuators)

    def movement(self, proposal: Proposal, live: Mapping[Entity, Value]) -> str:
        """How the world differs from what was approved, or nothing."""
        change = proposal.change
        if change.entity not in live:
            return "it is no longer listed"
        value = live[change.entity]
        if value == change.before:
            return ""
        return "already so" if value == change.after else f"the live value had moved to {value}"

    def wrote_lately(self, proposal: Proposal, lately: Lately) -> bool:
        """Whether what we read may be from before our own newest write."""
        return (proposal.change.entity, proposal.change.field) in lately

    def _expire(self, report: ActReport) -> Program[None]:
        moved = yield from expired(self.account, (State.APPROVED,))
        report.counts[State.EXPIRED] += moved

    def _until_answered(self, batch: Batch, now: _Pass) -> Program[None]:
        """Carry out the batch; what was throttled is looked at and sent again after the rest that was asked for."""
        rest = _SHORTEST_REST
        while batch.proposals and id(batch.actuator) not in now.tired:
            throttled = yield from self._carry_out(batch, now)
            if not throttled or now.report.stopped:
                return
            rest = max(rest, *(receipt.retry_after_seconds for receipt in throttled.values()))
            if timedelta(seconds=rest) > now.rest:
                now.tired.add(id(batch.actuator))
                return
            now.rest -= timedelta(seconds=rest)
            yield from Sleep(rest)
            rest *= 2
            batch = replace(batch, proposals=tuple(each for each in batch.proposals if each.id in throttled))

    def _carry_out(self, batch: Batch, now: _Pass) -> Program[Mapping[ProposalId, Receipt]]:
        """Look, intend, send, receive; returns what was throttled."""
        # Asked before reading too: in a dry-run no request leaves at all.
        if (yield from self._stopped(now.report)):
            return {}
        unmoved = yield from self._unmoved(batch, now)
        if not unmoved or (yield from self._stopped(now.report)):
            return {}
        affordable = yield from self._affordable(unmoved, now.report)
        sent_at = yield from Now()
        intended = yield from self._intend(affordable, sent_at)
        if not intended:
            return {}
        receipts = yield from self._send(replace(batch, proposals=tuple(intended)), sent_at)
        moves = {id: _STATE_BY_FATE[receipt.fate] for id, receipt in receipts.items()}
        at = yield from Now()
        yield from Receive(tuple(receipts.values()), moves, at)
        return self._counted(receipts, now.report)

    def _stopped(self, report: ActReport) -> Program[bool]:
        report.stopped = (yield from MayWrite()) or ""
        return bool(report.stopped)

    def _unmoved(self, batch: Batch, now: _Pass) -> Program[list[Proposal]]:
        """Those whose live value is still what it was when they were approved; the others are superseded, unless we
        may be reading what was before our own newest write: they wait."""
        try:
            live = yield from ReadLive(batch.actuator, batch.entities, batch.field)
        except SourceError as fault:
            now.report.faults.append(fault)
            now.tired.add(id(batch.actuator))
            return []
        notes = {each.id: self.movement(each, live) for each in batch.proposals}
        if any(notes.values()):
            yield from self._supersede(batch, notes, now.report)
        return [proposal for proposal in batch.proposals if not notes[proposal.id]]

    def _affordable(self, proposals: list[Proposal], report: ActReport) -> Program[list[Proposal]]:
        """Those that this day still has room for; the others stay approved, and the record says why."""
        if self.purse is None or not any(risked(each) for each in proposals):
            return proposals
        at = yield from Now()
        sent = yield from SentSince(self.account, self.purse.midnight(at))
        allowed, held = self.purse.weigh(proposals, [proposal for proposal, _ in sent])
        if held:
            report.held |= held
            report.counts[State.HELD] = len(report.held)
            yield from HoldBack(held, at)
        return allowed

    def _supersede(self, batch: Batch, moved: Mapping[ProposalId, str], report: ActReport) -> Program[None]:
        at = yield from Now()
        since = at - self.patience.settle_of(batch.kind)
        lately = yield from LastChanges(self.account, batch.kind, batch.field, since)
        gone = [each for each in batch.proposals if moved[each.id] and not self.wrote_lately(each, lately)]
        notes = {each.id: moved[each.id] for each in gone}
        if notes:
            done = yield from Move(tuple(notes), State.APPROVED, State.SUPERSEDED, at, notes)
            report.counts[State.SUPERSEDED] += len(done)

    def _intend(self, proposals: Sequence[Proposal], sent_at: datetime) -> Program[list[Proposal]]:
        """On disk before anything is sent. Returns those that were still approved."""
        before = yield from Executions(tuple(proposal.id for proposal in proposals))
        executions = [
            Execution(
                each.id, len(before.get(each.id, ())) + 1, self.run, sent_at, payload_hash(each.change)
            )
            for each in proposals
        ]  # fmt: skip
        moved = set((yield from Intend(tuple(executions))))
        return [proposal for proposal in proposals if proposal.id in moved]

    def _send(self, batch: Batch, sent_at: datetime) -> Program[Mapping[ProposalId, Receipt]]:
        """Exactly one receipt for each, whatever happens. A process that was paused since the intent sends nothing:
        it cannot know what happened in between."""
        age = (yield from Now()) - sent_at
        if not timedelta() <= age <= self.patience.intent:
            return _unknown(batch, f"not sent: the intent was {age.total_seconds():.1f} s old")
        changes = {proposal.id: proposal.change for proposal in batch.proposals}
        try:
            receipts = yield from Send(batch.actuator, changes)
        except Exception as fault:  # noqa: BLE001  (after the first byte any fault means: perhaps it landed)
            return _unknown(batch, f"{type(fault).__name__}: {fault}")
        return _answers(batch, receipts)

    def _counted(self, receipts: Mapping[ProposalId, Receipt], report: ActReport) -> Mapping[ProposalId, Receipt]:
        throttled = {id: receipt for id, receipt in receipts.items() if receipt.fate is Fate.NOT_APPLIED}
        report.counts["throttled"] += len(throttled)
        for receipt in receipts.values():
            if receipt.fate is not Fate.NOT_APPLIED:
                report.counts[_STATE_BY_FATE[receipt.fate]] += 1
        return throttled


def expired(account: str, states: Sequence[State]) -> Program[int]:
    """Proposals in these states that are past their time become ``expired``; returns how many."""
    at = yield from Now()
    moved = 0
    for state in states:
        old = [each.id for each in (yield from InState((state,), account)) if each.expires_at <= at]
        if old:
            moved += len((yield from Move(tuple(old), state, State.EXPIRED, at)))
    return moved


def _unknown(batch: Batch, message: str) -> Mapping[ProposalId, Receipt]:
    return {id: Receipt(id, Fate.UNKNOWN, message=message) for id in batch.ids}


def _answers(batch: Batch, receipts: Sequence[Receipt]) -> Mapping[ProposalId, Receipt]:
    """One receipt per proposal: none is unknown, and so are two that contradict each other."""
    found = dict(_unknown(batch, "no answer for this item"))
    seen: dict[ProposalId, Receipt] = {}
    for receipt in receipts:
        if receipt.proposal not in found:
            continue
        earlier = seen.setdefault(receipt.proposal, receipt)
        if earlier.fate is not receipt.fate:
            receipt = replace(receipt, fate=Fate.UNKNOWN, message="contradicting answers")
        found[receipt.proposal] = receipt
    return found
