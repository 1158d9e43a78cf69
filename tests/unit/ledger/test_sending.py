"""Intent before the call, receipt after it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from agent.errors import LedgerConflictError
from agent.ledger import SqlLedger
from agent.model.entity import Entity
from agent.model.proposal import OPEN_STATES, Execution, Fate, Receipt, State
from tests.wishes import NOW, approved, attempt, kinds, sent, wish, wishes


def test_an_intent_is_there_for_other_sessions_before_the_call(
    url: str, open_ledger: Callable[[str], SqlLedger]
) -> None:
    here, other = open_ledger(url), open_ledger(url)
    approved(here, wishes(2))
    assert here.intend([attempt(wish(1)), attempt(wish(2))], "act") == ["p_1", "p_2"]
    assert other.counts() == {State.INTENT: 2}
    assert other.executions(["p_1"]) == {"p_1": [attempt(wish(1))]}
    event = other.events(proposal="p_1")[-1]
    assert (event.kind, event.run) == ("intent", "r_2")
    assert event.payload == {"from": "approved", "by": "act", "attempt": 1, "payload_hash": "h" * 64}


def test_only_what_is_approved_is_intended(ledger: SqlLedger) -> None:
    approved(ledger, [wish(1)])
    ledger.add([wish(2)])
    assert ledger.intend([attempt(wish(2)), attempt(wish(1)), attempt(wish(3))], "act") == ["p_1"]
    assert ledger.intend([attempt(wish(1), 2)], "act") == []
    assert list(ledger.executions(["p_1", "p_2"])) == ["p_1"]


@pytest.mark.parametrize("state", sorted(OPEN_STATES))
def test_one_change_in_flight_per_entity(ledger: SqlLedger, state: State) -> None:
    """A late first write must never land on top of a second one."""
    approved(ledger, [wish(1), wish(2, entity="k1", field="state"), wish(3, entity="k1", account="south")])
    ledger.intend([attempt(wish(1))], "act")
    if state is not State.INTENT:
        ledger.move(["p_1"], State.INTENT, state, "act", NOW)
    assert ledger.intend([attempt(wish(2)), attempt(wish(3))], "act") == ["p_3"]
    ledger.move(["p_1"], state, {State.INTENT: State.FAILED}.get(state, State.DONE), "act", NOW)
    assert ledger.intend([attempt(wish(2))], "act") == ["p_2"]


def test_one_change_per_entity_within_a_batch(ledger: SqlLedger) -> None:
    approved(ledger, [wish(1), wish(2, entity="k1", field="state")])
    assert ledger.intend([attempt(wish(1)), attempt(wish(2))], "act") == ["p_1"]


def test_what_has_expired_is_never_intended(ledger: SqlLedger) -> None:
    approved(ledger, [wish(1)])
    assert ledger.intend([attempt(wish(1), sent_at=wish().expires_at)], "act") == []
    assert ledger.counts() == {State.APPROVED: 1}


def test_once_stopped_nothing_is_intended_until_released(ledger: SqlLedger) -> None:
    approved(ledger, [wish(1)])
    ledger.switch(stop=True, by="ann", reason="prices look odd", at=NOW)
    assert ledger.intend([attempt(wish(1))], "act") == []
    stop = ledger.stopped()
    assert stop is not None
    assert (stop.by, stop.reason, stop.at) == ("ann", "prices look odd", NOW)
    ledger.switch(stop=False, by="bob", reason="checked", at=NOW + timedelta(hours=1))
    assert ledger.stopped() is None
    assert ledger.intend([attempt(wish(1))], "act") == ["p_1"]
    assert kinds(ledger.events())[2:] == ["stopped", "released", "intent"]


def test_the_same_attempt_is_not_recorded_twice(ledger: SqlLedger) -> None:
    sent(ledger, [wish(1)])
    ledger.move(["p_1"], State.INTENT, State.APPROVED, "act", NOW)
    with pytest.raises(LedgerConflictError):
        ledger.intend([attempt(wish(1), 1)], "act")
    assert ledger.intend([attempt(wish(1), 2)], "act") == ["p_1"]
    assert [each.attempt for each in ledger.executions(["p_1"])["p_1"]] == [1, 2]


def test_receipts_and_moves_are_stored_together(ledger: SqlLedger) -> None:
    sent(ledger, wishes(3))
    receipts = [
        Receipt("p_1", Fate.ACCEPTED, request_id="q1"),
        Receipt("p_2", Fate.REFUSED, "bidTooLow", "the bid is below 0.02", "q1"),
        Receipt("p_3", Fate.UNKNOWN),
    ]
    ledger.receive(receipts, {"p_1": State.ACCEPTED, "p_2": State.FAILED, "p_3": State.IN_DOUBT}, "act", NOW)
    assert ledger.counts() == {State.ACCEPTED: 1, State.FAILED: 1, State.IN_DOUBT: 1}
    refused = ledger.executions(["p_2"])["p_2"][0]
    assert refused == Execution(
        "p_2", 1, "r_2", NOW, "h" * 64, Fate.REFUSED, "bidTooLow", "the bid is below 0.02", "q1"
    )
    assert [dict(event.payload) for event in ledger.events()[-3:]] == [
        {"from": "intent", "by": "act", "fate": "accepted", "request_id": "q1"},
        {
            "from": "intent",
            "by": "act",
            "fate": "refused",
            "code": "bidTooLow",
            "message": "the bid is below 0.02",
            "request_id": "q1",
        },
        {"from": "intent", "by": "act", "fate": "unknown"},
    ]


def test_a_receipt_belongs_to_the_newest_attempt(ledger: SqlLedger) -> None:
    sent(ledger, [wish(1)])
    ledger.receive([Receipt("p_1", Fate.NOT_APPLIED, "429")], {"p_1": State.APPROVED}, "act", NOW)
    ledger.intend([attempt(wish(1), 2)], "act")
    ledger.receive([Receipt("p_1", Fate.ACCEPTED)], {"p_1": State.ACCEPTED}, "act", NOW)
    assert [each.fate for each in ledger.executions(["p_1"])["p_1"]] == [Fate.NOT_APPLIED, Fate.ACCEPTED]


def test_what_was_never_sent_moves_without_a_receipt(ledger: SqlLedger) -> None:
    sent(ledger, [wish(1)])
    ledger.receive([], {"p_1": State.IN_DOUBT}, "act", NOW)
    assert ledger.counts() == {State.IN_DOUBT: 1}
    assert ledger.executions(["p_1"])["p_1"][0].fate is None


def test_a_receipt_that_comes_too_late_is_kept_but_moves_nothing(ledger: SqlLedger) -> None:
    sent(ledger, [wish(1)])
    ledger.move(["p_1"], State.INTENT, State.IN_DOUBT, "start", NOW)
    ledger.receive([Receipt("p_1", Fate.ACCEPTED)], {"p_1": State.ACCEPTED}, "act", NOW)
    assert ledger.counts() == {State.IN_DOUBT: 1}
    assert ledger.executions(["p_1"])["p_1"][0].fate is Fate.ACCEPTED
    assert kinds(ledger.events())[-1] == "receipt"
    assert ledger.verify().ok


def test_a_receipt_never_moves_where_no_proposal_goes(ledger: SqlLedger) -> None:
    sent(ledger, [wish(1)])
    with pytest.raises(LedgerConflictError):
        ledger.receive([Receipt("p_1", Fate.ACCEPTED)], {"p_1": State.DONE}, "act", NOW)
    assert ledger.executions(["p_1"])["p_1"][0].fate is None


def test_our_own_last_changes_count_also_while_their_answer_is_open(ledger: SqlLedger) -> None:
    sent(ledger, wishes(4))
    moves = {"p_1": State.ACCEPTED, "p_2": State.FAILED, "p_3": State.IN_DOUBT}
    ledger.receive([], moves, "act", NOW)
    ledger.move(["p_1"], State.ACCEPTED, State.DONE, "settle", NOW + timedelta(minutes=10))
    found = ledger.last_changes("north", "keyword", ["bid", "state"])
    assert found == {(Entity("north", "keyword", f"k{number}"), "bid"): NOW for number in (1, 3, 4)}
    assert ledger.last_changes("north", "keyword", ["state"]) == {}
    assert ledger.last_changes("north", "keyword", ["bid"], since=NOW + timedelta(seconds=1)) == {}
