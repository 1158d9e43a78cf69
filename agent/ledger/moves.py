"""The life of a proposal in the database: every change of state with its event, in one transaction.

All functions run inside a write transaction, which is alone: what they read stays true until they commit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, func, insert, select, update

from agent.errors import LedgerConflictError
from agent.ledger.database import Write
from agent.ledger.sealing import proposal_of
from agent.ledger.tables import decisions, events, proposals, sealed
from agent.model.proposal import MOVES, Decision, Proposal, ProposalId, State

Item = TypeVar("Item")
_PIECE = 1_000


def pieces(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Lists short enough for one statement."""
    return (items[start : start + _PIECE] for start in range(0, len(items), _PIECE))


def move(
    write: Write, ids: Iterable[ProposalId], expected: State, to: State, by: str, at: datetime,
    notes: Mapping[ProposalId, str],
) -> list[ProposalId]:  # fmt: skip
    """Compare-and-set of many; returns those moved, in the order given."""
    refuse_illegal(expected, to)
    wanted = list(dict.fromkeys(ids))
    moved = set_state(write.connection, wanted, expected, to)
    done = [id for id in wanted if id in moved]
    for id in done:
        write.journal.note(to, at, moved_payload(expected, by, notes.get(id, "")), proposal=id)
    return done


WAITS = "waits"
"""The event of an approved proposal that is not sent now, with the reason."""


def hold_back(write: Write, notes: Mapping[ProposalId, str], by: str, at: datetime) -> list[ProposalId]:
    """Note why approved proposals are not sent now; once, until something else happens to them. Returns those noted."""
    known: set[ProposalId] = set()
    for some in pieces(list(notes)):
        last = select(func.max(events.c.seq)).where(events.c.proposal.in_(some)).group_by(events.c.proposal)
        rows = select(events.c.proposal).where(events.c.seq.in_(last), events.c.kind == WAITS)
        known |= set(write.connection.execute(rows).scalars())
    noted = [id for id in notes if id not in known]
    for id in noted:
        write.journal.note(WAITS, at, {"by": by, "note": notes[id]}, proposal=id)
    return noted


def refuse_illegal(expected: State, to: State) -> None:
    """Raise for a move that no proposal ever makes."""
    if to not in MOVES[expected]:
        raise LedgerConflictError(
            f"a proposal never goes from {expected} to {to}",
            expected=" or ".join(sorted(MOVES[expected])) or "no further move", found=to,
        )  # fmt: skip


def moved_payload(left: State, by: str, note: str = "") -> dict[str, Any]:
    return {"from": left, "by": by, **({"note": note} if note else {})}


def set_state(connection: Connection, ids: Sequence[ProposalId], expected: State, to: State) -> set[ProposalId]:
    moved: set[ProposalId] = set()
    for some in pieces(ids):
        here = proposals.c.id.in_(some) & (proposals.c.state == expected)
        rows = connection.execute(update(proposals).where(here).values(state=to).returning(proposals.c.id))
        moved.update(rows.scalars())
    return moved


@dataclass(slots=True)
class _Seen:
    """What a decision is compared with."""

    state: State
    version: int
    expires_at: datetime

    def allows(self, decision: Decision, at: datetime) -> bool:
        """The version that was seen, a move that exists, and no yes to what has expired."""
        return (
            decision.version == self.version
            and _verdict(decision) in MOVES[self.state]
            and not (decision.approve and at >= self.expires_at)
        )


def _verdict(decision: Decision) -> State:
    return State.APPROVED if decision.approve else State.REJECTED


NeedsTwo = Callable[[Proposal], bool]
"""Whether a proposal takes effect only once two people have said yes to it."""

FIRST_YES = "first approval"
"""The event of a yes that waits for another person's."""


def decide(
    write: Write, wanted: Sequence[Decision], at: datetime, needs_two: NeedsTwo | None = None
) -> list[ProposalId]:
    """Apply the decisions that still fit, one after the other; returns the ids of those that do not.

    A first yes to what needs two is kept, and the proposal stays open; the same person's second yes changes nothing.
    """
    seen = _seen(write.connection, [decision.proposal for decision in wanted])
    waiting = _first_yeses(write.connection, wanted, needs_two) if needs_two is not None else {}
    stale: list[ProposalId] = []
    rows: list[dict[str, Any]] = []
    turned: dict[tuple[State, State], list[ProposalId]] = defaultdict(list)
    for decision in wanted:
        now = seen.get(decision.proposal)
        if now is None or not now.allows(decision, at):
            stale.append(decision.proposal)
            continue
        payload = {"through": decision.through, "version": decision.version}
        if decision.approve and (said := waiting.get(decision.proposal)) is not None and not said - {decision.by}:
            if decision.by not in said:
                said.add(decision.by)
                rows.append(_decision_row(decision, at))
                first = {"by": decision.by, **({"note": decision.note} if decision.note else {}), **payload}
                write.journal.note(FIRST_YES, at, first, proposal=decision.proposal)
            continue
        left, now.state = now.state, _verdict(decision)
        turned[left, now.state].append(decision.proposal)
        rows.append(_decision_row(decision, at))
        payload = moved_payload(left, decision.by, decision.note) | payload
        write.journal.note(now.state, at, payload, proposal=decision.proposal)
    for (left, to), ids in turned.items():
        set_state(write.connection, ids, left, to)
    if rows:
        write.connection.execute(insert(decisions), rows)
    return stale


def stale(connection: Connection, wanted: Sequence[Decision], at: datetime) -> list[ProposalId]:
    """The decisions that no longer fit, each looked at as if it were the only one."""
    seen = _seen(connection, [decision.proposal for decision in wanted])
    found = ((decision, seen.get(decision.proposal)) for decision in wanted)
    return [decision.proposal for decision, now in found if now is None or not now.allows(decision, at)]


def recall(
    write: Write, ids: Iterable[ProposalId], by: str, at: datetime, versions: Mapping[ProposalId, int] | None = None
) -> list[ProposalId]:
    """Take back one's own approvals that were not sent yet: open again, as a new version. Returns those recalled.

    ``versions``: those that were seen; then all are taken back, or none where one is not as it was.
    """
    wanted = list(dict.fromkeys(ids))
    seen, mine = _seen(write.connection, wanted), _last_said_by(write.connection, wanted, by)
    chosen = [id for id in wanted if id in mine and id in seen and seen[id].state is State.APPROVED]
    if versions is not None and [id for id in chosen if seen[id].version == versions[id]] != wanted:
        return []
    set_state(write.connection, chosen, State.APPROVED, State.PROPOSED)
    for some in pieces(chosen):
        here = proposals.c.id.in_(some)
        write.connection.execute(update(proposals).where(here).values(version=proposals.c.version + 1))
    for id in chosen:
        payload = moved_payload(State.APPROVED, by, "taken back") | {"version": seen[id].version + 1}
        write.journal.note(State.PROPOSED, at, payload, proposal=id)
    return chosen


def _last_said_by(connection: Connection, ids: Sequence[ProposalId], by: str) -> set[ProposalId]:
    """Those whose newest decision is a yes of this person."""
    found: dict[ProposalId, bool] = {}
    for some in pieces(ids):
        query = select(decisions).where(decisions.c.proposal.in_(some)).order_by(decisions.c.id)
        found |= {row.proposal: row.approve and row.by == by for row in connection.execute(query)}
    return {id for id, mine in found.items() if mine}


def _first_yeses(connection: Connection, wanted: Sequence[Decision],
                 needs_two: NeedsTwo) -> dict[ProposalId, set[str]]:  # fmt: skip
    """By proposal that needs two people, who has said yes to its present version so far."""
    found: dict[ProposalId, set[str]] = {}
    for some in pieces(list(dict.fromkeys(decision.proposal for decision in wanted if decision.approve))):
        rows = connection.execute(
            select(proposals, sealed.c.payload)
            .join(sealed, sealed.c.proposal == proposals.c.id)
            .where(proposals.c.id.in_(some), proposals.c.state == State.PROPOSED)
        )
        found |= {row.id: set() for row in rows if needs_two(proposal_of(row))}
        said = connection.execute(
            select(decisions.c.proposal, decisions.c.by)
            .join(proposals, proposals.c.id == decisions.c.proposal)
            .where(decisions.c.proposal.in_(some), decisions.c.approve, decisions.c.version == proposals.c.version)
        )
        for id, by in said:
            if id in found:
                found[id].add(by)
    return found


def _seen(connection: Connection, ids: Sequence[ProposalId]) -> dict[ProposalId, _Seen]:
    columns = (proposals.c.id, proposals.c.state, proposals.c.version, proposals.c.expires_at)
    return {
        row.id: _Seen(State(row.state), row.version, row.expires_at)
        for some in pieces(ids)
        for row in connection.execute(select(*columns).where(proposals.c.id.in_(some)))
    }


def _decision_row(decision: Decision, at: datetime) -> dict[str, Any]:
    return {
        "proposal": decision.proposal, "version": decision.version, "approve": decision.approve, "by": decision.by,
        "through": decision.through, "note": decision.note, "at": at,
    }  # fmt: skip
