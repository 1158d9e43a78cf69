"""Pressed buttons as the vendors report them: each request signed, and for Feishu encrypted, as they do it.

Written down from the vendors' pages, without a look at what reads them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
USERS = {"slack": "U1", "feishu": "ou_1", "telegram": "7"}
MESSAGE = 41
Request = tuple[Mapping[str, str], bytes]


def press(kind: str, token: str, at: datetime, user: str = "", secret: str = SECRET, reply_to: str = "") -> Request:
    """Somebody presses the button with this token."""
    made = {"slack": _slack_press, "feishu": _feishu_press, "telegram": _telegram_press}[kind]
    body = made(token, user or USERS[kind], reply_to)
    return signed(kind, body, at, secret)


def signed(kind: str, body: Mapping[str, Any], at: datetime, secret: str = SECRET) -> Request:
    """Whatever a vendor sends to the address of its buttons."""
    return {"slack": _slack, "feishu": _feishu, "telegram": _telegram}[kind](body, at, secret)


def challenge(word: str, secret: str = SECRET) -> Request:
    """What Feishu asks of an address that somebody writes down in the developer console; it carries no signature."""
    body = {"challenge": word, "token": "verification-token", "type": "url_verification"}
    return {"content-type": "application/json"}, _encrypted(body, secret)


def _slack_press(token: str, user: str, reply_to: str) -> Mapping[str, Any]:
    action = {"type": "button", "action_id": f"steward_{token[:8]}", "value": token}
    return {"type": "block_actions", "user": {"id": user}, "actions": [action], "response_url": reply_to}


def _slack(body: Mapping[str, Any], at: datetime, secret: str) -> Request:
    raw, moment = urlencode({"payload": json.dumps(body)}).encode(), str(int(at.timestamp()))
    mark = hmac.new(secret.encode(), f"v0:{moment}:".encode() + raw, hashlib.sha256).hexdigest()
    return {"content-type": "application/x-www-form-urlencoded", "x-slack-request-timestamp": moment,
            "x-slack-signature": f"v0={mark}"}, raw  # fmt: skip


def _feishu_press(token: str, user: str, reply_to: str) -> Mapping[str, Any]:
    event = {"operator": {"open_id": user}, "action": {"tag": "button", "value": {"steward": token}},
             "context": {"open_message_id": "om_1"}}  # fmt: skip
    return {"schema": "2.0", "header": {"event_type": "card.action.trigger"}, "event": event}


def _feishu(body: Mapping[str, Any], at: datetime, secret: str) -> Request:
    raw, moment = _encrypted(body, secret), str(int(at.timestamp()))
    mark = hashlib.sha256(f"{moment}nonce{secret}".encode() + raw).hexdigest()
    return {"content-type": "application/json", "x-lark-request-timestamp": moment, "x-lark-request-nonce": "nonce",
            "x-lark-signature": mark}, raw  # fmt: skip


def _encrypted(body: Mapping[str, Any], secret: str) -> bytes:
    text, first = json.dumps(body).encode(), b"0123456789abcdef"
    missing = 16 - len(text) % 16
    key = algorithms.AES256(hashlib.sha256(secret.encode()).digest())
    lock = Cipher(key, modes.CBC(first)).encryptor()
    closed = lock.update(text + bytes([missing]) * missing) + lock.finalize()
    return json.dumps({"encrypt": base64.b64encode(first + closed).decode()}).encode()


def _telegram_press(token: str, user: str, reply_to: str) -> Mapping[str, Any]:
    query = {"id": "q-1", "from": {"id": int(user)}, "data": token,
             "message": {"message_id": MESSAGE, "chat": {"id": -1001234}, "text": "what it said"}}  # fmt: skip
    return {"update_id": 1, "callback_query": query}


def _telegram(body: Mapping[str, Any], at: datetime, secret: str) -> Request:
    headers = {"content-type": "application/json", "x-telegram-bot-api-secret-token": secret}
    return headers, json.dumps(body).encode()
