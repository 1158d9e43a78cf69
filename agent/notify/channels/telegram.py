"""Telegram: a bot writes into one chat, as HTML with everything escaped."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

from agent.language import speaking
from agent.model.message import Delivery, Message, Told
from agent.notify.channels.answers import Target, body_of, by_status, json_of, said
from agent.notify.texts import fitted, footer, mark
from agent.outbound import Reply
from agent.ports import Clock

HOSTS = ("api.telegram.org",)
ADDRESS = "https://api.telegram.org"
_MOST_UNITS = 4096  # Telegram: of UTF-16, after its entities were read; ours are counted before, so it is less.


@dataclass(frozen=True, slots=True)
class Telegram:
    """``target.url`` is the API's address; the bot's token becomes part of the path."""

    target: Target
    token: str = field(repr=False)
    chat: str
    clock: Clock

    def send(self, message: Message) -> Delivery:
        url = address(self.target.url, self.token, "sendMessage")
        reply = self.target.post(json_of({"chat_id": self.chat, **composed(message)}), url=url)
        return reply if isinstance(reply, Delivery) else self._read(reply)

    def _read(self, reply: Reply) -> Delivery:
        """Every answer says ``ok``; a refusal may name the seconds to wait."""
        body = body_of(reply)
        if body.get("ok") is True:
            return Delivery(Told.OK, "", str(reply.status))
        words = said(body.get("description"))
        asked = body.get("parameters")
        wait = asked.get("retry_after") if isinstance(asked, dict) else None
        if isinstance(wait, int):
            return Delivery(Told.RETRY, words, str(body.get("error_code", reply.status)), float(wait))
        if reply.succeeded:
            return Delivery(Told.FATAL if body else Told.RETRY, words or "an answer that is none", str(reply.status))
        return by_status(reply, self.clock.now(), words)


def address(base: str, token: str, method: str) -> str:
    """Where the bot with this token is told to do something; whoever knows it is the bot."""
    return f"{base.rstrip('/')}/bot{token}/{method}"


def composed(message: Message) -> dict[str, Any]:
    """Text and buttons. A button carries at most 64 bytes."""
    fit = fitted(message, lambda one: len(_text(one).encode("utf-16-le")) // 2, _MOST_UNITS)
    keys = [[{"text": link.text, "url": link.url}] for link in fit.links]
    answers = [{"text": button.text, "callback_data": button.token} for button in fit.buttons]
    rows = [*keys, *([answers] if answers else [])]
    body: dict[str, Any] = {"text": _text(fit), "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}
    return {**body, **({"reply_markup": {"inline_keyboard": rows}} if rows else {})}


def _text(message: Message) -> str:
    with speaking(message.language):
        lines = [f"<b>{escape(message.title)}</b>"]
        for line in message.lines:
            label = f"<b>{escape(line.label)}</b> " if line.label else ""
            lines.append(f"{mark(line)}{label}{escape(line.text)}")
    about = " · ".join(part for part in (message.account, message.rule, footer(message)) if part)
    return "\n".join([*lines, *([f"<i>{escape(about)}</i>"] if about else [])])
