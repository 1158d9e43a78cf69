"""Files that were taken in or written, one row per content and account; each change of a row is an event."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from agent.ledger.agreement import row_hash
from agent.ledger.database import Write
from agent.ledger.stored import canonical
from agent.ledger.tables import files
from agent.model.dropped import FileRecord, FileState


def keep(write: Write, record: FileRecord) -> None:
    """Remember what became of a content, in place of what was remembered of it before."""
    connection = write.connection
    connection.execute(delete(files).where(files.c.account == record.account, files.c.sha256 == record.sha256))
    connection.execute(insert(files), _row(record))
    write.journal.note("file", record.at, _payload(record), run=record.run)


def kept(connection: Connection, account: str | None, sha256: str | None, limit: int | None) -> list[FileRecord]:
    """Newest first. ``sha256``: those whose hash begins so."""
    query = select(files).order_by(files.c.at.desc(), files.c.name, files.c.sha256).limit(limit)
    if account is not None:
        query = query.where(files.c.account == account)
    if sha256 is not None:
        query = query.where(files.c.sha256.startswith(sha256, autoescape=True))
    return [_record(row) for row in connection.execute(query)]


def _payload(record: FileRecord) -> dict[str, Any]:
    """What the chain keeps: which content became what, and a hash of the row, where the receipt stands."""
    said = {"kind": record.kind, "fault": record.fault, "rows": record.receipt.get("rows")}
    return {
        "account": record.account, "name": record.name, "sha256": record.sha256, "state": record.state,
        **{name: value for name, value in said.items() if value},
        "row": row_hash({**_row(record), "receipt": canonical(dict(record.receipt))}),
    }  # fmt: skip


def _row(record: FileRecord) -> dict[str, Any]:
    return {
        "account": record.account, "sha256": record.sha256, "name": record.name, "size": record.size,
        "modified": record.modified, "state": record.state, "kind": record.kind, "receipt": dict(record.receipt),
        "fault": record.fault, "hint": record.hint, "at": record.at, "run": record.run,
    }  # fmt: skip


def _record(row: Row[Any]) -> FileRecord:
    return FileRecord(
        row.account, row.sha256, row.name, row.size, row.modified, FileState(row.state), row.at, row.run, row.kind,
        row.receipt, row.fault, row.hint,
    )  # fmt: skip
