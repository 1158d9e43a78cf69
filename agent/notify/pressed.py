"""A button that was pressed, as each vendor reports it: who says so, and who pressed it.

Slack signs the request with the app's signing secret, Feishu signs and encrypts it with the app's encrypt key, Telegram
sends back the secret that the webhook was set up with. Without that a press is nobody's; what it decides is settled by
its own token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from agent.errors import ForbiddenError
from agent.language import _

LARGEST = 64 * 1024
"""Bytes of a request; what vendors send of a button is far smaller."""
_OLDEST_SECONDS = 300
_BLOCK_BYTES = 16


@dataclass(frozen=True, slots=True)
class Press:
    """``token``: of the button; ``user``: the vendor's id of who pressed it.

    ``reply_to``: where the vendor takes an answer (Slack: an address; Telegram: the id of this press). ``shown``: the
    vendor's id of the message that the button belongs to, where it takes one.
    """

    token: str = field(repr=False)
    user: str
    reply_to: str = field(default="", repr=False)
    shown: int | None = None


@dataclass(frozen=True, slots=True)
class Challenge:
    """Feishu asks whether this address is ours, and wants to hear its own word."""

    word: str


Heard = Press | Challenge | None


def pressed(kind: str, headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> Heard:
    """Read a vendor's request. Header names are lower case. None: the vendor's, and nothing to do with our buttons.

    Raises ``ForbiddenError`` for a request the vendor did not make, and one that is older than five minutes; without a
    secret nothing is believed.
    """
    read = _KINDS.get(kind)
    if read is None or not secret or len(body) > LARGEST:
        raise _refused()
    try:
        return read(headers, body, secret, now)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        raise _refused() from None


def _slack(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> Heard:
    moment = headers["x-slack-request-timestamp"]
    base = b"v0:" + moment.encode() + b":" + body
    _must_match(headers["x-slack-signature"], "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest())
    _must_be_fresh(moment, now)
    payload: Any = json.loads(parse_qs(body.decode())["payload"][0])
    # Slack: a button that only opens a page is reported as well, without a value.
    if payload["type"] != "block_actions" or "value" not in payload["actions"][0]:
        return None
    return Press(str(payload["actions"][0]["value"]), str(payload["user"]["id"]), str(payload.get("response_url", "")))


def _feishu(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> Heard:
    payload: Any = json.loads(_decrypted(str(json.loads(body)["encrypt"]), secret))
    if payload.get("type") == "url_verification":
        # Feishu: not signed, unlike all others; but only Feishu can have encrypted it.
        return Challenge(str(payload["challenge"]))
    moment, nonce = headers["x-lark-request-timestamp"], headers["x-lark-request-nonce"]
    # Feishu: a plain hash over time, nonce, key and body as it was sent, without HMAC.
    right = hashlib.sha256((moment + nonce + secret).encode() + body).hexdigest()
    _must_match(headers["x-lark-signature"], right)
    _must_be_fresh(moment, now)
    event = payload["event"]
    if payload["header"]["event_type"] != "card.action.trigger" or "steward" not in event["action"]["value"]:
        return None
    return Press(str(event["action"]["value"]["steward"]), str(event["operator"]["open_id"]))


def _telegram(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> Heard:
    _must_match(headers["x-telegram-bot-api-secret-token"], secret)
    update: Any = json.loads(body)
    if "callback_query" not in update:
        # Telegram: whatever else is written to the bot; it is sent again and again until it is answered with 200.
        return None
    query = update["callback_query"]
    shown = query.get("message", {}).get("message_id")
    return Press(str(query["data"]), str(query["from"]["id"]), str(query["id"]), None if shown is None else int(shown))


def _decrypted(text: str, secret: str) -> bytes:
    """Feishu: AES-256-CBC under the hash of the key, behind its first block."""
    raw = base64.b64decode(text, validate=True)
    cipher = Cipher(algorithms.AES256(hashlib.sha256(secret.encode()).digest()), modes.CBC(raw[:_BLOCK_BYTES]))
    opener, bare = cipher.decryptor(), PKCS7(_BLOCK_BYTES * 8).unpadder()
    padded = opener.update(raw[_BLOCK_BYTES:]) + opener.finalize()
    return bare.update(padded) + bare.finalize()


def _must_match(given: str, right: str) -> None:
    if not hmac.compare_digest(given.encode(), right.encode()):
        raise _refused()


def _must_be_fresh(moment: str, now: datetime) -> None:
    if abs(now.timestamp() - int(moment)) > _OLDEST_SECONDS:
        raise _refused()


def _refused() -> ForbiddenError:
    return ForbiddenError(
        _("this is no button that was pressed in a chat of ours"),
        hint=_("set press_secret of the channel to what the vendor signs with"),
    )


_KINDS: Mapping[str, Callable[[Mapping[str, str], bytes, str, datetime], Heard]] = {
    "slack": _slack, "feishu": _feishu, "telegram": _telegram,
}  # fmt: skip
