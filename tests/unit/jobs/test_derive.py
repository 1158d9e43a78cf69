"""Working out what rules read: booked like a pull, in the run records, each stream for itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.clock import SetClock
from agent.derive.asked import Deriver
from agent.derive.derivers import DERIVERS
from agent.derive.desk import Desk
from agent.errors import ContractError, FactsError
from agent.facts.book import Book
from agent.jobs.derive import Workshop
from agent.ledger import SqlLedger
from agent.mint import mint
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.marketplace import MARKETPLACES

NOON = datetime(2026, 3, 18, 19, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    opened = SqlLedger.open(f"sqlite:///{tmp_path / 'steward.db'}")
    yield opened
    opened.close()


@pytest.fixture
def workshop(tmp_path: Path, ledger: SqlLedger) -> Workshop:
    book = Book(tmp_path / "facts")
    reviews = Rows({"entity": ["r1"], "stars": [4], "text": ["It burned my skin"]})
    book.book("shop", STREAMS["reviews"], Delivered([reviews]), NOON - timedelta(hours=1), "r0")
    return Workshop("shop", MARKETPLACES["US"], (), book, ledger, SetClock(NOON), mint)


def test_what_is_derived_can_be_read_like_what_was_pulled(workshop: Workshop) -> None:
    report = workshop.run()
    rows = workshop.books.known_at("shop", NOON).state(STREAMS["review_triage"]).collect().to_dicts()
    assert rows[0]["entity"] == "r1" and rows[0]["safety"] is True
    assert {each.stream: each.rows for each in report.streams if each.rows is not None} == {
        "review_triage": 1,
        "feeds": 1,
    }


def test_the_run_is_recorded_with_what_it_booked(workshop: Workshop, ledger: SqlLedger) -> None:
    workshop.run()
    run = ledger.newest_run("derive", "shop")
    assert run is not None and run.ended is not None and run.fault == ""
    assert run.counts["booked"] == 2 and run.counts["rows"] == 2 and run.counts["failed"] == 0


def test_nothing_is_booked_of_a_source_that_was_never_pulled(workshop: Workshop) -> None:
    workshop.run()
    assert workshop.books.known_at("shop", NOON).observed_at(STREAMS["outlook"]) is None


def test_a_deriver_that_breaks_is_named_and_stops_no_other(workshop: Workshop, ledger: SqlLedger) -> None:
    def broken(desk: Desk) -> Rows:
        raise FactsError("The facts of reviews of shop cannot be read.", account="shop", stream="reviews")

    reviews = STREAMS["reviews"]
    faulty = Deriver(STREAMS["feedback_triage"], (reviews,), (reviews,), broken)
    strange = Deriver(STREAMS["message_triage"], (reviews,), (reviews,), lambda _: Rows({"entity": [None]}))
    report = replace(workshop, derivers=(faulty, strange, *DERIVERS)).run()
    assert [type(each) for each in report.faults] == [FactsError, ContractError]
    assert next(each.rows for each in report.streams if each.stream == "review_triage") == 1
    run = ledger.newest_run("derive", "shop")
    assert run is not None and run.counts["failed"] == 2 and "feedback_triage" in run.fault


def test_deriving_twice_at_one_moment_adds_nothing(workshop: Workshop) -> None:
    workshop.run()
    again = workshop.run()
    assert sum(each.increments for each in again.streams) == 0
