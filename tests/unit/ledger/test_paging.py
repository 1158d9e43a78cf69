"""Long lists piece by piece, and decisions that are wholly made or not at all; on both databases."""

from __future__ import annotations

from datetime import timedelta

from agent.ledger import SqlLedger
from agent.ledger.inbox import Wanted
from agent.ledger.paging import Approved, Sought
from agent.model.proposal import API, Decision, Run, State
from agent.model.risk import exposure
from tests.wishes import NOW, attempt, wish, wishes, yes

LATER = NOW + timedelta(hours=1)


def _through(number: int, version: int = 1, by: str = "ann", through: str = f"{API} k_1") -> Decision:
    return Decision(f"p_{number}", version, True, by, through)


def test_pieces_follow_one_another_whatever_comes_in(ledger: SqlLedger) -> None:
    ledger.add(wishes(5))
    first = ledger.pages.proposals(Wanted(None), None, 2)
    ledger.add([wish(6)])
    rest = ledger.pages.proposals(Wanted(None), first[-1][0], 9)
    assert [each.id for _number, each in [*first, *rest]] == ["p_5", "p_4", "p_3", "p_2", "p_1"]
    for number in (1, 2, 3):
        ledger.begin(Run(f"r_{number}", "judge" if number < 3 else "pull", "north", NOW))
    runs = ledger.pages.runs("judge", "north", None, 1)
    assert [run.id for run in [*runs, *ledger.pages.runs("judge", "north", (NOW, runs[-1].id), 9)]] == ["r_2", "r_1"]


def test_events_are_sought_by_time_person_kind_and_thing(ledger: SqlLedger) -> None:
    ledger.add([wish(1), wish(2, entity="50% \"off\"")])  # fmt: skip
    ledger.decide([yes(wish(1)), yes(wish(2), by='a"b%')], LATER)

    def found(**sought: object) -> list[tuple[str, str | None]]:
        return [(event.kind, event.proposal) for event in ledger.pages.events(Sought(**sought), None, 9)]  # type: ignore[arg-type]

    assert found(since=LATER, kind="approved") == [("approved", "p_2"), ("approved", "p_1")]
    assert found(until=LATER) == [("proposed", "p_2"), ("proposed", "p_1")]
    assert found(actor='a"b%') == [("approved", "p_2")]
    assert found(actor="a%") == []
    assert found(about='50% "off"') == found(about="p_2") == [("approved", "p_2"), ("proposed", "p_2")]
    assert found(about="\0") == []


def test_where_one_is_stale_nothing_is_decided(ledger: SqlLedger) -> None:
    ledger.add(wishes(3))
    head = ledger.head()
    assert ledger.decide([_through(1), _through(2, version=2), _through(9)], NOW, whole=True) == ["p_2", "p_9"]
    assert ledger.head() == head
    assert ledger.decide([_through(1), _through(2)], NOW, whole=True) == []
    assert ledger.counts() == {State.PROPOSED: 1, State.APPROVED: 2}
    assert ledger.verify().ok


def test_all_that_was_seen_is_taken_back_or_none_of_it(ledger: SqlLedger) -> None:
    ledger.add(wishes(3))
    ledger.decide([_through(1), _through(2), _through(3, by="bob")], NOW)
    for versions in ({"p_1": 1, "p_2": 2}, {"p_1": 1, "p_3": 1}, {"p_1": 1, "p_9": 1}):
        assert ledger.recall(versions, "ann", LATER, versions) == []
    assert ledger.counts() == {State.APPROVED: 3}
    assert ledger.recall(["p_1", "p_2"], "ann", LATER, {"p_1": 1, "p_2": 1}) == ["p_1", "p_2"]
    assert ledger.verify().ok


def test_what_programs_approved_is_held_and_counted_as_theirs_alone(ledger: SqlLedger) -> None:
    dear = [wish(number, after="1.50") for number in (1, 2, 3, 4)]
    ledger.add(dear)
    ledger.decide([_through(1), _through(2, by="bob"), _through(3, through="cli")], NOW)
    ledger.decide([_through(4)], LATER)
    cost = exposure(dear[0].change)
    assert cost
    assert ledger.pages.approved_by_programs("ann", NOW) == [Approved("north", 2, 2 * cost)]
    assert ledger.pages.approved_by_programs("ann", LATER) == [Approved("north", 1, cost)]
    assert ledger.pages.approved_by_programs("cara", NOW) == []
    soon = NOW + timedelta(seconds=9)
    assert ledger.intend([attempt(each, sent_at=soon) for each in dear[:3]], "steward") == ["p_3"]
    assert ledger.intend([attempt(each, sent_at=LATER) for each in dear[:2]], "steward") == ["p_1", "p_2"]
