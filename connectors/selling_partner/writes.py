"""Every change that can be made at Amazon through the Selling Partner API, one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.model.change import Change, Edit, Value
from agent.model.entity import Entity
from agent.model.proposal import ProposalId, Receipt
from connectors.selling_partner import prices, review_requests
from connectors.selling_partner.prices import Prices
from connectors.selling_partner.review_requests import ReviewRequests
from connectors.selling_partner.streams import Source

EDITS = frozenset({prices.EDIT, review_requests.EDIT})
BATCH = 1
"""Amazon: neither write takes more than one thing. One at a time, each is sent right after it was looked at."""


@dataclass(frozen=True, slots=True)
class Writes:
    """Sends each change to the part that can make it."""

    source: Source

    def live(self, entities: Sequence[Entity], field: str) -> Mapping[Entity, Value]:
        """Read the field as it is now. What Amazon does not know is left out."""
        found: dict[Entity, Value] = {}
        for kind in sorted({entity.kind for entity in entities}):
            part = self._part(Edit(kind, field))
            found |= part.live([entity for entity in entities if entity.kind == kind])
        return found

    def apply(self, changes: Mapping[ProposalId, Change]) -> Sequence[Receipt]:
        """Send each change once."""
        if len(changes) > BATCH:
            raise ValueError(f"not one batch of at most {BATCH} changes")
        return [
            self._part(Edit(change.entity.kind, change.field)).apply(proposal, change)
            for proposal, change in changes.items()
        ]

    def _part(self, edit: Edit) -> Prices | ReviewRequests:
        if edit == prices.EDIT:
            return Prices(self.source)
        if edit == review_requests.EDIT:
            return ReviewRequests(self.source)
        raise ValueError(f"{edit} is nothing that can be written here")
