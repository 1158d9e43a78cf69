"""WeCom 企业微信: group robots, markdown of 4,096 bytes, or plain text of 2,048, which WeChat shows as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agent.language import speaking
from agent.model.message import Delivery, Message, Told
from agent.notify.channels.answers import Target, body_of, by_status, json_of, said
from agent.notify.channels.markdown import inert, markdown
from agent.notify.texts import fitted, footer, spoken
from agent.outbound import Reply
from agent.ports import Clock

HOSTS = ("qyapi.weixin.qq.com",)
# WeCom: the limits are bytes of UTF-8; a Chinese character is three of them.
_MARKDOWN_BYTES, _TEXT_BYTES = 4096, 2048
_TOO_FAST = {45009: 60.0, 45033: 30.0}
_BUSY = frozenset({-1, 6000})


@dataclass(frozen=True, slots=True)
class WeCom:
    target: Target
    plain: bool
    clock: Clock

    def send(self, message: Message) -> Delivery:
        reply = self.target.post(json_of(composed(message, self.plain)))
        return reply if isinstance(reply, Delivery) else self._read(reply)

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
            return Delivery(Told.RETRY, words, str(code), _TOO_FAST[code])
        return Delivery(Told.RETRY if code in _BUSY or reply.status >= 500 else Told.FATAL, words, str(code))


def composed(message: Message, plain: bool) -> dict[str, Any]:
    """The robot's body; its content keeps the limit in bytes and ends at a whole character."""
    write, most, kind = (_text, _TEXT_BYTES, "text") if plain else (_markdown, _MARKDOWN_BYTES, "markdown")
    fit = fitted(message, lambda one: len(write(one).encode()), most)
    return {"msgtype": kind, kind: {"content": write(fit)}}


def _markdown(message: Message) -> str:
    with speaking(message.language):
        return markdown(message, "###")


def _text(message: Message) -> str:
    with speaking(message.language):
        lines = [inert(message.title), *(inert(spoken(line)) for line in message.lines)]
    about = " · ".join(inert(part) for part in (message.account, message.rule, footer(message)) if part)
    return "\n".join([*lines, *([about] if about else []), *(f"{link.text}: {link.url}" for link in message.links)])
