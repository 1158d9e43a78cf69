"""One receiver for all tests of a module, and channels that are opened as the configuration has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from agent.clock import SystemClock
from agent.config.notify import Channel, Mail
from agent.model.message import Button, Line, Link, Message, Urgency
from agent.model.rule import Severity
from agent.notify.opening import opened
from agent.outbound import GuardedDoor
from agent.ports import Clock, Notifier
from tests.receiver import CHAT, SECRETS, Receiver

AT = datetime(2026, 3, 17, 6, 30, tzinfo=UTC)
WEBHOOKS = ("slack", "feishu", "dingtalk", "wecom", "teams", "telegram", "webhook")
Open = Callable[..., Notifier]


@pytest.fixture(scope="module")
def serving() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def receiver(serving: Receiver) -> Receiver:
    serving.forget()
    return serving


@pytest.fixture(scope="module")
def door() -> Iterator[GuardedDoor]:
    door = GuardedDoor()
    yield door
    door.close()


@pytest.fixture
def channel(receiver: Receiver, door: GuardedDoor) -> Open:
    """Opens a channel that leads to the receiver; ``key``: to a robot that was deleted."""

    def of(kind: str, secret: str | None = None, key: str = "", clock: Clock | None = None, **more: Any) -> Notifier:
        url = receiver.base if kind == "telegram" else receiver.url(kind, key)
        given = SECRETS[kind] if secret is None else secret
        settings = {"kind": kind, "url": SecretStr(url), "secret": SecretStr(given), "chat": CHAT, **more}
        return opened("team", Channel(allow_private=True, **settings), "", door, clock or SystemClock())

    return of


def mail_channel(port: int, ca_file: str, security: str, user: str = "", password: str = "", server: str = "localhost"
                 ) -> Notifier:  # fmt: skip
    mail = Mail(server=server, port=port, security=security, user=user, sender="Steward <steward@shop.example>",
                recipients=("ada@shop.example",))  # fmt: skip
    channel = Channel(kind="mail", secret=SecretStr(password), mail=mail)
    return opened("mail", channel, ca_file, GuardedDoor(), SystemClock())


def message(*texts: str, title: str = "Stock runs out: 2 alerts", **more: Any) -> Message:
    lines = tuple(Line(text, "S1") for text in texts or ("DM-21 has stock for 4 days; the next order takes 31",))
    given: dict[str, Any] = {
        "severity": Severity.S1, "account": "north", "rule": "inventory/stock-out-ahead",
        "links": (Link("Open", "https://steward.example.com/alerts"),),
        "buttons": (Button("Approve", "AbCdEfGhIjKlMnOp.QrStUvWxYz0123456789", "yes"),), **more,
    }  # fmt: skip
    return Message("n_7F3KQ2M9XA", Urgency.URGENT, title, AT, lines, **given)
