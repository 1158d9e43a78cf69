"""DingTalk 钉钉: custom robots, markdown messages."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

from agent.language import speaking
from agent.model.message import Delivery, Message, Told
from agent.notify.channels.answers import Target, body_of, by_status, json_of, said
from agent.notify.channels.markdown import inert, markdown
from agent.notify.texts import cut, fitted
from agent.outbound import Reply
from agent.ports import Clock

HOSTS = ("oapi.dingtalk.com",)
_MOST_BYTES = 19_000  # DingTalk: 20,000 bytes for the whole request.
# DingTalk: who sends more than 20 messages in a minute is blocked for ten.
_BLOCKED_SECONDS = 600.0
_TOO_FAST = frozenset({130101, 410100, 660026})
_BUSY = frozenset({-1, 33001, 33012})


@dataclass(frozen=True, slots=True)
class DingTalk:
    target: Target
    secret: str = field(repr=False)
    clock: Clock

    def send(self, message: Message) -> Delivery:
        reply = self.target.post(json_of(composed(message)), url=self._url())
        return reply if isinstance(reply, Delivery) else self._read(reply)

    def _url(self) -> str:
        if not self.secret:
            return self.target.url
        moment = str(int(self.clock.now().timestamp() * 1000))
        joint = "&" if "?" in self.target.url else "?"
        return f"{self.target.url}{joint}timestamp={moment}&sign={quote_plus(signature(moment, self.secret))}"

    def _read(self, reply: Reply) -> Delivery:
        """Refusals come with HTTP 200 and an ``errcode`` that is not 0."""
        body = body_of(reply)
        code = body.get("errcode")
        if not isinstance(code, int):
            if reply.succeeded:
                return Delivery(Told.RETRY, "an answer without a code", str(reply.status))
            return by_status(reply, self.clock.now())
        words = said(body.get("errmsg"))
        if code == 0 and reply.succeeded:
            return Delivery(Told.OK, "", "0")
        if code in _TOO_FAST:
            return Delivery(Told.RETRY, words, str(code), _BLOCKED_SECONDS)
        return Delivery(Told.RETRY if code in _BUSY or reply.status >= 500 else Told.FATAL, words, str(code))


def signature(moment: str, secret: str) -> str:
    """DingTalk: the key is the secret, the message ``moment\\nsecret``."""
    return base64.b64encode(hmac.digest(secret.encode(), f"{moment}\n{secret}".encode(), "sha256")).decode()


def composed(message: Message) -> dict[str, Any]:
    """The robot's body. ``title`` is what the list of chats shows."""
    fit = fitted(message, lambda one: len(json_of(_body(one))), _MOST_BYTES)
    return _body(fit)


def _body(message: Message) -> dict[str, Any]:
    with speaking(message.language):
        text = markdown(message, "###")
    return {"msgtype": "markdown", "markdown": {"title": cut(inert(message.title), 120), "text": text}}
