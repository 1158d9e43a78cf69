"""The outbox: what is to be told through which channel, until it was told; and then the log of it.

The audit log is where news stand first: what happened and its event are one transaction. From there one reader makes
notices and messages, and moves its cursor in the very transaction that stores them. So nothing that happened is missed,
whenever the program dies, and no message is made twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from agent.errors import ForbiddenError
from agent.language import _
from agent.ledger import moves, notices, reading, tickets
from agent.ledger.chain import Event
from agent.ledger.database import Database, Write
from agent.ledger.moves import NeedsTwo
from agent.ledger.notices import Group
from agent.ledger.tables import callbacks, messages
from agent.model.message import Delivery, Message, Told, Urgency
from agent.model.notice import Notice, Silence
from agent.model.proposal import Decision, ProposalId
from agent.model.ticket import TicketState

_TEXT = 500


class Post(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given up"
    """Tried for days; nobody was told through this channel."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A message of one channel and how far it is. ``code`` and ``detail``: the newest answer."""

    message: Message
    channel: str
    group: str
    state: Post
    created_at: datetime
    next_at: datetime
    tries: int = 0
    ended_at: datetime | None = None
    code: str = ""
    detail: str = ""


class Verb(StrEnum):
    """What an answer from a chat does."""

    APPROVE = "approve"
    REJECT = "reject"
    ACKNOWLEDGE = "acknowledge"
    SNOOZE = "snooze"
    """Nothing is told of it for a day."""


SNOOZED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Answerable:
    """An answer that somebody may give in a chat, once.

    ``seen``: the proposals that were shown, each with its version; to acknowledge or snooze, the keys of notices, each
    with 0.
    """

    id: str
    verb: Verb
    plan: str
    seen: tuple[tuple[ProposalId, int], ...]
    channel: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Flush:
    """All that is stored when channels are told something. ``settled``: notices about which nothing is left to tell."""

    posted: Sequence[Posted] = ()
    answers: Sequence[Answerable] = ()
    groups: Sequence[Group] = ()
    gone: Sequence[tuple[str, str]] = ()
    settled: Sequence[str] = ()


class Outbox:
    """The part of the ledger that telling people needs. Every method is one transaction."""

    def __init__(self, database: Database, needs_two: NeedsTwo | None) -> None:
        self._database, self._needs_two = database, needs_two

    # From events to notices

    def cursor(self) -> int:
        with self._database.read() as connection:
            return notices.cursor(connection)

    def events_after(self, seq: int, limit: int) -> list[Event]:
        """The next events behind this number, oldest first."""
        with self._database.read() as connection:
            return reading.next_events(connection, seq, limit)

    def known(self, keys: Iterable[str]) -> dict[str, Notice]:
        with self._database.read() as connection:
            return notices.known(connection, keys)

    def take_in(self, seen: int, to: int, changed: Iterable[Notice]) -> bool:
        """Store what the events up to ``to`` made of notices; False, and nothing stored, where that was done before."""
        with self._database.store() as connection:
            if not notices.advance(connection, seen, to):
                return False
            notices.keep(connection, changed)
            return True

    def unsettled(self) -> list[Notice]:
        with self._database.read() as connection:
            return notices.unsettled(connection)

    def acknowledge(self, key: str, by: str, at: datetime) -> Notice:
        with self._database.write() as write:
            return notices.acknowledge(write, key, by, at)

    # From notices to messages

    def groups(self) -> list[Group]:
        with self._database.read() as connection:
            return notices.all_groups(connection)

    def flush(self, flush: Flush) -> None:
        with self._database.store() as connection:
            if flush.posted:
                connection.execute(insert(messages), [_row(each) for each in flush.posted])
            if flush.answers:
                connection.execute(insert(callbacks), [_answer_row(each) for each in flush.answers])
            notices.put_groups(connection, flush.groups, flush.gone)
            notices.settle(connection, flush.settled)

    def post(self, posted: Posted) -> bool:
        """Put one message into the outbox; False where one of this id was put there before."""
        with self._database.store() as connection:
            if connection.scalar(select(messages.c.id).where(messages.c.id == posted.message.id)) is not None:
                return False
            connection.execute(insert(messages), _row(posted))
            return True

    def posted(self, ids: Sequence[str]) -> set[str]:
        """Those of these ids that a message was put into the outbox under, sent or not."""
        with self._database.read() as connection:
            return set(connection.execute(select(messages.c.id).where(messages.c.id.in_(ids))).scalars())

    # From messages to channels

    def due(self, channel: str, at: datetime, limit: int) -> list[Posted]:
        """What waits for this channel and may be tried now: the urgent first, then the oldest."""
        waiting = (messages.c.state == Post.WAITING, messages.c.channel == channel, messages.c.next_at <= at)
        with self._database.read() as connection:
            found = [_posted_of(row) for row in connection.execute(select(messages).where(*waiting))]
        return sorted(found, key=lambda each: (each.message.urgency is not Urgency.URGENT, each.created_at))[:limit]

    def counts(self, channel: str, since: datetime) -> Mapping[str, int]:
        """How many messages wait, were made since then, and were sent since then."""
        here = messages.c.channel == channel
        with self._database.read() as connection:
            return {
                "waiting": _count(connection, here, messages.c.state == Post.WAITING),
                "made": _count(connection, here, messages.c.created_at > since),
                "sent": _count(connection, here, messages.c.state == Post.SENT, messages.c.ended_at > since),
            }

    def told(self, posted: Posted, delivery: Delivery, at: datetime, again_at: datetime | None,
             pause_until: datetime | None = None) -> None:  # fmt: skip
        """Record an answer. ``again_at``: when it is tried again; None: it is sent, or given up.

        ``pause_until``: until when the whole channel rests.
        """
        state = Post.SENT if delivery.told is Told.OK else Post.GIVEN_UP if again_at is None else Post.WAITING
        values = {"state": state, "tries": posted.tries + 1, "code": delivery.code[:_TEXT],
                  "detail": delivery.detail[:_TEXT], "next_at": again_at or posted.next_at,
                  "ended_at": None if state is Post.WAITING else at}  # fmt: skip
        with self._database.store() as connection:
            connection.execute(update(messages).where(messages.c.id == posted.message.id).values(values))
            if pause_until is not None:
                others = (messages.c.channel == posted.channel, messages.c.state == Post.WAITING,
                          messages.c.next_at < pause_until)  # fmt: skip
                connection.execute(update(messages).where(*others).values(next_at=pause_until))

    def log(self, channel: str | None = None, limit: int = 50, *, waiting: bool = False,
            offset: int = 0) -> list[Posted]:  # fmt: skip
        """Newest first."""
        query = select(messages).order_by(messages.c.created_at.desc(), messages.c.id).limit(limit).offset(offset)
        with self._database.read() as connection:
            return [_posted_of(row) for row in connection.execute(query.where(*_which(channel, waiting)))]

    def log_length(self, channel: str | None = None, *, waiting: bool = False) -> int:
        """How many the log holds."""
        with self._database.read() as connection:
            return _count(connection, *_which(channel, waiting))

    def forget(self, before: datetime) -> int:
        """Let go of messages and notices that ended before this; returns how many. What happened stays in the log."""
        with self._database.store() as connection:
            ended = (messages.c.state != Post.WAITING, messages.c.ended_at < before)
            found = connection.execute(delete(messages).where(*ended)).rowcount
            connection.execute(delete(callbacks).where(callbacks.c.expires_at < before))
            return found + notices.forget(connection, before)

    # Channels that fail

    def channel_failed(self, channel: str, code: str, detail: str, at: datetime) -> None:
        """An event, for the other channels to tell."""
        with self._database.write() as write:
            write.journal.note("channel_failed", at, {"channel": channel, "code": code, "detail": detail[:_TEXT]})

    def channel_recovered(self, channel: str, at: datetime) -> None:
        with self._database.write() as write:
            write.journal.note("channel_recovered", at, {"channel": channel})

    # Silences

    def silence(self, new: Silence) -> None:
        with self._database.write() as write:
            notices.silence(write, new)

    def end_silence(self, id: str, by: str, at: datetime) -> Silence:
        with self._database.write() as write:
            return notices.end_silence(write, id, by, at)

    def silences(self, after: datetime | None = None) -> list[Silence]:
        with self._database.read() as connection:
            return notices.all_silences(connection, after)

    # Answers from chats

    def answerable(self, id: str) -> Answerable | None:
        with self._database.read() as connection:
            row = connection.execute(select(callbacks).where(callbacks.c.id == id)).one_or_none()
        return None if row is None else _answer_of(row)

    def shown(self, answer: Answerable) -> Message | None:
        """The message that holds this answer's button; None where it was let go of."""
        here = (messages.c.channel == answer.channel, messages.c.created_at == answer.created_at)
        with self._database.read() as connection:
            made = [Message.of(row.body) for row in connection.execute(select(messages.c.body).where(*here))]
        return next((each for each in made
                     if any(button.token.partition(".")[0] == answer.id for button in each.buttons)), None)  # fmt: skip

    def redeem(self, id: str, by: str, through: str, at: datetime) -> list[ProposalId]:
        """Do what the answer says, once. Returns what was no longer as it was shown, and stays as it is.

        Raises ``ForbiddenError`` where it has expired or was given before.
        """
        with self._database.write() as write:
            row = write.connection.execute(select(callbacks).where(callbacks.c.id == id)).one_or_none()
            if row is None or at >= row.expires_at:
                raise ForbiddenError(
                    _("this button has expired"), hint=_("open the page, or wait for the next message")
                )
            if row.redeemed_at is not None:
                raise ForbiddenError(_("this button was used before"), hint=_("by {name}").format(name=row.redeemed_by))
            write.connection.execute(
                update(callbacks).where(callbacks.c.id == id).values(redeemed_at=at, redeemed_by=by)
            )  # fmt: skip
            write.journal.note("answered", at, {"callback": id, "by": by, "channel": row.channel, "verb": row.verb})
            if row.verb == Verb.ACKNOWLEDGE:
                return [key for key, _version in row.seen if not _acknowledged(write, key, by, at)]
            if row.verb == Verb.SNOOZE:
                return [key for number, (key, _version) in enumerate(row.seen, 1)
                        if not _snoozed(write, key, f"si_{id}_{number}", by, row.channel, at)]  # fmt: skip
            approve = row.verb == Verb.APPROVE
            decisions = [Decision(proposal, version, approve, by, through) for proposal, version in row.seen]
            return moves.decide(write, decisions, at, self._needs_two)


def _which(channel: str | None, waiting: bool) -> list[ColumnElement[bool]]:
    found = [messages.c.channel == channel] if channel is not None else []
    return found + ([messages.c.state == Post.WAITING] if waiting else [])


def _acknowledged(write: Write, key: str, by: str, at: datetime) -> bool:
    """A notice and the ticket beside it; False where it is over already."""
    found = notices.known(write.connection, [key]).get(key)
    if found is None or not found.is_open:
        return False
    notices.acknowledge(write, key, by, at)
    ticket = tickets.find(write.connection, str(found.data.get("about", key)))
    if ticket is not None and ticket.state is TicketState.OPEN:
        tickets.move(write, ticket.id, TicketState.ACKNOWLEDGED, by, "", at)
    return True


def _snoozed(write: Write, key: str, id: str, by: str, channel: str, at: datetime) -> bool:
    """Silence one notice for a day; False where it is over already."""
    found = notices.known(write.connection, [key]).get(key)
    if found is None or not found.is_open:
        return False
    notices.silence(write, Silence(id, {"key": key}, at, at + SNOOZED, by, f"snoozed in the chat {channel}"))
    return True


def _count(connection: Connection, *where: Any) -> int:
    return connection.scalar(select(func.count()).select_from(messages).where(*where)) or 0


def _row(posted: Posted) -> dict[str, Any]:
    return {
        "id": posted.message.id, "channel": posted.channel, "group": posted.group,
        "urgency": posted.message.urgency, "body": posted.message.body(), "state": posted.state,
        "created_at": posted.created_at, "next_at": posted.next_at, "tries": posted.tries,
        "ended_at": posted.ended_at, "code": posted.code, "detail": posted.detail,
    }  # fmt: skip


def _posted_of(row: Row[Any]) -> Posted:
    return Posted(
        Message.of(row.body), row.channel, row._mapping["group"], Post(row.state), row.created_at, row.next_at,
        row.tries, row.ended_at, row.code, row.detail,
    )  # fmt: skip


def _answer_row(answer: Answerable) -> dict[str, Any]:
    return {
        "id": answer.id, "verb": answer.verb, "plan": answer.plan,
        "seen": [list(pair) for pair in answer.seen], "channel": answer.channel, "created_at": answer.created_at,
        "expires_at": answer.expires_at, "redeemed_at": None, "redeemed_by": "",
    }  # fmt: skip


def _answer_of(row: Row[Any]) -> Answerable:
    seen = tuple((str(proposal), int(version)) for proposal, version in row.seen)
    return Answerable(row.id, Verb(row.verb), row.plan, seen, row.channel, row.created_at, row.expires_at)
