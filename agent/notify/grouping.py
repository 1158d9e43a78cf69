"""When a group is told, in Alertmanager's words: it waits for company, is told again when it has changed, and repeated
when it has not. Pure: notices and what was told last in, what is due out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.ledger.notices import Group
from agent.model.message import Urgency
from agent.model.notice import Notice, Silence
from agent.notify.routes import Manners

INHIBITING = frozenset({"ops/credentials"})
"""While one of these is open in an account, nothing else of the account is told: it only follows from it."""

_OVER = "/over"


@dataclass(frozen=True, slots=True)
class Timing:
    """``wait``, ``interval`` and ``repeat`` as Alertmanager means them; what is urgent hardly waits."""

    wait: timedelta = timedelta(seconds=30)
    interval: timedelta = timedelta(minutes=5)
    repeat: timedelta = timedelta(hours=4)
    urgent_wait: timedelta = timedelta(seconds=3)
    urgent_interval: timedelta = timedelta(seconds=15)
    daily: bool = True
    """Whether the digest waits for its hour."""

    def wait_of(self, urgency: Urgency) -> timedelta:
        return min(self.wait, self.urgent_wait) if urgency is Urgency.URGENT else self.wait

    def interval_of(self, urgency: Urgency) -> timedelta:
        return min(self.interval, self.urgent_interval) if urgency is Urgency.URGENT else self.interval


AT_ONCE = Timing(timedelta(), timedelta(), urgent_wait=timedelta(), urgent_interval=timedelta(), daily=False)
"""Where nobody can wait for company or for the morning, as in a demonstration."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one channel is to be told of one group. ``still``: told before, and open."""

    channel: str
    name: str
    urgency: Urgency
    fresh: tuple[Notice, ...] = ()
    ended: tuple[Notice, ...] = ()
    still: tuple[Notice, ...] = ()
    since: datetime | None = None
    """When the oldest of what is new happened."""

    @property
    def repeats(self) -> bool:
        return not self.fresh and not self.ended

    def after(self, at: datetime) -> Group:
        """The group as it stands once this is told."""
        named = (*self.fresh, *self.still, *self.ended)
        return Group(self.channel, self.name, at, frozenset(map(mark_of, named)))


@dataclass(slots=True)
class Members:
    """The notices of one group, and what its channel was told of them."""

    channel: str
    name: str
    notices: list[Notice] = field(default_factory=list)
    group: Group | None = None

    def batch(self, muted: Callable[[Notice], bool]) -> Batch:
        told = self.group.told if self.group is not None else frozenset()
        heard = [notice for notice in self.notices if not muted(notice) and mark_of(notice) not in told]
        fresh = [notice for notice in heard if notice.is_open]
        ended = [notice for notice in heard if not notice.is_open
                 and (_worth_telling(notice) or (notice.key in told and not notice.is_wish))]  # fmt: skip
        still = [notice for notice in self.notices
                 if mark_of(notice) in told and notice.is_open and not notice.once and not muted(notice)]  # fmt: skip
        times = [notice.opened_at for notice in fresh] + [notice.closed_at for notice in ended if notice.closed_at]
        return Batch(self.channel, self.name, self.notices[0].urgency, tuple(fresh), tuple(ended), tuple(still),
                     min(times, default=None))  # fmt: skip

    def pending(self, notice: Notice) -> bool:
        """Whether the channel has still to hear of something about this one."""
        told = self.group.told if self.group is not None else frozenset()
        if notice.is_open and not notice.once:
            return True
        if mark_of(notice) in told:
            return False
        return _worth_telling(notice) or (notice.key in told and not notice.is_wish)


def mark_of(notice: Notice) -> str:
    """What a group remembers of a notice once it was told as it is now."""
    return notice.key if notice.is_open else f"{notice.key}{_OVER}"


def due(batch: Batch, group: Group | None, timing: Timing, manners: Manners, at: datetime) -> bool:
    """Whether this batch is to be told now."""
    if batch.urgency is not Urgency.URGENT and manners.is_quiet(at):
        return False
    if batch.urgency is Urgency.DIGEST:
        return batch.since is not None and (not timing.daily or manners.digest_after(_later(batch.since, group)) <= at)
    if batch.fresh:
        soon = max(notice.opened_at for notice in batch.fresh[:1]) + timing.wait_of(batch.urgency)
        return soon <= at and (group is None or group.told_at + timing.interval_of(batch.urgency) <= at)
    if batch.ended:
        return group is None or group.told_at + timing.interval <= at
    return _waits(batch) and group is not None and group.told_at + timing.repeat <= at


def soon_again(batch: Batch, group: Group | None, timing: Timing, manners: Manners, at: datetime) -> bool:
    """Whether a reminder of it, not due yet, may as well go along with one that is."""
    quiet = batch.urgency is not Urgency.URGENT and manners.is_quiet(at)
    if quiet or batch.urgency is Urgency.DIGEST or not batch.repeats or group is None:
        return False
    return _waits(batch) and group.told_at + timing.repeat / 2 <= at


def mute(notices: Iterable[Notice], silences: Sequence[Silence], at: datetime) -> Callable[[Notice], bool]:
    """Whether a notice is not to be told now: silenced, or a mere consequence of something graver."""
    active = [silence for silence in silences if silence.active(at)]
    lost = {notice.account for notice in notices if notice.rule in INHIBITING and notice.is_open}

    def muted(notice: Notice) -> bool:
        follows = notice.account in lost and notice.rule not in INHIBITING
        return follows or any(silence.fits(notice) for silence in active)

    return muted


def _waits(batch: Batch) -> bool:
    """Whether there is something that nobody has acknowledged."""
    return any(notice.acknowledged_at is None for notice in batch.still)


def _worth_telling(notice: Notice) -> bool:
    """What is open; and what was urgent and over before anybody could be told."""
    return notice.is_open or (notice.urgency is Urgency.URGENT and not notice.is_wish)


def _later(since: datetime, group: Group | None) -> datetime:
    return since if group is None else max(since, group.told_at)
