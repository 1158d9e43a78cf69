"""Every error Steward raises on purpose.

AgentError
├── ConfigError              a setting or a file
├── RuleError                every Diagnostic of a set of rule files, sorted by place
├── SourceError              connector, operation, status, request_id
│   ├── ThrottledError         + retry_after_seconds
│   ├── CredentialError        missing, expired or revoked
│   │   └── RoleError            good, but this one operation is not among what was granted
│   └── ContractError          the answer has not the promised shape
│       └── FileError            + file, place: a dropped file that cannot be read whole
├── ActionError              proposal_id
│   ├── RefusedError           + Amazon's code
│   └── InDoubtError           sent; no definite answer
├── LedgerConflictError      expected, found
├── LockedError              another instance works on this database
├── FactsError               a table of facts: account, stream
├── ForbiddenError           a belt, the dry-run mode or the kill switch says no
└── DeliveryError            channel

Errors of libraries are turned into these at the door (``outbound``, ``ledger``, ``facts``), never further in.
A message is one sentence: what happened, to what. ``hint`` says what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class AgentError(Exception):
    """Something an operator can act upon. ``code`` and ``exit_code`` are part of the command line's contract."""

    code = "failed"
    exit_code = 1
    retryable = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(AgentError):
    """A setting that is missing, unknown or of the wrong kind; ``place`` is file, environment or flag."""

    code = "config"
    exit_code = 2

    def __init__(self, message: str, *, setting: str = "", place: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.setting = setting
        self.place = place


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One fault at one place of a rule file. Lines and columns count from 1."""

    path: str
    line: int
    column: int
    code: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        tail = f" ({self.hint})" if self.hint else ""
        return f"{self.path}:{self.line}:{self.column}: {self.code} {self.message}{tail}"


class RuleError(AgentError):
    """One or more faults in rule files."""

    code = "rules"
    exit_code = 2

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted(diagnostics))
        super().__init__("\n".join(map(str, self.diagnostics)))


class SourceError(AgentError):
    """A call to a data source went wrong. ``request_id`` is Amazon's, for a support case."""

    code = "source"
    retryable = True

    def __init__(
        self,
        message: str,
        *,
        connector: str = "",
        operation: str = "",
        status: int | None = None,
        request_id: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.connector = connector
        self.operation = operation
        self.status = status
        self.request_id = request_id


class ThrottledError(SourceError):
    """The source asked us to come back later."""

    code = "throttled"

    def __init__(self, message: str, *, retry_after_seconds: float, connector: str = "", operation: str = "",
                 status: int | None = 429, request_id: str = "", hint: str = "") -> None:  # fmt: skip
        super().__init__(
            message, connector=connector, operation=operation, status=status, request_id=request_id, hint=hint
        )
        self.retry_after_seconds = retry_after_seconds


class CredentialError(SourceError):
    """A credential is missing, expired, revoked, or covers too little. A person has to act; nothing is retried."""

    code = "credentials"
    exit_code = 4
    retryable = False


class RoleError(CredentialError):
    """The credentials are good, and do not cover this operation: a role is missing. Others go on."""


class ContractError(SourceError):
    """The answer has not the shape the source promises. Nothing of it was booked."""

    code = "contract"
    retryable = False


class FileError(ContractError):
    """A file that was recognised and cannot be read whole and without guessing. Nothing of it was booked.

    ``place`` is a sheet, row and column, as a spreadsheet counts them; empty where the whole file is meant.
    """

    code = "file"
    exit_code = 2

    def __init__(self, message: str, *, file: str, place: str = "", hint: str = "") -> None:
        where = f"{file}: {place}: " if place else f"{file}: "
        super().__init__(where + message, connector="file_drop", operation="read", hint=hint)
        self.file = file
        self.place = place


class ActionError(AgentError):
    """A change could not be carried out."""

    code = "action"
    exit_code = 5

    def __init__(self, message: str, *, proposal_id: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.proposal_id = proposal_id


class RefusedError(ActionError):
    """A definite no; ``amazon_code`` is the code Amazon gave."""

    code = "refused"

    def __init__(self, message: str, *, proposal_id: str = "", amazon_code: str = "", hint: str = "") -> None:
        super().__init__(message, proposal_id=proposal_id, hint=hint)
        self.amazon_code = amazon_code


class InDoubtError(ActionError):
    """The request was sent and no definite answer came. Only reading the live value settles it."""

    code = "in_doubt"


class LedgerConflictError(AgentError):
    """A proposal is not in the state the caller saw."""

    code = "conflict"
    exit_code = 5

    def __init__(self, message: str, *, expected: str, found: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.expected = expected
        self.found = found


class LockedError(AgentError):
    """Another instance works on this database."""

    code = "locked"
    exit_code = 7


class FactsError(AgentError):
    """A table of facts cannot be read or written, or would no longer tell what was known when."""

    code = "facts"

    def __init__(self, message: str, *, account: str = "", stream: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.account = account
        self.stream = stream


class ForbiddenError(AgentError):
    """A belt, the dry-run mode or the kill switch does not allow it."""

    code = "forbidden"
    exit_code = 6


class DeliveryError(AgentError):
    """A notification could not be delivered."""

    code = "delivery"
    retryable = True

    def __init__(self, message: str, *, channel: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.channel = channel
