"""What was approved over many days and is sent on one: its raises together stay within what one day may add."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agent.actions.purse import Purse
from agent.clock import SetClock
from agent.jobs.act import ActReport, act
from agent.jobs.settle import settle
from agent.ledger import SqlLedger
from agent.mint import mint
from agent.model.proposal import Fate, Proposal, State
from tests.act_account import Account, said
from tests.wishes import NOW, approved, wish

DAY = timedelta(days=1)
LATE = NOW + timedelta(days=9)


def raising(number: int, euros: str, **parts: object) -> Proposal:
    """A raise that may add so much to a day's spend."""
    risk = {"money at risk": {"amount": euros, "currency": "EUR"}}
    return wish(number, after="1.20", evidence=risk, expires_at=LATE, run=f"r_{number}", **parts)


def purse(euros: int) -> Purse:
    return Purse(euros * 1_000_000, "EUR", ZoneInfo("Europe/Berlin"))


class Desk:
    def __init__(self, ledger: SqlLedger) -> None:
        self.ledger, self.account, self.clock = ledger, Account(), SetClock(NOW)

    def act(self, euros: int = 10, **more: object) -> ActReport:
        return act(self.ledger, [self.account], self.clock, account="north", run=mint("r"), may_write=lambda: None,
                   purse=lambda: purse(euros), **more)  # fmt: skip

    def sent(self) -> set[str]:
        return {id for changes in self.account.sent for id in changes}

    def waits(self, id: str) -> list[str]:
        return [event.payload["note"] for event in self.ledger.events(proposal=id) if event.kind == "waits"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    ledger = SqlLedger.open(f"sqlite:///{tmp_path / 'steward.db'}")
    yield Desk(ledger)
    ledger.close()


def test_plans_approved_on_one_day_together_add_no_more_than_a_day_may(desk: Desk) -> None:
    for plan in ([raising(1, "4.00"), raising(2, "4.00")], [raising(3, "4.00"), raising(4, "2.00")]):
        approved(desk.ledger, plan)
    report = desk.act()
    assert desk.sent() == {"p_1", "p_2", "p_4"}
    assert report.counts[State.HELD] == 1
    assert report.held == {"p_3": "belt money at risk: 8.00 EUR + 4.00 EUR / 10.00 EUR, more than the raises of one "
                                  "day may add; it waits for another day"}  # fmt: skip
    assert [each.id for each in desk.ledger.in_state(State.APPROVED)] == ["p_3"]
    assert desk.ledger.verify().ok


def test_what_waits_goes_on_another_day_and_its_reason_is_noted_once(desk: Desk) -> None:
    approved(desk.ledger, [raising(1, "9.00"), raising(2, "9.00")])
    for _ in range(3):
        desk.act()
        desk.clock.sleep(600)
    assert desk.sent() == {"p_1"}
    assert len(desk.waits("p_2")) == 1
    # The marketplace's midnight, not that of UTC: 23:30 in Berlin is the same day, 00:30 another.
    for hours, sent in ((12.5, {"p_1"}), (1, {"p_1", "p_2"})):
        desk.clock.sleep(hours * 3600)
        desk.act()
        assert desk.sent() == sent
    settle(desk.ledger, [desk.account], desk.clock, account="north", run=mint("r"))
    assert {each.state for each in desk.ledger.in_state(*State)} == {State.DONE}


def test_what_landed_today_or_may_have_counts_and_what_was_refused_does_not(desk: Desk) -> None:
    approved(desk.ledger, [raising(1, "6.00")])
    desk.account.answers.append(said(Fate.REFUSED))
    desk.act()
    approved(desk.ledger, [raising(2, "6.00")])
    desk.account.answers.append(said(Fate.UNKNOWN))
    desk.act()
    approved(desk.ledger, [raising(3, "6.00")])
    assert list(desk.act().held) == ["p_3"]
    assert desk.sent() == {"p_1", "p_2"}


def test_a_limit_that_was_lowered_after_the_yes_holds(desk: Desk) -> None:
    approved(desk.ledger, [raising(1, "6.00"), raising(2, "3.00")])
    assert list(desk.act(5).held) == ["p_1"]
    assert desk.sent() == {"p_2"}


def test_cuts_pass_whatever_the_day_has_spent_and_an_undo_passes_but_counts(desk: Desk) -> None:
    undone = raising(2, "9.00", undoes="p_9", rule="undo")
    approved(desk.ledger, [raising(1, "9.00"), undone, wish(3, expires_at=LATE), raising(4, "2.00")])
    report = desk.act()
    assert desk.sent() == {"p_1", "p_2", "p_3"}
    assert "18.00 EUR + 2.00 EUR" in report.held["p_4"]
