"""A lying, torn or throttling Amazon: named errors, nothing booked by halves, and the next pull heals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest

from agent.config import load
from agent.daemon import AccountJobs
from agent.errors import AgentError, CredentialError
from agent.jobs.pull import Outcome, StreamReport
from agent.wiring import book_of
from tests.flow_shop import Shop

if TYPE_CHECKING:
    pass


def pulled(jobs: AccountJobs) -> Mapping[str, StreamReport]:
    return {report.stream: report for report in jobs.pull(wait_seconds=120).streams}


def booked_rows(still_shop: Shop) -> Mapping[str, int]:
    return {each.stream: each.rows for each in book_of(load(still_shop.config)).listing("demo")}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("torn_report", ("torn", "gzip", "whole", "cut", "end")),
        ("missing_column", ("cost",)),
        ("other_day", ("day", "20")),
        ("other_profile", ("another profile",)),
        ("failed_report", ("report",)),
    ],
)
def test_a_wrong_report_books_nothing_and_the_next_pull_heals(
    still_shop: Shop, kind: str, words: tuple[str, ...]
) -> None:
    before = booked_rows(still_shop)
    with still_shop.jobs() as jobs:
        operation = "reports.create" if kind == "failed_report" else "reports.download"
        still_shop.amazon.plant(kind, operation, count=1)
        reports = pulled(jobs)
        failed = [report for report in reports.values() if report.outcome is Outcome.FAILED]
        assert len(failed) == 1
        fault = failed[0].fault
        assert isinstance(fault, AgentError)
        assert any(word in fault.message for word in words), fault.message
        assert fault.hint
        stream = failed[0].stream
        assert booked_rows(still_shop)[stream] == before[stream]
        healed = pulled(jobs)
        assert healed[stream].outcome is Outcome.BOOKED


@pytest.mark.parametrize("kind", ["extra_column", "numbers_as_text"])
def test_a_report_that_only_looks_odd_is_booked(still_shop: Shop, kind: str) -> None:
    still_shop.amazon.plant(kind, "reports.download", count=None)
    with still_shop.jobs() as jobs:
        assert {report.outcome for report in pulled(jobs).values()} == {Outcome.BOOKED}


@pytest.mark.parametrize(
    "plant",
    [
        lambda still_shop: still_shop.amazon.plant("html", "*.list", count=2),
        lambda still_shop: still_shop.amazon.plant("throttle", "*.list", count=2, retry_after=0.2),
        lambda still_shop: still_shop.amazon.plant("drop", "*.list", count=2),
        lambda still_shop: still_shop.amazon.plant("truncate", "*.list", count=1),
        lambda still_shop: still_shop.amazon.plant("error", "reports.*", count=2),
        lambda still_shop: still_shop.amazon.plant("expired", "*.list", count=1),
        lambda still_shop: still_shop.amazon.plant("skew", "*", count=None),
    ],
    ids=["html", "throttled", "dropped", "truncated", "server error", "expired token", "clock skew"],
)
def test_a_passing_fault_of_the_network_only_delays(still_shop: Shop, plant: Callable[[Shop], object]) -> None:
    plant(still_shop)
    with still_shop.jobs() as jobs:
        assert {report.outcome for report in pulled(jobs).values()} == {Outcome.BOOKED}


def test_a_revoked_grant_stops_the_account_with_a_remedy_and_is_not_asked_again_and_again(still_shop: Shop) -> None:
    still_shop.amazon.plant("revoked", "token", count=None)
    with still_shop.jobs() as jobs:
        reports = pulled(jobs)
    faults = [report.fault for report in reports.values()]
    assert all(isinstance(fault, CredentialError) for fault in faults)
    assert faults[0] is not None
    assert faults[0].hint
    assert len(list(still_shop.amazon.log.of("token"))) == 1
    ran = still_shop.steward("pull", "--json")
    assert ran.code == 4, ran.err
