"""Lost access is told at once and once; a role that is missing for one operation is none; judging leaves it alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from agent.errors import AgentError, CredentialError, RoleError, SourceError
from agent.jobs.access import CREDENTIALS, tell_of_access
from agent.jobs.pull import Outcome, PullReport, StreamReport
from agent.jobs.watch import ELSEWHERE
from agent.ledger import SqlLedger

_NOW = datetime(2026, 3, 17, 9, tzinfo=UTC)
_NUMBERS = count(1)
_LOST = CredentialError("the refresh token was revoked", connector="amazon_ads", hint="grant access again")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    ledger = SqlLedger.open(f"sqlite:///{tmp_path / 'steward.db'}")
    yield ledger
    assert ledger.verify().ok
    ledger.close()


def _pulled(ledger: SqlLedger, *faults: AgentError | None, hours: int = 0) -> list[str]:
    streams = [StreamReport("amazon_ads", f"s{number}", Outcome.FAILED if fault else Outcome.BOOKED, fault=fault)
               for number, fault in enumerate(faults)]  # fmt: skip
    at = _NOW + timedelta(hours=hours)
    tell_of_access(PullReport("r_1", "north", streams), ledger, at, lambda prefix: f"{prefix}_{next(_NUMBERS)}")
    return [alert.reason for alert in ledger.open_alerts("north") if alert.rule == CREDENTIALS]


def test_lost_access_is_told_once_until_a_pull_comes_in_again(ledger: SqlLedger) -> None:
    assert _pulled(ledger, None, _LOST) == ["the refresh token was revoked"]
    assert _pulled(ledger, _LOST, _LOST, hours=4) == ["the refresh token was revoked"]
    assert _pulled(ledger, None, SourceError("no answer"), hours=8) == []
    assert [event.kind for event in ledger.events()] == ["alert_opened", "alert_closed"]


def test_a_source_that_only_does_not_answer_says_nothing_of_access(ledger: SqlLedger) -> None:
    assert _pulled(ledger, SourceError("no answer")) == []
    assert _pulled(ledger, _LOST) != []
    assert _pulled(ledger, SourceError("no answer"), hours=4) != []


def test_a_pass_that_asked_nothing_and_another_source_say_nothing_of_access(ledger: SqlLedger) -> None:
    assert _pulled(ledger, _LOST) != []
    others = [StreamReport("amazon_ads", "s0", Outcome.RESTING), StreamReport("keepa", "rivals", Outcome.BOOKED)]
    tell_of_access(PullReport("r_2", "north", others), ledger, _NOW, lambda prefix: f"{prefix}_x")
    assert [alert.title for alert in ledger.open_alerts("north")] == ["amazon_ads"]


def test_a_missing_role_is_no_lost_access(ledger: SqlLedger) -> None:
    assert _pulled(ledger, RoleError("the role is missing", connector="selling_partner"), None) == []


def test_judging_leaves_it_alone() -> None:
    assert CREDENTIALS in ELSEWHERE
