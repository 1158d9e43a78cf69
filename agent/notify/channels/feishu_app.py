"""Feishu 飞书 and Lark: an app writes into one chat. Unlike those of a custom bot, its buttons can answer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from agent.model.message import Delivery, Message, Told
from agent.notify.channels import feishu
from agent.notify.channels.answers import Target, body_of, json_of, said
from agent.outbound import Reply
from agent.ports import Clock

ADDRESS = "https://open.feishu.cn"
# Feishu: a tenant token that has expired or was replaced.
_NO_LONGER_GOOD = frozenset({"99991661", "99991663", "99991664", "99991668"})
_EARLY = timedelta(minutes=5)
_LONGEST_ID = 50


@dataclass(slots=True)
class FeishuApp:
    """``target.url`` is the address of Feishu or Lark, ``app`` and ``secret`` are the app's. For one thread."""

    target: Target
    app: str
    secret: str = field(repr=False)
    chat: str
    clock: Clock
    _token: str = field(default="", repr=False)
    _good_until: datetime | None = None

    def send(self, message: Message) -> Delivery:
        """Feishu takes a message of one ``uuid`` once within an hour: a second copy is shown to nobody."""
        fault = self._sign_in()
        if fault is not None:
            return fault
        body = {"receive_id": self.chat, "msg_type": "interactive", "uuid": _uuid(message.id),
                "content": json.dumps(feishu.composed(message), ensure_ascii=False)}  # fmt: skip
        url = f"{self.target.url.rstrip('/')}/open-apis/im/v1/messages?receive_id_type=chat_id"
        reply = self.target.post(json_of(body), {"Authorization": f"Bearer {self._token}"}, url=url)
        if isinstance(reply, Delivery):
            return reply
        delivery = feishu.read(reply, self.clock.now())
        if delivery.code in _NO_LONGER_GOOD:
            self._good_until = None
            return replace(delivery, told=Told.RETRY, retry_after_seconds=1.0)
        return delivery

    def _sign_in(self) -> Delivery | None:
        """Have a token that is good for a while; what went wrong where there is none."""
        now = self.clock.now()
        if self._good_until is not None and now < self._good_until:
            return None
        url = f"{self.target.url.rstrip('/')}/open-apis/auth/v3/tenant_access_token/internal"
        reply = self.target.post(json_of({"app_id": self.app, "app_secret": self.secret}), url=url)
        if isinstance(reply, Delivery):
            return reply
        body = body_of(reply)
        token, seconds = body.get("tenant_access_token"), body.get("expire")
        if not isinstance(token, str) or not isinstance(seconds, int):
            return _refused(reply, body, now)
        self._token, self._good_until = token, now + timedelta(seconds=seconds) - _EARLY
        return None


def _uuid(id: str) -> str:
    """Feishu: at most 50 characters."""
    return id if len(id) <= _LONGEST_ID else sha256(id.encode()).hexdigest()[:_LONGEST_ID]


def _refused(reply: Reply, body: Any, now: datetime) -> Delivery:
    delivery = feishu.read(reply, now)
    return delivery if delivery.told is not Told.OK else Delivery(Told.RETRY, said(body.get("msg")), "no token")
