"""Carrying out, effect by effect: pauses, what is left alone, what is told, and where exactly a limit lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise

import pytest

from agent.actions.batches import payload_hash
from agent.actions.drive import RealWorld, drive
from agent.actions.effects import Effect, Program
from agent.actions.execute import Executor
from agent.actions.patience import Patience
from agent.errors import ConfigError, SourceError
from agent.model.change import Change, Edit, Value
from agent.model.entity import Entity
from agent.model.money import Money
from agent.model.proposal import Execution, Fate, ProposalId, Receipt, State
from agent.model.risk import AT_RISK
from tests.act_account import Account, said
from tests.laws.memory_ledger import MemoryLedger
from tests.unit.actions.desk import PATIENCE, SECOND, Desk
from tests.wishes import NOW, wish, wishes


def test_where_nobody_says_how_long_pauses_begin_with_a_second_and_double() -> None:
    desk = Desk()
    desk.approve(wish(1))
    desk.account.answers.extend([said(Fate.NOT_APPLIED)] * 4)
    assert desk.act().counts[State.ACCEPTED] == 1
    assert desk.clock.slept == [1, 2, 4, 8]


def test_a_pass_rests_no_longer_than_two_minutes_in_all_and_no_shorter() -> None:
    desk = Desk()
    desk.approve(wish(1))
    desk.account.answers.extend([said(Fate.NOT_APPLIED, retry_after=60), said(Fate.NOT_APPLIED, retry_after=60)])
    assert desk.act().counts["waiting"] == 1
    assert desk.clock.slept == [60], "the second rest would be twice as long"
    other = Desk()
    other.approve(wish(1))
    other.account.answers.append(said(Fate.NOT_APPLIED, retry_after=120))
    assert other.act().counts[State.ACCEPTED] == 1
    assert other.clock.slept == [120]


def test_a_source_that_says_later_for_too_long_is_asked_nothing_more_in_this_pass() -> None:
    desk = Desk(Account(batch=1))
    desk.approve(*wishes(3))
    desk.account.answers.extend([said(Fate.NOT_APPLIED, retry_after=600)] * 3)
    assert desk.act().counts["waiting"] == 3
    assert (len(desk.account.sent), desk.account.looked) == (1, 1)


def test_a_source_that_cannot_be_read_is_not_asked_again_in_this_pass() -> None:
    desk = Desk(Account(batch=1, broken=SourceError("Amazon does not answer")))
    desk.approve(*wishes(3))
    assert len(desk.act().faults) == 1
    assert desk.account.looked == 1


def test_another_source_is_still_asked() -> None:
    broken = Account(edits=frozenset({Edit("keyword", "budget")}), broken=SourceError("no answer"))
    desk = Desk(broken, Account())
    desk.approve(wish(1, field="budget"), wish(2))
    assert desk.act().counts[State.ACCEPTED] == 1
    assert desk.states() == {"p_1": State.APPROVED, "p_2": State.ACCEPTED}


def test_a_stop_between_looking_and_sending_is_obeyed() -> None:
    desk = Desk()
    desk.approve(wish(1))
    desk.why_not = lambda: "stopped by ann" if desk.account.looked else None
    assert desk.act().stopped == "stopped by ann"
    assert (desk.account.looked, desk.account.sent) == (1, [])
    assert desk.states() == {"p_1": State.APPROVED}


def test_once_stopped_a_pass_goes_no_further_and_says_so_only_then() -> None:
    desk = Desk(Account(batch=1))
    assert desk.act().stopped == "", "with nothing to do, nothing is stopped"
    desk.approve(*wishes(3))
    desk.why_not = lambda: "dry-run"
    assert desk.act().stopped == "dry-run"
    assert desk.told == ["keyword bid: 1"]


def test_whoever_waits_is_told_of_each_batch() -> None:
    desk = Desk(Account(batch=2))
    desk.approve(*wishes(3))
    desk.act()
    assert desk.told == ["keyword bid: 2", "keyword bid: 1"]


def test_only_what_is_asked_for_is_sent() -> None:
    desk = Desk()
    desk.approve(*wishes(3))
    desk.act(only={"p_2"})
    assert [list(changes) for changes in desk.account.sent] == [["p_2"]]


def test_another_accounts_proposals_are_left_alone() -> None:
    desk = Desk()
    desk.approve(wish(1), wish(2, account="south"))
    desk.act()
    assert desk.states() == {"p_1": State.ACCEPTED, "p_2": State.APPROVED}
    desk.settle()
    desk.ledger.move(["p_2"], State.APPROVED, State.EXPIRED, "x", NOW)
    assert desk.states()["p_1"] is State.DONE


def test_what_one_of_the_sources_takes_is_sent_by_that_one() -> None:
    budgets = Account(edits=frozenset({Edit("campaign", "budget")}))
    desk = Desk(budgets, Account())
    desk.approve(wish(1))
    desk.act()
    assert (budgets.sent, len(desk.accounts[1].sent)) == ([], 1)


def test_how_the_world_differs_is_said_in_words_or_not_at_all() -> None:
    proposal, by = wish(1), Executor("north", "r_2", [], PATIENCE)
    entity, one = proposal.change.entity, Money.of("1.00", "EUR")
    assert by.movement(proposal, {entity: one}) == ""
    assert by.movement(proposal, {entity: proposal.change.after}) == "already so"
    assert by.movement(proposal, {}) == "it is no longer listed"
    assert by.movement(proposal, {entity: None}) == "the live value had moved to None"


@dataclass
class Slow(MemoryLedger):
    """Committing an intent takes so long."""

    desk: Desk
    span: timedelta

    def __post_init__(self) -> None:
        super().__init__()

    def intend(self, executions: Sequence[Execution], by: str) -> Sequence[ProposalId]:
        moved = super().intend(executions, by)
        self.desk.later(self.span)
        return moved


@pytest.mark.parametrize(
    ("seconds", "state"), [(0, State.ACCEPTED), (5, State.ACCEPTED), (5.1, State.IN_DOUBT), (-0.1, State.IN_DOUBT)]
)
def test_an_intent_is_sent_within_five_seconds_and_not_a_moment_later(seconds: float, state: State) -> None:
    desk = Desk()
    desk.ledger = Slow(desk, timedelta(seconds=seconds))
    desk.approve(wish(1))
    desk.act()
    assert desk.states() == {"p_1": state}
    assert len(desk.account.sent) == (state is State.ACCEPTED)


def test_an_approval_holds_until_its_last_moment_and_not_at_it() -> None:
    last = wish(1).expires_at
    for at, state in ((last - SECOND, State.ACCEPTED), (last, State.EXPIRED)):
        desk = Desk()
        desk.approve(wish(1))
        desk.clock.at = at
        desk.act()
        assert desk.states() == {"p_1": state}


def test_an_answer_about_something_else_counts_for_nothing() -> None:
    desk = Desk()
    desk.approve(wish(1))
    stranger = Receipt("p_9", Fate.ACCEPTED)
    desk.account.answers.append(lambda changes: [stranger, *desk.account.land(changes)])
    counts = desk.act().counts
    assert counts[State.ACCEPTED] == 1
    assert desk.ledger.executions(["p_9"]) == {}


def test_the_same_answer_twice_is_one_and_two_that_differ_are_none() -> None:
    desk = Desk()
    desk.approve(*wishes(2))

    def doubled(changes: Mapping[ProposalId, Change]) -> Sequence[Receipt]:
        return [*desk.account.land(changes), Receipt("p_1", Fate.ACCEPTED), Receipt("p_2", Fate.NOT_APPLIED)]

    desk.account.answers.append(doubled)
    desk.act()
    assert desk.states() == {"p_1": State.ACCEPTED, "p_2": State.IN_DOUBT}


def test_where_nothing_bounds_a_day_raises_are_sent() -> None:
    desk = Desk()
    desk.approve(wish(1, after="1.20", evidence={AT_RISK: {"amount": "9.00", "currency": "EUR"}}))
    assert desk.act().counts[State.ACCEPTED] == 1


class _Unheard(Effect[None]):
    __slots__ = ()


def test_an_effect_that_nobody_performs_is_a_fault_of_the_program() -> None:
    def program() -> Program[None]:
        yield from _Unheard()

    desk = Desk()
    with pytest.raises(TypeError, match="_Unheard"):
        drive(program(), RealWorld(desk.ledger, desk.clock, lambda: None))


def test_the_payload_hash_is_the_sha_256_of_what_is_asked_for_in_utf_8() -> None:
    change = Change(Entity("north", "keyword", "küche"), "state", "enabled", "paused")
    assert payload_hash(change) == sha256('["north", "keyword", "küche", "state", "paused"]'.encode()).hexdigest()


def test_patience_is_ten_minutes_to_settle_and_what_an_intent_may_wait_on_top() -> None:
    patience = Patience()
    assert patience.settle_of("keyword") == timedelta(minutes=10, seconds=5)
    assert (patience.intent, patience.give_up_of("keyword")) == (timedelta(seconds=5), timedelta(minutes=30))
    assert (patience.attempts_of("keyword"), patience.throttled) == (3, timedelta(minutes=2))
    slow = replace(patience, settle_by_kind={"listing": timedelta(hours=1)}, give_up_by_kind={"listing": 2 * SECOND},
                   attempts_by_kind={"listing": 1})  # fmt: skip
    assert slow.settle_of("listing") == timedelta(hours=1, seconds=5)
    assert (slow.give_up_of("listing"), slow.attempts_of("listing")) == (2 * SECOND, 1)
    assert slow.settle_of("keyword") == patience.settle_of("keyword")


def test_a_settle_time_of_nothing_names_the_setting_to_mend() -> None:
    with pytest.raises(ConfigError) as refused:
        Patience(settle=timedelta())
    assert refused.value.setting == "act.settle_minutes"


def test_batches_are_cut_at_what_the_source_takes() -> None:
    desk = Desk(Account(batch=3))
    desk.approve(*wishes(7))
    desk.act()
    assert [len(changes) for changes in desk.account.sent] == [3, 3, 1]
    ids = [id for changes in desk.account.sent for id in changes]
    assert all(int(one[2:]) < int(other[2:]) for one, other in pairwise(ids)), "the oldest first"


def test_no_value_at_all_is_a_value_that_may_have_moved() -> None:
    desk = Desk()
    desk.approve(wish(1))
    nothing: Value = None
    desk.account.values[wish(1).change.entity] = nothing
    assert desk.act().counts[State.SUPERSEDED] == 1
