"""Accepted → done, and doubts → an answer: by reading, and only when a look can be believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from agent.actions.batches import Batch, batches_of
from agent.actions.effects import Executions, InState, Move, Now, Program, ReadLive, Sleep, Tell
from agent.actions.patience import Patience
from agent.errors import AgentError, CredentialError, SourceError
from agent.model.actions import ACTIONS
from agent.model.change import Value
from agent.model.entity import Entity
from agent.model.proposal import Execution, Fate, Proposal, ProposalId, State
from agent.model.recorded import Recorded
from agent.ports import Actuator

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
Attempts = Mapping[ProposalId, Sequence[Execution]]


@dataclass(frozen=True, slots=True)
class Finding:
    """Where a proposal goes, and why."""

    proposal: Proposal
    to: State
    note: str = ""


@dataclass(slots=True)
class SettleReport:
    """What one pass of reading back found. ``counts``: by the state in which proposals ended.

    ``open``: how many are still accepted or in doubt. ``conflicts``: what a person has to look at.
    """

    account: str
    counts: Counter[str] = field(default_factory=Counter)
    open: Counter[str] = field(default_factory=Counter)
    conflicts: list[Finding] = field(default_factory=list)
    faults: list[AgentError] = field(default_factory=list)


@dataclass(slots=True)
class _Look:
    """One look at everything that is open, at one moment. ``recorded``: what only records could be asked about."""

    at: datetime
    attempts: Attempts
    report: SettleReport
    recorded: set[ProposalId] = field(default_factory=set)


class Reconciler:
    """Reads back what one account's open proposals became."""

    def __init__(self, account: str, actuators: Sequence[Actuator], patience: Patience) -> None:
        self.account = account
        self.actuators = actuators
        self.patience = patience

    def settle(self, wait: timedelta = timedelta()) -> Program[SettleReport]:
        """Look at once; then look again, up to ``wait``, as long as something may still become visible."""
        report = SettleReport(self.account)
        deadline = (yield from Now()) + wait
        pause = _FIRST_PAUSE
        while True:
            hopeful = yield from self._look(report, deadline)
            at = yield from Now()
            if not hopeful or at >= deadline:
                return report
            yield from Tell(", ".join(f"{state} {count}" for state, count in sorted(report.open.items())))
            yield from Sleep(min(pause, (deadline - at).total_seconds()))
            pause = min(pause * 2, _LONGEST_PAUSE)

    def finding(self, proposal: Proposal, live: Mapping[Entity, Value], attempts: Sequence[Execution],
                at: datetime) -> Finding | None:  # fmt: skip
        """What the value says that was live at that moment, or None while it does not say anything yet."""
        change = proposal.change
        value, listed = live.get(change.entity), change.entity in live
        if listed and value == change.after:
            return Finding(proposal, State.DONE)
        if at < self.due(proposal, attempts):
            return None
        if not listed:
            return Finding(proposal, State.CONFLICT, "it is no longer listed")
        if value != change.before:
            return Finding(proposal, State.CONFLICT, f"neither before nor after: {value}")
        if proposal.state is State.ACCEPTED:
            return Finding(proposal, State.IN_DOUBT, "accepted, but never became visible")
        sent = [attempt for attempt in attempts if attempt.fate is not Fate.NOT_APPLIED]
        action = ACTIONS.get((change.entity.kind, change.field))
        if action is not None and not action.resend and sent:
            return Finding(proposal, State.CONFLICT, "whether it landed is not known, and it is never sent twice")
        if len(sent) >= self.patience.attempts_of(change.entity.kind):
            return Finding(proposal, State.CONFLICT, f"sent {len(sent)} times without effect")
        return Finding(proposal, State.APPROVED, "it never landed")

    def due(self, proposal: Proposal, attempts: Sequence[Execution]) -> datetime:
        """From when on not seeing a change proves that it is not there."""
        # Without an attempt nothing was ever sent.
        sent_at = attempts[-1].sent_at if attempts else proposal.created_at
        return sent_at + self.patience.settle_of(proposal.change.entity.kind)

    def _look(self, report: SettleReport, deadline: datetime) -> Program[bool]:
        """One look; returns whether looking again before the deadline may find more."""
        found = yield from InState((State.ACCEPTED, State.IN_DOUBT), self.account)
        attempts = yield from Executions(tuple(proposal.id for proposal in found))
        look = _Look((yield from Now()), attempts, report)
        # A doubt is not even looked at before its time: seeing "before" would prove nothing, and seeing "after" is
        # not worth the call.
        ripe = [each for each in found if each.state is State.ACCEPTED or self._due(each, look) <= look.at]
        moved: dict[ProposalId, State] = {}
        for batch in batches_of(ripe, self.actuators):
            moved |= yield from self._settle_batch(batch, look)
        now = [replace(each, state=moved.get(each.id, each.state)) for each in found]
        still = [each for each in now if each.state in (State.ACCEPTED, State.IN_DOUBT)]
        report.open = Counter(each.state for each in still)
        return self._hopeful(still, look, deadline)

    def _hopeful(self, still: Sequence[Proposal], look: _Look, deadline: datetime) -> bool:
        """Whether another look in time may find more. Without credentials none will, and records stay as they are."""
        if any(isinstance(fault, CredentialError) for fault in look.report.faults):
            return False
        alive = (each for each in still if each.id not in look.recorded)
        return any(each.state is State.ACCEPTED or self._due(each, look) <= deadline for each in alive)

    def _due(self, proposal: Proposal, look: _Look) -> datetime:
        return self.due(proposal, look.attempts.get(proposal.id, ()))

    def _settle_batch(self, batch: Batch, look: _Look) -> Program[Mapping[ProposalId, State]]:
        """Returns where those went that moved."""
        try:
            live = yield from ReadLive(batch.actuator, batch.entities, batch.field)
        except SourceError as fault:
            look.report.faults.append(fault)
            findings = [] if isinstance(fault, CredentialError) else self._hopeless(batch.proposals, look)
        else:
            findings = self._findings(batch, live, look)
        return (yield from self._move(findings, look))

    def _findings(self, batch: Batch, live: Mapping[Entity, Value], look: _Look) -> list[Finding]:
        """Records say what was true when they were made: what they cannot show yet is given up in the end."""
        seen_at = min(live.at, look.at) if isinstance(live, Recorded) else look.at
        made = {each.id: self.finding(each, live, look.attempts.get(each.id, ()), seen_at) for each in batch.proposals}
        findings = [finding for finding in made.values() if finding is not None]
        if isinstance(live, Recorded):
            look.recorded.update(made)
            findings += self._hopeless([each for each in batch.proposals if made[each.id] is None], look)
        return findings

    def _hopeless(self, proposals: Sequence[Proposal], look: _Look) -> list[Finding]:
        """What could not be read back for too long. Nothing is sent again: a person decides."""
        found = []
        for each in proposals:
            patience = self.patience.give_up_of(each.change.entity.kind)
            if look.at >= self._due(each, look) + patience:
                to = State.CONFLICT if each.state is State.IN_DOUBT else State.IN_DOUBT
                found.append(Finding(each, to, f"could not be read back for {patience}"))
        return found

    def _move(self, findings: Sequence[Finding], look: _Look) -> Program[Mapping[ProposalId, State]]:
        moved: dict[ProposalId, State] = {}
        together: dict[tuple[State, State], list[Finding]] = {}
        for finding in findings:
            together.setdefault((finding.proposal.state, finding.to), []).append(finding)
        at = yield from Now()
        for (left, to), some in together.items():
            notes = {finding.proposal.id: finding.note for finding in some if finding.note}
            ids = tuple(finding.proposal.id for finding in some)
            done = set((yield from Move(ids, left, to, at, notes)))
            look.report.counts[to] += len(done)
            look.report.conflicts += [each for each in some if to is State.CONFLICT and each.proposal.id in done]
            moved |= dict.fromkeys(done, to)
        return moved
