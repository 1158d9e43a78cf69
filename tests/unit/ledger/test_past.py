"""What the belts ask the ledger about earlier runs."""

from dataclasses import replace
from datetime import timedelta

from agent.ledger import SqlLedger
from agent.model.proposal import Fate, Receipt, State
from tests.wishes import NOW, approved, attempt, sent, wish, wishes

HOUR = timedelta(hours=1)


def test_what_was_sent_is_told_with_its_moment_oldest_first(ledger: SqlLedger) -> None:
    approved(ledger, wishes(3))
    ledger.intend([attempt(wish(2), sent_at=NOW), attempt(wish(1), sent_at=NOW + HOUR)], "act")
    assert [(each.id, at) for each, at in ledger.sent_since("north", NOW)] == [("p_2", NOW), ("p_1", NOW + HOUR)]
    assert [each.id for each, _ in ledger.sent_since("north", NOW + HOUR)] == ["p_1"]
    assert ledger.sent_since("south", NOW) == []


def test_a_definite_no_was_not_sent_and_a_conflict_may_have_landed(ledger: SqlLedger) -> None:
    sent(ledger, wishes(3))
    ledger.move(["p_1"], State.INTENT, State.FAILED, "act", NOW)
    ledger.move(["p_2"], State.INTENT, State.IN_DOUBT, "act", NOW)
    ledger.move(["p_2"], State.IN_DOUBT, State.CONFLICT, "act", NOW)
    assert [each.id for each, _ in ledger.sent_since("north", NOW)] == ["p_2", "p_3"]


def test_of_several_attempts_the_newest_counts(ledger: SqlLedger) -> None:
    sent(ledger, [wish(1)])
    ledger.move(["p_1"], State.INTENT, State.APPROVED, "act", NOW)
    ledger.intend([attempt(wish(1), 2, NOW + HOUR)], "act")
    assert [at for _, at in ledger.sent_since("north", NOW)] == [NOW + HOUR]


def test_answers_are_counted_by_what_they_said(ledger: SqlLedger) -> None:
    sent(ledger, wishes(4))
    fates = {"p_1": Fate.REFUSED, "p_2": Fate.ACCEPTED, "p_3": Fate.REFUSED}
    becomes = {"p_1": State.FAILED, "p_2": State.ACCEPTED, "p_3": State.FAILED}
    ledger.receive([Receipt(id, fate) for id, fate in fates.items()], becomes, "act", NOW)
    assert ledger.answers_since("north", NOW) == {Fate.REFUSED: 2, Fate.ACCEPTED: 1}
    assert ledger.answers_since("north", NOW + HOUR) == {}
    assert ledger.answers_since("south", NOW) == {}


def test_changes_taken_back_are_counted_once_each_and_only_if_a_person_meant_it(ledger: SqlLedger) -> None:
    back = [replace(wish(number), undoes="p_9") for number in (1, 2)]
    approved(ledger, [*back, replace(wish(3), undoes="p_8"), wish(4)])
    ledger.add([replace(wish(5), undoes="p_7")])
    assert ledger.undone_since("north", NOW) == 2
    assert ledger.undone_since("north", NOW + HOUR) == 0
    assert ledger.undone_since("south", NOW) == 0
