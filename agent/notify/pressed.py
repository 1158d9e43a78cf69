"""A button that was pressed, as each vendor reports it: who says so, and who pressed it.

Slack signs the request with the app's signing secret, Feishu with the app's encrypt key, Telegram sends back the secret
that the webhook was set up with. Without that a press is nobody's; what it decides is settled by its own token.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from agent.errors import ForbiddenError
from agent.language import _

_OLDEST_SECONDS = 300
_LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Press:
    """``token``: of the button; ``user``: the vendor's id of who pressed it."""

    token: str = field(repr=False)
    user: str


def pressed(kind: str, headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> Press:
    """Read a vendor's request. Header names are lower case.

    Raises ``ForbiddenError`` for a request the vendor did not make, one that is older than five minutes, and one that
    presses no button of ours; without a secret nothing is believed.
    """
    read = _KINDS.get(kind)
    if read is None or not secret or len(body) > _LARGEST:
        raise _refused()
    try:
        return read(headers, body, secret, now)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise _refused() from None


def _slack(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> Press:
    moment = headers["x-slack-request-timestamp"]
    base = b"v0:" + moment.encode() + b":" + body
    _must_match(headers["x-slack-signature"], "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest())
    _must_be_fresh(moment, now)
    payload: Any = json.loads(parse_qs(body.decode())["payload"][0])
    if payload["type"] != "block_actions":
        raise _refused()
    return Press(str(payload["actions"][0]["value"]), str(payload["user"]["id"]))


def _feishu(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> Press:
    moment, nonce = headers["x-lark-request-timestamp"], headers["x-lark-request-nonce"]
    # Feishu: a plain hash over time, nonce, key and body, without HMAC.
    right = hashlib.sha256((moment + nonce + secret).encode() + body).hexdigest()
    _must_match(headers["x-lark-signature"], right)
    _must_be_fresh(moment, now)
    payload: Any = json.loads(body)
    event = payload.get("event", payload)
    user = event["operator"]["open_id"] if "operator" in event else event["open_id"]
    return Press(str(event["action"]["value"]["steward"]), str(user))


def _telegram(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> Press:
    _must_match(headers["x-telegram-bot-api-secret-token"], secret)
    query: Any = json.loads(body)["callback_query"]
    return Press(str(query["data"]), str(query["from"]["id"]))


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


_KINDS: Mapping[str, Callable[[Mapping[str, str], bytes, str, datetime], Press]] = {
    "slack": _slack, "feishu": _feishu, "telegram": _telegram,
}  # fmt: skip
