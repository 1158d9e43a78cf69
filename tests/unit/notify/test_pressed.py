"""Only the vendor can say that a button was pressed, and only for a while."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from agent.errors import ForbiddenError
from agent.notify.pressed import Press, pressed

_NOW = datetime(2026, 3, 17, 9, tzinfo=UTC)
_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
Request = tuple[Mapping[str, str], bytes]


def _slack(secret: str = _SECRET, at: datetime = _NOW) -> Request:
    payload = {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"value": "id.signature"}]}
    body, moment = urlencode({"payload": json.dumps(payload)}).encode(), str(int(at.timestamp()))
    signed = hmac.new(secret.encode(), f"v0:{moment}:".encode() + body, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": moment, "x-slack-signature": f"v0={signed}"}, body


def _feishu(secret: str = _SECRET, at: datetime = _NOW) -> Request:
    event = {"operator": {"open_id": "U1"}, "action": {"value": {"steward": "id.signature"}}}
    body, moment = json.dumps({"schema": "2.0", "event": event}).encode(), str(int(at.timestamp()))
    signed = hashlib.sha256(f"{moment}nonce{secret}".encode() + body).hexdigest()
    return {"x-lark-request-timestamp": moment, "x-lark-request-nonce": "nonce", "x-lark-signature": signed}, body


def _telegram(secret: str = _SECRET, at: datetime = _NOW) -> Request:
    query = {"id": "1", "from": {"id": "U1"}, "data": "id.signature"}
    return {"x-telegram-bot-api-secret-token": secret}, json.dumps({"callback_query": query}).encode()


_REQUESTS = {"slack": _slack, "feishu": _feishu, "telegram": _telegram}


@pytest.mark.parametrize("kind", _REQUESTS)
def test_a_press_says_which_button_and_who(kind: str) -> None:
    headers, body = _REQUESTS[kind]()
    assert pressed(kind, headers, body, _SECRET, _NOW) == Press("id.signature", "U1")


@pytest.mark.parametrize("kind", _REQUESTS)
def test_what_the_vendor_did_not_sign_is_refused(kind: str) -> None:
    good, body = _REQUESTS[kind]()
    forged, _body = _REQUESTS[kind]("another secret")
    for headers, said, secret in (
        (forged, body, _SECRET),
        ({}, body, _SECRET),
        (good, body, ""),
        (good, b"{", _SECRET),
    ):
        with pytest.raises(ForbiddenError):
            pressed(kind, headers, said, secret, _NOW)


@pytest.mark.parametrize("kind", ["slack", "feishu"])
def test_an_old_request_is_refused_so_that_none_can_be_played_again(kind: str) -> None:
    headers, body = _REQUESTS[kind]()
    with pytest.raises(ForbiddenError):
        pressed(kind, headers, body, _SECRET, _NOW + timedelta(minutes=6))


def test_other_kinds_have_no_buttons() -> None:
    with pytest.raises(ForbiddenError):
        pressed("wecom", *_slack(), _SECRET, _NOW)
