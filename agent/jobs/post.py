"""Tell people: make messages of what happened and send them, each channel by itself so that none waits for another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from agent.ledger.outbox import Outbox
from agent.ledger.tickets import Tickets
from agent.notify.office import Office
from agent.ports import Clock, Notifier

GATHER = "messages"
"""The job that makes messages; those that send are called after their channels."""


class TicketLedger(Protocol):
    """The part of the ledger that overdue tickets are found in."""

    @property
    def outbox(self) -> Outbox: ...
    @property
    def tickets(self) -> Tickets: ...


def gather(office: Office, ledger: TicketLedger, clock: Clock) -> int:
    """Escalate what is overdue, read what happened, make messages of what is due; returns how many."""
    now = clock.now()
    late = ledger.tickets.chosen(overdue_at=now, escalated=False)
    if late:
        ledger.tickets.escalate([ticket.id for ticket in late], now)
    office.read()
    return office.flush()


def post_jobs(office: Office, notifiers: Mapping[str, Notifier], ledger: TicketLedger, clock: Clock, keep: timedelta,
              stopping: Callable[[], bool]) -> dict[str, Callable[[], object]]:  # fmt: skip
    """Every job of telling people, by name; each may run beside the others. None where there is no channel."""
    if not notifiers:
        return {}
    jobs: dict[str, Callable[[], object]] = {
        f"{GATHER} to {name}": partial(office.deliver, name, notifier, stopping) for name, notifier in notifiers.items()
    }
    return {GATHER: _Gathering(office, ledger, clock, keep), **jobs}


class _Gathering:
    """``gather``, and once a day the old part of the log is let go."""

    def __init__(self, office: Office, ledger: TicketLedger, clock: Clock, keep: timedelta) -> None:
        self._office, self._ledger, self._clock, self._keep = office, ledger, clock, keep
        self._swept: datetime | None = None

    def __call__(self) -> int:
        now = self._clock.now()
        if self._swept is None or now - self._swept >= timedelta(days=1):
            self._ledger.outbox.forget(now - self._keep)
            self._swept = now
        return gather(self._office, self._ledger, self._clock)
