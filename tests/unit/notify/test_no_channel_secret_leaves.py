"""Secrets of channels are on the wire alone: none is found in a log, an answer, the ledger or a configuration shown."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from pydantic import SecretStr

from agent.clock import SystemClock
from agent.config.notify import Channel, Notify
from agent.ledger import SqlLedger
from agent.notify.opening import opened
from agent.outbound import GuardedDoor
from tests.news import Newsroom, alert
from tests.receiver import APP, CHAT, SECRETS, Receiver

_PRESS = "pr3ss-s3cret-0010"
_KINDS = {name: name.removesuffix("_app") for name in SECRETS}


def _channels(receiver: Receiver) -> dict[str, Channel]:
    base = ("telegram", "feishu_app")
    return {
        name: Channel(kind=kind, url=SecretStr(receiver.base if name in base else receiver.url(name)), chat=CHAT,
                      secret=SecretStr(SECRETS[name]), press_secret=SecretStr(_PRESS), allow_private=True,
                      app=APP if name == "feishu_app" else "")
        for name, kind in _KINDS.items()
    }  # fmt: skip


def _secrets(name: str, channel: Channel) -> list[str]:
    """All of one channel, its address included."""
    path = channel.url.get_secret_value().partition("127.0.0.1")[2].partition("/")[2]
    return [secret for secret in (SECRETS[name], _PRESS, path) if len(secret) > 5]


def _echo(secrets: list[str]) -> dict[str, object]:
    """An answer that repeats everything the vendor was given, and refuses."""
    said = " ".join([*secrets, *(f"token={secret}" for secret in secrets)])
    return {"code": 19021, "errcode": 93000, "ok": False, "msg": said, "errmsg": said, "description": said,
            "error": {"code": said, "message": said}}  # fmt: skip


@pytest.mark.parametrize("status", [200, 400, 500])
def test_no_secret_is_found_where_it_should_not_be(
    status: int, receiver: Receiver, door: GuardedDoor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configured = _channels(receiver)
    ledger = SqlLedger.open(f"sqlite:///{tmp_path / 'steward.db'}")
    room = Newsroom(ledger, Notify(channels=configured))
    room.listeners = {}
    senders = {name: opened(name, each, "", door, SystemClock()) for name, each in configured.items()}
    room.open(alert(1))
    room.run(timedelta(seconds=10))
    with structlog.testing.capture_logs() as logged:
        for name, sender in senders.items():
            # A webhook of any service knows no refusal with 200.
            refused = max(status, 400) if name == "webhook" else status
            receiver.planned = [(refused, _echo(_secrets(name, configured[name])), {})]
            assert room.office.deliver(name, sender) == 0
    ledger.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    seen = json.dumps(logged, default=str) + "".join(capsys.readouterr()) + repr(configured) + repr(senders)
    assert len(logged) == len(configured)
    for name, channel in configured.items():
        for secret in _secrets(name, channel):
            assert secret not in seen
            assert secret.encode() not in kept
