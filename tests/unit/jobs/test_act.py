"""Carrying out, by the job on a real ledger: each law of the protocol with one account that misbehaves."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.actions.batches import payload_hash
from agent.clock import SetClock
from agent.errors import ConfigError, CredentialError, LockedError, SourceError
from agent.jobs.act import ActReport, act
from agent.jobs.expire import expire
from agent.jobs.settle import Patience, SettleReport, settle
from agent.ledger import SqlLedger
from agent.model.change import Change, Edit
from agent.model.money import Money
from agent.model.proposal import Execution, Fate, Proposal, ProposalId, Receipt, State
from tests.act_account import Account, said
from tests.wishes import NOW, approved, sent, wish, wishes

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "steward.db"
    SqlLedger.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def ledger(tmp_path: Path, migrated: Path) -> Iterator[SqlLedger]:
    ledger = SqlLedger.open(f"sqlite:///{shutil.copy(migrated, tmp_path)}")
    yield ledger
    ledger.close()


class Desk:
    """A ledger, an account and a clock, and the jobs on them."""

    def __init__(self, ledger: SqlLedger, account: Account | None = None, actuators: Sequence[Any] | None = None):
        self.ledger, self.clock = ledger, SetClock(NOW + MINUTE)
        self.account = account or Account()
        self.actuators = [self.account] if actuators is None else actuators
        self.why_not: str | None = None
        self.runs = 0

    def act(self, **more: Any) -> ActReport:
        return act(self.ledger, self.actuators, self.clock, account="north", run=self._run(),
                   may_write=lambda: self.why_not, **more)  # fmt: skip

    def settle(self, **more: Any) -> SettleReport:
        return settle(self.ledger, self.actuators, self.clock, account="north", run=self._run(), **more)

    def expire(self) -> int:
        return expire(self.ledger, self.clock, account="north", run=self._run())

    def later(self, span: timedelta) -> None:
        self.clock.sleep(span.total_seconds())

    def states(self) -> dict[ProposalId, State]:
        return {proposal.id: proposal.state for proposal in self.ledger.in_state(*State)}

    def note(self, id: ProposalId) -> str:
        return str(self.ledger.events(proposal=id)[-1].payload.get("note", ""))

    def _run(self) -> str:
        self.runs += 1
        return f"r_act{self.runs}"


@pytest.fixture
def desk(ledger: SqlLedger) -> Desk:
    return Desk(ledger)


def test_what_was_approved_is_sent_once_and_read_back(desk: Desk) -> None:
    approved(desk.ledger, wishes(3))
    assert desk.act().counts[State.ACCEPTED] == 3
    assert desk.settle().counts[State.DONE] == 3
    assert desk.act().counts.total() == 0
    assert desk.settle().counts.total() == 0
    assert len(desk.account.sent) == 1
    assert {event.payload["by"] for event in desk.ledger.events(proposal="p_1")[2:]} == {"steward"}
    assert desk.ledger.verify().ok


def test_a_batch_holds_one_kind_and_field_and_no_more_than_the_source_takes(ledger: SqlLedger) -> None:
    desk = Desk(ledger, Account(batch=2, edits=frozenset({Edit("keyword", "bid"), Edit("keyword", "budget")})))
    approved(ledger, [*wishes(3), wish(4, field="budget")])
    desk.act()
    assert sorted((len(changes), {each.field for each in changes.values()}) for changes in desk.account.sent) == [
        (1, {"bid"}), (1, {"budget"}), (2, {"bid"}),
    ]  # fmt: skip


def test_exactly_the_row_whose_live_value_moved_is_superseded(desk: Desk) -> None:
    first, second = proposals = wishes(2)
    approved(desk.ledger, proposals)
    desk.account.values[first.change.entity] = Money.of("0.82", "EUR")
    assert desk.act().counts[State.SUPERSEDED] == 1
    assert desk.states() == {first.id: State.SUPERSEDED, second.id: State.ACCEPTED}
    assert desk.note(first.id) == "the live value had moved to 0.82 EUR"
    assert list(desk.account.sent[0]) == [second.id]


def test_what_is_already_so_is_not_sent(desk: Desk) -> None:
    (proposal,) = wishes(1)
    approved(desk.ledger, [proposal])
    desk.account.values[proposal.change.entity] = proposal.change.after
    desk.act()
    assert (desk.states()[proposal.id], desk.note(proposal.id)) == (State.SUPERSEDED, "already so")
    assert desk.account.sent == []


def test_what_is_no_longer_listed_is_superseded(desk: Desk) -> None:
    (proposal,) = wishes(1)
    approved(desk.ledger, [proposal])
    desk.account.gone.add(proposal.change.entity)
    desk.act()
    assert desk.states() == {proposal.id: State.SUPERSEDED}


def test_an_old_read_of_our_own_write_is_waited_out(desk: Desk) -> None:
    """Rule 7: we wrote 0.75 a minute ago and still read 1.00; that is no person's edit."""
    approved(desk.ledger, [wish(1)])
    desk.act()
    desk.settle()
    before, after = Money.of("0.75", "EUR"), Money.of("0.60", "EUR")
    second = wish(2, entity="k1", change=Change(wish(1).change.entity, "bid", before, after))
    approved(desk.ledger, [second])
    desk.account.values[second.change.entity] = Money.of("1.00", "EUR")
    desk.later(MINUTE)
    assert desk.act().counts["waiting"] == 1
    assert desk.states()["p_2"] is State.APPROVED
    desk.later(11 * MINUTE)
    desk.act()
    assert desk.states()["p_2"] is State.SUPERSEDED


def test_an_entity_has_one_change_in_flight(ledger: SqlLedger) -> None:
    desk = Desk(ledger, Account(edits=frozenset({Edit("keyword", "bid"), Edit("keyword", "budget")})))
    approved(ledger, [wish(1), wish(2, entity="k1", field="budget", after="0.80")])
    assert desk.act().counts["waiting"] == 1
    assert desk.act().counts["waiting"] == 1
    desk.settle()
    desk.account.values.clear()
    desk.act()
    assert [[each.field for each in changes.values()] for changes in desk.account.sent] == [["bid"], ["budget"]]


def test_a_definite_no_is_final(desk: Desk) -> None:
    approved(desk.ledger, wishes(1))
    desk.account.answers.append(said(Fate.REFUSED))
    assert desk.act().counts[State.FAILED] == 1
    desk.act()
    assert len(desk.account.sent) == 1


def test_throttled_changes_are_sent_again_after_the_rest_that_was_asked_for(desk: Desk) -> None:
    approved(desk.ledger, wishes(2))
    desk.account.answers.append(said(Fate.NOT_APPLIED, retry_after=7))
    started = desk.clock.now()
    report = desk.act()
    assert (report.counts["throttled"], report.counts[State.ACCEPTED]) == (2, 2)
    assert desk.clock.now() - started == timedelta(seconds=7)
    assert desk.account.looked == 2, "the live value is looked at before every send"


def test_a_source_that_asks_for_too_much_patience_is_left_for_a_later_pass(desk: Desk) -> None:
    approved(desk.ledger, wishes(1))
    desk.account.answers.append(said(Fate.NOT_APPLIED, retry_after=600))
    report = desk.act()
    assert (report.counts["throttled"], report.counts["waiting"]) == (1, 1)
    assert desk.clock.now() == NOW + MINUTE
    assert desk.act().counts[State.ACCEPTED] == 1


def test_a_source_that_always_says_later_does_not_hold_a_pass_for_ever(desk: Desk) -> None:
    approved(desk.ledger, wishes(1))
    desk.account.answers.extend([said(Fate.NOT_APPLIED)] * 50)
    desk.act()
    assert desk.clock.now() - NOW < 5 * MINUTE
    assert desk.states() == {"p_1": State.APPROVED}


def test_a_lost_answer_is_settled_by_looking(desk: Desk) -> None:
    approved(desk.ledger, wishes(1))
    desk.account.answers.append(desk.account.land_and_lose)
    assert desk.act().counts[State.IN_DOUBT] == 1
    looked = desk.account.looked
    assert desk.settle().open[State.IN_DOUBT] == 1
    assert desk.account.looked == looked, "before the settle time a look proves nothing"
    desk.later(11 * MINUTE)
    assert desk.settle().counts[State.DONE] == 1
    assert len(desk.account.sent) == 1


def test_what_never_landed_is_sent_again_but_not_for_ever(desk: Desk) -> None:
    approved(desk.ledger, wishes(1))
    desk.account.answers.extend([said(Fate.UNKNOWN)] * 9)
    for _ in range(9):
        desk.act()
        desk.later(11 * MINUTE)
        last = desk.settle()
    assert len(desk.account.sent) == 3
    assert desk.states() == {"p_1": State.CONFLICT}
    assert desk.note("p_1") == "sent 3 times without effect"
    assert last.counts.total() == 0


def test_throttled_attempts_do_not_count_against_a_change(desk: Desk) -> None:
    approved(desk.ledger, wishes(1))
    desk.account.answers.extend([said(Fate.NOT_APPLIED)] * 4)
    desk.act()
    assert desk.states() == {"p_1": State.ACCEPTED}


@pytest.mark.parametrize("fault", [OSError("reset"), ValueError("not JSON"), KeyError("index")])
def test_whatever_goes_wrong_while_sending_leaves_a_doubt(desk: Desk, fault: Exception) -> None:
    def breaks(_: Mapping[ProposalId, Change]) -> Sequence[Receipt]:
        raise fault

    approved(desk.ledger, wishes(2))
    desk.account.answers.append(breaks)
    assert desk.act().counts[State.IN_DOUBT] == 2
    (execution,) = desk.ledger.executions(["p_1"])["p_1"]
    assert execution.fate is Fate.UNKNOWN
    assert type(fault).__name__ in execution.message


def test_an_item_without_an_answer_or_with_two_is_in_doubt(desk: Desk) -> None:
    def odd(changes: Mapping[ProposalId, Change]) -> Sequence[Receipt]:
        return [Receipt("p_1", Fate.ACCEPTED), Receipt("p_2", Fate.ACCEPTED), Receipt("p_2", Fate.REFUSED),
                Receipt("p_9", Fate.ACCEPTED)]  # fmt: skip

    approved(desk.ledger, wishes(3))
    desk.account.answers.append(odd)
    desk.act()
    assert desk.states() == {"p_1": State.ACCEPTED, "p_2": State.IN_DOUBT, "p_3": State.IN_DOUBT}


def test_an_intent_that_was_found_at_the_start_is_in_doubt(desk: Desk) -> None:
    sent(desk.ledger, wishes(1))
    assert desk.act().counts["recovered"] == 1
    assert desk.states() == {"p_1": State.IN_DOUBT}
    assert desk.account.sent == []


def test_an_intent_is_recovered_even_while_nothing_may_be_sent(desk: Desk) -> None:
    sent(desk.ledger, wishes(1))
    desk.why_not = "dry-run"
    desk.act()
    assert desk.states() == {"p_1": State.IN_DOUBT}


class SlowLedger:
    """A ledger whose commit of an intent takes long, or a process that was paused after it."""

    def __init__(self, ledger: SqlLedger, clock: SetClock, seconds: float) -> None:
        self._ledger, self._clock, self._seconds = ledger, clock, seconds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def intend(self, executions: Sequence[Execution], by: str) -> Sequence[ProposalId]:
        moved = self._ledger.intend(executions, by)
        self._clock.sleep(self._seconds)
        return moved


@pytest.mark.parametrize("seconds", [5.1, -1.0])
def test_an_intent_that_grew_old_is_never_sent(desk: Desk, seconds: float) -> None:
    """Rule 3: paused for longer than five seconds, or the clock was set back: it cannot be known what happened."""
    approved(desk.ledger, wishes(1))
    slow = SlowLedger(desk.ledger, desk.clock, seconds)
    act(slow, desk.actuators, desk.clock, account="north", run="r_1", may_write=lambda: None)  # type: ignore[arg-type]
    assert desk.account.sent == []
    assert desk.states() == {"p_1": State.IN_DOUBT}


@pytest.mark.parametrize("reason", ["dry-run", "stopped by ann: audit"])
def test_while_nothing_may_be_sent_no_request_leaves_at_all(desk: Desk, reason: str) -> None:
    approved(desk.ledger, wishes(1))
    desk.why_not = reason
    report = desk.act()
    assert (report.stopped, report.counts["waiting"]) == (reason, 1)
    assert (desk.account.sent, desk.account.looked) == ([], 0)
    assert desk.ledger.runs() == []


def test_stop_means_stop_between_two_batches(ledger: SqlLedger) -> None:
    desk = Desk(ledger, Account(batch=1))

    def stop(changes: Mapping[ProposalId, Change]) -> Sequence[Receipt]:
        desk.why_not = "stopped by ann: enough"
        return desk.account.land(changes)

    approved(ledger, wishes(3))
    desk.account.answers.append(stop)
    assert desk.act().stopped == "stopped by ann: enough"
    assert len(desk.account.sent) == 1


def test_the_kill_switch_in_the_ledger_is_obeyed_even_if_nobody_asks(desk: Desk) -> None:
    approved(desk.ledger, wishes(1))
    desk.ledger.switch(stop=True, by="ann", reason="enough", at=NOW)
    desk.act()
    assert desk.account.sent == []


def test_an_expired_approval_is_never_sent(desk: Desk) -> None:
    approved(desk.ledger, wishes(1))
    desk.later(timedelta(days=3))
    assert desk.act().counts[State.EXPIRED] == 1
    assert desk.account.sent == []


def test_a_source_that_cannot_be_read_leaves_its_changes_approved(desk: Desk) -> None:
    approved(desk.ledger, wishes(1))
    desk.account.broken = SourceError("Amazon does not answer", connector="amazon_ads")
    report = desk.act()
    assert [fault.message for fault in report.faults] == ["Amazon does not answer"]
    assert desk.states() == {"p_1": State.APPROVED}
    assert desk.ledger.runs()[0].fault == "Amazon does not answer"


def test_what_nobody_can_write_waits(ledger: SqlLedger) -> None:
    desk = Desk(ledger, actuators=[])
    approved(ledger, wishes(1))
    assert desk.act().counts["waiting"] == 1


def test_only_one_plan_and_only_so_many_are_carried_out_when_asked(desk: Desk) -> None:
    approved(desk.ledger, [*wishes(3), wish(4, run="r_other")])
    assert desk.act(plan="r_other").counts[State.ACCEPTED] == 1
    assert desk.act(most=2).counts[State.ACCEPTED] == 2


def test_a_pass_that_did_something_leaves_a_run(desk: Desk) -> None:
    approved(desk.ledger, wishes(2))
    desk.act()
    desk.settle()
    assert [(run.job, run.fault, dict(run.counts)) for run in desk.ledger.runs()] == [
        ("settle", "", {"done": 2}), ("act", "", {"accepted": 2}),
    ]  # fmt: skip


def test_a_lost_lock_ends_the_pass_before_anything_is_sent(desk: Desk) -> None:
    class Lost(SlowLedger):
        def intend(self, executions: Sequence[Execution], by: str) -> Sequence[ProposalId]:
            raise LockedError("the lock was lost")

    approved(desk.ledger, wishes(1))
    with pytest.raises(LockedError):
        act(Lost(desk.ledger, desk.clock, 0), desk.actuators, desk.clock, account="north", run="r_1",  # type: ignore[arg-type]
            may_write=lambda: None)  # fmt: skip
    assert desk.account.sent == []
    assert desk.ledger.runs()[0].fault == "interrupted"


def test_accepted_is_done_only_once_it_is_visible(desk: Desk) -> None:
    (proposal,) = wishes(1)
    approved(desk.ledger, [proposal])
    desk.account.answers.append(said(Fate.ACCEPTED))
    desk.act()
    assert desk.settle().open[State.ACCEPTED] == 1
    desk.account.values[proposal.change.entity] = proposal.change.after
    assert desk.settle().counts[State.DONE] == 1


def test_accepted_but_never_visible_becomes_a_doubt_and_then_is_sent_again(desk: Desk) -> None:
    approved(desk.ledger, wishes(1))
    desk.account.answers.append(said(Fate.ACCEPTED))
    desk.act()
    desk.later(11 * MINUTE)
    assert desk.settle().counts[State.IN_DOUBT] == 1
    assert desk.settle().counts[State.APPROVED] == 1
    desk.act()
    assert desk.settle().counts[State.DONE] == 1


@pytest.mark.parametrize("fate", [Fate.ACCEPTED, Fate.UNKNOWN])
def test_another_value_is_a_conflict_but_not_before_a_look_can_be_believed(desk: Desk, fate: Fate) -> None:
    (proposal,) = wishes(1)
    approved(desk.ledger, [proposal])
    desk.account.answers.append(said(fate))
    desk.act()
    desk.account.values[proposal.change.entity] = Money.of("2.00", "EUR")
    assert desk.settle().conflicts == []
    desk.later(11 * MINUTE)
    (conflict,) = desk.settle().conflicts
    assert conflict.note == "neither before nor after: 2.00 EUR"
    assert desk.states() == {proposal.id: State.CONFLICT}


def test_a_doubt_that_cannot_be_read_back_is_given_up_loudly(desk: Desk) -> None:
    approved(desk.ledger, wishes(1))
    desk.account.answers.append(said(Fate.UNKNOWN))
    desk.act()
    desk.account.broken = SourceError("Amazon does not answer")
    desk.later(20 * MINUTE)
    assert desk.settle().open[State.IN_DOUBT] == 1
    desk.later(25 * MINUTE)
    report = desk.settle()
    assert [each.note for each in report.conflicts] == ["could not be read back for 0:30:00"]
    assert report.faults


def test_what_was_accepted_and_cannot_be_read_back_does_not_stay_so_for_ever(desk: Desk) -> None:
    approved(desk.ledger, wishes(1))
    desk.act()
    desk.account.broken = SourceError("Amazon does not answer")
    desk.later(45 * MINUTE)
    assert desk.settle().open == {State.IN_DOUBT: 1}
    assert desk.settle().conflicts


def test_without_credentials_nothing_is_given_up_and_nobody_waits(desk: Desk) -> None:
    approved(desk.ledger, wishes(1))
    desk.account.answers.append(said(Fate.UNKNOWN))
    desk.act()
    desk.account.broken = CredentialError("the grant was taken back")
    desk.later(timedelta(days=1))
    started = desk.clock.now()
    assert desk.settle(wait_seconds=60).open == {State.IN_DOUBT: 1}
    assert desk.clock.now() == started


def test_settling_waits_for_what_may_become_visible_and_no_longer(desk: Desk) -> None:
    approved(desk.ledger, wishes(1))
    desk.account.answers.append(said(Fate.ACCEPTED))
    desk.act()
    started = desk.clock.now()
    assert desk.settle(wait_seconds=30).open[State.ACCEPTED] == 1
    assert desk.clock.now() - started == timedelta(seconds=30)


def test_expiring_lets_go_of_everything_past_its_time_and_of_nothing_else(desk: Desk) -> None:
    approved(desk.ledger, wishes(1))
    desk.ledger.add([wish(2), wish(3, state=State.HELD), wish(4, expires_at=NOW + timedelta(days=9))])
    assert desk.expire() == 0
    desk.later(timedelta(days=3))
    assert desk.expire() == 3
    assert desk.states()["p_4"] is State.PROPOSED


def test_a_settle_time_of_zero_is_refused_with_the_reason() -> None:
    with pytest.raises(ConfigError, match="sent twice"):
        Patience(settle=timedelta())
    with pytest.raises(ConfigError, match="sent twice"):
        Patience(settle_by_kind={"campaign": timedelta()})


def test_the_payload_hash_tells_what_was_asked_for() -> None:
    def hash_of(proposal: Proposal) -> str:
        return payload_hash(proposal.change)

    assert hash_of(wish(1)) == hash_of(wish(1))
    others = {hash_of(wish(1)), hash_of(wish(2)), hash_of(wish(1, after="0.76")), hash_of(wish(1, account="south"))}
    assert len(others) == 4


def test_each_attempt_is_numbered(desk: Desk) -> None:
    approved(desk.ledger, wishes(1))
    desk.account.answers.append(said(Fate.NOT_APPLIED))
    desk.act()
    assert [each.attempt for each in desk.ledger.executions(["p_1"])["p_1"]] == [1, 2]
