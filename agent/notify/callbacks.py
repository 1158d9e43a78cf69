"""Answers from a chat: signed, good once, for a while, and for exactly what was shown.

A token is ``ID.SIGNATURE``. The id names a row that says which proposals, in which versions, it decides; the signature
is the program's own, so that whoever can read or write the database cannot make up a token. Telegram carries no more
than 64 bytes in a button; a token has 39.
"""

from __future__ import annotations

import base64
import hmac
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from agent.config.notify import Channel, Person
from agent.errors import ConfigError, ForbiddenError
from agent.language import _
from agent.ledger.outbox import Answerable, Verb
from agent.model.message import Button, Message
from agent.model.proposal import Proposal, ProposalId

ANSWERING = ("slack", "feishu", "telegram")
"""The kinds of channels whose buttons can answer."""
_BYTES = 12
_KEY_BYTES = 32
_OTHERS = 0o077


def can_answer(channel: Channel) -> bool:
    """Whether its buttons reach us. Feishu: those of a custom bot lead to pages only, those of an app can answer."""
    return channel.buttons and channel.kind in ANSWERING and (channel.kind != "feishu" or bool(channel.app))


class Answers(Protocol):
    """The part of the ledger that keeps answers."""

    def answerable(self, id: str) -> Answerable | None: ...
    def redeem(self, id: str, by: str, through: str, at: datetime) -> Sequence[ProposalId]: ...
    def shown(self, answer: Answerable) -> Message | None: ...


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What an answer came to. ``stale``: what was no longer as it was shown, and stays as it is."""

    verb: Verb
    plan: str
    by: str
    decided: tuple[str, ...]
    stale: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stamp:
    """The key that signs tokens. ``dice``: random bytes for ids."""

    key: bytes = field(repr=False)
    dice: Callable[[int], bytes] = os.urandom

    def answers(self, plan: str, wishes: Sequence[Proposal], channel: str, at: datetime, good_for: timedelta
                ) -> tuple[tuple[Button, ...], tuple[Answerable, ...]]:  # fmt: skip
        """A yes and a no to all of these, as they are now."""
        seen = tuple((wish.id, wish.version) for wish in wishes)
        yes, no = (Answerable(_text(self.dice(_BYTES)), verb, plan, seen, channel, at, at + good_for)
                   for verb in (Verb.APPROVE, Verb.REJECT))  # fmt: skip
        count = len(wishes)
        return (Button(_("Approve all {count}").format(count=count), self.token(yes), "yes"),
                Button(_("Reject all {count}").format(count=count), self.token(no), "no")), (yes, no)  # fmt: skip

    def acknowledgement(self, keys: Sequence[str], channel: str, at: datetime, good_for: timedelta
                        ) -> tuple[tuple[Button, ...], tuple[Answerable, ...]]:  # fmt: skip
        """That somebody is at these incidents, or wants to hear nothing of them for a day."""
        seen = tuple((key, 0) for key in keys)
        mine, later = (Answerable(_text(self.dice(_BYTES)), verb, "", seen, channel, at, at + good_for)
                       for verb in (Verb.ACKNOWLEDGE, Verb.SNOOZE))  # fmt: skip
        return (Button(_("I am at it"), self.token(mine)),
                Button(_("Quiet for a day"), self.token(later))), (mine, later)  # fmt: skip

    def token(self, answer: Answerable) -> str:
        return f"{answer.id}.{self._signature(answer)}"

    def is_genuine(self, token: str, answer: Answerable) -> bool:
        return hmac.compare_digest(token.partition(".")[2].encode(), self._signature(answer).encode())

    def _signature(self, answer: Answerable) -> str:
        seen = ",".join(f"{id}:{version}" for id, version in answer.seen)
        text = "\n".join((answer.id, str(answer.verb), answer.plan, seen, answer.channel,
                          answer.expires_at.isoformat()))  # fmt: skip
        return _text(hmac.digest(self.key, text.encode(), "sha256")[:16])


@dataclass(frozen=True, slots=True)
class AnswerDesk:
    """Where answers are handed in."""

    answers: Answers
    stamp: Stamp
    people: Mapping[str, Person]

    def redeem(self, token: str, kind: str, user: str, now: datetime) -> Redeemed:
        """Do by a token what it was made for.

        ``kind`` and ``user``: the channel's kind, and who pressed the button as the vendor says it (a Slack member id,
        a Feishu open_id, a Telegram user id). Raises ``ForbiddenError`` for a token that is forged, expired or used,
        and for anybody who may not decide (whoever is known may acknowledge); nothing is done then.
        """
        answer = self.answers.answerable(token.partition(".")[0])
        if answer is None or not self.stamp.is_genuine(token, answer):
            raise ForbiddenError(_("this button is not ours"), hint=_("open the page and decide there"))
        who = self._person(kind, user, decides=answer.verb is not Verb.ACKNOWLEDGE)
        stale = tuple(self.answers.redeem(answer.id, who, kind, now))
        decided = tuple(id for id, _version in answer.seen if id not in stale)
        return Redeemed(answer.verb, answer.plan, who, decided, stale)

    def shown(self, token: str) -> Message | None:
        """The message that a button of ours belongs to; None where it was let go of."""
        answer = self.answers.answerable(token.partition(".")[0])
        return None if answer is None else self.answers.shown(answer)

    def _person(self, kind: str, user: str, *, decides: bool) -> str:
        for name, person in self.people.items():
            if user and kind in ANSWERING and getattr(person, kind) == user:
                if person.approves or not decides:
                    return name
                raise ForbiddenError(_("{name} may not decide in chats").format(name=name),
                                     hint=_("set approves = true in [notify.people]"))  # fmt: skip
        raise ForbiddenError(_("nobody here is known as {user}").format(user=user or "–"),
                             hint=_("add them to [notify.people]"))  # fmt: skip


def stamp_of(path: Path) -> Stamp:
    """The key in a file that its owner alone can read; made where there is none."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(f"{os.urandom(_KEY_BYTES).hex()}\n")
                file.flush()
                os.fsync(file.fileno())
        if os.name == "posix" and path.stat().st_mode & _OTHERS:
            raise ConfigError(_("others may read the key {path}").format(path=path), setting="notify.key",
                              hint=f"chmod 600 {path}")  # fmt: skip
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as fault:
        raise _useless(path) from fault
    if len(key) < _KEY_BYTES:
        raise _useless(path)
    return Stamp(key)


def _useless(path: Path) -> ConfigError:
    return ConfigError(_("the key {path} cannot be used").format(path=path), setting="notify.key",
                       hint=_("remove it and a new one is made; buttons sent before stop working"))  # fmt: skip


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
