"""What falls silent is told once, and its end as well; judging leaves it alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from agent.jobs.watch import DISK, FEED, HELD_BACK, JUDGING, QUEUE, RULES, SECRET, Limits, Sight, watch
from agent.ledger import SqlLedger
from agent.model.proposal import Run
from agent.model.verdict import Tally

_NOW = datetime(2026, 3, 17, 9, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_LIMITS = Limits(48 * _HOUR, 30 * _HOUR, 24 * _HOUR, 1_000_000_000)
_NONE = timedelta()
_WELL = Sight(
    {"targeting": (_NOW - _HOUR, _NONE), "stock": (_NOW - 47 * _HOUR, _NONE)},
    _NOW - _HOUR,
    [_NOW - _HOUR],
    9_000_000_000,
)
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
        ({"feeds": {"stock": (_NOW - 49 * _HOUR, _NONE), "fees": (_NOW - 60 * _HOUR, 24 * _HOUR)}}, (FEED, "stock")),
        ({"judged": _NOW - 31 * _HOUR}, (JUDGING, "north")),
        ({"approved": [_NOW, _NOW - 25 * _HOUR]}, (QUEUE, "north")),
        ({"disk_free": 900_000_000}, (DISK, "north")),
        ({"silent_rules": ["ads/a", "ads/b"]}, (RULES, "north")),
        ({"rule_faults": ["rules/a.yaml:6:5: R102 this line is always true"]}, (HELD_BACK, "north")),
        ({"secrets": {"ads": date(2026, 3, 1), "partner": date(2025, 10, 2)}}, (SECRET, "partner")),
    ],
)
def test_what_falls_silent_is_told_once_and_so_is_its_end(
    silent: dict[str, object], told: tuple[str, str], ledger: SqlLedger
) -> None:
    assert _look(ledger, replace(_WELL, **silent)) == [told]  # type: ignore[arg-type]
    assert _look(ledger, replace(_WELL, **silent), _NOW + _HOUR / 2) == [told]  # type: ignore[arg-type]
    assert _look(ledger, _WELL, _NOW + _HOUR / 2) == []
    assert [event.kind for event in ledger.events()] == ["alert_opened", "alert_closed"]


def test_a_rule_is_silent_once_it_has_matched_nothing_for_long(ledger: SqlLedger) -> None:
    none = dict.fromkeys(("a/early", "a/never", "a/late"), 0)
    for day, matched in ((0, none | {"a/early": 3}), (50, none | {"a/late": 1}), (90, none | {"a/new": 0})):
        run = Run(f"r_{day}", "judge", "north", _NOW + timedelta(days=day))
        ledger.begin(run)
        ledger.tally(run.id, [Tally(rule, "d", 10, matches, 0, {}) for rule, matches in matched.items()])
    assert ledger.rules.silent("north", _NOW + timedelta(days=30)) == ["a/early", "a/never"]
    assert ledger.rules.silent("south", _NOW + timedelta(days=30)) == []
