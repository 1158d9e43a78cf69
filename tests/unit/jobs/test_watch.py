"""What falls silent is told once, and its end as well; judging leaves it alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from agent.jobs.watch import DISK, FEED, JUDGING, QUEUE, Limits, Sight, watch
from agent.ledger import SqlLedger

_NOW = datetime(2026, 3, 17, 9, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_LIMITS = Limits(48 * _HOUR, 30 * _HOUR, 24 * _HOUR, 1_000_000_000)
_WELL = Sight({"targeting": _NOW - _HOUR, "stock": _NOW - 47 * _HOUR}, _NOW - _HOUR, [_NOW - _HOUR], 9_000_000_000)
_NUMBERS = count(1)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    ledger = SqlLedger.open(f"sqlite:///{tmp_path / 'steward.db'}")
    yield ledger
    assert ledger.verify().ok
    ledger.close()


def _look(ledger: SqlLedger, sight: Sight, at: datetime = _NOW) -> list[tuple[str, str]]:
    watch("north", sight, _LIMITS, ledger, at, lambda prefix: f"{prefix}_{next(_NUMBERS)}")
    return sorted((alert.rule, alert.title) for alert in ledger.open_alerts("north"))


def test_where_all_is_well_nothing_is_told(ledger: SqlLedger) -> None:
    assert _look(ledger, _WELL) == []
    assert _look(ledger, replace(_WELL, feeds={}, judged=None, approved=[])) == []


@pytest.mark.parametrize(
    ("silent", "told"),
    [
        ({"feeds": {"stock": _NOW - 49 * _HOUR, "targeting": _NOW}}, (FEED, "stock")),
        ({"judged": _NOW - 31 * _HOUR}, (JUDGING, "north")),
        ({"approved": [_NOW, _NOW - 25 * _HOUR]}, (QUEUE, "north")),
        ({"disk_free": 900_000_000}, (DISK, "north")),
    ],
)
def test_what_falls_silent_is_told_once_and_so_is_its_end(
    silent: dict[str, object], told: tuple[str, str], ledger: SqlLedger
) -> None:
    assert _look(ledger, replace(_WELL, **silent)) == [told]  # type: ignore[arg-type]
    assert _look(ledger, replace(_WELL, **silent), _NOW + _HOUR / 2) == [told]  # type: ignore[arg-type]
    assert _look(ledger, _WELL, _NOW + _HOUR / 2) == []
    assert [event.kind for event in ledger.events()] == ["alert_opened", "alert_closed"]
