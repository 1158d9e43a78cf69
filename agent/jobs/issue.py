"""Reports go out: to each reader once, in their language and time zone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol, get_args
from zoneinfo import ZoneInfo

import structlog

from agent.config.notify import Reports, Weekday
from agent.errors import AgentError
from agent.ledger.outbox import Outbox
from agent.model.message import Message
from agent.model.proposal import Run
from agent.model.report import Period, Report
from agent.notify.mailing import mail
from agent.notify.routes import Directory, Manners

_LOG = structlog.get_logger(__name__)
_STILL = timedelta(hours=20)
"""So long after its time a report is still sent, by a program that was not running then. The outbox remembers for at
least a day what was sent."""
_PAUSE = timedelta(minutes=15)
"""After a report that could not be made."""
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


@dataclass(frozen=True, slots=True)
class Due:
    """When a report comes, by the readers' own clock. ``weekday``: 0 is Monday; None: every day."""

    period: Period
    at: time
    weekday: int | None = None

    def newest(self, now: datetime, manners: Manners) -> datetime | None:
        """The last moment it was due, where that is not too long ago to send it still."""
        zone = ZoneInfo(manners.time_zone)
        for back in range(2):
            day = now.astimezone(zone).date() - timedelta(days=back)
            due = datetime.combine(day, self.at, tzinfo=zone) + manners.spread
            if timedelta() <= now - due <= _STILL and self.weekday in (None, day.weekday()):
                return due
        return None


def dues_of(given: Reports) -> Sequence[Due]:
    """As configured; a report without a time is not sent."""
    found = []
    if given.daily_at:
        found.append(Due(Period.DAILY, time.fromisoformat(given.daily_at)))
    if given.weekly_at:
        weekday = get_args(Weekday).index(given.weekly_on)
        found.append(Due(Period.WEEKLY, time.fromisoformat(given.weekly_at), weekday))
    return found


class ReadsLedger(Protocol):
    """The part of the ledger that sending reports needs."""

    @property
    def outbox(self) -> Outbox: ...
    def runs(self, limit: int | None = 50, job: str | None = None, account: str | None = None) -> Sequence[Run]: ...


class Rounds:
    """Called every few seconds: posts every report that is due and was not posted yet, to each channel once.

    ``make``: an account's report of a period. Of an account that was first judged after a report was due there is none.
    """

    def __init__(self, dues: Sequence[Due], accounts: Sequence[str], channels: Sequence[str],
                 make: Callable[[str, Period, datetime], Report], write: Write, page: str) -> None:  # fmt: skip
        self._dues, self._accounts, self._channels = dues, accounts, channels
        self._make, self._write, self._page = make, write, page
        self._settled: set[str] = set()
        self._rests: dict[str, datetime] = {}

    def __call__(self, ledger: ReadsLedger, directory: Directory, now: datetime) -> int:
        """Returns how many messages were put into the outbox."""
        return sum(self._account(account, due, ledger, directory, now)
                   for account in self._accounts for due in self._dues)  # fmt: skip

    def _account(self, account: str, due: Due, ledger: ReadsLedger, directory: Directory, now: datetime) -> int:
        whens = {channel: due.newest(now, directory.manners(channel)) for channel in self._channels}
        waiting: dict[str, list[str]] = {}
        for channel, when in whens.items():
            if when is not None:
                waiting.setdefault(f"{due.period}/{account}/{when.date()}", []).append(channel)
        names = {name: self._open(name, channels, ledger.outbox) for name, channels in waiting.items()}
        names = {name: channels for name, channels in names.items() if channels}
        if not names or self._rests.get(account, now) > now:
            return 0
        if not _was_judged(ledger, account, max(when for when in whens.values() if when is not None)):
            return 0
        try:
            report = self._make(account, due.period, now)
        except AgentError as fault:
            _LOG.error("no_report", account=account, period=str(due.period), fault=fault.message, hint=fault.hint)
            self._rests[account] = now + _PAUSE
            return 0
        return sum(issue(report, name, ledger.outbox, directory, channels, self._write, self._page, now)
                   for name, channels in names.items())  # fmt: skip

    def _open(self, name: str, channels: Sequence[str], outbox: Outbox) -> list[str]:
        """The channels that it was not posted to. The outbox is asked once of each."""
        ids = {channel: f"{name}/{channel}" for channel in channels}
        unknown = [id for id in ids.values() if id not in self._settled]
        if unknown:
            self._settled |= outbox.posted(unknown)
        return [channel for channel, id in ids.items() if id not in self._settled]


def _was_judged(ledger: ReadsLedger, account: str, before: datetime) -> bool:
    return any(run.started <= before for run in ledger.runs(None, "judge", account))
