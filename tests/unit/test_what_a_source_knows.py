"""What a source is told of the account itself: its newest facts, and what was asked for in its name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.clock import SetClock
from agent.facts.book import Book
from agent.facts.known import KnownState
from agent.ledger import SqlLedger
from agent.model.change import Change
from agent.model.entity import Entity
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.proposal import Fate, Proposal, Receipt, State
from agent.wiring import asked_for_review
from tests.wishes import NOW, sent, wish

LISTINGS = STREAMS["listings"]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    with_database = SqlLedger.open(f"sqlite:///{tmp_path / 'steward.db'}")
    yield with_database
    with_database.close()


def request(number: int, order: str) -> Proposal:
    before = wish(number)
    change = Change(Entity(before.change.entity.account, "order", order), "review_request", "open", "requested")
    return replace(before, change=change)


def test_the_newest_rows_of_a_stream_are_told_and_none_before_the_first_pull(tmp_path: Path) -> None:
    book, clock = Book(tmp_path), SetClock(NOW)
    known = KnownState(book, "shop", clock)
    assert known.newest("listings") is None
    assert not known.was_pulled("listings")
    for price in (1_000_000, 2_000_000):
        rows = Rows({"entity": ["a"], "asin": ["B0A"], "price": [price]})
        book.book("shop", LISTINGS, Delivered((rows,)), clock.now(), "r1")
        clock.sleep(timedelta(hours=1).total_seconds())
    (row,) = known.newest("listings") or ()
    assert (row["entity"], row["asin"], row["price"], row["title"]) == ("a", "B0A", 2_000_000, None)
    assert known.was_pulled("listings")
    book.book("shop", LISTINGS, Delivered(()), clock.now(), "r2")
    assert known.newest("listings") == []


def test_an_order_was_asked_about_once_a_request_may_have_left_and_refused_where_amazon_said_no(
    ledger: SqlLedger,
) -> None:
    requests = [request(1, "sent"), request(2, "refused"), request(3, "open")]
    account = requests[0].change.entity.account
    ledger.add(requests)
    assert asked_for_review(ledger, account) == {}
    sent(ledger, requests[:2])
    assert asked_for_review(ledger, account) == {"sent": "requested", "refused": "requested"}
    no = Receipt(requests[1].id, Fate.REFUSED, "Unauthorized")
    ledger.receive([no], {requests[1].id: State.FAILED}, "steward", NOW)
    assert asked_for_review(ledger, account) == {"sent": "requested", "refused": "refused"}


def test_where_there_is_no_log_nobody_can_tell() -> None:
    assert asked_for_review(None, "shop") is None
