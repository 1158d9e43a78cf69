"""The office where news come in and messages go out: read, flush, deliver. Each step may be done again at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from agent.language import speaking
from agent.ledger.notices import Group
from agent.ledger.outbox import Answerable, Flush, Outbox, Post, Posted
from agent.model.message import Button, Delivery, Told, Urgency
from agent.model.notice import Notice
from agent.model.proposal import State
from agent.notify import news
from agent.notify.callbacks import Stamp, can_answer
from agent.notify.compose import MOST_GROUPS, Composer
from agent.notify.grouping import Batch, Members, Timing, due, mark_of, mute, soon_again
from agent.notify.routes import Directory, group_of
from agent.ports import Clock, Mint, Notifier

_LOG = structlog.get_logger(__name__)
_EVENTS_AT_ONCE = 5_000
_WINDOW = timedelta(seconds=15)
_WINDOWS = 4
"""A minute's allowance is given out by the quarter, so that what is urgent never waits for more than one of them."""
_QUEUE = 20
"""With so many messages waiting, a channel is told nothing new: what holds then is told when it is back."""
_FIRST_RETRY = timedelta(seconds=5)
_LONGEST_RETRY = timedelta(minutes=15)
_MENDED = timedelta(hours=1)
"""After a refusal somebody has to mend the channel; it is tried again this much later."""
_BREATH = timedelta(seconds=60)
_GIVE_UP = timedelta(days=3)
_FAILING = 6
"""So many attempts in vain, and the other channels hear of it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the office works with. ``dice``: spreads attempts of several programs, from 0 to 1."""

    outbox: Outbox
    directory: Directory
    composer: Composer
    clock: Clock
    mint: Mint
    timing: Timing
    stamp: Stamp | None = None
    dice: Callable[[], float] = lambda: 0.5


@dataclass(slots=True)
class _Book:
    """What a flush is going to store."""

    posted: list[Posted] = field(default_factory=list)
    answers: list[Answerable] = field(default_factory=list)
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)


class Office:
    """One per program. ``read`` and ``flush`` are not for two threads at once; ``deliver`` is, channel by channel."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._notices: dict[str, Notice] | None = None
        """All that is not settled, as the ledger has it: it is read once, and then kept up with."""

    def read(self) -> int:
        """Make notices of what happened since the last time; returns how many events were read."""
        outbox, total = self._desk.outbox, 0
        while True:
            seen = outbox.cursor()
            events = outbox.events_after(seen, _EVENTS_AT_ONCE)
            if not events:
                return total
            known = outbox.known(key for event in events for key in news.keys_of(event))
            changed = news.Reader(known, self._desk.clock.now()).read(events)
            if not outbox.take_in(seen, events[-1].seq, changed.values()):
                self._notices = None
                return total
            self._open_notices().update(changed)
            total += len(events)

    def flush(self) -> int:
        """Make messages of what is due; returns how many."""
        now, outbox = self._desk.clock.now(), self._desk.outbox
        notices = sorted(self._open_notices().values(), key=lambda notice: (notice.event, notice.key))
        groups = {(group.channel, group.name): group for group in outbox.groups()}
        if not notices and not groups:
            return 0
        muted = mute(notices, outbox.silences(after=now), now)
        members = self._members(notices, groups)
        book = _Book()
        for channel in self._desk.directory.channels:
            mine = [each for each in members.values() if each.channel == channel]
            self._tell(channel, [(each, each.batch(muted)) for each in mine], now, book)
        self._store(notices, members, groups, muted, book)
        return len(book.posted)

    def deliver(self, channel: str, notifier: Notifier, stopping: Callable[[], bool] = lambda: False) -> int:
        """Send what waits for a channel and its allowance admits; returns how many were sent."""
        outbox, sent = self._desk.outbox, 0
        for posted in outbox.due(channel, self._desk.clock.now(), self._free(channel, "sent")):
            if stopping():
                break
            delivery = notifier.send(posted.message)
            self._record(posted, delivery)
            sent += delivery.told is Told.OK
            if delivery.told is not Told.OK:
                break
        return sent

    def _members(self, notices: Iterable[Notice], groups: dict[tuple[str, str], Group]
                 ) -> dict[tuple[str, str], Members]:  # fmt: skip
        found: dict[tuple[str, str], Members] = {}
        for notice in notices:
            for channel in self._desk.directory.channels_for(notice):
                key = (channel, group_of(notice))
                found.setdefault(key, Members(*key, group=groups.get(key))).notices.append(notice)
        return found

    def _tell(self, channel: str, mine: Sequence[tuple[Members, Batch]], now: datetime, book: _Book) -> None:
        """Messages for one channel: one a group as long as there is room, and one for all the others."""
        ready = self._ready(channel, mine, now)
        if not ready or self._desk.outbox.counts(channel, now)["waiting"] >= _QUEUE:
            return
        reminders = [batch for batch in ready if batch.repeats]
        by_urgency = {each: [batch for batch in ready if batch.urgency is each and not batch.repeats]
                      for each in Urgency}  # fmt: skip
        room = self._free(channel, "made")
        for urgency in (Urgency.URGENT, Urgency.DIGEST, Urgency.DECIDE):
            # One place is kept for what may become urgent before the next quarter begins.
            packs = _packed(by_urgency[urgency], room if urgency is Urgency.URGENT else room - 1)
            room -= len(packs)
            for some in packs:
                self._post(channel, some, now, book)
        # Reminders go together: what people have read once must not crowd out what is new.
        if reminders and room > 1:
            self._post(channel, reminders[:MOST_GROUPS], now, book)

    def _ready(self, channel: str, mine: Sequence[tuple[Members, Batch]], now: datetime) -> list[Batch]:
        """What is due; where a reminder is, also the others that soon would be."""
        manners, timing = self._desk.directory.manners(channel), self._desk.timing
        some = [(batch, members.group) for members, batch in mine if batch.fresh or batch.ended or batch.still]
        ready = [batch for batch, group in some if due(batch, group, timing, manners, now)]
        if any(batch.repeats for batch in ready):
            ready += [batch for batch, group in some
                      if batch not in ready and soon_again(batch, group, timing, manners, now)]  # fmt: skip
        return ready

    def _post(self, channel: str, batches: Sequence[Batch], now: datetime, book: _Book) -> None:
        desk, manners = self._desk, self._desk.directory.manners(channel)
        id = desk.mint("n")
        if len(batches) > 1:
            message = desk.composer.flood(id, batches, manners, now)
        else:
            buttons, answers = self._buttons(channel, batches[0], now)
            message = desk.composer.message(id, batches[0], manners, now, buttons)
            book.answers += answers
        book.posted.append(Posted(message, channel, batches[0].name, Post.WAITING, now, now))
        for batch in batches:
            book.groups[batch.channel, batch.name] = batch.after(now)

    def _buttons(self, channel: str, batch: Batch, now: datetime
                 ) -> tuple[tuple[Button, ...], tuple[Answerable, ...]]:  # fmt: skip
        given, notices = self._desk.directory.notify.channels[channel], (*batch.fresh, *batch.still)
        if self._desk.stamp is None or not can_answer(given):
            return (), ()
        good_for = timedelta(hours=self._desk.directory.notify.button_hours)
        wishes = self._desk.composer.wishes([str(notice.data["proposal"]) for notice in notices if notice.is_wish])
        ready = [wish for wish in wishes if wish.state is State.PROPOSED]
        lasting = [notice.key for notice in notices if not notice.is_wish and not notice.once
                   and notice.acknowledged_at is None]  # fmt: skip
        with speaking(self._desk.directory.manners(channel).language):
            if ready:
                plan = str(notices[0].data.get("plan", ""))
                return self._desk.stamp.answers(plan, ready, channel, now, good_for)
            if lasting and batch.urgency is not Urgency.DIGEST:
                return self._desk.stamp.acknowledgement(lasting, channel, now, good_for)
        return (), ()

    def _store(self, notices: Sequence[Notice], members: dict[tuple[str, str], Members],
               groups: dict[tuple[str, str], Group], muted: Callable[[Notice], bool], book: _Book) -> None:  # fmt: skip
        """Everything in one transaction: messages, what each group was told, and what is over and done with."""
        for key, each in members.items():
            each.group = book.groups.get(key, each.group)
        waiting = {notice.key for each in members.values() for notice in each.notices
                   if each.pending(notice) and not (muted(notice) and not notice.is_open)}  # fmt: skip
        settled = [notice.key for notice in notices if notice.key not in waiting]
        gone: list[tuple[str, str]] = []
        for key in {*groups, *book.groups}:
            group, here = book.groups.get(key, groups.get(key)), members.get(key)
            if group is None:
                continue
            open_ = [notice for notice in here.notices if notice.key in waiting] if here is not None else []
            marks = group.told & {mark for notice in open_ for mark in (notice.key, mark_of(notice))}
            if not marks:
                gone.append(key)
                book.groups.pop(key, None)
            elif marks != group.told:
                book.groups[key] = Group(group.channel, group.name, group.told_at, marks)
        flush = Flush(book.posted, book.answers, list(book.groups.values()), gone, settled)
        if any((flush.posted, flush.groups, flush.gone, flush.settled)):
            self._desk.outbox.flush(flush)
            for name in settled:
                self._open_notices().pop(name, None)

    def _open_notices(self) -> dict[str, Notice]:
        if self._notices is None:
            self._notices = {notice.key: notice for notice in self._desk.outbox.unsettled()}
        return self._notices

    def _free(self, channel: str, what: str) -> int:
        """How many more this quarter of a minute admits."""
        used = self._desk.outbox.counts(channel, self._desk.clock.now() - _WINDOW)[what]
        return max(0, max(1, self._desk.directory.most_per_minute(channel) // _WINDOWS) - used)

    def _record(self, posted: Posted, delivery: Delivery) -> None:
        now, outbox = self._desk.clock.now(), self._desk.outbox
        if delivery.told is Told.OK:
            outbox.told(posted, delivery, now, None)
            self._recovered(posted.channel, now)
            return
        wait = _MENDED if delivery.told is Told.FATAL else self._backoff(posted.tries, delivery)
        late = now - posted.created_at > _GIVE_UP
        pause = now + (min(wait, _BREATH) if delivery.told is Told.FATAL else wait)
        outbox.told(posted, delivery, now, None if late else now + wait, pause)
        _LOG.warning("not_told", channel=posted.channel, message=posted.message.id, code=delivery.code,
                     detail=delivery.detail, given_up=late)  # fmt: skip
        if delivery.told is Told.FATAL or posted.tries + 1 == _FAILING:
            self._failed(posted.channel, delivery, now)

    def _backoff(self, tries: int, delivery: Delivery) -> timedelta:
        """5 s, 10 s, 20 s … to a quarter of an hour, each spread over its upper half; longer where it was asked for."""
        longest = min(_FIRST_RETRY * float(2 ** min(tries, 12)), _LONGEST_RETRY)
        return max(longest * (0.5 + self._desk.dice() / 2), timedelta(seconds=delivery.retry_after_seconds))

    def _failed(self, channel: str, delivery: Delivery, now: datetime) -> None:
        if not self._is_failing(channel):
            self._desk.outbox.channel_failed(channel, delivery.code, delivery.detail, now)

    def _recovered(self, channel: str, now: datetime) -> None:
        if self._is_failing(channel):
            self._desk.outbox.channel_recovered(channel, now)

    def _is_failing(self, channel: str) -> bool:
        key = news.channel_key(channel)
        found = self._desk.outbox.known([key]).get(key)
        return found is not None and found.is_open


def _packed(batches: Sequence[Batch], room: int) -> list[Sequence[Batch]]:
    """One message each; where there is not room enough, the last holds the others, or each holds many. What does not
    fit even then waits for the next quarter of a minute."""
    if room <= 0:
        return []
    singles: list[Sequence[Batch]] = [[batch] for batch in batches]
    if len(batches) <= room:
        return singles
    if len(batches) < room + MOST_GROUPS:
        return [*singles[: room - 1], batches[room - 1 :]]
    return [batches[first : first + MOST_GROUPS] for first in range(0, len(batches), MOST_GROUPS)][:room]
