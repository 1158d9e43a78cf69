"""What a report says is what facts and ledger say; what they do not say is unknown, and never zero."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from math import log
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.facts.book import Book
from agent.jobs.report_days import compared
from agent.jobs.report_sales import split_change
from agent.ledger import SqlLedger
from agent.ledger.chain import Head
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.report import Parts, Period, Report
from agent.model.window import Span
from tests.report_shop import CHANGED, DAYS, NOW, TODAY, furnished, made, subject, worked

_EURO = 1_000_000
_DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlLedger]:
    found = SqlLedger.open(f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'steward.db'}")
    yield worked(found)
    found.close()


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return furnished(tmp_path_factory.mktemp("facts"))


@pytest.fixture(scope="module")
def daily(book: Book, ledger: SqlLedger) -> Report:
    return made(Period.DAILY, book, ledger)


@pytest.fixture(scope="module")
def weekly(book: Book, ledger: SqlLedger) -> Report:
    return made(Period.WEEKLY, book, ledger)


def test_a_day_is_held_against_the_same_weekday_and_said_to_move(daily: Report) -> None:
    assert daily.sales is not None and daily.sales.now is not None and daily.sales.before is not None
    spans = daily.sales.spans
    assert (spans.now, spans.before) == (Span(TODAY - _DAY, TODAY - _DAY), Span(TODAY - 8 * _DAY, TODAY - 8 * _DAY))
    assert (daily.sales.now.sales, daily.sales.now.units, daily.sales.now.sessions) == (412 * _EURO, 18, 150)
    assert spans.moving == (TODAY - _DAY,)
    assert daily.ads is not None and daily.ads.spans.moving[-1] == TODAY - _DAY
    assert daily.ads.now is not None and (daily.ads.now.cost, daily.ads.now.sales) == (17 * _EURO, 58 * _EURO)


def test_seven_settled_days_are_held_against_the_seven_before_and_the_parts_add_up(weekly: Report) -> None:
    sales = weekly.sales
    assert sales is not None and sales.now is not None and sales.before is not None and sales.parts is not None
    assert sales.spans.now == Span(date(2026, 3, 10), date(2026, 3, 16))
    assert sales.spans.before == Span(date(2026, 3, 3), date(2026, 3, 9))
    assert sales.parts.total == sales.now.sales - sales.before.sales
    assert (sales.now.sales, sales.before.sales) == (7 * 412 * _EURO, 7 * 380 * _EURO)
    # Of a product that sold on both sides in the same way: sales 200 a day, on a fifth fewer visits.
    assert sales.parts.sessions == round(-1400 * _EURO * log(700 / 560))
    by_hand = {"HUB-7": 0, "LAMP-3": 7 * 12 * _EURO, "GONE-1": -7 * 30 * _EURO, "NEW-9": 7 * 50 * _EURO}
    assert {mover.id: mover.change for mover in sales.movers} == {k: v for k, v in by_hand.items() if v}
    assert sales.movers[0].parts == Parts(other=7 * 50 * _EURO), "what was not sold before cannot be split"


def test_what_ads_left_over_is_sales_times_break_even_less_cost_where_that_is_set(weekly: Report) -> None:
    ads = weekly.ads
    assert ads is not None and ads.spans.now.last < TODAY - _DAY
    new = sum(day >= CHANGED for day in ads.spans.now)
    old = 7 - new
    profits = {row.name.split(" ·")[0]: row.profit for row in ads.groups}
    assert profits["HUB auto"] == new * 11 * _EURO + old * 6 * _EURO
    assert sorted(profit for profit in profits.values() if profit is not None)[0] == -(new * 6 + old * 2.5) * _EURO
    assert ads.profit == sum(profit for profit in profits.values() if profit is not None)
    assert (ads.unpriced, ads.unpriced_cost) == (1, 7 * 2 * _EURO)
    assert ads.groups[-1].profit is None


def test_work_is_what_came_to_pass_in_the_period_and_what_stands_open(daily: Report, weekly: Report) -> None:
    work = daily.work
    assert (work.proposed, work.approved, work.rejected, work.sent, work.done, work.failed) == (6, 3, 1, 3, 1, 1)
    assert (work.doubtful, work.to_decide, weekly.work.proposed) == (1, 3, 7)
    waiting = {each.rule: (each.count, each.cost) for each in work.waiting}
    assert waiting == {"ads/bid-down": (2, 0), "ads/bid-up": (1, _EURO // 2)}
    assert [(each.doubtful, each.why.split(" ")[0]) for each in work.failures] == [(True, "no"), (False, "BID_TOO_LOW")]
    records = {each.rule: each for each in weekly.rules}
    assert (records["ads/bid-down"].done, records["ads/bid-down"].judged, records["ads/bid-down"].failed) == (
        1,
        True,
        1,
    )
    assert (records["reviews/negative"].alerts, records["reviews/negative"].judged) == (2, False)


def test_alerts_tickets_and_the_log_stand_as_they_are(daily: Report) -> None:
    assert [(each.rule, each.count, each.fresh) for each in daily.standing] == [
        ("reviews/negative", 2, 2), ("listings/frozen", 1, 0)
    ]  # fmt: skip
    assert [(each.owner, each.overdue) for each in daily.todo] == [("", True), ("ann", False)]
    assert daily.audit.whole and daily.audit.signed_at is None and daily.audit.entries > 10


def test_stock_names_what_is_out_what_runs_out_and_what_is_to_be_ordered(daily: Report) -> None:
    stock = daily.stock
    assert stock is not None
    assert (stock.count, stock.out, stock.gaps, stock.due, stock.aged) == (4, 1, 1, 2, 5)
    assert [row.sku for row in stock.rows] == ["GONE-1", "LAMP-3", "HUB-7"]
    assert daily.health is not None and (daily.health.violations, daily.health.rating) == (2, None)


def test_an_account_of_which_nothing_came_in_has_no_figures(tmp_path: Path) -> None:
    ledger = SqlLedger.open(f"sqlite:///{tmp_path / 'steward.db'}")
    for period in Period:
        found = made(period, Book(tmp_path / "facts"), ledger)
        assert (found.sales, found.ads, found.stock, found.health) == (None, None, None, None)
        assert (found.coverage.streams, found.work.proposed, found.audit.entries) == (0, 0, 0)
    ledger.close()


def test_a_day_that_has_not_come_in_makes_a_sum_unknown_and_is_named(tmp_path: Path, ledger: SqlLedger) -> None:
    book, gap = Book(tmp_path / "facts"), date(2026, 3, 12)
    for span in (Span(DAYS.first, gap - _DAY), Span(gap + _DAY, DAYS.last)):
        rows = Rows({"entity": ["north"], "day": [span.last], "sessions": [1], "units_ordered": [1],
                     "ordered_sales": [_EURO]})  # fmt: skip
        book.book("north", STREAMS["account_sales"], Delivered([rows], span), NOW, "r_1")
    sales = made(Period.WEEKLY, book, ledger).sales
    assert sales is not None
    assert (sales.now, sales.parts, sales.spans.missing) == (None, None, (gap,))
    assert sales.before is not None, "the week before is whole"
    assert {each.day: each.sales for each in sales.days}[gap] is None


def test_an_outlook_that_is_too_old_says_nothing_of_stock(book: Book, ledger: SqlLedger) -> None:
    later = made(Period.DAILY, book, ledger, NOW + timedelta(days=3))
    assert later.stock is not None and later.stock.stale
    assert (later.stock.gaps, later.stock.due, later.stock.out) == (None, None, 1)
    assert "inventory" in later.coverage.late and later.coverage.gaps["account_sales"] >= 1


def test_a_log_that_does_not_hold_what_was_signed_is_not_called_whole(book: Book, ledger: SqlLedger) -> None:
    from agent.jobs.report import report

    forged = subject(Head(3, "f" * 64))
    assert not report(Period.DAILY, forged, ledger, book.known_at("north", NOW), NOW).audit.whole


def test_late_figures_are_those_of_the_newest_day_that_came_in() -> None:
    covered = set(Span(TODAY - 30 * _DAY, TODAY - 3 * _DAY))
    assert compared(Period.DAILY, TODAY, 1, covered).now == Span(TODAY - 3 * _DAY, TODAY - 3 * _DAY)
    assert compared(Period.WEEKLY, TODAY, 1, covered).now.last == TODAY - 3 * _DAY
    long_ago = compared(Period.DAILY, TODAY, 1, {TODAY - 20 * _DAY})
    assert long_ago.now.last == TODAY - _DAY and long_ago.missing


_SUMS = st.tuples(st.integers(0, 10**6), st.integers(0, 10**5), st.integers(0, 10**12))
_Side = dict[str, tuple[int, int, int]]
_SIDE = st.dictionaries(st.sampled_from("abcd"), _SUMS)


@settings(max_examples=200, deadline=None)
@given(_SIDE, _SIDE)
def test_whatever_was_sold_the_parts_of_a_change_add_up_to_it(before: _Side, now: _Side) -> None:
    for id, parts in split_change(before, now).items():
        nothing = (0, 0, 0)
        assert parts.total == now.get(id, nothing)[2] - before.get(id, nothing)[2]
        if 0 in (*before.get(id, nothing), *now.get(id, nothing)):
            assert parts == Parts(other=parts.total)


def test_a_report_of_a_past_moment_knows_nothing_that_came_later(ledger: SqlLedger, book: Book) -> None:
    then = NOW - timedelta(days=2)
    with ledger.as_of(ledger.last_event(then)) as past:
        found = made(Period.DAILY, book, past, then)
    assert (found.work.to_decide, found.work.proposed, found.sales) == (1, 1, None)
    assert [each.rule for each in found.standing] == ["listings/frozen"]
