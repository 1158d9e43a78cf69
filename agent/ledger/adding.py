"""Sealing new proposals: nothing twice, and never two changes queued on one lever.

A lever is one field of one entity. A wish on it that nobody has answered yet gives way to a newer one and becomes
``superseded``. One that was approved or is in flight stands: the newer wish is dropped, and a later run may ask again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from agent.errors import LedgerConflictError
from agent.ledger.database import Write
from agent.ledger.moves import moved_payload, pieces
from agent.ledger.sealing import Lever, Sealed, change_to_json
from agent.ledger.stored import instant_text
from agent.ledger.tables import proposals
from agent.ledger.tables import sealed as texts
from agent.model.proposal import OPEN_STATES, Proposal, ProposalId, State

_UNANSWERED = (State.PROPOSED, State.HELD)
_STANDING = (State.APPROVED, *sorted(OPEN_STATES))


@dataclass(frozen=True, slots=True)
class _Older:
    """An unanswered proposal that gives way."""

    id: ProposalId
    state: State
    by: ProposalId
    run: str
    at: datetime


@dataclass(slots=True)
class _Selection:
    """What of a batch is new, and what it replaces."""

    known: dict[str, State]
    standing: dict[Lever, list[tuple[ProposalId, State]]]
    fresh: list[Sealed] = field(default_factory=list)
    older: list[_Older] = field(default_factory=list)

    def consider(self, sealed: Sealed) -> None:
        here = self.standing.get(sealed.lever, [])
        new = sealed.proposal
        if self._is_known(sealed) or any(state in _STANDING for _, state in here):
            return
        self.older += [_Older(id, state, new.id, new.run, new.created_at) for id, state in here]
        # Within one batch the first wish on a lever stands: the engine has put the best one first.
        self.standing[sealed.lever] = [(new.id, State.APPROVED)]
        self.known[sealed.fingerprint] = new.state
        self.fresh.append(sealed)

    def _is_known(self, sealed: Sealed) -> bool:
        """The same wish was made before. One that a belt held, and lets go now, is news."""
        state = self.known.get(sealed.fingerprint)
        return state is not None and not (state is State.HELD and sealed.proposal.state is State.PROPOSED)


def add(write: Write, wanted: Iterable[Proposal]) -> list[Proposal]:
    """Store what is new; returns it in the order given."""
    sealed = [Sealed.of(_newborn(proposal)) for proposal in wanted]
    selection = _Selection(_known(write.connection, sealed), _standing(write.connection, sealed))
    for each in sealed:
        selection.consider(each)
    _supersede(write, selection.older)
    rows = [each.row(_born(write, each)) for each in selection.fresh]
    if rows:
        write.connection.execute(insert(proposals), rows)
        write.connection.execute(insert(texts), [each.text_row() for each in selection.fresh])
    return [each.proposal for each in selection.fresh]


def _newborn(proposal: Proposal) -> Proposal:
    if proposal.state not in _UNANSWERED:
        raise LedgerConflictError(
            f"a new proposal cannot be {proposal.state}", expected="proposed or held", found=proposal.state
        )
    return proposal


def _known(connection: Connection, sealed: Sequence[Sealed]) -> dict[str, State]:
    """Where the same wishes stand that were made before, by fingerprint."""
    fingerprint, state = proposals.c.fingerprint, proposals.c.state
    return {
        row.fingerprint: State(row.state)
        for some in pieces([each.fingerprint for each in sealed])
        for row in connection.execute(select(fingerprint, state).where(fingerprint.in_(some)))
    }


def _standing(connection: Connection, sealed: Sequence[Sealed]) -> dict[Lever, list[tuple[ProposalId, State]]]:
    """Every proposal of the batch's accounts that still wants something, by its lever."""
    columns = proposals.c
    accounts = sorted({each.lever[0] for each in sealed})
    rows = connection.execute(
        select(columns.id, columns.state, columns.account, columns.kind, columns.entity, columns.field)
        .where(columns.account.in_(accounts), columns.state.in_([*_UNANSWERED, *_STANDING]))
        .order_by(columns.event)
    )
    standing: dict[Lever, list[tuple[ProposalId, State]]] = {}
    for id, state, *lever in rows:
        standing.setdefault((lever[0], lever[1], lever[2], lever[3]), []).append((id, State(state)))
    return standing


def _supersede(write: Write, older: Sequence[_Older]) -> None:
    for each in older:
        note = f"a newer wish took its place: {each.by}"
        payload = moved_payload(each.state, "steward", note)
        write.journal.note(State.SUPERSEDED, each.at, payload, proposal=each.id, run=each.run)
    for some in pieces([each.id for each in older]):
        # Its fingerprint is free again: should the day's figures swing back, the same wish may return.
        write.connection.execute(
            update(proposals).where(proposals.c.id.in_(some)).values(state=State.SUPERSEDED, fingerprint=None)
        )


def _born(write: Write, sealed: Sealed) -> int:
    proposal = sealed.proposal
    payload = {
        "rule": proposal.rule, "change": change_to_json(proposal.change), "seal": sealed.seal,
        "expires_at": instant_text(proposal.expires_at),
    }  # fmt: skip
    return write.journal.note(proposal.state, proposal.created_at, payload, proposal=proposal.id, run=proposal.run)
