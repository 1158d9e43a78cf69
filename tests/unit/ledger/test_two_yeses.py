"""What needs two people's yes, within one call; what is held back; and what a refused move says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.errors import LedgerConflictError
from agent.ledger import SqlLedger
from agent.model.proposal import Decision, Proposal, State
from tests.wishes import NOW, approved, kinds, wish, wishes, yes


def costly(proposal: Proposal) -> bool:
    return proposal.id != "p_9"


@pytest.fixture
def strict(sqlite_url: str) -> Iterator[SqlLedger]:
    """A ledger where everything but ``p_9`` needs two."""
    ledger = SqlLedger.open(sqlite_url, needs_two=costly)
    yield ledger
    ledger.close()


def test_two_people_may_say_yes_in_one_call(strict: SqlLedger) -> None:
    strict.add(wishes(1))
    assert strict.decide([yes(wish(1), by="ann"), yes(wish(1), by="bob")], NOW) == []
    assert strict.proposals()[0].state is State.APPROVED
    assert kinds(strict.events(proposal="p_1")) == ["proposed", "first approval", "approved"]


def test_one_person_says_yes_once_however_often(strict: SqlLedger) -> None:
    strict.add(wishes(1))
    strict.decide([yes(wish(1)), yes(wish(1))], NOW)
    strict.decide([yes(wish(1))], NOW)
    assert strict.proposals()[0].state is State.PROPOSED
    assert len(strict.decisions(["p_1"])["p_1"]) == 1
    assert kinds(strict.events(proposal="p_1")) == ["proposed", "first approval"]


@pytest.mark.parametrize(("note", "said"), [("fine by me", {"note": "fine by me"}), ("", {})])
def test_a_first_yes_is_told_with_who_through_what_and_why(strict: SqlLedger, note: str, said: dict[str, str]) -> None:
    strict.add(wishes(1))
    strict.decide([Decision("p_1", 1, True, "ann", "chat", note)], NOW)
    told = strict.events(proposal="p_1")[-1]
    assert dict(told.payload) == {"by": "ann", **said, "through": "chat", "version": 1}


def test_what_needs_only_one_and_what_one_refuses_is_decided_at_once(strict: SqlLedger) -> None:
    strict.add([wish(1), wish(9)])
    strict.decide([yes(wish(9)), Decision("p_1", 1, False, "ann", "cli", "no")], NOW)
    assert {each.id: each.state for each in strict.proposals()} == {"p_1": State.REJECTED, "p_9": State.APPROVED}


def test_what_is_held_back_says_who_and_why_and_is_noted_once(ledger: SqlLedger) -> None:
    approved(ledger, wishes(2))
    ledger.hold_back({"p_1": "too much for one day"}, "act", NOW)
    ledger.hold_back({"p_1": "too much for one day", "p_2": "the same"}, "act", NOW)
    assert kinds(ledger.events(proposal="p_1")) == ["proposed", "approved", "waits"]
    assert dict(ledger.events(proposal="p_1")[-1].payload) == {"by": "act", "note": "too much for one day"}
    assert dict(ledger.events(proposal="p_2")[-1].payload) == {"by": "act", "note": "the same"}
    assert ledger.verify().ok


def test_a_refused_move_says_where_one_could_go(ledger: SqlLedger) -> None:
    with pytest.raises(LedgerConflictError) as refused:
        ledger.move(["p_1"], State.IN_DOUBT, State.PROPOSED, "x", NOW)
    assert " or " in refused.value.expected
    assert all(word in [str(state) for state in State] for word in refused.value.expected.split(" or "))
    with pytest.raises(LedgerConflictError) as ended:
        ledger.move(["p_1"], State.REJECTED, State.PROPOSED, "x", NOW)
    assert ended.value.expected == "no further move"
