"""Every message people get, in both languages, and every channel's own form of one: reviewed, and held to that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.config.notify import Channel, Notify, Person
from agent.language import speaking
from agent.ledger import SqlLedger
from agent.model.message import Message
from agent.model.rule import Severity
from agent.model.ticket import Task
from agent.notify.channels import dingtalk, feishu, mail, slack, teams, telegram, webhook, wecom
from agent.notify.texts import footer, spoken
from tests.news import ABOUT, NOW, Newsroom, alert, channels, shipped_says
from tests.reviewed import Reviewed
from tests.wishes import wish

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_REVIEW = "差评：这个集线器用了三天就坏了 <b>[退款](https://evil.example)</b> @all"


_NOT_BUYABLE = ("buyable: false, discoverable: false, with 219 units at Amazon and ? of our own: 'material' is "
                "required but not supplied. (90220); 2.4 units a day are lost")  # fmt: skip


def _as_read(message: Message) -> str:
    with speaking(message.language):
        lines = [f"   {spoken(line)}" for line in message.lines]
    about = " · ".join(part for part in (str(message.urgency), message.account, message.rule, footer(message)) if part)
    links = [f"   [{link.text}] {link.url}" for link in message.links]
    buttons = [f"   ({button.text})" for button in message.buttons]
    return "\n".join([f"■ {message.title}", *lines, *links, *buttons, f"   – {about}", ""])


@pytest.fixture(params=["en", "zh"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Newsroom]:
    ledger = SqlLedger.open(f"sqlite:///{tmp_path / 'steward.db'}")
    team = Channel(kind="slack", language=request.param, time_zone="Asia/Shanghai", buttons=True, digest_at="18:00")
    yield Newsroom(ledger, Notify(channels=channels(team=team), people={"ada": Person(slack="U1", approves=True)},
                                  page="https://steward.example.com"), about=ABOUT, says=shipped_says())  # fmt: skip
    ledger.close()


def _story(room: Newsroom) -> None:
    """A day in which everything happens that people are told of."""
    ledger = room.ledger
    room.open(alert(1, reason=_REVIEW), alert(2, rule="ops/credentials", account="south", title="south",
                                              reason="amazon_ads: the refresh token is revoked"))  # fmt: skip
    room.run(_MINUTE)
    room.open(alert(3), alert(4, rule="reviews/negative", severity=Severity.S2, title="B0TEST",
                              task=Task("answer the review", "ada", NOW + _HOUR)),
              alert(5, rule="listing/not-buyable", title="DM-18 · Probiotic", reason=_NOT_BUYABLE,
                    task=Task("Mend the listing.", "ada", NOW + 24 * _HOUR)))  # fmt: skip
    room.run(2 * _MINUTE)
    room.close(alert(1), alert(3))
    room.run(10 * _MINUTE, _MINUTE)
    ledger.switch(stop=True, by="ann", reason="odd bids", at=room.clock.now())
    now = room.clock.now()
    born = {"created_at": now, "known_at": now, "expires_at": now + timedelta(days=3), "account": "north"}
    bids = ("0.75", "1.50", "0.90", "1.05", "0.80", "0.85", "1.10")
    ledger.add([wish(number, after=after, run="r_7", **born) for number, after in enumerate(bids, 1)])
    room.open(*(alert(number, rule="listing/image", severity=Severity.S3, at=now) for number in (11, 12)))
    room.run(_HOUR, 5 * _MINUTE)
    ledger.tickets.escalate(["a_4"], room.clock.now())
    ledger.switch(stop=False, by="ann", reason="all well", at=room.clock.now())
    room.run(5 * _HOUR, 30 * _MINUTE)
    room.open(*(alert(number, rule=f"flood/rule-{number}", at=room.clock.now()) for number in range(20, 32)))
    room.run(_MINUTE)


def test_every_message_reads_as_it_was_reviewed(room: Newsroom, reviewed: Reviewed) -> None:
    _story(room)
    heard = room.listeners["team"].heard
    assert {message.language for message in heard} == {heard[0].language}
    reviewed(f"messages/messages.{heard[0].language}.txt", "\n".join(map(_as_read, heard)))


def _plan_and_incident(room: Newsroom) -> list[Message]:
    _story(room)
    heard = room.listeners["team"].heard
    plan = next(message for message in heard if message.rule == "ads/bid-down")
    return [_steady(heard[0]), _steady(plan)]


def _steady(message: Message) -> Message:
    """Tokens are made by dice."""
    buttons = (replace(button, token=f"ABCDEFGHIJKLMNOP.{index}") for index, button in enumerate(message.buttons))
    return replace(message, buttons=tuple(buttons))


def _forms(message: Message) -> dict[str, Any]:
    letter = mail.composed(message, "Steward <steward@shop.example>", ("ada@shop.example",))
    html = letter.get_body(("html",))
    text = letter.get_body(("plain",))
    assert html is not None
    assert text is not None
    return {
        "slack.json": slack.composed(message), "feishu.json": feishu.composed(message),
        "dingtalk.json": dingtalk.composed(message), "wecom.json": wecom.composed(message, plain=False),
        "wecom-plain.json": wecom.composed(message, plain=True), "teams.json": teams.composed(message),
        "telegram.json": telegram.composed(message), "webhook.json": webhook.composed(message),
        "mail.txt": f"Subject: {letter['Subject']}\n\n{text.get_content()}", "mail.html": html.get_content(),
    }  # fmt: skip


def test_every_channel_says_it_in_its_own_form_as_it_was_reviewed(room: Newsroom, reviewed: Reviewed) -> None:
    for name, message in zip(("incident", "plan"), _plan_and_incident(room), strict=True):
        for form, body in _forms(message).items():
            text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=1) + "\n"
            reviewed(f"messages/{name}.{message.language}.{form}", text)
