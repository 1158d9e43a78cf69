"""Around the call to Amazon: the intent before it, the receipt after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from agent.ledger.database import Write
from agent.ledger.moves import moved_payload, pieces, refuse_illegal, set_state
from agent.ledger.restoring import only_read
from agent.ledger.switches import stopped
from agent.ledger.tables import decisions, executions, proposals
from agent.model.entity import Entity
from agent.model.proposal import API, HELD_FOR, OPEN_STATES, PAGE, Execution, ProposalId, Receipt, State


def intend(write: Write, wanted: Iterable[Execution], by: str) -> list[ProposalId]:
    """Approved → intent with one execution row each; returns those moved, in the order given.

    Left alone: what is no longer approved or has expired, what was approved on the page or by a program just now,
    whatever belongs to an entity that another proposal of ours is in flight for (also within this batch), what belongs
    to an account that was restored and is still being read back, and everything while the kill switch is on.
    """
    attempts = {execution.proposal: execution for execution in wanted}
    if stopped(write.connection) is not None:
        return []
    resting = only_read(write.connection)
    ready = _ready(write.connection, list(attempts))
    approved_at = _approved_and_held(write.connection, list(ready))
    busy: set[Entity] = set()
    chosen: list[Execution] = []
    for id, execution in attempts.items():
        if id not in ready or ready[id].entity in busy or execution.sent_at >= ready[id].expires_at:
            continue
        if ready[id].entity.account in resting:
            continue
        if id in approved_at and execution.sent_at < approved_at[id] + HELD_FOR:
            continue
        busy.add(ready[id].entity)
        chosen.append(execution)
    _record(write, chosen, by)
    return [execution.proposal for execution in chosen]


@dataclass(frozen=True, slots=True)
class _Approved:
    """What is compared before a proposal may be sent."""

    entity: Entity
    expires_at: datetime


def _ready(connection: Connection, ids: Sequence[ProposalId]) -> dict[ProposalId, _Approved]:
    """Those approved whose entity has nothing in flight."""
    mine, other = proposals.alias("mine"), proposals.alias("other")
    same = (other.c.account == mine.c.account) & (other.c.kind == mine.c.kind) & (other.c.entity == mine.c.entity)
    in_flight = select(other.c.id).where(same, other.c.state.in_(sorted(OPEN_STATES))).exists()
    columns = (mine.c.id, mine.c.account, mine.c.kind, mine.c.entity, mine.c.expires_at)
    return {
        row.id: _Approved(Entity(row.account, row.kind, row.entity), row.expires_at)
        for some in pieces(ids)
        for row in connection.execute(
            select(*columns).where(mine.c.id.in_(some), mine.c.state == State.APPROVED, ~in_flight)
        )
    }


def _approved_and_held(connection: Connection, ids: Sequence[ProposalId]) -> dict[ProposalId, datetime]:
    query = select(decisions.c.proposal, func.max(decisions.c.at, type_=decisions.c.at.type)).group_by(
        decisions.c.proposal
    )
    through = decisions.c.through
    said = query.where(decisions.c.approve, or_(through == PAGE, through.startswith(f"{API} ")))
    return {id: at for some in pieces(ids) for id, at in connection.execute(said.where(decisions.c.proposal.in_(some)))}


def _record(write: Write, chosen: Sequence[Execution], by: str) -> None:
    set_state(write.connection, [execution.proposal for execution in chosen], State.APPROVED, State.INTENT)
    for execution in chosen:
        payload = moved_payload(State.APPROVED, by)
        payload |= {"attempt": execution.attempt, "payload_hash": execution.payload_hash}
        write.journal.note(
            State.INTENT, execution.sent_at, payload, proposal=execution.proposal, run=execution.run
        )  # fmt: skip
    if chosen:
        write.connection.execute(insert(executions), [_execution_row(execution) for execution in chosen])


def _execution_row(execution: Execution) -> dict[str, Any]:
    return {
        "proposal": execution.proposal, "attempt": execution.attempt, "run": execution.run,
        "sent_at": execution.sent_at, "payload_hash": execution.payload_hash, "fate": execution.fate,
        "code": execution.code, "message": execution.message, "request_id": execution.request_id,
    }  # fmt: skip


def receive(write: Write, receipts: Iterable[Receipt], moves: Mapping[ProposalId, State], by: str,
            at: datetime) -> list[ProposalId]:  # fmt: skip
    """Keep every receipt with its newest execution and make the moves; returns those moved.

    A proposal that is no longer in ``intent`` keeps its state; its receipt is stored all the same.
    """
    for to in set(moves.values()):
        refuse_illegal(State.INTENT, to)
    answers = {receipt.proposal: receipt for receipt in receipts}
    _store(write.connection, list(answers.values()))
    moved: set[ProposalId] = set()
    for to in sorted(set(moves.values())):
        moved |= set_state(write.connection, [id for id in moves if moves[id] is to], State.INTENT, to)
    for id in dict.fromkeys([*moves, *answers]):
        payload = _receipt_payload(answers.get(id))
        if id in moved:
            write.journal.note(moves[id], at, moved_payload(State.INTENT, by) | payload, proposal=id)
        elif payload:
            write.journal.note("receipt", at, {"by": by} | payload, proposal=id)
    return [id for id in moves if id in moved]


def _receipt_payload(receipt: Receipt | None) -> dict[str, Any]:
    if receipt is None:
        return {}
    said = {"code": receipt.code, "message": receipt.message, "request_id": receipt.request_id}
    return {"fate": receipt.fate} | {name: value for name, value in said.items() if value}


def _store(connection: Connection, receipts: Sequence[Receipt]) -> None:
    newer = executions.alias("newer")
    newest = select(func.max(newer.c.attempt)).where(newer.c.proposal == bindparam("id")).scalar_subquery()
    statement = (
        update(executions)
        .where(executions.c.proposal == bindparam("id"), executions.c.attempt == newest)
        .values({name: bindparam(f"new_{name}") for name in ("fate", "code", "message", "request_id")})
    )
    rows = [
        {"id": receipt.proposal, "new_fate": receipt.fate, "new_code": receipt.code, "new_message": receipt.message,
         "new_request_id": receipt.request_id} for receipt in receipts
    ]  # fmt: skip
    if rows:
        connection.execute(statement, rows)
