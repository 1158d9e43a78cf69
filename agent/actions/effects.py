"""What the protocol asks of the world: each effect is a value, and ``yield from`` gives its answer.

``now = yield from Now()`` hands the effect to whoever drives the program and goes on with what came back.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from agent.model.change import Change, Value
from agent.model.entity import Entity
from agent.model.past import Asking
from agent.model.proposal import Execution, Proposal, ProposalId, Receipt, State
from agent.ports import Actuator, Ledger

Answer = TypeVar("Answer", covariant=True)
Result = TypeVar("Result")


class Effect(Generic[Answer]):
    """One thing to be done by the world."""

    __slots__ = ()

    def __iter__(self) -> Generator[Effect[Any], Any, Answer]:
        answer: Answer = yield self
        return answer


Program = Generator[Effect[Any], Any, Result]
"""A generator that yields effects and returns a result."""


class ActLedger(Ledger, Protocol):
    """The part of the ledger that carrying out needs."""

    def last_changes(
        self, account: str, kind: str, fields: Sequence[str], since: datetime | None = None
    ) -> Mapping[tuple[Entity, str], datetime]:
        """When we last sent a change of each entity's field, also one whose answer is open."""
        ...

    def sent_since(self, account: str, since: datetime) -> Sequence[tuple[Asking, datetime]]:
        """What was sent since then and has landed or may have, with when."""
        ...

    def hold_back(self, notes: Mapping[ProposalId, str], by: str, at: datetime) -> None:
        """Keep why these approved proposals wait; what waits already is not noted again."""
        ...


@dataclass(frozen=True, slots=True)
class Now(Effect[datetime]):
    """What time it is."""


@dataclass(frozen=True, slots=True)
class Sleep(Effect[None]):
    seconds: float


@dataclass(frozen=True, slots=True)
class MayWrite(Effect["str | None"]):
    """Why nothing may be sent now (dry-run, the kill switch), or None."""


@dataclass(frozen=True, slots=True)
class InState(Effect[Sequence[Proposal]]):
    """The account's proposals in these states, oldest first."""

    states: tuple[State, ...]
    account: str


@dataclass(frozen=True, slots=True)
class Executions(Effect[Mapping[ProposalId, Sequence[Execution]]]):
    """Every attempt of these proposals, oldest first."""

    ids: tuple[ProposalId, ...]


@dataclass(frozen=True, slots=True)
class LastChanges(Effect[Mapping[tuple[Entity, str], datetime]]):
    """When we ourselves last wrote this field, since a moment."""

    account: str
    kind: str
    field: str
    since: datetime


@dataclass(frozen=True, slots=True)
class SentSince(Effect[Sequence[tuple[Asking, datetime]]]):
    """What of the account was sent since a moment and has landed or may have."""

    account: str
    since: datetime


@dataclass(frozen=True, slots=True)
class HoldBack(Effect[None]):
    """Note why approved proposals are not sent now."""

    notes: Mapping[ProposalId, str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Move(Effect[Sequence[ProposalId]]):
    """Compare-and-set; answers with those moved."""

    ids: tuple[ProposalId, ...]
    expected: State
    to: State
    at: datetime
    notes: Mapping[ProposalId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadLive(Effect[Mapping[Entity, Value]]):
    """Read one field of many entities as it is now. Raises ``SourceError``."""

    actuator: Actuator
    entities: tuple[Entity, ...]
    field: str


@dataclass(frozen=True, slots=True)
class Intend(Effect[Sequence[ProposalId]]):
    """Commit the intents, on disk when answered; answers with those moved."""

    executions: tuple[Execution, ...]


@dataclass(frozen=True, slots=True)
class Send(Effect[Sequence[Receipt]]):
    """Send one batch, once."""

    actuator: Actuator
    changes: Mapping[ProposalId, Change]


@dataclass(frozen=True, slots=True)
class Receive(Effect[None]):
    """Keep the receipts and move their proposals on from intent, in one transaction."""

    receipts: tuple[Receipt, ...]
    moves: Mapping[ProposalId, State]
    at: datetime


@dataclass(frozen=True, slots=True)
class Tell(Effect[None]):
    """Say how far it is, for a person who waits."""

    text: str
