"""A plan file is used once, whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from agent.errors import ConfigError, ForbiddenError
from agent.language import _
from agent.ledger import files, moves
from agent.ledger.database import Write
from agent.ledger.plan_file import KIND, PlanFile
from agent.ledger.tables import files as kept_files
from agent.ledger.tables import proposals, sealed
from agent.model.dropped import FileRecord, FileState
from agent.model.proposal import Decision, ProposalId, State

THROUGH = KIND


def redeem(write: Write, file: PlanFile, name: str, by: str, at: datetime,
           needs_two: moves.NeedsTwo | None) -> list[tuple[ProposalId, str]]:  # fmt: skip
    """Approve all the file names and remember that it was used, or do nothing and say which rows are not as they were.

    Raises ``ConfigError`` for a file that this database did not write, ``ForbiddenError`` for one that was used.
    """
    state = write.connection.scalar(
        select(kept_files.c.state).where(kept_files.c.account == file.account, kept_files.c.sha256 == file.sha256)
    )
    if state == FileState.APPLIED:
        raise ForbiddenError(_("'{name}' was used already.").format(name=name),
                             hint=_("A plan file is good for one use: plan again."))  # fmt: skip
    if state != FileState.WRITTEN:
        raise ConfigError(_("'{name}' was not written from this database.").format(name=name), setting="plan",
                          hint=_("Make one here: steward plan -o FILE"))  # fmt: skip
    changed = _changed(write.connection, file, at)
    if changed:
        return changed
    note = f"{name} sha256 {file.sha256[:12]}"
    wanted = [Decision(row.id, row.version, True, by, THROUGH, note) for row in file.rows]
    left = moves.decide(write, wanted, at, needs_two)
    if left:
        raise ConfigError(_("'{name}' names a proposal twice.").format(name=name), setting="plan")
    files.keep(write, record(file, name, FileState.APPLIED, at))
    return []


def record(file: PlanFile, name: str, state: FileState, at: datetime) -> FileRecord:
    """What the ledger remembers of a plan file, by the hash of its content."""
    return FileRecord(file.account, file.sha256, name, len(file.text().encode()), file.made_at, state, at, file.run,
                      KIND, {"rows": len(file.rows)})  # fmt: skip


def seals(connection: Connection, ids: Sequence[ProposalId]) -> dict[ProposalId, str]:
    return {
        row.proposal: row.seal
        for some in moves.pieces(ids)
        for row in connection.execute(select(sealed.c.proposal, sealed.c.seal).where(sealed.c.proposal.in_(some)))
    }


def _changed(connection: Connection, file: PlanFile, at: datetime) -> list[tuple[ProposalId, str]]:
    """The rows that are not as they were when the file was made, each with what differs."""
    columns = (proposals.c.id, proposals.c.state, proposals.c.version, proposals.c.account, proposals.c.expires_at,
               sealed.c.seal)  # fmt: skip
    found = {
        row.id: row
        for some in moves.pieces([each.id for each in file.rows])
        for row in connection.execute(
            select(*columns).join(sealed, sealed.c.proposal == proposals.c.id).where(proposals.c.id.in_(some))
        )
    }
    changed = []
    for each in file.rows:
        row = found.get(each.id)
        if row is None or row.account != file.account or row.seal != each.seal:
            changed.append((each.id, "another seal"))
        elif row.version != each.version:
            changed.append((each.id, f"version {row.version}, not {each.version}"))
        elif row.state != State.PROPOSED:
            changed.append((each.id, str(row.state)))
        elif at >= row.expires_at:
            changed.append((each.id, str(State.EXPIRED)))
    return changed
