"""What happened to levers before a run: our own moves, other people's, and what has gone wrong lately."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.model.change import Change, Value
from agent.model.entity import Entity
from agent.model.proposal import Proposal, ProposalId, State

Lever = tuple[Entity, str]
"""One field of one entity."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A proposal as far as it matters to later ones: what it asks for, and what it may cost."""

    id: ProposalId
    state: State
    rule: str
    change: Change
    expires_at: datetime
    undoes: ProposalId | None
    evidence: Mapping[str, Any]

    @classmethod
    def of(cls, proposal: Proposal) -> Asking:
        return cls(proposal.id, proposal.state, proposal.rule, proposal.change, proposal.expires_at, proposal.undoes,
                   proposal.evidence)  # fmt: skip

    @property
    def lever(self) -> Lever:
        return self.change.entity, self.change.field


@dataclass(frozen=True, slots=True)
class OwnMove:
    """A change we sent, which has landed or may have."""

    at: datetime
    before: Value
    after: Value
    rule: str
    undo: bool = False
    """A person took an earlier change of ours back."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Somebody else set the value to ``now`` after our ``ours``; a pull saw it at ``at``."""

    at: datetime
    now: Value
    ours: OwnMove


@dataclass(frozen=True, slots=True)
class Breaker:
    """One reason to raise nothing for the time being, with its figure and the limit it passed."""

    name: str
    figure: str
    limit: str

    def __str__(self) -> str:
        return f"{self.name}: {self.figure}, the limit is {self.limit}"
