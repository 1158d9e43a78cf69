"""Each channel against a receiver that verifies and refuses as the vendor does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import SecretStr

from agent.clock import SetClock, SystemClock
from agent.config.notify import Channel
from agent.errors import ConfigError
from agent.model.message import Delivery, Told
from agent.notify.opening import opened
from agent.outbound import GuardedDoor
from agent.ports import Notifier
from tests.receiver import APP, CHAT, SECRETS, Receiver
from tests.unit.notify.conftest import WEBHOOKS, Open, message

_SIGNED = ("feishu", "dingtalk", "telegram", "webhook")
_BY_ADDRESS = ("slack", "feishu", "dingtalk", "wecom", "teams")


@pytest.mark.parametrize("kind", WEBHOOKS)
def test_a_message_is_accepted_and_says_what_it_is_about(kind: str, receiver: Receiver, channel: Open) -> None:
    delivery = channel(kind).send(message())
    assert delivery.told is Told.OK, delivery
    assert "stock for 4 days" in receiver.received[0].text
    assert "inventory/stock" in receiver.received[0].text


@pytest.mark.parametrize("kind", _SIGNED)
def test_a_wrong_secret_is_refused_and_said(kind: str, receiver: Receiver, channel: Open) -> None:
    delivery = channel(kind, secret="wrong").send(message())
    assert (delivery.told, receiver.received) == (Told.FATAL, [])
    assert delivery.code in ("19021", "310000", "401")


@pytest.mark.parametrize("kind", _BY_ADDRESS)
def test_a_deleted_robot_is_refused_and_said(kind: str, receiver: Receiver, channel: Open) -> None:
    delivery = channel(kind, key="deleted").send(message())
    assert (delivery.told, receiver.received) == (Told.FATAL, [])
    assert delivery.detail


@pytest.mark.parametrize("kind", ["feishu", "dingtalk", "webhook"])
def test_a_clock_that_is_off_is_refused_by_those_who_sign(kind: str, receiver: Receiver, channel: Open) -> None:
    late = SetClock(SystemClock().now() - timedelta(hours=2))
    assert channel(kind, clock=late).send(message()).told is Told.FATAL


@pytest.mark.parametrize("kind", ["feishu", "dingtalk"])
def test_a_robot_that_wants_a_word_says_so(kind: str, receiver: Receiver, channel: Open) -> None:
    receiver.keyword = "warehouse"
    delivery = channel(kind).send(message())
    assert delivery.told is Told.FATAL
    assert "ey" in delivery.detail
    assert channel(kind).send(message("the warehouse is on fire")).told is Told.OK


@pytest.mark.parametrize(("kind", "wait"), [("dingtalk", 600), ("wecom", 60), ("telegram", 11)])
def test_who_sends_too_fast_is_told_how_long_to_wait(kind: str, wait: int, receiver: Receiver, channel: Open) -> None:
    sender = channel(kind)
    deliveries = [sender.send(message()) for _ in range(21)]
    assert [each.told for each in deliveries] == [Told.OK] * 20 + [Told.RETRY]
    assert deliveries[-1].retry_after_seconds == wait


_REFUSALS = (
    ("slack", 403, "action_prohibited", Told.FATAL, "action_prohibited"),
    ("slack", 410, "channel_is_archived", Told.FATAL, "channel_is_archived"),
    ("slack", 200, "", Told.FATAL, ""),
    ("slack", 500, "rollup_error", Told.RETRY, "500"),
    ("slack", 429, "rate_limited", Told.RETRY, "429"),
    ("feishu", 200, {"code": 19022, "msg": "Ip Not Allowed"}, Told.FATAL, "19022"),
    ("feishu", 200, {"code": 11232, "msg": "frequency limited"}, Told.RETRY, "11232"),
    ("feishu", 400, {"code": 11246, "msg": "card content is illegal"}, Told.FATAL, "11246"),
    ("dingtalk", 200, {"errcode": 400102, "errmsg": "the robot is stopped"}, Told.FATAL, "400102"),
    ("dingtalk", 200, {"errcode": 310000, "errmsg": "ip not in whitelist"}, Told.FATAL, "310000"),
    ("dingtalk", 200, {"errcode": -1, "errmsg": "the system is busy"}, Told.RETRY, "-1"),
    ("wecom", 200, {"errcode": 40058, "errmsg": "content exceed max length"}, Told.FATAL, "40058"),
    ("wecom", 200, {"errcode": 93004, "errmsg": "the robot is stopped"}, Told.FATAL, "93004"),
    ("teams", 200, "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413",
     Told.FATAL, "413"),
    ("teams", 200, "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429",
     Told.RETRY, "429"),
    ("teams", 404, {"error": {"code": "WorkflowNotFound", "message": "not found"}}, Told.FATAL, "WorkflowNotFound"),
    ("telegram", 403, {"ok": False, "error_code": 403, "description": "Forbidden: bot was kicked"}, Told.FATAL, "403"),
    ("telegram", 200, {"ok": False, "description": "odd"}, Told.FATAL, "200"),
    ("webhook", 302, "", Told.FATAL, "302"),
    ("webhook", 410, "", Told.FATAL, "410"),
    ("webhook", 503, "", Told.RETRY, "503"),
)  # fmt: skip


def test_there_are_at_least_twelve_refusals_of_all_vendors_who_have_a_body_of_their_own() -> None:
    assert len({(kind, status, str(body)) for kind, status, body, *_rest in _REFUSALS}) >= 12
    assert {kind for kind, *_rest in _REFUSALS} == {
        "slack",
        "feishu",
        "dingtalk",
        "wecom",
        "teams",
        "telegram",
        "webhook",
    }


@pytest.mark.parametrize(("kind", "status", "body", "told", "code"), _REFUSALS)
def test_a_refusal_is_never_taken_for_a_delivery(
    kind: str, status: int, body: object, told: Told, code: str, receiver: Receiver, channel: Open
) -> None:
    receiver.planned.append((status, body, {}))
    delivery = channel(kind).send(message())
    assert (delivery.told, delivery.code) == (told, code)


@pytest.mark.parametrize("kind", ["feishu", "dingtalk", "wecom"])
@pytest.mark.parametrize("body", ["<html>a gateway</html>", {}, [1], {"code": "0", "errcode": "0"}])
def test_an_answer_without_the_vendors_code_is_no_delivery(kind: str, body: object, receiver: Receiver, channel: Open
                                                           ) -> None:  # fmt: skip
    receiver.planned.append((200, body, {}))
    assert channel(kind).send(message()).told is Told.RETRY


def _feishu_app(receiver: Receiver, door: GuardedDoor, secret: str = "") -> Notifier:
    given = Channel(kind="feishu", app=APP, secret=SecretStr(secret or SECRETS["feishu_app"]), chat=CHAT,
                    url=SecretStr(receiver.base), allow_private=True, buttons=True)  # fmt: skip
    return opened("team", given, "", door, SystemClock())


def test_a_feishu_app_signs_in_again_when_it_must_and_a_message_is_shown_once(receiver: Receiver, door: GuardedDoor
                                                                              ) -> None:  # fmt: skip
    sender = _feishu_app(receiver, door)
    assert [sender.send(message()).told for _ in range(2)] == [Told.OK, Told.OK]
    (shown,) = receiver.received
    actions = shown.body["content"]["elements"][-2]["actions"]
    assert actions[-1]["value"] == {"steward": message().buttons[0].token}
    receiver.access = "t-second-access-token"
    assert sender.send(message()).code == "99991663"
    assert sender.send(message()).told is Told.OK


def test_a_feishu_app_with_a_wrong_secret_is_refused_and_said(receiver: Receiver, door: GuardedDoor) -> None:
    delivery = _feishu_app(receiver, door, "wr0ng-s3cret").send(message())
    assert (delivery.told, delivery.code, receiver.received) == (Told.FATAL, "10014", [])


def test_nobody_at_the_other_end_is_tried_again(door: GuardedDoor) -> None:
    given = Channel(kind="slack", url=SecretStr("http://127.0.0.1:1/x"), allow_private=True)
    assert opened("team", given, "", door, SystemClock()).send(message()) == Delivery(
        Told.RETRY, "no connection", "network"
    )


_REVIEW = "这个集线器用了三天就坏了，客服一直不回复，" * 200
_NASTY = (
    '<!channel> <@U1> <script>alert(1)</script> [click](https://evil.example/x) ![p](https://evil.example/p.png) '
    "<font color='red'>x</font> <at id=all></at> @all **b** _i_ `c` # h & &amp; <https://evil.example|ok> \u202etxt\x00"
)  # fmt: skip


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("kind", WEBHOOKS)
def test_a_long_chinese_review_fits_every_limit_and_is_cut_between_characters(
    kind: str, plain: bool, receiver: Receiver, channel: Open
) -> None:
    assert len(_REVIEW) >= 4_000
    assert channel(kind, plain=plain).send(message(_REVIEW, language="zh")).told is Told.OK
    text = receiver.received[0].text
    assert "这个集线器用了三天就坏了" in text
    assert "\ufffd" not in text
    assert len(text) < 4_000 or "客服一直不回复，" in text


@pytest.mark.parametrize("kind", WEBHOOKS)
def test_fifty_long_lines_fit_and_the_rest_is_counted(kind: str, receiver: Receiver, channel: Open) -> None:
    lines = [f"{number}: {_REVIEW[:900]}" for number in range(50)]
    assert channel(kind).send(message(*lines)).told is Told.OK
    text = receiver.received[0].text
    assert "0: 这个集线器" in text
    assert "more" in text or kind == "webhook"


@pytest.mark.parametrize("kind", WEBHOOKS)
def test_markup_in_a_title_or_a_review_does_nothing(kind: str, receiver: Receiver, channel: Open) -> None:
    assert channel(kind).send(message(_NASTY, title=_NASTY)).told is Told.OK
    text = receiver.received[0].text
    assert "\u202e" not in text
    assert "\x00" not in text
    if kind in ("dingtalk", "wecom"):
        own = text.replace("[Open](https://steward.example.com/alerts)", "").replace("\n> ", "")
        assert not set("[]<>`@") & set(own)
        assert "https://" not in own


@pytest.mark.parametrize("kind", WEBHOOKS)
def test_no_secret_is_seen_in_what_a_channel_says_of_itself(kind: str, receiver: Receiver, channel: Open) -> None:
    secret = SECRETS[kind]
    receiver.planned.append((400, {"errmsg": f"bad token={secret}", "msg": f"secret={secret}", "errcode": 1, "code": 1,
                                   "ok": False, "description": f"bot{secret}"}, {}))  # fmt: skip
    sender = channel(kind)
    delivery = sender.send(message())
    assert delivery.told is not Told.OK
    assert secret not in repr(delivery)
    assert secret not in repr(sender)


@pytest.mark.parametrize("kind", ["slack", "feishu", "dingtalk", "wecom", "teams", "telegram"])
def test_only_the_vendor_is_called_unless_the_channel_may_go_elsewhere(kind: str, receiver: Receiver, door: GuardedDoor
                                                                       ) -> None:  # fmt: skip
    url = f"https://chat.evil.example/{SECRETS[kind]}"
    given = Channel(kind=kind, url=SecretStr(url), secret=SecretStr("s"), chat="1")
    delivery = opened("team", given, "", door, SystemClock()).send(message())
    assert (delivery.told, delivery.code) == (Told.FATAL, "address")
    assert SECRETS[kind] not in repr(delivery)
    assert receiver.asked == 0


def test_a_channel_that_lacks_what_it_needs_says_which_setting(door: GuardedDoor) -> None:
    with pytest.raises(ConfigError) as caught:
        opened("team", Channel(kind="slack"), "", door, SystemClock())
    assert caught.value.setting == "notify.channels.team.url"
