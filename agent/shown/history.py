"""What happened to a proposal, in order: its events and the attempts to send it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.language import noted
from agent.model.proposal import Proposal

if TYPE_CHECKING:
    from agent.ledger import SqlLedger


def history(ledger: SqlLedger, proposal: Proposal) -> list[dict[str, Any]]:
    """One row each: ``at``, ``event`` and what belongs to it. Requests are hashes, answers Amazon's own words."""
    rows: list[dict[str, Any]] = [
        {"at": event.at.isoformat(timespec="seconds"), "event": event.kind, **event.payload}
        for event in ledger.events(proposal=proposal.id)
    ]
    rows += [
        {"at": execution.sent_at.isoformat(timespec="seconds"), "event": noted("sent"),
         "fate": str(execution.fate or "?"), "code": execution.code, "request_id": execution.request_id}
        for execution in ledger.executions([proposal.id]).get(proposal.id, ())
    ]  # fmt: skip
    return sorted(rows, key=lambda row: row["at"])
