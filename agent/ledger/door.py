"""The door to the database: errors of SQLAlchemy and its drivers become ours here, each with its remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from agent.errors import AgentError, LedgerConflictError

_REMEDIES = (
    # What the drivers say, what it means, what to do, and whether time may heal it.
    ("disk is full", "the disk is full", "make room on the disk of the database", True),
    ("no space left", "the disk is full", "make room on the disk of the database", True),
    ("could not extend file", "the disk is full", "make room on the disk of the database", True),
    ("readonly database", "the database cannot be written", "give this user write access to file and folder", False),
    ("read-only transaction", "the database takes no writes", "connect to the primary, not to a replica", True),
    ("database is locked", "another process holds the database", "try again; end the process that holds it", True),
    ("lock timeout", "another process holds the database", "try again; end the session that holds it", True),
    ("unable to open", "the database cannot be opened", "check that its folder exists and is writable", False),
    ("not a database", "the file is no database", "check the setting 'database', or restore a backup", False),
    ("malformed", "the database is damaged", "stop Steward and restore a backup", False),
    ("disk i/o error", "the disk failed", "check the disk, then restore a backup if 'doctor' finds damage", False),
    ("password authentication failed", "the database refused the credentials", "check user and password", False),
    ("does not exist", "the database is not as it should be", "check the name in the setting 'database'", False),
    ("connection failed", "the database server cannot be reached", "check that it runs and can be reached", True),
    ("connection is bad", "the database server cannot be reached", "check that it runs and can be reached", True),
)  # fmt: skip


@contextmanager
def door() -> Iterator[None]:
    """Let no library's error through."""
    try:
        yield
    except SQLAlchemyError as fault:
        raise ours(fault) from fault


def ours(fault: SQLAlchemyError) -> AgentError:
    """The error to raise instead. Its text is the driver's own, never the statement and its values."""
    if isinstance(fault, IntegrityError):
        return LedgerConflictError(
            "the ledger refused a write that contradicts what it holds", expected="a new row", found=_said(fault)
        )
    for words, meaning, hint, heals in _REMEDIES:
        if words in _said(fault).lower():
            return _error(f"{meaning} ({_said(fault)})", hint, retryable=heals)
    gone = isinstance(fault, PoolTimeoutError) or (isinstance(fault, DBAPIError) and fault.connection_invalidated)
    hint = "check that the database server runs and can be reached" if gone else "run 'steward doctor'"
    return _error(f"the database failed: {_said(fault)}", hint, retryable=gone)


def _said(fault: SQLAlchemyError) -> str:
    origin = fault.orig if isinstance(fault, DBAPIError) and fault.orig is not None else fault
    return str(origin).strip().partition("\n")[0]


def _error(message: str, hint: str, *, retryable: bool) -> AgentError:
    error = AgentError(message, hint=hint)
    error.retryable = retryable
    return error
