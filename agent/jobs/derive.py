"""Work out what rules read besides what sources tell: demand, cover, causes, warnings. After a pull, before judging.

Each derived stream is booked like a pulled one, so it is known at a moment and can be read again. One that breaks is
named and stops no other; what it gave before grows stale and is then unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from agent.derive.asked import Asked, Cell, Deriver, OwnEdit
from agent.derive.derivers import DERIVERS
from agent.derive.desk import Desk
from agent.derive.edits import FIELDS
from agent.derive.projection import Projector
from agent.errors import AgentError
from agent.jobs.pull import Books
from agent.model.entity import Entity
from agent.model.fact import Delivered
from agent.model.marketplace import Marketplace
from agent.model.money import Money
from agent.model.proposal import Execution, Proposal, ProposalId, Run, State
from agent.model.setting import Scope
from agent.ports import Clock, Mint

_SENT = (State.ACCEPTED, State.DONE, State.IN_DOUBT, State.CONFLICT)


class DeriveLedger(Protocol):
    """The part of the ledger that deriving needs."""

    def begin(self, run: Run) -> None: ...
    def end(self, run: Run) -> None: ...
    def last_changes(self, account: str, kind: str, fields: Sequence[str]) -> Mapping[tuple[Entity, str], datetime]: ...
    def proposals(self, *, states: Sequence[State], entity: Entity) -> Sequence[Proposal]: ...
    def executions(self, ids: Iterable[ProposalId]) -> Mapping[ProposalId, Sequence[Execution]]: ...


@dataclass(frozen=True, slots=True)
class DerivedReport:
    """What became of one derived stream. ``rows`` None: its inputs were never pulled, so there was nothing to do."""

    stream: str
    rows: int | None = None
    increments: int = 0
    fault: AgentError | None = None


@dataclass(frozen=True, slots=True)
class DeriveReport:
    run: str
    account: str
    streams: Sequence[DerivedReport]

    @property
    def faults(self) -> Sequence[AgentError]:
        return [each.fault for each in self.streams if each.fault is not None]


@dataclass(frozen=True, slots=True)
class Workshop:
    """One account and all that deriving takes."""

    account: str
    marketplace: Marketplace
    scopes: Sequence[Scope]
    books: Books
    ledger: DeriveLedger
    clock: Clock
    mint: Mint
    derivers: Sequence[Deriver] = DERIVERS

    def run(self, told: Callable[[DerivedReport], None] = lambda _: None) -> DeriveReport:
        """Derive and book every stream once."""
        run = Run(self.mint("r"), "derive", self.account, self.clock.now())
        self.ledger.begin(run)
        reports: list[DerivedReport] = []
        ended = replace(run, fault="interrupted")
        try:
            desk = Desk(self.books.known_at(self.account, run.started), self._asked(run.started))
            for deriver in self.derivers:
                reports.append(self._derived(deriver, desk, run.id))
                told(reports[-1])
            ended = replace(run, counts=_counts(reports), fault=_faults(reports))
        finally:
            self.ledger.end(replace(ended, ended=self.clock.now()))
        return DeriveReport(run.id, self.account, reports)

    def projector(self) -> Projector:
        """How stock goes on from now by what is known; nothing is booked."""
        now = self.clock.now()
        return Projector(Desk(self.books.known_at(self.account, now), self._asked(now)))

    def _asked(self, now: datetime) -> Asked:
        zone = self.marketplace.time_zone
        today = now.astimezone(ZoneInfo(zone)).date()
        return Asked(self.account, today, now, zone, self.scopes, self._own_edits())

    def _own_edits(self) -> list[OwnEdit]:
        """What we sent to listings, with the values, so that a pull's change can be told from somebody else's."""
        listings = {entity for entity, _ in self.ledger.last_changes(self.account, "listing", FIELDS)}
        sent = [each for entity in listings for each in self.ledger.proposals(states=_SENT, entity=entity)]
        attempts = self.ledger.executions(each.id for each in sent)
        return [_own_edit(each, attempt.sent_at) for each in sent for attempt in attempts.get(each.id, ())]

    def _derived(self, deriver: Deriver, desk: Desk, run: str) -> DerivedReport:
        report = DerivedReport(deriver.gives.name)
        if not any(desk.known(stream.name) for stream in deriver.needs):
            return report
        try:
            rows = deriver.derive(desk)
            booked = self.books.book(self.account, deriver.gives, Delivered([rows]), self.clock.now(), run)
        except AgentError as fault:
            return replace(report, fault=fault)
        return replace(report, rows=booked.rows, increments=booked.increments)


def _own_edit(proposal: Proposal, at: datetime) -> OwnEdit:
    value = proposal.change.after
    plain: Cell = value if isinstance(value, int | str) else None
    if isinstance(value, Money):
        plain = value.micros
    return OwnEdit(proposal.change.entity.id, proposal.change.field, at, plain)


def _counts(reports: Sequence[DerivedReport]) -> dict[str, int]:
    booked = [each for each in reports if each.rows is not None]
    return {
        "booked": len(booked),
        "rows": sum(each.rows or 0 for each in booked),
        "increments": sum(each.increments for each in booked),
        "failed": sum(each.fault is not None for each in reports),
    }


def _faults(reports: Sequence[DerivedReport]) -> str:
    return "; ".join(f"{each.stream}: {each.fault.message}" for each in reports if each.fault is not None)
