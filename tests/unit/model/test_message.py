"""Messages keep all they say while they wait to be sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from agent.language import _, current, speaking, use
from agent.model.message import Attachment, Button, Line, Link, Message, Urgency
from agent.model.rule import Severity

_FULL = Message(
    "n_1", Urgency.DECIDE, "标题", datetime(2026, 3, 1, 8, tzinfo=UTC), (Line("one", "S2"), Line("two", ended=True)),
    Severity.S2, "north", "ads/bid-down", (Link("look", "https://page/plans/r_1"),), (Button("Yes", "t.s", "yes"),),
    "zh", "Asia/Shanghai", True, 3, "<p>hello</p>", (Attachment("report.csv", "text/csv", b"\x00\xff"),),
)  # fmt: skip


def test_a_message_comes_back_as_it_was_kept() -> None:
    assert Message.of(json.loads(json.dumps(_FULL.body()))) == _FULL


def test_one_message_may_be_in_another_language_than_the_program() -> None:
    use("en")
    with speaking("zh"):
        assert (current(), _("is not a marketplace")) == ("zh", "不是亚马逊站点")
    assert (current(), _("is not a marketplace")) == ("en", "is not a marketplace")
