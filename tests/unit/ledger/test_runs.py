"""Runs, tallies, and promises of sources."""

from dataclasses import replace
from datetime import date, timedelta

from agent.ledger import PendingPull, SqlLedger
from agent.model.proposal import Run
from agent.model.verdict import Tally
from agent.model.window import Span
from tests.wishes import NOW

RUN = Run("r_1", "judge", "north", NOW)


def test_a_run_is_kept_from_its_beginning_and_completed_at_its_end(ledger: SqlLedger) -> None:
    ledger.begin(RUN)
    assert ledger.newest_run("judge", "north") == RUN
    ended = replace(RUN, ended=NOW + timedelta(seconds=3), counts={"verdicts": 7}, fault="torn report")
    ledger.end(ended)
    assert ledger.runs() == [ended]


def test_the_end_of_a_run_whose_beginning_was_lost_is_kept(ledger: SqlLedger) -> None:
    ended = replace(RUN, ended=NOW)
    ledger.end(ended)
    assert ledger.runs() == [ended]


def test_runs_are_found_newest_first_by_job_and_account(ledger: SqlLedger) -> None:
    runs = [replace(RUN, id=f"r_{n}", job=job, account=account, started=NOW + timedelta(hours=n))
            for n, (job, account) in enumerate([("pull", "north"), ("judge", "north"), ("pull", "south")])]  # fmt: skip
    for run in runs:
        ledger.begin(run)
    assert ledger.runs() == runs[::-1]
    assert ledger.runs(limit=1, job="pull") == [runs[2]]
    assert ledger.newest_run("pull", "north") == runs[0]
    assert ledger.newest_run("act", "north") is None


def test_the_newest_tally_of_each_rule_is_found(ledger: SqlLedger) -> None:
    later = replace(RUN, id="r_0", started=NOW + timedelta(hours=1))
    south = replace(RUN, id="r_3", account="south", started=NOW + timedelta(hours=2))
    a, b = Tally("ads/a", "d", 10, 2, 1, {"sales not delivered": 1}), Tally("ads/b", "d", 10, 0, 0)
    newer, other = replace(a, matched=5), replace(b, judged=99)
    for run, tallies in ((RUN, [a, b]), (later, [newer]), (south, [other])):
        ledger.begin(run)
        ledger.tally(run.id, tallies)
    assert ledger.tallies("r_1") == [a, b]
    assert ledger.newest_tallies("north") == [newer, b]
    assert ledger.newest_tallies() == [newer, other]


def test_a_promise_is_a_row_to_look_at_later(ledger: SqlLedger) -> None:
    span = Span(date(2026, 3, 1), date(2026, 3, 17))
    look = NOW + timedelta(minutes=2)
    assert ledger.pending_get("north", "targeting") is None
    ledger.pending_put("north", "targeting", span=span, cursor="report-1", asked_at=NOW, look_again_at=look)
    assert ledger.pending_get("north", "targeting") == PendingPull("north", "targeting", span, "report-1", look, NOW)
    ledger.pending_put("north", "targeting", span=span, cursor="report-2", asked_at=NOW, look_again_at=look)
    ledger.pending_put("south", "targeting", span=span, cursor="report-3", asked_at=NOW, look_again_at=NOW)
    assert [each.cursor for each in ledger.pending()] == ["report-3", "report-2"]
    assert [each.cursor for each in ledger.pending("north")] == ["report-2"]
    ledger.pending_clear("north", "targeting")
    ledger.pending_clear("north", "targeting")
    assert ledger.pending_get("north", "targeting") is None


def test_text_that_no_database_can_hold_is_kept_readably(ledger: SqlLedger) -> None:
    ledger.end(replace(RUN, fault="a\0b \ud83d", counts={"x\0": 1}))
    assert (ledger.runs()[0].fault, ledger.runs()[0].counts) == ("a\ufffdb ?", {"x\0": 1})
