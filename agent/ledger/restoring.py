"""After a restore: what was approved or in flight when the backup was made was perhaps sent since, and nobody knows.

Each such proposal gets an attempt of unknown fate, dated to the restore, and becomes ``in_doubt``. So the ordinary
reading back decides, once the settle time has passed: it took effect (done), it did not (approved again), or somebody
has to look (conflict). Until then, and until an account is released, no intent of it is committed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from agent.ledger.chain import Head
from agent.ledger.database import Database, Write
from agent.ledger.moves import moved_payload, pieces, set_state
from agent.ledger.stored import instant_text
from agent.ledger.tables import executions, flags, proposals
from agent.model.proposal import OPEN_STATES, Fate, ProposalId, State

_FLAG = "restored "
NOTE = "perhaps sent between the backup and its restore"


@dataclass(frozen=True, slots=True)
class Restored:
    """An account that is only read back. ``backup``: from when the backup is, as text; ``run``: of the attempts."""

    account: str
    at: datetime
    backup: str
    run: str


class Restoration:
    """After a copy was put back no account acts before it was read back. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mark(self, accounts: Sequence[str], backup: datetime, head: Head, run: str, by: str,
             at: datetime) -> list[ProposalId]:  # fmt: skip
        """Hold the accounts back; returns what is in doubt now."""
        with self._database.write() as write:
            return mark(write, accounts, backup, head, run, by, at)

    def of(self, account: str) -> Restored | None:
        """Set while an account is only read back after a restore."""
        with self._database.read() as connection:
            return restored(connection, account)

    def in_question(self, found: Restored) -> list[ProposalId]:
        """What the restore put in doubt and nobody has read back yet."""
        with self._database.read() as connection:
            return in_question(connection, found)

    def release(self, account: str, by: str, reason: str, at: datetime) -> bool:
        """Let an account act again; False where nothing held it."""
        with self._database.write() as write:
            return release(write, account, by, reason, at)


def mark(write: Write, accounts: Sequence[str], backup: datetime, head: Head, run: str, by: str,
         at: datetime) -> list[ProposalId]:  # fmt: skip
    """Raise the flag of every account and put in doubt whatever may have been sent; returns those in doubt."""
    connection = write.connection
    known = sorted({*connection.scalars(select(proposals.c.account).distinct()), *accounts})
    said = {"by": by, "backup": instant_text(backup), "seq": head.seq, "head": head.hash, "accounts": known}
    write.journal.note("restored", at, said, run=run)
    names = [_FLAG + account for account in known]
    connection.execute(delete(flags).where(flags.c.name.in_(names)))
    if names:
        connection.execute(insert(flags), [
            {"name": name, "raised": True, "by": run, "reason": instant_text(backup), "at": at} for name in names
        ])  # fmt: skip
    doubtful = [State.APPROVED, *sorted(OPEN_STATES)]
    found = connection.execute(select(proposals.c.id, proposals.c.state).where(proposals.c.state.in_(doubtful))).all()
    made = _attempt(connection, [row.id for row in found], run, at)
    for left in doubtful:
        ids = [row.id for row in found if row.state == left]
        if left is not State.IN_DOUBT:
            set_state(connection, ids, left, State.IN_DOUBT)
        for id in ids:
            attempt = {"attempt": made[id], "payload_hash": "", "fate": Fate.UNKNOWN, "message": NOTE}
            write.journal.note(State.IN_DOUBT, at, moved_payload(left, by, NOTE) | attempt, proposal=id, run=run)
    return [row.id for row in found]


def _attempt(connection: Connection, ids: Sequence[ProposalId], run: str, at: datetime) -> dict[ProposalId, int]:
    """So the settle time counts from the restore: the last unknown call was sent before it. Returns their numbers."""
    made: dict[ProposalId, int] = {}
    for some in pieces(ids):
        newest = (
            select(executions.c.proposal, func.max(executions.c.attempt).label("attempt"))
            .where(executions.c.proposal.in_(some)).group_by(executions.c.proposal)
        )  # fmt: skip
        made |= {row.proposal: row.attempt for row in connection.execute(newest)}
    numbers = {id: made.get(id, 0) + 1 for id in ids}
    rows = [
        {"proposal": id, "attempt": numbers[id], "run": run, "sent_at": at, "payload_hash": "",
         "fate": Fate.UNKNOWN, "code": "", "message": NOTE, "request_id": ""} for id in ids
    ]  # fmt: skip
    if rows:
        connection.execute(insert(executions), rows)
    return numbers


def restored(connection: Connection, account: str) -> Restored | None:
    """Since when an account is only read back, or None."""
    row = connection.execute(select(flags).where(flags.c.name == _FLAG + account, flags.c.raised)).one_or_none()
    return Restored(account, row.at, row.reason, row.by) if row is not None else None


def only_read(connection: Connection) -> frozenset[str]:
    """The accounts that are only read back."""
    names = connection.scalars(select(flags.c.name).where(flags.c.name.startswith(_FLAG), flags.c.raised))
    return frozenset(name.removeprefix(_FLAG) for name in names)


def release(write: Write, account: str, by: str, reason: str, at: datetime) -> bool:
    """Let an account act again; False where nothing held it."""
    here = flags.c.name == _FLAG + account
    if not write.connection.execute(delete(flags).where(here, flags.c.raised)).rowcount:
        return False
    write.journal.note("read_back", at, {"by": by, "reason": reason, "account": account})
    return True


def in_question(connection: Connection, found: Restored) -> list[ProposalId]:
    """Those put in doubt by the restore that nobody has read back yet."""
    mine = select(executions.c.proposal).where(executions.c.run == found.run)
    here = (proposals.c.account == found.account) & proposals.c.state.in_(sorted(OPEN_STATES))
    return list(connection.scalars(select(proposals.c.id).where(here, proposals.c.id.in_(mine))))
