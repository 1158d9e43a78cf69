"""Taking an approval back: only one's own, only before it is sent, and as a new version."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from agent.ledger import SqlLedger
from agent.model.proposal import Decision, State
from tests.wishes import NOW, approved, attempt, kinds, wish, wishes, yes

LATER = NOW + timedelta(seconds=5)


def test_what_was_approved_is_open_again_as_a_new_version(ledger: SqlLedger) -> None:
    approved(ledger, wishes(2))
    assert ledger.recall(["p_2", "p_1", "p_2", "p_9"], "ann", LATER) == ["p_2", "p_1"]
    assert [(each.state, each.version) for each in ledger.proposals()] == [(State.PROPOSED, 2)] * 2
    told = ledger.events(proposal="p_1")
    assert kinds(told) == ["proposed", "approved", "proposed"]
    assert dict(told[-1].payload) == {"from": "approved", "by": "ann", "note": "taken back", "version": 2}
    assert ledger.decide([yes(wish(1))], LATER) == ["p_1"], "the version that was seen before is an old one"
    assert ledger.decide([yes(wish(1, version=2))], LATER) == []
    assert ledger.verify().ok


def test_only_ones_own_newest_yes_is_taken_back(ledger: SqlLedger) -> None:
    ledger.add(wishes(3))
    ledger.decide([yes(wish(1), by="bob"), yes(wish(2))], NOW)
    ledger.decide([Decision("p_2", 1, False, "bob", "page", "no")], NOW)
    assert ledger.recall(["p_1", "p_2", "p_3"], "ann", LATER) == []
    assert ledger.recall(["p_1"], "bob", LATER) == ["p_1"]


def test_what_was_sent_is_not_taken_back(ledger: SqlLedger) -> None:
    approved(ledger, wishes(1))
    assert ledger.intend([attempt(wish(1))], "act") == ["p_1"]
    assert ledger.recall(["p_1"], "ann", LATER) == []
    assert ledger.proposals()[0].state is State.INTENT


def test_a_first_yes_to_what_was_taken_back_does_not_count_any_more(url: str) -> None:
    ledger = SqlLedger.open(url, needs_two=lambda _: True)
    ledger.add(wishes(1))
    ledger.decide([yes(wish(1), by="ann")], NOW)
    ledger.decide([yes(wish(1), by="bob")], NOW)
    assert ledger.recall(["p_1"], "bob", LATER) == ["p_1"]
    again = wish(1, version=2)
    ledger.decide([yes(again, by="bob")], LATER)
    assert ledger.proposals()[0].state is State.PROPOSED
    ledger.decide([yes(again, by="ann")], LATER)
    assert ledger.proposals()[0].state is State.APPROVED
    assert ledger.verify().ok
    ledger.close()


def test_a_newer_wish_takes_the_place_of_what_was_taken_back(ledger: SqlLedger) -> None:
    approved(ledger, wishes(1))
    newer = wish(7, entity="k1", after="0.60")
    assert ledger.add([newer]) == [], "what is approved stands"
    ledger.recall(["p_1"], "ann", LATER)
    assert ledger.add([newer]) == [newer]
    assert ledger.proposals(ids=["p_1"])[0].state is State.SUPERSEDED
    assert ledger.verify().ok


def test_the_ledger_as_it_was_before_knows_nothing_of_it(
    sqlite_url: str, open_ledger: Callable[[str], SqlLedger]
) -> None:
    ledger = open_ledger(sqlite_url)
    approved(ledger, wishes(1))
    before = ledger.head().seq
    ledger.recall(["p_1"], "ann", LATER)
    with ledger.as_of(before) as then:
        assert [(each.state, each.version) for each in then.proposals()] == [(State.APPROVED, 1)]
        assert then.verify().ok


@pytest.mark.parametrize(("through", "seconds", "sent"), [
    ("page", 9, False), ("page", 10, True), ("cli", 0, True), ("standing approval", 0, True),
])  # fmt: skip
def test_for_ten_seconds_after_an_approval_on_the_page_nothing_is_sent(
    through: str, seconds: int, sent: bool, ledger: SqlLedger
) -> None:
    ledger.add(wishes(1))
    ledger.decide([Decision("p_1", 1, True, "ann", through)], NOW)
    tried = ledger.intend([attempt(wish(1), sent_at=NOW + timedelta(seconds=seconds))], "act")
    assert tried == (["p_1"] if sent else [])
