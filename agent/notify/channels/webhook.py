"""A webhook of any service, signed by the Standard Webhooks scheme (standardwebhooks.com).

``webhook-id`` stays the same however often a message is sent; ``webhook-signature`` is ``v1,`` and the base64 of
HMAC-SHA256 over ``id.timestamp.body``.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass, field
from typing import Any

from agent.model.message import Delivery, Message
from agent.notify.channels.answers import Target, by_status, json_of
from agent.notify.texts import fitted
from agent.ports import Clock

SCHEMA = "steward.message/1"
_MOST_BYTES = 64 * 1024
_PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Webhook:
    target: Target
    secret: str = field(repr=False)
    clock: Clock

    def send(self, message: Message) -> Delivery:
        body, now = json_of(composed(message)), self.clock.now()
        moment = str(int(now.timestamp()))
        headers = {"webhook-id": message.id, "webhook-timestamp": moment}
        if self.secret:
            headers["webhook-signature"] = f"v1,{signature(message.id, moment, body, self.secret)}"
        reply = self.target.post(body, headers)
        return reply if isinstance(reply, Delivery) else by_status(reply, now)


def signature(id: str, moment: str, body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.digest(key_of(secret), f"{id}.{moment}.".encode() + body, "sha256")).decode()


def key_of(secret: str) -> bytes:
    """``whsec_`` and base64, as the scheme writes secrets; anything else is taken as it is."""
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def composed(message: Message) -> dict[str, Any]:
    """Everything but files and HTML; shortened to 64 KB."""
    return _body(fitted(message, lambda one: len(json_of(_body(one))), _MOST_BYTES, 500))


def _body(message: Message) -> dict[str, Any]:
    left_out = ("html", "attachments", "lines", "links", "buttons")
    body = {name: value for name, value in message.body().items() if name not in left_out}
    lines = [{"text": line.text, "label": line.label, "ended": line.ended} for line in message.lines]
    links = [{"text": link.text, "url": link.url} for link in message.links]
    return {"schema": SCHEMA, **body, "lines": lines, "links": links}
