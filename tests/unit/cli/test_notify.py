"""``steward notify`` and ``steward silence`` on a receiver that verifies as the vendors do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.clock import SetClock, SystemClock
from agent.config import load
from agent.daemon import telling
from agent.wiring import ledger_of
from tests.mail_receiver import PASSWORD, USER, mail_receiver
from tests.news import alert
from tests.office import CONFIG, Office
from tests.receiver import CHAT, SECRETS, Receiver

_KINDS = ("slack", "feishu", "dingtalk", "wecom", "teams", "telegram", "webhook")
_SIGNED = {"feishu": "19021", "dingtalk": "310000", "telegram": "401", "webhook": "401"}
_BY_ADDRESS = {"slack": "no_service", "wecom": "93000", "teams": "DirectApiAuthorizationRequired"}


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def _channel(receiver: Receiver, kind: str, secret: str | None = None, key: str = "") -> str:
    url = receiver.base if kind == "telegram" else receiver.url(kind, key)
    return (f'[notify.channels.{kind}]\nkind = "{kind}"\nurl = "{url}"\nsecret = "{secret or SECRETS[kind]}"\n'
            f'chat = "{CHAT}"\nallow_private = true\n')  # fmt: skip


@pytest.mark.parametrize("kind", _KINDS)
def test_a_channel_that_works_is_said_to_be_accepted(kind: str, office: Office, receiver: Receiver) -> None:
    receiver.forget()
    office.write(CONFIG + _channel(receiver, kind))
    ran = office.steward("notify", "test", kind)
    assert (ran.code, ran.out.strip()) == (0, f"{kind} ({kind}): accepted")
    assert "Steward can reach you here" in receiver.received[0].text


@pytest.mark.parametrize(("kind", "code"), [*_SIGNED.items(), *_BY_ADDRESS.items()])
def test_a_wrong_secret_is_said_to_be_refused_and_not_repeated(kind: str, code: str, office: Office, receiver: Receiver
                                                              ) -> None:  # fmt: skip
    receiver.forget()
    wrong = {"secret": "wr0ng-s3cret"} if kind in _SIGNED else {"key": "wr0ng-s3cret"}
    office.write(CONFIG + _channel(receiver, kind, **wrong))
    ran = office.steward("notify", "test", kind)
    assert ran.code == 1
    assert f"refused: {code}" in ran.out
    assert "wr0ng-s3cret" not in ran.out + ran.err
    assert receiver.received == []


def test_mail_is_accepted_and_a_wrong_password_is_refused(office: Office, tmp_path: Path) -> None:
    with mail_receiver(tmp_path) as server:

        def text(password: str) -> str:
            return (f'[notify.channels.post]\nkind = "mail"\nsecret = "{password}"\nca_file = "{server.ca_file}"\n'
                    f'language = "zh"\n[notify.channels.post.mail]\nserver = "localhost"\nport = {server.port}\n'
                    f'user = "{USER}"\nsender = "steward@shop.example"\nrecipients = ["a@b.example"]\n')  # fmt: skip

        office.write(CONFIG + text(PASSWORD))
        assert office.steward("notify", "test", "post").code == 0
        assert server.letters[0]["Subject"] == "掌柜可以通过这里联系到您"
        office.write(CONFIG + text("wr0ng-s3cret"))
        ran = office.steward("notify", "test", "post", "--json")
    assert (ran.code, ran.json["told"], ran.json["code"]) == (1, "fatal", "535")
    assert "wr0ng-s3cret" not in ran.out + ran.err


def test_the_doctor_says_which_channel_lacks_what(office: Office, receiver: Receiver) -> None:
    # Without an account: the doctor would wait for an Amazon that is not there.
    office.write(
        CONFIG.partition("[accounts")[0]
        + _channel(receiver, "slack")
        + '[notify.channels.tg]\nkind = "telegram"\nsecret = "x"\n'
    )
    checks = {each["check"]: each for each in office.steward("doctor", "--json").json["checks"]}
    assert (checks["channel slack"]["state"], checks["channel tg"]["state"]) == ("ok", "failed")
    assert checks["channel tg"]["found"] == "the channel 'tg' lacks its chat"


def test_an_unknown_channel_is_a_mistake_that_names_the_known_ones(office: Office, receiver: Receiver) -> None:
    office.write(CONFIG + _channel(receiver, "slack"))
    ran = office.steward("notify", "test", "tame", "--json")
    assert (ran.code, ran.error["hint"]) == (2, "Known: slack")


def test_what_happened_is_told_listed_acknowledged_silenced_and_logged(office: Office, receiver: Receiver) -> None:
    receiver.forget()
    office.write(CONFIG + "[notify]\ngroup_wait_seconds = 0\n" + _channel(receiver, "slack"))
    config = load(office.config, variables={})
    assert office.steward("silence", "add", "title=DM-2", "--for", "8h", "--reason", "moving").code == 0
    clock = SetClock(SystemClock().now())
    with ledger_of(config) as ledger:
        told = [alert(1, at=clock.now()), alert(2, account="south", at=clock.now())]
        ledger.alert(told, [], clock.now(), "r_1")
        with telling(config, ledger, clock) as jobs:
            for job in jobs.values():
                job()
    (opened, other) = office.steward("notify", "open", "--json").json["notices"]
    assert (opened["title"], opened["silenced"], other["silenced"]) == ("DM-1", False, True)
    assert office.steward("notify", "ack", "a_1").code == 0
    assert "acknowledged by" in office.steward("notify", "open").out
    (logged,) = office.steward("notify", "log", "--json").json["messages"]
    assert (logged["state"], logged["channel"], logged["tries"]) == ("sent", "slack", 1)
    assert office.steward("notify", "list", "--json").json["channels"][0]["waiting"] == 0
    (silence,) = office.steward("silence", "list", "--json").json["silences"]
    assert office.steward("silence", "expire", silence["id"]).code == 0
    assert office.steward("silence", "list", "--ended", "--json").json["silences"][0]["active"] is False
    assert office.steward("audit", "verify").code == 0


@pytest.mark.parametrize(
    "wrong",
    [("colour=red", "--for", "8h", "--reason", "x"), ("rule=", "--for", "8h", "--reason", "x"),
     ("rule=*", "--for", "8 hours", "--reason", "x"), ("rule=*", "--for", "91d", "--reason", "x"),
     ("rule=*", "--for", "8h", "--reason", " ")],
)  # fmt: skip
def test_a_silence_without_aim_end_or_reason_is_refused(wrong: tuple[str, ...], office: Office) -> None:
    office.write()
    assert office.steward("silence", "add", *wrong).code == 2


def test_a_silence_may_end_at_a_time_of_the_readers_clock(office: Office) -> None:
    from datetime import UTC, datetime, timedelta

    office.write(CONFIG + '[notify]\ntime_zone = "Asia/Shanghai"\n')
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    for until, ends in ((f"{tomorrow}T09:00", f"{tomorrow}T01:00:00+00:00"),
                        (f"{tomorrow}T09:00-05:00", f"{tomorrow}T14:00:00+00:00")):  # fmt: skip
        ran = office.steward("silence", "add", "key=a_1", "--until", until, "--reason", "on my way", "--json")
        assert ran.code == 0, ran.err
        assert datetime.fromisoformat(ran.json["ends_at"]) == datetime.fromisoformat(ends)
    for wrong in (["--until", "tomorrow"], ["--until", "2020-01-01"], ["--until", f"{tomorrow}", "--for", "8h"],
                  ["--until", str(tomorrow + timedelta(days=200))]):  # fmt: skip
        assert office.steward("silence", "add", "key=a_1", *wrong, "--reason", "x").code == 2
