"""A task for a person: what a rule asks somebody to do, by when, and how far that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.model.alert import Alert


class TicketState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    """Somebody has said that they are at it."""
    DONE = "done"


UNFINISHED = (TicketState.OPEN, TicketState.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class Task:
    """What a rule asks a person to do. ``owner``: whose it is; empty where nobody is named."""

    text: str
    owner: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Ticket:
    """A task and the alert it goes with, whose id it shares.

    A person ends it, or the alert's end does; once done it is not opened again while the alert is open.
    ``since``, ``by`` and ``note``: when it came into its state, through whom, and what they said.
    ``escalated_at``: when somebody else was told that it is overdue.
    """

    alert: Alert
    task: Task
    since: datetime
    state: TicketState = TicketState.OPEN
    by: str = ""
    note: str = ""
    escalated_at: datetime | None = None

    @property
    def id(self) -> str:
        return self.alert.id

    @property
    def finished(self) -> bool:
        return self.state is TicketState.DONE

    def overdue(self, at: datetime) -> bool:
        """Whether its time is up and it is not done."""
        return not self.finished and self.task.due_at < at
