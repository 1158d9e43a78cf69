"""Which approved proposals go together, and in what order."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from agent.model.change import Change, Edit, value_to_json
from agent.model.entity import Entity
from agent.model.proposal import Proposal, ProposalId
from agent.ports import Actuator


@dataclass(frozen=True, slots=True)
class Batch:
    """Proposals that one call can carry: one actuator, kind and field, at most ``actuator.batch``."""

    actuator: Actuator
    kind: str
    field: str
    proposals: tuple[Proposal, ...]

    @property
    def entities(self) -> tuple[Entity, ...]:
        return tuple(dict.fromkeys(proposal.change.entity for proposal in self.proposals))

    @property
    def ids(self) -> tuple[ProposalId, ...]:
        return tuple(proposal.id for proposal in self.proposals)


def first_per_entity(proposals: Sequence[Proposal], busy: Collection[Entity]) -> list[Proposal]:
    """The oldest of each entity, without entities that have a change in flight: an old write that lands late must
    never overtake a new one."""
    taken = set(busy)
    first: list[Proposal] = []
    for proposal in proposals:
        if proposal.change.entity not in taken:
            taken.add(proposal.change.entity)
            first.append(proposal)
    return first


def batches_of(proposals: Sequence[Proposal], actuators: Sequence[Actuator]) -> Iterator[Batch]:
    """In the order in which their first proposals come. What no actuator can write is left out."""
    together: dict[Edit, list[Proposal]] = {}
    for proposal in proposals:
        edit = Edit(proposal.change.entity.kind, proposal.change.field)
        together.setdefault(edit, []).append(proposal)
    for edit, some in together.items():
        actuator = next((each for each in actuators if edit in each.edits), None)
        if actuator is not None:
            for start in range(0, len(some), actuator.batch):
                piece = tuple(some[start : start + actuator.batch])
                yield Batch(actuator, edit.kind, edit.field, piece)


def payload_hash(change: Change) -> str:
    """The SHA-256 of what is asked for: entity, field and the absolute value."""
    entity = change.entity
    asked = [entity.account, entity.kind, entity.id, change.field, value_to_json(change.after)]
    return sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
