"""What people are to do: once for each alert, until somebody has done it or nothing is left to do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agent.errors import ConfigError, ForbiddenError
from agent.ledger import SqlLedger
from agent.model.alert import Alert
from agent.model.entity import Entity
from agent.model.rule import Severity
from agent.model.ticket import Task, TicketState
from tests.wishes import wishes

NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=30)


def asked(id: str, review: str = "R1", owner: str = "ann", hours: int = 24, at: datetime = NOW) -> Alert:
    entity = Entity("shop", "review", review)
    task = Task("Look at the lot.", owner, at + timedelta(hours=hours))
    return Alert(id, "reviews/negative", "d", entity, review, Severity.S2, "1 star", {}, "r1", at, at, task=task)


def kinds(ledger: SqlLedger) -> list[str]:
    return [event.kind for event in ledger.events()]


def test_a_ticket_is_opened_once_with_its_alert_and_its_time_does_not_move(ledger: SqlLedger) -> None:
    ledger.alert([asked("a1")], [], NOW, "r1")
    ledger.alert([asked("a2", at=LATER)], [], LATER, "r2")
    (ticket,) = ledger.tickets.chosen()
    assert (ticket.id, ticket.state, ticket.task) == ("a1", TicketState.OPEN, asked("a1").task)
    assert (ticket.alert.seen_at, ticket.since) == (LATER, NOW)
    assert kinds(ledger) == ["alert_opened", "ticket_opened"]
    assert ledger.verify().ok


def test_a_person_takes_it_hands_it_over_and_ends_it_and_it_is_not_opened_again(ledger: SqlLedger) -> None:
    ledger.alert([asked("a1")], [], NOW, "r1")
    taken = ledger.tickets.move("a1", TicketState.ACKNOWLEDGED, "ann", "looking", NOW)
    assert (taken.state, taken.by, taken.note) == (TicketState.ACKNOWLEDGED, "ann", "looking")
    assert ledger.tickets.assign("a1", "bob", "ann", NOW).task.owner == "bob"
    done = ledger.tickets.move("a1", TicketState.DONE, "bob", "bad lot", LATER)
    assert (done.state, done.by, done.note, done.since) == (TicketState.DONE, "bob", "bad lot", LATER)
    ledger.alert([asked("a2", at=LATER)], [], LATER, "r2")
    assert ledger.tickets.chosen() == []
    assert [each.id for each in ledger.tickets.chosen(states=None)] == ["a1"]
    assert [each.id for each in ledger.open_alerts("shop")] == ["a1"]
    assert kinds(ledger)[2:] == ["ticket_acknowledged", "ticket_assigned", "ticket_done"]
    assert ledger.verify().ok


def test_when_the_alert_ends_nothing_is_left_to_do_and_what_comes_back_is_a_new_ticket(ledger: SqlLedger) -> None:
    first, other = ledger.alert([asked("a1"), asked("a2", review="R2")], [], NOW, "r1")
    ledger.tickets.move("a2", TicketState.DONE, "ann", "mended", NOW)
    ledger.alert([], [(first, "it no longer holds"), (other, "it no longer holds")], LATER, "r2")
    ended = {each.id: (each.state, each.by, each.note) for each in ledger.tickets.chosen(states=None)}
    assert ended == {"a1": (TicketState.DONE, "steward", "it no longer holds"),
                     "a2": (TicketState.DONE, "ann", "mended")}  # fmt: skip
    ledger.alert([asked("a3", at=LATER)], [], LATER, "r3")
    assert [each.id for each in ledger.tickets.chosen()] == ["a3"]
    assert ledger.verify().ok


def test_a_rule_that_learns_to_ask_opens_a_ticket_for_what_it_told_before(ledger: SqlLedger) -> None:
    ledger.alert([replace(asked("a1"), task=None)], [], NOW, "r1")
    assert ledger.tickets.chosen() == []
    ledger.alert([asked("a2", at=LATER)], [], LATER, "r2")
    assert [(each.id, each.since) for each in ledger.tickets.chosen()] == [("a1", LATER)]
    assert ledger.verify().ok


def test_what_is_overdue_is_found_and_marked_once(ledger: SqlLedger) -> None:
    told = [asked("a1"), asked("a2", "R2", hours=48), asked("a3", "R3", owner="bob"), asked("a4", "R4", hours=1)]
    ledger.alert(told, [], NOW, "r1")
    ledger.tickets.move("a4", TicketState.DONE, "ann", "", NOW)
    assert [each.id for each in ledger.tickets.chosen("shop")] == ["a1", "a3", "a2"]
    assert [each.id for each in ledger.tickets.chosen(overdue_at=LATER)] == ["a1", "a3"]
    assert [each.id for each in ledger.tickets.chosen(owner="bob")] == ["a3"]
    assert ledger.tickets.chosen("elsewhere") == []
    assert ledger.tickets.escalate(["a1", "a4"], LATER) == ["a1"]
    assert ledger.tickets.escalate(["a1"], LATER) == []
    assert [each.id for each in ledger.tickets.chosen(overdue_at=LATER, escalated=False)] == ["a3"]
    (marked,) = ledger.tickets.chosen(escalated=True)
    assert (marked.escalated_at, marked.overdue(LATER), marked.overdue(NOW)) == (LATER, True, False)
    assert ledger.verify().ok


def test_what_is_done_or_unknown_is_refused_with_a_reason_and_changes_nothing(ledger: SqlLedger) -> None:
    ledger.alert([asked("a1")], [], NOW, "r1")
    ledger.tickets.move("a1", TicketState.ACKNOWLEDGED, "ann", "", NOW)
    with pytest.raises(ForbiddenError, match="acknowledged already"):
        ledger.tickets.move("a1", TicketState.ACKNOWLEDGED, "bob", "", NOW)
    ledger.tickets.move("a1", TicketState.DONE, "ann", "", NOW)
    for refused in (lambda: ledger.tickets.move("a1", TicketState.DONE, "bob", "", NOW),
                    lambda: ledger.tickets.assign("a1", "bob", "ann", NOW)):  # fmt: skip
        with pytest.raises(ForbiddenError, match="done already") as fault:
            refused()
        assert "ann" in fault.value.hint
    with pytest.raises(ConfigError, match="no ticket a9"):
        ledger.tickets.move("a9", TicketState.DONE, "ann", "", NOW)
    assert kinds(ledger)[-1] == "ticket_done"


def test_the_ledger_as_it_was_has_the_tickets_as_they_were(ledger: SqlLedger) -> None:
    ledger.add(wishes(1))
    ledger.alert([asked("a1"), asked("a2", "R2")], [], NOW, "r1")
    ledger.tickets.move("a1", TicketState.ACKNOWLEDGED, "ann", "looking", NOW)
    seq = ledger.head().seq
    ledger.tickets.assign("a1", "bob", "ann", LATER)
    ledger.tickets.escalate(["a1", "a2"], LATER)
    ledger.tickets.move("a1", TicketState.DONE, "bob", "bad lot", LATER)
    ledger.alert([asked("a3", "R3", at=LATER)], [], LATER, "r2")
    with ledger.as_of(seq) as then:
        first, second = then.tickets.chosen()
        assert (first.state, first.by, first.note, first.since) == (TicketState.ACKNOWLEDGED, "ann", "looking", NOW)
        assert (first.task.owner, first.escalated_at, second.escalated_at) == ("ann", None, None)
        assert then.verify().ok
