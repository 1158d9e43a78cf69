"""Only the vendor can say that a button was pressed, and only for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agent.errors import ForbiddenError
from agent.notify.pressed import Challenge, Press, pressed
from tests.presses import MESSAGE, SECRET, USERS, challenge, press, signed

_NOW = datetime(2026, 3, 17, 9, tzinfo=UTC)
_TOKEN = "id.signature"
_SAID = {
    "slack": Press(_TOKEN, "U1", "https://hooks.slack.com/actions/1"), "feishu": Press(_TOKEN, "ou_1"),
    "telegram": Press(_TOKEN, "7", "q-1", MESSAGE),
}  # fmt: skip


@pytest.mark.parametrize("kind", USERS)
def test_a_press_says_which_button_and_who(kind: str) -> None:
    headers, body = press(kind, _TOKEN, _NOW, reply_to="https://hooks.slack.com/actions/1")
    assert pressed(kind, headers, body, SECRET, _NOW) == _SAID[kind]


@pytest.mark.parametrize("kind", USERS)
def test_what_the_vendor_did_not_sign_is_refused(kind: str) -> None:
    good, body = press(kind, _TOKEN, _NOW)
    forged, other = press(kind, _TOKEN, _NOW, secret="another secret")
    for headers, said, secret in (
        (forged, body, SECRET),
        (forged, other, SECRET),
        ({}, body, SECRET),
        (good, body, ""),
        (good, b"{", SECRET),
        (good, b"[" * 60_000, SECRET),
        (good, body + b" " * 70_000, SECRET),
    ):
        with pytest.raises(ForbiddenError):
            pressed(kind, headers, said, secret, _NOW)


@pytest.mark.parametrize("kind", ["slack", "feishu"])
def test_an_old_request_is_refused_so_that_none_can_be_played_again(kind: str) -> None:
    headers, body = press(kind, _TOKEN, _NOW)
    with pytest.raises(ForbiddenError):
        pressed(kind, headers, body, SECRET, _NOW + timedelta(minutes=6))


def test_other_kinds_have_no_buttons() -> None:
    with pytest.raises(ForbiddenError):
        pressed("wecom", *press("slack", _TOKEN, _NOW), SECRET, _NOW)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("slack", {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"type": "button", "url": "https://x"}]}),
        ("slack", {"type": "view_submission", "user": {"id": "U1"}}),
        ("telegram", {"update_id": 2, "message": {"text": "hello"}}),
        ("feishu", {"header": {"event_type": "im.message.receive_v1"}, "event": {"action": {"value": {}}}}),
    ],
)
def test_what_presses_no_button_of_ours_is_heard_and_nothing_more(kind: str, body: dict[str, object]) -> None:
    assert pressed(kind, *signed(kind, body, _NOW), SECRET, _NOW) is None


def test_feishu_hears_its_own_word_and_only_feishu() -> None:
    headers, body = challenge("a-word")
    assert pressed("feishu", headers, body, SECRET, _NOW) == Challenge("a-word")
    for strange in (challenge("a-word", "another secret")[1], b'{"type": "url_verification", "challenge": "a-word"}'):
        with pytest.raises(ForbiddenError):
            pressed("feishu", headers, strange, SECRET, _NOW)
