"""A sealed wish and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from agent.model.change import Change
from agent.model.rule import Mode, Severity
from agent.model.verdict import Step

ProposalId = str


class State(StrEnum):
    """The life of a proposal.

    proposed → approved → intent → accepted → done        approved → proposed: taken back before it was sent
      ├→ rejected └→ expired  ├→ failed      a definite no
      ├→ expired              ├→ superseded  the live value had moved
      ├→ superseded           └→ in_doubt → done | approved | conflict   by reading, after the settle time
      └→ held (by a belt)
    """

    PROPOSED = "proposed"
    HELD = "held"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    INTENT = "intent"
    ACCEPTED = "accepted"
    DONE = "done"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    CONFLICT = "conflict"


MOVES: Mapping[State, frozenset[State]] = {
    State.PROPOSED: frozenset({State.APPROVED, State.REJECTED, State.EXPIRED, State.SUPERSEDED, State.HELD}),
    State.HELD: frozenset({State.EXPIRED, State.SUPERSEDED}),
    # approved → proposed: taken back by the one who approved it, before anything was sent.
    State.APPROVED: frozenset(
        {State.INTENT, State.EXPIRED, State.SUPERSEDED, State.REJECTED, State.FAILED, State.PROPOSED}
    ),
    # intent → approved: answered 429, or never sent; Amazon surely did nothing.
    State.INTENT: frozenset({State.ACCEPTED, State.FAILED, State.IN_DOUBT, State.APPROVED}),
    State.ACCEPTED: frozenset({State.DONE, State.IN_DOUBT, State.CONFLICT}),
    State.IN_DOUBT: frozenset({State.DONE, State.APPROVED, State.CONFLICT}),
    State.REJECTED: frozenset(),
    State.EXPIRED: frozenset(),
    State.SUPERSEDED: frozenset(),
    State.DONE: frozenset(),
    State.FAILED: frozenset(),
    State.CONFLICT: frozenset(),
}
"""Which moves exist. Everything else is refused by the ledger."""

HELD_FOR = timedelta(seconds=10)
"""So long what was approved on the page or by a program is not sent, for whoever pressed the wrong key."""
PAGE = "page"
"""Through what decisions of the page come."""
API = "api"
"""Through what decisions of programs come: this, a blank, and the id of the program's key."""

OPEN_STATES = frozenset({State.INTENT, State.ACCEPTED, State.IN_DOUBT})
"""In flight: no other action may touch the same entity."""


class Answer(StrEnum):
    PASS = "pass"  # noqa: S105
    CLAMP = "clamp"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class BeltAnswer:
    """What one belt said of one wish; figures as people read them."""

    belt: str
    answer: Answer
    figure: str = ""
    limit: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """``before`` and ``after`` of the change are absolute. Nothing of it is judged again after approval.

    ``version`` rises when a proposal is renewed; a decision names the version that was seen.
    """

    id: ProposalId
    change: Change
    rule: str
    digest: str
    as_of: date
    known_at: datetime
    reason: str
    trace: tuple[Step, ...]
    belts: tuple[BeltAnswer, ...]
    mode: Mode
    severity: Severity
    created_at: datetime
    expires_at: datetime
    run: str
    title: str = ""
    """What the entity is called, for people: ``exact “usb c hub” · DM-21 exact``."""
    state: State = State.PROPOSED
    version: int = 1
    undoes: ProposalId | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes or no to one version of one proposal."""

    proposal: ProposalId
    version: int
    approve: bool
    by: str
    through: str
    """page, chat, cli, demo, api with the key's id, or standing approval."""
    note: str = ""


class Fate(StrEnum):
    """How one item of a write call was answered."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_APPLIED = "not applied"
    """Throttled or never sent: Amazon surely did nothing; it may be sent again."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Amazon's answer for one proposal of a batch. ``retry_after_seconds`` only with ``NOT_APPLIED``."""

    proposal: ProposalId
    fate: Fate
    code: str = ""
    message: str = ""
    request_id: str = ""
    retry_after_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Execution:
    """One attempt to write one proposal."""

    proposal: ProposalId
    attempt: int
    run: str
    sent_at: datetime
    payload_hash: str
    fate: Fate | None = None
    code: str = ""
    message: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One pass of one job. ``coverage`` rows say which stream and days are now complete."""

    id: str
    job: str
    account: str
    started: datetime
    ended: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    fault: str = ""
