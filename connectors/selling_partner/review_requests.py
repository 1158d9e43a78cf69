"""Asks for a review of an order (Solicitations v1): look whether Amazon allows it, then ask once, ever.

Who is asked is decided elsewhere, and never by how content a buyer seems: Amazon forbids choosing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.model.change import Change, Edit, Value
from agent.model.entity import Entity
from agent.model.proposal import Fate, ProposalId, Receipt
from agent.outbound import Reply
from connectors.selling_partner.client import Ask
from connectors.selling_partner.reading import any_of, at, may, promised, root, text
from connectors.selling_partner.receipts import kept_back, receipt
from connectors.selling_partner.streams import Source

EDIT = Edit("order", "review_request")
OPEN, REQUESTED = "open", "requested"
_ACTION = "productReviewAndSellerFeedback"


@dataclass(frozen=True, slots=True)
class ReviewRequests:
    """Reads and writes one order at a time."""

    source: Source

    def live(self, entities: Sequence[Entity]) -> Mapping[Entity, Value]:
        """``open`` where Amazon offers to ask now, else ``requested``: asked already, or not the time for it."""
        found: dict[Entity, Value] = {}
        for entity in entities:
            ask = Ask("getSolicitationActionsForOrder", {"amazonOrderId": entity.id}, self._query(), expects=_UNKNOWN)
            reply = self.source.client.read(ask)
            if reply.succeeded:
                found[entity] = OPEN if _ACTION in actions(reply) else REQUESTED
        return found

    def apply(self, proposal: ProposalId, change: Change) -> Receipt:
        """Ask, once. Amazon: 403 says that this order may not be asked about any more; that is final."""
        if (change.before, change.after) != (OPEN, REQUESTED):
            return kept_back(proposal, "A review can only be asked for, once, where it was not.")
        ask = Ask(
            "createProductReviewAndSellerFeedbackSolicitation", {"amazonOrderId": change.entity.id}, self._query()
        )
        answer = self.source.client.write(ask)
        return receipt(proposal, answer, self.source.clock.now(),
                       lambda reply: Receipt(proposal, Fate.ACCEPTED, request_id=reply.request_id))  # fmt: skip

    def _query(self) -> Mapping[str, str]:
        return {"marketplaceIds": self.source.marketplace.id}


_UNKNOWN = frozenset({404})


def actions(reply: Reply) -> frozenset[str]:
    """What Amazon offers to do for the order. Amazon: named among the links, among the embedded, or both."""
    with promised(reply):
        answer = root(reply)
        linked = [may(link, "name", text) for link in any_of(answer, "_links.actions")]
        embedded = [at(action, path) for action in any_of(answer, "_embedded.actions")
                    for path in ("payload.name", "_links.self.name", "_embedded.payload.name")]  # fmt: skip
        return frozenset(name for name in (*linked, *embedded) if isinstance(name, str))
