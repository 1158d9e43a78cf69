"""Sealing proposals."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from agent.errors import LedgerConflictError
from agent.ledger import SqlLedger
from agent.model.proposal import Mode, State
from tests.wishes import NOW, approved, attempt, kinds, sent, wish, wishes, yes


def test_a_proposal_is_read_back_as_it_was_sealed(ledger: SqlLedger) -> None:
    proposal = wish(title="无线鼠标", undoes="p_0", mode=Mode.AUTO)
    assert ledger.add([proposal]) == [proposal]
    assert ledger.proposals(ids=["p_1"]) == [proposal]


def test_the_same_rule_text_change_and_day_adds_nothing_the_second_time(ledger: SqlLedger) -> None:
    ledger.add([wish(1)])
    again = replace(wish(1), id="p_9", run="r_9", reason="other words", created_at=NOW + timedelta(hours=1))
    assert ledger.add([again]) == []
    assert kinds(ledger.events()) == ["proposed"]


@pytest.mark.parametrize("end", [State.REJECTED, State.EXPIRED])
def test_a_wish_that_came_to_its_end_does_not_return_on_the_same_day(ledger: SqlLedger, end: State) -> None:
    ledger.add([wish(1)])
    ledger.move(["p_1"], State.PROPOSED, end, "ann", NOW)
    assert ledger.add([replace(wish(1), id="p_2")]) == []


def test_a_wish_that_a_belt_held_may_be_decided_on_once_the_belt_lets_go(ledger: SqlLedger) -> None:
    """Held in the morning because a pull had failed, the same wish of the same day is free at noon."""
    ledger.add([wish(1, state=State.HELD)])
    assert ledger.add([replace(wish(1), id="p_2", state=State.HELD)]) == []
    assert [each.id for each in ledger.add([replace(wish(1), id="p_3")])] == ["p_3"]
    assert {each.id: each.state for each in ledger.proposals()} == {"p_1": State.SUPERSEDED, "p_3": State.PROPOSED}
    assert ledger.add([replace(wish(1), id="p_4", state=State.HELD)]) == []


def test_a_newer_wish_takes_the_place_of_one_nobody_answered(ledger: SqlLedger) -> None:
    held = wish(2, state=State.HELD)
    ledger.add([wish(1), held])
    newer = [wish(3, entity="k1", after="0.80"), wish(4, entity="k2", as_of=date(2026, 3, 18))]
    assert ledger.add(newer) == newer
    assert ledger.counts() == {State.PROPOSED: 2, State.SUPERSEDED: 2}
    assert [event.payload["note"] for event in ledger.events() if event.kind == "superseded"] == [
        "a newer wish took its place: p_3",
        "a newer wish took its place: p_4",
    ]


def test_a_superseded_wish_may_return_when_the_figures_swing_back(ledger: SqlLedger) -> None:
    ledger.add([wish(1)])
    ledger.add([wish(2, entity="k1", after="0.80")])
    assert ledger.add([replace(wish(1), id="p_3")]) != []
    assert [each.id for each in ledger.in_state(State.PROPOSED)] == ["p_3"]


def test_a_wish_dropped_because_the_live_value_moved_does_not_return_on_the_same_day(ledger: SqlLedger) -> None:
    approved(ledger, [wish(1)])
    ledger.move(["p_1"], State.APPROVED, State.SUPERSEDED, "act", NOW)
    assert ledger.add([replace(wish(1), id="p_2")]) == []


@pytest.mark.parametrize("state", [State.APPROVED, State.INTENT, State.ACCEPTED, State.IN_DOUBT])
def test_two_changes_are_never_queued_on_one_lever(ledger: SqlLedger, state: State) -> None:
    approved(ledger, [wish(1)])
    if state is not State.APPROVED:
        ledger.intend([attempt(wish(1))], "act")
    if state in (State.ACCEPTED, State.IN_DOUBT):
        ledger.move(["p_1"], State.INTENT, state, "act", NOW)
    assert ledger.add([wish(2, entity="k1", after="0.80")]) == []
    assert [each.state for each in ledger.proposals()] == [state]


def test_another_field_or_account_is_another_lever(ledger: SqlLedger) -> None:
    sent(ledger, [wish(1)])
    others = [wish(2, entity="k1", field="state"), wish(3, entity="k1", account="south")]
    assert ledger.add(others) == others


def test_the_first_of_two_wishes_on_one_lever_in_a_batch_stands(ledger: SqlLedger) -> None:
    first, second = wish(1), wish(2, entity="k1", after="0.80")
    assert ledger.add([first, second]) == [first]


def test_an_undo_is_not_the_change_it_repeats(ledger: SqlLedger) -> None:
    approved(ledger, [wish(1)])
    ledger.move(["p_1"], State.APPROVED, State.EXPIRED, "x", NOW)
    assert ledger.add([replace(wish(1), id="p_2", undoes="p_7")]) != []


def test_a_proposal_is_born_proposed_or_held(ledger: SqlLedger) -> None:
    with pytest.raises(LedgerConflictError) as caught:
        ledger.add([wish(1), wish(2, state=State.APPROVED)])
    assert (caught.value.expected, caught.value.found) == ("proposed or held", "approved")
    assert ledger.proposals() == []


def test_two_proposals_never_share_an_id_and_neither_half_of_a_batch_is_kept(ledger: SqlLedger) -> None:
    ledger.add([wish(1)])
    with pytest.raises(LedgerConflictError):
        ledger.add([wish(2), replace(wish(3), id="p_1")])
    assert [each.id for each in ledger.proposals()] == ["p_1"]
    assert ledger.verify().ok


def test_a_plan_keeps_the_order_the_engine_gave_it_and_the_newest_plan_comes_first(ledger: SqlLedger) -> None:
    ledger.add([wish(3), wish(1), wish(2)])
    ledger.add([wish(5, created_at=NOW + timedelta(hours=1)), wish(4, created_at=NOW + timedelta(hours=1))])
    assert [each.id for each in ledger.proposals()] == ["p_5", "p_4", "p_3", "p_1", "p_2"]
    assert [each.id for each in ledger.in_state(State.PROPOSED)] == ["p_3", "p_1", "p_2", "p_5", "p_4"]


def test_proposals_are_found_by_any_part(ledger: SqlLedger) -> None:
    ledger.add([wish(1), wish(2, rule="ads/other"), wish(3, account="south"), wish(4, run="r_7", undoes="p_1")])
    ledger.decide([yes(wish(2))], NOW)
    assert [each.id for each in ledger.proposals(rule="ads/other")] == ["p_2"]
    assert [each.id for each in ledger.proposals(account="south")] == ["p_3"]
    assert [each.id for each in ledger.proposals(run="r_7")] == ["p_4"]
    assert [each.id for each in ledger.proposals(undoes="p_1")] == ["p_4"]
    assert [each.id for each in ledger.proposals(entity=wish(1).change.entity)] == ["p_1"]
    assert [each.id for each in ledger.proposals(states=[State.APPROVED])] == ["p_2"]
    assert [each.id for each in ledger.proposals(ids=["p_3", "p_1", "p_9"])] == ["p_1", "p_3"]
    assert ledger.proposals(states=[]) == ledger.proposals(ids=[]) == []
    assert [each.id for each in ledger.proposals(limit=2)] == ["p_1", "p_2"]
    assert [each.id for each in ledger.proposals(ids=["p_4", "p_2"], limit=1)] == ["p_2"]
    assert ledger.counts("north") == {State.PROPOSED: 2, State.APPROVED: 1}


def test_more_proposals_than_one_statement_takes(ledger: SqlLedger) -> None:
    many = wishes(2_500)
    assert ledger.add(many) == many
    assert ledger.add(many) == []
    ids = [each.id for each in many]
    assert len(ledger.proposals(ids=ids)) == 2_500
    assert ledger.move(ids, State.PROPOSED, State.EXPIRED, "expire", NOW) == ids
    assert ledger.verify().rows == 5_000
