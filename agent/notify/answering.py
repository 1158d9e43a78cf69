"""What is said to whoever pressed a button, and how the message reads afterwards: in the form each vendor takes.

Vendors wait three seconds at most. Slack is answered before anything is done, since it takes words later; Feishu and
Telegram show what their answer says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from agent.errors import AgentError
from agent.language import Language, _, ngettext, speaking
from agent.ledger.outbox import Verb
from agent.model.message import Delivery, Line, Message
from agent.notify.callbacks import AnswerDesk, Redeemed
from agent.notify.channels import feishu, slack, telegram
from agent.notify.pressed import Press
from agent.notify.texts import cut

_LOG = structlog.get_logger(__name__)
_TOAST = 200
"""Telegram: characters of what is shown to whoever pressed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``body``: what the vendor is answered at once; None: only that it was heard.

    ``later``: what is done once the vendor has its answer.
    """

    body: Mapping[str, Any] | None = None
    later: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """``well``: something was done. ``shown``: the message as it reads now; None where it stays as it is."""

    text: str
    well: bool
    shown: Message | None = None


@dataclass(frozen=True, slots=True)
class Counter:
    """Where pressed buttons of one channel are handed in.

    ``undecided``: how many of these proposals still wait for a second person. ``post``: calls the vendor, at an address
    and with a body.
    """

    channel: str
    language: Language
    desk: AnswerDesk
    undecided: Callable[[Sequence[str]], int]
    post: Callable[[str, Mapping[str, Any]], object]

    def slack(self, press: Press, now: datetime) -> Answer:
        def later() -> None:
            said = self._settled(press, "slack", now)
            if not press.reply_to:
                return
            body: Mapping[str, Any] = {"response_type": "ephemeral", "replace_original": False,
                                       "text": slack.escaped(said.text)}  # fmt: skip
            if said.shown is not None:
                body = {"replace_original": True, **slack.composed(said.shown)}
            self._post(press.reply_to, body)

        return Answer(later=later)

    def feishu(self, press: Press, now: datetime) -> Answer:
        said = self._settled(press, "feishu", now)
        body: dict[str, Any] = {"toast": {"type": "success" if said.well else "error", "content": said.text}}
        if said.shown is not None:
            body["card"] = {"type": "raw", "data": feishu.composed(said.shown)}
        return Answer(body)

    def telegram(self, press: Press, chat: str, edit: str, now: datetime) -> Answer:
        """``edit``: the address at which the bot changes what it wrote."""
        said = self._settled(press, "telegram", now)
        body = {"method": "answerCallbackQuery", "callback_query_id": press.reply_to,
                "text": cut(said.text, _TOAST, len), "show_alert": not said.well}  # fmt: skip
        shown, number = said.shown, press.shown
        if shown is None or number is None:
            return Answer(body)
        changed = {"chat_id": chat, "message_id": number, **telegram.composed(shown)}
        return Answer(body, lambda: self._post(edit, changed))

    def _settled(self, press: Press, kind: str, now: datetime) -> Said:
        """Do what the button was made for; what came of it, in the language of the chat."""
        with speaking(self.language):
            try:
                given = self.desk.redeem(press.token, kind, press.user, now)
            except AgentError as fault:
                parts = ": ".join(part for part in (fault.message, fault.hint) if part)
                return Said(_("Nothing was decided: {what}").format(what=parts), well=False)
            text = _told(given, self.undecided(given.decided) if given.verb is Verb.APPROVE else 0)
            return Said(text, bool(given.decided), self._after(press.token, text))

    def _after(self, token: str, text: str) -> Message | None:
        """The message without its buttons, and with what came of it."""
        message = self.desk.shown(token)
        return message and replace(message, buttons=(), lines=(*message.lines, Line(text)))

    def _post(self, url: str, body: Mapping[str, Any]) -> None:
        answer = self.post(url, body)
        if isinstance(answer, Delivery):
            _LOG.warning("press_not_answered", channel=self.channel, code=answer.code)


def _told(given: Redeemed, undecided: int) -> str:
    count, name, parts = len(given.decided) - undecided, given.by, []
    if given.verb is Verb.ACKNOWLEDGE:
        return _("{name} is at it").format(name=name) if given.decided else _("It is over already.")
    if given.verb is Verb.SNOOZE:
        text = _("{name} wants to hear nothing of it for a day; what still holds then is told again")
        return text.format(name=name) if given.decided else _("It is over already.")
    if count and given.verb is Verb.APPROVE:
        parts.append(ngettext("{count} change approved by {name}", "{count} changes approved by {name}", count))
    if count and given.verb is Verb.REJECT:
        parts.append(ngettext("{count} change rejected by {name}", "{count} changes rejected by {name}", count))
    said = [part.format(count=count, name=name) for part in parts]
    if undecided:
        text = ngettext("{count} change, approved by {name}, waits for a second person",
                        "{count} changes, approved by {name}, wait for a second person", undecided)  # fmt: skip
        said.append(text.format(count=undecided, name=name))
    if given.stale:
        text = ngettext("{count} had changed meanwhile and stays as it is",
                        "{count} had changed meanwhile and stay as they are", len(given.stale))  # fmt: skip
        said.append(text.format(count=len(given.stale)))
    return _("; ").join(said)
