"""Buttons that are pressed in chats, over real HTTP: from the message a vendor got to what it is answered."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import structlog

from agent.clock import SetClock
from agent.config import Config, load
from agent.ledger import SqlLedger
from agent.mint import mint
from agent.model.proposal import State
from agent.notify.office import Office
from agent.notify.setup import doors, notifiers_of, office_of
from agent.ports import Notifier
from agent.web.desk import Desk
from agent.web.serving import PageServer
from agent.wiring import ledger_of
from tests.browser.conftest import free_port
from tests.page_shop import QUICK
from tests.presses import MESSAGE, SECRET, USERS, Request, challenge, press, signed
from tests.receiver import APP, CHAT, SECRETS, Receiver
from tests.wishes import NOW, wish

_CHANNELS = {"slack": "team", "feishu": "qun", "telegram": "bot"}
_SENT_AS = {"slack": "slack", "feishu": "feishu_app", "telegram": "telegram"}
_CONFIG = """\
database = "sqlite:///steward.db"
facts = "facts"
[page]
port = {port}
[notify]
page = "https://ops.example.com"
[notify.people.ada]
slack = "U1"
feishu = "ou_1"
telegram = "7"
approves = true
[notify.people.bob]
slack = "U2"
feishu = "ou_2"
telegram = "8"
[notify.channels.team]
buttons = true
kind = "slack"
language = "en"
url = "{slack}"
[notify.channels.qun]
buttons = true
kind = "feishu"
language = "zh"
url = "{base}"
app = "{app}"
chat = "{chat}"
secret = "{feishu}"
[notify.channels.bot]
buttons = true
kind = "telegram"
language = "zh"
url = "{base}"
chat = "{chat}"
secret = "{telegram}"
[notify.channels.quiet]
kind = "slack"
url = "{slack}"
buttons = false
[notify.channels.off]
buttons = true
kind = "slack"
url = "{slack}"
enabled = false
"""


@dataclass
class Chats:
    """An installation whose page is open, and which tells three chats of what is to be decided."""

    config: Config
    ledger: SqlLedger
    receiver: Receiver
    clock: SetClock
    office: Office
    notifiers: Mapping[str, Notifier]
    base: str
    _numbers: Iterator[int] = field(default_factory=count)
    _rule: str = ""
    """What was asked of last: what a vendor hears late is of an earlier question."""

    def asked(self, kind: str, rule: str) -> tuple[tuple[str, ...], str, str]:
        """Three changes that a chat is asked about; their ids, and the tokens of yes and no that it was sent."""
        self.receiver.forget()
        self._rule = rule
        # A chat is told only so much in a minute.
        self.clock.sleep(60)
        now = self.clock.now()
        born = {"created_at": now, "known_at": now, "expires_at": now + timedelta(days=3), "rule": rule}
        made = [wish(next(self._numbers), run=f"r_{rule}", **born) for _ in range(3)]
        self.ledger.add(made)
        self.office.read()
        self.office.flush()
        for name, notifier in self.notifiers.items():
            self.office.deliver(name, notifier)
        ((yes, no),) = [tokens for each in self.receiver.received if each.kind == _SENT_AS[kind] and rule in each.text
                        and (tokens := _tokens(each.body))]  # fmt: skip
        return tuple(each.id for each in made), yes, no

    def call(self, channel: str, request: Request) -> tuple[int, Any]:
        """The status and what was answered: JSON where it is some, else text."""
        headers, body = request
        call = urllib.request.Request(f"{self.base}/hooks/{channel}", body, dict(headers), method="POST")
        try:
            with urllib.request.urlopen(call, timeout=10) as answer:
                status, raw = answer.status, answer.read()
        except urllib.error.HTTPError as fault:
            status, raw = fault.code, fault.read()
        try:
            return status, json.loads(raw)
        except ValueError:
            return status, raw.decode()

    def press(self, kind: str, token: str, user: str = "", secret: str = SECRET) -> tuple[int, Any]:
        to = self.receiver.response_url
        return self.call(_CHANNELS[kind], press(kind, token, self.clock.now(), user, secret, to))

    def said(self, kind: str, answer: Any) -> str:
        """What whoever pressed reads."""
        if kind == "feishu":
            return str(answer["toast"]["content"])
        if kind == "telegram":
            assert (answer["method"], answer["callback_query_id"]) == ("answerCallbackQuery", "q-1")
            return str(answer["text"])
        assert answer == ""
        return self._heard("slack_answer").text

    def changed(self, kind: str, answer: Any) -> Mapping[str, Any]:
        """The message as everybody in the chat sees it from now on."""
        if kind == "feishu":
            assert answer["card"]["type"] == "raw"
            return dict(answer["card"]["data"])
        found = self._heard({"slack": "slack_answer", "telegram": "telegram_edit"}[kind])
        if kind == "telegram":
            assert found.body["message_id"] == MESSAGE
        return found.body

    def _heard(self, kind: str) -> Any:
        """Vendors are called once they have their answer, a moment later."""
        from time import monotonic, sleep

        until = monotonic() + 5
        while monotonic() < until:
            heard = [(each, json.dumps(each.body)) for each in self.receiver.received if each.kind == kind]
            found = [each for each, text in heard if self._rule in text or "ads/" not in text]
            if found:
                return found[-1]
            sleep(0.01)
        raise AssertionError(f"{kind} heard nothing")


def _tokens(body: Any) -> list[str]:
    """The tokens of the buttons of a message, in their order."""
    if isinstance(body, Mapping):
        own = [value for name, value in body.items() if name in ("value", "steward", "callback_data")
               and isinstance(value, str)]  # fmt: skip
        return own + [token for each in body.values() for token in _tokens(each)]
    return [token for each in body for token in _tokens(each)] if isinstance(body, list) else []


@pytest.fixture(scope="module")
def chats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chats]:
    with ExitStack() as stack:
        receiver, folder, port = stack.enter_context(Receiver()), tmp_path_factory.mktemp("chats"), free_port()
        config, clock = _configured(folder, receiver, port), SetClock(NOW)
        ledger = stack.enter_context(ledger_of(config))
        door = stack.enter_context(doors())
        stack.enter_context(PageServer(Desk.of(config, ledger, local_name="", clock=clock, passwords=QUICK)))
        office = office_of(config, ledger, clock, mint, lambda rule: "", hurried=True)
        yield Chats(config, ledger, receiver, clock, office, notifiers_of(config, door, clock),
                    f"http://127.0.0.1:{port}")  # fmt: skip


def _configured(folder: Path, receiver: Receiver, port: int) -> Config:
    path = folder / "steward.toml"
    text = _CONFIG.format(port=port, slack=receiver.url("slack"), base=receiver.base, app=APP, chat=CHAT,
                          feishu=SECRETS["feishu_app"], telegram=SECRETS["telegram"])  # fmt: skip
    text = text.replace("kind =", f'allow_private = true\npress_secret = "{SECRET}"\nkind =')
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return load(path, variables={})


@pytest.mark.parametrize("kind", USERS)
def test_a_pressed_button_approves_once_and_the_chat_sees_who_did(kind: str, chats: Chats) -> None:
    ids, token, _no = chats.asked(kind, f"ads/once-{kind}")
    status, answer = chats.press(kind, token)
    assert status == 200
    words = "3 changes approved by ada" if kind == "slack" else "ada 已批准 3 项改动"
    assert words in chats.said(kind, answer)
    shown = chats.changed(kind, answer)
    assert words in json.dumps(shown, ensure_ascii=False)
    assert _tokens(shown) == []
    assert {each.state for each in chats.ledger.proposals(ids=ids)} == {State.APPROVED}
    decisions = chats.ledger.decisions(ids)
    assert [(each.decision.by, each.decision.through) for id in ids for each in decisions[id]] == [("ada", kind)] * 3

    chats.receiver.forget()
    status, answer = chats.press(kind, token)
    assert status == 200
    used = "this button was used before: by ada" if kind == "slack" else "按钮已经用过: 操作人：ada"
    assert used in chats.said(kind, answer)
    assert {id: len(found) for id, found in chats.ledger.decisions(ids).items()} == dict.fromkeys(ids, 1)


@pytest.mark.parametrize("kind", USERS)
def test_a_no_is_a_no_and_what_changed_meanwhile_stays(kind: str, chats: Chats) -> None:
    ids, _yes, token = chats.asked(kind, f"ads/no-{kind}")
    chats.ledger.move(ids[:1], State.PROPOSED, State.EXPIRED, "steward", chats.clock.now(), {})
    words = chats.said(kind, chats.press(kind, token)[1])
    both = (
        "2 changes rejected by ada; 1 had changed meanwhile and stays as it is",
        "ada 已驳回 2 项改动；1 项此前已有变动，保持原样",
    )
    assert both[kind != "slack"] in words
    assert [each.state for each in chats.ledger.proposals(ids=ids, newest_first=False)] == [
        State.EXPIRED, State.REJECTED, State.REJECTED,
    ]  # fmt: skip


@pytest.mark.parametrize("kind", USERS)
def test_what_the_vendor_did_not_sign_looks_like_a_channel_that_there_is_not(kind: str, chats: Chats) -> None:
    ids, token, _no = chats.asked(kind, f"ads/forged-{kind}")
    forged = chats.press(kind, token, secret="another secret")
    assert forged[0] == 404
    assert chats.call("nobody", press(kind, token, chats.clock.now())) == forged
    for name in ("quiet", "off"):
        assert chats.call(name, press("slack", token, chats.clock.now())) == forged
    assert chats.ledger.decisions(ids) == {}


@pytest.mark.parametrize("kind", USERS)
def test_a_button_that_has_expired_says_so_in_the_language_of_the_chat(kind: str, chats: Chats) -> None:
    ids, token, _no = chats.asked(kind, f"ads/late-{kind}")
    chats.clock.sleep(24 * 3600)
    status, answer = chats.press(kind, token)
    assert status == 200
    late = "Nothing was decided: this button has expired" if kind == "slack" else "未做任何决定：按钮已过期"
    assert late in chats.said(kind, answer)
    assert chats.ledger.decisions(ids) == {}


@pytest.mark.parametrize("kind", USERS)
def test_who_may_not_decide_is_told_so_and_nobody_else_sees_it(kind: str, chats: Chats) -> None:
    ids, token, _no = chats.asked(kind, f"ads/bob-{kind}")
    other = {"slack": "U2", "feishu": "ou_2", "telegram": "8"}[kind]
    words = chats.said(kind, chats.press(kind, token, user=other)[1])
    assert ("bob may not decide in chats" if kind == "slack" else "bob") in words
    assert chats.ledger.decisions(ids) == {}
    changed = [
        each for each in chats.receiver.received if each.kind == "telegram_edit" or "replace_original" in each.body
    ]
    assert not [each for each in changed if f"ads/bob-{kind}" in each.text]


def test_feishu_is_told_its_word_so_that_the_address_can_be_written_down(chats: Chats) -> None:
    assert chats.call("qun", challenge("4f-a-word")) == (200, {"challenge": "4f-a-word"})


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("slack", {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": "open_0"}]}),
        ("telegram", {"update_id": 2, "message": {"text": "hello"}}),
    ],
)
def test_what_is_no_press_is_acknowledged_so_that_the_vendor_does_not_ask_again(
    kind: str, body: Mapping[str, Any], chats: Chats
) -> None:
    assert chats.call(_CHANNELS[kind], signed(kind, body, chats.clock.now())) == (200, "")


def test_whoever_knocks_too_often_waits_and_a_chat_does_not(chats: Chats) -> None:
    ids, token, _no = chats.asked("telegram", "ads/flood")
    chats.clock.sleep(120)
    knocks = [chats.call("bot", press("telegram", token, NOW, secret="a guess"))[0] for _ in range(33)]
    assert knocks == [404] * 30 + [429] * 3
    assert chats.press("telegram", token)[0] == 200
    assert len(chats.ledger.decisions(ids)) == 3
    chats.clock.sleep(120)


def test_what_is_too_long_for_a_button_is_not_read(chats: Chats) -> None:
    headers, body = press("telegram", "x.y", chats.clock.now())
    assert chats.call("bot", (headers, body + b" " * 70_000))[0] == 413


def test_no_secret_and_no_token_is_logged(chats: Chats) -> None:
    _ids, token, _no = chats.asked("slack", "ads/log")
    with structlog.testing.capture_logs() as logged:
        for secret in (SECRET, "another secret"):
            chats.press("slack", token, secret=secret)
        gone = press("slack", token, chats.clock.now(), reply_to=f"{chats.receiver.base}/actions/T1/77/g0ne-s3cret")
        chats.call("team", gone)
        chats.said("slack", "")
    seen = json.dumps(logged, default=str)
    assert "press_refused" in seen
    for secret in (SECRET, token, token.partition(".")[0], "r3sponse-k3y", "g0ne-s3cret", SECRETS["slack"]):
        assert secret not in seen
    assert chats.ledger.verify().ok
