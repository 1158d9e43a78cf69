"""The ledger's life of a proposal in memory: only for the simulator's speed, and held to ``SqlLedger`` by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from agent.errors import LedgerConflictError
from agent.model.entity import Entity
from agent.model.past import Asking
from agent.model.proposal import (
    MOVES,
    OPEN_STATES,
    Decision,
    Execution,
    Proposal,
    ProposalId,
    Receipt,
    Run,
    State,
)

_MAY_HAVE_CHANGED = OPEN_STATES | {State.DONE}
_STANDING = OPEN_STATES | {State.PROPOSED, State.APPROVED}


class MemoryLedger:
    strict = True
    """Whether a lever takes one open change and an entity one change in flight, as with ``SqlLedger``."""

    def __init__(self) -> None:
        self._proposals: dict[ProposalId, Proposal] = {}
        self._executions: dict[ProposalId, list[Execution]] = {}
        self.notes: dict[ProposalId, str] = {}

    def begin(self, run: Run) -> None: ...
    def end(self, run: Run) -> None: ...

    def add(self, proposals: Iterable[Proposal]) -> Sequence[Proposal]:
        """New ones, one per lever: a lever that has an approved or unfinished change takes no other."""
        added = []
        for proposal in proposals:
            standing = {self._lever(each) for each in self._proposals.values() if each.state in _STANDING}
            if proposal.id not in self._proposals and not (self.strict and self._lever(proposal) in standing):
                self._proposals[proposal.id] = proposal
                added.append(proposal)
        return added

    def decide(self, decisions: Iterable[Decision], at: datetime) -> Sequence[ProposalId]:
        for decision in decisions:
            self._set(decision.proposal, State.APPROVED)
        return []

    def move(self, ids: Iterable[ProposalId], expected: State, to: State, by: str, at: datetime,
             notes: Mapping[ProposalId, str] | None = None) -> Sequence[ProposalId]:  # fmt: skip
        if to not in MOVES[expected]:
            raise LedgerConflictError("no such move", expected=expected, found=to)
        moved = [id for id in ids if self._proposals[id].state is expected]
        for id in moved:
            self._set(id, to)
            self.notes[id] = (notes or {}).get(id, "")
        return moved

    def intend(self, executions: Iterable[Execution], by: str) -> Sequence[ProposalId]:
        moved: list[ProposalId] = []
        busy = self.busy()
        for execution in executions:
            proposal = self._proposals[execution.proposal]
            free = proposal.change.entity not in busy and execution.sent_at < proposal.expires_at
            if proposal.state is State.APPROVED and free:
                busy |= {proposal.change.entity} if self.strict else set()
                self._set(proposal.id, State.INTENT)
                self._executions.setdefault(proposal.id, []).append(execution)
                moved.append(proposal.id)
        return moved

    def busy(self) -> set[Entity]:
        open_ = (each for each in self._proposals.values() if each.state in OPEN_STATES)
        return {proposal.change.entity for proposal in open_} if self.strict else set()

    def receive(self, receipts: Iterable[Receipt], moves: Mapping[ProposalId, State], by: str, at: datetime) -> None:
        for receipt in receipts:
            attempts = self._executions[receipt.proposal]
            attempts[-1] = replace(attempts[-1], fate=receipt.fate)
        for id, to in moves.items():
            if self._proposals[id].state is State.INTENT:
                self._set(id, to)

    def in_state(self, *states: State, account: str | None = None) -> Sequence[Proposal]:
        found = [proposal for proposal in self._proposals.values() if proposal.state in states]
        return [each for each in found if account in (None, each.change.entity.account)]

    def counts(self, account: str | None = None) -> Mapping[State, int]:
        return {state: len(self.in_state(state)) for state in State if self.in_state(state)}

    def executions(self, ids: Iterable[ProposalId]) -> Mapping[ProposalId, Sequence[Execution]]:
        return {id: tuple(self._executions[id]) for id in ids if id in self._executions}

    def last_changes(
        self, account: str, kind: str, fields: Sequence[str], since: datetime | None = None
    ) -> Mapping[tuple[Entity, str], datetime]:
        newest: dict[tuple[Entity, str], datetime] = {}
        for id, attempts in self._executions.items():
            proposal = self._proposals[id]
            if proposal.state in _MAY_HAVE_CHANGED and proposal.change.field in fields:
                lever = (proposal.change.entity, proposal.change.field)
                newest[lever] = max([newest.get(lever, attempts[-1].sent_at), *(each.sent_at for each in attempts)])
        return {lever: at for lever, at in newest.items() if since is None or at >= since}

    def sent_since(self, account: str, since: datetime) -> Sequence[tuple[Asking, datetime]]:
        sent = [(Asking.of(self._proposals[id]), attempts[-1].sent_at) for id, attempts in self._executions.items()]
        return [(each, at) for each, at in sent if at >= since and each.state in _MAY_HAVE_CHANGED]

    def hold_back(self, notes: Mapping[ProposalId, str], by: str, at: datetime) -> None:
        self.notes |= notes

    def _lever(self, proposal: Proposal) -> tuple[Entity, str]:
        return (proposal.change.entity, proposal.change.field)

    def _set(self, id: ProposalId, state: State) -> None:
        self._proposals[id] = replace(self._proposals[id], state=state)


class LooseLedger(MemoryLedger):
    """One that takes several changes of one lever and lets them all be in flight."""

    strict = False
