"""Looking at tickets, taking them, handing them over, ending them."""

from datetime import timedelta

import pytest

from agent.clock import SystemClock
from agent.model.alert import Alert
from agent.model.entity import Entity
from agent.model.rule import Severity
from agent.model.ticket import Task
from tests.office import Office


@pytest.fixture
def desk(office: Office) -> Office:
    """One ticket of ann's that is overdue, and one of nobody's that has time."""
    now = SystemClock().now()
    alerts = [
        Alert(f"a_{key}", "reviews/negative", "d", Entity("north", "review", key), f"review {key}", Severity.S2,
              "1 star about quality", {"stars": 1}, "r_1", now, now, task=Task("Look at the lot.", owner, now + due))
        for key, owner, due in (("1", "", timedelta(hours=5)), ("2", "ann", -timedelta(hours=1)))
    ]  # fmt: skip
    with office.ledger() as ledger:
        ledger.alert(alerts, [], now, "r_1")
    return office


def listed(desk: Office, *arguments: str) -> list[str]:
    ran = desk.steward("tickets", "list", "--json", *arguments)
    assert ran.code == 0, ran.err
    return [each["id"] for each in ran.json["tickets"]]


def test_the_list_begins_with_what_is_due_first_and_can_be_narrowed(desk: Office) -> None:
    assert listed(desk) == ["a_2", "a_1"]
    assert listed(desk, "--overdue") == ["a_2"]
    assert listed(desk, "--owner", "ann", "--account", "north") == ["a_2"]
    assert listed(desk, "--limit", "1") == ["a_2"]
    page = desk.steward("tickets", "list").out
    assert "overdue" in page.splitlines()[0] + page.splitlines()[1]
    assert "Look at the lot." in page


def test_a_ticket_is_taken_handed_over_and_ended_with_a_note_that_stays(desk: Office) -> None:
    taken = desk.steward("tickets", "ack", "a_1", "--json").json
    assert (taken["state"], taken["overdue"], taken["owner"]) == ("acknowledged", False, "")
    assert desk.steward("tickets", "assign", "a_1", "bob", "--json").json["owner"] == "bob"
    ended = desk.steward("tickets", "done", "a_1", "--note", "bad lot, supplier told", "--json").json
    assert (ended["state"], ended["note"]) == ("done", "bad lot, supplier told")
    assert listed(desk) == ["a_2"]
    assert listed(desk, "--done") == ["a_2", "a_1"]
    shown = desk.steward("tickets", "show", "a_1").out
    assert all(word in shown for word in ("Look at the lot.", "1 star about quality", "bob", "bad lot", "done"))
    assert desk.steward("audit", "verify").code == 0


def test_what_is_done_or_unknown_is_refused(desk: Office) -> None:
    assert desk.steward("tickets", "done", "a_2").code == 0
    again = desk.steward("tickets", "ack", "a_2")
    assert again.code == 6
    assert "done already" in again.err
    for verb in (("show", "a_9"), ("done", "a_9"), ("assign", "a_9", "bob"), ("assign", "a_2", " ")):
        assert desk.steward("tickets", *verb).code == 2, verb
