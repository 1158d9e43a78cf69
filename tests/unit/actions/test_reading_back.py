"""Reading back, look by look: when a look is believed, how long it is repeated, and what is given up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent.actions.reconcile import Finding, Reconciler
from agent.errors import CredentialError, SourceError
from agent.model.change import Change, Edit, Value
from agent.model.entity import Entity
from agent.model.money import Money
from agent.model.proposal import Fate, State
from agent.model.recorded import Recorded
from tests.act_account import Account, said
from tests.unit.actions.desk import MINUTE, PATIENCE, RIPE, SECOND, Desk
from tests.wishes import NOW, attempt, wish, wishes

BY = Reconciler("north", [], PATIENCE)
GIVEN_UP = RIPE + PATIENCE.give_up


def doubtful(*accounts: Account, count: int = 1) -> Desk:
    """Changes were sent, and nobody knows what became of them."""
    desk = Desk(*accounts)
    desk.approve(*wishes(count))
    desk.account.answers.extend([said(Fate.UNKNOWN)] * count)
    desk.act()
    return desk


def test_looks_are_repeated_after_longer_and_longer_pauses_until_the_time_is_up() -> None:
    desk = Desk()
    desk.approve(wish(1))
    desk.account.answers.append(said(Fate.ACCEPTED))
    desk.act()
    desk.told.clear()
    assert desk.settle(wait=timedelta(seconds=50)).open == {State.ACCEPTED: 1}
    assert desk.clock.slept == [0.5, 1, 2, 4, 8, 15, 15, 4.5]
    assert desk.told == ["accepted 1"] * 8


def test_who_waits_hears_how_many_are_open_by_state() -> None:
    desk = doubtful(Account(batch=1), count=2)
    desk.approve(wish(3))
    desk.account.answers.append(said(Fate.ACCEPTED))
    desk.act()
    desk.told.clear()
    desk.settle(wait=timedelta(seconds=0.5))
    assert desk.told == ["accepted 1, in_doubt 2"]


def test_a_look_is_believed_from_the_settle_time_on_and_not_a_moment_before() -> None:
    desk = doubtful()
    desk.clock.at = NOW + RIPE - SECOND
    assert desk.settle().open == {State.IN_DOUBT: 1}
    desk.clock.at = NOW + RIPE
    assert desk.settle().counts == {State.APPROVED: 1}


def test_the_settle_time_counts_from_the_newest_sending() -> None:
    proposal = wish(1)
    sent = [attempt(proposal, 1, NOW), attempt(proposal, 2, NOW + 7 * MINUTE)]
    assert BY.due(proposal, sent) == NOW + 7 * MINUTE + RIPE
    assert BY.due(proposal, []) == proposal.created_at + RIPE


def test_waiting_looks_again_when_a_doubt_becomes_ripe() -> None:
    desk = doubtful()
    desk.later(RIPE - timedelta(seconds=20))
    assert desk.settle(wait=timedelta(seconds=19)).counts.total() == 0
    assert desk.clock.slept == [], "nothing more can be found before the deadline"
    assert desk.settle(wait=timedelta(seconds=20)).counts == {State.APPROVED: 1}


def test_one_change_that_may_still_become_visible_is_worth_waiting_for() -> None:
    desk = Desk(Account(batch=1))
    desk.approve(*wishes(2))
    desk.account.answers.extend([said(Fate.UNKNOWN), said(Fate.ACCEPTED)])
    desk.act()
    desk.settle(wait=timedelta(seconds=3))
    assert desk.clock.slept == [0.5, 1, 1.5]


def test_what_is_no_longer_listed_is_a_conflict_once_a_look_is_believed() -> None:
    desk = doubtful()
    desk.account.gone.add(wish(1).change.entity)
    assert desk.settle().conflicts == []
    desk.later(RIPE)
    assert [(each.to, each.note) for each in desk.settle().conflicts] == [(State.CONFLICT, "it is no longer listed")]


def test_what_is_done_is_no_conflict_and_needs_no_words() -> None:
    desk = Desk()
    desk.approve(*wishes(2))
    desk.act()
    report = desk.settle()
    assert (report.counts, report.conflicts) == ({State.DONE: 2}, [])
    assert BY.finding(wish(1), {wish(1).change.entity: wish(1).change.after}, [], NOW) == Finding(wish(1), State.DONE)
    assert BY.finding(wish(1), {wish(1).change.entity: wish(1).change.after}, [], NOW).note == ""  # type: ignore[union-attr]


def test_what_amazon_cannot_take_twice_is_never_sent_twice() -> None:
    """A request for a review that may have gone out is left to a person; one that never left is not."""
    change = Change(Entity("north", "order", "o1"), "review_request", "open", "requested")
    asked = replace(wish(1, change=change), state=State.IN_DOUBT)
    live: Mapping[Entity, Value] = {change.entity: "open"}
    late = NOW + timedelta(days=1)
    found = BY.finding(asked, live, [attempt(asked)], late)
    assert found == Finding(asked, State.CONFLICT, "whether it landed is not known, and it is never sent twice")
    throttled = replace(attempt(asked), fate=Fate.NOT_APPLIED)
    assert BY.finding(asked, live, [throttled], late) == Finding(asked, State.APPROVED, "it never landed")
    bid = replace(wish(2), state=State.IN_DOUBT)
    there = {bid.change.entity: bid.change.before}
    assert BY.finding(bid, there, [attempt(bid)], late) == Finding(bid, State.APPROVED, "it never landed")


def test_after_three_sendings_without_effect_a_person_decides() -> None:
    bid = replace(wish(1), state=State.IN_DOUBT)
    live, late = {bid.change.entity: bid.change.before}, NOW + timedelta(days=1)
    for count, to in ((2, State.APPROVED), (3, State.CONFLICT)):
        found = BY.finding(bid, live, [attempt(bid, number) for number in range(1, count + 1)], late)
        assert found is not None
        assert found.to is to


def test_what_cannot_be_read_for_half_an_hour_is_given_up_and_not_before() -> None:
    desk = doubtful()
    desk.account.broken = SourceError("Amazon does not answer")
    desk.clock.at = NOW + GIVEN_UP - SECOND
    assert desk.settle().conflicts == []
    desk.clock.at = NOW + GIVEN_UP
    assert [each.note for each in desk.settle().conflicts] == ["could not be read back for 0:30:00"]


def test_another_accounts_doubts_are_left_alone() -> None:
    desk = Desk()
    desk.approve(wish(1, account="south"))
    desk.ledger.intend([attempt(wish(1, account="south"))], "act")
    desk.ledger.move(["p_1"], State.INTENT, State.IN_DOUBT, "act", NOW)
    desk.later(timedelta(days=1))
    assert desk.settle().open == {}
    assert desk.states() == {"p_1": State.IN_DOUBT}


def test_without_credentials_nobody_waits() -> None:
    desk = Desk()
    desk.approve(wish(1))
    desk.account.answers.append(said(Fate.ACCEPTED))
    desk.act()
    desk.account.broken = CredentialError("the grant was taken back")
    desk.settle(wait=timedelta(minutes=1))
    assert desk.clock.slept == []


@dataclass
class Export(Account):
    """An account that is known only by an export of a moment."""

    made_at: datetime = NOW

    def live(self, entities: Sequence[Entity], field: str) -> Mapping[Entity, Value]:
        return Recorded(super().live(entities, field), self.made_at)


def test_an_export_proves_only_what_was_so_when_it_was_made() -> None:
    desk = doubtful(Export(made_at=NOW + RIPE - SECOND))
    desk.later(RIPE + MINUTE)
    assert desk.settle().open == {State.IN_DOUBT: 1}
    desk.accounts[0].made_at = NOW + RIPE
    assert desk.settle().counts == {State.APPROVED: 1}


def test_an_export_of_the_future_proves_no_more_than_one_of_now() -> None:
    desk = Desk(Export(made_at=NOW + timedelta(days=2)))
    desk.approve(wish(1))
    desk.account.answers.append(said(Fate.ACCEPTED))
    desk.act()
    desk.later(MINUTE)
    desk.account.values[wish(1).change.entity] = Money.of("2.00", "EUR")
    assert desk.settle().open == {State.ACCEPTED: 1}


def test_nobody_waits_for_an_export_to_change() -> None:
    desk = Desk(Export())
    desk.approve(wish(1))
    desk.account.answers.append(said(Fate.ACCEPTED))
    desk.act()
    desk.later(MINUTE)
    desk.settle(wait=timedelta(minutes=1))
    assert desk.clock.slept == []


def test_what_no_export_shows_is_given_up_in_the_end_and_only_that() -> None:
    desk = doubtful(Export(), count=2)
    desk.account.values[wish(2).change.entity] = wish(2).change.after
    desk.clock.at = NOW + GIVEN_UP
    report = desk.settle()
    assert [(each.proposal.id, each.note) for each in report.conflicts] == [
        ("p_1", "could not be read back for 0:30:00"),
    ]  # fmt: skip
    assert desk.states() == {"p_1": State.CONFLICT, "p_2": State.DONE}


def test_what_only_another_field_shows_is_read_by_that_field() -> None:
    both = frozenset({Edit("keyword", "bid"), Edit("keyword", "budget")})
    desk = Desk(Account(edits=both))
    desk.approve(wish(1), wish(2, field="budget"))
    desk.act()
    desk.account.looked = 0
    assert desk.settle().counts == {State.DONE: 2}
    assert desk.account.looked == 2
