"""Deciding, moving, and the events that say so."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from agent.errors import LedgerConflictError
from agent.ledger import SqlLedger
from agent.model.proposal import MOVES, Decision, Proposal, State
from tests.wishes import NOW, approved, attempt, kinds, no, wish, wishes, yes

RACES = 1_000 if os.environ.get("STEWARD_FULL") else 60


def test_a_yes_approves_and_is_recorded_with_who_and_through_what(ledger: SqlLedger) -> None:
    ledger.add([wish()])
    assert ledger.decide([Decision("p_1", 1, True, "ann", "chat", "fine")], NOW) == []
    decided = ledger.decisions(["p_1"])["p_1"]
    assert [(each.decision, each.at) for each in decided] == [(Decision("p_1", 1, True, "ann", "chat", "fine"), NOW)]
    event = ledger.events(proposal="p_1")[-1]
    assert (event.kind, event.at) == ("approved", NOW)
    assert event.payload == {"from": "proposed", "by": "ann", "note": "fine", "through": "chat", "version": 1}


@pytest.mark.parametrize(
    "decision",
    [
        Decision("p_1", 2, True, "ann", "cli"),
        Decision("p_1", 0, False, "ann", "cli"),
        Decision("p_9", 1, True, "a", "b"),
    ],
)
def test_a_decision_on_what_is_not_there_as_it_was_seen_is_stale(ledger: SqlLedger, decision: Decision) -> None:
    ledger.add([wish()])
    assert ledger.decide([decision], NOW) == [decision.proposal]
    assert ledger.proposals()[0].state is State.PROPOSED
    assert ledger.decisions(["p_1"]) == {}
    assert kinds(ledger.events()) == ["proposed"]


def test_what_a_belt_holds_cannot_be_approved(ledger: SqlLedger) -> None:
    ledger.add([wish(state=State.HELD)])
    assert ledger.decide([yes(wish())], NOW) == ["p_1"]


def test_a_yes_counts_only_until_the_proposal_expires(ledger: SqlLedger) -> None:
    ledger.add(wishes(2))
    last = wish().expires_at
    assert ledger.decide([yes(wish(1))], last) == ["p_1"]
    assert ledger.decide([yes(wish(2))], last - timedelta(microseconds=1)) == []
    assert ledger.decide([no(wish(1))], last) == []


def test_an_approval_can_be_withdrawn_until_it_is_sent(ledger: SqlLedger) -> None:
    approved(ledger, wishes(2))
    ledger.intend([attempt(wish(2))], "act")
    assert ledger.decide([no(wish(1)), no(wish(2))], NOW) == ["p_2"]
    assert ledger.counts() == {State.REJECTED: 1, State.INTENT: 1}


def test_decisions_of_one_call_hold_one_after_the_other(ledger: SqlLedger) -> None:
    ledger.add([wish()])
    assert ledger.decide([yes(wish()), no(wish()), yes(wish())], NOW) == ["p_1"]
    assert kinds(ledger.events()) == ["proposed", "approved", "rejected"]
    assert ledger.proposals()[0].state is State.REJECTED


def test_a_move_takes_those_still_in_the_expected_state_and_leaves_the_rest(ledger: SqlLedger) -> None:
    ledger.add(wishes(3))
    ledger.move(["p_2"], State.PROPOSED, State.EXPIRED, "expire", NOW)
    moved = ledger.move(["p_3", "p_2", "p_1", "p_3", "p_9"], State.PROPOSED, State.REJECTED, "bob", NOW, {"p_1": "no"})
    assert moved == ["p_3", "p_1"]
    assert [(event.proposal, dict(event.payload)) for event in ledger.events()[-2:]] == [
        ("p_3", {"from": "proposed", "by": "bob"}),
        ("p_1", {"from": "proposed", "by": "bob", "note": "no"}),
    ]


def test_a_move_that_no_proposal_makes_is_refused(ledger: SqlLedger) -> None:
    illegal = [(left, to) for left in State for to in State if to not in MOVES[left]]
    assert len(illegal) > 100
    for expected, to in illegal:
        with pytest.raises(LedgerConflictError):
            ledger.move(["p_1"], expected, to, "x", NOW)
    assert ledger.events() == []


def test_a_naive_time_is_refused_and_nothing_is_half_done(ledger: SqlLedger) -> None:
    ledger.add([wish()])
    with pytest.raises(ValueError, match="no time zone"):
        ledger.move(["p_1"], State.PROPOSED, State.EXPIRED, "x", NOW.replace(tzinfo=None))
    assert ledger.proposals()[0].state is State.PROPOSED
    assert ledger.verify().ok


def test_of_many_who_race_for_one_change_of_state_exactly_one_wins(
    url: str, open_ledger: Callable[[str], SqlLedger]
) -> None:
    racers, rounds = 4, 25
    ledgers = [open_ledger(url) for _ in range(racers)]
    ledgers[0].add(wishes(rounds))
    start = Barrier(racers)

    def race(ledger: SqlLedger) -> list[str]:
        won: list[str] = []
        for number in range(1, rounds + 1):
            start.wait(60)
            to = State.EXPIRED if ledger is ledgers[0] else State.REJECTED
            won += ledger.move([f"p_{number}"], State.PROPOSED, to, "racer", NOW)
        return won

    with ThreadPoolExecutor(racers) as pool:
        wins = [id for won in pool.map(race, ledgers) for id in won]
    assert sorted(wins) == sorted(f"p_{number}" for number in range(1, rounds + 1))
    found = ledgers[0].verify()
    assert found.ok, found.message
    assert found.rows == 2 * rounds


def test_an_approval_binds_to_what_was_seen_also_in_a_race(url: str, open_ledger: Callable[[str], SqlLedger]) -> None:
    """While a person says yes to one value, a new run wishes for another one: exactly one of the two holds."""
    person, engine = open_ledger(url), open_ledger(url)
    approvals = 0
    with ThreadPoolExecutor(2) as pool:
        for number in range(RACES):
            old, new = wish(2 * number, entity=f"k{number}"), wish(2 * number + 1, entity=f"k{number}", after="0.60")
            person.add([old])
            start = Barrier(2)

            def decide(old: Proposal = old, start: Barrier = start) -> list[str]:
                start.wait(60)
                return person.decide([yes(old)], NOW)

            def renew(new: Proposal = new, start: Barrier = start) -> list[Proposal]:
                start.wait(60)
                return engine.add([new])

            stale, added = pool.submit(decide), pool.submit(renew)
            assert (stale.result(60) == []) == (added.result(60) == [])
            approvals += stale.result() == []
    ready = [attempt(each) for each in person.proposals()]
    moved = engine.proposals(ids=engine.intend(ready, "act"))
    assert len(moved) == approvals
    assert all(str(each.change.after) == "0.75 EUR" for each in moved)
    assert person.verify().ok


def test_threads_may_share_one_ledger(ledger: SqlLedger) -> None:
    ledger.add(wishes(40))

    def turn(number: int) -> int:
        ledger.decide([yes(wish(number))], NOW)
        return len(ledger.intend([attempt(wish(number))], "act"))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(turn, range(1, 41))) == 40
    assert ledger.verify().rows == 120
