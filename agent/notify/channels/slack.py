"""Slack: incoming webhooks, Block Kit. Texts are plain_text, in which nothing is markup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agent.language import speaking
from agent.model.message import Button, Delivery, Line, Message, Told
from agent.notify.channels.answers import Target, by_status, json_of, said, text_of
from agent.notify.texts import cut, fitted, footer, packed, spoken
from agent.outbound import Reply
from agent.ports import Clock

HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")
_HEADER, _SECTION, _BLOCKS = 150, 3000, 50
_STYLES = {"yes": "primary", "no": "danger"}
_FATAL = frozenset({
    "invalid_payload", "invalid_blocks", "invalid_blocks_format", "no_text", "invalid_token", "no_service",
    "no_service_id", "no_team", "no_active_hooks", "team_disabled", "user_not_found", "channel_not_found",
    "channel_is_archived", "action_prohibited", "posting_to_general_channel_denied", "too_many_attachments",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slack:
    target: Target
    clock: Clock

    def send(self, message: Message) -> Delivery:
        reply = self.target.post(json_of(composed(message)))
        return reply if isinstance(reply, Delivery) else self._read(reply)

    def _read(self, reply: Reply) -> Delivery:
        """Slack answers a word: ``ok``, or what it refused."""
        word = text_of(reply).strip()
        if reply.succeeded and word != "ok":
            return Delivery(Told.FATAL, said(word) or "an empty answer", said(word)[:40])
        if word in _FATAL:
            return Delivery(Told.FATAL, word, word)
        return by_status(reply, self.clock.now(), word)


def composed(message: Message) -> dict[str, Any]:
    """The webhook's body. A section holds at most 3,000 characters, a message 50 blocks."""
    message = fitted(message, lambda one: max([len(spoken(line)) for line in one.lines], default=0), _SECTION)
    with speaking(message.language):
        texts = packed(map(spoken, message.lines), _SECTION)
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain(cut(message.title, _HEADER, len))}]
    blocks += [{"type": "section", "text": _plain(text)} for text in texts]
    if (more := footer(message)) or message.account:
        parts = [part for part in (message.account, message.rule, more) if part]
        blocks.append({"type": "context", "elements": [_plain(" · ".join(parts))]})
    elements = [*_links(message), *map(_button, message.buttons)]
    if elements:
        blocks.append({"type": "actions", "elements": elements})
    return {"text": escaped(_fallback(message)), "blocks": blocks[:_BLOCKS]}


def _fallback(message: Message) -> str:
    """What a notification on a telephone shows."""
    first: tuple[Line, ...] = message.lines[:1]
    return cut(" ".join([message.title, *map(spoken, first)]), 300, len)


def _links(message: Message) -> list[dict[str, Any]]:
    return [{"type": "button", "text": _plain(cut(link.text, 75, len)), "url": link.url, "action_id": f"open_{number}"}
            for number, link in enumerate(message.links)]  # fmt: skip


def _button(button: Button) -> dict[str, Any]:
    style = {"style": _STYLES[button.style]} if button.style in _STYLES else {}
    return {"type": "button", "text": _plain(button.text), "action_id": f"steward_{button.token[:8]}",
            "value": button.token, **style}  # fmt: skip


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def escaped(text: str) -> str:
    """Slack's three signs; without them no mention and no link can be written."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
