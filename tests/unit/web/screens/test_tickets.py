"""Tickets and what customers wrote: whose, by when, and who may do what with them."""

from __future__ import annotations

import re
from datetime import datetime

from starlette.testclient import TestClient

from agent.model.alert import Alert
from agent.model.entity import Entity
from agent.model.rule import Severity
from agent.model.ticket import Task, TicketState
from agent.web.desk import Desk
from tests.page_shop import HOSTILE, Shop
from tests.unit.web.conftest import FROM_US, key_of


def _order(text: str) -> list[str]:
    return re.findall(r'class="title" href="/tickets/(t_\w+)"', text)


def _written(text: str) -> list[str]:
    return re.findall(r"(?:review|seller feedback) ([RF]-\d)", text)


def _post(browser: TestClient, path: str, **fields: str) -> int:
    return browser.post(path, data={"form_key": key_of(browser), **fields}, headers=FROM_US).status_code


def _opened(desk: Desk, id: str, at: datetime) -> None:
    """A ticket of the other account, for a test that changes it."""
    alert = Alert(id, "account/health-falls", "d" * 64, Entity("us-shop", "account", "us-shop"), "us-shop", Severity.S2,
                  "rating 214", {}, "r_1", at, at, task=Task("Look at it.", "", at))  # fmt: skip
    desk.ledger.alert([alert], [], at, "r_1")


def test_what_is_due_first_stands_first_and_what_is_done_elsewhere(vera: TestClient) -> None:
    assert _order(vera.get("/tickets?account=eu-main").text) == [
        "t_late",
        "t_safety",
        "t_health",
        "t_taken",
        "t_hostile",
    ]
    assert _order(vera.get("/tickets?account=eu-main&late=1").text) == ["t_late"]
    assert _order(vera.get("/tickets?account=eu-main&owner=ann").text) == ["t_safety", "t_taken"]
    assert _order(vera.get("/tickets?account=eu-main&state=done").text) == ["t_done"]
    assert "a bad lot, sent back" in vera.get("/tickets/t_done").text


def test_a_ticket_says_what_to_do_by_when_and_why_and_hostile_words_stay_words(vera: TestClient) -> None:
    text = vera.get("/tickets/t_late").text
    for part in ("Answer the claim in Seller Central.", "a claim came 40 hours ago", "5 hours late", "bob"):
        assert part in text
    assert HOSTILE not in vera.get("/tickets").text + vera.get("/tickets/t_hostile").text
    assert vera.get("/tickets/none").status_code == 404


def test_a_viewer_is_offered_nothing_and_may_do_nothing(vera: TestClient) -> None:
    assert "<textarea" not in vera.get("/tickets/t_late").text
    for verb in ("acknowledge", "assign", "done"):
        assert _post(vera, f"/tickets/t_late/{verb}", owner="vera") == 403


def test_one_takes_it_hands_it_over_and_ends_it_once(ann: TestClient, desk: Desk, shop: Shop) -> None:
    _opened(desk, "t_free", shop.now)
    assert _post(ann, "/tickets/t_free/acknowledge", note="looking") == 303
    taken = desk.ledger.tickets.find("t_free")
    assert taken is not None
    assert (taken.state, taken.task.owner, taken.by, taken.note) == (TicketState.ACKNOWLEDGED, "ann", "ann", "looking")
    assert _post(ann, "/tickets/t_free/acknowledge") == 409, "somebody is at it already"
    assert _post(ann, "/tickets/t_free/assign", owner="  ") == 422
    assert _post(ann, "/tickets/t_free/assign", owner="x" * 81) == 422
    assert _post(ann, "/tickets/t_free/assign", owner=" bob  the builder ") == 303
    assert _post(ann, "/tickets/t_free/done", note="appealed") == 303
    ended = desk.ledger.tickets.find("t_free")
    assert ended is not None
    assert (ended.state, ended.task.owner, ended.note) == (TicketState.DONE, "bob the builder", "appealed")
    assert _post(ann, "/tickets/t_free/done") == 409
    assert _post(ann, "/tickets/none/done") == 404
    assert desk.ledger.verify().ok


def test_reviews_of_few_stars_stand_there_with_what_they_warn_of_and_their_ticket(vera: TestClient) -> None:
    text = vera.get("/tickets/reviews").text
    assert _written(text) == ["R-1", "R-4", "R-2", "F-1", "R-3"]
    assert "R-5" not in text, "five stars"
    assert HOSTILE not in text
    assert "/tickets/t_safety" in text
    assert text.count("not looked at yet") == 2, "what nobody looked at is not called harmless"
    assert _written(vera.get("/tickets/reviews?danger=1").text) == ["R-1"]
    assert _written(vera.get("/tickets/reviews?stars=2").text) == [
        "R-2",
        "F-1",
    ]
