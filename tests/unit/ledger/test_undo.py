"""Undoing on a real ledger, by the real jobs: select, look, walk back, belt, seal, send."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from agent.clock import SetClock
from agent.errors import SourceError
from agent.facts.book import Book
from agent.jobs.act import act
from agent.jobs.judge import Court
from agent.jobs.settle import settle
from agent.jobs.undo import UndoReport, undo
from agent.ledger import SqlLedger
from agent.model.belt import BeltLimits
from agent.model.change import Change, Edit
from agent.model.creation import Creation
from agent.model.entity import Entity
from agent.model.marketplace import MARKETPLACES
from agent.model.money import Money
from agent.model.proposal import Answer, Proposal, State
from agent.model.recorded import Recorded
from agent.model.unwind import Which, Why
from tests.act_account import Account
from tests.wishes import NOW, approved, wish, wishes, yes

HOUR = timedelta(hours=1)


class Exports(Account):
    """An account that is only known from exports of a while ago."""

    at: datetime = NOW

    def live(self, entities, field):  # type: ignore[no-untyped-def]
        return Recorded(super().live(entities, field), self.at)


@dataclass
class Desk:
    ledger: SqlLedger
    folder: Path
    account: Account = field(default_factory=Account)
    limits: BeltLimits = field(default_factory=BeltLimits)
    clock: SetClock = field(default_factory=lambda: SetClock(NOW + timedelta(minutes=1)))
    ids: count[int] = field(default_factory=count)

    def mint(self, prefix: str) -> str:
        return f"{prefix}_u{next(self.ids)}"

    def carry_out(self, proposals: list[Proposal], run: str = "r_sent") -> None:
        """Seal, approve, send and read back."""
        approved(self.ledger, proposals)
        self.send(run)

    def send(self, run: str = "r_sent") -> None:
        act(self.ledger, [self.account], self.clock, account="north", run=run, may_write=lambda: None)
        settle(self.ledger, [self.account], self.clock, account="north", run=self.mint("r"))
        self.clock.sleep(HOUR.total_seconds())

    def undo(self, stopped: str = "", seal: bool = True, **which: object) -> UndoReport:
        court = Court("north", MARKETPLACES["DE"], (), (), self.limits, Book(self.folder / "facts"), self.clock,
                      self.mint)  # fmt: skip
        return undo(court, self.ledger, [self.account], Which(**which), stopped=stopped, seal=seal)  # type: ignore[arg-type]

    def value(self, id: str) -> str:
        return str(self.account.values[Entity("north", "keyword", id)])

    def edit(self, id: str, amount: str) -> None:
        self.account.values[Entity("north", "keyword", id)] = Money.of(amount, "EUR")


@pytest.fixture
def desk(ledger: SqlLedger, tmp_path: Path) -> Desk:
    return Desk(ledger, tmp_path)


def whys(report: UndoReport) -> dict[str, Why]:
    return {each.proposal.id: each.why for each in report.kept}


def test_a_run_is_taken_back_but_for_what_others_changed(desk: Desk) -> None:
    desk.carry_out(wishes(5))
    desk.edit("k4", "0.66")
    report = desk.undo(run="r_1")
    assert [each.undoes for each in report.fresh] == ["p_1", "p_2", "p_3", "p_5"]
    assert whys(report) == {"p_4": Why.CHANGED_SINCE}
    assert desk.ledger.decide([yes(each) for each in report.fresh], desk.clock.now()) == []
    desk.send("r_back")
    assert [desk.value(f"k{number}") for number in range(1, 6)] == ["1.00 EUR"] * 3 + ["0.66 EUR", "1.00 EUR"]
    assert set(whys(desk.undo(run="r_1")).values()) == {Why.ALREADY, Why.CHANGED_SINCE}
    assert desk.ledger.verify().ok


def test_what_is_taken_back_is_chosen_by_run_pass_rule_time_and_thing(desk: Desk) -> None:
    desk.carry_out([wish(1), wish(2, rule="stock/slow")], "r_sent1")
    desk.carry_out([wish(3, run="r_2")], "r_sent2")
    chosen = {
        ("p_1", "p_2"): {"run": "r_1"}, ("p_3",): {"run": "r_sent2"}, ("p_2",): {"rule": "stock/slow"},
        ("p_1",): {"entity": ("keyword", "k1")}, (): {"run": "r_1", "rule": "none"},
    }  # fmt: skip
    for ids, which in chosen.items():
        assert tuple(each.undoes for each in desk.undo(seal=False, **which).fresh) == ids
    since = desk.undo(seal=False, since=NOW + HOUR)
    assert [each.undoes for each in since.fresh] == ["p_3"]
    assert [each.undoes for each in desk.undo(seal=False, since=NOW).fresh] == ["p_1", "p_2", "p_3"]


def test_years_later_it_still_can_be_taken_back(desk: Desk) -> None:
    desk.carry_out(wishes(1))
    desk.clock.sleep(timedelta(days=2_000).total_seconds())
    assert [str(each.change.after) for each in desk.undo(rule="ads/bid-down").fresh] == ["1.00 EUR"]


def test_only_showing_it_leaves_no_trace(desk: Desk) -> None:
    desk.carry_out(wishes(1))
    before = len(desk.ledger.events()), len(desk.ledger.runs())
    assert len(desk.undo(seal=False, run="r_1").fresh) == 1
    assert (len(desk.ledger.events()), len(desk.ledger.runs())) == before


def test_cooldown_and_step_do_not_hold_an_undo_and_it_says_so(desk: Desk) -> None:
    """Back by four times the value, an hour after the change."""
    desk.carry_out([replace(wish(1), change=Change(Entity("north", "keyword", "k1"), "bid", Money.of("1.00", "EUR"),
                                                   Money.of("0.25", "EUR")))])  # fmt: skip
    (proposal,) = desk.undo(run="r_1").fresh
    answers = {each.belt: each for each in proposal.belts}
    assert str(proposal.change.after) == "1.00 EUR"
    assert proposal.state is State.PROPOSED
    for belt in ("cooldown", "step"):
        assert answers[belt].answer is Answer.PASS
        assert answers[belt].note == "an undo restores: it does not hold"
    assert {"lock", "ceiling", "floor", "kill switch"} <= answers.keys()


def test_a_ceiling_holds_an_undo_back(desk: Desk) -> None:
    desk.carry_out(wishes(1))
    desk.limits = BeltLimits(bid_ceiling=900_000)
    (proposal,) = desk.undo(run="r_1").fresh
    assert str(proposal.change.after) == "0.90 EUR"
    assert [each.belt for each in proposal.belts if each.answer is Answer.CLAMP] == ["ceiling"]


def test_the_kill_switch_holds_an_undo(desk: Desk) -> None:
    desk.carry_out(wishes(1))
    (proposal,) = desk.undo(stopped="stopped by ann: odd", run="r_1").fresh
    assert proposal.state is State.HELD
    assert [(each.belt, each.note) for each in proposal.belts if each.answer is Answer.BLOCK] == [
        ("kill switch", "stopped by ann: odd")
    ]


def test_an_approved_change_of_the_lever_goes_first(desk: Desk) -> None:
    desk.carry_out(wishes(1))
    approved(desk.ledger, [wish(2, entity="k1", after="0.60")])
    assert desk.undo(run="r_1").fresh == []
    assert Why.WAITING in whys(desk.undo(run="r_1")).values()


def test_an_open_wish_of_a_rule_gives_way(desk: Desk) -> None:
    desk.carry_out(wishes(1))
    desk.ledger.add([wish(2, entity="k1", after="0.60")])
    assert len(desk.undo(run="r_1").fresh) == 1
    assert desk.ledger.proposals(ids=["p_2"])[0].state is State.SUPERSEDED


def test_a_source_that_cannot_be_read_is_told_and_nothing_is_proposed(desk: Desk) -> None:
    desk.carry_out(wishes(2))
    desk.account.broken = SourceError("no answer")
    report = desk.undo(run="r_1")
    assert (report.fresh, [each.message for each in report.faults]) == ([], ["no answer"])
    assert set(whys(report).values()) == {Why.UNREADABLE}


def test_what_is_gone_and_what_nobody_can_write_any_more_is_told(desk: Desk) -> None:
    desk.carry_out(wishes(2))
    desk.account.gone.add(Entity("north", "keyword", "k1"))
    assert whys(desk.undo(run="r_1", seal=False)) == {"p_1": Why.GONE}
    desk.account.edits = frozenset()
    assert set(whys(desk.undo(run="r_1", seal=False)).values()) == {Why.UNREADABLE}


def test_a_request_that_cannot_be_recalled_is_told(desk: Desk) -> None:
    order = Change(Entity("north", "order", "o1"), "review_request", "open", "requested")
    desk.account = Account(edits=frozenset({Edit("order", "review_request")}), values={order.entity: "open"})
    desk.carry_out([replace(wish(1), change=order)])
    assert whys(desk.undo(run="r_1")) == {"p_1": Why.FINAL}


def test_an_export_from_before_our_write_proves_nothing(desk: Desk) -> None:
    desk.carry_out(wishes(1))
    exports = Exports(values=desk.account.values)
    desk.account = exports
    assert whys(desk.undo(run="r_1", seal=False)) == {"p_1": Why.UNSEEN}
    exports.at = desk.clock.now()
    assert [each.undoes for each in desk.undo(run="r_1").fresh] == ["p_1"]


class Maker(Account):
    """An account in which things are made: found by what makes them unique, then known by Amazon's id."""

    def live(self, entities, field):  # type: ignore[no-untyped-def]
        if field == "create":
            return {each: replace(Creation.of_key(each.kind, each.id), id="77") if each in self.values else None
                    for each in entities}  # fmt: skip
        return {each: self.values.get(each, "enabled") for each in entities}


@pytest.mark.parametrize(("kind", "off"), [("keyword", "paused"), ("negative_keyword", "archived")])
def test_what_was_made_is_switched_off(desk: Desk, kind: str, off: str) -> None:
    made = Creation.of(kind, "g1", "exact", "usb c hub")
    change = Change(Entity("north", kind, made.key), "create", None, made)
    desk.account = Maker(edits=frozenset({Edit(kind, "create"), Edit(kind, "state")}))
    desk.carry_out([replace(wish(1), change=change)])
    (proposal,) = desk.undo(run="r_1", seal=False).fresh
    assert proposal.change == Change(Entity("north", kind, "77"), "state", "enabled", off)
    assert proposal.undoes == "p_1"
    desk.account.values[Entity("north", kind, "77")] = off
    assert whys(desk.undo(run="r_1", seal=False)) == {"p_1": Why.ALREADY}


def test_what_was_made_stays_where_nobody_can_switch_it_off(desk: Desk) -> None:
    made = Creation.of("negative_keyword", "g1", "exact", "usb c hub")
    change = Change(Entity("north", "negative_keyword", made.key), "create", None, made)
    desk.account = Maker(edits=frozenset({Edit("negative_keyword", "create")}))
    desk.carry_out([replace(wish(1), change=change)])
    assert whys(desk.undo(run="r_1", seal=False)) == {"p_1": Why.FINAL}


def test_what_was_archived_cannot_be_taken_back(desk: Desk) -> None:
    change = Change(Entity("north", "negative_keyword", "77"), "state", "enabled", "archived")
    desk.account = Maker(edits=frozenset({Edit("negative_keyword", "state")}))
    desk.carry_out([replace(wish(1), change=change)])
    assert whys(desk.undo(run="r_1", seal=False)) == {"p_1": Why.FINAL}
