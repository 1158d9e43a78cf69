"""What people were told, on the page: what holds, the log, the channels, and what is silent."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from agent.web.desk import Desk
from tests.page_news import told
from tests.page_shop import HOSTILE, Shop, furnish
from tests.unit.web.conftest import FROM_US, Browser, key_of


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = furnish(tmp_path_factory.mktemp("shop"), count=8, rules=("ads/bid-*",))
    told(shop)
    return shop


@pytest.fixture(scope="module")
def desk(shop: Shop) -> Iterator[Desk]:
    with shop.desk() as desk:
        yield desk


def _post(browser: TestClient, path: str, **fields: str) -> tuple[int, str]:
    answer = browser.post(path, data={"form_key": key_of(browser), **fields}, headers=FROM_US)
    return answer.status_code, answer.text


def test_what_holds_is_listed_gravest_first_and_taken_by_somebody(
    ann: TestClient, vera: TestClient, desk: Desk
) -> None:
    text = vera.get("/notifications").text
    assert re.findall(r"S\d(?= ·)", text) == ["S1", "S2", "S3"]
    assert HOSTILE not in text
    assert "I am at it" not in text, "a viewer reads"
    notice = re.search(r'name="notice" value="([^"]+)"', ann.get("/notifications").text)
    assert notice is not None
    assert _post(ann, "/notifications/acknowledge", notice=notice[1])[0] == 303
    assert desk.ledger.outbox.known([notice[1]])[notice[1]].acknowledged_by == "ann"
    assert _post(ann, "/notifications/acknowledge", notice="nobody")[0] == 422


def test_the_log_says_what_was_sent_and_what_the_channel_answered(vera: TestClient) -> None:
    text = vera.get("/notifications?show=log").text
    assert "upstream connect error" in text
    assert len(re.findall(r"<tr>", vera.get("/notifications?show=log&waiting=1").text)) < len(re.findall(r"<tr>", text))
    assert "Nothing fits this filter" in vera.get("/notifications?show=log&channel=mail").text


def test_the_channels_are_listed_and_tested_by_admins_alone(vera: TestClient, signed_in: Browser) -> None:
    text = vera.get("/notifications?show=channels").text
    assert "team" in text
    assert "/test" not in text
    root = signed_in("root")
    status, text = _post(root, "/notifications/channels/team/test")
    assert status == 422
    assert 'class="fault"' in text, "a channel without an address says what it lacks"
    assert _post(root, "/notifications/channels/nobody/test")[0] == 404


def test_something_is_silent_for_a_while_with_a_reason_and_ended(ann: TestClient, vera: TestClient, desk: Desk) -> None:
    path = "/notifications/silences"
    assert _post(vera, path, rule="x", span="8h", reason="x")[0] == 403
    for fields in ({"rule": "listing/*"}, {"reason": "x"}, {"rule": "x", "reason": "x", "span": "9y"}):
        assert _post(ann, path, **({"span": "8h"} | fields))[0] == 422
    assert _post(ann, path, rule="listing/*", span="8h", reason="we edit today")[0] == 303
    assert "silenced" in vera.get("/notifications").text
    (mine,) = (each for each in desk.ledger.outbox.silences() if each.by == "ann" and each.reason == "we edit today")
    assert mine.matchers == {"rule": "listing/*"}
    assert "we edit today" in vera.get("/notifications?show=silences").text
    assert _post(ann, f"{path}/{mine.id}/end")[0] == 303
    assert _post(ann, f"{path}/{mine.id}/end")[0] == 422
    assert desk.ledger.verify().ok
