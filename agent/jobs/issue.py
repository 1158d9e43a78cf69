"""Reports go out: to each reader once, in their language and time zone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from agent.ledger.outbox import Outbox
from agent.model.message import Message
from agent.model.report import Report
from agent.notify.mailing import mail
from agent.notify.routes import Directory, Manners

_SHOWS_DOCUMENTS = frozenset({"mail"})
"""Kinds of channels that get the whole report; the others get its summary."""


class Write(Protocol):
    """Puts a report into words, in the language that is being spoken."""

    def __call__(self, id: str, report: Report, manners: Manners, at: datetime, page: str, *,
                 whole: bool) -> Message: ...  # fmt: skip


def issue(report: Report, name: str, outbox: Outbox, directory: Directory, channels: Iterable[str], write: Write,
          page: str, at: datetime) -> int:  # fmt: skip
    """Put a report into the outbox for these channels; returns for how many that was not done before under this
    name."""

    def whole(id: str, manners: Manners) -> Message:
        return write(id, report, manners, at, page, whole=True)

    def summary(id: str, manners: Manners) -> Message:
        return write(id, report, manners, at, page, whole=False)

    kinds = {channel: directory.notify.channels[channel].kind for channel in channels}
    full = [channel for channel, kind in kinds.items() if kind in _SHOWS_DOCUMENTS]
    short = [channel for channel in kinds if channel not in full]
    return mail(outbox, directory, name, whole, at, full) + mail(outbox, directory, name, summary, at, short)
