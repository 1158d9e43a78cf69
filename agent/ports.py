"""The seams, on one page: what judging sees, what connectors offer, what the ledger keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from agent.model.change import Change, Edit, Value
from agent.model.entity import Entity
from agent.model.fact import Delivered, Pending, Stream
from agent.model.message import Delivery, Message
from agent.model.parcel import Parcel
from agent.model.proposal import Decision, Execution, Proposal, ProposalId, Receipt, Run, State
from agent.model.window import Span

if TYPE_CHECKING:
    import polars


class Clock(Protocol):
    def now(self) -> datetime: ...
    def sleep(self, seconds: float) -> None: ...


class Connector(Protocol):
    """Reads one account of one source; never decides."""

    name: str
    streams: Sequence[Stream]

    def pull(self, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
        """All rows of the span (a snapshot ignores the span), or a promise. Pass the cursor of a promise back in.

        Raises ``SourceError``; what was half read is not handed over.
        """
        ...


class FileReader(Protocol):
    """Recognises exported files by what is in them, whatever they are called."""

    def read(self, path: Path) -> Parcel:
        """All of the file, or nothing of it: a file that is recognised but damaged or ambiguous is a ``FileError``
        with its place. A file that is not recognised is a parcel of kind ``unknown``."""
        ...


class Known(Protocol):
    """The newest known state of single things, for actuators that cannot ask the source itself."""

    def rows(self, kind: str, columns: Sequence[str], ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """The columns of each thing, by id; all of them lie in one snapshot. What is gone or unknown is left out."""
        ...

    def within(self, kind: str, columns: Sequence[str], ad_groups: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """The same of everything of a kind that lies in these ad groups."""
        ...

    def observed_at(self, kind: str, column: str) -> datetime | None:
        """When the snapshot with this column was last brought up to date."""
        ...


class Actuator(Protocol):
    """Writes one account of one source, in batches as the source takes them."""

    edits: frozenset[Edit]
    batch: int

    def live(self, entities: Sequence[Entity], field: str) -> Mapping[Entity, Value]:
        """Read the field as it is now. Entities Amazon no longer lists are left out.

        Who can only look at records answers with ``Recorded``, which says from when they are.
        """
        ...

    def apply(self, changes: Mapping[ProposalId, Change]) -> Sequence[Receipt]:
        """Send one batch once (one kind, one field, at most ``batch`` changes). One receipt per change, in any order.

        Never raises for an answer of the source, and never sends twice: a lost or unreadable answer is ``UNKNOWN``.
        """
        ...


class FactView(Protocol):
    """The facts of one account as they were known at one moment. Frames are lazy; money is integer micros."""

    account: str
    moment: datetime

    def state(self, stream: Stream) -> polars.LazyFrame:
        """``entity`` and the stream's columns, newest known; entities that are gone are left out."""
        ...

    def increments(self, stream: Stream, span: Span) -> polars.LazyFrame:
        """``entity``, ``day`` and the stream's columns; several rows of one day add up (additive columns)."""
        ...

    def covered(self, stream: Stream) -> frozenset[date]:
        """The days that a pull has delivered completely."""
        ...

    def changes(self, stream: Stream, column: str) -> polars.LazyFrame:
        """``entity``, ``at``, ``before``, ``after``: every change of the column by anybody, as two pulls saw it.

        The first sighting of an entity is the row whose ``before`` is null and ``first`` is true.
        """
        ...

    def observed_at(self, stream: Stream) -> datetime | None:
        """When a pull last completed; None if none did."""
        ...

    def pulls_of(self, stream: Stream) -> Sequence[tuple[datetime, date, date]]:
        """When pulls of a daily stream completed, and the first and last day they delivered."""
        ...


@dataclass(frozen=True, slots=True)
class SpanKept:
    """The days that made a figure, and how each of them counted."""

    first: date
    last: date
    weights: str


@dataclass(frozen=True, slots=True)
class KeptFigures:
    """Figures of one daily stream as a judging has gathered them. ``frame``: ``entity`` and a column per key;
    ``pulls``: a digest of the pulls they rest on; ``gathered``: of how many entities they were not taken over."""

    known_at: datetime
    pulls: str
    spans: Mapping[str, SpanKept]
    frame: polars.DataFrame
    gathered: int = 0


class FigureShelf(Protocol):
    """Keeps figures from one judging to the next."""

    def kept(self, stream: Stream) -> KeptFigures | None: ...
    def keep(self, stream: Stream, figures: KeptFigures) -> None: ...


class Facts(Protocol):
    def known_at(self, account: str, moment: datetime) -> FactView: ...


class Ledger(Protocol):
    """The SQL audit log. Every method is one transaction; every move writes its event in the same one."""

    def begin(self, run: Run) -> None: ...
    def end(self, run: Run) -> None: ...
    def add(self, proposals: Iterable[Proposal]) -> Sequence[Proposal]:
        """Seal proposals; those already known (same rule text, change and day) are skipped. Returns the new ones."""
        ...

    def decide(self, decisions: Iterable[Decision], at: datetime) -> Sequence[ProposalId]:
        """Apply decisions bound to the version that was seen. Returns the ids that were stale and left alone."""
        ...

    def move(self, ids: Iterable[ProposalId], expected: State, to: State, by: str, at: datetime,
             notes: Mapping[ProposalId, str] | None = None) -> Sequence[ProposalId]:  # fmt: skip
        """Compare-and-set; returns those moved. The others were no longer in ``expected`` and are left alone."""
        ...

    def intend(self, executions: Iterable[Execution], by: str) -> Sequence[ProposalId]:
        """approved → intent with one execution row each, on disk before this returns. Returns those moved."""
        ...

    def receive(self, receipts: Iterable[Receipt], moves: Mapping[ProposalId, State], by: str, at: datetime) -> None:
        """Store receipts with each proposal's newest execution and move it from intent, in one transaction."""
        ...

    def in_state(self, *states: State, account: str | None = None) -> Sequence[Proposal]: ...
    def executions(self, ids: Iterable[ProposalId]) -> Mapping[ProposalId, Sequence[Execution]]: ...


class Notifier(Protocol):
    """One channel to people."""

    def send(self, message: Message) -> Delivery:
        """Tell it once. Never raises for what the channel or the network answers, and never tells a secret."""
        ...


Mint = Callable[[str], str]
"""Mints a new id with a prefix: ``p`` for a proposal, ``r`` for a run."""

Json = Mapping[str, Any]
