"""Feishu 飞书 and Lark: custom bots, message cards. Texts are plain_text, in which nothing is markup."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agent.language import speaking
from agent.model.message import Delivery, Message, Told, Urgency
from agent.notify.channels.answers import Target, body_of, by_status, json_of, said
from agent.notify.texts import fitted, footer, spoken
from agent.outbound import Reply
from agent.ports import Clock

HOSTS = ("open.feishu.cn", "open.larksuite.com")
_MOST_BYTES = 20 * 1024 - 200  # Feishu: 20 KB for the whole request; the signature is added to the card.
_COLOURS = {Urgency.URGENT: "red", Urgency.DECIDE: "orange", Urgency.DIGEST: "blue"}
_TYPES = {"yes": "primary", "no": "danger"}
# Feishu: too many messages, also of others at full and half hours; these pass by themselves.
_LATER = {11232: 60.0, 11233: 60.0, 11247: 60.0, 230020: 60.0}


@dataclass(frozen=True, slots=True)
class Feishu:
    target: Target
    secret: str = field(repr=False)
    clock: Clock

    def send(self, message: Message) -> Delivery:
        body = {"msg_type": "interactive", "card": composed(message)}
        if self.secret:
            moment = str(int(self.clock.now().timestamp()))
            body |= {"timestamp": moment, "sign": signature(moment, self.secret)}
        reply = self.target.post(json_of(body))
        return reply if isinstance(reply, Delivery) else read(reply, self.clock.now())


def read(reply: Reply, now: datetime) -> Delivery:
    """Refusals come with HTTP 200 and a ``code`` that is not 0."""
    body = body_of(reply)
    code = body.get("code", body.get("StatusCode"))
    if code == 0 and reply.succeeded:
        return Delivery(Told.OK, "", "0")
    if not isinstance(code, int):
        if reply.succeeded:
            return Delivery(Told.RETRY, "an answer without a code", str(reply.status))
        return by_status(reply, now)
    words = said(body.get("msg") or body.get("StatusMessage"))
    if code in _LATER or reply.status >= 500:
        wait = reply.retry_after_seconds(now) or _LATER.get(code, 0.0)
        return Delivery(Told.RETRY, words, str(code), wait)
    return Delivery(Told.FATAL, words, str(code))


def signature(moment: str, secret: str) -> str:
    """Feishu: the *key* is ``moment\\nsecret`` and the message is empty; DingTalk does it the other way round."""
    return base64.b64encode(hmac.digest(f"{moment}\n{secret}".encode(), b"", "sha256")).decode()


def composed(message: Message) -> dict[str, Any]:
    """The card, with which the whole request stays below 20 KB."""
    return _card(fitted(message, lambda one: len(json_of(_card(one))), _MOST_BYTES))


def _card(message: Message) -> dict[str, Any]:
    with speaking(message.language):
        elements: list[dict[str, Any]] = [{"tag": "div", "text": _plain(spoken(line))} for line in message.lines]
    actions = [{"tag": "button", "text": _plain(link.text), "url": link.url, "type": "default"}
               for link in message.links]  # fmt: skip
    actions += [{"tag": "button", "text": _plain(button.text), "type": _TYPES.get(button.style, "default"),
                 "value": {"steward": button.token}} for button in message.buttons]  # fmt: skip
    if actions:
        elements.append({"tag": "action", "actions": actions})
    about = " · ".join(part for part in (message.account, message.rule, footer(message)) if part)
    if about:
        elements.append({"tag": "note", "elements": [_plain(about)]})
    colour = "green" if message.resolved else _COLOURS[message.urgency]
    return {"config": {"wide_screen_mode": True}, "header": {"template": colour, "title": _plain(message.title)},
            "elements": elements}  # fmt: skip


def _plain(text: str) -> dict[str, str]:
    return {"tag": "plain_text", "content": text}
